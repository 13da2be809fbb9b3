import json
import math

import pytest
from hypothesis import given

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels import Fix, FixKind, Stage
from failgym.plans import ARMS
from tests.labels.strategies import fixes


@given(fixes())
def test_json_round_trip(fix):
    assert Fix.from_json(json.loads(json.dumps(fix.to_json(), allow_nan=False))) == fix


@given(fixes())
def test_text_is_never_empty(fix):
    assert fix.text


@pytest.mark.parametrize(
    ("fix", "text"),
    [
        (Fix.gripper(1.0), "close the gripper"),
        (Fix.gripper(0.0), "open the gripper"),
        (Fix.gripper(0.6), "close the gripper to 60 %"),
        (Fix.gripper(1.0, stage=Stage.PRE_GRASP), "during the pre-grasp, close the gripper"),
        (Fix.translation((-0.01, 0.032, 0.0)), "move the gripper 3.2 cm left and 1.0 cm back"),
        (
            Fix.translation((-0.01, 0.032, 0.0), closure=1.0),
            "move the gripper 3.2 cm left and 1.0 cm back, then close",
        ),
        (Fix.translation((0.03, -0.02, 0.01)), "move the gripper 3.0 cm forward and 2.0 cm right and 1.0 cm up"),
        (Fix.translation((0.0, 0.0, -0.05), closure=0.5), "move the gripper 5.0 cm down, then close to 50 %"),
        (Fix.translation((0.0, 0.0001, 0.0)), "keep the gripper where it is"),
        (Fix.rotation((0.0, 0.0, math.pi / 6)), "turn the gripper 30.0 degrees left (yaw)"),
        (
            Fix.rotation((math.pi / 6, -math.pi / 3, 0.0)),
            "turn the gripper 60.0 degrees up (pitch) and 30.0 degrees right (roll)",
        ),
        (Fix.rotation((0.0, 0.0, 0.0)), "keep the gripper as it is turned"),
        (Fix.stroke(0.03), "move 3.0 cm further"),
        (Fix.stroke(-0.03, arm="left"), "stop moving 3.0 cm earlier with the left arm"),
        (Fix.stroke(None, math.pi / 9), "turn 20.0 degrees further"),
        (Fix.stroke(0.02, -math.pi / 9), "move 2.0 cm further, then stop turning 20.0 degrees earlier"),
        (Fix.gripper(0.0, arm="both"), "open both grippers"),
        (Fix.translation((0.0, 0.0, 0.05), arm="right", closure=1.0), "move the right gripper 5.0 cm up, then close"),
        (Fix.translation((0.0, 0.0, 0.0), arm="both"), "keep both grippers where they are"),
        (Fix.rotation((0.0, 0.0, 0.5), arm="left"), "turn the left gripper 28.6 degrees left (yaw)"),
        (Fix.retarget("blue block", arm="left"), "look again and act on the blue block with the left arm"),
        (Fix.hold(), "hold still"),
        (Fix.hold(arm="left", stage=Stage.GRASP), "during the grasp, hold the left arm still"),
        (Fix.rewind(), "move the arm back to where it began"),
        (Fix.rewind(arm="both"), "move both arms back to where they began"),
        (Fix.retarget("blue block"), "look again and act on the blue block"),
        (Fix.retarget(), "look again and act on the object where it is now"),
        (
            Fix.replan("1. open the drawer\n2. grasp the block"),
            "follow this plan: 1. open the drawer; 2. grasp the block",
        ),
    ],
    ids=str,
)
def test_text(fix, text):
    assert fix.text == text


def test_plain_values_become_members_and_floats():
    fix = Fix(FixKind.TRANSLATION, stage="grasp", translation_m=[0, 1, 2])
    assert fix.stage is Stage.GRASP
    assert fix.translation_m == (0.0, 1.0, 2.0)
    assert hash(fix) == hash(Fix.translation((0, 1, 2), stage=Stage.GRASP))


def test_json_says_only_what_is_known():
    assert Fix.gripper(1, stage=Stage.GRASP).to_json() == {"kind": "gripper", "stage": "grasp", "gripper_closure": 1.0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "gripper"}, "gripper_closure"),
        ({"kind": "translation"}, "translation_m"),
        ({"kind": "rotation"}, "rotation_rad"),
        ({"kind": "replan"}, "plan_text"),
        ({"kind": "griper", "gripper_closure": 1.0}, "gripper, translation"),
        ({"kind": "gripper", "gripper_closure": 1.2}, "0 .open. .. 1 .closed."),
        ({"kind": "gripper", "gripper_closure": math.nan}, "0 .open. .. 1 .closed."),
        ({"kind": "translation", "translation_m": (0.0, 1.0)}, "three finite numbers"),
        ({"kind": "translation", "translation_m": (0.0, 1.0, math.inf)}, "three finite numbers"),
        ({"kind": "stroke"}, "stroke_m and stroke_rad"),
        ({"kind": "stroke", "stroke_m": math.inf}, "a finite number"),
        ({"kind": "hold", "arm": "middle"}, "left, right, both, or None"),
        ({"kind": "replan", "plan_text": "lift the cube", "arm": "left"}, "subtasks of a plan name their arms"),
        ({"kind": "retarget", "stage": "grab"}, "pre_grasp, grasp"),
        ({"kind": "retarget", "subtask": -1}, "an index from 0"),
        ({}, "gripper, translation"),
    ],
)
def test_refuses_what_cannot_be(arguments, said):
    with pytest.raises(ConfigurationError, match=said):
        Fix.from_json(arguments)


def test_the_arms_are_those_of_plans():
    assert [Fix.hold(arm=arm).arm for arm in ARMS] == list(ARMS)


def test_an_unknown_field_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="gripper_closure"):
        Fix.from_json({"kind": "gripper", "griper_closure": 1.0})
