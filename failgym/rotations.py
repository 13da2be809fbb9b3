"""Quaternion algebra: wxyz, Hamilton, active. Plain floats, for single quaternions faster than array calls."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Quat = NDArray[np.float64]
Floats = Sequence[float] | NDArray[np.float64]


DOWN = np.array([0.0, 1.0, 0.0, 0.0])
"""Orientation of a hand that points straight down, opening along y."""


def multiply(a: Floats, b: Floats) -> Quat:
    """Return the product `a * b` (rotate by b first, then by a)."""
    return np.array(_product(_plain(a), _plain(b)))


def conjugate(q: Floats) -> Quat:
    """Return the inverse rotation of a unit quaternion."""
    w, x, y, z = _plain(q)
    return np.array([w, -x, -y, -z])


def quat_from_rotvec(rotvec: Floats) -> Quat:
    """Return the quaternion of a rotation vector, rad."""
    x, y, z = _plain(rotvec)
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return np.array([1.0, 0.5 * x, 0.5 * y, 0.5 * z])
    scale = math.sin(angle / 2) / angle
    return np.array([math.cos(angle / 2), scale * x, scale * y, scale * z])


def rotvec_from_quat(q: Floats) -> NDArray[np.float64]:
    """Return the rotation vector of a unit quaternion, at most pi long."""
    return np.array(_rotvec(*_plain(q)))


def rotation_between(a: Floats, b: Floats) -> NDArray[np.float64]:
    """Return the rotation vector that, multiplied from the left, turns `a` into `b`."""
    w, x, y, z = _plain(a)
    return np.array(_rotvec(*_product(_plain(b), (w, -x, -y, -z))))


def rotate(q: Floats, v: Floats) -> NDArray[np.float64]:
    """Return the vector `v` (3,) turned by `q`."""
    w, x, y, z = _plain(q)
    a, b, c = _plain(v)
    tx, ty, tz = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)
    return np.array(
        [
            a + w * tx + y * tz - z * ty,
            b + w * ty + z * tx - x * tz,
            c + w * tz + x * ty - y * tx,
        ]
    )


def quat_about_z(angle: float) -> Quat:
    """Return the rotation about the vertical by `angle`, rad."""
    return np.array([math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)])


def yaw(q: Floats) -> float:
    """Return the heading of the rotated x axis about the vertical, rad."""
    w, x, y, z = _plain(q)
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def normalised(q: Floats) -> Quat:
    """Return the quaternion with length 1; a zero quaternion becomes identity."""
    w, x, y, z = _plain(q)
    length = math.hypot(w, x, y, z)
    return np.array([w / length, x / length, y / length, z / length] if length > 1e-9 else [1.0, 0.0, 0.0, 0.0])


def _plain(vector: Floats) -> Sequence[float]:
    """The numbers as Python's own: arithmetic on NumPy's scalars takes several times as long."""
    return vector.tolist() if isinstance(vector, np.ndarray) else [float(number) for number in vector]


def _product(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float, float]:
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def _rotvec(w: float, x: float, y: float, z: float) -> tuple[float, float, float]:
    if w < 0:
        w, x, y, z = -w, -x, -y, -z
    norm = math.sqrt(x * x + y * y + z * z)
    if norm < 1e-12:
        return 2 * x, 2 * y, 2 * z
    scale = 2 * math.atan2(norm, w) / norm
    return scale * x, scale * y, scale * z
