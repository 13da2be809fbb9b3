"""Buttons that spring back: one that stands on the table, and what others need to have one."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import rotate
from failgym.scene import Pose, Stroke, Thing, Vector
from failgym.sim.entities.entity import DARK, HOVER, PARKED, TINT, Colour, Entity, Triple, cylinder, drawn, hand_down
from failgym.sim.robots.robot import add_joint

TRAVEL = 0.012
"""How far a cap sinks, m."""
RISE = 0.016
"""How far a cap stands out of its housing, m."""
FINGERTIP = 0.010
"""From the tool point of a hand to the ends of its fingers, m."""
STIFFNESS = 200.0
"""Of the spring under a cap, N/m."""
PRELOAD = 0.005
"""How far the spring is compressed while the cap is up, m."""
HEADINGS = (-np.pi / 2, 0.0, np.pi / 2, np.pi)
"""Directions along which the fingers of a pressing hand may lie, rad: first as a hand at home holds them."""


def add_cap(
    body: mujoco.MjsBody, joint: str, pos: Sequence[float], radius: float, rgba: Colour = TINT
) -> mujoco.MjsBody:
    """Add a round cap that sinks under a finger and springs back.

    Args:
        body: What it belongs to.
        joint: Name of its slide, and of its body.
        pos: Middle of the hole in which it sits, in the frame of `body`, m.
        radius: Of the cap, m.
        rgba: Colour of the cap.

    Returns:
        Its body.
    """
    cap = body.add_body(name=joint, pos=list(pos))
    slide = add_joint(cap, joint, (0.0, TRAVEL), slide=True, armature=0.1, damping=5.0)
    slide.axis = [0.0, 0.0, -1.0]
    # From MuJoCo 3.7 on stiffness, too, is a polynomial.
    slide.stiffness = [STIFFNESS, 0.0, 0.0] if np.ndim(slide.stiffness) else STIFFNESS
    slide.springref = -PRELOAD
    # The housing is solid: only what stays above it collides, the shaft is drawn into it.
    head = (RISE - TRAVEL - 0.001) / 2
    cylinder(cap, (0, 0, RISE - 0.001 - head), radius, head, rgba, mass=0.02)
    drawn(cylinder(cap, (0, 0, RISE / 2 - 0.003), radius, RISE / 2 - 0.002, rgba))
    drawn(cylinder(cap, (0, 0, RISE - 0.001), 0.85 * radius, 0.001, rgba))
    return cap


def pressing(
    pose: Pose, hole: Triple, headings: Sequence[float] = HEADINGS, come: Vector = HOVER
) -> tuple[Stroke, ...]:
    """Ways to press a cap: straight down with closed fingers.

    Args:
        pose: Of what the cap belongs to.
        hole: Middle of the cap's hole in the frame of `pose`, m.
        headings: Directions along which the fingers may lie, rad.
        come: From where the hand comes and to where it leaves, m.
    """
    top = pose.position + rotate(pose.quat_wxyz, np.add(hole, (0.0, 0.0, RISE + FINGERTIP)))
    depths = np.array([-0.012, TRAVEL + 0.005])
    return tuple(
        Stroke(
            tuple(hand_down(top - (0.0, 0.0, depth), heading) for depth in depths),
            grip=False,
            approach=come,
            retreat=come,
        )
        for heading in headings
    )


@dataclass(frozen=True)
class Button(Entity):
    """A button on the table: round housing, spring-loaded coloured cap, a ring that lights up once it was pressed."""

    body: str
    radius: float = 0.027
    """Of the cap, m."""
    height: float = 0.026
    """Of the housing, m."""

    @property
    def joint(self) -> str:
        """The cap."""
        return f"{self.body}_cap"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add housing, ring and cap."""
        housing = spec.worldbody.add_body(name=self.body, pos=PARKED)
        half = self.height / 2
        cylinder(housing, (0, 0, 0.005), 2.0 * self.radius, 0.005, (0.36, 0.37, 0.40, 1.0))
        cylinder(housing, (0, 0, half), 1.8 * self.radius, half, (0.87, 0.86, 0.83, 1.0))
        drawn(cylinder(housing, (0, 0, self.height), 1.5 * self.radius, 0.0012, DARK))
        drawn(cylinder(housing, (0, 0, self.height), 1.12 * self.radius, 0.0018, (0.87, 0.86, 0.83, 1.0)))
        add_cap(housing, self.joint, (0.0, 0.0, self.height), self.radius)

    def describe(self, name: str) -> Thing:
        """A thing to press."""
        return Thing(name, height=self.height + RISE, strokes=("press",), symmetry=0)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Straight down onto the cap."""
        return pressing(pose, (0.0, 0.0, self.height))
