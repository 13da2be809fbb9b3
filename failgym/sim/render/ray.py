"""Drawing by casting rays: no driver, exact geom ids and metric depth, simple shading."""

import weakref
from collections.abc import Collection
from typing import Any, Literal

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.sim import rays
from failgym.sim.cameras import extrinsics, intrinsics
from failgym.sim.render import textures
from failgym.sim.render.renderer import Channel, Renderer, check_request

_SKY = ((186.0, 194.0, 204.0), (226.0, 231.0, 236.0), (140.0, 168.0, 204.0))
"""Colours looking down, level and up, where a model has no sky."""
_NO_COLOUR = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)  # MuJoCo's default, which yields to a material's colour
_MAX_LIGHTS = 4
_NEAREST = 1e-3  # metres in front of the camera from which on a box can be projected


class _View:
    """The rays of one camera, and what they met where nothing moves.

    While a camera rests, a ray that met a fixed geom meets the same one again, unless something moving comes between.
    So only rays near moving geoms are cast again, which gives the same picture for a fraction of the cost.
    """

    def __init__(self, k: NDArray[np.float64], size: tuple[int, int]) -> None:
        width, height = size
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        slopes = np.stack(
            [(columns - k[0, 2]) / k[0, 0], (rows - k[1, 2]) / k[1, 1], np.ones((height, width))], axis=-1
        )
        lengths = np.linalg.norm(slopes, axis=-1, keepdims=True)
        self.k = k
        self.size = size
        self.cosines = (1.0 / lengths).reshape(-1).astype(np.float32)
        """(N,) metres along the optical axis per metre along the ray."""
        self._local = (slopes / lengths).reshape(-1, 3)
        self._still: bytes = b""
        self._known = np.zeros(width * height, dtype=bool)
        self.directions = self._local
        """(N, 3) unit vectors, world frame."""
        self.geom_ids = np.empty(width * height, dtype=np.int32)
        """(N,) first geom met, -1 for none."""
        self.distances = np.empty(width * height, dtype=np.float32)
        """(N,) metres to it, -1 for none."""
        self.normals = np.zeros((3, width * height), dtype=np.float32)
        """(3, N) its surface normals, world frame."""

    def look(self, model: mujoco.MjModel, data: mujoco.MjData, pose: NDArray[np.float64]) -> None:
        """Bring ids, distances and normals up to date."""
        shown = np.asarray(rays.VISIBLE_GROUPS, dtype=bool)[model.geom_group]
        fixed = model.body_weldid[model.geom_bodyid] == 0
        self._forget_if_changed(model, data, pose, np.flatnonzero(shown & fixed))
        due = ~self._known
        if not due.all():
            due |= self._covered(model, data, pose, np.flatnonzero(shown & ~fixed))
        index = slice(None) if due.all() else np.flatnonzero(due)
        hits = rays.cast(model, data, pose[:3, 3], self.directions[index], normals=True)
        self.geom_ids[index] = hits.geom_ids
        self.distances[index] = hits.distances
        if hits.normals is None:
            self.normals[:] = self._normals_from_neighbours()
        else:
            self.normals[:, index] = hits.normals.T
        self._known[index] = fixed[hits.geom_ids] | (hits.geom_ids < 0)

    def _forget_if_changed(
        self, model: mujoco.MjModel, data: mujoco.MjData, pose: NDArray[np.float64], fixed: NDArray[np.intp]
    ) -> None:
        """Forget everything if the camera has moved, or one of the fixed geoms is not what it was."""
        still = b"".join(
            part.tobytes()
            for part in (
                pose,
                fixed,
                model.geom_type[fixed],
                model.geom_size[fixed],
                model.geom_rgba[fixed],
                model.mat_rgba,
                data.geom_xpos[fixed],
                data.geom_xmat[fixed],
            )
        )
        if still != self._still:
            self._still = still
            self._known[:] = False
            # Not `@`: it would wake the threads of the linear algebra library, which burn a core for milliseconds.
            self.directions = np.einsum("nj,ij->ni", self._local, pose[:3, :3])

    def _covered(
        self, model: mujoco.MjModel, data: mujoco.MjData, pose: NDArray[np.float64], moving: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """(N,) which pixels a moving geom may cover: those within the projection of its box."""
        width, height = self.size
        covered = np.zeros((height, width), dtype=bool)
        box = rays.boxes(model, moving)[:, None, :]
        corners = np.einsum(
            "gij,gcj->gci", data.geom_xmat[moving].reshape(-1, 3, 3), box[..., :3] + rays.CORNERS * box[..., 3:]
        )
        seen = np.einsum("gcj,jk->gck", corners + data.geom_xpos[moving, None] - pose[:3, 3], pose[:3, :3])
        near = (seen[..., 2] < _NEAREST).any(axis=1)
        behind = (seen[..., 2] < _NEAREST).all(axis=1)
        pixels = seen[~near, :, :2] / seen[~near, :, 2:] * self.k[[0, 1], [0, 1]] + self.k[:2, 2]
        low = np.clip(np.floor(pixels.min(axis=1)), 0, self.size).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=1)) + 1, 0, self.size).astype(int)
        for (left, top), (right, bottom) in zip(low.tolist(), high.tolist(), strict=True):
            covered[top:bottom, left:right] = True
        if (near & ~behind).any():
            covered[:] = True
        return covered.reshape(-1)

    def _normals_from_neighbours(self) -> NDArray[np.float32]:
        """Normals from the differences between neighbouring hits, for MuJoCo before 3.5, which returns none."""
        points = (self.directions * self.distances[:, None]).reshape(self.size[1], self.size[0], 3)
        normals = np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1)).reshape(-1, 3).T
        return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=0), 1e-12), dtype=np.float32)


class RayRenderer(Renderer):
    """Draws by `mj_multiRay`, with no driver.

    Every pixel is one ray, so ids and depths are exact and nothing is smoothed. Colours are the geoms' own, shaded by
    the model's lights from their directions, with their textures, those of meshes by the mean colour; shadows and
    highlights are left out.
    """

    kind: Literal["ray"] = "ray"

    def __init__(self) -> None:
        self._views: dict[tuple[str, tuple[int, int]], _View] = {}
        self._palette: _Palette | None = None

    def render(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        camera: str,
        size: tuple[int, int],
        channels: Collection[Channel],
    ) -> dict[Channel, NDArray[Any]]:
        """Draw channels of one camera, see `Renderer.render`; all of them come from the same rays."""
        check_request(size, channels)
        pose = extrinsics(model, data, camera)
        k = intrinsics(model, camera, size)
        view = self._views.get((camera, size))
        if view is None or not np.array_equal(view.k, k):
            view = self._views[camera, size] = _View(k, size)
        view.look(model, data, pose)
        images: dict[Channel, NDArray[Any]] = {}
        if "rgb" in channels:
            images["rgb"] = self._paint(model, data, pose, view)
        if "depth" in channels:
            far = np.float32(model.vis.map.zfar * model.stat.extent)
            depth = np.where(view.geom_ids < 0, far, np.minimum(view.distances * view.cosines, far))
            images["depth"] = depth.reshape(size[1], size[0])
        if "segmentation" in channels:
            images["segmentation"] = view.geom_ids.reshape(size[1], size[0]).copy()
        return images

    def close(self) -> None:
        """Forget the prepared rays."""
        self._views.clear()
        self._palette = None

    def _paint(
        self, model: mujoco.MjModel, data: mujoco.MjData, pose: NDArray[np.float64], view: _View
    ) -> NDArray[np.uint8]:
        palette = self._palette
        if palette is None or not palette.fits(model):
            palette = self._palette = _Palette(model)
        colours = palette.colours(model)
        pattern = textures.shades(model, data, pose[:3, 3], view)
        lights, ambient = _lights(model, data, pose)
        shines = [np.maximum(np.einsum("i,in->n", towards, view.normals), 0) for towards, _ in lights]
        pixels = np.empty((len(view.geom_ids), 3), dtype=np.uint8)
        for channel in range(3):
            light = np.full(len(pixels), ambient[channel], dtype=np.float32)
            for shine, (_, diffuse) in zip(shines, lights, strict=True):
                light += diffuse[channel] * shine
            light *= colours[channel][view.geom_ids]
            if pattern is not None:
                light[pattern.pixels] *= pattern.shades[:, channel]
            pixels[:, channel] = np.minimum(light, 255.0, out=light)
        nothing = np.flatnonzero(view.geom_ids < 0)
        pixels[nothing] = palette.sky(view.directions[nothing, 2])
        return pixels.reshape(view.size[1], view.size[0], 3)


class _Palette:
    """Colours that a model's textures stand for, worked out once per model and assignment of textures."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = weakref.ref(model)
        self._assigned = model.mat_texid.tobytes()
        self._meshes = model.geom_type == int(mujoco.mjtGeom.mjGEOM_MESH)
        self._tints = np.ones((model.nmat, 3), dtype=np.float32)
        for material, texture in enumerate(model.mat_texid[:, int(mujoco.mjtTextureRole.mjTEXROLE_RGB)]):
            if texture >= 0:
                self._tints[material] = textures.pixels_of(model, int(texture)).mean(axis=(0, 1)) / 255.0
        skies = np.flatnonzero(model.tex_type == int(mujoco.mjtTexture.mjTEXTURE_SKYBOX))
        self._sky = np.array(_SKY, dtype=np.float32)
        if len(skies):
            # Six square faces below each other: right, left, up, down, front, back.
            faces = np.array_split(textures.pixels_of(model, int(skies[0])), 6)
            middle = len(faces[4]) // 2
            self._sky[:] = faces[3].mean(axis=(0, 1)), faces[4][middle].mean(axis=0), faces[2].mean(axis=(0, 1))

    def fits(self, model: mujoco.MjModel) -> bool:
        """Whether it was made for this model as it is now."""
        return self._assigned == model.mat_texid.tobytes() and self._model() is model

    def colours(self, model: mujoco.MjModel) -> NDArray[np.float32]:
        """(3, ngeom) colours 0 to 255, as MuJoCo chooses them: the geom's own, unless only its material has one."""
        colours = model.geom_rgba.copy()
        if model.nmat:
            material = model.geom_matid
            plain = (material >= 0) & (colours == _NO_COLOUR).all(axis=1)
            colours[plain] = model.mat_rgba[material[plain]]
            tinted = (material >= 0) & self._meshes
            colours[tinted, :3] *= self._tints[material[tinted]]
        return np.asarray(colours[:, :3].T * np.float32(255.0), dtype=np.float32, order="C")

    def sky(self, heights: NDArray[np.float64]) -> NDArray[np.float32]:
        """(N, 3) background colours for rays that rise by `heights` per metre, -1 to 1."""
        low, level, high = self._sky
        rise = heights.astype(np.float32)[:, None]
        return np.asarray(level + np.maximum(-rise, 0) * (low - level) + np.maximum(rise, 0) * (high - level))


def _lights(
    model: mujoco.MjModel, data: mujoco.MjData, pose: NDArray[np.float64]
) -> tuple[list[tuple[NDArray[np.float32], NDArray[np.float32]]], NDArray[np.float64]]:
    """Direction towards each light (3,) with its colour (3,), and what shines everywhere (3,)."""
    head = model.vis.headlight
    ambient = np.zeros(3)
    lights = []
    if head.active:
        lights.append((-pose[:3, 2].astype(np.float32), head.diffuse.astype(np.float32)))
        ambient += head.ambient
    for light in np.flatnonzero(model.light_active)[:_MAX_LIGHTS]:
        lights.append((-data.light_xdir[light].astype(np.float32), model.light_diffuse[light].astype(np.float32)))
        ambient += model.light_ambient[light]
    return lights, ambient
