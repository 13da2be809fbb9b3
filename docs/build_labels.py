"""Writes the tables of `labels.md` from the code: `python docs/build_labels.py`."""

from collections.abc import Callable, Iterable
from pathlib import Path

from failgym.labels import ALIASES, LABELS, FailureMode
from failgym.labels.dream2fix.keys import GRIPPER_KEYS, KEYS, TRANSLATION_KEYS
from failgym.labels.papers import UNNAMED

PAGE = Path(__file__).parent / "labels.md"
TITLES = {
    "guardian": "Guardian",
    "dream2fix": "Dream2Fix",
    "vifailback": "ViFailback",
    "aha": "AHA",
    "robofac": "RoboFAC",
}
"""Papers as they write themselves."""


def text(page: str) -> str:
    """Return the page with every table between its markers made anew."""
    for name, make in TABLES.items():
        before, start, rest = page.partition(f"<!-- table: {name} -->\n")
        _, end, after = rest.partition(f"<!-- end: {name} -->\n")
        assert end, name
        page = f"{before}{start}\n{make()}\n\n{end}{after}"
    return page


def names() -> str:
    """Our modes, and the label that is written for each."""
    rows = [
        [f"`{mode}`", mode.family, *(ALIASES[paper].get(mode, "") for paper in TITLES), mode.description]
        for mode in FailureMode
    ]
    return _table(["mode", "family", *TITLES.values(), "what is seen"], rows)


def readings() -> str:
    """The labels of each paper, and what they may mean."""
    rows = [
        [TITLES[paper], label.text, _modes(label.modes) or "nothing failed", label.where, label.note]
        for paper, labels in LABELS.items()
        for label in labels
    ]
    return _table(["paper", "label", "may mean", "stands in", "to know"], rows)


def unnamed() -> str:
    """The modes that a paper has no label for."""
    rows = [[TITLES[paper], _modes(modes), why] for paper, reasons in UNNAMED.items() for why, modes in reasons.items()]
    return _table(["paper", "has no label for", "because"], rows)


def keys() -> str:
    """The keys of label lines."""
    released = {*GRIPPER_KEYS, *TRANSLATION_KEYS}
    rows = [
        [f"`{key.name}`", "both" if key.name in released else "failgym", key.possible.replace("|", "\\|")]
        for key in KEYS.values()
    ]
    return _table(["key", "grammar", "value"], rows)


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(PAGE.read_text("utf-8")), encoding="utf-8")


def _modes(modes: Iterable[FailureMode]) -> str:
    return ", ".join(f"`{mode}`" for mode in modes)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


TABLES: dict[str, Callable[[], str]] = {"names": names, "readings": readings, "unnamed": unnamed, "keys": keys}

if __name__ == "__main__":
    main()
