"""What every simulated environment of FailGym is: one task, one scene, one clock of 20 control steps per second."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from failgym.agents import Policy, WaypointExpert
from failgym.agents.policy import DWELL_STEPS, SPEED, TURN
from failgym.envs.survey import survey
from failgym.episodes import CONTROL_HZ, ActionLayout, Event, EventKind, Frame, Intent, Recorder
from failgym.errors import ConfigurationError
from failgym.labels import Stage
from failgym.plans import Plan, Subtask
from failgym.rotations import normalised, rotation_between
from failgym.scene import Hand, Pose, Scene, SceneFacts, toward
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
    replay: ClassVar[str] = "bit"
    """What comes back when an episode is executed again: every `bit`, or its `outcome` only."""
    dwell_steps: ClassVar[int] = DWELL_STEPS
    """Control steps that the gripper is given to open or close."""

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
        self._grippers = [layout.of(arm).gripper for arm in layout.arms or (None,)]
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
        self._told = self._commanded()
        self._told_closures = (0.0,) * len(self._told)
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
        reward = self.dense_reward(success) if self._dense else float(success)
        return self.last_observation, reward, success, False, self._info(checks)

    def look(self) -> Any:
        """Observe again, after something was changed that no step did."""
        self.last_observation = self._observe()
        return self.last_observation

    # -- what FailGym adds
    # ----------------------------------------------------------------------------------------------

    @property
    def versions(self) -> dict[str, str]:
        """Of what a backend adds to what a replay depends on."""
        return {}

    def expert(self) -> Policy:
        """Return a policy, not begun yet, that does the subtasks of this environment's plans."""
        return WaypointExpert()

    @property
    def extras(self) -> frozenset[str]:
        """What the scene is furnished with; nothing, where a backend has nothing to furnish it with."""
        return frozenset()

    def furnish(self, extras: Collection[str]) -> None:
        """Furnish the scene with exactly these, as far as the backend has them, from the next reset on.

        Snapshots that were taken before belong to the scene as it was.
        """

    def facts(self) -> SceneFacts:
        """What a draw may use; asked for after reset, before anything moves."""
        if len(self._facts.ways) != len(self._facts.plan.subtasks):
            # Looking ahead moves things to where they will be; what comes last needs no place to be seen from.
            now = self._save() if any(step.target for step in self._facts.plan.subtasks[:-1]) else None
            self._facts = survey(self.scene, self._facts)
            if now is not None:
                self._load(now)
                self.release((now,))
        return self._facts

    @property
    def commanded_closure(self) -> float:
        """What the acting gripper was told last, before injection, 0 open .. 1 closed."""
        return self._told_closures[self._index(self.acting_arm)]

    @property
    def commanded_closures(self) -> tuple[float, ...]:
        """What each gripper was told last, before injection, 0 open .. 1 closed."""
        return self._told_closures

    @property
    def acting_arm(self) -> str | None:
        """Arm of the present subtask: as the policy announced, else as the plan says; None for a single arm."""
        if not self.action_layout.arms:
            return None
        if self.intent is not None:
            return self.intent.arm
        return self.plan.subtasks[self.current_subtask].arm if self.plan.subtasks else None

    def still(self) -> Array:
        """Return the action that keeps every hand as it is commanded."""
        layout = self.action_layout
        action = np.zeros(layout.size)
        for arm, told, closure in zip(layout.arms or (None,), self._told, self._told_closures, strict=True):
            part = action[layout.part(arm)]
            if not layout.delta:
                part[:-1] = np.concatenate(told)
            part[-1] = closure
        return action

    def resume_here(self) -> None:
        """Take the commanded hand, which an injection may have led astray, for what the policy meant."""
        self._told = self._commanded()

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

    def dense_reward(self, success: bool | None = None) -> float:
        """Return the share of the plan that is done, 0..1; `success` saves asking the task."""
        subtasks = self.plan.subtasks
        if success is None:
            success = self.evaluate()["success"]
        if success or not subtasks:
            return float(success)
        index = self.current_subtask
        return (index + progress(self.scene, subtasks[index])) / len(subtasks)

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
            self._told_closures,
            self._pointer,
            self.plan,
            self.last_observation,
        )

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Continue from a snapshot, bit for bit."""
        self._load(snapshot[0])
        self._stage = None
        self.ticks, self.intent, self._told, self._told_closures, self._pointer, self.plan, self.last_observation = (
            snapshot[1:]
        )
        self._events = []

    def keeps(self, snapshot: tuple[Any, ...]) -> bool:
        """Whether an episode is better gone back to than begun anew from its seed, and still can be."""
        return False

    def idle(self, steps: int) -> None:
        """Let physics run while the hand keeps its commanded pose."""
        self.idle_with(self.still(), steps)

    def idle_with(self, command: Array, steps: int) -> None:
        """Let physics run for some control steps with the same command."""
        for _ in range(steps):
            self._tick(command)

    def new_events(self) -> Sequence[Event]:
        """Return what happened in the last control step."""
        return self._tick_events

    # -- inside
    # -----------------------------------------------------------------------------------------------------------

    def _tick(self, told: Array) -> None:
        layout = self.action_layout
        self._told_closures = tuple(layout.of(arm).closure(told) for arm in layout.arms or (None,))
        executed = told if self.command_filter is None else self.command_filter(told)
        self._tick_events = self._execute(executed)
        self._stage = None
        if self._tick_events:
            self._events.extend(self._tick_events)
        self.ticks += 1
        if self.recorder is not None:
            self.recorder.tick(self, told, executed)

    def _keypose(self, action: Array) -> None:
        parts = [action[self.action_layout.part(arm)] for arm in self.action_layout.arms or (None,)]
        goals = [Pose(part[:3], normalised(part[3:7])) for part in parts]
        waited = 0
        for _ in range(MAX_MOTION_STEPS):
            if all(told is goal for told, goal in zip(self._told, goals, strict=True)):
                if waited == SETTLE_STEPS or self._settled():
                    break
                waited += 1
            else:
                moves = zip(self._told, goals, strict=True)
                self._told = tuple(toward(told, goal, SPEED, TURN) for told, goal in moves)
            self._tick(self.still())
        if any(part[-1] != closure for part, closure in zip(parts, self._told_closures, strict=True)):
            command = self.still()
            command[self._grippers] = action[self._grippers]
            for _ in range(self.dwell_steps):
                self._tick(command)

    def _scenes(self) -> list[Scene]:
        """The scene as each arm sees it."""
        return [self.scene.of(arm) for arm in self.action_layout.arms or (None,)]

    def _commanded(self) -> tuple[Pose, ...]:
        return tuple(scene.hand().target for scene in self._scenes())

    def _index(self, arm: str | None) -> int:
        return self.action_layout.arms.index(arm) if arm in self.action_layout.arms else 0

    def _settled(self) -> bool:
        return all(_still(scene.hand()) for scene in self._scenes())

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
            if (
                needs_hold(current)
                and before.verb == "grasp"
                and before.object == current.object
                and scene.of(before.arm).holding != current.object
            ):
                self._pointer -= 1

    def _named(self, subtask: Subtask) -> bool:
        return self._facts.thing(subtask.object) is not None

    def _observed_stage(self) -> Stage:
        subtasks = self.plan.subtasks
        if not subtasks:
            return Stage.RETREAT
        subtask = subtasks[self.current_subtask]
        if self.scene.of(subtask.arm).holding is not None:
            return Stage.LIFT if subtask.verb in ("grasp", "lift") else Stage.TRANSPORT
        if self.commanded_closure > 0.5:
            return Stage.GRASP
        if not self._named(subtask) or subtask.verb != "grasp":
            return Stage.APPROACH
        near = apart(self._hand_position(), self.scene.position(subtask.object)) < 0.06
        return Stage.PRE_GRASP if near else Stage.APPROACH


def _still(hand: Hand) -> bool:
    turn = rotation_between(hand.pose.quat_wxyz, hand.target.quat_wxyz)
    return apart(hand.pose.position, hand.target.position) < ARRIVED and float(np.abs(turn).max()) < ALIGNED


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
