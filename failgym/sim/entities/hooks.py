"""What hangs by a hole that a rod goes through."""

import mujoco
import numpy as np

from failgym.rotations import conjugate, rotate
from failgym.scene import Pose, Vector


def threaded(pose: Pose, hole: tuple[float, float], size: tuple[float, float], start: Vector, way: Vector) -> bool:
    """Whether a rod goes through a hole.

    Args:
        pose: Of the thing; the hole is in its x-z plane.
        hole: Middle of the hole, x and z in the frame of the thing, m.
        size: Its width along x and height along z, m.
        start: Where the rod begins, m.
        way: From there to its other end, m.
    """
    inverse = conjugate(pose.quat_wxyz)
    first, along = rotate(inverse, start - pose.position), rotate(inverse, way)
    if abs(along[1]) < 1e-6:
        return False
    share = -first[1] / along[1]
    x, _, z = (first + share * along).tolist()
    return bool(0 < share < 1 and abs(x - hole[0]) < size[0] / 2 and abs(z - hole[1]) < size[1] / 2)


def rough(geom: mujoco.MjsGeom) -> mujoco.MjsGeom:
    """Give a part that hangs on a rod some friction against rolling on it, so that it comes to rest."""
    geom.condim = 6
    geom.friction[2] = 0.002
    return geom


def slanted(start: Vector, end: Vector) -> tuple[Vector, Vector, float]:
    """Return middle, orientation wxyz and half length of a bar along its own z between two points, m."""
    way = np.asarray(end, float) - start
    length = float(np.linalg.norm(way))
    quat = np.zeros(4)
    mujoco.mju_quatZ2Vec(quat, way / length)
    return (np.asarray(start, float) + end) / 2, quat, length / 2
