"""The life-cycle that every perturbation shares, and what each seat adds to it."""

import dataclasses
import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, get_origin

import numpy as np
from gymnasium import spaces

from failgym.episodes import Episode, Injection, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.kinds import Kind, kind
from failgym.plans import Plan
from failgym.registry import Registry
from failgym.scene import Scene, SceneFacts

PIXELS = "pixels/"
"""What the keys of pictures begin with; the name of the camera follows."""
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
    failure: ClassVar[FailureMode | None]
    """None where what it makes is meant to succeed."""
    breaks: ClassVar[bool] = True
    """Whether it is meant to make FailGym's expert fail; if not, it is a condition for policies that see."""
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

    @property
    def furniture(self) -> tuple[str, ...]:
        """What the scene must be furnished with for it: `props`, `somebody`, `patterns`."""
        return ()

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
            if get_origin(field.type) is tuple:
                object.__setattr__(self, field.name, tuple(getattr(self, field.name)))
            if field.type not in (Range, "Range"):
                continue
            value = getattr(self, field.name)
            ends = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
            if len(ends) != 2 or not all(_is_number(end) for end in ends) or ends[0] > ends[1]:
                raise ConfigurationError(f"{self.name}.{field.name}", value, "one number, or two with the lowest first")
            if isinstance(value, list):
                object.__setattr__(self, field.name, ends)


class Condition:
    """Mixed into what is not meant to make the expert, which knows the scene, fail."""

    failure: ClassVar[FailureMode | None] = None
    breaks: ClassVar[bool] = False

    def fix(self, params: Params) -> Fix:
        """Wait until it is over."""
        return Fix.hold(subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """None: whatever fails under a condition fails in a way of its own."""
        return Signature(False, "a condition under which policies work, and no failure")


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
    alters: ClassVar[str] = ""
    """Property that it alters before anything moves (`Scene.alter`); empty where it acts while the arm moves."""

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """Return the names at which it alters that property, each with what is said of it."""
        return ()

    def arrange(self, scene: Scene, params: Params) -> bool:
        """Change the scene before anything moves; return whether anything was changed."""
        changes = self.changes(params)
        for name, values in changes:
            scene.alter(self.alters, name, values)
        return bool(changes)

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Take back what `arrange` did, where that can be taken back while things lie where they lie."""
        for name, _ in self.changes(params):
            scene.alter(self.alters, name, None)

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Change the scene before a control step; return whether anything was changed."""
        return False

    def alterable(self, facts: SceneFacts, what: str = "") -> tuple[str, ...]:
        """Return the names at which this scene lets it alter a property, its own if none is named.

        Raises:
            NotApplicableError: nowhere; some simulators cannot.
        """
        names = facts.alterable.get(what or self.alters, ())
        if not names:
            raise NotApplicableError(self.name, f"no {what or self.alters} can be altered in this simulator or scene")
        return tuple(names)


class ActionPerturbation(Perturbation):
    """Acts on what the robot is told, each control step."""

    seat = Seat.ACTION
    hits: ClassVar[tuple[Kind, ...]] = (Kind.GRASP,)
    """Kinds of the subtasks that it can hit."""
    steers: ClassVar[str | None] = None
    """`position` or `rotation`, where it needs actions that have one; None where the gripper is all it alters."""
    outlasts: ClassVar[bool] = False
    """Whether it goes on for some steps after its subtask to make up for what it changed; what steers does."""

    @abstractmethod
    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Return the altered action; the same object where nothing changes."""

    def choose_subtask(self, rng: np.random.Generator, facts: SceneFacts) -> int:
        """Draw the index of the subtask to hit.

        Raises:
            NotApplicableError: the plan has no subtask of the right kind.
        """
        indices = [index for index, subtask in enumerate(facts.plan.subtasks) if kind(subtask, facts) in self.hits]
        if not indices:
            raise NotApplicableError(self.name, f"the plan has no subtask in which the hand can {_or(self.hits)}")
        obstacles = {index: self.obstacle(index, facts) for index in indices}
        indices = [index for index, obstacle in obstacles.items() if obstacle is None]
        if not indices:
            raise NotApplicableError(self.name, "; ".join(dict.fromkeys(filter(None, obstacles.values()))))
        return int(indices[int(rng.integers(len(indices)))])

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """Return why it would change nothing that matters in a subtask of the right kind; None where it would."""
        return None


class ObservationPerturbation(Condition, Perturbation):
    """Acts on what the policy sees, after `reset` and `step`; the expert, which knows the scene, sees none of it."""

    seat = Seat.OBSERVATION
    needs: ClassVar[str] = ""
    """What it acts on: `pixels`, `state`, or, empty, whatever there is."""
    remembers: ClassVar[int] = 0
    """Number of earlier observations that it looks back on (`StepContext.seen`)."""

    def check(self, space: spaces.Space[Any]) -> None:
        """Refuse observations that have nothing for it.

        Raises:
            ConfigurationError: they have no pictures, not those of its cameras, or no state.
        """
        pictured = [key for key in space if key.startswith(PIXELS)] if isinstance(space, spaces.Dict) else []
        cameras = [key.removeprefix(PIXELS) for key in pictured]
        missing = [camera for camera in getattr(self, "cameras", ()) if camera not in cameras]
        if self.needs == "pixels" and not pictured:
            raise ConfigurationError("obs_mode", "state", f"one with pictures, since {self.name!r} acts on them: rgb")
        if self.needs == "pixels" and missing:
            raise ConfigurationError(f"{self.name}.cameras", missing[0], ", ".join(cameras))
        if self.needs == "state" and pictured and "state" not in getattr(space, "spaces", {}):
            raise ConfigurationError("obs_mode", "rgb", f"one with the state, since {self.name!r} acts on it: state")

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


def _or(kinds: Sequence[Kind]) -> str:
    return " or ".join(kinds)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
