"""What was recorded: one run, three runs, and the proof that binds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from failgym.episodes.events import Event, EventKind
from failgym.episodes.injection import Injection
from failgym.errors import UnknownNameError
from failgym.labels import FailureMode, Stage, Verdict
from failgym.plans import Plan, Subtask

CONTROL_HZ = 20
"""Control steps per second, in every environment of FailGym's own."""


class Point(NamedTuple):
    """Where one thing is seen in a frame."""

    u: float
    """px from the left."""
    v: float
    """px from the top."""
    depth: float
    """m along the optical axis; negative = behind the camera."""
    visible: float
    """Fraction of sample points of the thing that nothing hides and that lie inside the image, 0..1."""


@dataclass(frozen=True)
class Frame:
    """One recorded picture with its camera and the privileged points in it."""

    step: int
    camera: str
    image: bytes
    """JPEG or PNG."""
    size: tuple[int, int]
    """Width and height, px."""
    intrinsics: NDArray[np.float64]
    """(3, 3) px."""
    world_from_camera: NDArray[np.float64]
    """(4, 4), OpenCV convention: x right, y down, z forward."""
    points: Mapping[str, Point] = field(default_factory=dict)
    """`target`, `goal` (of the subtask at that step; absent where it has none) and `gripper`."""


@dataclass(frozen=True)
class Span:
    """One execution of one subtask."""

    index: int
    """Index in the plan."""
    attempt: int
    subtask: Subtask
    start: int
    """First control step."""
    end: int
    """One past the last control step."""
    achieved: bool
    """Whether the subtask's own predicate held at its end."""
    stages: tuple[tuple[Stage, int], ...] = ()
    """Stages in order, with the first step of each."""

    def first(self, *stages: Stage) -> int | None:
        """Return the first step of the first of these stages, or None."""
        return next((step for stage, step in self.stages if stage in stages), None)

    def stage_at(self, step: int) -> Stage:
        """Return the stage at a step."""
        return next((stage for stage, start in reversed(self.stages) if start <= step), Stage.APPROACH)


@dataclass(frozen=True)
class Outcome:
    """Ground truth, measured by the task's predicate."""

    success: bool
    checks: Mapping[str, bool] = field(default_factory=dict)
    """Every named boolean of the task's `evaluate`."""
    failure: FailureMode | None = None
    """Why, once a signature confirmed it."""
    onset: int | None = None
    """First control step at which physics shows the failure."""
    stage: Stage | None = None


@dataclass(frozen=True)
class Judged:
    """One verdict in its place, with the truth that the verifier did not see."""

    evidence_id: str
    kind: str
    """`plan`, `subtask` or `episode`."""
    verdict: Verdict
    truth: bool | None
    """Whether it really was a success; None where nobody measured it."""
    step: int


@dataclass
class Episode:
    """One run, simulated or real."""

    uid: str
    env_id: str
    env_kwargs: dict[str, Any]
    seed: int
    instruction: str
    plan: Plan
    """The plan that was executed."""
    outcome: Outcome
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    """`state` (T, D) after each control step, `action_told` and `action` (T, A) before and after injection; float64."""
    state_names: tuple[str, ...] = ()
    """Names of the columns of `state`."""
    events: tuple[Event, ...] = ()
    spans: tuple[Span, ...] = ()
    frames: tuple[Frame, ...] = ()
    injections: tuple[Injection, ...] = ()
    verdicts: tuple[Judged, ...] = ()
    interventions: int = 0
    """How often recovery acted."""
    effects: dict[str, bool] = field(default_factory=dict)
    """Whether the effect of each subtask of the nominal plan (by its text) is true at the end, measured."""
    digest: str = ""
    """BLAKE2b of the sequence of simulator states, hex."""
    variation: dict[str, Any] = field(default_factory=dict)
    source: str = "sim"
    visible: tuple[str, ...] = ()
    """Names of the things in view; empty where nobody listed them."""

    @property
    def steps(self) -> int:
        """Number of control steps."""
        return len(self.arrays["state"]) if "state" in self.arrays else 0

    def column(self, name: str, arm: str | None = None) -> NDArray[np.float64]:
        """Return one named column of `state`, (T,); of a pair, that arm's, the left one's by default.

        Raises:
            UnknownNameError: no column of that name.
        """
        column: NDArray[np.float64] = self.arrays["state"][:, self._index(name, arm)]
        return column

    def columns(self, *names: str, arm: str | None = None) -> NDArray[np.float64]:
        """Return several named columns of `state`, (T, n); arm and errors as in `column`."""
        chosen: NDArray[np.float64] = self.arrays["state"][:, [self._index(name, arm) for name in names]]
        return chosen

    def span(self, index: int, attempt: int = 0) -> Span | None:
        """Return the execution of a subtask, or None if it never began."""
        return next((span for span in self.spans if span.index == index and span.attempt == attempt), None)

    def happened(
        self, kind: EventKind, subject: str | None = None, start: int = 0, end: int | None = None
    ) -> tuple[Event, ...]:
        """Return the events of a kind (and subject) in the half-open range of steps."""
        last = self.steps if end is None else end
        return tuple(
            event
            for event in self.events
            if event.kind == kind and start <= event.step < last and (subject is None or event.subject == subject)
        )

    def _index(self, name: str, arm: str | None = None) -> int:
        ours = f"{arm if arm == 'right' else 'left'}_{name}"
        if name not in self.state_names and ours in self.state_names:
            name = ours
        if name not in self.state_names:
            raise UnknownNameError("state column", name, self.state_names)
        return self.state_names.index(name)
