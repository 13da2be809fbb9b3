"""A bath tap with two handles."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import quat_from_rotvec, yaw
from failgym.scene import Pose, Stroke, Thing
from failgym.sim.entities.entity import HOVER, PARKED, Entity, box, cylinder, drawn, hand_down
from failgym.sim.robots.robot import add_joint

APART = 0.20
"""Between the axes of the two handles, m."""
SIDES = {"left": 1.0, "right": -1.0}
"""The handles, and on which side of the spout (+y of the tap's own frame) each is."""
_PIPE = 0.062
"""Height of the pipe that joins the valves, m."""
_SEAT = 0.096
"""Height at which the handles begin, m."""
_MARKS = {"left": (0.82, 0.16, 0.14, 1.0), "right": (0.14, 0.34, 0.80, 1.0)}
_LYING = quat_from_rotvec((np.pi / 2, 0.0, 0.0)).tolist()
"""Turns a cylinder's axis to y."""


@dataclass(frozen=True)
class Tap(Entity):
    """Pipes and spout of a tap that stands on a plate, its spout towards the robot (-x of its own frame).

    Its handles are things of their own: `TapHandle`.
    """

    body: str = "tap"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add plate, pipes, spout and handles."""
        tap = spec.worldbody.add_body(name=self.body, pos=PARKED)
        box(tap, (0, 0, 0.006), (0.042, 0.15, 0.006))
        cylinder(tap, (0, 0, _PIPE), 0.015, APART / 2, quat_wxyz=_LYING)
        neck = 0.110
        cylinder(tap, (0, 0, (_PIPE + neck) / 2), 0.014, (neck - _PIPE) / 2)
        leaning = quat_from_rotvec((0.0, -1.75, 0.0)).tolist()
        cylinder(tap, (-0.055, 0, 0.101), 0.012, 0.056, quat_wxyz=leaning)
        cylinder(tap, (-0.109, 0, 0.079), 0.013, 0.016)
        for side, sign in SIDES.items():
            y = sign * APART / 2
            cylinder(tap, (0, y, 0.020), 0.026, 0.009)
            cylinder(tap, (0, y, _SEAT / 2), 0.018, _SEAT / 2 - 0.001)
            seat = tap.add_body(name=f"{self.body}_{side}_seat", pos=(0, y, _SEAT))
            self._add_handle(seat, side, sign)

    def _add_handle(self, seat: mujoco.MjsBody, side: str, sign: float) -> None:
        handle = TapHandle(self.body, side)
        part = seat.add_body(name=handle.joint)
        joint = add_joint(part, handle.joint, (0.0, handle.travel), armature=0.002, damping=0.05)
        joint.axis = [0.0, 0.0, sign]
        joint.frictionloss = 0.06
        cylinder(part, (0, 0, 0.016), 0.011, 0.016, mass=0.04)
        box(part, (0, 0, handle.grip), (0.008, 0.034, 0.011), mass=0.06)
        for end in (-0.034, 0.034):
            cylinder(part, (0, end, handle.grip), 0.008, 0.011, mass=0.01)
        drawn(cylinder(part, (0, 0, handle.grip + 0.0115), 0.0065, 0.001, _MARKS[side]))

    def describe(self, name: str) -> Thing:
        """It only stands there."""
        return Thing(name, height=0.11)


@dataclass(frozen=True)
class TapHandle(Entity):
    """One of the two handles: a bar across an upright stem; the left one turns anticlockwise, seen from above."""

    tap: str = "tap"
    side: str = "left"
    travel: float = 1.75
    """rad."""
    grip: float = 0.037
    """Height of the middle of the bar above its seat, m."""

    @property
    def body(self) -> str:  # type: ignore[override]
        """Its seat, which does not turn."""
        return f"{self.tap}_{self.side}_seat"

    @property
    def key(self) -> str:
        """`<side> handle`."""
        return f"{self.side} handle"

    @property
    def joint(self) -> str:
        """The hinge on its seat."""
        return f"{self.tap}_{self.side}"

    def build(self, spec: mujoco.MjSpec) -> None:
        """It is built with the tap."""

    def describe(self, name: str) -> Thing:
        """A thing to turn."""
        return Thing(name, width=0.016, height=0.05, strokes=("turn",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """The fingers close across the bar from above and turn with it; from either end of it."""
        middle = pose.position + np.array([0.0, 0.0, self.grip])
        shares = np.linspace(opening, 0.97, max(2, 1 + round(7 * (0.97 - opening))))
        turns = yaw(pose.quat_wxyz) + SIDES[self.side] * self.travel * shares
        paths = [tuple(hand_down(middle, float(turn) + half) for turn in turns) for half in (0.0, np.pi)]
        return tuple(Stroke(path, grip=True, approach=HOVER, retreat=HOVER) for path in paths)
