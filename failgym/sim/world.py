"""A compiled MuJoCo scene as FailGym sees it: named things, a hand, exact snapshots."""

import copy
from collections.abc import Collection, Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.errors import PlanError
from failgym.scene import PROPS, SOMEBODY, Goal, Hand, Pose, Scene, SceneFacts, Stroke, Thing, Vector
from failgym.sim.arena import SUBSTEPS
from failgym.sim.arm import Arm, views
from failgym.sim.controller import ArmController
from failgym.sim.entities import ABOVE, DARK, PARKED, Entity, props
from failgym.sim.factors import TABLE, Factors
from failgym.sim.model import built, rig
from failgym.sim.robots import RobotModel
from failgym.sim.slots import Slot, below, boxes_of, bumped, described, either_way, find_slot
from failgym.sim.snapshot import Snapshot
from failgym.sim.tracker import Tracker

LIT = (1.0, 0.88, 0.35, 1.0)
"""What is built in `DARK` looks like this once the thing has been pressed."""


class World:
    """Implements `failgym.scene.Scene` on MuJoCo."""

    origin: Vector = np.zeros(3)
    """Where the origin of FailGym's world frame is in that of the model, (3,) m."""

    extras: frozenset[str] = frozenset()
    """What the scene is furnished with."""

    reach = 0.055
    """How far the open fingers of a hand reach to either side, m."""

    def __init__(
        self,
        robot: RobotModel,
        entities: Sequence[Entity],
        visual: str = "primitive",
        extras: Collection[str] = (),
    ) -> None:
        """Compile (once per process) and take a model of our own: colours and furniture move in it."""
        self.extras = frozenset(extras)
        model = copy.copy(built(robot, tuple(entities), visual, self.extras))
        self._adopt(robot, model, mujoco.MjData(model), entities, tuple(camera.name for camera, _ in rig(robot)))

    def _adopt(
        self,
        robot: RobotModel,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        entities: Sequence[Entity],
        cameras: tuple[str, ...],
    ) -> None:
        """Look up everything in a model."""
        self.robot, self.model, self.data, self.cameras = robot, model, data, cameras
        self.tracker = Tracker(model, data, robot.arms)
        self.arms = self._make_arms()
        self.arm = self.arms[0]
        self._views = views(self, self.arms) if len(self.arms) > 1 else {}
        added = props.PROPS if PROPS in self.extras else ()
        self._slots = {entity.key: find_slot(model, entity) for entity in (*entities, *added)}
        self._own = [self._slots[entity.key] for entity in entities]
        self._named: dict[str, Slot] = {}
        self._facts = SceneFacts((), {})
        self._xpos, self._xquat = self.data.xpos, self.data.xquat
        self._looks = self.model.geom_rgba.copy(), self.model.geom_matid.copy()
        self._standing = self.model.body_pos.copy(), self.model.body_quat.copy()
        self._contypes = self.model.geom_contype.copy(), self.model.geom_conaffinity.copy()
        free = [slot for slot in self._slots.values() if slot.free]
        self._free_geoms = np.concatenate([np.zeros(0, dtype=np.int64), *(slot.geoms for slot in free)])
        self._lamps: list[tuple[str, NDArray[np.int64]]] = []
        self._lit = 0
        self._factors = Factors(model, data, self._slots, self._named, self.origin)
        self._pool: list[mujoco.MjData] = []

    def _make_arms(self) -> tuple[Arm, ...]:
        model, data, tracker = self.model, self.data, self.tracker
        return tuple(
            Arm(model, data, arm, tracker, index, ArmController(model, data, arm))
            for index, arm in enumerate(self.robot.arms)
        )

    # -- an episode -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Begin a scene: the arms at home, everything else parked, nothing named."""
        model, data = self.model, self.data
        self._factors.become({}, self._facts)
        mujoco.mj_resetData(model, data)
        model.geom_rgba[:], model.geom_matid[:] = self._looks
        model.geom_contype[:], model.geom_conaffinity[:] = self._contypes
        model.body_pos[:], model.body_quat[:] = self._standing
        for arm in self.arms:
            arm.go_home()
        parked = [free for slot in self._slots.values() for free in slot.free]
        for index, free in enumerate(parked):
            data.qpos[free.qpos : free.qpos + 3] = (PARKED[0], PARKED[1] + 0.5 * index, PARKED[2])
        model.geom_contype[self._free_geoms] = 0
        model.geom_conaffinity[self._free_geoms] = 0
        model.body_gravcomp[[free.body for free in parked]] = 1.0
        self._named.clear()

    def add(
        self,
        name: str,
        key: str,
        position: Sequence[float] = (0.0, 0.0, 0.0),
        quat_wxyz: Sequence[float] = (1, 0, 0, 0),
        rgba: Sequence[float] | None = None,
    ) -> None:
        """Bring a thing into the scene under a name; a part of furniture is where its furniture is."""
        slot = self._slots[key]
        self._named[name] = slot
        if slot.free:
            self.model.geom_contype[slot.geoms] = self._contypes[0][slot.geoms]
            self.model.geom_conaffinity[slot.geoms] = self._contypes[1][slot.geoms]
            self.model.body_gravcomp[[free.body for free in slot.free]] = 0.0
            slot.stand(self.data, position, quat_wxyz)
        elif slot.entity.key == slot.entity.body:
            self.model.body_pos[slot.body] = position
            self.model.body_quat[slot.body] = quat_wxyz
        if rgba is not None:
            self.model.geom_rgba[slot.tinted] = rgba

    def set_opening(self, name: str, opening: float) -> None:
        """Open, turn or sink a thing that far, 0..1, before the episode begins."""
        slot = self._slot_of(name)
        self.data.qpos[slot.joint] = opening * slot.travel

    def forward(self) -> None:
        """Compute what follows from the positions."""
        mujoco.mj_forward(self.model, self.data)

    def begin(self) -> None:
        """Finish the scene and start to watch it."""
        self.forward()
        for arm in self.arms:
            arm.controller.reset()
        known = {name: described(slot.entity, name) for name, slot in self._named.items()}
        moving = [(name, slot) for name, slot in self._named.items() if slot.joint >= 0]
        self.tracker.watch(
            [*((name, slot.body, slot.geoms) for name, slot in self._named.items()), *self._visitors()],
            [(name, slot.joint, slot.travel) for name, slot in moving],
            [name for name, _ in moving if "press" in known[name].strokes],
        )
        self._lamps = [(name, slot.lamps) for name, slot in self._named.items() if len(slot.lamps)]
        self._lit = 0
        self._facts = SceneFacts(
            things=(*known.values(), Thing(TABLE, receives=("on",))),
            positions={name: tuple(self.pose(name).position.tolist()) for name in self._named},
            closed=tuple(name for name, _ in moving if known[name].opens and self.opening(name) < 0.5),
            fixed=tuple(name for name, slot in self._named.items() if not slot.free),
            alterable=self._alterable(),
            boxes=boxes_of(self.model, self.data, self.robot, self._named, self.origin) if self.extras else {},
            max_opening=self.robot.max_opening,
        )

    def advance(self, step: int) -> None:
        """Run physics for one control step (50 ms) and read what happened."""
        mujoco.mj_step(self.model, self.data, SUBSTEPS)
        self.tracker.update(step, *(arm.controller.closure for arm in self.arms))
        if self._lit != len(self.tracker.pressed):
            self._light()

    def snapshot(self) -> Snapshot:
        """Copy the state exactly; `release` gives the memory back."""
        data = self._pool.pop() if self._pool else mujoco.MjData(self.model)
        mujoco.mj_copyData(data, self.model, self.data)
        controllers = (arm.controller.state() for arm in self.arms)
        return Snapshot(data, (*controllers, self.tracker.state(), self._factors.entries), self._pool)

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot of this world, bit for bit."""
        if snapshot.pool is not self._pool:
            raise ValueError("a snapshot of a scene that was furnished otherwise: reset first")
        mujoco.mj_copyData(self.data, self.model, snapshot.data)
        *controllers, tracker, altered = snapshot.python
        self._facts = self._factors.become(altered, self._facts)
        for arm, state in zip(self.arms, controllers, strict=True):
            arm.controller.set_state(state)
        self.tracker.set_state(tracker)
        if self._lit != len(self.tracker.pressed):
            self._light()

    def release(self, snapshot: Snapshot) -> None:
        """Recycle a snapshot that nobody needs any more."""
        snapshot.pool.append(snapshot.data)

    # -- the Scene protocol -----------------------------------------------------------------------------------------

    def facts(self) -> SceneFacts:
        """What was true right after reset."""
        return self._facts

    def hand(self) -> Hand:
        """State of the (first) hand now."""
        return self.arm.hand()

    def pose(self, name: str) -> Pose:
        """Pose of a thing's centre now."""
        body = self._slot_of(name).body
        return Pose(self._xpos[body].copy(), self._xquat[body].copy())

    def set_pose(self, name: str, position: Vector, quat_wxyz: Vector | None = None) -> None:
        """Put a free thing somewhere, at rest."""
        slot = self._slot_of(name)
        if not slot.free and slot.entity.painted:
            self._factors.write("place", name, position.tolist())
            self._kinematics()
            return
        if not slot.free:
            raise PlanError(f"{name!r} is furniture: it cannot be put elsewhere")
        shift = position - self.position(name)
        for free in slot.free:
            there = self.data.qpos[free.qpos : free.qpos + 7]
            there[:3] = position + self.origin if free is slot.free[0] else there[:3] + shift
            if quat_wxyz is not None:
                there[3:] = quat_wxyz
            self.data.qvel[free.dof : free.dof + 6] = 0.0
        self._kinematics()

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter a property until the next reset; None: as it was built.

        Raises:
            ConfigurationError: a property or name that cannot be altered here.
        """
        self._facts = self._factors.alter(what, name, values, self._facts)
        if what in ("size", "spare", SOMEBODY):
            self._kinematics()
        mujoco.mj_camlight(self.model, self.data)

    def opening(self, name: str) -> float:
        """How far a thing is open, turned, screwed down or pressed, 0..1; 0 for everything that has no joint."""
        slot = self._slot_of(name)
        return float(self.data.qpos[slot.joint]) / slot.travel if slot.joint >= 0 else 0.0

    @property
    def pressed(self) -> tuple[str, ...]:
        """What was pressed since reset, in order."""
        return self.tracker.pressed

    def related(self, name: str, relation: str, target: str) -> bool:
        """Whether a thing (all of it, where it is many) is `on`, `in` or otherwise at another, resting or held."""
        slot = self._slot_of(name)
        thing = self._thing(name)
        poses = [Pose(self._xpos[free.body], self._xquat[free.body]) for free in slot.free] or [self.pose(name)]
        if target == TABLE:
            return all(abs(float(pose.position[2]) - thing.height / 2) < 0.012 for pose in poses)
        there, pose, opening = self._slot_of(target).entity, self.pose(target), self.opening(target)
        return all(there.holds(pose, relation, thing, at, opening) for at in poses)

    def grasps(self, name: str) -> tuple[Pose, ...]:
        """Hand poses that would hold the thing now; those first that touch nothing else."""
        others = [
            (self.position(other), slot.entity.describe(other))
            for other, slot in self._named.items()
            if other != name and slot.free
        ]
        both = either_way(self._slot_of(name).entity.grasps(self.pose(name)))
        return tuple(pose for pose in both if not bumped(pose, others, self.reach)) or both

    def strokes(self, name: str, verb: str) -> tuple[Stroke, ...]:
        """Ways to open, close, press, turn or screw the thing from how it is now."""
        return self._slot_of(name).entity.strokes(self.pose(name), self.opening(name), verb)

    def place(self, name: str, relation: str, target: str) -> Goal:
        """Where the thing goes, its faces along the target's."""
        thing = self._thing(name)
        if target == TABLE:
            return Goal(free_spot(self, name, thing.height / 2), self.pose(name).quat_wxyz, ABOVE)
        return self._slot_of(target).entity.place(self.pose(target), relation, thing, self.opening(target))

    def joints_to(self, pose: Pose) -> Vector | None:
        """Joint increments, rad, from the commanded joints to a pose; None where the arm cannot reach."""
        return self.arm.controller.joints_to(pose)

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses, from where it is commanded to be."""
        return self.arm.controller.reaches(path)

    def of(self, arm: str | None) -> Scene:
        """The scene with the hand of one arm of a pair, or of `both`; itself where there is one arm.

        Raises:
            PlanError: a pair has no arm of that name.
        """
        if not self._views or arm is None:
            return self
        if arm not in self._views:
            raise PlanError(f"there is no arm {arm!r} here. Possible: {', '.join(map(str, self._views))}")
        return self._views[arm]

    # -- cheap reads for tasks and observations ---------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the things in this episode."""
        return tuple(self._named)

    @property
    def holding(self) -> str | None:
        """Name of the thing that a hand holds: both its pads touch it."""
        held: str | None = self.tracker.holding(0)
        for arm in range(1, len(self.arms)):
            held = held or self.tracker.holding(arm)
        return held

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
        """Largest joint speed of an arm, rad/s."""
        return max(float(np.abs(arm.proprioception()[1]).max()) for arm in self.arms)

    def free_bodies(self) -> list[int]:
        """Body ids of the free things of the task, used or parked, in a fixed order."""
        return [free.body for slot in self._own for free in slot.free]

    def slides(self) -> list[int]:
        """Qpos addresses of opening joints, in a fixed order."""
        return [slot.joint for slot in self._slots.values() if slot.joint >= 0]

    def state_addresses(self) -> list[int]:
        """Addresses in qpos of every free thing (7 each, named ones first, in their order) and every opening joint."""
        used = [self._slots[slot.entity.key] for slot in self._named.values() if slot.free]
        parked = [slot for slot in self._own if slot.free and slot not in used]
        return [free.qpos + i for slot in (*used, *parked) for free in slot.free for i in range(7)] + self.slides()

    def furniture_poses(self) -> Vector:
        """Poses of the things with opening joints, 7 numbers each: m and quaternion wxyz."""
        poses = [self._frame(slot) for slot in self._slots.values() if slot.joint >= 0]
        return np.concatenate([np.zeros(0), *(np.r_[position, quat] for position, quat in poses)])

    def moved_places(self) -> bytes:
        """Where painted things are that were moved, and somebody's hand, as bytes."""
        moved = [value for (what, _), value in sorted(self._factors.entries.items()) if what == "place"]
        hand = bytes(self.data.mocap_pos.tobytes() + self.data.mocap_quat.tobytes())
        return (np.array(moved).tobytes() if moved else b"") + hand

    def geoms(self, name: str) -> NDArray[np.int64]:
        """Ids of the geoms of a thing and of what moves with it."""
        return self._slot_of(name).geoms

    # ---------------------------------------------------------------------------------------------------------------

    def _slot_of(self, name: str) -> Slot:
        try:
            return self._named[name]
        except KeyError:
            raise PlanError.unknown_object(name, self._named) from None

    def _thing(self, name: str) -> Thing:
        return self._facts.thing(name) or self._slot_of(name).entity.describe(name)

    def _frame(self, slot: Slot) -> Pose:
        """Pose of an entity's main body, which is free or stands still."""
        return Pose(self._xpos[slot.body].copy(), self._xquat[slot.body].copy())

    def _alterable(self) -> dict[str, tuple[str, ...]]:
        return self._factors.alterable(self.extras)

    def _visitors(self) -> list[tuple[str, int, NDArray[np.int64]]]:
        """What is watched though it has no place among the things: name, body, geoms."""
        if SOMEBODY not in self.extras:
            return []
        body = self.model.body(SOMEBODY).id
        return [(SOMEBODY, body, below(self.model, body))]

    def _kinematics(self) -> None:
        """Compute where everything is, from the joints."""
        mujoco.mj_kinematics(self.model, self.data)

    def _light(self) -> None:
        """Show what was pressed."""
        pressed = self.tracker.pressed
        for name, lamps in self._lamps:
            self.model.geom_rgba[lamps] = LIT if name in pressed else DARK
        self._lit = len(pressed)


def free_spot(world: World, name: str, half_height: float, clearance: float = 0.11) -> Vector:
    """Return the point on the table nearest to a thing that keeps its distance (m) from all others."""
    (low_x, high_x), (low_y, high_y) = world.facts().workspace
    grid = np.stack(np.meshgrid(np.linspace(low_x, high_x, 10), np.linspace(low_y, high_y, 15)), axis=-1).reshape(-1, 2)
    others = [world.position(other)[:2] for other in world.names if other != name]
    distances = np.min([np.linalg.norm(grid - other, axis=1) for other in others] or [np.full(len(grid), 9.0)], axis=0)
    cost = np.linalg.norm(grid - world.position(name)[:2], axis=1) + 10.0 * (distances < clearance)
    x, y = grid[int(np.argmin(cost))]
    return np.array([x, y, half_height])


__all__ = ["LIT", "TABLE", "Snapshot", "World", "free_spot"]
