"""What is known of a recorded episode when a draw is made: text, names, and the record itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from failgym.episodes import Episode
from failgym.perturbations.record.words import head, listed
from failgym.plans import Plan
from failgym.scene import SceneFacts, Thing


@dataclass(frozen=True)
class RecordFacts(SceneFacts):
    """Facts of a record: names instead of positions, and what names alone tell about what can be done with a thing."""

    episode: Episode | None = None
    """The record."""


def facts_of(episode: Episode, visible: Sequence[str] = ()) -> RecordFacts:
    """Return what is known of a recorded episode, simulated or real.

    Args:
        episode: The record. Its plan may be empty, and it may lack states, events and spans.
        visible: Names of things that can be seen in it, beside `episode.visible` and those that its plan names.
    """
    names = dict.fromkeys(" ".join(name.lower().split()) for name in (*visible, *episode.visible))
    names |= dict.fromkeys(episode.plan.objects)
    plan = Plan(episode.instruction, episode.plan.subtasks)
    things = tuple(thing_of(name) for name in names if name)
    return RecordFacts(things, {}, closed=closed_at_first(plan), plan=plan, episode=episode)


def closed_at_first(plan: Plan) -> tuple[str, ...]:
    """Return the things that a plan opens before it closes them: they were closed, if it could work."""
    first: dict[str, str] = {}
    for subtask in plan.subtasks:
        if subtask.verb in ("open", "close"):
            first.setdefault(subtask.object, subtask.verb)
    return tuple(name for name, verb in first.items() if verb == "open")


def thing_of(name: str) -> Thing:
    """Return what a name alone tells of a thing, by its last word; what is in no list can be carried, and no more."""
    noun = head(name)
    noun = noun if noun in _NOUNS else noun.removesuffix("s")
    strokes = tuple(verb for verb, nouns in _WORKED.items() if noun in nouns)
    receives = tuple(relation for relation, nouns in _RECEIVES.items() if noun in nouns)
    return Thing(name, graspable=noun not in _FAST, strokes=strokes, receives=receives)


_OPENS = listed(
    "box bin cabinet chest cupboard dishwasher door drawer freezer fridge jar laptop lid machine microwave oven"
    " refrigerator safe seat suitcase window"
)
_WORKED = {
    "open": _OPENS,
    "close": _OPENS,
    "press": listed("bell button key lamp switch"),
    "turn": listed("dial faucet handle knob lever tap valve wheel"),
}
"""Verb -> nouns of what it is done to."""
_RECEIVES = {
    "on": listed(
        "base block board book box burner cloth coaster counter cube cutting desk grill hook lid mat napkin pad pan peg"
        " pillar plate pot rack saucer scale shelf spoke stand stove table towel tray tree"
    ),
    "in": listed(
        "bag basket bin bowl box bucket cabinet colander container crate cup cupboard dish drawer dustpan fridge glass"
        " holder jar microwave mug oven pan pot rack safe saucepan sink slot socket sorter tray vase"
    ),
}
"""Relation -> nouns of what something can be brought to in that way."""
_FAST = listed(
    "base bell bubble burner button cabinet counter cupboard desk dial dishwasher door drawer faucet fridge freezer"
    " grill handle holder hook knob lamp lever machine mat microwave middle oven pad pillar place rack refrigerator"
    " safe seat shelf sink slot socket sorter spoke stand stove strip switch table tap toilet tree valve wall window"
)
"""Nouns of what is not carried about."""
_NOUNS = _OPENS.union(_FAST, *_WORKED.values(), *_RECEIVES.values())
