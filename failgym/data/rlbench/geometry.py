"""Poses and cameras between RLBench's conventions and ours.

RLBench: world with the floor at z = 0; quaternions xyzw; a hand frame whose x axis points backwards when the hand
points down; camera frames x left, y up, z forward; pixels counted from the corner of the first one. Ours: table top at
z = 0 below the robot; wxyz; x forwards; OpenCV cameras; pixels counted from the middle of the first one.

That pixels are counted so was measured on RLBench's own sample episodes: the target's centre, projected with the stored
matrices, lies (0.50, 0.47) px (medians of 54 views) right of and below the middle of its mask.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from failgym.data.rlbench.layout import ORIGIN
from failgym.rotations import normalised, rotate

Array = NDArray[np.float64]

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
_HALF_PIXEL = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])


def pose_from(pose: Array) -> tuple[Array, Array]:
    """Return position, (..., 3) m, and orientation, (..., 4) wxyz, of RLBench's gripper poses, (..., 7)."""
    x, y, z, w = np.moveaxis(np.asarray(pose, dtype=np.float64)[..., 3:7], -1, 0)
    return np.asarray(pose)[..., :3] - np.array(ORIGIN), np.stack([-z, y, -x, w], axis=-1)


def pose_to(position: Array, quat_wxyz: Array) -> Array:
    """Inverse of `pose_from`."""
    w, x, y, z = np.moveaxis(np.asarray(quat_wxyz, dtype=np.float64), -1, 0)
    return np.concatenate([position + np.array(ORIGIN), np.stack([-y, x, -w, z], axis=-1)], axis=-1)


def matrix_of(pose: Sequence[float] | Array) -> Array:
    """Return the (4, 4) matrix of a pose x y z qx qy qz qw."""
    quat = normalised([pose[6], pose[3], pose[4], pose[5]])
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([rotate(quat, axis) for axis in np.eye(3)], axis=1)
    matrix[:3, 3] = pose[:3]
    return matrix


def camera_from(extrinsics: Array, intrinsics: Array) -> tuple[Array, Array]:
    """Return pinhole matrix, (3, 3) px, and pose, (4, 4) world from camera, of one of RLBench's cameras."""
    pose = np.asarray(extrinsics, dtype=np.float64) @ _FLIP
    pose[:3, 3] -= ORIGIN
    return np.asarray(intrinsics, dtype=np.float64) @ _FLIP[:3, :3] - _HALF_PIXEL, pose


def camera_to(intrinsics: Array, world_from_camera: Array) -> tuple[Array, Array]:
    """Inverse of `camera_from`: RLBench's extrinsics and intrinsics."""
    pose = np.array(world_from_camera, dtype=np.float64)
    pose[:3, 3] += ORIGIN
    return pose @ _FLIP, (np.asarray(intrinsics, dtype=np.float64) + _HALF_PIXEL) @ _FLIP[:3, :3]


def point_cloud(metres: Array, intrinsics: Array, world_from_camera: Array) -> Array:
    """Return what each pixel shows, (H, W, 3) m in our world, from depths, (H, W), and our camera matrices."""
    rows, columns = np.indices(metres.shape, dtype=np.float64)
    rays = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ np.linalg.inv(intrinsics).T
    points: Array = (rays * metres[..., None]) @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
    return points
