import pytest

from failgym.errors import UnknownNameError
from failgym.labels import ALIASES, LABELS, FailureMode, alias, lost_labels, lost_modes, modes, names, unnamed

M = FailureMode
PAPERS = ("guardian", "dream2fix", "vifailback", "aha", "robofac")
NAMED = [(paper, mode, label) for paper, table in ALIASES.items() for mode, label in table.items()]
EVERY_LABEL = [(paper, label) for paper, table in LABELS.items() for label in table]
IN_GUARDIANS_FILES = {
    "ground_truth": (),
    "no_close": (M.NO_CLOSE,),
    "no_grasp": (M.NO_CLOSE,),
    "no gripper close": (M.NO_CLOSE,),
    "no progress": (M.NO_PROGRESS,),
    "slip": (M.SLIP, M.EARLY_RELEASE),
    "translation": (M.TRANSLATION,),
    "translation_object": (M.TRANSLATION,),
    "translation_target": (M.TRANSLATION, M.WRONG_PLACEMENT),
    "imprecise grasping/pushing": (M.TRANSLATION, M.ROTATION),
    "rotation": (M.ROTATION,),
    "wrong_object": (M.WRONG_OBJECT,),
    "wrong object manipulated": (M.WRONG_OBJECT, M.MISMATCH),
    "wrong_sequence": (M.WRONG_ORDER,),
    "wrong_target": (M.WRONG_PLACEMENT,),
    "wrong object state or placement": (M.NO_RELEASE, M.UNDERSHOOT, M.OVERSHOOT, M.WRONG_PLACEMENT, M.MISMATCH),
}


def test_papers():
    assert tuple(LABELS) == tuple(ALIASES) == PAPERS


@pytest.mark.parametrize(("paper", "mode", "label"), NAMED)
def test_every_name_leads_back_to_its_mode(paper, mode, label):
    assert alias(mode, paper) == names(mode, paper)[0] == label
    assert mode in modes(label, paper)


@pytest.mark.parametrize(("paper", "label"), EVERY_LABEL)
def test_every_label_is_read_as_what_its_row_says(paper, label):
    assert set(modes(label.text, paper)) == set(label.modes)
    assert all(label.text in names(mode, paper) for mode in label.modes)


@pytest.mark.parametrize(("paper", "label"), EVERY_LABEL)
def test_a_label_that_may_mean_several_modes_says_why(paper, label):
    assert label.note or len(label.modes) == 1
    assert label.note.endswith(".") or not label.note


@pytest.mark.parametrize("paper", PAPERS)
def test_each_label_stands_once(paper):
    folded = [label.text.lower().replace("_", " ") for label in LABELS[paper]]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_mode_has_a_name_or_a_reason_why_not(paper):
    assert {*ALIASES[paper], *unnamed(paper)} == set(FailureMode)
    assert not ALIASES[paper].keys() & unnamed(paper).keys()
    assert all(alias(mode, paper) is None and why for mode, why in unnamed(paper).items())


@pytest.mark.parametrize("paper", PAPERS)
def test_what_is_lost_from_mode_to_label_and_back(paper):
    lost = lost_modes(paper)
    assert {mode for mode, back in lost.items() if not back} == set(unnamed(paper))
    assert all(mode in back for mode, back in lost.items() if back)
    assert all(modes(alias(mode, paper), paper) == (mode,) for mode in FailureMode if mode not in lost)


@pytest.mark.parametrize("paper", PAPERS)
def test_what_is_lost_from_label_to_mode_and_back(paper):
    for label in LABELS[paper]:
        back = tuple(dict.fromkeys(alias(mode, paper) for mode in label.modes))
        assert lost_labels(paper).get(label.text, (label.text,)) == back


def test_losses_of_each_kind():
    assert lost_modes("dream2fix").keys() == unnamed("dream2fix").keys()
    assert lost_modes("vifailback").keys() == {*FailureMode} - {M.HUMAN_INTERVENTION}
    assert lost_modes("aha")[M.NO_CLOSE] == (M.NO_CLOSE, M.NO_RELEASE)
    assert lost_labels("vifailback") == {}
    assert lost_labels("guardian")["ground_truth"] == ()
    assert lost_labels("guardian")["no_grasp"] == ("No gripper close",)
    assert lost_labels("aha")["rotation_z"] == ("rotation",)
    assert lost_labels("dream2fix")["gripper"] == ("force_open", "delay_close", "weak_close")


def test_vifailback_names_every_mode_with_four_types():
    labels = [alias(mode, "vifailback") for mode in FailureMode]
    assert set(labels) == {"task planning", "gripper 6d-pose", "gripper state", "human intervention"}


def test_dream2fix_has_exactly_its_four_types():
    assert set(ALIASES["dream2fix"].values()) == {"delay_close", "weak_close", "force_open", "translation"}


def test_the_sixteen_strings_of_guardians_files():
    assert len(IN_GUARDIANS_FILES) == 16
    in_files = {label.text.lower() for label in LABELS["guardian"] if label.where != "paper"}
    assert in_files == set(IN_GUARDIANS_FILES)


@pytest.mark.parametrize(("label", "expected"), IN_GUARDIANS_FILES.items())
def test_guardians_files_are_read(label, expected):
    assert modes(label, "guardian") == expected


def test_guardians_eleven_names():
    names_of_paper = {label.text for label in LABELS["guardian"] if label.where != "files"}
    assert len(names_of_paper) == 5 + 4 + 2 - 2  # two of the planning failures are execution failures too


def test_the_eleven_type_ids_of_aha():
    ids = {"grasp", "slip", "no_rotation", "wrong_sequence", "wrong_object"}
    ids |= {f"{kind}_{axis}" for kind in ("translation", "rotation") for axis in "xyz"}
    assert {label.text for label in LABELS["aha"] if label.where != "paper"} == ids
    assert len(ids) == 11


def test_robofac_has_five_types_in_its_files_and_six_in_its_paper():
    where = [label.where for label in LABELS["robofac"]]
    assert (where.count("files"), where.count("paper")) == (5, 6)


@pytest.mark.parametrize(
    ("label", "paper", "expected"),
    [
        ("force_open", "dream2fix", (M.NO_CLOSE,)),
        ("gripper_delay_close", "dream2fix", (M.DELAY_CLOSE,)),
        ("gripper", "dream2fix", (M.NO_CLOSE, M.DELAY_CLOSE, M.WEAK_CLOSE)),
        ("Revert action", "guardian", (M.NO_PROGRESS,)),
        ("rotation_z", "aha", (M.ROTATION,)),
        ("translation_x", "aha", (M.TRANSLATION, M.UNDERSHOOT, M.OVERSHOOT, M.WRONG_PLACEMENT)),
        ("Incomplete Grasp", "aha", (M.NO_CLOSE,)),
        ("Wrong-Target Object", "aha", (M.WRONG_OBJECT, M.WRONG_PLACEMENT)),
        ("position offset", "robofac", (M.TRANSLATION, M.UNDERSHOOT, M.OVERSHOOT, M.WRONG_PLACEMENT)),
        ("gripper error", "robofac", (M.NO_CLOSE, M.DELAY_CLOSE, M.WEAK_CLOSE)),
        ("GRIPPER  6d_pose", "vifailback", modes("gripper 6d-pose", "vifailback")),
        ("human intervention", "vifailback", (M.HUMAN_INTERVENTION,)),
    ],
)
def test_labels_are_read(label, paper, expected):
    assert modes(label, paper) == expected


def test_a_mode_without_a_name_is_none():
    assert alias(M.SLIP, "dream2fix") is None
    assert names(M.SLIP, "dream2fix") == ()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: alias(M.SLIP, "gardian"),
        lambda: names(M.SLIP, "gardian"),
        lambda: modes("slip", "gardian"),
        lambda: unnamed("gardian"),
        lambda: lost_modes("gardian"),
        lambda: lost_labels("gardian"),
    ],
)
def test_an_unknown_paper_suggests_the_nearest(ask):
    with pytest.raises(UnknownNameError, match="Did you mean 'guardian'"):
        ask()


def test_an_unknown_label_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no label of robofac named 'close_latt'\. Did you mean 'close_late'"):
        modes("close_latt", "robofac")
