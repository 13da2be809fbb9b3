import pytest

from failgym.labels import FailureMode, Stage


def test_the_vocabulary_is_what_data_on_disk_says():
    assert list(FailureMode) == [
        "no_close",
        "delay_close",
        "weak_close",
        "translation",
        "rotation",
        "slip",
        "wrong_object",
        "human_intervention",
        "missing_subtask",
        "wrong_order",
    ]


def test_stages_in_order():
    assert list(Stage) == ["approach", "pre_grasp", "grasp", "lift", "transport", "place", "release", "retreat"]


@pytest.mark.parametrize("mode", FailureMode)
def test_every_mode_has_a_family_and_one_sentence(mode):
    assert mode.family in ("planning", "execution")
    assert mode.description.endswith(".")
    assert mode.description.count(".") == 1


def test_planning_modes():
    assert [mode for mode in FailureMode if mode.family == "planning"] == [
        FailureMode.WRONG_OBJECT,
        FailureMode.MISSING_SUBTASK,
        FailureMode.WRONG_ORDER,
    ]
