"""What an RLBench environment shows: columns of the state, spaces, and where a camera sees a point."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.envs.rlbench.protocol import Begun, Picture, Simulator, State
from failgym.episodes import Point
from failgym.errors import ConfigurationError

Array = NDArray[np.float64]
OBS_MODES = ("state", "state_dict", "rgb", "rgb+state", "rgb+depth+segmentation")
HAND = (
    *("ee_x", "ee_y", "ee_z", "ee_qw", "ee_qx", "ee_qy", "ee_qz"),
    *("gripper_closure", "gripper_command", "gripper_force"),
)
HANDLES = 2**24 - 1
"""Largest handle that a mask can show."""


class Columns:
    """Fills one row with the state: hand, arm, then the task's shapes and joints, whose number no episode changes."""

    def __init__(self, joints: int, begun: Begun) -> None:
        """Lay out the columns, from a first episode."""
        self._shapes = tuple(item.name for item in begun.items if item.kind == "shape")
        self._parts = tuple(item.name for item in begun.items if item.kind in ("hinge", "slide"))
        pose = ("x", "y", "z", "qw", "qx", "qy", "qz")
        self.names = (
            *HAND,
            *(f"{kind}_{index}" for kind in ("joint", "joint_speed") for index in range(joints)),
            *(f"object_{index}_{axis}" for index in range(len(self._shapes)) for axis in pose),
            *(f"part_{index}" for index in range(len(self._parts))),
        )
        lengths = {
            "ee_position": 3, "ee_quat_wxyz": 4, "gripper_closure": 1, "gripper_command": 1, "gripper_force": 1,
            "joint_positions": joints, "joint_speeds": joints, "objects": 7 * len(self._shapes),
            "parts": len(self._parts),
        }  # fmt: skip
        self.groups = {name: length for name, length in lengths.items() if length}

    def row(self, state: State, command: float) -> Array:
        """Return the state, (D,) float64; zeros for what was removed, as RLBench's own low-dimensional state has."""
        hand = np.concatenate([*state.hand, [state.closure, command, state.force]])
        nowhere = np.zeros(7)
        objects = [state.poses.get(name, nowhere) for name in self._shapes]
        parts = [[state.positions.get(name, 0.0) for name in self._parts]]
        return np.concatenate([hand, state.joints, state.joint_speeds, *objects, *parts])


def space(mode: str, columns: Columns, cameras: Sequence[str], size: tuple[int, int]) -> spaces.Space[Any]:
    """Return the observation space of a mode."""

    def box(length: int) -> spaces.Box:
        return spaces.Box(-np.inf, np.inf, (length,), np.float32)

    if mode == "state":
        return box(len(columns.names))
    if mode == "state_dict":
        return spaces.Dict({name: box(length) for name, length in columns.groups.items()})
    width, height = size
    entries: dict[str, spaces.Space[Any]] = {}
    for camera in cameras:
        entries[f"pixels/{camera}"] = spaces.Box(0, 255, (height, width, 3), np.uint8)
        if mode == "rgb+depth+segmentation":
            entries[f"depth/{camera}"] = spaces.Box(np.float32(0.0), np.float32(100.0), (height, width), np.float32)
            entries[f"segmentation/{camera}"] = spaces.Box(-1, HANDLES, (height, width), np.int32)
    if mode == "rgb+state":
        entries["state"] = box(len(columns.names))
    return spaces.Dict(entries)


def observation(
    mode: str, columns: Columns, row: Array, cameras: Sequence[str], size: tuple[int, int], simulator: Simulator
) -> Any:
    """Return a fresh observation."""
    plain = row.astype(np.float32)
    if mode == "state":
        return plain
    if mode == "state_dict":
        parts = np.split(plain, np.cumsum(list(columns.groups.values()))[:-1])
        return {name: part.copy() for name, part in zip(columns.groups, parts, strict=True)}
    shown: dict[str, Any] = {}
    for camera in cameras:
        picture = simulator.picture(camera)
        shown[f"pixels/{camera}"] = sized(picture.rgb, size)
        if mode == "rgb+depth+segmentation":
            shown |= _channels(camera, picture, size)
    if mode == "rgb+state":
        shown["state"] = plain
    return shown


def check_mode(mode: str, cameras: Sequence[str]) -> None:
    """Refuse a mode that does not exist, and pictures without a camera.

    Raises:
        ConfigurationError: either.
    """
    if mode not in OBS_MODES:
        raise ConfigurationError("obs_mode", mode, ", ".join(OBS_MODES))
    if mode not in ("state", "state_dict") and not cameras:
        raise ConfigurationError("cameras", list(cameras), f"at least one for obs_mode {mode!r}")


def sized(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return the picture; one of another size says so instead of breaking the space.

    Raises:
        ConfigurationError: the simulator renders another size than was asked for.
    """
    if image.shape[:2] != (size[1], size[0]):
        raise ConfigurationError(
            "image_size", size, f"{image.shape[1]} x {image.shape[0]}, which the simulator renders"
        )
    return image


def seen(place: Array, k: Array, world_from_camera: Array, size: tuple[int, int]) -> Point:
    """Return where a camera sees a point, (3,) m; visibility tells only whether it lies in the picture."""
    x, y, z = (world_from_camera[:3, :3].T @ (place - world_from_camera[:3, 3])).tolist()
    if z <= 1e-6:
        return Point(-1.0, -1.0, float(z), 0.0)
    u, v = k[0, 0] * x / z + k[0, 2], k[1, 1] * y / z + k[1, 2]
    inside = -0.5 <= u < size[0] - 0.5 and -0.5 <= v < size[1] - 0.5
    return Point(float(u), float(v), float(z), float(inside))


def _channels(camera: str, picture: Picture, size: tuple[int, int]) -> Mapping[str, NDArray[Any]]:
    blank = (size[1], size[0])
    depth = np.zeros(blank, np.float32) if picture.depth is None else sized(picture.depth, size)
    masks = np.full(blank, -1, np.int32) if picture.segmentation is None else sized(picture.segmentation, size)
    return {f"depth/{camera}": depth, f"segmentation/{camera}": masks}
