"""Ray casting against the geoms that a camera can see, on every supported MuJoCo version."""

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

VISIBLE_GROUPS = (1, 1, 1, 0, 0, 0)
"""Geom groups that cameras see: 0 to 2. Group 3 holds collision shapes."""

_MAX_RAYS_PER_CALL = 16_384
# MuJoCo 3.5 inserted the output `normal` before `nray`.
_RETURNS_NORMALS = "normal:" in (mujoco.mj_multiRay.__doc__ or "")


class Hits(NamedTuple):
    """What N rays met first."""

    geom_ids: NDArray[np.int32]
    """(N,) geom ids, -1 where a ray met nothing."""
    distances: NDArray[np.float64]
    """(N,) metres from the origin, -1 where a ray met nothing."""
    normals: NDArray[np.float64] | None
    """(N, 3) outward unit normals, world frame; None unless asked for, and before MuJoCo 3.5, which returns none."""


class _Bounds(NamedTuple):
    """Boxes that MuJoCo needs in order to skip geoms which a ray cannot meet."""

    shape: bytes
    """What they were made for."""
    geoms: NDArray[np.float64]
    """(ngeom, 6) centre and half extents in the frame of the geom."""
    trees: NDArray[np.float64]
    """(nbvh, 6) the same for the bounding volumes of bodies, in their inertial frames."""


_bounds: weakref.WeakKeyDictionary[Any, _Bounds] = weakref.WeakKeyDictionary()


def cast(
    model: mujoco.MjModel, data: mujoco.MjData, origin: ArrayLike, directions: ArrayLike, *, normals: bool = False
) -> Hits:
    """Cast rays from one point and report the first visible geom on each.

    Args:
        model: The `MjModel`.
        data: Its `MjData`, with kinematics up to date.
        origin: (3,) start of every ray, world frame, metres.
        directions: (N, 3) unit vectors, world frame.
        normals: Whether surface normals are wanted too.

    Returns:
        Ids, distances and, where available, normals.
    """
    start = np.asarray(origin, dtype=np.float64)
    rays = np.ascontiguousarray(directions, dtype=np.float64).reshape(-1, 3)
    count = len(rays)
    groups = np.array(VISIBLE_GROUPS, dtype=np.uint8)
    geom_ids = np.full(count, -1, dtype=np.int32)
    distances = np.full(count, -1.0)
    surface = np.zeros((count, 3)) if normals and _RETURNS_NORMALS else None
    for first in range(0, count, _MAX_RAYS_PER_CALL):
        part = slice(first, min(first + _MAX_RAYS_PER_CALL, count))
        outputs: list[Any] = [geom_ids[part], distances[part]]
        if _RETURNS_NORMALS:
            outputs.append(None if surface is None else surface[part].reshape(-1))
        mujoco.mj_multiRay(
            model,
            data,
            start,
            rays[part].reshape(-1),
            groups,
            True,
            -1,
            *outputs,
            part.stop - part.start,
            mujoco.mjMAXVAL,
        )
    return Hits(geom_ids, distances, surface)
