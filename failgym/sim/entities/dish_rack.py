"""A plate that stands on its rim, and the slots of a rack that hold it so."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import conjugate, quat_from_rotvec, rotate
from failgym.scene import Goal, Pose, Thing
from failgym.sim.entities.entity import PARKED, Entity, above, box, cylinder, drawn, free_body, hand_down

RADIUS = 0.075
"""Of a plate, m."""
THICKNESS = 0.010
"""Of a plate, m."""
PITCH = 0.052
"""Width of a slot with its posts, m: slots stand side by side at this distance."""
WIRE = (0.72, 0.73, 0.75, 1.0)
CERAMIC = (0.93, 0.93, 0.90, 1.0)
GLAZE = (0.30, 0.45, 0.62, 1.0)
OVER_POSTS = np.array([0.0, 0.0, 0.10])
"""From how far above a plate comes, m."""


@dataclass(frozen=True)
class Plate(Entity):
    """A flat round plate; its frame is that of a plate which stands on its rim: the axis is y."""

    body: str = "plate"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        quat = quat_from_rotvec((math.pi / 2, 0.0, 0.0)).tolist()
        cylinder(body, (0, 0, 0), RADIUS, THICKNESS / 2, CERAMIC, mass=0.12, quat_wxyz=quat)
        drawn(cylinder(body, (0, 0, 0), 0.062, THICKNESS / 2 + 0.0006, GLAZE, quat_wxyz=quat))
        drawn(cylinder(body, (0, 0, 0), 0.058, THICKNESS / 2 + 0.0012, CERAMIC, quat_wxyz=quat))

    def describe(self, name: str) -> Thing:
        """A thin thing to grasp at its rim."""
        return Thing(name, graspable=True, width=THICKNESS, height=2 * RADIUS, symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above at the highest part of its rim; not where it lies flat."""
        axis = rotate(pose.quat_wxyz, (0.0, 1.0, 0.0))
        rim = np.array([0.0, 0.0, 1.0]) - axis[2] * axis
        rim *= (RADIUS - 0.018) / max(1e-3, float(np.linalg.norm(rim)))
        return (hand_down(pose.position + rim, math.atan2(axis[1], axis[0])),)


@dataclass(frozen=True)
class Slot(Entity):
    """Two rails on which a plate stands on its rim, and two pairs of posts that keep it upright; plates lie along x."""

    body: str
    rail: float = 0.04
    """From the middle to a rail, m."""
    top: float = 0.030
    """Height of the rails, m."""
    gap: float = 0.018
    """Between the posts, m."""
    post: float = 0.055
    """Height of the posts above the rails, m."""

    @property
    def rest(self) -> float:
        """Height of the centre of a plate that stands on the rails, m."""
        return self.top + math.sqrt(RADIUS**2 - (self.rail - 0.005) ** 2)

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        for x in (-self.rail, self.rail):
            box(body, (x, 0, self.top - 0.005), (0.005, PITCH / 2, 0.005), WIRE)
            for side in (-1, 1):
                box(
                    body,
                    (x, side * (PITCH / 2 - 0.004), self.top / 2 - 0.005),
                    (0.005, 0.004, self.top / 2 - 0.005),
                    WIRE,
                )
                y = side * (self.gap / 2 + 0.004)
                box(body, (x, y, self.top + self.post / 2), (0.005, 0.004, self.post / 2))
        box(body, (0, 0, 0.003), (self.rail + 0.012, PITCH / 2, 0.003))

    def describe(self, name: str) -> Thing:
        """What a plate stands in."""
        return Thing(name, height=self.top + self.post, receives=("in",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On the rails, between the posts."""
        return above(pose.position + np.array([0.0, 0.0, self.rest]), pose.quat_wxyz, OVER_POSTS)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a plate stands on the rails, within 12 mm and 15 degrees."""
        inverse = conjugate(pose.quat_wxyz)
        offset = rotate(inverse, at.position - pose.position) - np.array([0.0, 0.0, self.rest])
        axis = rotate(inverse, rotate(at.quat_wxyz, (0.0, 1.0, 0.0)))
        return bool(relation == "in" and np.abs(offset).max() < 0.012 and abs(axis[1]) > math.cos(math.radians(15.0)))
