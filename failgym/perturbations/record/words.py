"""Free text as words: instructions are read and altered a word at a time, and all else in them stays as it is."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_BREAK = re.compile(r"[,.;:!?]")


def listed(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


DETERMINERS = frozenset({"the", "a", "an", "this", "that", "its", "their", "your", "my"})
PRONOUNS = frozenset({"it", "them"})
RELATIONS = listed(
    "on onto upon in into inside within under underneath beneath below above over behind beside near between to toward"
    " towards at from off out outside against around through along across by with of for next front top up down"
)
"""Words that can begin, or be part of, saying where something is or goes."""
JOINTS = frozenset({"and", "then", "or", "but", "until", "so", "while", "when", "where", "without", "unless", "if"})
"""Words after which another clause may begin."""

ACTIONS = listed(
    "arrange break bring build carry clean close cook cover cut drag draw drop dry extract fetch fit flip flick fold"
    " get give grab grasp hand hang hit hold insert keep knock lay lean leave let lift lock lower make mix move nest"
    " open pass peel pick place plug post pour press pull push put raise rake reach release remove return ring roll"
    " rotate scoop screw scrub serve set shake shift shut slice slide smash sort spill spin spread squeeze stack stir"
    " store stretch sweep swing swipe switch take tap tear throw tie tilt tip topple toss turn twist uncover unfold"
    " unlock unplug unscrew unstack untie unwrap unzip use wash wipe wrap write zip"
)
"""Verbs that instructions begin with."""


class Word(NamedTuple):
    """One word in its place."""

    text: str
    """Lower case."""
    start: int
    """Index of its first character."""
    end: int
    """One past its last one."""


class Match(NamedTuple):
    """A phrase in its place: `words[first:last]` of the text."""

    phrase: str
    """Lower case, single spaces."""
    first: int
    last: int


def words_of(text: str) -> list[Word]:
    """Return the words of a text, in order."""
    return [Word(found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text)]


def matches(words: Sequence[Word], phrases: Sequence[str]) -> list[Match]:
    """Return where these phrases stand, in order; where several begin, the longest one."""
    split = sorted((tuple(phrase.lower().split()) for phrase in phrases), key=len, reverse=True)
    found: list[Match] = []
    index = 0
    while index < len(words):
        here = next((p for p in split if tuple(word.text for word in words[index : index + len(p)]) == p), None)
        if here:
            found.append(Match(" ".join(here), index, index + len(here)))
        index += len(here) if here else 1
    return found


def clauses(text: str, words: Sequence[Word]) -> list[int]:
    """Return for each word the index of the first word of its clause.

    Clauses end at punctuation and at words that join them.
    """
    starts: list[int] = []
    for index, word in enumerate(words):
        joined = index > 0 and words[index - 1].text in JOINTS
        broken = index > 0 and _BREAK.search(text[words[index - 1].end : word.start])
        starts.append(index if index == 0 or joined or broken else starts[-1])
    return starts


def replaced(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    """Return the text with some stretches, (start, end, new text), in the case of what stood there."""
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + _in_case_of(text[start:end], new) + text[end:]
    return text


def head(name: str) -> str:
    """Return the noun that a name turns on: its last word."""
    return name.split()[-1] if name.split() else ""


def _in_case_of(old: str, new: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
