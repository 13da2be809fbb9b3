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

CORNERS = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(-1, 3)
"""(8, 3) signs of the corners of a box."""
_CUBE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
_EXTENTS = {
    int(mujoco.mjtGeom.mjGEOM_SPHERE): np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]),
    int(mujoco.mjtGeom.mjGEOM_CAPSULE): np.array([[1, 1, 1], [0, 0, 1], [0, 0, 0]]),
    int(mujoco.mjtGeom.mjGEOM_CYLINDER): np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]]),
    int(mujoco.mjtGeom.mjGEOM_ELLIPSOID): np.array(_CUBE),
    int(mujoco.mjtGeom.mjGEOM_BOX): np.array(_CUBE),
}
"""Type of a geom -> matrix from its sizes to half extents."""


class Hits(NamedTuple):
    """What N rays met first."""

    geom_ids: NDArray[np.int32]
    """(N,) geom ids, -1 where a ray met nothing."""
    distances: NDArray[np.float64]
    """(N,) metres from the origin, -1 where a ray met nothing."""
    normals: NDArray[np.float64] | None
    """(N, 3) outward unit normals, world frame; None unless asked for, and before MuJoCo 3.5, which returns none."""


class _Bounds(NamedTuple):
    """Boxes by which MuJoCo skips the geoms that a ray cannot meet."""

    made_for: bytes
    """Sizes and places of the geoms, as they were."""
    geoms: NDArray[np.float64]
    """(ngeom, 6) centre and half extents of each geom, in its own frame."""
    trees: NDArray[np.float64]
    """(nbvh, 6) centre and half extents of the bounding volumes of bodies, in their inertial frames."""


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
    with _true_bounds(model, data):
        for first in range(0, count, _MAX_RAYS_PER_CALL):
            part = slice(first, min(first + _MAX_RAYS_PER_CALL, count))
            outputs: list[Any] = [geom_ids[part], distances[part]]
            if _RETURNS_NORMALS:
                outputs.append(None if surface is None else surface[part].reshape(-1))
            number = part.stop - part.start
            mujoco.mj_multiRay(
                model, data, start, rays[part].reshape(-1), groups, True, -1, *outputs, number, mujoco.mjMAXVAL
            )
    return Hits(geom_ids, distances, surface)


def boxes(model: mujoco.MjModel) -> NDArray[np.float64]:
    """Bounding boxes of the geoms at the size they have now, which MuJoCo knows for the compiled size only.

    Args:
        model: The `MjModel`.

    Returns:
        (ngeom, 6) centre and half extents in the frame of each geom, metres.
    """
    found: NDArray[np.float64] = model.geom_aabb.copy()
    for kind, extents in _EXTENTS.items():
        chosen = model.geom_type == kind
        found[chosen, 3:] = model.geom_size[chosen] @ extents
    return found


@contextlib.contextmanager
def _true_bounds(model: mujoco.MjModel, data: mujoco.MjData) -> Iterator[None]:
    """For the time of a cast, give MuJoCo boxes that hold all that can be seen.

    `mj_multiRay` passes over a body whose bounding volume a ray misses, but that volume is built from the colliding
    geoms alone, and from the sizes at compilation: parts that are only looked at would have holes.
    """
    made_for = model.geom_size.tobytes() + model.geom_pos.tobytes() + model.geom_quat.tobytes()
    bounds = _bounds.get(model)
    if bounds is None or bounds.made_for != made_for:
        bounds = _bounds[model] = _Bounds(made_for, boxes(model), _trees(model, data))
    kept = model.geom_aabb.copy(), model.bvh_aabb.copy()
    model.geom_aabb[:], model.bvh_aabb[:] = bounds.geoms, bounds.trees
    try:
        yield
    finally:
        model.geom_aabb[:], model.bvh_aabb[:] = kept


def _trees(model: mujoco.MjModel, data: mujoco.MjData) -> NDArray[np.float64]:
    """Bounding volumes whose roots hold all geoms of their bodies."""
    trees: NDArray[np.float64] = model.bvh_aabb.copy()
    box = boxes(model)[:, None, :]
    corners = box[..., :3] + CORNERS * box[..., 3:]
    corners = np.einsum("gij,gcj->gci", data.geom_xmat.reshape(-1, 3, 3), corners) + data.geom_xpos[:, None]
    for body in np.flatnonzero(model.body_bvhnum):
        geoms = slice(model.body_geomadr[body], model.body_geomadr[body] + model.body_geomnum[body])
        inside = (corners[geoms].reshape(-1, 3) - data.xipos[body]) @ data.ximat[body].reshape(3, 3)
        root = trees[model.body_bvhadr[body]]
        low = np.minimum(inside.min(axis=0), root[:3] - root[3:])
        high = np.maximum(inside.max(axis=0), root[:3] + root[3:])
        root[:3], root[3:] = (low + high) / 2, (high - low) / 2
    return trees
