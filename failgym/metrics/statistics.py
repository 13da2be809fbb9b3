"""Rates, their intervals, and tests between two arms that met the same episodes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple, Self

from failgym.errors import ConfigurationError


class Interval(NamedTuple):
    """A confidence interval of a rate."""

    low: float
    """0..1."""
    high: float
    """0..1."""


def wilson(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of a rate.

    It stays inside 0..1 and is honest at 0 % and 100 %, where the textbook interval has no width.

    Args:
        successes: 0 .. `trials`.
        trials: 0 or more; nothing was learned from none, so that the interval is then (0, 1).
        confidence: Probability that the interval covers the rate, above 0 and below 1.

    Raises:
        ConfigurationError: counts or a confidence that cannot be.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    _check_counts(successes, trials)
    if not 0.0 < confidence < 1.0:
        raise ConfigurationError("confidence", confidence, "a number above 0 and below 1")
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    rate = successes / trials
    scale = 1.0 + z * z / trials
    centre = (rate + z * z / (2.0 * trials)) / scale
    half = z / scale * math.sqrt(rate * (1.0 - rate) / trials + z * z / (4.0 * trials * trials))
    # The formula gives exactly 0 and 1 here, were it not for rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high)


@dataclass(frozen=True)
class Rate:
    """Successes out of trials.

    Example:
        >>> str(Rate(93, 100))
        '0.93 [0.86, 0.97]'

    Raises:
        ConfigurationError: more successes than trials, or a negative count.
    """

    successes: int
    trials: int

    def __post_init__(self) -> None:
        """Check the counts."""
        _check_counts(self.successes, self.trials)

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Self:
        """Count how many of these are true."""
        listed = [bool(outcome) for outcome in outcomes]
        return cls(sum(listed), len(listed))

    @property
    def value(self) -> float:
        """Successes per trial, 0..1; NaN where there was no trial."""
        return self.successes / self.trials if self.trials else math.nan

    @property
    def interval(self) -> Interval:
        """Wilson interval at 95 %."""
        return wilson(self.successes, self.trials)

    def __str__(self) -> str:
        low, high = self.interval
        value = f"{self.value:.2f}" if self.trials else "none"
        return f"{value} [{low:.2f}, {high:.2f}]"


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of the exact McNemar test.

    Two arms met the same episodes; only those in which exactly one of them succeeded say which is better.

    Args:
        only_first: Episodes in which only the first arm succeeded.
        only_second: Episodes in which only the second did.

    Raises:
        ConfigurationError: a negative count.

    Source: McNemar (1947), with the exact binomial distribution in place of chi-square.
    """
    for name, count in (("only_first", only_first), ("only_second", only_second)):
        if count < 0:
            raise ConfigurationError(name, count, "0 or more")
    discordant = only_first + only_second
    tail: int = sum(math.comb(discordant, k) for k in range(min(only_first, only_second) + 1))
    # Whole numbers divide exactly to the nearest float, also where both are far too large for one.
    halves: int = 2**discordant
    return min(1.0, 2 * tail / halves)


def balanced_accuracy(truth: Sequence[bool], predicted: Sequence[bool]) -> float:
    """Return the mean of the recalls of the two classes, 0..1: 0.5 for a coin, and for who always says the same.

    A class that never occurs is left out; NaN if there is nothing at all.

    Raises:
        ConfigurationError: two sequences of different lengths.
    """
    if len(truth) != len(predicted):
        raise ConfigurationError("predicted", f"{len(predicted)} predictions", f"{len(truth)}, one for each truth")
    recalls = []
    for actual in (False, True):
        said = [bool(guess) for real, guess in zip(truth, predicted, strict=True) if bool(real) is actual]
        if said:
            recalls.append(said.count(actual) / len(said))
    return sum(recalls) / len(recalls) if recalls else math.nan


def _check_counts(successes: int, trials: int) -> None:
    if trials < 0:
        raise ConfigurationError("trials", trials, "0 or more")
    if not 0 <= successes <= trials:
        raise ConfigurationError("successes", successes, f"0 .. {trials}, the number of trials")
