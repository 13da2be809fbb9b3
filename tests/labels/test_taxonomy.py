import pytest

from failgym.labels import FailureMode, Stage


def test_the_vocabulary_is_what_data_on_disk_says():
    assert list(FailureMode) == [
        "no_close",
        "delay_close",
        "weak_close",
        "early_close",
        "translation",
        "rotation",
        "slip",
        "early_release",
        "no_release",
        "undershoot",
        "overshoot",
        "collision",
        "no_progress",
        "bad_control",
        "wrong_object",
        "wrong_placement",
        "human_intervention",
        "missing_subtask",
        "wrong_order",
        "contradiction",
        "mismatch",
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
        FailureMode.WRONG_PLACEMENT,
        FailureMode.MISSING_SUBTASK,
        FailureMode.WRONG_ORDER,
        FailureMode.CONTRADICTION,
    ]
