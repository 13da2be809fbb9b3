"""The single writer of episodes."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

import numpy as np

from failgym.episodes.action_layout import Action
from failgym.episodes.episode import Episode, Frame, Outcome, Span
from failgym.episodes.events import Event, EventKind
from failgym.episodes.injection import Injection
from failgym.labels import Stage
from failgym.plans import Plan, Subtask


class Recordable(Protocol):
    """What the recorder reads after each control step."""

    state_names: tuple[str, ...]

    def state_row(self) -> Any:
        """Return the state, (D,) float64, a fresh array."""
        ...

    def state_bytes(self) -> bytes:
        """Return the bytes of the simulator's state, for the digest."""
        ...

    def new_events(self) -> Sequence[Event]:
        """Return what happened in the last control step."""
        ...

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one frame per camera, now."""
        ...


class Recorder:
    """Collects one run; `fork` continues a copy from an earlier step."""

    def __init__(self, every_steps: int | None = None, boundaries: bool = True) -> None:
        """Record frames at subtask boundaries and, if given, every so many control steps."""
        self.every_steps = every_steps
        self.boundaries = boundaries
        self.rows: list[Any] = []
        self.told: list[Action] = []
        self.executed: list[Action] = []
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self.spans: list[Span] = []
        self._digest = hashlib.blake2b(digest_size=16)
        self._open: tuple[int, int, Subtask, int] | None = None
        self._stages: list[tuple[Stage, int]] = []

    @property
    def step(self) -> int:
        """Number of control steps recorded."""
        return len(self.rows)

    def tick(self, source: Recordable, told: Action, executed: Action) -> None:
        """Take in one control step."""
        self.rows.append(source.state_row())
        self.told.append(told)
        self.executed.append(executed)
        self.events.extend(source.new_events())
        self._digest.update(source.state_bytes())
        if self.every_steps and self.step % self.every_steps == 0:
            self.frames.extend(source.frames(self._open[2] if self._open else None))

    def stage(self, stage: Stage) -> None:
        """Note that the policy entered a stage."""
        if not self._stages or self._stages[-1][0] is not stage:
            self._stages.append((stage, self.step))

    def begin(self, source: Recordable, index: int, attempt: int, subtask: Subtask) -> None:
        """Open the span of a subtask."""
        self._open = (index, attempt, subtask, self.step)
        self._stages = []
        self._boundary(source, subtask)

    def end(self, source: Recordable, achieved: bool) -> Span:
        """Close the span of the running subtask."""
        assert self._open is not None, "no subtask is running"
        index, attempt, subtask, start = self._open
        span = Span(index, attempt, subtask, start, self.step, achieved, tuple(self._stages))
        self.spans.append(span)
        if achieved:
            self.events.append(Event(self.step, EventKind.SUBTASK_DONE, subtask.text, "", index))
        self._open = None
        self._boundary(source, subtask)
        return span

    def fork(self) -> Self:
        """Return an independent recorder that holds what was recorded so far."""
        twin = type(self)(self.every_steps, self.boundaries)
        for name in ("rows", "told", "executed", "events", "frames", "spans", "_stages"):
            setattr(twin, name, list(getattr(self, name)))
        twin._digest = self._digest.copy()
        twin._open = self._open
        return twin

    def finish(self, base: Episode, outcome: Outcome, injections: Sequence[Injection] = ()) -> Episode:
        """Return `base` filled with what was recorded."""
        return replace(
            base,
            outcome=outcome,
            injections=tuple(injections),
            arrays={
                "state": np.array(self.rows, dtype=np.float64),
                "action_told": np.array(self.told, dtype=np.float64),
                "action": np.array(self.executed, dtype=np.float64),
            },
            events=tuple(self.events),
            spans=tuple(self.spans),
            frames=tuple(self.frames),
            digest=self._digest.hexdigest(),
        )

    def _boundary(self, source: Recordable, subtask: Subtask) -> None:
        if self.boundaries and not (self.frames and self.frames[-1].step == self.step):
            self.frames.extend(source.frames(subtask))


def blank(env_id: str, kwargs: dict[str, Any], seed: int, plan: Plan, state_names: tuple[str, ...]) -> Episode:
    """Return an episode with nothing in it yet."""
    return Episode(
        uid=f"{env_id}/{seed}",
        env_id=env_id,
        env_kwargs=kwargs,
        seed=seed,
        instruction=plan.instruction,
        plan=plan,
        outcome=Outcome(False),
        state_names=state_names,
    )
