"""Key poses, and how they lie to each other."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from failgym.labels import Stage
from failgym.rotations import DOWN, multiply, quat_about_z, rotate, rotation_between
from failgym.scene import Pose, Scene, Vector

HOVER = 0.13
"""Distance from a grasp, against the hand's direction, from which the hand comes, m."""
CARRY = 0.16
"""Height above the table at which things are carried, m."""
UP = np.array([0.0, 0.0, 1.0])


class Waypoint(NamedTuple):
    """A key pose: first the hand goes there, then the gripper acts."""

    pose: Pose
    closure: float
    stage: Stage


def moved(pose: Pose, by: Vector) -> Pose:
    """Return the pose elsewhere, m."""
    return Pose(pose.position + by, pose.quat_wxyz)


def raised(pose: Pose, metres: float) -> Pose:
    """Return the pose that much higher."""
    return moved(pose, metres * UP)


def backed(pose: Pose, metres: float) -> Pose:
    """The pose that far back along the direction in which the hand points."""
    return moved(pose, -metres * rotate(pose.quat_wxyz, (0.0, 0.0, 1.0)))


def at_height(pose: Pose, height: float) -> Pose:
    """Return the pose at that height, m, or where it is if that is higher."""
    return Pose(np.array([pose.position[0], pose.position[1], max(height, pose.position[2])]), pose.quat_wxyz)


def upright(pose: Pose) -> Pose:
    """The same place and heading, pointing straight down."""
    heading = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
    return Pose(pose.position, multiply(quat_about_z(math.atan2(heading[1], heading[0])), DOWN))


def nearest(scene: Scene, poses: Sequence[Pose], approach: Vector | None = None) -> Pose:
    """The pose that turns the hand least, among those to which the arm can come from where it is."""
    here = scene.hand().target
    near = sorted(poses, key=lambda pose: math.hypot(*rotation_between(here.quat_wxyz, pose.quat_wxyz)))

    def come(pose: Pose) -> Pose:
        return backed(pose, HOVER) if approach is None else moved(pose, approach)

    return next((pose for pose in near if scene.reaches((come(pose), pose))), near[0])
