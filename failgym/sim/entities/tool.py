"""Tools that move other things: a rake on feet, a broom that stands on its brush."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import rotate
from failgym.scene import Pose, Thing
from failgym.sim.entities.entity import Entity, box, cylinder, drawn, free_body, hand_down
from failgym.sim.robots.robot import PAD_PRIORITY

GLIDING = (0.3, 0.005, 0.0001)
"""Friction of an edge that moves things: it must not press them on the table."""
WOOD = (0.72, 0.52, 0.32, 1.0)
METAL = (0.45, 0.47, 0.50, 1.0)
LOWEST = 0.016
"""Height above the table at which a hand can grasp something, m."""


@dataclass(frozen=True)
class Rake(Entity):
    """A croupier's rake: a plate upright across the end of a stick, which a foot keeps level.

    Its x axis is along the stick, towards the plate; the stick is high enough for a 4 cm cube to pass below it, so that
    the plate can push as well as pull. The origin is half way up the plate.
    """

    body: str = "rake"
    height: float = 0.08
    """m."""
    width: float = 0.12
    """Of the plate, m."""
    plate: float = 0.12
    """From the origin to the middle of the plate, m."""
    thickness: float = 0.005
    """Half thickness of the plate, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        rake = free_body(spec, self.body)
        half, level = self.height / 2, self._level()
        end = -0.11
        middle, length = (end + self.plate) / 2, (self.plate - end) / 2
        box(rake, (middle, 0, level), (length, 0.01, 0.01), WOOD, mass=0.03)
        glides(box(rake, (self.plate, 0, 0), (self.thickness, self.width / 2, half), mass=0.02))
        cylinder(rake, (end, 0, 0), 0.012, half, WOOD, mass=0.015)
        drawn(cylinder(rake, (end, 0, 0.004), 0.0135, half, METAL)).size[1] = 0.006
        drawn(box(rake, (self.plate, 0, half), (self.thickness + 0.002, self.width / 2 + 0.002, 0.003), METAL))

    def describe(self, name: str) -> Thing:
        """A tool to grasp, whose plate moves things."""
        return Thing(
            name, graspable=True, width=0.02, height=self.height, symmetry=2, tip=(self.plate, 0.0, -self.height / 2),
            edge=self.thickness,
        )  # fmt: skip

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above across the stick, near the middle of the tool, or farther from the plate."""
        along = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        heading = math.atan2(along[1], along[0]) + np.pi / 2
        return tuple(_held(pose, (x, 0.0, self._level()), heading) for x in (-0.02, -0.05))

    def _level(self) -> float:
        return self.height / 2 - 0.011


@dataclass(frozen=True)
class Broom(Entity):
    """A hand broom that stands on its brush, the handle upright.

    Its x axis is across the brush; the origin is half way up.
    """

    body: str = "broom"
    height: float = 0.15
    """m."""
    width: float = 0.14
    """Of the brush, m."""
    thickness: float = 0.018
    """Half thickness of the brush, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        broom = free_body(spec, self.body)
        bottom, straw = -self.height / 2, (0.86, 0.74, 0.45, 1.0)
        glides(box(broom, (0, 0, bottom + 0.014), (self.thickness, self.width / 2, 0.014), straw, mass=0.05))
        box(broom, (0, 0, bottom + 0.037), (self.thickness - 0.002, self.width / 2, 0.009), mass=0.05)
        box(broom, (0, 0, 0.046 / 2), (0.011, 0.011, self.height / 2 - 0.046 / 2), mass=0.02)
        gap = self.width / 12
        for index in range(11):
            groove = (0, (index - 5) * gap, bottom + 0.013)
            drawn(box(broom, groove, (self.thickness + 0.0006, 0.0012, 0.013), (0.66, 0.53, 0.28, 1.0)))

    def describe(self, name: str) -> Thing:
        """A tool to grasp, whose brush moves things."""
        return Thing(
            name, graspable=True, width=0.022, height=self.height, symmetry=2, tip=(0.0, 0.0, -self.height / 2),
            edge=self.thickness,
        )  # fmt: skip

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above around the upper end of the handle; lying, across the handle."""
        up = rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))
        if abs(up[2]) < 0.7:
            return (_held(pose, (0.0, 0.0, 0.03), math.atan2(up[1], up[0]) + np.pi / 2),)
        side = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        heading = math.atan2(side[1], side[0])
        return tuple(_held(pose, (0.0, 0.0, self.height / 2 - 0.016), heading + turn) for turn in (np.pi / 2, 0.0))


def glides(geom: mujoco.MjsGeom) -> mujoco.MjsGeom:
    """Let things slide easily on a geom."""
    geom.priority, geom.friction = PAD_PRIORITY, list(GLIDING)
    return geom


def _held(pose: Pose, point: tuple[float, float, float], heading: float) -> Pose:
    """A hand from above at a point of the tool's frame."""
    position = pose.position + rotate(pose.quat_wxyz, point)
    return hand_down(np.array([position[0], position[1], max(LOWEST, position[2])]), heading)
