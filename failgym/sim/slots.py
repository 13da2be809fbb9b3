"""Where things live in a compiled model."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.rotations import conjugate, multiply, quat_about_z, rotate
from failgym.scene import Box, Pose, Thing, Vector
from failgym.sim import rays
from failgym.sim.entities import DARK, TINT, Entity
from failgym.sim.robots import RobotModel

LOW = 0.25
"""Height, m, up to which what belongs to an arm counts as its stand."""


class Free(NamedTuple):
    """A free body: its id, and where its joint lies in qpos and qvel."""

    body: int
    qpos: int
    dof: int


@dataclass(frozen=True, eq=False)
class Slot:
    """Where an entity lives in the model."""

    entity: Entity
    body: int
    geoms: NDArray[np.int64]
    tinted: NDArray[np.int64]
    """Geoms that take the colour of an episode."""
    lamps: NDArray[np.int64]
    """Geoms that light up."""
    free: tuple[Free, ...]
    """Main body and companions; empty for furniture."""
    joint: int
    """qpos of the joint that opens, turns or sinks; -1 without one."""
    travel: float
    """Range of that joint, m or rad."""

    @property
    def offsets(self) -> tuple[Sequence[float], ...]:
        """Of the free bodies from the main one, m."""
        return ((0.0, 0.0, 0.0), *(offset for _, offset in self.entity.companions))

    @functools.cached_property
    def paint(self) -> NDArray[np.int64]:
        """Geoms that take another colour or texture: not those that light up."""
        return np.setdiff1d(self.tinted, self.lamps)

    def stand(
        self, data: mujoco.MjData, position: Sequence[float] | Vector, quat_wxyz: Sequence[float] | Vector
    ) -> None:
        """Put the free bodies there, their companions around the main one; m, in the frame of the model."""
        for free, offset in zip(self.free, self.offsets, strict=True):
            there = np.add(position, rotate(quat_wxyz, offset)) if any(offset) else position
            data.qpos[free.qpos : free.qpos + 7] = (*there, *quat_wxyz)


def find_slot(model: mujoco.MjModel, entity: Entity) -> Slot:
    """Look up where an entity lives."""
    body = model.body(entity.body).id
    moving = body if entity.joint is None else int(model.jnt_bodyid[model.joint(entity.joint).id])
    geoms = below(model, body if entity.key == entity.body else moving)
    free = []
    for name in (entity.body, *(name for name, _ in entity.companions)):
        first = int(model.body_jntadr[model.body(name).id])
        if first >= 0 and model.jnt_type[first] == int(mujoco.mjtJoint.mjJNT_FREE):
            free.append(Free(model.body(name).id, int(model.jnt_qposadr[first]), int(model.jnt_dofadr[first])))
    companions = [below(model, other.body) for other in free[1:]]
    parts = [below(model, model.body(name).id) for name in entity.parts]
    geoms = np.concatenate([geoms, *parts])
    colours = model.geom_rgba[geoms]
    tinted = geoms[(colours == np.array(TINT, np.float32)).all(axis=1)]
    joint = -1 if entity.joint is None else model.joint(entity.joint).id
    return Slot(
        entity,
        body,
        np.concatenate([geoms, *companions]),
        tinted if len(tinted) else geoms,
        geoms[(colours == np.array(DARK, np.float32)).all(axis=1)],
        tuple(free),
        joint=int(model.jnt_qposadr[joint]) if joint >= 0 else -1,
        travel=float(model.jnt_range[joint][1]) if joint >= 0 else 0.0,
    )


def below(model: mujoco.MjModel, body: int) -> NDArray[np.int64]:
    """Ids of the geoms of a body and of everything that hangs on it."""
    bodies = {body}
    for index in range(body + 1, model.nbody):
        if int(model.body_parentid[index]) in bodies:
            bodies.add(index)
    return np.flatnonzero(np.isin(model.geom_bodyid, list(bodies)))


@functools.lru_cache(maxsize=1024)
def described(entity: Entity, name: str) -> Thing:
    """What a draw may know of an entity, its gripped strokes included."""
    thing = entity.describe(name)
    middle = Pose(np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0]))
    grips = [verb for verb in thing.strokes if any(stroke.grip for stroke in entity.strokes(middle, 0.5, verb))]
    return replace(thing, grips=tuple(grips))


def boxes_of(
    model: mujoco.MjModel, data: mujoco.MjData, robot: RobotModel, named: Mapping[str, Slot], origin: Vector
) -> dict[str, tuple[Box, ...]]:
    """Return the boxes of all things, and of the stand of each arm, in FailGym's world frame.

    `origin` is where that frame has its origin in the frame of the model, (3,) m.
    """
    found = {}
    for arm in robot.arms:
        boxes = _boxes(model, data, below(model, model.body(arm.base_body).id), origin)
        found[f"{arm.arm} arm" if arm.arm else "arm"] = tuple(box for box in boxes if box.centre[2] <= LOW)
    return found | {name: _boxes(model, data, slot.geoms, origin) for name, slot in named.items()}


def _boxes(model: mujoco.MjModel, data: mujoco.MjData, geoms: NDArray[np.int64], origin: Vector) -> tuple[Box, ...]:
    found = []
    for geom, box in zip(geoms.tolist(), rays.boxes(model, geoms), strict=True):
        turn = data.geom_xmat[geom].reshape(3, 3)
        centre = data.geom_xpos[geom] + np.einsum("ij,j->i", turn, box[:3]) - origin
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, data.geom_xmat[geom])
        found.append(Box(_triple(centre), _triple(box[3:]), (float(quat[0]), *_triple(quat[1:]))))
    return tuple(found)


def _triple(vector: Vector) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


def bumped(hand: Pose, things: Iterable[tuple[Vector, Thing]], reach: float = 0.055) -> bool:
    """Whether an open hand at that pose would touch one of these things, given by position (m) and description.

    `reach` is how far its open fingers reach to either side, m.
    """
    for position, thing in things:
        x, y, _ = np.abs(rotate(conjugate(hand.quat_wxyz), position - hand.position))
        above_fingertips = position[2] + thing.height / 2 - hand.position[2]
        # Half sizes of the fingers and of the palm above them, with half a block's diagonal on top.
        fingers = x < 0.012 + 0.028 and y < reach + 0.028 and above_fingertips > -0.01
        palm = x < 0.035 + 0.028 and y < 0.105 + 0.028 and above_fingertips > 0.03
        if fingers or palm:
            return True
    return False


def either_way(hands: Iterable[Pose]) -> tuple[Pose, ...]:
    """Return these hands, and then the same turned by half a turn, which hold as well."""
    listed = tuple(hands)
    return (*listed, *(Pose(position, multiply(quat, quat_about_z(np.pi))) for position, quat in listed))


__all__ = ["LOW", "Free", "Slot", "below", "boxes_of", "bumped", "described", "either_way", "find_slot"]
