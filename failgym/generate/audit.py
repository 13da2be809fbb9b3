"""Does each failure bite? Counts of how attempts ended, for each mode and task, and whether a camera could see it."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from failgym.episodes import Certificate, Status, Triplet
from failgym.generate.generator import Generator
from failgym.metrics import Rate
from failgym.perturbations.compose import Spec

CAMERAS = ("front", "left", "right")
"""Fixed cameras of the scene, as verifiers usually get them."""
SEEN = 0.2
"""Share of what is looked at that must be visible to one camera for a failure to count as observable."""

RATES = ("failed_as_labelled", "avoid", "recover", "observable")


class Attempt(NamedTuple):
    """One attempt, without its episodes."""

    task: str
    mode: str
    certificate: Certificate
    observable: bool | None
    """Whether a camera sees gripper or target when the failure begins; None where nothing failed as labelled."""


@dataclass
class Cell:
    """All attempts of one mode at one task."""

    task: str
    mode: str
    counts: Counter[Status] = field(default_factory=Counter)
    avoided: list[bool] = field(default_factory=list)
    recovered: list[bool] = field(default_factory=list)
    onsets: list[int] = field(default_factory=list)
    observable: list[bool] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why attempts did not fail as labelled."""

    def add(self, attempt: Attempt) -> None:
        """Count one attempt."""
        certificate = attempt.certificate
        self.counts[certificate.status] += 1
        if not certificate.signature:
            self.reasons[f"{certificate.status}: {certificate.reason}"] += 1
            return
        self.avoided.append(bool(certificate.avoid_success))
        self.recovered.append(bool(certificate.recover_success))
        if certificate.onset is not None:
            self.onsets.append(certificate.onset)
        if attempt.observable is not None:
            self.observable.append(attempt.observable)

    @property
    def labelled(self) -> Rate:
        """Injected runs that failed as labelled, of those in which the mode found something to act on."""
        left_out = self.counts[Status.NOT_APPLICABLE] + self.counts[Status.NOMINAL_FAILED]
        return Rate(len(self.avoided), sum(self.counts.values()) - left_out)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON: counts, rates with Wilson intervals, median onset."""
        found = (self.labelled, Rate.of(self.avoided), Rate.of(self.recovered), Rate.of(self.observable))
        return {
            "task": self.task,
            "mode": self.mode,
            "counts": {str(status): self.counts[status] for status in Status},
            **{name: rate_json(rate) for name, rate in zip(RATES, found, strict=True)},
            "median_onset": median(self.onsets) if self.onsets else None,
            "reasons": dict(self.reasons.most_common(3)),
        }


def attempts(task: str, modes: Sequence[Spec], seeds: Iterable[int], **env_kwargs: Any) -> list[Attempt]:
    """Try every mode at one task with every seed; modes of one seed share its nominal run."""
    made = []
    with Generator(f"FailGym/{task}-v0", **env_kwargs) as generator:
        for seed in seeds:
            for mode in modes:
                triplet = generator.triplet(mode, seed)
                name = str(triplet.certificate.perturbation["name"])
                made.append(Attempt(task, name, triplet.certificate, observable(generator, triplet)))
    return made


def cells(found: Iterable[Attempt]) -> list[Cell]:
    """Count attempts by mode and task, in the order in which they come."""
    table: dict[tuple[str, str], Cell] = {}
    for attempt in found:
        table.setdefault((attempt.mode, attempt.task), Cell(attempt.task, attempt.mode)).add(attempt)
    return list(table.values())


def observable(generator: Generator, triplet: Triplet) -> bool | None:
    """Whether a fixed camera sees the gripper or the target of the hit subtask when the failure begins.

    None where nothing failed as labelled.
    """
    certificate, episode = triplet.certificate, triplet.injected
    base = generator.env.unwrapped
    if not certificate.signature or episode is None or certificate.onset is None or not hasattr(base, "show"):
        return None
    hit = None if certificate.injection is None else certificate.injection.subtask
    span = None if hit is None else episode.span(hit)
    mark = generator.env.snapshot()
    base.show(episode.arrays["state"][min(certificate.onset, episode.steps - 1)])
    seen = [
        point.visible
        for camera in CAMERAS
        for role, point in base.points(camera, None if span is None else span.subtask).items()
        if role != "goal"
    ]
    generator.env.restore(mark)
    generator.env.release(mark)
    return bool(max(seen) >= SEEN)


def totals(found: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Rate]]:
    """Return the rates of each mode over all tasks, from cells as JSON."""
    modes: dict[str, dict[str, Rate]] = {}
    for cell in found:
        rates = modes.setdefault(cell["mode"], dict.fromkeys(RATES, Rate(0, 0)))
        for name in RATES:
            if cell[name] is not None:
                number = cell[name]["n"]
                good = rates[name].successes + round(cell[name]["value"] * number)
                rates[name] = Rate(good, rates[name].trials + number)
    return modes


def catalogue_median(found: Iterable[Mapping[str, Any]]) -> float:
    """Return the median, over modes, of the share that failed as labelled, from cells as JSON; NaN without any."""
    rates = [mode["failed_as_labelled"] for mode in totals(found).values()]
    shares = [rate.value for rate in rates if rate.trials]
    return median(shares) if shares else math.nan


def rate_json(rate: Rate) -> dict[str, Any] | None:
    """Return a rate with its 95 % Wilson interval as plain JSON; None where nothing was tried."""
    if not rate.trials:
        return None
    low, high = rate.interval
    return {"value": round(rate.value, 4), "n": rate.trials, "wilson": [round(low, 4), round(high, 4)]}
