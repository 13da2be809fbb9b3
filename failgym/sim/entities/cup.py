"""Hollow cups that nest, and mugs."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import conjugate, multiply, quat_about_z, quat_from_rotvec, rotate, yaw
from failgym.scene import Goal, Pose, Thing, Vector
from failgym.sim.entities.entity import Entity, above, box, cylinder, drawn, free_body, hand_down
from failgym.sim.entities.hooks import rough, threaded

SIDES = 12
"""Walls of a cup; even, so that two of them face each other."""
FOOT = 0.0015
"""Height of the foot on which a cup stands, m: its walls touch nothing below."""
PAD = 0.0125
"""From the tool point to the tip of the pads, m."""
SMOOTH = 0.3
"""Sliding friction of wall on wall: cups that nest must not jam."""


@dataclass(frozen=True)
class Cup(Entity):
    """A hollow cup, wider at the top: a ring of flat walls on a thick floor. Equal cups nest on that floor."""

    body: str
    top: float = 0.035
    """From the axis to the middle of a wall at the rim, m."""
    bottom: float = 0.022
    """The same at the foot, m."""
    height: float = 0.085
    """m."""
    wall: float = 0.0025
    """m."""
    floor: float = 0.034
    """Height of what is inside over the foot, m."""
    mass: float = 0.08
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        self.add_shell(free_body(spec, self.body))

    def add_shell(self, body: mujoco.MjsBody) -> None:
        """Add walls and floor to a body whose origin is at half its height."""
        middle = (self.top + self.bottom) / 2
        for index in range(SIDES):
            angle = 2 * math.pi * index / SIDES
            wall = self._add_wall(body, angle, self.bottom, self.top, middle * math.tan(math.pi / SIDES))
            wall.friction[0] = SMOOTH
            # Walls that lean outwards leave a gap above; what closes it is only drawn.
            corner = 1.0 / math.cos(math.pi / SIDES)
            gap = 1.1 * (self.top - middle) * math.tan(math.pi / SIDES)
            drawn(self._add_wall(body, angle + math.pi / SIDES, self.bottom, corner * self.top - 0.0005, gap))
        foot = 0.7 * self.bottom
        box(body, (0, 0, (self.floor - self.height) / 2), (foot, foot, self.floor / 2), mass=0.4 * self.mass)
        inside = self.bottom + (self.top - self.bottom) * self.floor / self.height - self.wall
        drawn(cylinder(body, (0, 0, self.floor - self.height / 2), inside, 0.0005))

    def _add_wall(
        self, body: mujoco.MjsBody, angle: float, bottom: float, top: float, half_width: float
    ) -> mujoco.MjsGeom:
        height = self.height - FOOT
        tilt = math.atan2(top - bottom, height)
        turn = quat_about_z(angle)
        inward = self.wall / 2 * np.array([-math.cos(tilt), 0.0, math.sin(tilt)])
        centre = rotate(turn, np.array([(top + bottom) / 2, 0.0, FOOT / 2]) + inward)
        half = (self.wall / 2, half_width, height / 2 / math.cos(tilt))
        quat = multiply(turn, quat_from_rotvec((0.0, tilt, 0.0)))
        return box(body, centre.tolist(), half, mass=0.6 * self.mass / SIDES, quat_wxyz=quat.tolist())

    def describe(self, name: str) -> Thing:
        """A thing to grasp across its rim, and to put others in."""
        return Thing(
            name, graspable=True, width=2 * self.top, height=self.height, receives=("in",), aligns=True, symmetry=SIDES
        )

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on two walls that face each other, up to its upper edge; lying, across its axis."""
        axis = rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))
        if abs(axis[2]) < 0.7:
            return (hand_down(pose.position, math.atan2(axis[1], axis[0]) + np.pi / 2),)
        position = pose.position + np.array([0.0, 0.0, self.height / 2 - PAD])
        headings = yaw(pose.quat_wxyz) + np.arange(SIDES // 2) * 2 * np.pi / SIDES
        return tuple(hand_down(position, heading) for heading in headings)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its floor, over its rim."""
        return above(pose.position + self._rest(thing), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is within 12 mm of where it is when it stands on the floor inside."""
        local = rotate(conjugate(pose.quat_wxyz), at.position - pose.position)
        return relation == "in" and bool(np.abs(local - self._rest(thing)).max() < 0.012)

    def _rest(self, thing: Thing) -> Vector:
        return np.array([0.0, 0.0, self.floor + (thing.height - self.height) / 2])


@dataclass(frozen=True)
class Mug(Cup):
    """A mug, almost straight, with a handle on its +x side: a loop that something long goes through along y."""

    top: float = 0.031
    bottom: float = 0.029
    height: float = 0.08
    floor: float = 0.008
    loop: tuple[float, float] = (0.030, 0.046)
    """Width and height of the hole in the handle, m."""
    bar: float = 0.007
    """Thickness of the handle, m."""

    @property
    def hole(self) -> float:
        """From the axis to the middle of the hole, m."""
        return (self.top + self.bottom + self.loop[0]) / 2

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        self.add_shell(body)
        width, height = self.loop
        half = self.bar / 2
        for side in (-1, 1):
            centre = (self.hole - 0.001, 0, side * (height / 2 + half))
            rough(box(body, centre, (width / 2 + 0.001, half, half), mass=0.004))
        rough(box(body, (self.hole + width / 2 + half, 0, 0), (half, half, height / 2 + self.bar), mass=0.006))

    def describe(self, name: str) -> Thing:
        """A thing to grasp beside its handle."""
        return Thing(name, graspable=True, width=2 * self.top, height=self.height, symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on the walls beside the handle, up to its upper edge; lying, across its axis."""
        return super().grasps(pose)[:: SIDES // 4][-1:]

    def hangs(self, pose: Pose, start: Vector, way: Vector) -> bool:
        """Whether a rod from `start` along the whole of `way` goes through the hole of its handle."""
        return threaded(pose, (self.hole, 0.0), self.loop, start, way)


def stands(pose: Pose, degrees: float = 20.0) -> bool:
    """Whether the axis of a thing is within that angle of the vertical, its top up."""
    return float(rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))[2]) > math.cos(math.radians(degrees))
