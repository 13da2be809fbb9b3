"""The toy: a point picks up a disc. NumPy only, for tests and first experiments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.envs.base import Array, ManipulationEnv, checked_size, chosen
from failgym.envs.point_picture import WORLD_FROM_CAMERA, draw, intrinsics, jpeg, seen
from failgym.envs.point_world import PointWorld
from failgym.episodes import EE_DELTA, KEYPOSE, Event, Frame
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.plans import Plan, Subtask
from failgym.rotations import multiply, normalised, quat_from_rotvec
from failgym.scene import Pose
from failgym.tasks import holds
from failgym.tasks.variation import pick_colours, scatter

DISCS = 3
STEADY = 1e-3
"""Motion of the hand in one control step below which it is at rest, m."""
OBS_MODES = ("state", "state_dict", "rgb", "rgb+state")
LAYOUTS = {layout.kind: layout for layout in (EE_DELTA, KEYPOSE)}
CAMERA = "front"
GROUPS = {
    "ee_position": 3,
    "ee_quat_wxyz": 4,
    "gripper_closure": 1,
    "gripper_command": 1,
    "gripper_force": 1,
    "objects": 3 * DISCS,
}
"""Entries of `state_dict` and their lengths: m, quaternion, 0..1, 0..1, N, m (the named disc first)."""


class PointPickEnv(ManipulationEnv):
    """A point-like hand, which goes exactly where it is told, picks up the disc that the instruction names.

    **Randomisation**: three discs, 4 cm wide and 3 cm high, of different colours (8 colour words), anywhere in
    x 0.40..0.60 m, y -0.18..0.18 m at least 11 cm apart.

    **Success**: the named disc is held at least 10 cm above where it stood, and the hand is at rest.

    Args:
        control_mode: `ee_delta` (7: dxyz m, rotation vector rad, closure) or `keypose` (8: xyz m, quaternion wxyz,
            closure; one step brings the hand there, then moves the gripper). There are no joints.
        obs_mode: `state`, `state_dict`, `rgb` or `rgb+state`.
        reward_mode: `sparse` (1 at success) or `dense` (0..1, the share of the plan that is done).
        cameras: Cameras of the observation and of recorded frames; there is one, `front`.
        image_size: Width and height, px.
        render_mode: `rgb_array` or None.

    Raises:
        UnknownNameError: a camera that does not exist.
        ConfigurationError: a mode or size that does not exist; the message lists what does.
    """

    state_names = (
        *("ee_x", "ee_y", "ee_z", "ee_qw", "ee_qx", "ee_qy", "ee_qz"),
        *("gripper_closure", "gripper_command", "gripper_force"),
        *(f"object_{index}_{axis}" for index in range(DISCS) for axis in "xyz"),
    )

    def __init__(
        self,
        control_mode: str = "ee_delta",
        obs_mode: str = "state",
        reward_mode: str = "sparse",
        cameras: Sequence[str] = (CAMERA,),
        image_size: Sequence[int] = (64, 64),
        render_mode: str | None = None,
    ) -> None:
        """Check the arguments; the discs come with `reset`."""
        layout = LAYOUTS[chosen("control_mode", control_mode, tuple(LAYOUTS))]
        self.render_mode = chosen("render_mode", render_mode, (None, "rgb_array"))
        self._obs_mode = chosen("obs_mode", obs_mode, OBS_MODES)
        self.cameras = tuple(cameras)
        self.image_size = checked_size(image_size)
        for camera in self.cameras:
            if camera != CAMERA:
                raise UnknownNameError("camera", camera, (CAMERA,))
        if not self.cameras and "rgb" in obs_mode:
            raise ConfigurationError("cameras", list(cameras), f"[{CAMERA!r}] for obs_mode {obs_mode!r}")
        self.observation_space = self._space()
        self._set_up(layout, reward_mode)

    @property
    def scene(self) -> PointWorld:
        """The privileged view."""
        return self.world

    @property
    def variation(self) -> dict[str, Any]:
        """What was chosen for this episode; JSON."""
        return self._variation

    def remaining_plan(self) -> Plan:
        """Return what is left to do from the present state (privileged)."""
        steps = [Subtask("grasp", self.target), Subtask("lift", self.target)]
        return Plan(f"pick up the {self.target}", tuple(steps[1:] if self.world.holding == self.target else steps))

    def evaluate(self) -> dict[str, bool]:
        """Return `grasped`, `lifted`, `steady`, `success`."""
        grasped = self.world.holding == self.target
        lifted = grasped and holds(self.world, Subtask("lift", self.target))
        steady = lifted and self.world.speed < STEADY
        return {"grasped": grasped, "lifted": lifted, "steady": steady, "success": steady}

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of the camera, (H, W, 3) uint8; None without a render mode."""
        return None if self.render_mode is None else self.picture(CAMERA)

    def picture(self, camera: str, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Return what the camera sees now, (H, W, 3) uint8."""
        if camera != CAMERA:
            raise UnknownNameError("camera", camera, (CAMERA,))
        return draw(self.world, size or self.image_size)

    def state_row(self) -> Array:
        """Return the state, (D,) float64: m, quaternion, 0..1, N."""
        hand = self.world.hand()
        return np.concatenate([*hand.pose, [hand.closure, self.world.command, hand.force], self.world.places.ravel()])

    def state_bytes(self) -> bytes:
        """Return the state as bytes."""
        return self.state_row().tobytes()

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one JPEG frame per camera, with the subtask's target and goal in it."""
        places = {"gripper": self.world.hand().pose.position}
        if subtask is not None and subtask.object in self.world.names:
            places["target"] = self.world.pose(subtask.object).position
        size = self.image_size
        points = {name: seen(place, size) for name, place in places.items()}
        k, pose = intrinsics(size), WORLD_FROM_CAMERA.copy()
        return [Frame(self.ticks, name, jpeg(self.picture(name)), size, k, pose, points) for name in self.cameras]

    # -- what ManipulationEnv asks for --------------------------------------------------------------------------------

    def _begin(self, rng: np.random.Generator) -> None:
        colours = pick_colours(rng, DISCS)
        names = [f"{colour} disc" for colour in colours]
        self.target = names[0]
        self._variation = {"target": colours[0], "distractors": colours[1:]}
        self.world = PointWorld(dict(zip(names, scatter(rng, DISCS, (0.40, 0.60), (-0.18, 0.18), 0.11), strict=True)))

    def _observe(self) -> Any:
        row = self.state_row().astype(np.float32)
        if self._obs_mode == "state":
            return row
        if self._obs_mode == "state_dict":
            return dict(zip(GROUPS, np.split(row, np.cumsum(list(GROUPS.values()))[:-1]), strict=True))
        pictures = {f"pixels/{camera}": self.picture(camera) for camera in self.cameras}
        return pictures | ({"state": row} if self._obs_mode == "rgb+state" else {})

    def _space(self) -> spaces.Space[Any]:
        def box(length: int) -> spaces.Box:
            return spaces.Box(-np.inf, np.inf, (length,), np.float32)

        if self._obs_mode == "state":
            return box(len(self.state_names))
        if self._obs_mode == "state_dict":
            return spaces.Dict({name: box(length) for name, length in GROUPS.items()})
        width, height = self.image_size
        entries: dict[str, spaces.Space[Any]] = {
            f"pixels/{camera}": spaces.Box(0, 255, (height, width, 3), np.uint8) for camera in self.cameras
        }
        if self._obs_mode == "rgb+state":
            entries["state"] = box(len(self.state_names))
        return spaces.Dict(entries)

    def _execute(self, command: Array) -> Sequence[Event]:
        if self.action_layout.delta:
            here = self.world.hand().target
            turned = multiply(quat_from_rotvec(command[3:6]), here.quat_wxyz)
            target = Pose(here.position + command[:3], normalised(turned))
        else:
            target = Pose(command[:3], normalised(command[3:7]))
        return self.world.advance(self.ticks, target, float(command[-1]))

    def _save(self) -> Any:
        return self.world.snapshot()

    def _load(self, saved: Any) -> None:
        self.world.restore(saved)
