import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels import FailureMode, Fix, Judgement, Stage, Verdict

verdicts = st.builds(
    Verdict,
    outcome=st.sampled_from(Judgement),
    probability=st.none() | st.floats(0, 1),
    failure_mode=st.none() | st.sampled_from(FailureMode),
    stage=st.none() | st.sampled_from(Stage),
    fix=st.none() | st.builds(Fix.gripper, st.floats(0, 1)),
    rationale=st.text(),
    latency_s=st.floats(0, 1e6),
    cited_frames=st.lists(st.integers(0, 1000)).map(tuple),
)


@given(verdicts)
def test_json_round_trip(verdict):
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json(), allow_nan=False))) == verdict


def test_json_says_only_what_was_said():
    assert Verdict(Judgement.UNSURE).to_json() == {"outcome": "unsure"}


def test_plain_values_become_members_of_their_vocabulary():
    verdict = Verdict.from_json({"outcome": "failure", "failure_mode": "slip", "stage": "lift", "cited_frames": [3]})
    assert verdict.outcome is Judgement.FAILURE
    assert verdict.failure_mode is FailureMode.SLIP
    assert verdict.stage is Stage.LIFT
    assert verdict.cited_frames == (3,)


def test_numbers_of_a_network_become_plain():
    verdict = Verdict(Judgement.SUCCESS, probability=np.float32(0.5), cited_frames=tuple(np.arange(2)))
    assert json.dumps(verdict.to_json()) == '{"outcome": "success", "probability": 0.5, "cited_frames": [0, 1]}'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "success, failure, unsure"),
        ({"outcome": "maybe"}, "success, failure, unsure"),
        ({"outcome": "failure", "failure_mode": "bad luck"}, "no_close, delay_close"),
        ({"outcome": "failure", "stage": "grab"}, "approach, pre_grasp"),
        ({"outcome": "failure", "probability": 1.1}, "0 .. 1"),
        ({"outcome": "failure", "probability": math.nan}, "0 .. 1"),
        ({"outcome": "failure", "latency_s": -1.0}, "0 or more"),
        ({"outcome": "failure", "latency_s": math.inf}, "0 or more"),
    ],
)
def test_refuses_what_cannot_be(arguments, said):
    with pytest.raises(ConfigurationError, match=said):
        Verdict.from_json(arguments)


def test_an_unknown_field_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="'rationale'"):
        Verdict.from_json({"outcome": "success", "rational": "it is done"})
