"""Free boxes and upright cylinders."""

import math
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from failgym.rotations import rotate
from failgym.scene import Goal, Pose, Thing
from failgym.sim.entities.entity import Entity, above, box, cylinder, free_body, hand_down


@dataclass(frozen=True)
class Block(Entity):
    """A free box."""

    body: str
    half: tuple[float, float, float] = (0.02, 0.02, 0.02)
    """Half sizes, m."""
    mass: float = 0.08
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        box(free_body(spec, self.body), (0, 0, 0), self.half, mass=self.mass, name=self.body)

    def resized(self, factor: float) -> "Block":
        """A larger or smaller one."""
        x, y, z = self.half
        return replace(self, half=(factor * x, factor * y, factor * z))

    def describe(self, name: str) -> Thing:
        """A thing to grasp, and to put others on."""
        square = abs(self.half[0] - self.half[1]) < 1e-6
        return Thing(
            name, graspable=True, width=2 * min(self.half[:2]), height=2 * self.half[2], receives=("on",),
            aligns=True, symmetry=4 if square else 2,
        )  # fmt: skip

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on a pair of opposite upright faces, narrow pair first; works however the block fell."""
        axes = [rotate(pose.quat_wxyz, axis) for axis in np.eye(3)]
        up = int(np.argmax([abs(axis[2]) for axis in axes]))
        position = pose.position + np.array([0.0, 0.0, max(0.0, self.half[up] - 0.025)])
        across = sorted((axis for axis in range(3) if axis != up), key=lambda axis: self.half[axis])
        if self.half[across[0]] < self.half[across[1]]:
            across = across[:1]
        return tuple(hand_down(position, math.atan2(axes[axis][1], axes[axis][0])) for axis in across)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its top face."""
        return above(pose.position + np.array([0.0, 0.0, self.half[2] + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over its top face, at the height of what rests there."""
        return relation == "on" and rests_on(pose, 2 * self.half[2], min(self.half[:2]), thing, at)


@dataclass(frozen=True)
class Can(Entity):
    """A free upright cylinder."""

    body: str
    radius: float = 0.025
    """m."""
    half_height: float = 0.04
    """m."""
    mass: float = 0.08
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        cylinder(body, (0, 0, 0), self.radius, self.half_height, mass=self.mass, name=self.body)

    def resized(self, factor: float) -> "Can | None":
        """A larger or smaller one."""
        return replace(self, radius=factor * self.radius, half_height=factor * self.half_height)

    def describe(self, name: str) -> Thing:
        """A round thing to grasp, and to put others on."""
        return Thing(
            name, graspable=True, width=2 * self.radius, height=2 * self.half_height, receives=("on",), symmetry=0
        )

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above at its upper end, the fingers opening in any direction; lying, across its axis."""
        axis = rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))
        if abs(axis[2]) < 0.5:
            return (hand_down(pose.position, math.atan2(axis[1], axis[0]) + np.pi / 2),)
        position = pose.position + np.array([0.0, 0.0, max(0.0, self.half_height - 0.025)])
        return tuple(hand_down(position, heading) for heading in np.arange(4) * np.pi / 4)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its top face."""
        return above(pose.position + np.array([0.0, 0.0, self.half_height + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over its top face, at the height of what rests there."""
        return relation == "on" and rests_on(pose, 2 * self.half_height, self.radius, thing, at)


def rests_on(below: Pose, height: float, reach: float, thing: Thing, at: Pose) -> bool:
    """Whether a thing's centre is within `reach` of the axis of what it rests on, whose centre and height are given."""
    x, y, z = (at.position - below.position).tolist()
    return math.hypot(x, y) < reach and abs(z - (thing.height + height) / 2) < 0.012
