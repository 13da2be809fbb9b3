import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import ConfigurationError
from failgym.metrics import Interval, Rate, balanced_accuracy, mcnemar, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (93, 100, 0.862546, 0.965667),
        (81, 263, 0.255315, 0.366205),  # Newcombe (1998), Table I, method 3: 0.2553, 0.3662
        (15, 148, 0.062387, 0.160468),  # as there: 0.0624, 0.1605
        (0, 20, 0.0, 0.161125),  # as there: 0, 0.1611
        (1, 29, 0.006113, 0.171755),  # as there: 0.0061, 0.1718
        (10, 10, 0.722467, 1.0),
    ],
)
def test_wilson_known_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_wilson_edges_are_exact() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    for trials in range(1, 200):
        assert wilson(0, trials).low == 0.0
        assert wilson(trials, trials).high == 1.0


def test_wilson_at_another_confidence() -> None:
    assert wilson(5, 10, confidence=0.9) == pytest.approx((0.269265, 0.730735), abs=1e-5)
    narrow, wide = wilson(50, 100, 0.5), wilson(50, 100, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@given(st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_covers_the_rate_and_mirrors(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = wilson(successes, trials)
    assert 0.0 <= low <= high <= 1.0
    if trials:
        assert low <= successes / trials <= high
    assert wilson(trials - successes, trials) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "trials", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (0, -1, 0.95), (1, 2, 0.0), (1, 2, 1.0)]
)
def test_wilson_refuses_what_cannot_be(successes: int, trials: int, confidence: float) -> None:
    with pytest.raises(ConfigurationError):
        wilson(successes, trials, confidence)


def test_rate() -> None:
    rate = Rate(93, 100)
    assert str(rate) == "0.93 [0.86, 0.97]"
    assert rate.value == 0.93
    assert rate.interval == wilson(93, 100)
    assert Rate.of([True, False, True]) == Rate(2, 3)
    assert math.isnan(Rate(0, 0).value)
    assert str(Rate(0, 0)) == "none [0.00, 1.00]"
    with pytest.raises(ConfigurationError, match="successes"):
        Rate(3, 2)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (0, 6, 2 / 64), (1, 9, 22 / 1024), (3, 12, 2 * 576 / 2**15)],
)
def test_mcnemar_known_values(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == pytest.approx(p, rel=1e-12)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_mcnemar_bears_many_episodes() -> None:
    assert mcnemar(0, 5000) == 0.0
    assert 0.0 < mcnemar(2400, 2600) < 0.01
    with pytest.raises(ConfigurationError):
        mcnemar(-1, 3)


def test_balanced_accuracy() -> None:
    truth = [True] * 8 + [False] * 2
    assert balanced_accuracy(truth, truth) == 1.0
    assert balanced_accuracy(truth, [True] * 10) == 0.5
    assert balanced_accuracy(truth, [not t for t in truth]) == 0.0
    assert balanced_accuracy(truth, [True] * 6 + [False] * 3 + [True]) == pytest.approx((6 / 8 + 1 / 2) / 2)
    assert balanced_accuracy([True, True], [True, False]) == 0.5
    assert math.isnan(balanced_accuracy([], []))
    with pytest.raises(ConfigurationError):
        balanced_accuracy([True], [])


def test_a_coin_is_worth_a_half() -> None:
    pairs = list(product([True, False], repeat=2))
    assert balanced_accuracy([t for t, _ in pairs], [p for _, p in pairs]) == 0.5
