"""Combinations of perturbations: all of a list, one of several, sometimes; and the papers' sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from failgym.episodes import Episode
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, Params, Perturbation, Seat, Signature, build
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


def one_of(*perturbations: Spec) -> OneOf:
    """Return a perturbation that picks one of these in each episode."""
    return OneOf(of=perturbations)


def maybe(perturbation: Spec, probability: float = 0.5) -> Maybe:
    """Return a perturbation that acts in that share of the episodes."""
    return Maybe(of=(perturbation,), probability=probability)


SUITES: dict[str, tuple[str, ...]] = {
    "guardian": ("missing_subtask", "wrong_order", "no_close", "wrong_object", "translation"),
    "dream2fix": ("translation", "weak_close", "no_close", "delay_close"),
    "aha": ("no_close", "slip", "translation", "rotation", "wrong_order", "wrong_object"),
    "vifailback": ("missing_subtask", "translation", "rotation", "no_close", "human_intervention"),
}
"""The sets of the papers, as far as FailGym's catalogue reaches."""


def suite(name: str) -> list[Perturbation]:
    """Return the perturbations of a paper's set, a plain list.

    Raises:
        UnknownNameError: no set of that name.
    """
    if name not in SUITES:
        raise UnknownNameError("suite", name, SUITES)
    return [build(part) for part in SUITES[name]]
