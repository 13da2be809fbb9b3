"""The verbs of the plan grammar. Adding a verb is one line here, and one rule in `failgym.plans.causality`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb and the sentence it makes."""

    name: str
    """The verb, also the first word of its sentence."""
    template: str
    """The sentence, with ``{object}`` and, where a target is needed, ``{relation}`` and ``{target}``."""
    needs_target: bool = False
    """Whether the sentence relates the object to a target."""
    relations: tuple[str, ...] = ()
    """The relations it knows; empty without a target."""


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("grasp", "grasp the {object}"),
        Verb("lift", "lift the {object}"),
        Verb("place", "place the {object} {relation} the {target}", needs_target=True, relations=("on", "in")),
        Verb("open", "open the {object}"),
        Verb("close", "close the {object}"),
        Verb("press", "press the {object}"),
        Verb("turn", "turn the {object}"),
        Verb("screw", "screw the {object} {relation} the {target}", needs_target=True, relations=("on", "in")),
        Verb("wipe", "wipe the {object}"),
        Verb("push", "push the {object} {relation} the {target}", needs_target=True, relations=("to",)),
        Verb("drag", "drag the {object} {relation} the {target}", needs_target=True, relations=("to",)),
        Verb("sweep", "sweep the {object} {relation} the {target}", needs_target=True, relations=("into",)),
        Verb("move", "move the {object} {relation} the {target}", needs_target=True, relations=("to",)),
        Verb("pull", "pull the {object} {relation} the {target}", needs_target=True, relations=("out of",)),
        Verb("release", "release the {object}"),
    )
}
"""Every verb by its name."""
