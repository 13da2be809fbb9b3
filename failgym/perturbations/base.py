"""The life-cycle that every perturbation shares, and what each seat adds to it."""

import dataclasses
import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

import numpy as np

from failgym.episodes import Episode, Injection, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.plans import Plan
from failgym.registry import Registry
from failgym.scene import Scene, SceneFacts

RAMP_STEPS = 5
"""Control steps over which an offset grows and fades: what a real hand can follow."""
Params = dict[str, Any]
Range = tuple[float, float] | float
"""Lowest and highest value of a uniform draw, or one fixed value."""


class Seat(StrEnum):
    """Where a perturbation acts, in the order of the data flow."""

    PLAN = "plan"
    SCENE = "scene"
    ACTION = "action"
    OBSERVATION = "observation"
    RECORD = "record"


class Signature(NamedTuple):
    """Whether an episode really failed in the labelled way, from recorded physics events."""

    matches: bool
    reason: str
    """What was seen, in words."""
    onset: int | None = None
    """First control step at which physics shows the failure."""
    stage: Stage | None = None


@dataclass(frozen=True)
class Perturbation(ABC):
    """One way to make an episode fail: draws once, acts as a pure function of what was drawn, knows its own fix."""

    name: ClassVar[str]
    """Registered name."""
    seat: ClassVar[Seat]
    failure: ClassVar[FailureMode]
    severity_zero: ClassVar[Mapping[str, Any] | None] = None
    """Parameters that make it the identity, where there are any."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the parameters of one episode; JSON.

        Raises:
            NotApplicableError: this episode gives it nothing to act on.
        """

    @abstractmethod
    def fix(self, params: Params) -> Fix:
        """Return the directive that undoes it."""

    @abstractmethod
    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Read from the recorded events whether a failed episode failed this way."""

    def anchor(self, params: Params) -> Stage | None:
        """Stage of the hit subtask at whose beginning the fix takes over; None: where the subtask begins."""
        return None

    def resolve(self, rng: np.random.Generator) -> Sequence["Perturbation"]:
        """Return what acts in one episode: itself; compositions choose."""
        return (self,)

    def spec(self) -> dict[str, Any]:
        """Return its JSON form: `{"name": ..., field: value, ...}`."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {"name": self.name} | {key: list(v) if isinstance(v, tuple) else v for key, v in fields.items()}

    def __post_init__(self) -> None:
        """Check ranges: finite numbers, lowest first; JSON lists become tuples.

        Raises:
            ConfigurationError: a range that is none.
        """
        for field in dataclasses.fields(self):
            if field.type not in (Range, "Range"):
                continue
            value = getattr(self, field.name)
            ends = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
            if len(ends) != 2 or not all(_is_number(end) for end in ends) or ends[0] > ends[1]:
                raise ConfigurationError(f"{self.name}.{field.name}", value, "one number, or two with the lowest first")
            if isinstance(value, list):
                object.__setattr__(self, field.name, ends)


class PlanPerturbation(Perturbation):
    """Acts in `reset`, before the plan is handed out."""

    seat = Seat.PLAN

    @abstractmethod
    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Return the altered plan; the same object where nothing changes."""

    def fix(self, params: Params) -> Fix:
        """Return to the plan as it was."""
        return Fix.replan(params["plan"], subtask=params["subtask"])


class ScenePerturbation(Perturbation):
    """Acts on the simulator, in `reset` or while the arm moves."""

    seat = Seat.SCENE

    @abstractmethod
    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Change the scene before a control step; return whether anything was changed."""


class ActionPerturbation(Perturbation):
    """Acts on what the robot is told, each control step."""

    seat = Seat.ACTION
    hits: ClassVar[tuple[str, ...]] = ("grasp",)
    """Verbs of the subtasks that it can hit."""
    steers: ClassVar[str | None] = None
    """`position` or `rotation`, where it needs actions that have one; None where the gripper is all it alters."""

    @abstractmethod
    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Return the altered action; the same object where nothing changes."""

    def choose_subtask(self, rng: np.random.Generator, facts: SceneFacts) -> int:
        """Draw the index of the subtask to hit.

        Raises:
            NotApplicableError: the plan has no subtask of the right kind.
        """
        indices = [index for index, subtask in enumerate(facts.plan.subtasks) if subtask.verb in self.hits]
        if not indices:
            raise NotApplicableError(self.name, f"the plan has no subtask with {' or '.join(self.hits)}")
        return int(indices[int(rng.integers(len(indices)))])


class ObservationPerturbation(Perturbation):
    """Acts on what the policy sees, after `reset` and `step`."""

    seat = Seat.OBSERVATION

    @abstractmethod
    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Return the altered observation; the same object where nothing changes."""


class RecordPerturbation(Perturbation):
    """Acts offline, on a recorded episode."""

    seat = Seat.RECORD

    @abstractmethod
    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Return the altered episode; the same object where nothing changes."""


PERTURBATIONS: Registry[type[Perturbation]] = Registry("perturbation", "failgym.perturbations")
"""Every perturbation by name."""


def build(spec: str | Mapping[str, Any] | Perturbation) -> Perturbation:
    """Return a perturbation from its name, its JSON form, or itself.

    Raises:
        UnknownNameError: no perturbation of that name.
        ConfigurationError: wrong fields or ranges.
    """
    built = PERTURBATIONS.build(spec)
    if not isinstance(built, Perturbation):
        raise ConfigurationError("perturbations", spec, "names, mappings with `name`, or Perturbation instances")
    return built


def stream(seed: int, name: str, occurrence: int = 0) -> np.random.Generator:
    """Return the random stream of one perturbation in one episode: no other draw ever shifts it."""
    digest = hashlib.blake2b(f"{seed}/{name}/{occurrence}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


def draw(rng: np.random.Generator, value: Range) -> float:
    """Draw from a range; a single number is itself."""
    if isinstance(value, (int, float)):
        return float(value)
    return float(rng.uniform(value[0], value[1]))


def draw_steps(rng: np.random.Generator, value: Range) -> int:
    """Draw a number of control steps, both ends included."""
    if isinstance(value, (int, float)):
        return int(value)
    return int(rng.integers(int(value[0]), int(value[1]) + 1))


def inject(perturbation: Perturbation, params: Params) -> Injection:
    """Return the receipt of a draw."""
    return Injection(
        perturbation.name,
        str(perturbation.seat),
        perturbation.failure,
        params,
        params.get("subtask"),
        perturbation.spec(),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
