import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.episodes import EE_DELTA, StepContext
from failgym.labels import Stage

pytestmark = pytest.mark.nogl


def context(step, began=None, ended=None):
    return StepContext(EE_DELTA, step, 1, 0, Stage.APPROACH, 0, began=began or {}, ended=ended or {})


def profile(steps, began, ended=None, length=30):
    return [
        context(step, {1: began} if step >= began else {}, {1: ended} if ended and step >= ended else {}).ramp(
            1, steps
        )[0]
        for step in range(length)
    ]


def test_a_subtask_that_has_not_begun_has_no_profile():
    assert context(7).ramp(1, 5) == (0.0, 0.0)
    assert context(7, {0: 2}).ramp(1, 5) == (0.0, 0.0)


def test_rises_stays_and_falls():
    rising = [pytest.approx(share) for share in (0.25, 0.5, 0.75, 1.0)]
    values = profile(4, began=3, ended=12, length=20)
    assert values[:3] == [0.0] * 3
    assert values[3:7] == rising
    assert values[7:12] == [1.0] * 5
    assert values[12:16] == [pytest.approx(share) for share in (0.75, 0.5, 0.25, 0.0)]
    assert values[16:] == [0.0] * 4


def test_falls_from_where_it_had_come_to():
    assert max(profile(10, began=0, ended=5)) == pytest.approx(0.5)
    assert profile(10, began=0, ended=5)[5] == pytest.approx(0.4)


@given(steps=st.integers(1, 15), began=st.integers(0, 10), length=st.integers(1, 25))
def test_the_second_value_is_the_first_one_of_the_step_before(steps, began, length):
    ended = began + length
    values = profile(steps, began, ended, 60)
    for step in range(1, 60):
        now, before = context(step, {1: began} if step >= began else {}, {1: ended} if step >= ended else {}).ramp(
            1, steps
        )
        assert (now, before) == (values[step], pytest.approx(values[step - 1]))
        assert 0.0 <= now <= 1.0
        assert abs(now - before) <= 1.0 / steps + 1e-9
    assert values[-1] == 0.0
