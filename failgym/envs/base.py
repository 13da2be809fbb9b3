"""What every simulated environment of FailGym is: one task, one scene, one clock of 20 control steps per second."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.agents.policy import DWELL_STEPS, SPEED, TURN
from failgym.episodes import CONTROL_HZ, ActionLayout, Event, EventKind, Frame, Intent, Recorder
from failgym.errors import ConfigurationError
from failgym.labels import Stage
from failgym.plans import Plan, Subtask
from failgym.rotations import normalised, rotation_between
from failgym.scene import Pose, Scene, SceneFacts, toward
from failgym.tasks import holds, needs_hold, progress

Array = NDArray[np.float64]
CommandFilter = Callable[[Array], Any]
MAX_MOTION_STEPS = 120
"""Control steps after which a key pose counts as not reachable."""
SETTLE_STEPS = 10
"""Control steps that the arm gets to catch up with a key pose."""
ARRIVED = 0.004
"""Distance of the measured from the commanded hand that counts as there, m."""
ALIGNED = 0.05
"""Angle between the measured and the commanded hand that counts as there, rad."""
REWARD_MODES = ("sparse", "dense")


class ManipulationEnv(gym.Env[Any, NDArray[np.floating]]):
    """Steps, snapshots, recording and `info`; a backend adds its physics.

    A backend calls `_set_up` at the end of its `__init__`, and implements the abstract methods below.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": CONTROL_HZ}  # noqa: RUF012 - Gymnasium declares it
    seats: ClassVar[tuple[str, ...]] = ("plan", "scene", "action", "observation", "record")
    """Where perturbations can act."""
    state_names: tuple[str, ...]
    """Columns of `state_row`."""
    cameras: tuple[str, ...] = ()

    # -- what a backend implements -----------------------------------------------------------------------------------

    @property
    @abstractmethod
    def scene(self) -> Scene:
        """The privileged view."""

    @abstractmethod
    def _begin(self, rng: np.random.Generator) -> None:
        """Set the scene of a new episode."""

    @abstractmethod
    def remaining_plan(self) -> Plan:
        """Return what is left to do from the present state (privileged); right after reset, the nominal plan."""

    @abstractmethod
    def evaluate(self) -> dict[str, bool]:
        """Return the task's named facts about the present state; `success` among them."""

    @property
    @abstractmethod
    def variation(self) -> dict[str, Any]:
        """What was chosen for this episode; JSON."""

    @abstractmethod
    def _observe(self) -> Any:
        """Return a fresh observation."""

    @abstractmethod
    def _execute(self, command: Array) -> Sequence[Event]:
        """Run one control step of a command in this layout; return what happened."""

    @abstractmethod
    def _save(self) -> Any:
        """Return the simulator's state."""

    @abstractmethod
    def _load(self, saved: Any) -> None:
        """Continue from a saved state, bit for bit."""

    @abstractmethod
    def state_row(self) -> Array:
        """Return the state, (D,) float64."""

    @abstractmethod
    def state_bytes(self) -> bytes:
        """Return the bytes of the simulator's state, for digests."""

    @abstractmethod
    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one frame per camera, with the subtask's target and goal in it."""

    def release(self, snapshot: tuple[Any, ...]) -> None:
        """Recycle a snapshot that nobody needs any more."""

    # -- Gymnasium ----------------------------------------------------------------------------------------------------

    def _set_up(self, layout: ActionLayout, reward_mode: str) -> None:
        self._dense = chosen("reward_mode", reward_mode, REWARD_MODES) == "dense"
        self.action_layout = layout
        self.action_space = spaces.Box(
            np.array(layout.low, np.float32), np.array(layout.high, np.float32), dtype=np.float32
        )
        self._drive = self._keypose if layout.kind == "keypose" else self._tick
        self.command_filter: CommandFilter | None = None
        self.recorder: Recorder | None = None
        self.episode_seed = 0
        self.ticks = 0
        self.intent: Intent | None = None
        self._events: list[Event] = []
        self._tick_events: Sequence[Event] = ()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; everything in it follows from the seed."""
        super().reset(seed=seed)
        self.episode_seed = seed if seed is not None else int(self.np_random.integers(2**31))
        self._begin(np.random.default_rng(self.episode_seed))
        self.ticks = 0
        self.intent = None
        self._pointer = 0
        self._events = []
        self._told = self.scene.hand().target
        self._told_closure = 0.0
        self._stage: Stage | None = None
        self.plan = self.remaining_plan()
        self._facts = replace(self.scene.facts(), plan=self.plan)
        self._variation_text = str(self.variation)
        self.last_observation = self._observe()
        return self.last_observation, self._info(self.evaluate())

    def step(self, action: NDArray[np.floating]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Do one action: one control step, or as many as a key pose takes."""
        self._events = []
        self._drive(self.action_layout.checked(action))
        self._advance_pointer()
        checks = self.evaluate()
        success = checks["success"]
        self.last_observation = self._observe()
        reward = self._progress(success) if self._dense else float(success)
        return self.last_observation, reward, success, False, self._info(checks)

    # -- what FailGym adds
    # ----------------------------------------------------------------------------------------------

    def facts(self) -> SceneFacts:
        """What a draw may use."""
        return self._facts

    @property
    def commanded_closure(self) -> float:
        """What the gripper was told last, before injection, 0 open .. 1 closed."""
        return self._told_closure

    def resume_here(self) -> None:
        """Take the commanded hand, which an injection may have led astray, for what the policy meant."""
        self._told = self.scene.hand().target

    def announce(self, intent: Intent) -> None:
        """Hear from a policy what it is doing."""
        self.intent = intent

    def achieved(self, subtask: Subtask) -> bool:
        """Whether the effect of a subtask is true now."""
        return holds(self.scene, subtask)

    def stage(self) -> Stage:
        """Return what the arm is doing: what the policy announced, else what physics suggests."""
        if self.intent is not None:
            return self.intent.stage
        if self._stage is None:
            self._stage = self._observed_stage()
        return self._stage

    @property
    def current_subtask(self) -> int:
        """Index of the first subtask of the plan that is not done yet; the last one when all are."""
        last = len(self.plan.subtasks) - 1
        return self._pointer if self._pointer < last else max(0, last)

    def snapshot(self) -> tuple[Any, ...]:
        """Return everything that decides the future of this episode."""
        return (
            self._save(),
            self.ticks,
            self.intent,
            self._told,
            self._told_closure,
            self._pointer,
            self.plan,
            self.last_observation,
        )

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Continue from a snapshot, bit for bit."""
        self._load(snapshot[0])
        self._stage = None
        self.ticks, self.intent, self._told, self._told_closure, self._pointer, self.plan, self.last_observation = (
            snapshot[1:]
        )
        self._events = []

    def idle(self, steps: int) -> None:
        """Let physics run while the hand keeps its commanded pose."""
        told = np.zeros(self.action_layout.size)
        if not self.action_layout.delta:
            told[:-1] = np.concatenate(self._told)
        told[-1] = self._told_closure
        for _ in range(steps):
            self._tick(told)

    def new_events(self) -> Sequence[Event]:
        """Return what happened in the last control step."""
        return self._tick_events

    # -- inside
    # -----------------------------------------------------------------------------------------------------------

    def _tick(self, told: Array) -> None:
        self._told_closure = self.action_layout.closure(told)
        executed = told if self.command_filter is None else self.command_filter(told)
        self._tick_events = self._execute(executed)
        self._stage = None
        if self._tick_events:
            self._events.extend(self._tick_events)
        self.ticks += 1
        if self.recorder is not None:
            self.recorder.tick(self, told, executed)

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
        hand = self.scene.hand()
        turn = rotation_between(hand.pose.quat_wxyz, hand.target.quat_wxyz)
        return apart(hand.pose.position, hand.target.position) < ARRIVED and float(np.abs(turn).max()) < ALIGNED

    def _hand_position(self) -> Array:
        return self.scene.hand().pose.position

    def _info(self, checks: dict[str, bool]) -> dict[str, Any]:
        return {
            "instruction": self.plan.instruction,
            "plan": self.plan.text,
            "variation": self._variation_text,
            "action_layout": self.action_layout.kind,
            "success": checks["success"],
            "is_success": checks["success"],
            "subtask": self.current_subtask,
            "stage": str(self.stage()),
            "events": tuple(self._events),
            "injections": (),
        }

    def _advance_pointer(self) -> None:
        subtasks, scene = self.plan.subtasks, self.scene
        while (
            self._pointer < len(subtasks)
            and self._named(subtasks[self._pointer])
            and holds(scene, subtasks[self._pointer])
        ):
            self._events.append(
                Event(self.ticks, EventKind.SUBTASK_DONE, subtasks[self._pointer].text, "", self._pointer)
            )
            self._pointer += 1
        # A thing that must be in the hand and is not has to be grasped again.
        if 0 < self._pointer < len(subtasks):
            current, before = subtasks[self._pointer], subtasks[self._pointer - 1]
            if needs_hold(current) and before.verb == "grasp" and scene.holding != current.object:
                self._pointer -= 1

    def _named(self, subtask: Subtask) -> bool:
        return self._facts.thing(subtask.object) is not None

    def _progress(self, success: bool) -> float:
        subtasks = self.plan.subtasks
        if success or not subtasks:
            return 1.0
        index = self.current_subtask
        return (index + progress(self.scene, subtasks[index])) / len(subtasks)

    def _observed_stage(self) -> Stage:
        subtasks = self.plan.subtasks
        if not subtasks:
            return Stage.RETREAT
        subtask = subtasks[self.current_subtask]
        if self.scene.holding is not None:
            return Stage.TRANSPORT if subtask.verb in ("place", "open", "close") else Stage.LIFT
        if self._told_closure > 0.5:
            return Stage.GRASP
        if not self._named(subtask) or subtask.verb in ("open", "close"):
            return Stage.APPROACH
        near = apart(self._hand_position(), self.scene.position(subtask.object)) < 0.06
        return Stage.PRE_GRASP if near else Stage.APPROACH


def apart(a: Array, b: Array) -> float:
    """Return the largest difference of two points along an axis, m."""
    return float(max(abs(entry) for entry in (a - b).tolist()))


def chosen(argument: str, given: Any, possible: Sequence[Any]) -> Any:
    """Return `given` if it is one of the possible values.

    Raises:
        ConfigurationError: it is not; the message lists what is.
    """
    if given not in possible:
        raise ConfigurationError(argument, given, ", ".join(str(value) for value in possible))
    return given


def checked_size(image_size: Sequence[int]) -> tuple[int, int]:
    """Return width and height, px.

    Raises:
        ConfigurationError: not two numbers, or larger than 1280 x 960.
    """
    try:
        width, height = (int(value) for value in image_size)
    except (TypeError, ValueError):
        raise ConfigurationError("image_size", image_size, "width and height in px, such as (256, 256)") from None
    if not (0 < width <= 1280 and 0 < height <= 960):
        raise ConfigurationError("image_size", (width, height), "width 1..1280 and height 1..960 px")
    return width, height
