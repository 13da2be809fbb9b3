"""What an action perturbation may know about the moment in which it acts."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from failgym.episodes.action_layout import Action, ActionLayout
from failgym.labels import Stage


class Intent(NamedTuple):
    """What a policy says that it is doing; policies that say nothing are placed by physics instead."""

    subtask: int
    """Index in the plan."""
    attempt: int
    """0 for the first try."""
    stage: Stage
    arm: str | None = None
    """Arm of a pair that does it."""


_NOTHING: Mapping[int, int] = MappingProxyType({})


class StepContext(NamedTuple):
    """The clock of one control step (20 per second)."""

    layout: ActionLayout
    """Of the arm that does, or did, the subtask that is hit."""
    step: int
    subtask: int
    attempt: int
    stage: Stage
    stage_steps: int
    """Control steps since this stage began; 0 in its first step."""
    since_close: int | None = None
    """Control steps since the policy began to command a closed gripper; None while it commands open."""
    closing: tuple[int, int] | None = None
    """Subtask and attempt in which it began to; None while it commands open."""
    began: Mapping[int, int] = _NOTHING
    """Step at which the hand first set out for each subtask; letting go of something else before does not count."""

    ended: Mapping[int, int] = _NOTHING
    """First step after the first attempt at each subtask."""
    told: Sequence[Action] = ()
    """What the policy said in the last control steps, the newest last, before injection."""
    executed: Action | None = None
    """What was executed in the last control step; None in the first one."""
    opening: tuple[int, int] | None = None
    """Subtask and attempt in which the policy began to command open again; None while it commands closed, and before.
    """
    seen: Sequence[tuple[int, Any]] = ()
    """Earlier observations as they would have been without perturbation, each with its step, the newest last; for
    observation perturbations that look back."""

    def ramp(self, subtask: int, steps: int) -> tuple[float, float]:
        """Return a window's profile at this step and at the one before.

        The profile rises from 0 to 1 over `steps` control steps when the subtask is first attempted, and falls back
        after that attempt.
        """
        return self._profile(subtask, steps, self.step), self._profile(subtask, steps, self.step - 1)

    def _profile(self, subtask: int, steps: int, at: int) -> float:
        start, end = self.began.get(subtask), self.ended.get(subtask)
        if start is None or at < start:
            return 0.0
        if end is None or at < end:
            return min(1.0, (at - start + 1) / steps)
        return max(0.0, min(1.0, (end - start) / steps) - (at - end + 1) / steps)
