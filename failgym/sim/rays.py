"""Ray casting against the geoms that a camera can see, on every supported MuJoCo version."""

import copy
import weakref
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

VISIBLE_GROUPS = (1, 1, 1, 0, 0, 0)
"""Geom groups that cameras see: 0 to 2. Group 3 holds collision shapes."""

_LOOKS = ("geom_size", "geom_rgba", "geom_group", "geom_matid", "mat_rgba")
"""Fields by which MuJoCo decides whether a ray meets a geom."""
_ANYWHERE = 1e6  # metres
_MAX_RAYS_PER_CALL = 16_384
# MuJoCo 3.5 inserted the output `normal` before `nray`.
_RETURNS_NORMALS = "normal:" in (mujoco.mj_multiRay.__doc__ or "")

CORNERS = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(-1, 3)
"""(8, 3) signs of the corners of a box."""
# Type of a geom -> matrix from its sizes to half extents, for the types of which sizes say all.
_EXTENTS = np.zeros((int(mujoco.mjtGeom.mjNGEOMTYPES), 3, 3))
_EXTENTS[int(mujoco.mjtGeom.mjGEOM_SPHERE)] = [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
_EXTENTS[int(mujoco.mjtGeom.mjGEOM_CAPSULE)] = [[1, 1, 1], [0, 0, 1], [0, 0, 0]]
_EXTENTS[int(mujoco.mjtGeom.mjGEOM_CYLINDER)] = [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
_EXTENTS[int(mujoco.mjtGeom.mjGEOM_ELLIPSOID)] = np.eye(3)
_EXTENTS[int(mujoco.mjtGeom.mjGEOM_BOX)] = np.eye(3)
_SIMPLE: NDArray[np.bool_] = np.asarray(_EXTENTS.any(axis=(1, 2)))


class Hits(NamedTuple):
    """What N rays met first."""

    geom_ids: NDArray[np.int32]
    """(N,) geom ids, -1 where a ray met nothing."""
    distances: NDArray[np.float64]
    """(N,) metres from the origin, -1 where a ray met nothing."""
    normals: NDArray[np.float64] | None
    """(N, 3) outward unit normals, world frame; None unless asked for, and before MuJoCo 3.5, which returns none."""


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
    target = _target(model, data, start)
    for first in range(0, count, _MAX_RAYS_PER_CALL):
        part = slice(first, min(first + _MAX_RAYS_PER_CALL, count))
        outputs: list[Any] = [geom_ids[part], distances[part]]
        if _RETURNS_NORMALS:
            outputs.append(None if surface is None else surface[part].reshape(-1))
        number = part.stop - part.start
        mujoco.mj_multiRay(
            target, data, start, rays[part].reshape(-1), groups, True, -1, *outputs, number, mujoco.mjMAXVAL
        )
    return Hits(geom_ids, distances, surface)


def boxes(model: mujoco.MjModel, geom_ids: NDArray[np.intp] | slice = slice(None)) -> NDArray[np.float64]:
    """Bounding boxes of geoms at the size they have now, which MuJoCo knows for the compiled size only.

    Args:
        model: The `MjModel`.
        geom_ids: Which geoms; all of them if left out.

    Returns:
        (N, 6) centre and half extents in the frame of each geom, metres.
    """
    found: NDArray[np.float64] = model.geom_aabb[geom_ids].copy()
    kinds = model.geom_type[geom_ids]
    simple = _SIMPLE[kinds]
    found[simple, 3:] = np.einsum("gi,gij->gj", model.geom_size[geom_ids], _EXTENTS[kinds])[simple]
    return found


class _Target:
    """A copy of a model at which MuJoCo casts rays without missing anything.

    `mj_multiRay` passes over bodies whose bounding sphere a ray misses. It takes the sphere from the colliding geoms at
    their compiled size, before MuJoCo 4 in the wrong place, and is mistaken about a camera within it, so parts that are
    only there to be seen would have holes. The copy has spheres that hold, and none around the camera.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = copy.copy(model)
        self.model.geom_aabb[:] = 0.0, 0.0, 0.0, _ANYWHERE, _ANYWHERE, _ANYWHERE
        self._trees = model.body_bvhadr.copy()
        nodes = [np.arange(first, first + n) for first, n in zip(self._trees, model.body_bvhnum, strict=True) if n]
        self._boxes = np.concatenate([np.zeros(0, dtype=np.intp), *nodes])
        """Nodes of the trees of bodies; those of the trees of meshes are right as they are."""
        self._radii = np.zeros(model.nbody)
        self._made_for = b""

    def follow(self, model: mujoco.MjModel, data: mujoco.MjData, origin: NDArray[np.float64]) -> None:
        """Take over what may have changed since the last cast."""
        for name in _LOOKS:
            getattr(self.model, name)[:] = getattr(model, name)
        made_for = model.geom_size.tobytes() + model.geom_pos.tobytes()
        if made_for != self._made_for:
            self._made_for = made_for
            self._fit(model, data)
        near = np.linalg.norm(data.xipos - origin, axis=1) <= self._radii
        self.model.body_bvhadr[:] = np.where(near, -1, self._trees)

    def _fit(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        box = boxes(model)
        radii = np.linalg.norm(box[:, :3], axis=1) + np.linalg.norm(box[:, 3:], axis=1)
        radii[model.geom_type == int(mujoco.mjtGeom.mjGEOM_PLANE)] = _ANYWHERE
        radii += np.linalg.norm(data.geom_xpos - data.xipos[model.geom_bodyid], axis=1)
        self._radii[:] = 0.0
        np.maximum.at(self._radii, model.geom_bodyid, radii)
        self._radii *= 1.001
        self.model.bvh_aabb[self._boxes] = 0.0
        treed = self._trees >= 0
        self.model.bvh_aabb[self._trees[treed], 3] = self._radii[treed]


_targets: weakref.WeakKeyDictionary[mujoco.MjModel, _Target] = weakref.WeakKeyDictionary()


def _target(model: mujoco.MjModel, data: mujoco.MjData, origin: NDArray[np.float64]) -> mujoco.MjModel:
    target = _targets.get(model)
    if target is None:
        target = _targets[model] = _Target(model)
    target.follow(model, data, origin)
    return target.model
