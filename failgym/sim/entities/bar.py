"""Bars, which one hand gives to the other or brings into what the other holds, and the line above which they meet."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import rotate
from failgym.scene import Goal, Pose, Thing
from failgym.sim.entities.entity import PARKED, Entity, above, box, drawn, free_body, hand_down

MEETING_HEIGHT = 0.17
"""Of the middle of what is brought above the line, m."""


@dataclass(frozen=True)
class Bar(Entity):
    """A free square bar, along x of its own frame, with light sleeves where it is held."""

    body: str
    thick: float = 0.013
    """Half thickness, m."""
    long: float = 0.095
    """Half length, m."""
    grip: float = 0.065
    """From its middle to where it is held, m."""
    sleeve: float = 0.02
    """Half length of a sleeve, m."""
    mass: float = 0.08
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        box(body, (0, 0, 0), (self.long, self.thick, self.thick), mass=self.mass)
        around = self.thick + 0.0006
        for side in (-1, 1):
            drawn(box(body, (side * self.grip, 0, 0), (self.sleeve, around, around), (0.93, 0.91, 0.86, 1.0)))

    def describe(self, name: str) -> Thing:
        """A long thing to grasp at either end."""
        return Thing(name, graspable=True, width=2 * self.thick, height=2 * self.thick, symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above at either end, the pads on its long sides."""
        along = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        heading = math.atan2(along[1], along[0]) + np.pi / 2
        # A little above its axis, so that the fingertips pass over low rims beside it.
        axis = pose.position + np.array([0.0, 0.0, 0.008])
        return tuple(hand_down(axis + side * self.grip * along, heading) for side in (1, -1))


@dataclass(frozen=True)
class Middle(Entity):
    """A line on the table between the arms; things are brought above it, across it."""

    body: str = "middle"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the line: it is only drawn."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        drawn(box(body, (0, 0, 0.0004), (0.006, 0.26, 0.0004), (0.36, 0.38, 0.42, 1.0)))

    def describe(self, name: str) -> Thing:
        """Where things are brought, lying across."""
        return Thing(name, receives=("to",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the air above it."""
        up = np.array([0.0, 0.0, MEETING_HEIGHT])
        return above(pose.position + up, pose.quat_wxyz, np.array([0.0, 0.0, 0.02]))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's middle is within 4 cm of the plane above the line, at least 10 cm up."""
        _, y, z = (at.position - pose.position).tolist()
        return relation == "to" and abs(y) < 0.04 and z > 0.10
