import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import ConfigurationError
from failgym.labels import Fix, FixKind, Stage
from failgym.labels.sentences import read_sentence, sentence
from tests.labels.strategies import close_to, fixes


@given(fixes())
def test_from_a_fix_and_back(fix):
    assert close_to(read_sentence(sentence(fix)), fix, metres=0.0005, radians=math.radians(0.05), closure=0.005)


@given(fixes())
def test_from_a_sentence_and_back(fix):
    said = sentence(fix)
    assert sentence(read_sentence(said)) == said


@given(fixes())
def test_the_text_of_a_fix_is_read_too(fix):
    assert read_sentence(fix.text).kind is fix.kind


@given(st.text())
def test_any_text_is_a_fix_or_refused(text):
    try:
        fix = read_sentence(text)
    except ConfigurationError:
        return
    assert isinstance(fix, Fix)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("Close the gripper.", Fix.gripper(1.0)),
        ("open both grippers", Fix.gripper(0.0, arm="both")),
        ("In step 3, close the left gripper to 60 %.", Fix.gripper(0.6, subtask=2, arm="left")),
        ("Move 3.0 cm further.", Fix.stroke(0.03)),
        ("Stop moving 1.5 cm earlier with the right arm.", Fix.stroke(-0.015, arm="right")),
        (
            "During the transport, move 2.0 cm further, then stop turning 90.0 degrees earlier.",
            Fix.stroke(0.02, -math.pi / 2, stage=Stage.TRANSPORT),
        ),
        ("Hold still.", Fix.hold()),
        ("Hold the left arm still.", Fix.hold(arm="left")),
        ("Move the right arm back to where it began.", Fix.rewind(arm="right")),
        ("Look again and act on the blue block with the left arm.", Fix.retarget("blue block", arm="left")),
        ("Look again and act on the object where it is now.", Fix.retarget()),
        (
            "Move the gripper 1.0 cm back and 3.2 cm left, then close.",
            Fix.translation((-0.01, 0.032, 0.0), closure=1.0),
        ),
        (
            "Move the gripper 1.0 cm up, then turn the gripper 30.0 degrees left (yaw), then open.",
            Fix(
                FixKind.TRANSLATION,
                translation_m=(0, 0, 0.01),
                rotation_rad=(0, 0, math.radians(30)),
                gripper_closure=0,
            ),
        ),
        (
            "In step 1, follow this plan: 1. open the drawer; 2. grasp the block.",
            Fix.replan("1. open the drawer\n2. grasp the block", subtask=0),
        ),
    ],
    ids=str,
)
def test_examples(text, fix):
    assert close_to(read_sentence(text), fix, metres=1e-9, radians=1e-9, closure=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Wave.",
        "Move the gripper.",
        "Move the gripper 3 cm left.",
        "Move the gripper 3.0 cm left and 1.0 cm right.",
        "Move the gripper 3.0 cm left, then move the gripper 1.0 cm up.",
        "Move the left gripper 3.0 cm left, then open the right gripper.",
        "In step 0, close the gripper.",
        "During the grasp, follow the plan.",
    ],
)
def test_what_cannot_be_read_is_named_with_what_can(text):
    with pytest.raises(ConfigurationError, match="sentence cannot be") as caught:
        read_sentence(text)
    assert repr(text) in str(caught.value)
    assert "move the left gripper 3.2 cm left" in str(caught.value)


def test_a_stage_that_does_not_exist():
    with pytest.raises(ConfigurationError, match="pre_grasp, grasp"):
        read_sentence("During the party, close the gripper.")
