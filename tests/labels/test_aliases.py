import pytest

from failgym.errors import UnknownNameError
from failgym.labels import ALIASES, FailureMode, alias, modes

M = FailureMode
NAMES = [(paper, mode, label) for paper, table in ALIASES.items() for mode, label in table.items()]


def test_papers():
    assert set(ALIASES) == {"guardian", "dream2fix", "vifailback", "aha"}


@pytest.mark.parametrize(("paper", "mode", "label"), NAMES)
def test_every_label_leads_back_to_its_mode(paper, mode, label):
    assert alias(mode, paper) == label
    assert mode in modes(label, paper)


def test_vifailback_names_every_mode_with_four_types():
    labels = [alias(mode, "vifailback") for mode in FailureMode]
    assert set(labels) == {"task planning", "gripper 6d-pose", "gripper state", "human intervention"}


def test_dream2fix_has_exactly_its_four_types():
    assert set(ALIASES["dream2fix"].values()) == {"delay_close", "weak_close", "force_open", "translation"}


@pytest.mark.parametrize(
    ("label", "paper", "expected"),
    [
        ("force_open", "dream2fix", (M.NO_CLOSE,)),
        ("gripper_delay_close", "dream2fix", (M.DELAY_CLOSE,)),
        ("no_grasp", "guardian", (M.NO_CLOSE,)),
        ("Imprecise grasping/pushing", "guardian", (M.TRANSLATION,)),
        ("translation_target", "guardian", (M.TRANSLATION,)),
        ("wrong object manipulated", "guardian", (M.WRONG_OBJECT,)),
        ("wrong_sequence", "guardian", (M.WRONG_ORDER,)),
        ("ground_truth", "guardian", ()),
        ("no progress", "guardian", ()),
        ("rotation_z", "aha", (M.ROTATION,)),
        ("GRIPPER  6d_pose", "vifailback", (M.TRANSLATION, M.ROTATION)),
        ("gripper state", "vifailback", (M.NO_CLOSE, M.DELAY_CLOSE, M.WEAK_CLOSE, M.SLIP)),
    ],
)
def test_labels_are_read(label, paper, expected):
    assert modes(label, paper) == expected


def test_a_mode_without_a_name_is_none():
    assert alias(M.SLIP, "dream2fix") is None


@pytest.mark.parametrize("ask", [lambda: alias(M.SLIP, "gardian"), lambda: modes("slip", "gardian")])
def test_an_unknown_paper_suggests_the_nearest(ask):
    with pytest.raises(UnknownNameError, match="Did you mean 'guardian'"):
        ask()
