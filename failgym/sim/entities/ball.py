"""Balls."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.scene import Pose, Thing
from failgym.sim.entities.entity import Entity, ball, free_body, hand_down


@dataclass(frozen=True)
class Ball(Entity):
    """A free ball."""

    body: str
    radius: float = 0.022
    """m."""
    mass: float = 0.04
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        ball(free_body(spec, self.body), (0, 0, 0), self.radius, mass=self.mass, name=self.body)

    def describe(self, name: str) -> Thing:
        """A round thing to grasp."""
        return Thing(name, graspable=True, width=2 * self.radius, height=2 * self.radius, symmetry=0)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the fingers opening in any direction."""
        return tuple(hand_down(pose.position, heading) for heading in np.arange(4) * np.pi / 4)
