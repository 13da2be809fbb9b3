import pickle

import pytest

from failgym import errors
from failgym.errors import (
    ActionError,
    CertificateError,
    ConfigurationError,
    FailGymError,
    MissingExtraError,
    NotApplicableError,
    PlanError,
    RenderError,
    SeatError,
    UnknownNameError,
)

EXAMPLES = [
    UnknownNameError("perturbation", "delay_clos", ["weak_close", "delay_close"]),
    SeatError("delay_close", "action", "FailGym/Replay-v0", ["record", "observation"]),
    ActionError("the action is not finite", "nan at index 2", "finite numbers"),
    PlanError("cannot read this plan"),
    ConfigurationError("obs_mode", "rbg", "state, rgb"),
    NotApplicableError("wrong_object", "the scene has only one object"),
    CertificateError("the digest does not match"),
    MissingExtraError("torch", "train"),
    RenderError("no context"),
]


def ids(error):
    return type(error).__name__


def test_every_error_has_an_example():
    assert {type(error).__name__ for error in EXAMPLES} | {"FailGymError"} == set(errors.__all__)


@pytest.mark.parametrize("error", EXAMPLES, ids=ids)
def test_caught_as_one_family(error):
    with pytest.raises(FailGymError):
        raise error


@pytest.mark.parametrize("error", EXAMPLES, ids=ids)
def test_survives_another_process_and_being_raised_again_by_gymnasium(error):
    # AsyncVectorEnv pickles what a worker raised, and raises type(error)(error) in the main process.
    received = pickle.loads(pickle.dumps(error))
    again = type(received)(received)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EXAMPLES[0], ["perturbation", "'delay_clos'", "Did you mean 'delay_close'?", "delay_close, weak_close"]),
        (EXAMPLES[1], ["'delay_close'", "action seat", "FailGym/Replay-v0", "observation, record", "Choose"]),
        (EXAMPLES[2], ["not finite", "nan at index 2", "finite numbers"]),
        (EXAMPLES[4], ["obs_mode", "'rbg'", "state, rgb"]),
        (EXAMPLES[5], ["'wrong_object'", "only one object", "another seed"]),
        (EXAMPLES[7], ["torch", "pip install 'failgym[train]'"]),
        (PlanError.unknown_object("red blok", ["red block", "drawer"]), ["'red blok'", "'red block'", "drawer"]),
        (PlanError.unknown_verb("grab", ["grasp", "open"]), ["'grab'", "'grasp'", "open"]),
    ],
    ids=lambda value: ids(value) if isinstance(value, Exception) else "",
)
def test_says_what_was_given_what_exists_and_what_to_do(error, said):
    assert not [part for part in said if part not in str(error)]


def test_a_far_name_gets_no_suggestion():
    assert "Did you mean" not in str(UnknownNameError("task", "zzz", ["pick"]))


def test_nothing_known_is_said():
    assert "Known: none." in str(UnknownNameError("task", "pick", []))


def test_known_names_may_be_an_iterator():
    error = UnknownNameError("task", "pick_cub", iter(["pick_cube"]))
    assert error.known == ("pick_cube",)
    assert "'pick_cube'" in str(error)
    assert "'cube'" in str(PlanError.unknown_object("cub", iter(["cube"])))
