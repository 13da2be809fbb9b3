"""Places without substance: a pad painted on the table, a bubble in the air."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import conjugate, rotate
from failgym.scene import Goal, Pose, Thing
from failgym.sim.entities.entity import PARKED, Entity, above, ball, box, drawn

NOWHERE = np.zeros(3)
"""Approach to a goal that can be reached from any side, m."""


@dataclass(frozen=True)
class Pad(Entity):
    """A coloured square painted on the table: things are pushed to it or put on it."""

    painted = True
    body: str
    half: float = 0.05
    """Half side, m."""
    reach: float = 0.03
    """A thing is there when its centre is nearer to the middle than this, along both sides, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it: the colour, with a paler field in the middle."""
        pad = spec.worldbody.add_body(name=self.body, pos=PARKED)
        drawn(box(pad, (0, 0, 0.0004), (self.half, self.half, 0.0004)))
        inner = 0.86 * self.half
        drawn(box(pad, (0, 0, 0.0006), (inner, inner, 0.0006), (1.0, 1.0, 1.0, 0.4)))

    def describe(self, name: str) -> Thing:
        """A place to push or put things to."""
        return Thing(name, receives=("to", "on"))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In its middle."""
        return above(pose.position + np.array([0.0, 0.0, thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing rests on it, its centre near enough to the middle."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return bool(abs(x) < self.reach and abs(y) < self.reach and abs(z - thing.height / 2) < 0.012)


@dataclass(frozen=True)
class Region(Entity):
    """A bubble in the air: things are held inside it."""

    painted = True
    body: str
    radius: float = 0.045
    """m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, translucent."""
        region = spec.worldbody.add_body(name=self.body, pos=PARKED)
        drawn(ball(region, (0, 0, 0), self.radius, (0.55, 0.80, 0.95, 0.35)))

    def describe(self, name: str) -> Thing:
        """A place to hold things in."""
        return Thing(name, height=2 * self.radius, receives=("to",), symmetry=0)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In its middle."""
        return Goal(pose.position, pose.quat_wxyz, NOWHERE)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside."""
        return float(np.linalg.norm(at.position - pose.position)) < self.radius
