"""Relations and states in a sentence, and the sentence with the opposite one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from failgym.perturbations.record.words import (
    ACTIONS,
    DETERMINERS,
    JOINTS,
    PRONOUNS,
    RELATIONS,
    Match,
    Word,
    clauses,
    listed,
    matches,
    replaced,
    words_of,
)


class Swapped(NamedTuple):
    """One way to turn a sentence into its opposite."""

    phrase: str
    by: str
    text: str
    """The whole sentence."""
    everywhere: bool = False
    """Both words of the pair changed wherever they stand."""


def swaps(text: str) -> list[Swapped]:
    """Return every way to swap one relation or state in a sentence, in the order of its words."""
    words = words_of(text)
    starts = clauses(text, words)
    found: dict[str, Swapped] = {}
    for match in matches(words, list(_SWAPS)):
        rule = next((rule for rule in _SWAPS[match.phrase] if rule.fits(words, starts, match)), None)
        if rule is None:
            continue
        changes = [(words[match.first].start, words[match.last - 1].end, rule.by)]
        if rule.everywhere:
            pair = {match.phrase: rule.by, rule.by: match.phrase}
            changes = [
                (word.start, word.end, pair[word.text])
                for index, word in enumerate(words)
                if word.text in pair and rule.fits(words, starts, Match(word.text, index, index + 1))
            ]
        new = replaced(text, changes)
        found.setdefault(new, Swapped(match.phrase, rule.by, new, rule.everywhere))
    return list(found.values())


# -- the table ---------------------------------------------------------------------------------------------------------


Fits = Callable[[Sequence[Word], Sequence[int], Match], bool]


class _Rule(NamedTuple):
    by: str
    fits: Fits
    everywhere: bool = False
    """Both words of the pair change wherever they stand."""


_NO_PLACES = listed("air order way time middle center centre half total turn place")
_SIDES = listed("left right top bottom front back")
_PEOPLE = listed("been has have had is was somebody someone he she they we you")
"""Words after which `left` is a verb."""
_MORE = frozenset({"from", "off", "up", "down", "into", "air"})
"""Words that would not fit the opposite verb: pick it up from there, fold it down."""
_TAKEN = frozenset({"pick", "take", "grasp", "grab", "get", "remove"})
"""Verbs after which a relation says where something was: take the spoon in the cup."""
_SWITCHED = frozenset({"turn", "switch"})
_SWUNG = frozenset({"pull", "push", "swing", "slide"})


def _relation(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It says where something goes, of something that follows in the same clause."""
    before = [word.text for word in words[starts[match.first] : match.first]]
    taken = bool(before) and before[0] in _TAKEN and match.phrase not in ("into", "onto", "out of")
    if taken or "which" in before or "that" in before:
        return False
    index = match.last
    if index < len(words) and words[index].text in PRONOUNS:
        return starts[index] == starts[match.first]
    while index < len(words) and words[index].text in DETERMINERS:
        index += 1
    if index >= len(words) or starts[index] != starts[match.first]:
        return False
    noun, after = words[index].text, words[index + 1].text if index + 1 < len(words) else ""
    if noun in _SIDES and (after in ("", "side", "of") or after in JOINTS):
        return False
    return noun not in RELATIONS | JOINTS | _NO_PLACES and not _moved_again(words, starts, match)


def _state(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It is the verb of the last clause, and a plain object follows."""
    first = starts[match.first]
    rest = [word.text for index, word in enumerate(words) if index >= match.last and starts[index] == first]
    if first != match.first or not rest or rest[0] in RELATIONS or not _MORE.isdisjoint(rest):
        return False
    return _last(words, starts, match)


def _particle(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It ends what is switched: turn the tap on, switch the lamp off with the button."""
    first = starts[match.first]
    switched = words[first].text in _SWITCHED and match.first > first + 1
    return switched and not _relation(words, starts, match) and _last(words, starts, match)


def _result(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It is how what is pulled or pushed ends: pull the door open."""
    return words[starts[match.first]].text in _SWUNG and words[match.first - 1].text not in DETERMINERS


def _last(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """No later clause asks for something more, which could undo what this one asks for."""
    return not any(start > match.first and words[start].text in ACTIONS for start in starts)


def _moved_again(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """A later clause says where `it` goes in the end: put it on the plate and move it to the left."""
    pairs = zip(words[match.last :], words[match.last + 1 :], strict=False)
    return any(word.text in PRONOUNS and after.text in RELATIONS for word, after in pairs)


def _side(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It is a side, and neither left alone nor right away."""
    before = words[match.first - 1].text if match.first else ""
    after = words[match.last].text if match.last < len(words) else ""
    beside = before in DETERMINERS | RELATIONS | {"far", "upper", "lower", "rear"} or after in (
        "",
        "side",
        "hand",
        "arm",
    )
    return beside and before not in _PEOPLE and after not in ("now", "away", "next", "on", "in", "open")


def _way(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    """It is one end of a way that has two: from here to there."""
    texts = [word.text for word in words]
    if texts.count("from") != 1 or texts.count("to") != 1 or texts.index("from") > texts.index("to"):
        return False
    end = texts.index("to")
    return end + 1 < len(words) and texts[end + 1] in DETERMINERS and starts[end] == starts[texts.index("from")]


def _anywhere(words: Sequence[Word], starts: Sequence[int], match: Match) -> bool:
    return True


_SWAPS: dict[str, tuple[_Rule, ...]] = {}


def _both(first: str, second: str, fits: Fits, everywhere: bool = False) -> None:
    """Enter a pair; swapping twice gives back the sentence."""
    for phrase, by in ((first, second), (second, first)):
        _SWAPS[phrase] = (*_SWAPS.get(phrase, ()), _Rule(by, fits, everywhere))


for _first, _second in (
    ("on", "under"),
    ("on top of", "underneath"),
    ("above", "below"),
    ("in", "next to"),
    ("into", "out of"),
    ("inside", "outside"),
    ("in front of", "behind"),
    ("near", "far from"),
    ("towards", "away from"),
):
    _both(_first, _second, _relation)
for _first, _second in (
    ("open", "close"),
    ("pick up", "put down"),
    ("turn on", "turn off"),
    ("switch on", "switch off"),
    ("plug in", "unplug"),
    ("fold", "unfold"),
    ("zip", "unzip"),
    ("lock", "unlock"),
    ("cover", "uncover"),
    ("raise", "lower"),
):
    _both(_first, _second, _state)
_both("on", "off", _particle)
_both("open", "shut", _result)
_both("left", "right", _side, everywhere=True)
_both("from", "to", _way, everywhere=True)
_both("clockwise", "counterclockwise", _anywhere)
_both("upright", "upside down", _anywhere)
# One way only: these share their opposite with another word.
for _phrase, _by in (
    ("onto", "under"),
    ("beneath", "on top of"),
    ("over", "under"),
    ("beside", "on"),
    ("toward", "away from"),
):
    _SWAPS[_phrase] = (_Rule(_by, _relation),)
_SWAPS["shut"] = (*_SWAPS["shut"], _Rule("open", _state))
_SWAPS["anticlockwise"] = (_Rule("clockwise", _anywhere),)
