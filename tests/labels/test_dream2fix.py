import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from failgym.errors import ConfigurationError, FailGymError, UnknownNameError
from failgym.labels import Dream2FixLabel, FailureMode, Fix, FixKind, Stage, alias, read_label
from failgym.labels.dream2fix import GRAMMARS, STEP_M
from failgym.labels.dream2fix.keys import GRIPPER_KEYS, KEYS, TRANSLATION_KEYS
from tests.labels.strategies import close_to, fixes

GRIPPER = "RESULT=FAIL; TYPE=gripper; STAGE=keyframe; MODE=delay_close; FIX_G=CLOSE; KF_GT=31;\nSUMMARY: It is late."
TRANSLATION = (
    "RESULT=FAIL; TYPE=translation; STAGE=pre_grasp; FIX_DIR_X=-x; FIX_N_X=2; FIX_DIR_Y=+y; FIX_N_Y=3;\nSUMMARY: Off."
)
LATE = Dream2FixLabel(False, FailureMode.DELAY_CLOSE, Fix.gripper(1.0, stage=Stage.GRASP), 31, "It is late.")
OFF = Dream2FixLabel(
    False, FailureMode.TRANSLATION, Fix.translation((-0.04, 0.06, 0.0), stage=Stage.PRE_GRASP), summary="Off."
)
LINES = st.text().map(lambda text: " ".join(text.split()))
GRIPPER_MODES = (FailureMode.NO_CLOSE, FailureMode.DELAY_CLOSE, FailureMode.WEAK_CLOSE)


@st.composite
def labels(draw):
    """Draw any label that the extended grammar can say."""
    if draw(st.integers(0, 9)) == 0:
        return Dream2FixLabel(True, summary=draw(LINES))
    mode, fix = draw(st.sampled_from(FailureMode)), draw(st.none() | fixes())
    return Dream2FixLabel(False, mode, fix, draw(st.none() | st.integers(0, 999)), draw(LINES))


@st.composite
def paper_labels(draw):
    """Draw a label of the released kinds, with offsets between the steps."""
    if draw(st.booleans()):
        fix = Fix.gripper(float(draw(st.booleans())), stage=Stage.GRASP)
        return Dream2FixLabel(False, draw(st.sampled_from(GRIPPER_MODES)), fix, draw(st.integers(0, 99)), draw(LINES))
    x, y = draw(st.floats(-0.3, 0.3)), draw(st.floats(-0.3, 0.3))
    assume(max(abs(x), abs(y)) > 0.51 * STEP_M)
    fix = Fix.translation((x, y, draw(st.floats(-0.009, 0.009))), stage=Stage.PRE_GRASP)
    return Dream2FixLabel(False, FailureMode.TRANSLATION, fix, summary=draw(LINES))


def alike(read, given, **slack):
    """Whether two labels are the same but for the quantisation of the fix."""
    same = replace(read, fix=None) == replace(given, fix=None)
    if read.fix is None or given.fix is None:
        return same and read.fix is given.fix
    return same and close_to(read.fix, given.fix, **slack)


@given(labels())
def test_a_label_and_back(label):
    read = Dream2FixLabel.parse(label.text())
    assert alike(read, label, metres=0.00005, radians=math.radians(0.05), closure=0.005)


@given(labels())
def test_a_text_and_back(label):
    text = label.text()
    assert Dream2FixLabel.parse(text).text() == text


@given(paper_labels())
def test_a_label_of_the_paper_and_back(label):
    text = label.text("paper")
    read = Dream2FixLabel.parse(text, "paper")
    assert read.text("paper") == text
    assert alike(read, label, metres=STEP_M / 2, radians=0.0, closure=0.0)


@given(paper_labels(), st.sampled_from([0.005, 0.01, 0.015]))
def test_the_step_is_a_choice(label, step_m):
    if label.fix.kind is FixKind.TRANSLATION:
        label = replace(label, fix=Fix.translation((*label.fix.translation_m[:2], 0.0), stage=label.fix.stage))
    read = Dream2FixLabel.parse(label.text("paper", step_m=step_m), "paper", step_m=step_m)
    assert alike(read, label, metres=step_m / 2, radians=0.0, closure=0.0)


@given(paper_labels())
def test_a_line_of_the_paper_is_one_of_ours(label):
    text = label.text("paper")
    read, ours = Dream2FixLabel.parse(text, "paper"), Dream2FixLabel.parse(text)
    assert replace(read, summary="") == replace(ours, summary="")


@given(labels())
def test_a_lenient_reader_reads_what_is_right_without_complaint(label):
    text = label.text()
    reading = read_label(text)
    assert reading.problems == ()
    assert replace(reading.value, summary="") == replace(Dream2FixLabel.parse(text), summary="")


@given(st.text() | st.lists(st.sampled_from([*KEYS, *"=;:\n ", "FAIL", "CLOSE", "1", "+x", '"'])).map("".join))
def test_no_text_breaks_a_reader(text):
    reading = read_label(text)
    assert isinstance(reading.value, Dream2FixLabel) or (reading.value is None and reading.problems)
    for grammar in GRAMMARS:
        try:
            label = Dream2FixLabel.parse(text, grammar)
        except FailGymError:
            continue
        assert label.text(grammar) == text.removesuffix("\n")


@pytest.mark.parametrize("grammar", GRAMMARS)
@pytest.mark.parametrize(("text", "label"), [(GRIPPER, LATE), (TRANSLATION, OFF)], ids=["gripper", "translation"])
def test_released_lines(text, label, grammar):
    assert Dream2FixLabel.parse(text, grammar) == label
    assert Dream2FixLabel.parse(text + "\n", grammar) == label
    assert label.text("paper") == text


def test_released_lines_that_open():
    opens = GRIPPER.replace("CLOSE", "OPEN").replace("delay", "weak")
    label = Dream2FixLabel.parse(opens, "paper")
    assert (label.mode, label.fix.gripper_closure) == (FailureMode.WEAK_CLOSE, 0.0)
    assert label.text("paper") == opens


def test_a_success_has_one_key():
    assert Dream2FixLabel(True).text("paper") == "RESULT=SUCCESS;\nSUMMARY: The task is done."


def test_keys_of_the_paper_in_their_order():
    for text, keys in ((GRIPPER, GRIPPER_KEYS), (TRANSLATION, TRANSLATION_KEYS)):
        assert tuple(pair.split("=")[0] for pair in text.split("\n")[0].split("; ")) == keys
    assert [name for name in KEYS if name in GRIPPER_KEYS] == list(GRIPPER_KEYS)
    assert [name for name in KEYS if name in TRANSLATION_KEYS] == list(TRANSLATION_KEYS)


def test_modes_of_the_paper_have_its_names():
    for mode in GRIPPER_MODES:
        label = Dream2FixLabel(False, mode, Fix.gripper(1.0), 3)
        assert f"MODE={alias(mode, 'dream2fix')};" in label.text("paper")


def test_what_the_paper_leaves_out():
    label = Dream2FixLabel(False, "no_close", Fix.gripper(1.0, subtask=2), 5)
    assert Dream2FixLabel.parse(label.text("paper"), "paper").fix == Fix.gripper(1.0, stage=Stage.GRASP)
    assert "SUBTASK=2;" in label.text()


@pytest.mark.parametrize(
    ("mode", "fix", "keyframe", "said"),
    [
        ("rotation", Fix.rotation((0.1, 0, 0)), None, "TYPE gripper or translation"),
        ("wrong_object", Fix.retarget("cube"), None, "TYPE gripper or translation"),
        ("collision", None, None, "TYPE gripper or translation"),
        ("slip", Fix.gripper(1.0), 3, "label cannot be 'slip'. Possible: no_close, delay_close, weak_close"),
        ("no_close", Fix.gripper(1.0), None, "KF_GT for TYPE gripper"),
        ("no_close", Fix.gripper(0.5), 3, "OPEN or CLOSE"),
        ("no_close", Fix.gripper(1.0, stage="lift"), 3, "stage grasp for TYPE gripper"),
        ("no_close", Fix.gripper(1.0, arm="left"), 3, "in the grammar 'paper'"),
        ("translation", Fix.translation((0.04, 0, 0.04)), None, "an offset in x and y"),
        ("translation", Fix.translation((0.04, 0, 0), closure=1.0), None, "in the grammar 'paper'"),
        ("translation", Fix.translation((0.004, 0.004, 0)), None, "one step at least"),
        ("wrong_placement", Fix.translation((0.04, 0, 0)), None, "in the grammar 'paper'"),
        (None, Fix.gripper(1.0), 3, "a failure mode"),
    ],
)
def test_what_the_paper_cannot_say(mode, fix, keyframe, said):
    with pytest.raises(ConfigurationError, match=said):
        Dream2FixLabel(False, mode, fix, keyframe).text("paper")


@pytest.mark.parametrize("mode", FailureMode)
def test_ours_says_every_mode(mode):
    assert Dream2FixLabel.parse(Dream2FixLabel(False, mode).text()) == Dream2FixLabel(False, mode)


@pytest.mark.parametrize(
    ("label", "line"),
    [
        (
            Dream2FixLabel(False, "translation", Fix.translation((0.0321, -0.0004, 0.1), closure=1, stage="pre_grasp")),
            "TYPE=translation; STAGE=pre_grasp; FIX_G=CLOSE; FIX_M_X=+0.0321; FIX_M_Y=-0.0004; FIX_M_Z=+0.1000;",
        ),
        (
            Dream2FixLabel(False, "rotation", Fix.rotation((0, 0, -math.pi / 4), arm="left", subtask=1)),
            "TYPE=rotation; MODE=rotation; ARM=left; SUBTASK=1; FIX_DEG_X=+0.0; FIX_DEG_Y=+0.0; FIX_DEG_Z=-45.0;",
        ),
        (
            Dream2FixLabel(False, "weak_close", Fix.gripper(0.6, stage="grasp"), 12),
            "TYPE=gripper; STAGE=keyframe; MODE=weak_close; FIX_G=0.60; KF_GT=12;",
        ),
        (
            Dream2FixLabel(False, "undershoot", Fix.stroke(0.03, -0.5)),
            "TYPE=stroke; MODE=undershoot; FIX_M_ALONG=+0.0300; FIX_DEG_ALONG=-28.6;",
        ),
        (
            Dream2FixLabel(False, "wrong_object", Fix.retarget('the "big; red" one')),
            r'TYPE=retarget; MODE=wrong_object; FIX_OBJ="the \"big; red\" one";',
        ),
        (
            Dream2FixLabel(False, "missing_subtask", Fix.replan("1. open the drawer\n2. grasp the block")),
            r'TYPE=replan; MODE=missing_subtask; FIX_PLAN="1. open the drawer\n2. grasp the block";',
        ),
        (Dream2FixLabel(False, "human_intervention", Fix.hold()), "TYPE=hold; MODE=human_intervention;"),
        (Dream2FixLabel(False, "wrong_order", Fix.rewind(arm="right")), "TYPE=rewind; MODE=wrong_order; ARM=right;"),
    ],
    ids=lambda given: given.mode if isinstance(given, Dream2FixLabel) else "",
)
def test_our_lines(label, line):
    assert label.text().split("\n")[0] == "RESULT=FAIL; " + line


def test_the_summary_says_the_steps():
    summary = Dream2FixLabel(False, "translation", Fix.translation((-0.02, 0.05, 0))).text("paper").split("\n")[1]
    assert summary.endswith("To correct it, move the gripper 1 step in -x and 2 steps in +y before the grasp.")


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("RESULT=FAIL; ", "", ConfigurationError, "RESULT first"),
        ("RESULT=FAIL", "RESULT=FAILED", ConfigurationError, "RESULT cannot be 'FAILED'. Possible: SUCCESS, FAIL"),
        ("RESULT=FAIL", "RESULT=SUCCESS", ConfigurationError, "RESULT alone"),
        ("TYPE=gripper", "TYPE=grip", ConfigurationError, "TYPE cannot be 'grip'. Possible: gripper, translation"),
        ("STAGE=keyframe", "STAGE=grasp", ConfigurationError, "STAGE cannot be 'grasp'. Possible: .*keyframe"),
        ("STAGE=keyframe; ", "", ConfigurationError, "in the grammar 'paper'"),
        ("MODE=delay_close", "MODE=slip", ConfigurationError, "label cannot be 'slip'. Possible: no_close"),
        ("FIX_G=CLOSE", "FIX_G=0.50", ConfigurationError, "OPEN or CLOSE"),
        ("KF_GT=31", "KF_GT=031", ConfigurationError, "KF_GT cannot be '031'. Possible: a frame from 0"),
        ("KF_GT=31", "KF_GT=-1", ConfigurationError, "KF_GT cannot be '-1'"),
        ("KF_GT=31", "KFGT=31", UnknownNameError, "no key of a label line named 'KFGT'. Did you mean 'KF_GT'"),
        ("KF_GT=31", "ARM=left", ConfigurationError, "in the order RESULT"),
        ("KF_GT=31", "FIX_G=OPEN", ConfigurationError, "FIX_G cannot be 'OPEN'. Possible: given only once"),
        ("; ", ";", ConfigurationError, "separated by '; '"),
        (";\n", "\n", ConfigurationError, "a line 'RESULT=...; KEY=VALUE;'"),
        ("\nSUMMARY", " SUMMARY", ConfigurationError, "a line 'SUMMARY: ...'"),
        ("It is late.", "", ConfigurationError, "a line 'SUMMARY: ...'"),
    ],
)
def test_the_strict_reader_names_what_was_given_and_what_is_possible(old, new, error, said):
    with pytest.raises(error, match=said):
        Dream2FixLabel.parse(GRIPPER.replace(old, new), "paper")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("-x", "x", "FIX_DIR_X cannot be 'x'. Possible: .x, -x"),
        ("FIX_N_X=2", "FIX_N_X=0", "label cannot be '-x'. Possible: .x for 0 steps"),
        ("FIX_DIR_Y=+y; FIX_N_Y=3", "FIX_DIR_Y=+y", "all or none of FIX_DIR_X, FIX_N_X, FIX_DIR_Y, FIX_N_Y"),
        ("STAGE=pre_grasp; ", "STAGE=pre_grasp; MODE=translation; ", "no MODE where TYPE=translation"),
        ("TYPE=translation; ", "", "MODE too"),
        ("TYPE=translation; STAGE=pre_grasp; ", "MODE=translation; ", "TYPE before what there is to do"),
        ("TYPE=translation", "TYPE=rotation", "MODE too"),
        ("FIX_N_Y=3", "FIX_N_Y=3; FIX_M_X=+0.0100; FIX_M_Y=+0.0000; FIX_M_Z=+0.0000", "steps or metres, not both"),
        (
            "FIX_DIR_X=-x; FIX_N_X=2; FIX_DIR_Y=+y; FIX_N_Y=3",
            "FIX_M_X=+0.01",
            "FIX_M_X cannot be '.0.01'. Possible: met",
        ),
    ],
)
def test_what_does_not_stand_together(old, new, said):
    with pytest.raises(ConfigurationError, match=said):
        Dream2FixLabel.parse(TRANSLATION.replace(old, new))


def test_types_need_their_keys():
    for kind, key in (("gripper", "FIX_G"), ("rotation", "FIX_DEG_X"), ("stroke", "FIX_M_ALONG or FIX_DEG_ALONG")):
        with pytest.raises(ConfigurationError, match=f"{key} for TYPE {kind}"):
            Dream2FixLabel.parse(f"RESULT=FAIL; TYPE={kind}; MODE=slip;\nSUMMARY: Lost.")


@pytest.mark.parametrize("act", [lambda: LATE.text("papr"), lambda: Dream2FixLabel.parse(GRIPPER, "papr")])
def test_an_unknown_grammar_suggests_the_nearest(act):
    with pytest.raises(UnknownNameError, match=r"no grammar named 'papr'\. Did you mean 'paper'"):
        act()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"success": True, "mode": "slip"}, "a mode, a fix or a keyframe"),
        ({"success": False, "mode": "bad luck"}, "no_close, delay_close"),
        ({"success": False, "keyframe": -1}, "a frame from 0"),
        ({"success": True, "summary": "two\nlines"}, "one line"),
    ],
)
def test_labels_that_cannot_be(arguments, said):
    with pytest.raises(ConfigurationError, match=said):
        Dream2FixLabel(**arguments)


@pytest.mark.parametrize(
    ("text", "label", "problems"),
    [
        (TRANSLATION.replace("\nSUMMARY:", ""), replace(OFF, summary="Off."), 0),  # Table I has the words on the line
        (
            "Sure:\n```\nresult: fail\ntype = gripper, mode = Delay-Close\nstage: keyframe; fix_g: close\nkf: 31\n```\n"
            "Summary: It is late.",
            LATE,
            0,
        ),
        ("The KF_GT=31 FIX_G=CLOSE MODE=gripper_delay_close STAGE=grasp TYPE=gripper RESULT=FAIL", LATE, 0),
        (
            "RESULT=FAIL; TYPE=delay_close; STAGE=keyframe; FIX_G=100 %; FIX_K=31.0; COLOUR=red; SUMMARY=It is late.",
            LATE,
            3,
        ),
        ("TYPE=translation; STAGE=pre_grasp; FIX_DIR_X=-; FIX_N_X=2; FIX_DIR_Y=y; FIX_N_Y=3", OFF, 1),
        ("RESULT=SUCCESS; TYPE=gripper", Dream2FixLabel(True), 1),
        ("RESULT=FAIL; TYPE=translation; FIX_N_X=2", Dream2FixLabel(False, "translation"), 3),
        ("RESULT=FAIL; TYPE=gripper; MODE=slippery", Dream2FixLabel(False), 3),
        ("RESULT=FAIL; MODE=collision", Dream2FixLabel(False, "collision"), 0),
        (
            "RESULT=FAIL; TYPE=replan; MODE=wrong_order; FIX_PLAN=lift; ARM=left",
            Dream2FixLabel(False, "wrong_order"),
            1,
        ),
        (
            "RESULT=FAIL; TYPE=rotation; MODE=rotation; FIX_DEG_Z=-45",
            Dream2FixLabel(False, "rotation", Fix.rotation((0, 0, -math.pi / 4))),
            2,
        ),
    ],
)
def test_the_lenient_reader(text, label, problems):
    reading = read_label(text)
    assert replace(reading.value, summary=label.summary) == label
    assert len(reading.problems) == problems, reading.problems


def test_the_lenient_reader_keeps_the_words():
    assert read_label(GRIPPER).value.summary == "It is late."
    assert read_label(TRANSLATION.replace("\nSUMMARY:", "")).value.summary == "Off."


def test_nothing_to_read():
    assert read_label("I cannot see it.") == (None, ("there is no key of a label line",))


def test_every_kind_can_be_written():
    assert set(FixKind) == set(map(KEYS["TYPE"].value, KEYS["TYPE"].possible.split(", ")))
