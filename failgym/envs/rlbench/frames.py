"""Between CoppeliaSim's world, with its quaternions xyzw, and FailGym's base frame, with wxyz."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from failgym.data.rlbench.geometry import camera_from
from failgym.data.rlbench.layout import ORIGIN
from failgym.rotations import conjugate, multiply, normalised
from failgym.scene import Pose

Array = NDArray[np.float64]
IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
BACKWARDS = np.array([0.0, 0.0, 0.0, 1.0])
"""Half a turn about where the hand points: RLBench's tips have x backwards when they point down, ours have it
forwards. Stored demonstrations are read in the same way (`failgym.data.rlbench.geometry`)."""


@dataclass(frozen=True)
class Frames:
    """Where the base frame lies in the world, and how FailGym's hand frame lies in the arm's tip.

    Both worlds have parallel axes: RLBench's robots face along +x.
    """

    origin: Array = field(default_factory=lambda: np.array(ORIGIN))
    """(3,) m, in the world: below the robot's base, at the height of the table."""
    tip_from_hand: Array = field(default_factory=BACKWARDS.copy)
    """(4,) wxyz: z is where the hand points in both; FailGym's y is the way in which the fingers open."""

    def pose(self, world: Sequence[float] | Array) -> Pose:
        """Return a pose of the world, (7,) position and quaternion xyzw, in the base frame."""
        x, y, z, qx, qy, qz, qw = (float(value) for value in world)
        return Pose(np.array([x, y, z]) - self.origin, normalised((qw, qx, qy, qz)))

    def world(self, pose: Pose) -> list[float]:
        """Inverse of `pose`."""
        w, x, y, z = normalised(pose.quat_wxyz).tolist()
        return [*(np.asarray(pose.position) + self.origin).tolist(), x, y, z, w]

    def hand(self, tip: Sequence[float] | Array) -> Pose:
        """Return the hand's pose, given that of the arm's tip in the world."""
        pose = self.pose(tip)
        return Pose(pose.position, normalised(multiply(pose.quat_wxyz, self.tip_from_hand)))

    def tip(self, hand: Pose) -> list[float]:
        """Inverse of `hand`."""
        return self.world(Pose(hand.position, multiply(hand.quat_wxyz, conjugate(self.tip_from_hand))))


def tip_from_hand(tip: Array, finger_axis: Array) -> Array:
    """Return the turn from the tip's frame to the hand's, whose y axis lies along a finger's joint.

    Args:
        tip: (3, 3) orientation of the tip in the world.
        finger_axis: (3,) direction in which a finger slides, in the world.
    """
    x, y, z = (tip.T @ finger_axis).tolist()
    if abs(z) > 0.7 or math.hypot(x, y) < 1e-6:
        return BACKWARDS.copy()
    # The hand opens both ways: of the two turns that fit, the one nearer to half a turn.
    angle = math.atan2(y, x) - math.pi / 2
    angle = (angle + math.pi / 2) % math.pi - math.pi / 2 + math.pi
    return np.array([math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)])


def quat_from_euler(angles: Sequence[float]) -> Array:
    """Return the quaternion wxyz of CoppeliaSim's Euler angles: about x, then the turned y, then the turned z, rad."""
    turned = IDENTITY
    for angle, axis in zip(angles, np.eye(3), strict=True):
        turned = multiply(turned, (math.cos(angle / 2), *(math.sin(angle / 2) * axis).tolist()))
    return normalised(turned)


def matrix(given: Sequence[float] | Array) -> Array:
    """Return (4, 4) of what PyRep's versions give: (4, 4), (3, 4), or twelve numbers."""
    flat = np.asarray(given, dtype=np.float64).ravel()[:12]
    return np.vstack([flat.reshape(3, 4), (0.0, 0.0, 0.0, 1.0)])


def camera(extrinsics: Sequence[float] | Array, intrinsics: Array) -> tuple[Array, Array]:
    """Return pinhole matrix, (3, 3) px, and pose, (4, 4) base frame from camera, OpenCV, of a vision sensor."""
    k = np.asarray(intrinsics, dtype=np.float64).copy()
    # PyRep gives negative focal lengths, older versions positive ones.
    k[0, 0], k[1, 1] = -abs(k[0, 0]), -abs(k[1, 1])
    return camera_from(matrix(extrinsics), k)
