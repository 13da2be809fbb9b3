"""What plans of RLBench's tasks are made of: the words that descriptions vary, and where each subtask ends."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Boundary = Literal["closes", "lets_go", "opens", "end"] | int
"""Where a subtask ends in a demonstration: at the key pose at which the gripper has closed (`closes`) or opened
(`opens`), at the frame before it opens (`lets_go`), that many key poses on (a number), at the last key pose (`end`)."""

Words = Mapping[str, tuple[str, ...]]
"""Words found in a description by kind, in order of appearance, each once."""


class Line(NamedTuple):
    """One subtask of a template."""

    text: str
    """In the plan grammar."""
    until: Boundary


@dataclass(frozen=True)
class Template:
    """How a task is done, up to the words that its variations change."""

    needs: tuple[str, ...]
    """Kinds of words that a description must hold, keys of `VOCABULARY`."""
    lines: Callable[[Words], Sequence[Line]]
    closed: str = ""
    """What is closed at the start, with the word in braces; empty for nothing."""


COUNTS: dict[str, int] = {"1": 1, "2": 2, "3": 3, "4": 4, "one": 1, "two": 2, "three": 3, "four": 4}
"""How many things a description asks for."""
VOCABULARY: dict[str, tuple[str, ...]] = {
    "colour": (
        "red", "maroon", "lime", "green", "blue", "navy", "yellow", "cyan", "magenta", "silver", "gray", "orange",
        "olive", "purple", "teal", "azure", "violet", "rose", "black", "white", "pink",
    ),
    "level": ("middle bottom", "middle top", "bottom", "middle", "top"),
    "side": ("left", "middle", "right"),
    "size": ("tall", "short"),
    "count": tuple(COUNTS),
    "meat": ("chicken", "steak"),
    "shape": ("cube", "cylinder", "triangular prism", "star", "moon"),
    "item": ("block", "cylinder", "moon"),
    "grocery": (
        "crackers box", "crackers", "chocolate jello box", "chocolate jello", "strawberry jello box",
        "strawberry jello", "soup can", "soup", "tuna can", "tuna", "spam can", "spam", "sugar box", "sugar",
        "coffee can", "coffee", "mustard bottle", "mustard",
    ),
}  # fmt: skip
"""Words by which RLBench's variations differ, by kind."""

# The marker on which towers are built is green, whatever is built.
_PATTERNS = {
    kind: re.compile(rf"\b(?:{'|'.join(sorted(words, key=len, reverse=True))})\b(?! marker)")
    for kind, words in VOCABULARY.items()
}
ORDINALS = ("first", "second", "third", "fourth")
"""Names of things that look alike, in the order in which they are used."""


def read_words(description: str) -> Words:
    """Return the words of every kind that a description holds."""
    text = " ".join(description.lower().split())
    return {kind: tuple(dict.fromkeys(pattern.findall(text))) for kind, pattern in _PATTERNS.items()}


def filled(text: str, words: Words) -> str:
    """Return a text with the first word of each kind in place of the kind's name in braces."""
    return text.format(**{kind: found[0] for kind, found in words.items() if found})
