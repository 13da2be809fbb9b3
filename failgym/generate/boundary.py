"""How much is just enough: the smallest magnitude at which an episode fails, by bisection on exact snapshots."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from failgym.episodes import Certificate, Injection, Status
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate.generator import Generator
from failgym.perturbations import Perturbation, build, inject, stream
from failgym.perturbations.compose import Spec

TOLERANCE = 0.02
"""Width of the interval in which the boundary is known at the end, relative to what was drawn."""
LARGEST = 4.0
"""Largest magnitude that is tried, relative to what was drawn."""


SHRINK = 0.85
"""Step towards zero in search of a success, relative to the magnitude before."""


class Severity(StrEnum):
    """Where a magnitude lies, relative to the boundary of its episode."""

    NEAR_MISS = "near_miss"
    """Just below: the task succeeds all the same."""
    JUST_FAILING = "just_failing"
    """Just above."""
    GROSS = "gross"
    """Twice as much or more."""


MARGINS: dict[Severity, float] = {Severity.JUST_FAILING: 1.05, Severity.GROSS: 2.0}
"""Magnitude of a failing sample, relative to the boundary; a near miss has the largest one seen not to fail."""


@dataclass(frozen=True)
class Boundary:
    """What was found for one episode."""

    injection: Injection
    """The draw whose magnitude was scaled; its parameters are those drawn."""
    share: float
    """Smallest magnitude that fails as labelled, relative to what was drawn."""
    below: float
    """Largest magnitude tried below it at which the task succeeds."""
    runs: int
    """Injected runs that it took."""

    def at(self, severity: Severity) -> Injection:
        """Return the draw scaled to a severity."""
        severity = Severity(severity)
        return scaled(self.injection, self.share * MARGINS[severity] if severity in MARGINS else self.below)

    def severity(self, share: float) -> Severity:
        """Return where a magnitude, relative to what was drawn, lies."""
        if share < self.share:
            return Severity.NEAR_MISS
        return Severity.GROSS if share >= MARGINS[Severity.GROSS] * self.share else Severity.JUST_FAILING


def boundary(env_id: str, perturbation: Spec, seed: int, *, mount: str = "keypose", **env_kwargs: Any) -> Boundary:
    """Find the smallest magnitude of a continuous perturbation that makes this episode fail as labelled.

    The nominal run happens once; every injected run starts from one exact snapshot of it. Failing is taken to be
    monotonic in the magnitude between the last success and the first failure found.

    Args:
        env_id: Registered id.
        perturbation: Name, mapping with `name`, or instance; it must have a magnitude (`severity_zero`).
        seed: Fixes scene, variation and draw.
        mount: As in `triplet`.
        **env_kwargs: As in `triplet`.

    Raises:
        ConfigurationError: the perturbation has no magnitude.
        NotApplicableError: it finds nothing to act on, the nominal run fails, or no magnitude up to four times the
            drawn one makes the episode fail as labelled.

    Source: RACER, lower bounds of its perturbations: a failure that does not show teaches nothing.
    """
    with Generator(env_id, mount=mount, **env_kwargs) as generator:
        return find(generator, build(perturbation), seed)


def find(generator: Generator, recipe: Perturbation, seed: int) -> Boundary:
    """Find the boundary with a generator that is there already; arguments and errors as in `boundary`."""
    if recipe.severity_zero is None:
        raise ConfigurationError("perturbation", recipe.name, "one with a magnitude, such as translation")
    generator.env.reset(seed=seed)
    drawn = inject(recipe, recipe.sample(stream(seed, recipe.name), generator.env.unwrapped.facts()))
    runs = 0

    def tried(share: float) -> Certificate:
        nonlocal runs
        runs += 1
        certificate = generator.triplet(recipe, seed, scaled(drawn, share)).certificate
        if certificate.status is Status.NOMINAL_FAILED:
            raise NotApplicableError(recipe.name, certificate.reason)
        return certificate

    low, high = 0.0, 1.0
    while not tried(high).signature:
        low, high = high, 2 * high
        if high > LARGEST:
            raise NotApplicableError(recipe.name, f"{LARGEST:g} times what was drawn does not make this episode fail")
    while high - low > TOLERANCE * max(1.0, high):
        middle = (low + high) / 2
        low, high = (low, middle) if tried(middle).signature else (middle, high)
    below = low
    # Between success and failure as labelled there may be failures for another reason.
    while below > TOLERANCE and tried(below).injected_success is False:
        below *= SHRINK
    return Boundary(drawn, high, below, runs)


def scaled(injection: Injection, share: float) -> Injection:
    """Return a draw whose magnitude is that share of what it was: 0 is the identity, 1 the draw itself."""
    zero = build(injection.spec or injection.name).severity_zero
    if zero is None:
        raise ConfigurationError("perturbation", injection.name, "one with a magnitude")
    changed = {key: _between(none, injection.params[key], share) for key, none in zero.items()}
    return replace(injection, params=injection.params | changed, t_first=None, t_last=None)


def _between(none: Any, drawn: Any, share: float) -> Any:
    if isinstance(drawn, list):
        return [_between(a, b, share) for a, b in zip(none, drawn, strict=True)]
    value = none + share * (drawn - none)
    return round(value) if isinstance(drawn, int) and isinstance(none, int) else value
