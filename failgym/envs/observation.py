"""What an environment shows: spaces and arrays of every `obs_mode`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.sim.cameras import extrinsics, intrinsics, project, sample_points, visibility
from failgym.sim.render import Channel, Renderer
from failgym.sim.world import World

OBS_MODES = ("state", "state_dict", "rgb", "rgb+state", "rgb+depth+segmentation")
_CHANNELS: dict[str, tuple[Channel, ...]] = {
    "rgb": ("rgb",),
    "rgb+state": ("rgb",),
    "rgb+depth+segmentation": ("rgb", "depth", "segmentation"),
}
_KEYS: dict[Channel, str] = {"rgb": "pixels", "depth": "depth", "segmentation": "segmentation"}


Place = tuple[NDArray[np.float64], Sequence[int] | NDArray[np.int64]]
"""A point, (3,) m, and the geoms of what is there; none for a bare point."""


class StateReader:
    """Fills one row with the state: hand, arm, then the things in the order in which the task names them."""

    def __init__(self, world: World) -> None:
        """Lay out the columns; their number does not change between episodes."""
        self._world = world
        things, slides = len(world.free_bodies()), len(world.slides())
        hand = [
            "ee_x",
            "ee_y",
            "ee_z",
            "ee_qw",
            "ee_qx",
            "ee_qy",
            "ee_qz",
            "gripper_closure",
            "gripper_command",
            "gripper_force",
        ]
        arms, self._arms, start = [], [], 0
        for arm in world.arms:
            joints = len(arm.robot.arm_joints)
            names = [*hand, *(f"{kind}_{i}" for kind in ("joint", "joint_speed") for i in range(joints))]
            arms += [f"{arm.robot.arm}_{name}" if arm.robot.arm else name for name in names]
            self._arms.append((arm, start, start + len(hand), start + len(hand) + joints, *arm.proprioception()))
            start += len(names)
        pose = ("x", "y", "z", "qw", "qx", "qy", "qz")
        self.names = (
            *arms,
            *(f"object_{i}_{axis}" for i in range(things) for axis in pose),
            *(f"opening_{i}" for i in range(slides)),
            *(f"furniture_{i}_{axis}" for i in range(slides) for axis in pose),
        )
        self._things = slice(start, start + 7 * things + slides)
        self._rest = slice(self._things.stop, len(self.names))
        self._qpos = world.data.qpos
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._origin = np.zeros(7 * things + slides)
        for axis in range(3):
            self._origin[axis : 7 * things : 7] = world.origin[axis]
        self._furniture: NDArray[np.float64] = np.zeros(0)

    def begin(self) -> None:
        """Note which things this episode uses."""
        self._order = np.array(self._world.state_addresses(), dtype=np.int64)
        self._furniture = self._world.furniture_poses()

    def read(self) -> NDArray[np.float64]:
        """Return the state now, (D,) float64: m, rad, rad/s; a fresh array."""
        row = np.empty(len(self.names))
        for arm, start, joints, speeds, positions, velocities in self._arms:
            row[start : start + 3] = arm.tcp_position()
            row[start + 3 : start + 7] = arm.tcp_quat()
            row[start + 7] = 1.0 - arm.width / arm.robot.max_opening
            row[start + 8] = arm.controller.closure
            row[start + 9] = arm.finger_force()
            row[joints:speeds], row[speeds : speeds + len(velocities)] = positions, velocities
        row[self._things], row[self._rest] = self._qpos[self._order] - self._origin, self._furniture
        return row

    def write(self, row: NDArray[np.float64]) -> None:
        """Put arms, fingers and things where a row of this episode says that they were; velocities stay as they are."""
        for arm, start, joints, speeds, positions, _ in self._arms:
            positions[:] = row[joints:speeds]
            arm.spread(1.0 - float(row[start + 7]))
        self._qpos[self._order] = row[self._things] + self._origin


class Observer:
    """Makes the observations of one environment."""

    def __init__(
        self,
        world: World,
        state: StateReader,
        mode: str,
        cameras: Sequence[str],
        size: tuple[int, int],
        renderer: Callable[[], Renderer],
    ) -> None:
        """Check the arguments and lay out the space; `renderer` is called at the first picture."""
        if mode not in OBS_MODES:
            raise ConfigurationError("obs_mode", mode, ", ".join(OBS_MODES))
        for camera in cameras:
            if camera not in world.cameras:
                raise UnknownNameError("camera", camera, world.cameras)
        self._world, self._state, self._mode = world, state, mode
        self._cameras, self._size, self._renderer = tuple(cameras), size, renderer
        self._channels = _CHANNELS.get(mode, ())
        if self._channels and not cameras:
            raise ConfigurationError(
                "cameras", list(cameras), f"at least one of {', '.join(world.cameras)} for obs_mode {mode!r}"
            )
        self.space = self._space()

    def observe(self) -> Any:
        """Return a fresh observation."""
        if self._mode == "state":
            return self._state.read().astype(np.float32)
        if self._mode == "state_dict":
            return self._state_dict()
        observation: dict[str, Any] = {}
        for camera in self._cameras:
            pictures = self._renderer().render(self._world.model, self._world.data, camera, self._size, self._channels)
            observation |= {f"{_KEYS[channel]}/{camera}": picture for channel, picture in pictures.items()}
        if self._mode == "rgb+state":
            observation["state"] = self._state.read().astype(np.float32)
        return observation

    def _state_dict(self) -> dict[str, NDArray[np.float32]]:
        row = self._state.read().astype(np.float32)
        return {key: row[first:last].copy() for key, (first, last) in self._groups().items()}

    def _groups(self) -> dict[str, tuple[int, int]]:
        lengths: dict[str, int] = {}
        for arm in self._world.arms:
            joints = len(arm.robot.arm_joints)
            parts = {
                "ee_position": 3, "ee_quat_wxyz": 4, "gripper_closure": 1, "gripper_command": 1, "gripper_force": 1,
                "joint_positions": joints, "joint_speeds": joints,
            }  # fmt: skip
            lengths |= {f"{arm.robot.arm}_{key}" if arm.robot.arm else key: part for key, part in parts.items()}
        lengths |= {"objects": 7 * len(self._world.free_bodies()), "furniture": 8 * len(self._world.slides())}
        groups, start = {}, 0
        for key, length in lengths.items():
            if length:
                groups[key] = (start, start + length)
            start += length
        return groups

    def _space(self) -> spaces.Space[Any]:
        def box(length: int) -> spaces.Box:
            return spaces.Box(-np.inf, np.inf, (length,), np.float32)

        if self._mode == "state":
            return box(len(self._state.names))
        if self._mode == "state_dict":
            return spaces.Dict({key: box(last - first) for key, (first, last) in self._groups().items()})
        width, height = self._size
        far = np.float32(100.0)
        kinds: dict[Channel, spaces.Box] = {
            "rgb": spaces.Box(0, 255, (height, width, 3), np.uint8),
            "depth": spaces.Box(np.float32(0.0), far, (height, width), np.float32),
            "segmentation": spaces.Box(-1, self._world.model.ngeom - 1, (height, width), np.int32),
        }
        entries: dict[str, spaces.Space[Any]] = {
            f"{_KEYS[channel]}/{camera}": kinds[channel] for camera in self._cameras for channel in self._channels
        }
        if self._mode == "rgb+state":
            entries["state"] = box(len(self._state.names))
        return spaces.Dict(entries)


def view_points(
    world: World, camera: str, size: tuple[int, int], places: Mapping[str, Place]
) -> dict[str, tuple[float, float, float, float]]:
    """Return pixel position, depth (m) and visible fraction of named places."""
    k, pose = intrinsics(world.model, camera, size), extrinsics(world.model, world.data, camera)
    found = {}
    for name, (place, geoms) in places.items():
        point = place + world.origin
        pixels, depth = project(point, k, pose)
        samples = sample_points(world.model, world.data, geoms) if len(geoms) else point[None]
        seen = visibility(world.model, world.data, camera, samples, geoms, size)
        u, v = np.nan_to_num(pixels[0], nan=-1.0)
        found[name] = (float(u), float(v), float(depth[0]), seen)
    return found
