"""The one table of paper names: what each paper calls our failure modes."""

from __future__ import annotations

from failgym.errors import UnknownNameError
from failgym.labels.taxonomy import FailureMode

__all__ = ["ALIASES", "alias", "modes"]

_M = FailureMode

ALIASES: dict[str, dict[FailureMode, str]] = {
    # Section III-B; "slip" and "rotation" are in the released records and not among the paper's own modes.
    "guardian": {
        _M.NO_CLOSE: "No gripper close",
        _M.TRANSLATION: "Imprecise grasping/pushing",
        _M.ROTATION: "rotation",
        _M.SLIP: "slip",
        _M.WRONG_OBJECT: "Wrong object manipulated",
        _M.MISSING_SUBTASK: "Missing subtask",
        _M.WRONG_ORDER: "Wrong order",
    },
    "dream2fix": {
        _M.NO_CLOSE: "force_open",
        _M.DELAY_CLOSE: "delay_close",
        _M.WEAK_CLOSE: "weak_close",
        _M.TRANSLATION: "translation",
    },
    # The four types of section 3; its prompts define each in one sentence.
    "vifailback": {
        _M.NO_CLOSE: "gripper state",
        _M.DELAY_CLOSE: "gripper state",
        _M.WEAK_CLOSE: "gripper state",
        _M.SLIP: "gripper state",
        _M.TRANSLATION: "gripper 6d-pose",
        _M.ROTATION: "gripper 6d-pose",
        _M.WRONG_OBJECT: "task planning",
        _M.MISSING_SUBTASK: "task planning",
        _M.WRONG_ORDER: "task planning",
        _M.HUMAN_INTERVENTION: "human intervention",
    },
    # Type ids of its generator; the ids per axis are read below.
    "aha": {
        _M.NO_CLOSE: "grasp",
        _M.SLIP: "slip",
        _M.TRANSLATION: "translation",
        _M.ROTATION: "rotation",
        _M.WRONG_OBJECT: "wrong_object",
        _M.WRONG_ORDER: "wrong_sequence",
    },
}
"""Paper -> our mode -> the paper's label. A mode that is missing has no name in that paper."""

# Other spellings met in released records: read, never written.
_SPELLINGS: dict[str, dict[str, FailureMode]] = {
    "guardian": {
        "no_close": _M.NO_CLOSE,
        "no_grasp": _M.NO_CLOSE,
        "translation": _M.TRANSLATION,
        "translation_object": _M.TRANSLATION,
        "translation_target": _M.TRANSLATION,
        "wrong_object": _M.WRONG_OBJECT,
        "wrong_sequence": _M.WRONG_ORDER,
    },
    "dream2fix": {
        "gripper_force_open": _M.NO_CLOSE,
        "gripper_delay_close": _M.DELAY_CLOSE,
        "gripper_weak_close": _M.WEAK_CLOSE,
    },
    "aha": {
        **{f"translation_{axis}": _M.TRANSLATION for axis in "xyz"},
        **{f"rotation_{axis}": _M.ROTATION for axis in "xyz"},
        "no_rotation": _M.ROTATION,
        "incomplete grasp": _M.NO_CLOSE,
        "wrong action sequence": _M.WRONG_ORDER,
        "wrong target object": _M.WRONG_OBJECT,
    },
}


def alias(mode: FailureMode, paper: str) -> str | None:
    """What a paper calls one of our failure modes.

    Args:
        mode: Our failure mode.
        paper: A key of `ALIASES`.

    Returns:
        The paper's label, or None if the paper has no name for it.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    return _table(paper).get(mode)


def modes(label: str, paper: str) -> tuple[FailureMode, ...]:
    """Which of our failure modes a paper's label may mean, in the order of our taxonomy.

    Args:
        label: The paper's label, in any case, words joined by spaces, hyphens or underscores.
        paper: A key of `ALIASES`.

    Returns:
        All modes that carry the label; empty if we have none for it.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    wanted = _folded(label)
    meant = {mode for mode, name in _table(paper).items() if _folded(name) == wanted}
    meant |= {mode for name, mode in _SPELLINGS.get(paper, {}).items() if _folded(name) == wanted}
    return tuple(mode for mode in FailureMode if mode in meant)


def _table(paper: str) -> dict[FailureMode, str]:
    try:
        return ALIASES[paper]
    except KeyError:
        raise UnknownNameError("paper", paper, ALIASES) from None


def _folded(label: str) -> str:
    return " ".join(label.lower().replace("_", " ").replace("-", " ").split())
