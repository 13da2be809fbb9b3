"""Combinations of perturbations: all of a list, one of several, sometimes, for a while; and the papers' sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import (
    PERTURBATIONS,
    ActionPerturbation,
    Params,
    Perturbation,
    Range,
    Seat,
    Signature,
    build,
    draw_steps,
)
from failgym.scene import SceneFacts

Spec = str | Mapping[str, Any] | Perturbation


@dataclass(frozen=True)
class _Composition(Perturbation):
    """Stands for others until an episode begins; never acts itself."""

    seat = Seat.RECORD
    failure = FailureMode.NO_CLOSE
    of: Any = ()
    """The perturbations to choose from: names, mappings or instances."""

    def __post_init__(self) -> None:
        """Build what it is made of."""
        parts = [self.of] if isinstance(self.of, (str, Mapping, Perturbation)) else list(self.of)
        if not parts:
            raise ConfigurationError(f"{self.name}.of", self.of, "at least one perturbation")
        object.__setattr__(self, "of", tuple(build(part) for part in parts))

    @property
    def furniture(self) -> tuple[str, ...]:
        """What any of its parts needs."""
        return tuple(extra for part in self.of for extra in part.furniture)

    def spec(self) -> dict[str, Any]:
        """Return its JSON form."""
        return super().spec() | {"of": [part.spec() for part in self.of]}

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Raise: `resolve` comes first."""
        raise TypeError(f"{self.name} is resolved before it is drawn")

    def fix(self, params: Params) -> Fix:
        """Raise: its parts have fixes."""
        raise TypeError(f"{self.name} has no fix of its own")

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Raise: its parts have signatures."""
        raise TypeError(f"{self.name} has no signature of its own")


@PERTURBATIONS.register("one_of")
@dataclass(frozen=True)
class OneOf(_Composition):
    """Picks one of several in each episode, all equally likely."""

    name = "one_of"

    def resolve(self, rng: np.random.Generator) -> Sequence[Perturbation]:
        """Pick one."""
        return self.of[int(rng.integers(len(self.of)))].resolve(rng)  # type: ignore[no-any-return]


@PERTURBATIONS.register("maybe")
@dataclass(frozen=True)
class Maybe(_Composition):
    """Acts in some episodes and leaves the others nominal."""

    name = "maybe"
    probability: float = 0.5
    """Share of episodes in which it acts, 0..1."""

    def __post_init__(self) -> None:
        """Check the probability."""
        super().__post_init__()
        if not 0.0 <= self.probability <= 1.0:
            raise ConfigurationError("maybe.probability", self.probability, "a number from 0 to 1")

    def resolve(self, rng: np.random.Generator) -> Sequence[Perturbation]:
        """Take all of its parts, or none."""
        if rng.random() >= self.probability:
            return ()
        return tuple(chosen for part in self.of for chosen in part.resolve(rng))


@PERTURBATIONS.register("during")
@dataclass(frozen=True)
class During(ActionPerturbation):
    """Lets another action perturbation act for some control steps only, once or at regular intervals.

    Steps are counted from when the hand first sets out for the subtask that is hit, or from the first step of the
    episode where none is. What moves the hand aside takes its own few steps to grow and, after the window, to fade.

    Source: fault life-cycles of onset, duration, release and intermittence, as asked for in the peers' threads.
    """

    name = "during"
    failure = FailureMode.NO_PROGRESS

    of: Any = ()
    """The action perturbation: a name, a mapping or an instance."""
    start_steps: Range = 0
    """Control steps of 50 ms before the (first) window."""
    duration_steps: Range = 10
    """Control steps that a window lasts."""
    period_steps: Range = 0
    """Control steps from the beginning of a window to that of the next; 0: there is one window."""

    def __post_init__(self) -> None:
        """Build what is limited; it fails, hits and steers as that does.

        Raises:
            ConfigurationError: something that does not act on actions, or windows that overlap.
        """
        super().__post_init__()
        given = self.of[0] if isinstance(self.of, tuple) and len(self.of) == 1 else self.of
        part = build(given)
        if not isinstance(part, ActionPerturbation):
            raise ConfigurationError("during.of", part.name, "a perturbation of the action seat")
        object.__setattr__(self, "of", (part,))
        for trait in ("failure", "hits", "steers", "outlasts"):
            object.__setattr__(self, trait, getattr(part, trait))
        period, duration = np.min(self.period_steps), np.max(self.duration_steps)
        if np.max(self.period_steps) > 0 and period <= duration:
            raise ConfigurationError("during.period_steps", self.period_steps, f"0, or more than {duration}")

    @property
    def part(self) -> ActionPerturbation:
        """What is limited."""
        part: ActionPerturbation = self.of[0]
        return part

    def spec(self) -> dict[str, Any]:
        """Return its JSON form."""
        return super().spec() | {"of": self.part.spec()}

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw what goes wrong, then when."""
        params = self.part.sample(rng, facts)
        window = {
            name: draw_steps(rng, getattr(self, name)) for name in ("start_steps", "duration_steps", "period_steps")
        }
        return params | {"window": window}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """As of what is limited."""
        return self.part.obstacle(index, facts)

    def anchor(self, params: Params) -> Stage | None:
        """As of what is limited."""
        return self.part.anchor(params)

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Let it act inside a window; what takes back what it added sees a subtask that lasts as long as the window."""
        hit, window = params.get("subtask"), params["window"]
        origin = 0 if hit is None else context.began.get(hit)
        if origin is None or context.step < origin + window["start_steps"]:
            return action
        start, period = origin + window["start_steps"], window["period_steps"]
        if period:
            start += (context.step - start) // period * period
        end = start + window["duration_steps"]
        if hit is not None and (self.part.steers is not None or self.part.outlasts):
            return self.part.perturb(action, _windowed(context, hit, start, end), params)
        return self.part.perturb(action, context, params) if context.step < end else action

    def fix(self, params: Params) -> Fix:
        """As of what is limited."""
        return self.part.fix(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """As of what is limited."""
        return self.part.signature(failed, nominal, params)


def _windowed(context: StepContext, hit: int, start: int, end: int) -> StepContext:
    """The moment as it would be, had a subtask begun and ended with the window."""
    ended = min(end, context.ended.get(hit, end))
    began = {**context.began, hit: start}
    if ended <= start:
        return context._replace(began={k: v for k, v in began.items() if k != hit})
    if context.step < ended:
        return context._replace(began=began)
    over = context._replace(began=began, ended={**context.ended, hit: ended})
    return over._replace(subtask=-1) if context.subtask == hit else over


def one_of(*perturbations: Spec) -> OneOf:
    """Return a perturbation that picks one of these in each episode."""
    return OneOf(of=perturbations)


def maybe(perturbation: Spec, probability: float = 0.5) -> Maybe:
    """Return a perturbation that acts in that share of the episodes."""
    return Maybe(of=(perturbation,), probability=probability)


def during(perturbation: Spec, start_steps: Range = 0, duration_steps: Range = 10, period_steps: Range = 0) -> During:
    """Return a perturbation that acts in a window of control steps only, or, with a period, intermittently."""
    return During(of=perturbation, start_steps=start_steps, duration_steps=duration_steps, period_steps=period_steps)


SUITES: dict[str, tuple[str | Mapping[str, Any], ...]] = {
    "guardian": (
        *(
            "missing_subtask",
            "wrong_order",
            "contradictory_subtasks",
            "wrong_object_planned",
            "wrong_placement_planned",
        ),
        *("no_close", "wrong_placement", "wrong_object", "translation"),
    ),
    "dream2fix": ("translation", "weak_close", "no_close", "delay_close"),
    "aha": (
        *("no_close", "slip"),
        *({"name": "translation", "axis": axis} for axis in "xyz"),
        *({"name": "rotation", "axis": axis} for axis in "xyz"),
        *("no_rotation", "wrong_order", "wrong_object"),
    ),
    "vifailback": (
        *("missing_subtask", "wrong_order", "wrong_object_planned", "translation", "rotation"),
        *("no_close", "weak_close", "slip", "human_intervention"),
    ),
    "robofac": (
        *("missing_subtask", "wrong_object", "translation", "undershoot", "overshoot", "wrong_placement", "rotation"),
        *("no_close", "weak_close", "delay_close", "slow_motion"),
    ),
    "failsafe": ("translation", "rotation", "freeze"),
    "reflect": ("missing_subtask", "no_close", "early_release", "no_release"),
    "colosseum": (
        *("colour", "texture", "object_size", "lighting", "camera_pose", "distractors"),
        *("friction", "mass"),
    ),
}
"""The sets of the papers, as far as FailGym's catalogue reaches.

Dream2Fix's windows around a keyframe are those of the four themselves: an offset lasts from when the hand sets out to
the end of its subtask; the gripper is wrong from when it should close. AHA's offsets and turns are along and about one
axis of the base frame, RoboFAC's offsets at a grasp, at the end of a push or pull, or where a thing is put.
"""


def suite(name: str) -> list[Perturbation]:
    """Return the perturbations of a paper's set, a plain list.

    Raises:
        UnknownNameError: no set of that name.
    """
    if name not in SUITES:
        raise UnknownNameError("suite", name, SUITES)
    return [build(part) for part in SUITES[name]]
