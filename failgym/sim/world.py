"""A compiled MuJoCo scene as FailGym sees it: named things, a hand, exact snapshots."""

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.errors import ConfigurationError, PlanError
from failgym.rotations import conjugate, multiply, quat_about_z, rotate
from failgym.scene import Goal, Hand, Pose, Scene, SceneFacts, Stroke, Thing, Vector
from failgym.sim.alterations import Ledger, Place
from failgym.sim.arena import SUBSTEPS, build_arena
from failgym.sim.arm import Arm, views
from failgym.sim.cameras import CAMERAS, HAND, CameraSpec, add_camera
from failgym.sim.entities import ABOVE, DARK, PARKED, TINT, Entity
from failgym.sim.robots import RobotModel
from failgym.sim.robots.meshes import dress
from failgym.sim.tracker import Tracker

ROOM = "room"
"""Name under which light is altered."""
TABLE = "table"
"""Name of the table top: things can be placed on it, wherever there is room."""
VISUALS = ("primitive", "mesh")
"""What a robot looks like: its own shells, or the meshes of an installed robosuite. Physics does not change."""
LIT = (1.0, 0.88, 0.35, 1.0)
"""What is built in `DARK` looks like this once the thing has been pressed."""


class _Free(NamedTuple):
    """A free body: its id, and where its joint lies in qpos and qvel."""

    body: int
    qpos: int
    dof: int


@dataclass(frozen=True, eq=False)
class _Slot:
    """Where an entity lives in the model."""

    entity: Entity
    body: int
    geoms: NDArray[np.int64]
    tinted: NDArray[np.int64]
    """Geoms that take the colour of an episode."""
    lamps: NDArray[np.int64]
    """Geoms that light up."""
    free: tuple[_Free, ...]
    """Main body and companions; empty for furniture."""
    joint: int
    """qpos of the joint that opens, turns or sinks; -1 without one."""
    travel: float
    """Range of that joint, m or rad."""

    @property
    def offsets(self) -> tuple[Sequence[float], ...]:
        """Of the free bodies from the main one, m."""
        return ((0.0, 0.0, 0.0), *(offset for _, offset in self.entity.companions))


def build_model(robot: RobotModel, entities: Sequence[Entity], visual: str = "primitive") -> mujoco.MjModel:
    """Compile room, robot, things and cameras; `visual` is one of `VISUALS`."""
    spec = mujoco.MjSpec()
    build_arena(spec)
    for arm in robot.arms:
        arm.build(spec)
    for entity in entities:
        entity.build(spec)
    for camera, hand in rig(robot):
        add_camera(spec, camera, hand)
    if visual == "mesh":
        dress(spec, robot)
    return spec.compile()


_built = functools.lru_cache(maxsize=64)(build_model)


def rig(robot: RobotModel) -> list[tuple[CameraSpec, str]]:
    """Return the cameras of a scene, and the hand that carries each; the wrist cameras of a pair name their arm."""
    cameras = [(camera, robot.hand_body) for camera in CAMERAS.values() if camera.body != HAND]
    for arm in robot.arms:
        for camera in CAMERAS.values():
            if camera.body == HAND:
                name = f"{arm.arm}_{camera.name}" if arm.arm else camera.name
                cameras.append((replace(camera, name=name), arm.hand_body))
    return cameras


class Snapshot:
    """Everything that decides the future, in memory."""

    __slots__ = ("data", "python")

    def __init__(self, data: mujoco.MjData, python: tuple[Any, ...]) -> None:
        """Hold a copy of the simulator's data and of the objects around it."""
        self.data = data
        self.python = python


class World:
    """Implements `failgym.scene.Scene` on MuJoCo."""

    def __init__(self, robot: RobotModel, entities: Sequence[Entity], visual: str = "primitive") -> None:
        """Compile (once per process) and take a model of our own: colours and furniture move in it."""
        self.robot = robot
        self.model = copy.copy(_built(robot, tuple(entities), visual))
        self.data = mujoco.MjData(self.model)
        self.tracker = Tracker(self.model, self.data, robot.arms)
        self.arms = tuple(Arm(self.model, self.data, arm, self.tracker, index) for index, arm in enumerate(robot.arms))
        self.arm = self.arms[0]
        self.cameras = tuple(camera.name for camera, _ in rig(robot))
        self._views = views(self, self.arms) if len(self.arms) > 1 else {}
        self._slots = {entity.key: self._slot(entity) for entity in entities}
        self._named: dict[str, _Slot] = {}
        self._facts = SceneFacts((), {})
        self._xpos, self._xquat = self.data.xpos, self.data.xquat
        self._looks = self.model.geom_rgba.copy(), self.model.geom_matid.copy()
        self._standing = self.model.body_pos.copy(), self.model.body_quat.copy()
        self._contypes = self.model.geom_contype.copy(), self.model.geom_conaffinity.copy()
        free = [slot for slot in self._slots.values() if slot.free]
        self._free_bodies = [free.body for slot in free for free in slot.free]
        self._free_geoms = np.concatenate([np.zeros(0, dtype=np.int64), *(slot.geoms for slot in free)])
        self._lamps: list[tuple[str, NDArray[np.int64]]] = []
        self._lit = 0
        self._ledger = Ledger(self.model, self._where)
        self._pool: list[mujoco.MjData] = []

    # -- an episode -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Begin a scene: the arms at home, everything else parked, nothing named."""
        model, data = self.model, self.data
        self._ledger.become({})
        mujoco.mj_resetData(model, data)
        model.geom_rgba[:], model.geom_matid[:] = self._looks
        model.geom_contype[:], model.geom_conaffinity[:] = self._contypes
        model.body_pos[:], model.body_quat[:] = self._standing
        for arm in self.arms:
            arm.go_home()
        parked = (free for slot in self._slots.values() for free in slot.free)
        for index, free in enumerate(parked):
            data.qpos[free.qpos : free.qpos + 3] = (PARKED[0], PARKED[1] + 0.5 * index, PARKED[2])
        model.geom_contype[self._free_geoms] = 0
        model.geom_conaffinity[self._free_geoms] = 0
        model.body_gravcomp[self._free_bodies] = 1.0
        self._named = {}

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
            for free, offset in zip(slot.free, slot.offsets, strict=True):
                self.model.body_gravcomp[free.body] = 0.0
                there = np.add(position, rotate(quat_wxyz, offset)) if any(offset) else position
                self.data.qpos[free.qpos : free.qpos + 7] = (*there, *quat_wxyz)
        elif slot.entity.key == slot.entity.body:
            self.model.body_pos[slot.body] = position
            self.model.body_quat[slot.body] = quat_wxyz
        if rgba is not None:
            self.model.geom_rgba[slot.tinted] = rgba

    def set_opening(self, name: str, opening: float) -> None:
        """Open, turn or sink a thing that far, 0..1, before the episode begins."""
        slot = self._slot_of(name)
        self.data.qpos[slot.joint] = opening * slot.travel

    def begin(self) -> None:
        """Finish the scene and start to watch it."""
        mujoco.mj_forward(self.model, self.data)
        for arm in self.arms:
            arm.controller.reset()
        described = {name: _described(slot.entity, name) for name, slot in self._named.items()}
        moving = [(name, slot) for name, slot in self._named.items() if slot.joint >= 0]
        self.tracker.watch(
            [(name, slot.body, slot.geoms) for name, slot in self._named.items()],
            [(name, slot.joint, slot.travel) for name, slot in moving],
            [name for name, _ in moving if "press" in described[name].strokes],
        )
        self._lamps = [(name, slot.lamps) for name, slot in self._named.items() if len(slot.lamps)]
        self._lit = 0
        self._facts = SceneFacts(
            things=(*described.values(), Thing(TABLE, receives=("on",))),
            positions={name: tuple(self.pose(name).position.tolist()) for name in self._named},
            closed=tuple(name for name, _ in moving if described[name].opens and self.opening(name) < 0.5),
            fixed=tuple(name for name, slot in self._named.items() if not slot.free),
            alterable=self._alterable(),
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
        return Snapshot(data, (*controllers, self.tracker.state(), self._ledger.entries))

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot, bit for bit."""
        mujoco.mj_copyData(self.data, self.model, snapshot.data)
        *controllers, tracker, altered = snapshot.python
        if self._ledger.become(altered):
            self._resize()
        for arm, state in zip(self.arms, controllers, strict=True):
            arm.controller.set_state(state)
        self.tracker.set_state(tracker)
        if self._lit != len(self.tracker.pressed):
            self._light()

    def release(self, snapshot: Snapshot) -> None:
        """Recycle a snapshot that nobody needs any more."""
        self._pool.append(snapshot.data)

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
            self._ledger.write("place", name, position.tolist())
            mujoco.mj_kinematics(self.model, self.data)
            return
        if not slot.free:
            raise PlanError(f"{name!r} is furniture: it cannot be put elsewhere")
        shift = position - self.position(name)
        for free in slot.free:
            there = self.data.qpos[free.qpos : free.qpos + 7]
            there[:3] = position if free is slot.free[0] else there[:3] + shift
            if quat_wxyz is not None:
                there[3:] = quat_wxyz
            self.data.qvel[free.dof : free.dof + 6] = 0.0
        mujoco.mj_kinematics(self.model, self.data)

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter a property until the next reset; None: as it was built.

        Raises:
            ConfigurationError: a property or name that cannot be altered here.
        """
        possible = self._facts.alterable
        if what not in possible:
            raise ConfigurationError("property", what, ", ".join(possible))
        if name not in possible[what]:
            raise ConfigurationError(what, name, ", ".join(possible[what]) or "nothing in this scene")
        self._ledger.write(what, name, values)
        if what == "size":
            self._raise(name, self._resize()[name])
        elif what == "spare" and values is not None:
            self._bring(self._slots[name], values)
        if what in ("size", "spare"):
            mujoco.mj_kinematics(self.model, self.data)
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
        poses = self._slot_of(name).entity.grasps(self.pose(name))
        flipped = (Pose(position, multiply(quat, quat_about_z(np.pi))) for position, quat in poses)
        both = (*poses, *flipped)
        return tuple(pose for pose in both if not self._bumps(pose, name)) or both

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
        """Body ids of the free slots, used or parked, in a fixed order."""
        return list(self._free_bodies)

    def slides(self) -> list[int]:
        """Qpos addresses of opening joints, in a fixed order."""
        return [slot.joint for slot in self._slots.values() if slot.joint >= 0]

    def state_addresses(self) -> list[int]:
        """Addresses in qpos of every free thing (7 each, named ones first, in their order) and every opening joint."""
        used = [self._slots[slot.entity.key] for slot in self._named.values() if slot.free]
        parked = [slot for slot in self._slots.values() if slot.free and slot not in used]
        return [free.qpos + i for slot in (*used, *parked) for free in slot.free for i in range(7)] + self.slides()

    def furniture_poses(self) -> Vector:
        """Poses of the things with opening joints, 7 numbers each: m and quaternion wxyz."""
        poses = [self._frame(slot) for slot in self._slots.values() if slot.joint >= 0]
        return np.concatenate([np.zeros(0), *(np.r_[position, quat] for position, quat in poses)])

    def moved_places(self) -> bytes:
        """Where painted things are that were moved, as bytes."""
        moved = [value for (what, _), value in sorted(self._ledger.entries.items()) if what == "place"]
        return np.array(moved).tobytes() if moved else b""

    def geoms(self, name: str) -> NDArray[np.int64]:
        """Ids of the geoms of a thing and of what moves with it."""
        return self._slot_of(name).geoms

    # ---------------------------------------------------------------------------------------------------------------

    def _bumps(self, hand: Pose, target: str) -> bool:
        """Whether an open hand at that pose would touch a free thing other than its target."""
        for name, slot in self._named.items():
            if name == target or not slot.free:
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

    def _thing(self, name: str) -> Thing:
        return self._facts.thing(name) or self._slot_of(name).entity.describe(name)

    def _frame(self, slot: _Slot) -> Pose:
        """Pose of an entity's main body, which is free or stands still."""
        return Pose(self._xpos[slot.body].copy(), self._xquat[slot.body].copy())

    def _alterable(self) -> dict[str, tuple[str, ...]]:
        free = tuple(name for name, slot in self._named.items() if slot.free)
        used = {slot.entity.key for slot in self._named.values()}
        spare = (slot for slot in self._slots.values() if slot.free and slot.entity.key not in used)
        fixed = np.flatnonzero(self.model.cam_bodyid == 0)
        return {
            "friction": free,
            "mass": free,
            "size": tuple(name for name in free if self._named[name].entity.resized(1.0) is not None),
            "colour": (TABLE, *(name for name, slot in self._named.items() if len(_paint(slot)))),
            "light": (ROOM,),
            "camera": tuple(self.model.camera(int(index)).name for index in fixed),
            "spare": tuple(slot.entity.key for slot in spare if slot.entity.describe(slot.entity.key).height),
            "place": tuple(name for name, slot in self._named.items() if slot.entity.painted),
        }

    def _where(self, what: str, name: str) -> Place:
        """Where in the model a property of a name lies."""
        model, none = self.model, np.zeros(0, dtype=np.int64)
        if what == "camera":
            return Place(none, none, none, -1, model.camera(name).id, self._contypes)
        if name in (TABLE, ROOM):
            return Place(none, np.array([model.geom(TABLE).id]), none, -1, -1, self._contypes)
        slot = self._slots[name] if what == "spare" else self._slot_of(name)
        bodies = np.unique(model.geom_bodyid[slot.geoms])
        return Place(slot.geoms, _paint(slot), bodies, slot.body, -1, self._contypes)

    def _resize(self) -> dict[str, float]:
        """Describe things as large as they are altered to be; return by how much each grows on either side, m."""
        grown = {}
        for name, slot in self._named.items():
            usual = self._slots[slot.entity.key]
            factor = self._ledger.entries.get(("size", name), (1.0,))[0]
            entity = usual.entity.resized(factor) if factor != 1.0 else usual.entity
            if entity is not None and entity != slot.entity:
                self._named[name] = usual if entity is usual.entity else replace(usual, entity=entity)
                grown[name] = (_described(entity, name).height - _described(slot.entity, name).height) / 2
        if grown:
            things = (_described(self._named[each.name].entity, each.name) if each.name in grown else each
                      for each in self._facts.things)  # fmt: skip
            self._facts = replace(self._facts, things=tuple(things))
        return {name: grown.get(name, 0.0) for name in self._named}

    def _raise(self, name: str, metres: float) -> None:
        for free in self._named[name].free:
            self.data.qpos[free.qpos + 2] += metres

    def _bring(self, slot: _Slot, values: Sequence[float]) -> None:
        """Stand a spare thing on the table."""
        x, y, heading = values
        there = np.array([x, y, slot.entity.describe(slot.entity.key).height / 2])
        for free, offset in zip(slot.free, slot.offsets, strict=True):
            turn = quat_about_z(heading)
            self.data.qpos[free.qpos : free.qpos + 7] = (*(there + rotate(turn, offset)), *turn)

    def _light(self) -> None:
        """Show what was pressed."""
        pressed = self.tracker.pressed
        for name, lamps in self._lamps:
            self.model.geom_rgba[lamps] = LIT if name in pressed else DARK
        self._lit = len(pressed)

    def _slot(self, entity: Entity) -> _Slot:
        model = self.model
        body = model.body(entity.body).id
        moving = body if entity.joint is None else model.body(entity.joint).id
        geoms = _below(model, body if entity.key == entity.body else moving)
        colours = model.geom_rgba[geoms]
        tinted = geoms[(colours == np.array(TINT, np.float32)).all(axis=1)]
        free = []
        for name in (entity.body, *(name for name, _ in entity.companions)):
            first = int(model.body_jntadr[model.body(name).id])
            if first >= 0 and model.jnt_type[first] == int(mujoco.mjtJoint.mjJNT_FREE):
                free.append(_Free(model.body(name).id, int(model.jnt_qposadr[first]), int(model.jnt_dofadr[first])))
        companions = [_below(model, other.body) for other in free[1:]]
        joint = -1 if entity.joint is None else model.joint(entity.joint).id
        return _Slot(
            entity,
            body,
            np.concatenate([geoms, *companions]),
            tinted if len(tinted) else geoms,
            geoms[(colours == np.array(DARK, np.float32)).all(axis=1)],
            tuple(free),
            joint=int(model.jnt_qposadr[joint]) if joint >= 0 else -1,
            travel=float(model.jnt_range[joint][1]) if joint >= 0 else 0.0,
        )


@functools.lru_cache(maxsize=1024)
def _described(entity: Entity, name: str) -> Thing:
    """What a draw may know of an entity, its gripped strokes included."""
    thing = entity.describe(name)
    middle = Pose(np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0]))
    grips = [verb for verb in thing.strokes if any(stroke.grip for stroke in entity.strokes(middle, 0.5, verb))]
    return replace(thing, grips=tuple(grips))


def _paint(slot: _Slot) -> NDArray[np.int64]:
    """Geoms of a thing that take another colour: not those that light up."""
    return np.setdiff1d(slot.tinted, slot.lamps)


def _below(model: mujoco.MjModel, body: int) -> NDArray[np.int64]:
    """Ids of the geoms of a body and of everything that hangs on it."""
    bodies = {body}
    for index in range(body + 1, model.nbody):
        if int(model.body_parentid[index]) in bodies:
            bodies.add(index)
    return np.flatnonzero(np.isin(model.geom_bodyid, list(bodies)))


def free_spot(world: World, name: str, half_height: float, clearance: float = 0.11) -> Vector:
    """Return the point on the table nearest to a thing that keeps its distance (m) from all others."""
    (low_x, high_x), (low_y, high_y) = world.facts().workspace
    grid = np.stack(np.meshgrid(np.linspace(low_x, high_x, 10), np.linspace(low_y, high_y, 15)), axis=-1).reshape(-1, 2)
    others = [world.position(other)[:2] for other in world.names if other != name]
    distances = np.min([np.linalg.norm(grid - other, axis=1) for other in others] or [np.full(len(grid), 9.0)], axis=0)
    cost = np.linalg.norm(grid - world.position(name)[:2], axis=1) + 10.0 * (distances < clearance)
    x, y = grid[int(np.argmin(cost))]
    return np.array([x, y, half_height])
