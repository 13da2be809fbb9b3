import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from failgym.errors import ConfigurationError, FailGymError
from failgym.labels import Fix, FixKind, Stage, low_level, parse_low_level, read_low_level
from failgym.labels.vifailback import LEVEL_M, TURN_RAD
from tests.labels.strategies import close_to, vectors

# Up to where "significantly" begins to mean "or more".
COORDINATES = st.floats(-3.5 * LEVEL_M, 3.5 * LEVEL_M)
YAWS = st.sampled_from([-TURN_RAD, TURN_RAD])
LEFT, RIGHT = Fix.translation((0, 0.04, 0), arm="left"), Fix.translation((0, -0.02, 0), arm="right")


@st.composite
def commands(draw, arms=(None, "left", "right")):
    """Draw a fix that a low-level command can say."""
    arm = draw(st.sampled_from(arms))
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from([Fix.hold(arm=arm), Fix.rewind(arm=arm)]))
    metres = draw(st.none() | vectors(COORDINATES))
    if metres is not None and max(map(abs, metres)) <= LEVEL_M / 2:
        metres = None
    turn = draw(st.none() | YAWS.map(lambda yaw: (0.0, 0.0, yaw)))
    closure = draw(st.none() | st.sampled_from([0.0, 1.0]))
    named = (("translation", metres), ("rotation", turn), ("gripper", closure))
    kind = next((name for name, value in named if value is not None), None)
    assume(kind is not None)
    return Fix(kind, translation_m=metres, rotation_rad=turn, gripper_closure=closure, arm=arm)


@given(commands())
def test_a_fix_and_back(fix):
    read = parse_low_level(low_level(fix))
    assert close_to(read, fix, metres=LEVEL_M / 2, radians=0.0, closure=0.0)


@given(commands())
def test_a_command_and_back(fix):
    text = low_level(fix)
    assert low_level(parse_low_level(text)) == text


@given(commands(arms=("left",)), commands(arms=("right",)))
def test_one_gripper_after_the_other(one, other):
    reading = read_low_level(f"{low_level(one)} {low_level(other)}")
    assert reading == ((parse_low_level(low_level(one)), parse_low_level(low_level(other))), ())


@given(
    st.text()
    | st.lists(
        st.sampled_from(["move", "rotate", "open", "hold", "the left gripper", "right", "it", "up", ",", "."])
    ).map(" ".join)
)
def test_no_text_breaks_a_reader(text):
    reading = read_low_level(text)
    assert reading.value or reading.problems
    try:
        fix = parse_low_level(text)
    except FailGymError:
        return
    assert low_level(fix) == text


@pytest.mark.parametrize(
    ("fix", "text"),
    [
        (Fix.gripper(0.0, arm="left"), "Open the left gripper."),
        (Fix.gripper(0.6), "Close the gripper."),
        (RIGHT, "Move the right gripper to the right slightly."),
        (LEFT, "Move the left gripper to the left."),
        (
            Fix.translation((0.06, -0.07, -0.2), arm="left"),
            "Move the left gripper to the right significantly, forward significantly, and downward significantly.",
        ),
        (
            Fix(FixKind.TRANSLATION, translation_m=(-0.06, -0.06, 0), rotation_rad=(0, 0, -1), arm="right"),
            "Move the right gripper to the right significantly and backward significantly, "
            "and rotate the right gripper clockwise.",
        ),
        (
            Fix(FixKind.TRANSLATION, translation_m=(0, 0, 0.02), rotation_rad=(0, 0, 1), gripper_closure=1.0),
            "Move the gripper upward slightly, rotate the gripper counter-clockwise, and close the gripper.",
        ),
        (Fix.rotation((1.0, 0.2, 0)), "Rotate the gripper clockwise."),
        (Fix.rotation((-1.0, 0.2, 0)), "Rotate the gripper counter-clockwise."),
        (Fix.hold(), "Hold still."),
        (Fix.hold(arm="left"), "Hold the left arm still."),
        (Fix.rewind(arm="right"), "Move the right arm back to its initial pose."),
    ],
    ids=str,
)
def test_commands(fix, text):
    assert low_level(fix) == text
    assert low_level(parse_low_level(text)) == text


def test_a_roll_to_the_right_and_a_yaw_to_the_right_look_the_same():
    assert low_level(Fix.rotation((0.5, 0, 0))) == low_level(Fix.rotation((0, 0, -0.5)))
    assert parse_low_level("Rotate the gripper clockwise.").rotation_rad == (0.0, 0.0, -TURN_RAD)


def test_stage_and_subtask_have_no_place():
    assert low_level(Fix.gripper(1.0, stage=Stage.GRASP, subtask=3)) == "Close the gripper."


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        (Fix.gripper(1.0, arm="both"), "for one gripper"),
        (Fix.hold(arm="both"), "for one gripper"),
        (Fix.retarget("cube"), "fix cannot be 'look again and act on the cube'. Possible: 'Move the left gripper"),
        (Fix.replan("lift the cube"), "Possible: 'Move the left gripper"),
        (Fix.stroke(0.03), "Possible: 'Move the left gripper"),
        (Fix(FixKind.TRANSLATION, translation_m=(0.1, 0, 0), stroke_m=0.1), "Possible: 'Move the left gripper"),
        (Fix.translation((0.009, 0, 0)), "a move of 1 cm at least"),
        (Fix.rotation((0, 1.0, 0)), "a roll or a yaw"),
        (Fix.rotation((0, 0, 0)), "a roll or a yaw"),
    ],
    ids=str,
)
def test_what_a_command_cannot_say(fix, said):
    with pytest.raises(ConfigurationError, match=said):
        low_level(fix)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Open gripper",
        "open the gripper.",
        "Move the left gripper.",
        "Move the left gripper slightly to the left.",
        "Move the left gripper upward and to the left.",
        "Open the left gripper. Open the right gripper.",
        "Rotate the left gripper clockwise to take the cube.",
    ],
)
def test_the_strict_reader_reads_only_what_is_written(text):
    with pytest.raises(ConfigurationError, match="low-level command cannot be") as caught:
        parse_low_level(text)
    assert repr(text) in str(caught.value)
    assert "Hold the left arm still." in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fixes", "problems"),
    [
        ("open gripper", [Fix.gripper(0.0)], 0),
        ("Move the left gripper to the left", [LEFT], 0),
        ("move the right arm slightly to the right to reach the lid", [RIGHT], 1),
        ("Keep the right gripper closed so that nothing falls.", [Fix.gripper(1.0, arm="right")], 1),
        ("Hold the left arm still until the hand is gone.", [Fix.hold(arm="left")], 1),
        ("Hold the left arm still and align the right gripper with the plate.", [Fix.hold(arm="left")], 1),
        ("Move the right arm back to its original position.", [Fix.rewind(arm="right")], 0),
        (
            "Move the left gripper to the left and rotate it counter clockwise, taking the lid.",
            [Fix(FixKind.TRANSLATION, translation_m=LEFT.translation_m, rotation_rad=(0, 0, TURN_RAD), arm="left")],
            1,
        ),
        (
            "Open the left gripper and move it up.",
            [Fix.gripper(0.0, arm="left"), Fix.translation((0, 0, 0.04), arm="left")],
            0,
        ),
        ("Move the left gripper to the left. Move the right gripper to the right slightly.", [LEFT, RIGHT], 0),
        ("Move the gripper up and down.", [Fix.translation((0, 0, -0.04))], 1),
        ("Move the gripper. Then close the gripper.", [Fix.gripper(1.0)], 1),
    ],
)
def test_the_lenient_reader(text, fixes, problems):
    reading = read_low_level(text)
    assert list(reading.value) == fixes
    assert len(reading.problems) == problems, reading.problems


def test_nothing_to_read():
    assert read_low_level(" ") == (None, ("there is no low-level command",))


def test_the_turn_that_is_read():
    assert math.degrees(TURN_RAD) == pytest.approx(45)
