"""A stem with spokes on which mugs hang by their handles."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, rotate, yaw
from failgym.scene import Goal, Pose, Thing, Vector
from failgym.sim.entities.cup import Mug
from failgym.sim.entities.entity import PARKED, Entity, Triple, ball, cylinder

MUG = Mug("mug")
"""What hangs there: all mugs have this shape."""
STEM = 0.135
"""Height at which the spokes leave the stem, m."""
WOOD = (0.62, 0.45, 0.29, 1.0)
DARK_WOOD = (0.47, 0.32, 0.19, 1.0)
SPREAD = math.radians(118.0)
"""Of the spokes, to both sides, from the x axis of the tree, rad."""


@dataclass(frozen=True)
class MugTree(Entity):
    """Foot and stem."""

    body: str = "tree"
    height: float = 0.15
    """Of the stem, at which the spokes begin a little lower, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        cylinder(body, (0, 0, 0.006), 0.065, 0.006, DARK_WOOD)
        cylinder(body, (0, 0, self.height / 2 + 0.006), 0.009, self.height / 2 - 0.006, WOOD)
        ball(body, (0, 0, self.height), 0.012, DARK_WOOD)

    def describe(self, name: str) -> Thing:
        """What carries the spokes."""
        return Thing(name, height=self.height)


@dataclass(frozen=True)
class Spoke(Entity):
    """A rod that rises outwards, along x of its own frame; the origin is where it leaves the stem."""

    body: str
    side: float
    """1 or -1: on which side (along y of its own frame) mugs hang while they are brought."""
    length: float = 0.125
    """m."""
    slope: float = math.radians(18.0)
    """rad."""
    seat: float = 0.078
    """From the stem to where a mug is let go, along the rod, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        along = np.array([math.cos(self.slope), 0.0, math.sin(self.slope)])
        quat = multiply(quat_from_rotvec((0.0, -self.slope, 0.0)), quat_from_rotvec((0.0, math.pi / 2, 0.0)))
        half = self.length / 2
        cylinder(body, (half * along).tolist(), 0.004, half, WOOD, quat_wxyz=quat.tolist())
        ball(body, (self.length * along).tolist(), 0.005, DARK_WOOD)

    def describe(self, name: str) -> Thing:
        """What mugs hang on."""
        return Thing(name, height=0.04, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Beside it, the rod through the middle of the handle; the mug comes along the rod."""
        heading = yaw(pose.quat_wxyz) - self.side * math.pi / 2
        quat = quat_about_z(heading)
        along = self._along(pose)
        hole = rotate(quat, np.array([MUG.hole, 0.0, 0.0]))
        return Goal(pose.position + self.seat * along - hole, quat, 0.115 * along)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether it goes through the handle."""
        return relation == "on" and MUG.hangs(at, pose.position, self.length * self._along(pose))

    def _along(self, pose: Pose) -> Vector:
        return rotate(pose.quat_wxyz, np.array([math.cos(self.slope), 0.0, math.sin(self.slope)]))


SPOKES = {"left spoke": Spoke("spoke_left", 1.0), "right spoke": Spoke("spoke_right", -1.0)}
"""By name; left and right as the robot sees them."""


def planted(x: float, y: float, turn: float) -> list[tuple[str, str, Triple, list[float]]]:
    """What `World.add` needs for a tree with its two spokes at that place, whose x axis is turned so far, rad."""
    parts = [("mug tree", MugTree().key, (x, y, 0.0), quat_about_z(turn).tolist())]
    for name, spoke in SPOKES.items():
        parts.append((name, spoke.key, (x, y, STEM), quat_about_z(turn + spoke.side * SPREAD).tolist()))
    return parts
