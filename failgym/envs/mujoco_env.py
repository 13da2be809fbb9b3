"""The native environment: one task, one robot, MuJoCo underneath."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.envs.observation import Observer, StateReader, view_points
from failgym.episodes import CONTROL_HZ, EE_DELTA, KEYPOSE, ActionLayout, Event, EventKind, Frame, Intent, Point, Recorder, joint_delta
from failgym.agents.policy import DWELL_STEPS, SPEED, TURN
from failgym.errors import ConfigurationError
from failgym.labels import Stage
from failgym.plans import Plan, Subtask
from failgym.rotations import normalised
from failgym.scene import Pose, Scene, SceneFacts, toward
from failgym.sim.cameras import extrinsics, intrinsics
from failgym.sim.render import Renderer, jpeg, make_renderer
from failgym.sim.render.renderer import PROFILES
from failgym.sim.robots import ROBOTS
from failgym.sim.world import Snapshot, World
from failgym.tasks import TASKS, Task, holds, needs_hold, progress

Array = NDArray[np.float64]
CommandFilter = Callable[[Array], Array]
MAX_MOTION_STEPS = 120
"""Control steps after which a key pose counts as not reachable."""
SETTLE_STEPS = 6
"""Control steps that the arm gets to catch up with a key pose."""
CONTROL_MODES = ("ee_delta", "joint_delta", "keypose")
REWARD_MODES = ("sparse", "dense")
SEATS = ("plan", "scene", "action", "observation", "record")


class MujocoEnv(gym.Env[Any, NDArray[np.floating]]):
    """One native manipulation task on MuJoCo, at 20 control steps per second.

    Args:
        task: Name of a native task.
        robot: Name of an arm.
        control_mode: `ee_delta` (7: dxyz m, rotation vector rad, closure), `joint_delta` (n + 1: rad, closure) or `keypose` (8: xyz m,
            quaternion wxyz, closure; one step brings the hand there, then moves the gripper).
        obs_mode: `state`, `state_dict`, `rgb`, `rgb+state` or `rgb+depth+segmentation`.
        reward_mode: `sparse` (1 at success) or `dense` (0..1, the share of the plan that is done).
        cameras: Cameras of the observation and of recorded frames: front, left, right, wrist.
        image_size: Width and height, px.
        render_profile: `fast` or `shadow`.
        renderer: `auto`, `gl` or `ray`.
        render_mode: `rgb_array` or None.

    Raises:
        UnknownNameError, ConfigurationError: an argument that does not exist; the message lists what does.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": CONTROL_HZ}
    seats = SEATS

    def __init__(
        self,
        task: str,
        robot: str = "panda",
        control_mode: str = "ee_delta",
        obs_mode: str = "state",
        reward_mode: str = "sparse",
        cameras: Sequence[str] = ("front", "left", "wrist"),
        image_size: Sequence[int] = (256, 256),
        render_profile: str = "fast",
        renderer: str = "auto",
        render_mode: str | None = None,
    ) -> None:
        """Build the scene; nothing is rendered and no GL context is made before the first picture."""
        self.task: Task = TASKS.build(task)
        arm = ROBOTS.build(robot)
        self.world = World(arm, self.task.entities())
        self.render_mode = _chosen("render_mode", render_mode, (None, "rgb_array"))
        self._dense = _chosen("reward_mode", reward_mode, REWARD_MODES) == "dense"
        _chosen("control_mode", control_mode, CONTROL_MODES)
        layouts = {"ee_delta": EE_DELTA, "keypose": KEYPOSE, "joint_delta": joint_delta(len(arm.arm_joints))}
        self.action_layout: ActionLayout = layouts[control_mode]
        self.action_space = spaces.Box(
            np.array(self.action_layout.low, np.float32), np.array(self.action_layout.high, np.float32), dtype=np.float32
        )
        self._drive, self._execute = {
            "ee_delta": (self._tick, self._ee_delta),
            "joint_delta": (self._tick, self._joint_delta),
            "keypose": (self._keypose, self._absolute),
        }[control_mode]
        self._profile = _chosen("render_profile", render_profile, PROFILES)
        self._renderer_kind = _chosen("renderer", renderer, ("auto", "gl", "ray"))
        self._renderer: Renderer | None = None
        self.cameras = tuple(cameras)
        self.image_size = _size(image_size)
        self._state = StateReader(self.world)
        self.state_names = self._state.names
        self._observer = Observer(self.world, self._state, obs_mode, self.cameras, self.image_size, self._make_renderer)
        self.observation_space = self._observer.space
        self.command_filter: CommandFilter | None = None
        self.recorder: Recorder | None = None
        self.episode_seed = 0
        self.ticks = 0

    # -- Gymnasium ----------------------------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; everything in it follows from the seed."""
        super().reset(seed=seed)
        self.episode_seed = seed if seed is not None else int(self.np_random.integers(2**31))
        rng = np.random.default_rng(self.episode_seed)
        self.world.clear()
        self.task.reset(self.world, rng)
        self.world.begin()
        self._state.begin()
        self.nominal_plan = self.task.plan(self.world)
        self.plan = self.nominal_plan
        self._facts = replace(self.world.facts(), plan=self.nominal_plan)
        self.ticks = 0
        self.intent: Intent | None = None
        self._told = self.world.controller.target
        self._told_closure = 0.0
        self._pointer = 0
        self._events: list[Event] = []
        self.last_observation = self._observer.observe()
        return self.last_observation, self._info(self.task.evaluate(self.world), ())

    def step(self, action: NDArray[np.floating]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Do one action: one control step, or as many as a key pose takes."""
        self._events = []
        self._drive(self.action_layout.checked(action))
        self._advance_pointer()
        checks = self.task.evaluate(self.world)
        success = checks["success"]
        self.last_observation = self._observer.observe()
        reward = self._progress(success) if self._dense else float(success)
        return self.last_observation, reward, success, False, self._info(checks, tuple(self._events))

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """Return the picture of the first camera, (H, W, 3) uint8."""
        if self.render_mode is None:
            return None
        return self.picture(self.cameras[0] if self.cameras else "front")

    def close(self) -> None:
        """Release the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    # -- what FailGym adds ----------------------------------------------------------------------------------------------

    @property
    def scene(self) -> Scene:
        """The privileged view."""
        return self.world

    def facts(self) -> SceneFacts:
        """What a draw may use."""
        return self._facts

    @property
    def commanded_closure(self) -> float:
        """What the gripper was told last, before injection, 0 open .. 1 closed."""
        return self._told_closure

    def announce(self, intent: Intent) -> None:
        """Hear from a policy what it is doing."""
        self.intent = intent

    def achieved(self, subtask: Subtask) -> bool:
        """Whether the effect of a subtask is true now."""
        return holds(self.world, subtask)

    def evaluate(self) -> dict[str, bool]:
        """Return the task's named facts about the present state."""
        return self.task.evaluate(self.world)

    def remaining_plan(self) -> Plan:
        """Return what is left to do from the present state (privileged)."""
        return self.task.plan(self.world)

    def stage(self) -> Stage:
        """Return what the arm is doing: what the policy announced, else what physics suggests."""
        return self.intent.stage if self.intent is not None else self._observed_stage()

    @property
    def current_subtask(self) -> int:
        """Index of the first subtask of the plan that is not done yet; the last one when all are."""
        return min(self._pointer, max(0, len(self.plan.subtasks) - 1))

    def snapshot(self) -> tuple[Snapshot, tuple[Any, ...]]:
        """Return everything that decides the future of this episode."""
        return self.world.snapshot(), (self.ticks, self.intent, self._told, self._told_closure, self._pointer, self.plan, self.last_observation)

    def restore(self, snapshot: tuple[Snapshot, tuple[Any, ...]]) -> None:
        """Continue from a snapshot, bit for bit."""
        self.world.restore(snapshot[0])
        self.ticks, self.intent, self._told, self._told_closure, self._pointer, self.plan, self.last_observation = snapshot[1]
        self._events = []

    def release(self, snapshot: tuple[Snapshot, tuple[Any, ...]]) -> None:
        """Recycle a snapshot."""
        self.world.release(snapshot[0])

    def idle(self, steps: int) -> None:
        """Let physics run while the hand keeps its commanded pose."""
        target, closure = self._told if self.action_layout.kind == "keypose" else None, self._told_closure
        told = np.zeros(self.action_layout.size)
        if target is not None:
            told[:7] = np.concatenate(target)
        told[-1] = closure
        for _ in range(steps):
            self._tick(told)

    def picture(self, camera: str, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Return what a camera sees now, (H, W, 3) uint8."""
        return self._make_renderer().rgb(self.world.model, self.world.data, camera, size or self.image_size)

    # -- the recorder's source -------------------------------------------------------------------------------------------

    def state_row(self) -> Array:
        """Return the state, (D,) float64."""
        return self._state.read()

    def state_bytes(self) -> bytes:
        """Return positions and velocities of every joint, as bytes."""
        return self.world.data.qpos.tobytes() + self.world.data.qvel.tobytes()

    def new_events(self) -> Sequence[Event]:
        """Return what happened in the last control step."""
        return self.world.tracker.events

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one frame per camera, with the subtask's target and goal in it."""
        places = self._places(subtask)
        found = []
        for camera in self.cameras:
            size = self.image_size
            points = {name: Point(*point) for name, point in view_points(self.world, camera, size, places).items()}
            found.append(
                Frame(
                    self.ticks, camera, jpeg(self.picture(camera)), size, intrinsics(self.world.model, camera, size),
                    extrinsics(self.world.model, self.world.data, camera), points,
                )  # fmt: skip
            )
        return found

    # -- one control step ----------------------------------------------------------------------------------------------

    def _tick(self, told: Array) -> None:
        self._told_closure = float(told[-1])
        executed = told if self.command_filter is None else self.command_filter(told)
        self._execute(executed)
        self.world.advance(self.ticks)
        events = self.world.tracker.events
        if events:
            self._events.extend(events)
        self.ticks += 1
        if self.recorder is not None:
            self.recorder.tick(self, told, executed)

    def _ee_delta(self, command: Array) -> None:
        controller = self.world.controller
        controller.command_closure(float(command[6]))
        controller.move_by(command[:3], command[3:6])

    def _joint_delta(self, command: Array) -> None:
        self.world.controller.command_closure(float(command[-1]))
        self.world.controller.move_joints(command[:-1])

    def _absolute(self, command: Array) -> None:
        controller = self.world.controller
        controller.command_closure(float(command[7]))
        controller.move_to(command[:3], command[3:7])

    def _keypose(self, action: Array) -> None:
        goal, closure = Pose(action[:3], normalised(action[3:7])), float(action[7])
        waited = 0
        for _ in range(MAX_MOTION_STEPS):
            if self._told is goal:
                if waited == SETTLE_STEPS or self._settled():
                    break
                waited += 1
            else:
                self._told = toward(self._told, goal, SPEED, TURN)
            self._tick(np.concatenate([*self._told, [self._told_closure]]))
        if closure != self._told_closure:
            command = np.concatenate([*self._told, [closure]])
            for _ in range(DWELL_STEPS):
                self._tick(command)

    def _settled(self) -> bool:
        lag = self.world.tcp_position() - self.world.controller.target.position
        return float(np.abs(lag).max()) < 0.004

    # -- info -------------------------------------------------------------------------------------------------------------

    def _info(self, checks: dict[str, bool], events: tuple[Event, ...]) -> dict[str, Any]:
        return {
            "instruction": self.plan.instruction,
            "plan": self.plan.text,
            "variation": str(self.task.variation),
            "action_layout": self.action_layout.kind,
            "success": checks["success"],
            "is_success": checks["success"],
            "subtask": self.current_subtask,
            "stage": str(self.stage()),
            "events": events,
            "injections": (),
        }

    def _advance_pointer(self) -> None:
        subtasks = self.plan.subtasks
        while self._pointer < len(subtasks) and self._named(subtasks[self._pointer]) and holds(self.world, subtasks[self._pointer]):
            self._events.append(Event(self.ticks, EventKind.SUBTASK_DONE, subtasks[self._pointer].text, "", self._pointer))
            self._pointer += 1
        # A thing that must be in the hand and is not has to be grasped again.
        if 0 < self._pointer < len(subtasks):
            current, before = subtasks[self._pointer], subtasks[self._pointer - 1]
            if needs_hold(current) and before.verb == "grasp" and self.world.holding != current.object:
                self._pointer -= 1

    def _named(self, subtask: Subtask) -> bool:
        return self._facts.thing(subtask.object) is not None

    def _progress(self, success: bool) -> float:
        subtasks = self.plan.subtasks
        if success or not subtasks:
            return 1.0
        index = self.current_subtask
        return (index + progress(self.world, subtasks[index])) / len(subtasks)

    def _observed_stage(self) -> Stage:
        subtasks = self.plan.subtasks
        if not subtasks:
            return Stage.RETREAT
        subtask = subtasks[self.current_subtask]
        if self.world.holding is not None:
            return Stage.TRANSPORT if subtask.verb in ("place", "open", "close") else Stage.LIFT
        if self._told_closure > 0.5:
            return Stage.GRASP
        if not self._named(subtask) or subtask.verb in ("open", "close"):
            return Stage.APPROACH
        distance = float(np.abs(self.world.tcp_position() - self.world.position(subtask.object)).max())
        return Stage.PRE_GRASP if distance < 0.06 else Stage.APPROACH

    def _places(self, subtask: Subtask | None) -> dict[str, tuple[Array, str | None]]:
        places: dict[str, tuple[Array, str | None]] = {"gripper": (self.world.tcp_position().copy(), None)}
        if subtask is not None and self._named(subtask):
            things = self._facts
            places["target"] = (self.world.position(subtask.object).copy(), subtask.object)
            if subtask.target is not None and things.thing(subtask.target) is not None:
                goal = self.world.place(subtask.object, subtask.relation or "on", subtask.target).position
                places["goal"] = (goal, subtask.target if subtask.target in self.world.names else None)
        return places

    def _make_renderer(self) -> Renderer:
        if self._renderer is None:
            self._renderer = make_renderer(self._renderer_kind, self._profile)
        return self._renderer


def _chosen(argument: str, given: Any, possible: Sequence[Any]) -> Any:
    if given not in possible:
        raise ConfigurationError(argument, given, ", ".join(str(value) for value in possible))
    return given


def _size(image_size: Sequence[int]) -> tuple[int, int]:
    try:
        width, height = (int(value) for value in image_size)
    except (TypeError, ValueError):
        raise ConfigurationError("image_size", image_size, "width and height in px, such as (256, 256)") from None
    if not (0 < width <= 1280 and 0 < height <= 960):
        raise ConfigurationError("image_size", (width, height), "width 1..1280 and height 1..960 px")
    return width, height

