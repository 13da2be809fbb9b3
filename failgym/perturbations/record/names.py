"""Which things a sentence names, and what it wants with them."""

from collections.abc import Sequence
from typing import NamedTuple

from failgym.perturbations.record.facts import thing_of
from failgym.perturbations.record.words import (
    ACTIONS,
    DETERMINERS,
    JOINTS,
    PRONOUNS,
    RELATIONS,
    Word,
    clauses,
    head,
    listed,
    matches,
    words_of,
)
from failgym.plans import Plan
from failgym.scene import SceneFacts, Thing


class Mention(NamedTuple):
    """One thing that a sentence names."""

    text: str
    """As the sentence says it: lower case, without article."""
    name: str | None
    """Its name among the things known, where that is clear."""
    places: tuple[tuple[int, int], ...]
    """First and one past the last character, wherever the sentence says it."""
    needs: frozenset[str]
    """What is wanted with it: to `carry` it, a verb that works it, a relation to it, or that it is a `source`."""

    @property
    def known(self) -> str:
        """Its name, or what it is called."""
        return self.name or self.text


def mentions(facts: SceneFacts) -> list[Mention]:
    """Return the things that the instruction names, in order; sides, places in the air and quantities are none."""
    text = facts.plan.instruction
    words = words_of(text)
    starts = clauses(text, words)
    stretches: dict[str, list[tuple[int, int]]] = {}
    for first, last in _stretches(words, starts, facts.names):
        stretches.setdefault(" ".join(word.text for word in words[first:last]), []).append((first, last))
    found = []
    for said, places in stretches.items():
        name = _name(said, facts)
        needs = {_by_words(words, starts, first, thing_of(name or said)) for first, _ in places}
        if planned := _by_plan(name, facts.plan):
            needs = planned | (needs & {"on", "in"})
        where = tuple((words[first].start, words[last - 1].end) for first, last in places)
        found.append(Mention(said, name, where, frozenset(needs)))
    return found


def stand_ins(mention: Mention, named: Sequence[Mention], facts: SceneFacts) -> list[str]:
    """Return the things that the sentence could name instead, so that it would ask for something else.

    They are visible, can do what is wanted, and neither the sentence nor the plan speaks of them. Things with the same
    noun come before all others. Where there is a plan, only what it works with is swapped; what may be part of the
    other one is not, since that could be true as well: a drawer and its cabinet.
    """
    if facts.plan.subtasks and not any(_within(mention.known, name) for name in facts.plan.objects):
        return []
    others = [other for other in named if other != mention]
    free = [
        thing
        for thing in facts.things
        if thing.name not in facts.plan.objects
        and not _may_be(thing.name, mention, own=True)
        and not any(_may_be(thing.name, other) for other in others)
    ]
    alike = [thing.name for thing in free if head(thing.name) == head(mention.known)]
    nouns = {head(other.known) for other in others}
    fitting = [thing.name for thing in free if head(thing.name) not in nouns and _fits(thing, mention)]
    return alike or fitting


def _fits(thing: Thing, mention: Mention) -> bool:
    able = {"to", *thing.strokes, *thing.receives} | ({"carry"} if thing.graspable else set())
    able |= {"switch"} if {"press", "turn"} & able else set()
    if "carry" not in mention.needs and not _PARTS.isdisjoint((head(thing.name), head(mention.known))):
        return False
    return mention.needs <= able and (mention.needs == {"carry"} or head(thing.name) not in _GROUND)


def _may_be(name: str, mention: Mention, own: bool = False) -> bool:
    """Whether two ways to name a thing may mean the same one; things with different known names are different."""
    if mention.name is not None and not own:
        return name == mention.name
    one, other = set(name.split()), set(mention.known.split())
    return one <= other or other <= one or (mention.name is None and head(name) == head(mention.text))


def _within(name: str, other: str) -> bool:
    return set(name.split()) <= set(other.split())


_GROUND = frozenset({"table", "counter", "desk", "floor", "stove"})
"""Nouns of what everything stands on: to ask for it is no mistake."""
_PARTS = listed("burner button door drawer handle holder knob lid place seat shelf slot spoke stand tree")
_QUANTITIES = listed("all both each every half one other others rest")
_NO_THINGS = _QUANTITIES | listed(
    "air arm arms back bottom center centre colour corner edge end front hand hands left middle ones order pile place"
    " places right side thing things time top turn way"
)
_NO_NOUNS = listed(
    "again are away back belongs far go goes here is level now open should shut slowly there upright upside vertical"
    " which"
)
_NOUNS_TOO = listed("cover drop fold hand plug press rake ring tap")
"""Verbs that may also be the name of a thing."""
_RELATION_OF = {
    **dict.fromkeys(("on", "onto", "over", "upon"), "on"),
    **dict.fromkeys(("from", "off"), "source"),
    **dict.fromkeys(("in", "into", "inside", "within"), "in"),
}
_WORKED = {
    **dict.fromkeys(("open", "close", "shut", "unlock", "lock"), "open"),
    **dict.fromkeys(("press", "ring"), "press"),
    **dict.fromkeys(("turn", "twist"), "turn"),
}


def _stretches(words: Sequence[Word], starts: Sequence[int], names: Sequence[str]) -> list[tuple[int, int]]:
    """Return where things are named: known names, and what follows an article up to the next other word."""
    found = [(match.first, match.last) for match in matches(words, names)]
    for index, word in enumerate(words):
        if word.text not in DETERMINERS:
            continue
        end = index + 1
        while end < len(words) and starts[end] == starts[index] and not _ends(words[end].text):
            end += 1
        if end == index + 1 or words[end - 1].text in _NO_THINGS or words[index + 1].text in _QUANTITIES:
            continue
        inside = [stretch for stretch in found if index < stretch[0] and stretch[1] <= end]
        # The adjectives that stand before a known name belong to it: the silver lid.
        if not inside or inside[-1][1] == end:
            found = [stretch for stretch in found if stretch not in inside]
            found.append((index + 1, end))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        # Names that follow one another are one: an orange carrot is no orange.
        if joined and joined[-1][1] == first and starts[joined[-1][0]] == starts[first]:
            first = joined.pop()[0]
        if "which" not in (word.text for word in words[starts[first] : first]):
            joined.append((first, last))
    return joined


def _ends(word: str) -> bool:
    return word in RELATIONS | JOINTS | DETERMINERS | PRONOUNS | _NO_NOUNS or word in ACTIONS - _NOUNS_TOO


def _name(said: str, facts: SceneFacts) -> str | None:
    """Return the known name of what was said: the same words, or the only name that has them all or adds none."""
    if said in facts.names:
        return said
    spoken = set(said.split())
    near = [name for name in facts.names if spoken <= set(name.split()) or set(name.split()) <= spoken]
    return near[0] if len(near) == 1 else None


def _by_plan(name: str | None, plan: Plan) -> set[str]:
    needs: set[str] = set()
    for subtask in plan.subtasks if name else ():
        if subtask.object == name:
            needs.add("open" if subtask.verb == "close" else subtask.verb if subtask.verb in _WORKED else "carry")
        if subtask.target == name:
            needs.add({"into": "in", "out of": "in"}.get(subtask.relation or "", subtask.relation or "to"))
    return needs


def _by_words(words: Sequence[Word], starts: Sequence[int], first: int, thing: Thing) -> str:
    """Return what the words before, or else the verb of the clause, want with what is named here."""
    before = first - 1
    while before >= 0 and words[before].text in DETERMINERS:
        before -= 1
    verb = words[starts[first]].text
    word, earlier = ("", "", *(each.text for each in words[: before + 1]))[-1:-3:-1]
    if verb in ("turn", "switch") and word in ("on", "off"):
        return "switch"
    if word == "of":
        return {"out": "source", "inside": "in", "left": "to", "right": "to", "front": "to"}.get(earlier, "on")
    if word == "from" and earlier in ("far", "away"):
        return "to"
    if word in RELATIONS - {"up", "down"}:
        return _RELATION_OF.get(word, "to")
    if verb == "push" and "press" in thing.strokes:
        return "press"
    worked = None if thing.graspable else next(iter(thing.strokes), None)
    return _WORKED.get(verb) or worked or "carry"
