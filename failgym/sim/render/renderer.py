"""The renderer protocol, and the choice between its two implementations."""

import logging
from collections.abc import Callable, Collection
from typing import Any, Literal, Protocol, get_args

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.errors import ConfigurationError
from failgym.sim.render.backend import HOW_TO_GET_GL, find_backend

Channel = Literal["rgb", "depth", "segmentation"]
Profile = Literal["fast", "shadow"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
PROFILES: tuple[Profile, ...] = get_args(Profile)

_RGB: tuple[Channel] = ("rgb",)
_DEPTH: tuple[Channel] = ("depth",)
_SEGMENTATION: tuple[Channel] = ("segmentation",)
_log = logging.getLogger("failgym")
_told: set[str] = set()


class Renderer(Protocol):
    """Draws what a camera of a model sees. Geoms of groups 0 to 2 are drawn, collision shapes (group 3) are not.

    Arguments are the same everywhere: `model` and `data` of MuJoCo with kinematics up to date, the name of the camera,
    and `size` as (width, height) in pixels. Arrays are fresh, with the origin in the top-left corner.
    """

    @property
    def kind(self) -> Literal["gl", "ray"]:
        """Which implementation draws."""
        ...

    def render(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        camera: str,
        size: tuple[int, int],
        channels: Collection[Channel],
    ) -> dict[Channel, NDArray[Any]]:
        """Draw several channels at once, which costs less than one after the other.

        Returns:
            The channels asked for: "rgb" (H, W, 3) uint8; "depth" (H, W) float32 metres along the optical axis, the far
            clipping distance where there is nothing; "segmentation" (H, W) int32 geom ids, -1 where there is nothing.

        Raises:
            RenderError: If nothing can be drawn here.
            UnknownNameError: If the model has no such camera.
            ConfigurationError: If the size is not positive or a channel does not exist.
        """
        ...

    def rgb(self, model: mujoco.MjModel, data: mujoco.MjData, camera: str, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Colour image, (H, W, 3) uint8."""
        return self.render(model, data, camera, size, _RGB)["rgb"]

    def depth(
        self, model: mujoco.MjModel, data: mujoco.MjData, camera: str, size: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Depth image, (H, W) float32, metres along the optical axis."""
        return self.render(model, data, camera, size, _DEPTH)["depth"]

    def segmentation(
        self, model: mujoco.MjModel, data: mujoco.MjData, camera: str, size: tuple[int, int]
    ) -> NDArray[np.int32]:
        """Geom ids, (H, W) int32, -1 for the background."""
        return self.render(model, data, camera, size, _SEGMENTATION)["segmentation"]

    def close(self) -> None:
        """Let go of what this renderer holds. It must not be used afterwards."""
        ...


class _AutoRenderer(Renderer):
    """OpenGL if it works here, else rays; decided when first needed, because finding out takes a moment."""

    def __init__(self, profile: Profile) -> None:
        self._profile: Profile = profile
        self._chosen: Renderer | None = None

    @property
    def kind(self) -> Literal["gl", "ray"]:
        return self._choose().kind

    def render(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        camera: str,
        size: tuple[int, int],
        channels: Collection[Channel],
    ) -> dict[Channel, NDArray[Any]]:
        return self._choose().render(model, data, camera, size, channels)

    def close(self) -> None:
        if self._chosen is not None:
            self._chosen.close()

    def _choose(self) -> Renderer:
        if self._chosen is None:
            found = find_backend()
            if found.name is None and "fallback" not in _told:
                _told.add("fallback")
                _log.warning("No OpenGL (%s): images are drawn by ray casting. %s", found.reason, HOW_TO_GET_GL)
            self._chosen = make_renderer("ray" if found.name is None else "gl", self._profile)
        return self._chosen


def check_request(size: tuple[int, int], channels: Collection[Channel]) -> None:
    """Check what every renderer is asked for.

    Raises:
        ConfigurationError: If the image would be empty, or a channel does not exist.
    """
    if min(size) < 1:
        raise ConfigurationError("size", size, "(width, height), each at least 1 pixel")
    unknown = set(channels) - set(CHANNELS)
    if unknown or not channels:
        raise ConfigurationError("channels", tuple(channels), f"one or more of {', '.join(CHANNELS)}")


def _make_gl(profile: Profile) -> Renderer:
    from failgym.sim.render.gl import GLRenderer

    return GLRenderer(profile)


def _make_ray(profile: Profile) -> Renderer:
    from failgym.sim.render.ray import RayRenderer

    return RayRenderer()


_MAKERS: dict[str, Callable[[Profile], Renderer]] = {"auto": _AutoRenderer, "gl": _make_gl, "ray": _make_ray}


def make_renderer(renderer: Literal["auto", "gl", "ray"] = "auto", profile: Profile = "fast") -> Renderer:
    """Make a renderer. Cheap: OpenGL is touched at the first image only.

    Args:
        renderer: "gl" draws by OpenGL (EGL, else OSMesa; `MUJOCO_GL` decides if it is set); "ray" by casting rays, with
            simple shading and no driver; "auto" takes "gl" if it works here, else "ray", which is logged once.
        profile: "fast" without shadows and smoothing of edges, "shadow" with both. Rays have one look only.

    Returns:
        The renderer.

    Raises:
        ConfigurationError: If an argument is none of the above.
    """
    if profile not in PROFILES:
        raise ConfigurationError("render_profile", profile, " or ".join(repr(name) for name in PROFILES))
    if renderer not in _MAKERS:
        raise ConfigurationError("renderer", renderer, " or ".join(repr(name) for name in _MAKERS))
    return _MAKERS[renderer](profile)
