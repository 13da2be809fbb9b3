"""A policy that repeats recorded actions, open loop."""

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.episodes import ActionLayout, Episode
from failgym.errors import ConfigurationError
from failgym.labels import Stage
from failgym.plans import Subtask


class ReplayPolicy:
    """Repeats what a policy was told in a recorded episode, subtask by subtask."""

    def __init__(self, episode: Episode, first: int = 0) -> None:
        """Repeat `episode` from the subtask with index `first` on."""
        self._episode = episode
        self._index = first - 1
        self._rows: tuple[NDArray[np.float64], ...] = ()
        self._stages: tuple[Stage | None, ...] = ()
        self._next = 0

    @property
    def stage(self) -> Stage | None:
        """Stage that the last action belonged to."""
        return self._stages[self._next - 1] if self._next else None

    def reset(self, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Go on with the next recorded subtask, whatever the scene looks like."""
        base: Any = env.unwrapped
        self._layout: ActionLayout = base.action_layout
        self._index += 1
        span = self._episode.span(self._index)
        if span is None or span.subtask != subtask:
            recorded = span.subtask.text if span else "nothing"
            raise ConfigurationError("subtask", subtask.text, f"the recorded one at index {self._index}: {recorded}")
        self._rows = tuple(self._episode.arrays["action_told"][span.start : span.end])
        self._stages = tuple(span.stage_at(step) for step in range(span.start, span.end))
        self._next = 0

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the next recorded action."""
        if self._next == len(self._rows):
            return None
        self._next += 1
        return self._rows[self._next - 1].copy()
