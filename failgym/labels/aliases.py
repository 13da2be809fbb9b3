"""What each paper calls our failure modes, and what we call theirs."""

from __future__ import annotations

from failgym.errors import UnknownNameError
from failgym.labels.papers import LABELS, UNNAMED, Label
from failgym.labels.taxonomy import FailureMode

__all__ = ["ALIASES", "alias", "lost_labels", "lost_modes", "modes", "names", "unnamed"]


def _first_labels(table: tuple[Label, ...]) -> dict[FailureMode, str]:
    first: dict[FailureMode, str] = {}
    for label in table:
        for mode in label.modes:
            first.setdefault(mode, label.text)
    return {mode: first[mode] for mode in FailureMode if mode in first}


ALIASES: dict[str, dict[FailureMode, str]] = {paper: _first_labels(table) for paper, table in LABELS.items()}
"""Paper -> our mode -> the label that is written for it. A mode that is missing has no name in that paper."""


def alias(mode: FailureMode, paper: str) -> str | None:
    """What a paper calls one of our failure modes.

    Args:
        mode: Our failure mode.
        paper: A key of `ALIASES`.

    Returns:
        The paper's label, or None if the paper has no name for it; `unnamed` says why.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    _table(paper)
    return ALIASES[paper].get(mode)


def names(mode: FailureMode, paper: str) -> tuple[str, ...]:
    """Every label of a paper that may mean one of our failure modes, the one that is written for it first.

    A reader of the paper's files may meet any of them; `failgym.labels.papers` says which stand in files.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    return tuple(label.text for label in _table(paper) if mode in label.modes)


def modes(label: str, paper: str) -> tuple[FailureMode, ...]:
    """Which of our failure modes a paper's label may mean, in the order of our taxonomy.

    Args:
        label: The paper's label, in any case, words joined by spaces, hyphens or underscores.
        paper: A key of `ALIASES`.

    Returns:
        All modes that the label may mean; empty where it says that nothing failed.

    Raises:
        UnknownNameError: If the paper is not in the table, or has no such label.
    """
    table = _table(paper)
    meant = [each.modes for each in table if _folded(each.text) == _folded(label)]
    if not meant:
        raise UnknownNameError(f"label of {paper}", label, (each.text for each in table))
    return tuple(mode for mode in FailureMode if any(mode in each for each in meant))


def unnamed(paper: str) -> dict[FailureMode, str]:
    """Our failure modes that a paper has no label for, each with the reason.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    _table(paper)
    reasons = {mode: reason for reason, without in UNNAMED[paper].items() for mode in without}
    return {mode: reasons[mode] for mode in FailureMode if mode in reasons}


def lost_modes(paper: str) -> dict[FailureMode, tuple[FailureMode, ...]]:
    """What is lost from our mode to the paper's label and back.

    Returns:
        For each mode that does not come back as itself alone, what it comes back as: several modes, or none where the
        paper has no label for it.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    _table(paper)
    back = {mode: modes(ALIASES[paper][mode], paper) if mode in ALIASES[paper] else () for mode in FailureMode}
    return {mode: meant for mode, meant in back.items() if meant != (mode,)}


def lost_labels(paper: str) -> dict[str, tuple[str, ...]]:
    """What is lost from the paper's label to our modes and back.

    Returns:
        For each label that does not come back as itself alone, what it comes back as: the labels that are written for
        the modes it may mean, none where it says that nothing failed.

    Raises:
        UnknownNameError: If the paper is not in the table.
    """
    written = ALIASES
    back = {label.text: tuple(dict.fromkeys(written[paper][mode] for mode in label.modes)) for label in _table(paper)}
    return {text: written for text, written in back.items() if written != (text,)}


def _table(paper: str) -> tuple[Label, ...]:
    try:
        return LABELS[paper]
    except KeyError:
        raise UnknownNameError("paper", paper, LABELS) from None


def _folded(label: str) -> str:
    return " ".join(label.lower().replace("_", " ").replace("-", " ").split())
