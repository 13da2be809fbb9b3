"""What acts: the Policy protocol, and how one subtask is run with it."""

import copy
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Intent, Recorder, Span
from failgym.errors import PlanError
from failgym.labels import Stage
from failgym.plans import Subtask

SPEED = 0.03
"""Motion of the commanded hand in one control step, m (0.6 m/s)."""
TURN = 0.18
"""Rotation of the commanded hand in one control step, rad."""
DWELL_STEPS = 8
"""Control steps that the gripper is given to open or close (0.4 s)."""


@runtime_checkable
class Policy(Protocol):
    """Anything that turns observations into actions, one subtask at a time."""

    @property
    def stage(self) -> Stage | None:
        """What the last action belongs to; None leaves it to physics to say."""
        ...

    def reset(self, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Begin a subtask; privileged policies look into `env`, others do not."""
        ...

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the next action, or None when the policy considers the subtask done."""
        ...


Watcher = Callable[[Policy, Stage | None], None]
"""Called before each action with a copy of the policy as it was before it chose the action, and the action's stage."""


def run_subtask(
    env: gym.Env[Any, Any],
    policy: Policy,
    recorder: Recorder,
    place: tuple[int, int, Subtask],
    watch: Watcher | None = None,
    max_actions: int = 400,
) -> tuple[Span, bool]:
    """Begin a subtask and run the policy until it is done; `place` is (index in the plan, attempt, subtask).

    What the policy refuses, because it cannot be done, stays undone: its span is not achieved.
    """
    base: Any = env.unwrapped
    recorder.begin(base, *place)
    try:
        policy.reset(env, place[2])
    except PlanError:
        return recorder.end(base, achieved=False), False
    return continue_subtask(env, policy, recorder, place, watch, max_actions)


def continue_subtask(
    env: gym.Env[Any, Any],
    policy: Policy,
    recorder: Recorder,
    place: tuple[int, int, Subtask],
    watch: Watcher | None = None,
    max_actions: int = 400,
) -> tuple[Span, bool]:
    """Run the policy to the end of a subtask that has begun; return the span and whether the episode was cut."""
    base: Any = env.unwrapped
    announce = env.get_wrapper_attr("announce")
    index, attempt, subtask = place
    observation = base.last_observation
    truncated = False
    for _ in range(max_actions):
        before = copy.copy(policy) if watch else policy
        try:
            action = policy.act(observation)
        except PlanError:
            return recorder.end(base, achieved=False), False
        if action is None:
            break
        if watch:
            watch(before, policy.stage)
        if policy.stage is not None:
            announce(Intent(index, attempt, policy.stage, subtask.arm))
            recorder.stage(policy.stage)
        observation, _, _, truncated, _ = env.step(action)
        if truncated:
            break
    return recorder.end(base, bool(base.achieved(subtask))), truncated
