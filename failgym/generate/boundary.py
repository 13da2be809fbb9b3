"""How much is just enough: the smallest magnitude at which an episode fails, by bisection on exact snapshots."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from failgym.episodes import CONTROL_HZ, Certificate, Graded, Injection, Severity, Status, Triplet
from failgym.errors import ConfigurationError, NotApplicableError, UnknownNameError
from failgym.generate.generator import Generator
from failgym.perturbations import Perturbation, build, inject, stream
from failgym.perturbations.compose import Spec

TOLERANCE = 0.02
"""Width of the interval in which the boundary is known at the end, relative to the boundary."""
LEAST = 0.002
"""The same, relative to what was drawn: no finer than that."""
LARGEST = 4.0
"""Largest magnitude that is tried, relative to what was drawn."""
SHRINK = 0.85
"""Step towards zero in search of a success, relative to the magnitude before."""
GROSS = 2.0
"""Magnitude of a gross sample, relative to the boundary."""
UNITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("offset", "detour", "shift"), ("m", "rad")),
    **dict.fromkeys(("steps", "duration_steps", "lag_steps", "frozen_steps", "stay_steps"), ("s",)),
    "position_std": ("m",),
    "rotation_std": ("rad",),
    "rotvec": ("rad",),
    "extra": ("kg",),
    "radius": ("px",),
}
"""Unit of each parameter that has one; of six numbers the last three are a rotation vector, rad."""


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

    @property
    def magnitude(self) -> dict[str, float]:
        """The smallest magnitude that fails as labelled, by unit: m, rad, s, kg; 1 where it has none."""
        return magnitude(scaled(self.injection, self.share))

    def at(self, severity: str) -> Injection:
        """Return the draw scaled to a severity, which is written on it.

        Raises:
            UnknownNameError: no severity of that name.
        """
        label = named(severity)
        shares = {Severity.NEAR_MISS: self.below, Severity.JUST_FAILING: self.share, Severity.GROSS: GROSS * self.share}
        placed = scaled(self.injection, shares[label])
        return replace(placed, severity=Graded(label, magnitude(placed), self.magnitude, self.share, self.runs))

    def severity(self, share: float) -> Severity:
        """Return where a magnitude, relative to what was drawn, lies."""
        if share < self.share:
            return Severity.NEAR_MISS
        return Severity.GROSS if share >= GROSS * self.share else Severity.JUST_FAILING


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
    generator.env.check_seat(recipe)
    generator.env.furnish((recipe,))
    generator.begin(seed)
    drawn = inject(recipe, recipe.sample(stream(seed, recipe.name), generator.env.unwrapped.facts()))
    known: dict[str, Certificate] = {}

    def tried(share: float) -> Certificate:
        injection = scaled(drawn, share)
        # Steps are whole: many shares mean the same number of them.
        key = json.dumps(injection.params, sort_keys=True)
        if key not in known:
            known[key] = generator.triplet(recipe, seed, injection, corrected=False).certificate
        if known[key].status is Status.NOMINAL_FAILED:
            raise NotApplicableError(recipe.name, known[key].reason)
        return known[key]

    recording, generator.recording = generator.recording, None
    try:
        share, below = _bisected(recipe.name, tried)
    finally:
        generator.recording = recording
    return Boundary(drawn, share, below, len(known))


def _bisected(name: str, tried: Callable[[float], Certificate]) -> tuple[float, float]:
    """Return the smallest magnitude that fails as labelled, and the largest below it that succeeds."""
    low, high = 0.0, 1.0
    while not tried(high).signature:
        low, high = high, 2 * high
        if high > LARGEST:
            raise NotApplicableError(name, f"{LARGEST:g} times what was drawn does not make this episode fail")
    while high - low > max(TOLERANCE * high, LEAST):
        middle = (low + high) / 2
        low, high = (low, middle) if tried(middle).signature else (middle, high)
    below = low
    # Between success and failure as labelled there may be failures for another reason.
    while below > LEAST and tried(below).injected_success is False:
        below *= SHRINK
    return high, below


def graded(generator: Generator, perturbation: Spec, seed: int, severities: Sequence[str]) -> list[Triplet]:
    """Make one triplet of a seed for each severity; the boundary is searched for once.

    A near miss that the task survives is a success: it bears no label of a failure, and needs no correction. Where no
    magnitude can be placed, every certificate says why, as `not_applicable` or `nominal_failed`.

    Args:
        generator: Of the environment and the mount.
        perturbation: Name, mapping with `name`, or instance.
        seed: Fixes scene, variation and draw.
        severities: Names, such as `just_failing`.

    Raises:
        UnknownNameError: no severity of that name.
    """
    recipe, labels = build(perturbation), [named(severity) for severity in severities]
    if recipe.severity_zero is None:
        reason = f"{recipe.name!r} has no magnitude to place: it acts or it does not"
        return [Triplet(replace(generator.untried(recipe, seed, reason), severity=label)) for label in labels]
    try:
        found = find(generator, recipe, seed)
    except NotApplicableError as error:
        plain = generator.triplet(recipe, seed, corrected=False).certificate
        if plain.status is not Status.NOMINAL_FAILED:
            plain = generator.untried(recipe, seed, str(error))
        return [Triplet(replace(plain, severity=label)) for label in labels]
    return [generator.triplet(recipe, seed, found.at(label)) for label in labels]


def named(severity: str) -> Severity:
    """Return a severity by its name.

    Raises:
        UnknownNameError: none has it.
    """
    if severity not in tuple(Severity):
        raise UnknownNameError("severity", str(severity), [str(label) for label in Severity])
    return Severity(severity)


def scaled(injection: Injection, share: float) -> Injection:
    """Return a draw whose magnitude is that share of what it was: 0 is the identity, 1 the draw itself."""
    zero = build(injection.spec or injection.name).severity_zero
    if zero is None:
        raise ConfigurationError("perturbation", injection.name, "one with a magnitude")
    changed = {key: _between(none, injection.params[key], share) for key, none in zero.items()}
    return replace(injection, params=injection.params | changed, t_first=None, t_last=None)


def magnitude(injection: Injection) -> dict[str, float]:
    """Return how far a draw is from changing nothing, by unit: m, rad, s, kg; 1 where it has none."""
    zero = build(injection.spec or injection.name).severity_zero or {}
    found: dict[str, float] = {}
    for key, none in zero.items():
        apart = np.atleast_1d(np.subtract(injection.params[key], none, dtype=np.float64))
        for unit, part in zip(UNITS.get(key, ("1",)), (apart[:3], apart[3:]), strict=False):
            length = float(np.linalg.norm(part))
            if length > 0.0:
                found[unit] = length / CONTROL_HZ if unit == "s" else length
    return found


def _between(none: Any, drawn: Any, share: float) -> Any:
    if isinstance(drawn, list):
        return [_between(a, b, share) for a, b in zip(none, drawn, strict=True)]
    value = none + share * (drawn - none)
    return round(value) if isinstance(drawn, int) and isinstance(none, int) else value
