"""Drawing by OpenGL: one context per process, made at the first image, shared by all renderers."""

import atexit
import contextlib
import ctypes
import importlib
import os
import platform
import threading
import weakref
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.errors import RenderError
from failgym.sim.cameras import camera_id
from failgym.sim.rays import VISIBLE_GROUPS
from failgym.sim.render.backend import HOW_TO_GET_GL, MODULES, find_backend
from failgym.sim.render.renderer import Channel, Profile, Renderer, check_request

_MAX_UPLOADS = 8
_THINGS = int(mujoco.mjtCatBit.mjCAT_STATIC) | int(mujoco.mjtCatBit.mjCAT_DYNAMIC)


@dataclass(frozen=True)
class Quality:
    """What a profile asks of OpenGL."""

    shadow_size: int
    """Width of the shadow map, 0 for no shadows."""
    samples: int
    """Samples per pixel for smooth edges, 0 for none."""


QUALITIES: dict[Profile, Quality] = {
    "fast": Quality(shadow_size=0, samples=0),
    "shadow": Quality(shadow_size=1024, samples=4),
}


_ASSETS = (
    *("mesh_vertadr", "mesh_vert", "mesh_normal", "mesh_texcoord", "mesh_faceadr", "mesh_face"),
    *("hfield_nrow", "hfield_ncol", "hfield_size", "hfield_data", "skin_vert", "skin_face"),
    *("tex_type", "tex_width", "tex_height", "tex_data"),
)
"""Fields of a model that are uploaded once."""


class _Upload(NamedTuple):
    context: Any
    scene: Any


class _Shared:
    """The OpenGL context of this process, and the models uploaded to it."""

    def __init__(self, backend: str) -> None:
        self.pid = os.getpid()
        self._module: Any = importlib.import_module(MODULES[platform.system()][backend])
        self._gl = self._module.GLContext(64, 64)
        self._lock = threading.RLock()
        self._uploads: OrderedDict[tuple[Any, ...], _Upload] = OrderedDict()
        self._fingerprints: dict[int, tuple[Any, int]] = {}

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """Make the context current in this thread, and in none afterwards, so that any thread may be next."""
        with self._lock:
            self._gl.make_current()
            try:
                yield
            finally:
                self._release()

    def _release(self) -> None:
        egl = getattr(self._module, "EGL", None)
        if egl is not None:
            egl.eglMakeCurrent(self._module.EGL_DISPLAY, egl.EGL_NO_SURFACE, egl.EGL_NO_SURFACE, egl.EGL_NO_CONTEXT)

    def upload(self, model: mujoco.MjModel, profile: Profile, size: tuple[int, int]) -> _Upload:
        """The model's meshes, textures and buffers in OpenGL, at least `size` large. The context must be current."""
        key = (profile, self._fingerprint(model), *_baked(model))
        upload = self._uploads.get(key)
        if upload is None:
            upload = _Upload(
                _make_context(model, QUALITIES[profile], size), mujoco.MjvScene(model, 2 * model.ngeom + 200)
            )
            self._uploads[key] = upload
            while len(self._uploads) > _MAX_UPLOADS:
                self._uploads.popitem(last=False)[1].context.free()
        self._uploads.move_to_end(key)
        context = upload.context
        if context.offWidth < size[0] or context.offHeight < size[1]:
            mujoco.mjr_resizeOffscreen(max(size[0], context.offWidth), max(size[1], context.offHeight), context)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, context)
        return upload

    def _fingerprint(self, model: mujoco.MjModel) -> int:
        known = self._fingerprints.get(id(model))
        if known is not None and known[0]() is model:
            return known[1]
        for key in [key for key, (reference, _) in self._fingerprints.items() if reference() is None]:
            del self._fingerprints[key]
        value = _checksum(model)
        self._fingerprints[id(model)] = (weakref.ref(model), value)
        return value

    def disown(self) -> None:
        """Take back what the backend wants done at exit."""
        egl = getattr(self._module, "EGL", None)
        if egl is not None:
            atexit.unregister(egl.eglTerminate)  # MuJoCo 3
            self._module.EGL_DISPLAY = None  # MuJoCo 4

    def close(self) -> None:
        """Free everything, unless it belongs to the process that this one was forked from."""
        if self.pid != os.getpid():
            return
        with contextlib.suppress(Exception):  # at exit the driver may be half gone; nothing is left to save
            with self.current():
                for upload in self._uploads.values():
                    upload.context.free()
            self._uploads.clear()
            self._gl.free()


def _checksum(model: mujoco.MjModel) -> int:
    """Digest of what is uploaded and stays: meshes, height fields, skins, textures and settings of the picture."""
    quality, depth = model.vis.quality, model.vis.map
    settings = (
        *(model.signature, model.stat.extent, quality.numslices, quality.numstacks, quality.numquads),
        *(depth.shadowclip, depth.shadowscale, depth.zfar, depth.fogstart, depth.fogend),
    )
    value = zlib.crc32(repr(settings).encode())
    for name in _ASSETS:
        value = zlib.crc32(getattr(model, name).tobytes(), value)
    return value


def _baked(model: mujoco.MjModel) -> tuple[bytes, ...]:
    """What MuJoCo fixes at upload although a reset may change it: texture assignment and the size of planes."""
    planes = model.geom_size[model.geom_type == int(mujoco.mjtGeom.mjGEOM_PLANE)]
    return (
        planes.tobytes(),
        model.mat_texid.tobytes(),
        model.mat_texrepeat.tobytes(),
        model.mat_texuniform.tobytes(),
    )


def _make_context(model: mujoco.MjModel, quality: Quality, size: tuple[int, int]) -> Any:
    """Upload a model in a quality of ours; its own settings are put back."""
    vis = model.vis
    changes: tuple[tuple[Any, str, int], ...] = (
        (vis.quality, "shadowsize", quality.shadow_size),
        (vis.quality, "offsamples", quality.samples),
        (vis.global_, "offwidth", size[0]),
        (vis.global_, "offheight", size[1]),
    )
    before = [getattr(group, name) for group, name, _ in changes]
    try:
        for group, name, value in changes:
            setattr(group, name, value)
        return mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_50)
    finally:
        for (group, name, _), value in zip(changes, before, strict=True):
            setattr(group, name, value)


_shared: _Shared | None = None
_opening = threading.Lock()


def _context() -> _Shared:
    """The context of this process; made now if there is none."""
    global _shared
    if _shared is None:
        with _opening:
            if _shared is None:
                _shared = _open()
    if _shared.pid != os.getpid():
        raise RenderError(
            f"this process ({os.getpid()}) was forked from one that had drawn by OpenGL already ({_shared.pid}), and "
            "OpenGL does not survive a fork. Start workers with 'forkserver' or 'spawn', as failgym.make_vec does, or "
            "let the parent draw only after the fork, or use renderer='ray'."
        )
    return _shared


def _open() -> _Shared:
    found = find_backend()
    if found.name is None:
        raise RenderError(f"there is no OpenGL here ({found.reason}). {HOW_TO_GET_GL} Or use renderer='ray'.")
    try:
        shared = _Shared(found.name)
    except Exception as error:
        raise RenderError(
            f"OpenGL by {found.name} could not be started ({error}). {HOW_TO_GET_GL} Or use renderer='ray'."
        ) from error
    # Registered after the backend has registered its own, so that ours runs first.
    atexit.register(shared.close)
    return shared


def _disown_in_child() -> None:
    """In a forked child, leave the parent's OpenGL objects alone: freeing them, also at exit, would hang."""
    if _shared is not None:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(_shared))
        _shared.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_in_child)


class GLRenderer(Renderer):
    """Draws by OpenGL on MuJoCo's classic renderer.

    All instances of a process share one context, and models that look alike share what was uploaded. Colours, sizes
    and poses are read from the model at every image; pixels of textures and vertices of meshes once per model.

    Args:
        profile: "fast" or "shadow", see `QUALITIES`.
    """

    kind: Literal["gl"] = "gl"

    def __init__(self, profile: Profile = "fast") -> None:
        self._profile: Profile = profile
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = VISIBLE_GROUPS
        self._options.sitegroup[:] = 0

    def render(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        camera: str,
        size: tuple[int, int],
        channels: Collection[Channel],
    ) -> dict[Channel, NDArray[Any]]:
        """Draw channels of one camera, see `Renderer.render`; depth and segmentation share a pass."""
        check_request(size, channels)
        self._camera.fixedcamid = camera_id(model, camera)
        images: dict[Channel, NDArray[Any]] = {}
        shared = _context()
        with shared.current():
            upload = shared.upload(model, self._profile, size)
            scene = upload.scene
            mujoco.mjv_updateScene(model, data, self._options, None, self._camera, _THINGS, scene)
            if "rgb" in channels:
                self._draw(upload, size, ids=False)
                images["rgb"] = _read_colour(upload, size)
            if "depth" in channels or "segmentation" in channels:
                self._draw(upload, size, ids=True)
                if "depth" in channels:
                    images["depth"] = _read_depth(upload, size)
                if "segmentation" in channels:
                    images["segmentation"] = _read_ids(upload, size)
        return images

    def close(self) -> None:
        """Nothing to do: the context belongs to the process."""

    def _draw(self, upload: _Upload, size: tuple[int, int], *, ids: bool) -> None:
        flags = upload.scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = QUALITIES[self._profile].shadow_size > 0
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = ids
        flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = ids
        mujoco.mjr_render(mujoco.MjrRect(0, 0, *size), upload.scene, upload.context)


def _read_colour(upload: _Upload, size: tuple[int, int]) -> NDArray[np.uint8]:
    pixels = np.empty((size[1], size[0], 3), dtype=np.uint8)
    mujoco.mjr_readPixels(pixels, None, mujoco.MjrRect(0, 0, *size), upload.context)
    return np.ascontiguousarray(pixels[::-1])


def _read_depth(upload: _Upload, size: tuple[int, int]) -> NDArray[np.float32]:
    buffer = np.empty((size[1], size[0]), dtype=np.float32)
    mujoco.mjr_readPixels(None, buffer, mujoco.MjrRect(0, 0, *size), upload.context)
    eye = upload.scene.camera[0]
    near, far = float(eye.frustum_near), float(eye.frustum_far)
    farness = buffer[::-1].astype(np.float64)
    if int(upload.context.readDepthMap) == int(mujoco.mjtDepthMap.mjDEPTH_ZEROFAR):
        farness = 1.0 - farness
    metres = near * far / (far - farness * (far - near))
    return np.minimum(metres, far).astype(np.float32)


def _read_ids(upload: _Upload, size: tuple[int, int]) -> NDArray[np.int32]:
    pixels = _read_colour(upload, size).astype(np.int32)
    drawn = pixels[..., 0] + (pixels[..., 1] << 8) + (pixels[..., 2] << 16)
    scene = upload.scene
    geom = int(mujoco.mjtObj.mjOBJ_GEOM)
    lookup = np.full(scene.ngeom + 1, -1, dtype=np.int32)
    for shape in scene.geoms[: scene.ngeom]:
        if shape.segid >= 0 and int(shape.objtype) == geom:
            lookup[shape.segid + 1] = shape.objid
    ids: NDArray[np.int32] = lookup[drawn]
    return ids
