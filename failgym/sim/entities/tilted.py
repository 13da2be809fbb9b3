"""Hands that come from above and from the robot's side: into what has a roof, and past what stands above."""

import math
from collections.abc import Sequence

import numpy as np

from failgym.rotations import DOWN, multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Pose, Vector

REACHING = math.radians(20.0)
"""How far a hand tilts that carries things under a roof, rad; a Panda's wrist cannot do much more near the table."""
FINGERS = 0.017
"""How deep between the fingers a thing is held, m."""
GRIPPED = 0.036
"""Half of the thickest that is held, m."""


def hand_tilted(position: Vector, heading: float, tilt: float) -> Pose:
    """Return a hand that points down and, by `tilt` rad, towards `heading`; its fingers open across, level."""
    lean = multiply(quat_about_z(heading), quat_from_rotvec((0.0, -tilt, 0.0)))
    return Pose(position, multiply(lean, DOWN))


def turned(hand: Pose, angle: float) -> Pose:
    """Return the hand turned about its own axis, rad."""
    return Pose(hand.position, multiply(hand.quat_wxyz, quat_about_z(angle)))


def tilted_grasps(pose: Pose, half: Sequence[float], round_: bool = False) -> tuple[Pose, ...]:
    """Return tilted hands that hold a box, or an upright cylinder, however it has fallen.

    Args:
        pose: Of its centre.
        half: Half sizes, m.
        round_: It is a cylinder about its z axis.

    Returns:
        The hands, first the one that points away from the robot's base most.
    """
    axes = [rotate(pose.quat_wxyz, axis) for axis in np.eye(3)]
    up = int(np.argmax([abs(axis[2]) for axis in axes]))
    away = math.atan2(pose.position[1], pose.position[0])
    raised = pose.position + np.array([0.0, 0.0, max(0.0, half[up] - FINGERS)])
    if round_ and up == 2:
        return tuple(hand_tilted(raised, away + turn, REACHING) for turn in (0.0, 0.6, -0.6))
    # A lying cylinder is held across its axis, a box across any pair of faces near enough to each other.
    if round_:
        along = [math.atan2(axes[2][1], axes[2][0])]
    else:
        level = sorted((axis for axis in range(3) if axis != up), key=lambda axis: half[axis])
        across = [axis for axis in level if half[axis] < GRIPPED] or level[:1]
        along = [math.atan2(axes[axis][1], axes[axis][0]) + np.pi / 2 for axis in across]
    headings = [angle + half_turn for angle in along for half_turn in (0.0, np.pi)]
    headings.sort(key=lambda heading: -math.cos(heading - away))
    # One that points back at the robot would reach over the thing, and into whatever stands behind it.
    forward = [heading for heading in headings if math.cos(heading - away) > 0.2] or headings[:1]
    return tuple(hand_tilted(raised, heading, REACHING) for heading in forward)
