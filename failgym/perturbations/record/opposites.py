"""What a sentence becomes when its deed is played backwards: open and close, put in and take out."""

import re
from collections.abc import Callable
from typing import NamedTuple

from failgym.perturbations.record.facts import thing_of
from failgym.perturbations.record.words import ACTIONS, JOINTS, PRONOUNS, clauses, head, replaced, words_of


class IrreversibleError(Exception):
    """A sentence that says nothing sensible backwards; the message says why."""


class Opposite(NamedTuple):
    """A sentence, backwards."""

    text: str
    pushed: bool
    """Something was moved without a grip on it: backwards it would follow a receding hand."""


def opposite(text: str) -> Opposite:
    """Return what is done when a sentence is done backwards: its clauses in reverse order, each with its opposite.

    Raises:
        IrreversibleError: a clause has no opposite, or refers to one that would come later.
    """
    parts = _parts(text)
    for clause, _ in parts:
        _check(clause)
    done = [_clause(clause) for clause in _without_pronouns([clause for clause, _ in parts])]
    turned = [new for new, _ in reversed(done)]
    joints = [joint for _, joint in parts]
    sentence = "".join(clause + joint for clause, joint in zip(turned, joints, strict=True))
    if text.strip()[:1].isupper():
        sentence = sentence.upper() if text.isupper() else sentence[:1].upper() + sentence[1:]
    return Opposite(sentence, any(pushed for _, pushed in done))


# -- clauses -----------------------------------------------------------------------------------------------------------


def _parts(text: str) -> list[tuple[str, str]]:
    """Return the clauses that begin with a verb, each with what stands between it and the next one."""
    words = words_of(text)
    if not words:
        raise IrreversibleError("it says nothing")
    starts = [start for start in dict.fromkeys(clauses(text, words)) if start == 0 or words[start].text in ACTIONS]
    parts = []
    for start, following in zip(starts, [*starts[1:], len(words)], strict=True):
        last = following - 1
        while following < len(words) and last > start and words[last].text in JOINTS:
            last -= 1
        begin = words[start].start if start else 0
        stop = words[following].start if following < len(words) else len(text)
        parts.append((text[begin : words[last].end], text[words[last].end : stop]))
    if len(parts) > 1:
        parts = [(_small(clause), joint) for clause, joint in parts]
    return parts


def _without_pronouns(parts: list[str]) -> list[str]:
    """Return the clauses with `it` and `them` spelled out: backwards they would come before what they mean."""
    spelled: list[str] = []
    for part in parts:
        words = [word for word in words_of(part) if word.text in PRONOUNS]
        if words:
            meant = _meant(part, spelled)
            part = replaced(part, [(word.start, word.end, meant) for word in words])
        spelled.append(part)
    return spelled


def _meant(part: str, before: list[str]) -> str:
    """Return what a pronoun means: what the clause before opened or can be opened, or what that one acted on."""
    if not before:
        raise IrreversibleError("nothing says what 'it' is")
    named = [name for name in _named(before[-1]) if name]
    if not named:
        raise IrreversibleError(f"it is not clear what 'it' means after: {before[-1]}")
    if words_of(part)[0].text in ("open", "close", "shut"):
        opened = [name for name in named if "open" in thing_of(head(name)).strokes]
        if len(opened) != 1:
            raise IrreversibleError(f"it is not clear what is opened or closed after: {before[-1]}")
        return opened[0]
    if len(named) > 1 and re.match(_PUT, before[-1], re.IGNORECASE):
        raise IrreversibleError(f"'it' may be one thing or the other after: {before[-1]}")
    return named[0]


def _named(clause: str) -> list[str]:
    for pattern, _, _ in _RULES:
        if found := pattern.fullmatch(clause):
            return [value for value in found.groupdict().values() if value]
    return []


def _check(clause: str) -> None:
    first = words_of(clause)[0].text
    if first in _ONE_WAY:
        raise IrreversibleError(f"to {first} is not undone backwards: {_ONE_WAY[first]}")
    for word in ("then", "until", "so that", "which", "that"):
        if f" {word} " in clause:
            raise IrreversibleError(f"it is not clear what becomes of {word!r} backwards: {clause}")


def _clause(clause: str) -> tuple[str, bool]:
    """Return the opposite of one clause, and whether it pushes."""
    for pattern, new, pushed in _RULES:
        if found := pattern.fullmatch(clause):
            if "upside" in found.groupdict().get("x", "") + " ":
                break
            said = new(found) if callable(new) else found.expand(new)
            return (said[:1].upper() + said[1:] if clause[:1].isupper() else said), pushed
    raise IrreversibleError(f"no opposite is known of: {clause}")


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


# -- the table ---------------------------------------------------------------------------------------------------------

_ONE_WAY = {
    **dict.fromkeys(("pour", "spill", "sprinkle"), "what flows does not flow back"),
    **dict.fromkeys(("drop", "throw", "toss"), "what falls does not rise"),
    **dict.fromkeys(("cut", "slice", "chop", "tear", "break", "crack", "crush", "smash", "peel"), "it stays in pieces"),
    **dict.fromkeys(("press", "ring", "tap", "hit", "knock", "squeeze", "flick"), "a stroke has no return"),
    **dict.fromkeys(("wipe", "clean", "wash", "scrub", "dry", "sweep", "rake"), "what was cleared stays cleared"),
    **dict.fromkeys(("stir", "mix", "shake", "scoop", "spread", "cook", "write", "draw"), "what is mixed stays mixed"),
    **dict.fromkeys(("topple", "tip", "spin", "roll"), "what was let go moved by itself"),
}
"""Verb -> why its deed cannot be played backwards."""

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str], bool]
_RULES: list[Rule] = []
"""Pattern of a clause, what it becomes, and whether it pushes without a grip; the first one that fits is used."""
_X, _Y, _Z = (rf"(?P<{name}>.+?)" for name in "xyz")
_PUT = r"(?:put|place|set|lay|hang|store|stack)"
_PUSHED = r"(?P<verb>push|slide|drag|shove|pull)"
_TAKE = r"(?:take|remove)"
_SIDES = {
    "left": "right",
    "forward": "backward",
    "forwards": "backwards",
    "up": "down",
    "clockwise": "counterclockwise",
    "upright": "upside down",
    "on": "off",
    "open": "closed",
}
_SIDES |= {new: old for old, new in _SIDES.items()} | {"anticlockwise": "clockwise"}


def _other_side(found: re.Match[str]) -> str:
    """Write the same clause with the opposite side."""
    start, end = found.span("side")
    return found.string[:start] + _SIDES[found["side"].lower()] + found.string[end:]


def _rule(pattern: str, new: str | Callable[[re.Match[str]], str], pushed: bool = False) -> None:
    _RULES.append((re.compile(pattern, re.IGNORECASE), new, pushed))


# Longer and more special clauses come first.
_rule(rf"pull {_X} (?:wide )?open(?: (?:by|with|using) .+)?", r"push \g<x> shut")
_rule(rf"push {_X} (?:shut|closed)(?: (?:by|with|using) .+)?", r"pull \g<x> open")
_rule(rf"pull out {_X}", r"push in \g<x>")
_rule(rf"push in {_X}", r"pull out \g<x>")
_rule(rf"pull {_X} out", r"push \g<x> in")
_rule(rf"(?:push|slide) {_X} in", r"pull \g<x> out")
_rule(rf"(?P<verb>turn|switch) on {_X}", r"\g<verb> off \g<x>")
_rule(rf"(?P<verb>turn|switch) off {_X}", r"\g<verb> on \g<x>")
_rule(rf"(?:turn|switch) {_X} (?P<side>on|off)", _other_side)
_rule(rf"(?:turn|rotate|twist) {_X} (?:to the )?(?P<side>left|right)", _other_side)
_rule(rf"(?:turn|rotate|twist) {_X} (?P<side>(?:counter|anti)?clockwise)", _other_side)
_rule(r"(?:flip|turn) (?P<thing>.+?) (?P<side>upright|upside down)", _other_side)
_rule(rf"fold {_X} (?P<side>up|down)", _other_side)
_rule(rf"(?:raise|lift) {_X} into the air", r"put \g<x> down")
for _first, _second in (
    ("open", "close"),
    ("fold", "unfold"),
    ("zip", "unzip"),
    ("lock", "unlock"),
    ("wrap", "unwrap"),
    ("tie", "untie"),
    ("raise", "lower"),
):
    _rule(rf"{_first} {_X}", rf"{_second} \g<x>")
    _rule(rf"{_second} {_X}", rf"{_first} \g<x>")
_rule(rf"shut {_X}", r"open \g<x>")
_rule(rf"lift {_X} (?:off|from) (?:of )?{_Y}", r"put \g<x> down on \g<y>")
_rule(rf"put {_X} down on {_Y}", r"lift \g<x> off \g<y>")
_rule(rf"lift {_X}", r"lower \g<x>")
_rule(rf"pick up {_X} from {_Y}", r"return \g<x> to \g<y>")
_rule(rf"pick up {_X}", r"put down \g<x>")
_rule(rf"put down {_X}", r"pick up \g<x>")
_rule(rf"pick {_X} up", r"put \g<x> down")
_rule(rf"put {_X} down", r"pick \g<x> up")
_rule(rf"(?:{_PUT}|bring) {_X} (?:next to|beside|near|close to) {_Y}", r"take \g<x> away from \g<y>")
_rule(rf"take {_X} away from {_Y}", r"put \g<x> next to \g<y>")
_rule(rf"(?:{_PUT}|move) {_X} (?P<at>in front of|behind|in between|between) {_Y}", r"take \g<x> from \g<at> \g<y>")
_rule(rf"take {_X} from (?P<at>in front of|behind|in between|between) {_Y}", r"put \g<x> \g<at> \g<y>")
_rule(rf"{_TAKE} {_X} (?:off of|off) {_Y}", r"put \g<x> on \g<y>")
_rule(rf"(?:{_TAKE}|pull) {_X} out of {_Y}", r"put \g<x> in \g<y>")
_rule(rf"{_TAKE} {_X} from under {_Y}", r"put \g<x> under \g<y>")
_rule(rf"{_TAKE} {_X} from {_Y}", r"return \g<x> to \g<y>")
_rule(rf"return {_X} to {_Y}", r"remove \g<x> from \g<y>")
_rule(rf"unplug {_X} from {_Y}", r"plug \g<x> into \g<y>")
_rule(rf"plug {_X} into {_Y}", r"unplug \g<x> from \g<y>")
_rule(rf"unscrew {_X} from {_Y}", r"screw \g<x> onto \g<y>")
_rule(rf"screw {_X} (?:onto|on|into|in) {_Y}", r"unscrew \g<x> from \g<y>")
_rule(rf"unstack {_X} from {_Y}", r"stack \g<x> on \g<y>")
_rule(rf"stack {_X} (?:on top of|onto|on) {_Y}", r"unstack \g<x> from \g<y>")
_rule(rf"insert {_X} (?:into|in) {_Y}", r"pull \g<x> out of \g<y>")
_rule(rf"{_PUT} {_X} (?:on top of|onto|on) {_Y}", r"take \g<x> off \g<y>")
_rule(rf"{_PUT} {_X} (?:into|inside of|inside|in) {_Y}", r"take \g<x> out of \g<y>")
_rule(rf"{_PUT} {_X} (?:underneath|under|beneath) {_Y}", r"take \g<x> from under \g<y>")
_rule(rf"bring {_X} from {_Y} to {_Z}", r"bring \g<x> from \g<z> to \g<y>")
for _verb, _slides in ((r"(?P<verb>move|carry)", False), (_PUSHED, True)):
    _rule(rf"{_verb} {_X} from {_Y} to {_Z}", r"\g<verb> \g<x> from \g<z> to \g<y>", _slides)
    _rule(rf"{_verb} {_X} away from {_Y}", r"\g<verb> \g<x> to \g<y>", _slides)
    _rule(rf"{_verb} {_X} (?:to the )?(?P<side>left|right|forwards?|backwards?|up|down)", _other_side, _slides)
    _rule(rf"{_verb} {_X} (?:towards|toward|over to|to) {_Y}", r"\g<verb> \g<x> away from \g<y>", _slides)
_rule(rf"(?:grasp|grab) {_X}", r"release \g<x>")
_rule(rf"(?:release|let go of) {_X}", r"grasp \g<x>")
_rule(rf"{_X} should be (?P<side>open|closed)", _other_side)
