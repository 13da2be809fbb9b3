"""Things to store: held by a hand that comes from above and from the robot's side, so that they fit under a roof."""

from dataclasses import dataclass, replace

import mujoco
import numpy as np

from failgym.scene import Goal, Pose, Thing
from failgym.sim.entities.block import rests_on
from failgym.sim.entities.entity import TINT, Colour, Entity, above, box, cylinder, drawn, free_body
from failgym.sim.entities.tilted import tilted_grasps

_PAPER = (0.95, 0.94, 0.90, 1.0)


@dataclass(frozen=True)
class Packet(Entity):
    """A free box with a label or a band."""

    body: str
    half: tuple[float, float, float]
    """Half sizes, m."""
    rgba: Colour = TINT
    label: Colour = _PAPER
    """Of the picture on its faces, or of the band around it."""
    banded: bool = False
    """A narrow band goes around its middle, instead of a picture."""
    roofed: bool = False
    """It ends in a ridge, as a milk carton does."""
    mass: float = 0.10
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        x, y, z = self.half
        box(body, (0, 0, 0), self.half, self.rgba, mass=self.mass)
        if self.banded:
            drawn(box(body, (0, 0, 0), (0.16 * x, y + 0.0006, z + 0.0006), self.label))
        else:
            drawn(box(body, (0, 0, -0.05 * z), (0.7 * x, y + 0.0006, 0.62 * z), self.label))
            drawn(box(body, (0, 0, -0.05 * z), (x + 0.0006, 0.7 * y, 0.62 * z), self.label))
        if self.roofed:
            drawn(box(body, (0, 0, z + 0.004), (0.6 * x, y, 0.004), self.rgba))
            drawn(box(body, (0, 0, z + 0.010), (0.1 * x, y, 0.008), self.label))

    def resized(self, factor: float) -> "Packet":
        """A larger or smaller one."""
        x, y, z = self.half
        return replace(self, half=(factor * x, factor * y, factor * z))

    def describe(self, name: str) -> Thing:
        """A thing to grasp, and to put others on."""
        x, y, z = self.half
        return Thing(
            name, graspable=True, width=2 * min(x, y), height=2 * z, receives=("on",),
            symmetry=4 if abs(x - y) < 1e-6 else 2,
        )  # fmt: skip

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """The pads on two opposite upright faces, the hand tilted."""
        return tilted_grasps(pose, self.half)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its top face."""
        return above(pose.position + np.array([0.0, 0.0, self.half[2] + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over its top face, at the height of what rests there."""
        return relation == "on" and rests_on(pose, 2 * self.half[2], min(self.half[:2]), thing, at)


@dataclass(frozen=True)
class Tin(Entity):
    """A free upright cylinder with a label: a can, or a bottle with a neck."""

    body: str
    radius: float
    """m."""
    half_height: float
    """m."""
    rgba: Colour = TINT
    label: Colour = _PAPER
    neck: float = 0.0
    """Length of a bottle's neck, m."""
    mass: float = 0.10
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        cylinder(body, (0, 0, 0), self.radius, self.half_height, self.rgba, mass=self.mass)
        drawn(cylinder(body, (0, 0, 0), self.radius + 0.0006, 0.66 * self.half_height, self.label))
        if self.neck:
            middle = self.half_height + self.neck / 2
            cylinder(body, (0, 0, middle), 0.011, self.neck / 2, self.label, mass=0.005)

    def resized(self, factor: float) -> "Tin | None":
        """A larger or smaller one; None of a bottle, which the expert does not store if it is small."""
        return None if self.neck else replace(self, radius=factor * self.radius, half_height=factor * self.half_height)

    def describe(self, name: str) -> Thing:
        """A round thing to grasp."""
        return Thing(name, graspable=True, width=2 * self.radius, height=2 * self.half_height, symmetry=0)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """Around it, the hand tilted; lying, across its axis."""
        return tilted_grasps(pose, (self.radius, self.radius, self.half_height), round_=True)
