"""A compiled MuJoCo scene as FailGym sees it: named things, a hand, exact snapshots."""

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.errors import PlanError
from failgym.rotations import conjugate, multiply, quat_about_z, rotate
from failgym.scene import Hand, Pose, SceneFacts, Thing, Vector
from failgym.sim.arena import SUBSTEPS, build_arena
from failgym.sim.cameras import CAMERAS, add_camera
from failgym.sim.controller import ArmController
from failgym.sim.entities import PARKED, Entity
from failgym.sim.robots import RobotModel
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.tracker import Tracker

TABLE = "table"
"""Name of the table top: things can be placed on it, wherever there is room."""


@dataclass(frozen=True, eq=False)
class _Slot:
    """Where an entity lives in the model."""

    entity: Entity
    body: int
    geoms: NDArray[np.int64]
    qpos: int
    """Of its free joint; -1 for furniture."""
    dof: int
    slide: int
    """qpos of its opening joint; -1 without one."""
    travel: float
    """Range of that joint, m or rad."""


@functools.lru_cache(maxsize=32)
def _compiled(robot: RobotModel, entities: tuple[Entity, ...]) -> mujoco.MjModel:
    spec = mujoco.MjSpec()
    build_arena(spec)
    robot.build(spec)
    for entity in entities:
        entity.build(spec)
    for camera in CAMERAS.values():
        add_camera(spec, camera, robot.hand_body)
    return spec.compile()


class Snapshot:
    """Everything that decides the future, in memory."""

    __slots__ = ("data", "python")

    def __init__(self, data: mujoco.MjData, python: tuple[Any, ...]) -> None:
        """Hold a copy of the simulator's data and of the objects around it."""
        self.data = data
        self.python = python


class World:
    """Implements `failgym.scene.Scene` on MuJoCo."""

    def __init__(self, robot: RobotModel, entities: Sequence[Entity]) -> None:
        """Compile (once per process) and take a model of our own: colours and furniture move in it."""
        self.robot = robot
        self.model = copy.copy(_compiled(robot, tuple(entities)))
        self.data = mujoco.MjData(self.model)
        self._slots = {entity.body: self._slot(entity) for entity in entities}
        self._named: dict[str, _Slot] = {}
        self._facts = SceneFacts((), {})
        self.controller = ArmController(self.model, self.data, robot)
        self.tracker = Tracker(self.model, self.data, robot)
        self._arm = slice(*self._range(robot.arm_joints, self.model.jnt_qposadr))
        self._arm_dofs = slice(*self._range(robot.arm_joints, self.model.jnt_dofadr))
        self._finger_qpos = slice(*self._range(robot.finger_joints, self.model.jnt_qposadr))
        first = self.model.actuator(robot.finger_actuators[0]).id
        self._finger_forces = self.data.actuator_force[first : first + len(robot.finger_actuators)]
        self._tcp = self.model.site(robot.tcp_site).id
        self._tcp_position = self.data.site_xpos[self._tcp]
        self._tcp_matrix = self.data.site_xmat[self._tcp]
        self._tcp_quat = np.zeros(4)
        self._xpos, self._xquat = self.data.xpos, self.data.xquat
        self._colours = self.model.geom_rgba.copy()
        self._contypes = self.model.geom_contype.copy(), self.model.geom_conaffinity.copy()
        free = [slot for slot in self._slots.values() if slot.qpos >= 0]
        self._free_bodies = [slot.body for slot in free]
        self._free_geoms = np.concatenate([np.zeros(0, dtype=np.int64), *(slot.geoms for slot in free)])
        self._pool: list[mujoco.MjData] = []

    # -- an episode -------------------------------------------------------------------------------------------------

    def clear(self, joints: Vector | None = None) -> None:
        """Begin a scene: the arm at home (or at `joints`, rad), every free thing parked, nothing named."""
        model, data = self.model, self.data
        mujoco.mj_resetData(model, data)
        model.geom_rgba[:] = self._colours
        model.geom_contype[:], model.geom_conaffinity[:] = self._contypes
        data.qpos[self._arm] = self.robot.home if joints is None else joints
        data.qpos[self._finger_qpos] = self.robot.max_opening / 2
        for index, slot in enumerate(self._slots.values()):
            if slot.qpos >= 0:
                data.qpos[slot.qpos : slot.qpos + 3] = (PARKED[0], PARKED[1] + 0.5 * index, PARKED[2])
        model.geom_contype[self._free_geoms] = 0
        model.geom_conaffinity[self._free_geoms] = 0
        model.body_gravcomp[self._free_bodies] = 1.0
        self._named = {}

    def add(
        self,
        name: str,
        body: str,
        position: Sequence[float],
        quat_wxyz: Sequence[float] = (1, 0, 0, 0),
        rgba: Sequence[float] | None = None,
    ) -> None:
        """Bring a thing into the scene under a name."""
        slot = self._slots[body]
        self._named[name] = slot
        if slot.qpos >= 0:
            self.model.geom_contype[slot.geoms] = self._contypes[0][slot.geoms]
            self.model.geom_conaffinity[slot.geoms] = self._contypes[1][slot.geoms]
            self.model.body_gravcomp[slot.body] = 0.0
            self.data.qpos[slot.qpos : slot.qpos + 7] = (*position, *quat_wxyz)
        else:
            self.model.body_pos[slot.body] = position
            self.model.body_quat[slot.body] = quat_wxyz
        if rgba is not None:
            self.model.geom_rgba[slot.geoms] = rgba

    def begin(self) -> None:
        """Finish the scene and start to watch it."""
        mujoco.mj_forward(self.model, self.data)
        self.controller.reset()
        self.tracker.watch(
            [(name, slot.body, slot.geoms) for name, slot in self._named.items()],
            [(name, slot.slide, slot.travel) for name, slot in self._named.items() if slot.slide >= 0],
        )
        self._facts = SceneFacts(
            things=(
                *(slot.entity.describe(name) for name, slot in self._named.items()),
                Thing(TABLE, receives=("on",)),
            ),
            positions={name: tuple(self.pose(name).position.tolist()) for name in self._named},
            closed=tuple(name for name, slot in self._named.items() if slot.slide >= 0 and self.opening(name) < 0.5),
            max_opening=self.robot.max_opening,
        )

    def advance(self, step: int) -> None:
        """Run physics for one control step (50 ms) and read what happened."""
        mujoco.mj_step(self.model, self.data, SUBSTEPS)
        self.tracker.update(step, self.controller.closure)

    def snapshot(self) -> Snapshot:
        """Copy the state exactly; `release` gives the memory back."""
        data = self._pool.pop() if self._pool else mujoco.MjData(self.model)
        mujoco.mj_copyData(data, self.model, self.data)
        return Snapshot(data, (self.controller.state(), self.tracker.state()))

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot, bit for bit."""
        mujoco.mj_copyData(self.data, self.model, snapshot.data)
        controller, tracker = snapshot.python
        self.controller.set_state(controller)
        self.tracker.set_state(tracker)

    def release(self, snapshot: Snapshot) -> None:
        """Recycle a snapshot that nobody needs any more."""
        self._pool.append(snapshot.data)

    # -- the Scene protocol -----------------------------------------------------------------------------------------

    def facts(self) -> SceneFacts:
        """What was true right after reset."""
        return self._facts

    def hand(self) -> Hand:
        """State of the hand now."""
        width = self.width
        return Hand(
            Pose(self._tcp_position.copy(), self.tcp_quat().copy()), self.controller.target,
            1.0 - min(1.0, width / self.robot.max_opening), width, self.tracker.force(), self.tracker.holding,
        )  # fmt: skip

    def pose(self, name: str) -> Pose:
        """Pose of a thing's centre now."""
        body = self._slot_of(name).body
        return Pose(self._xpos[body].copy(), self._xquat[body].copy())

    def set_pose(self, name: str, position: Vector, quat_wxyz: Vector | None = None) -> None:
        """Put a free thing somewhere, at rest."""
        slot = self._slot_of(name)
        if slot.qpos < 0:
            raise PlanError(f"{name!r} is furniture: it cannot be put elsewhere")
        self.data.qpos[slot.qpos : slot.qpos + 3] = position
        if quat_wxyz is not None:
            self.data.qpos[slot.qpos + 3 : slot.qpos + 7] = quat_wxyz
        self.data.qvel[slot.dof : slot.dof + 6] = 0.0
        mujoco.mj_kinematics(self.model, self.data)

    def opening(self, name: str) -> float:
        """How far a thing that opens is open, 0..1; 0 for everything else."""
        slot = self._slot_of(name)
        return float(self.data.qpos[slot.slide]) / slot.travel if slot.slide >= 0 else 0.0

    def inside(self, name: str, container: str) -> bool:
        """Whether a thing is inside another."""
        slot = self._slot_of(container)
        return slot.entity.contains(self.pose(container), self.opening(container), self.position(name))

    def grasps(self, name: str, opening: float | None = None) -> tuple[Pose, ...]:
        """Hand poses that would hold the thing now, or at its handle when it is open that far."""
        entity, pose = self._slot_of(name).entity, self.pose(name)
        poses = entity.grasps(pose) if opening is None else (entity.handle(pose, opening),)
        flipped = (Pose(position, multiply(quat, quat_about_z(np.pi))) for position, quat in poses)
        both = (*poses, *flipped)
        return tuple(pose for pose in both if not self._bumps(pose, name)) or both

    def place(self, name: str, relation: str, target: str) -> Pose:
        """Pose that thing `name` would have when placed there, its faces along the target's."""
        half_height = self._slot_of(name).entity.describe(name).height / 2
        if target == TABLE:
            return Pose(free_spot(self, name, half_height), self.pose(name).quat_wxyz)
        pose = self.pose(target)
        there = self._slot_of(target).entity
        return Pose(there.place(pose, relation, half_height, self.opening(target)), pose.quat_wxyz)

    def joints_to(self, pose: Pose) -> Vector | None:
        """Joint increments, rad, from the commanded joints to a pose; None where the arm cannot reach."""
        return self.controller.joints_to(pose)

    # -- cheap reads for tasks and observations ---------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the things in this episode."""
        return tuple(self._named)

    @property
    def width(self) -> float:
        """Distance between the pads, m."""
        return self.tracker.width

    @property
    def holding(self) -> str | None:
        """Name of the thing that both pads touch."""
        return self.tracker.holding

    def finger_force(self) -> float:
        """Smallest force of a finger's servo, N, as a gripper's own driver reports it: 0 when closed on nothing."""
        return float(min(abs(force) for force in self._finger_forces.tolist()))

    def tcp_position(self) -> Vector:
        """Measured tool centre point, (3,) m; a view."""
        view: Vector = self._tcp_position
        return view

    def tcp_quat(self) -> Vector:
        """Measured orientation of the hand, (4,) wxyz; overwritten by the next call."""
        mujoco.mju_mat2Quat(self._tcp_quat, self._tcp_matrix)
        return self._tcp_quat

    def position(self, name: str) -> Vector:
        """Position of a thing, (3,) m; a view."""
        view: Vector = self._xpos[self._slot_of(name).body]
        return view

    def entity(self, name: str) -> Entity:
        """The entity behind a name."""
        return self._slot_of(name).entity

    def body(self, name: str) -> int:
        """Body id of a thing."""
        return self._slot_of(name).body

    def speed(self) -> float:
        """Largest joint speed of the arm, rad/s."""
        return float(np.abs(self.data.qvel[self._arm_dofs]).max())

    def proprioception(self) -> tuple[Vector, Vector]:
        """Joint angles (rad) and speeds (rad/s) of the arm; views."""
        return self.data.qpos[self._arm], self.data.qvel[self._arm_dofs]

    def free_bodies(self) -> list[int]:
        """Body ids of the free slots, used or parked, in a fixed order."""
        return list(self._free_bodies)

    def slides(self) -> list[int]:
        """Qpos addresses of opening joints, in a fixed order."""
        return [slot.slide for slot in self._slots.values() if slot.slide >= 0]

    def state_addresses(self) -> list[int]:
        """Addresses in qpos of every free thing (7 each, named ones first, in their order) and every opening joint."""
        used = [slot for slot in self._named.values() if slot.qpos >= 0]
        parked = [slot for slot in self._slots.values() if slot.qpos >= 0 and slot not in used]
        return [slot.qpos + i for slot in (*used, *parked) for i in range(7)] + self.slides()

    def furniture_poses(self) -> Vector:
        """Poses of the things with opening joints, 7 numbers each: m and quaternion wxyz."""
        bodies = [slot.body for slot in self._slots.values() if slot.slide >= 0]
        return np.concatenate([np.zeros(0), *(np.r_[self.model.body_pos[b], self.model.body_quat[b]] for b in bodies)])

    def geoms(self, name: str) -> NDArray[np.int64]:
        """Ids of the geoms of a thing and of what moves with it."""
        return self._slot_of(name).geoms

    def finger_geoms(self) -> NDArray[np.int64]:
        """Ids of the drawn geoms of the fingers."""
        model = self.model
        bodies = [model.jnt_bodyid[model.joint(name).id] for name in self.robot.finger_joints]
        drawn = np.isin(model.geom_bodyid, bodies) & (model.geom_group != COLLISION_GROUP)
        return np.flatnonzero(drawn)

    # ---------------------------------------------------------------------------------------------------------------

    def _bumps(self, hand: Pose, target: str) -> bool:
        """Whether an open hand at that pose would touch a free thing other than its target."""
        for name, slot in self._named.items():
            if name == target or slot.qpos < 0:
                continue
            position = self.position(name)
            x, y, _ = np.abs(rotate(conjugate(hand.quat_wxyz), position - hand.position))
            above_fingertips = position[2] + slot.entity.describe(name).height / 2 - hand.position[2]
            # Half sizes of the fingers and of the palm above them, with half a block's diagonal on top.
            fingers = x < 0.012 + 0.028 and y < 0.055 + 0.028 and above_fingertips > -0.01
            palm = x < 0.035 + 0.028 and y < 0.105 + 0.028 and above_fingertips > 0.03
            if fingers or palm:
                return True
        return False

    def _slot_of(self, name: str) -> _Slot:
        try:
            return self._named[name]
        except KeyError:
            raise PlanError.unknown_object(name, self._named) from None

    def _slot(self, entity: Entity) -> _Slot:
        model = self.model
        body = model.body(entity.body).id
        inside = [index for index in range(model.nbody) if index == body or model.body_parentid[index] == body]
        geoms = np.flatnonzero(np.isin(model.geom_bodyid, inside))
        free = int(model.body_jntadr[body]) if model.body_jntnum[body] else -1
        child = next((index for index in inside if index != body and model.body_jntnum[index]), -1)
        opens = int(model.body_jntadr[child]) if child >= 0 else -1
        return _Slot(
            entity,
            body,
            geoms,
            qpos=int(model.jnt_qposadr[free]) if free >= 0 else -1,
            dof=int(model.jnt_dofadr[free]) if free >= 0 else -1,
            slide=int(model.jnt_qposadr[opens]) if opens >= 0 else -1,
            travel=float(model.jnt_range[opens][1]) if opens >= 0 else 0.0,
        )

    def _range(self, joints: Sequence[str], addresses: NDArray[np.int32]) -> tuple[int, int]:
        first = int(addresses[self.model.joint(joints[0]).id])
        return first, first + len(joints)


def free_spot(world: World, name: str, half_height: float, clearance: float = 0.11) -> Vector:
    """Return the point on the table nearest to a thing that keeps its distance (m) from all others."""
    (low_x, high_x), (low_y, high_y) = world.facts().workspace
    grid = np.stack(np.meshgrid(np.linspace(low_x, high_x, 10), np.linspace(low_y, high_y, 15)), axis=-1).reshape(-1, 2)
    others = [world.position(other)[:2] for other in world.names if other != name]
    distances = np.min([np.linalg.norm(grid - other, axis=1) for other in others] or [np.full(len(grid), 9.0)], axis=0)
    cost = np.linalg.norm(grid - world.position(name)[:2], axis=1) + 10.0 * (distances < clearance)
    x, y = grid[int(np.argmin(cost))]
    return np.array([x, y, half_height])
