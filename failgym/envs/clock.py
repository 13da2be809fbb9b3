"""When it is, for what acts in a control step."""

from typing import Any

from failgym.episodes import StepContext
from failgym.labels import Stage


class Clock:
    """Turns what policy and physics say into the context of a control step."""

    def __init__(self) -> None:
        """Start before the first step."""
        self.began: dict[int, int] = {}
        self.ended: dict[int, int] = {}
        self._place: tuple[int, int] = (-1, 0)
        self._stage: Stage | None = None
        self._stage_start = 0
        self._closing: dict[int, tuple[tuple[int, int], int]] = {}
        self._opening: dict[int, tuple[int, int]] = {}
        self._tries: dict[int, int] = {}
        self._last: tuple[int, bool] = (-1, False)

    def attempt(self, subtask: int, closure: float) -> int:
        """Return how often a subtask was begun anew: come back to, or the gripper opened again within it."""
        last, closed = self._last
        again = subtask != last or (closed and closure <= 0.5)
        if again:
            self._tries[subtask] = self._tries.get(subtask, -1) + 1
        self._last = (subtask, closure > 0.5 or (closed and not again))
        return self._tries[subtask]

    def context(
        self, layout: Any, step: int, place: tuple[int, int], stage: Stage, *closures: float, arm: int = 0
    ) -> StepContext:
        """Return the context of this step for one arm; asking again in the same step, for another one, is allowed.

        `place` is (subtask, attempt), `closures` what the policy commands each gripper.
        """
        if place != self._place:
            if self._place[1] == 0:
                self.ended.setdefault(self._place[0], step)
            self._place = place
            self._stage = None
        if stage is not Stage.RETREAT:
            self.began.setdefault(place[0], step)
        if stage is not self._stage:
            self._stage, self._stage_start = stage, step
        for index, closure in enumerate(closures):
            if closure <= 0.5 and index in self._closing:
                del self._closing[index]
                self._opening[index] = place
            elif closure > 0.5 and index not in self._closing:
                self._closing[index] = place, step
                self._opening.pop(index, None)
        closing, start = self._closing.get(arm, (None, step))
        since = None if closing is None else step - start
        return StepContext(
            layout,
            step,
            *place,
            stage,
            step - self._stage_start,
            since,
            closing,
            self.began,
            self.ended,
            opening=self._opening.get(arm),
        )

    def state(self) -> tuple[Any, ...]:
        """Return what a snapshot must hold."""
        counts = dict(self.began), dict(self.ended), dict(self._tries), dict(self._closing), dict(self._opening)
        return *counts, self._place, self._stage, self._stage_start, self._last

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""
        *counts, self._place, self._stage, self._stage_start, self._last = state
        self.began, self.ended, self._tries, self._closing, self._opening = (dict(count) for count in counts)
