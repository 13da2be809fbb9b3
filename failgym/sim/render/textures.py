"""Textures on what rays met, as OpenGL maps them: spread along x and y, or wrapped around a geom as a cube is."""

from typing import NamedTuple, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.sim import rays

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
_CUBE, _FLAT = int(mujoco.mjtTexture.mjTEXTURE_CUBE), int(mujoco.mjtTexture.mjTEXTURE_2D)
_FACES = np.array([
    [(0, 0, -1), (0, -1, 0)], [(0, 0, 1), (0, -1, 0)],
    [(1, 0, 0), (0, 0, 1)], [(1, 0, 0), (0, 0, -1)],
    [(1, 0, 0), (0, -1, 0)], [(-1, 0, 0), (0, -1, 0)],
])  # fmt: skip
"""(6, 2, 3) directions in which columns and rows of the faces +x, -x, +y, -y, +z, -z are counted, as by OpenGL."""


class Seen(Protocol):
    """What rays met."""

    geom_ids: NDArray[np.int32]
    """(N,) first geom met, -1 for none."""
    distances: NDArray[np.float32]
    """(N,) metres to it."""
    directions: NDArray[np.float64]
    """(N, 3) unit vectors, world frame."""


class Pattern(NamedTuple):
    """How bright textures make pixels."""

    pixels: NDArray[np.intp]
    """(M,) which pixels."""
    shades: NDArray[np.float32]
    """(M, 3) factors of red, green and blue, 0..1."""


def pixels_of(model: mujoco.MjModel, texture: int) -> NDArray[np.uint8]:
    """Return the pixels of a texture, (H, W, 3) uint8; of a cube, its six faces below each other, or one for all."""
    shape = (int(model.tex_height[texture]), int(model.tex_width[texture]), int(model.tex_nchannel[texture]))
    start = int(model.tex_adr[texture])
    pixels: NDArray[np.uint8] = model.tex_data[start : start + int(np.prod(shape))].reshape(shape)[..., :3]
    return pixels


def shades(model: mujoco.MjModel, data: mujoco.MjData, origin: NDArray[np.float64], seen: Seen) -> Pattern | None:
    """Return what textures do to the pixels of a camera that stands at `origin`, (3,) m; None where none is seen.

    Geoms that are meshes are left out.
    """
    if not model.ntex or not model.nmat:
        return None
    bearing = (model.geom_matid >= 0) & (model.geom_type != int(mujoco.mjtGeom.mjGEOM_MESH))
    bearing &= model.mat_texid[model.geom_matid, _RGB] >= 0
    if not bearing.any():
        return None
    pixels = np.flatnonzero((seen.geom_ids >= 0) & bearing[seen.geom_ids])
    geoms = seen.geom_ids[pixels]
    points = origin + seen.directions[pixels] * seen.distances[pixels, None]
    found = np.ones((len(pixels), 3), dtype=np.float32)
    for geom in np.unique(geoms).tolist():
        mine = geoms == geom
        local = np.einsum("ni,ij->nj", points[mine] - data.geom_xpos[geom], data.geom_xmat[geom].reshape(3, 3))
        material = int(model.geom_matid[geom])
        texture = int(model.mat_texid[material, _RGB])
        half = rays.boxes(model, np.array([geom]))[0, 3:]
        image = pixels_of(model, texture)
        if model.tex_type[texture] == _CUBE:
            found[mine] = _wrapped(image, local / np.maximum(half, 1e-9))
        elif model.tex_type[texture] == _FLAT:
            scale = np.ones(2) if model.mat_texuniform[material] else 1.0 / np.maximum(half[:2], 1e-9)
            found[mine] = _spread(image, local[:, :2] * scale * model.mat_texrepeat[material])
    return Pattern(pixels, found)


def _spread(image: NDArray[np.uint8], place: NDArray[np.float64]) -> NDArray[np.float32]:
    """Look up points, (N, 2), of a plane on which the image is repeated every two units."""
    height, width = image.shape[:2]
    across, along = ((place * (0.5, -0.5) - 0.5) % 1.0).T
    rows, columns = (along * height).astype(int) % height, (across * width).astype(int) % width
    return np.asarray(image[rows, columns] / np.float32(255.0), dtype=np.float32)


def _wrapped(image: NDArray[np.uint8], place: NDArray[np.float64]) -> NDArray[np.float32]:
    """Look up points, (N, 3), around the middle of a cube whose half side is one."""
    side = image.shape[1]
    axis = np.abs(place).argmax(axis=1)
    depth = np.take_along_axis(place, axis[:, None], axis=1)[:, 0]
    face = 2 * axis + (depth < 0.0)
    below = face % (image.shape[0] // side)
    scaled = place / np.maximum(np.abs(depth), 1e-9)[:, None]
    across, along = np.einsum("nij,nj->in", _FACES[face], scaled)
    columns = np.clip((0.5 * across + 0.5) * side, 0, side - 1).astype(int)
    rows = np.clip((0.5 * along + 0.5) * side, 0, side - 1).astype(int) + below * side
    return np.asarray(image[rows, columns] / np.float32(255.0), dtype=np.float32)


__all__ = ["Pattern", "Seen", "pixels_of", "shades"]
