"""One step of a plan, as data and as a sentence."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from failgym.errors import PlanError
from failgym.plans.verbs import VERBS, Verb

__all__ = ["ARMS", "Subtask"]

ARMS = ("left", "right", "both")
"""Arms a subtask of a two-armed robot may name; `both` move as one."""


@dataclass(frozen=True, slots=True)
class Subtask:
    """One step of a plan: a verb, an object and, for some verbs, where it goes.

    Every subtask can be read back from its sentence, so names that would make the sentence ambiguous are refused.

    Raises:
        PlanError: If the verb, relation or arm does not exist, or a name cannot be read back.

    Example:
        >>> Subtask.parse("Place red block on the green block.")
        Subtask(verb='place', object='red block', relation='on', target='green block', arm=None)
    """

    verb: str
    """A key of `VERBS`."""
    object: str
    """Name of the object acted on: lower case, without article."""
    relation: str | None = None
    """How the object ends relative to the target, one of the verb's relations."""
    target: str | None = None
    """Name of the object it ends at."""
    arm: str | None = None
    """Arm that acts, one of `ARMS`; None for a robot with one arm."""

    def __post_init__(self) -> None:
        """Refuse what the grammar cannot say or could not read back."""
        _sentence(self.verb, self.object, self.relation, self.target, self.arm)

    @property
    def text(self) -> str:
        """The sentence, lower case, without full stop."""
        return _sentence(self.verb, self.object, self.relation, self.target, self.arm)

    @classmethod
    def parse(cls, text: str) -> Subtask:
        """Inverse of `text`; any case, articles optional, full stop allowed.

        Raises:
            PlanError: If the sentence is not in the grammar.
        """
        read = _read(text)
        if read is None:
            forms = "; ".join(verb.template for verb in VERBS.values())
            raise PlanError(f"cannot read {text!r} as a subtask. Possible: {forms}; each may end 'with the left arm'.")
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON mapping; fields that say nothing are left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Subtask:
        """Inverse of `to_json`.

        Raises:
            PlanError: If the mapping is not a subtask.
        """
        try:
            return cls(**data)
        except TypeError as error:
            raise PlanError(f"cannot read {dict(data)!r} as a subtask: {error}.") from error


# Environments make the same few subtasks at every step: each is written and read back once.
@functools.lru_cache(maxsize=4096)
def _sentence(verb: str, object: str, relation: str | None, target: str | None, arm: str | None) -> str:
    """The sentence of these fields, or PlanError where there is none that says the same."""
    if verb not in VERBS:
        raise PlanError.unknown_verb(verb, VERBS)
    _check_target(VERBS[verb], relation, target)
    if arm not in (None, *ARMS):
        raise PlanError(f"there is no arm {arm!r}. Possible: {', '.join(ARMS)}, or None for a single arm.")
    sentence = VERBS[verb].template.format(object=object, relation=relation, target=target)
    if arm is not None:
        sentence += f" with {'both arms' if arm == 'both' else f'the {arm} arm'}"
    if _read(sentence) != {"verb": verb, "object": object, "relation": relation, "target": target, "arm": arm}:
        raise PlanError(
            f"{sentence!r} cannot be read back as it is meant. Write names in lower case, with single spaces, "
            "without article, full stop or a word that is a relation."
        )
    return sentence


_ARTICLES = "(?:(?:the|an?) )*"
_ARM = rf"(?: with {_ARTICLES}(?P<arm>{'|'.join(ARMS)}) arms?)?"


def _pattern(verb: Verb) -> re.Pattern[str]:
    """The template as a pattern: articles optional, fields as groups."""
    groups = {"object": "(?P<object>.+?)", "relation": f"(?P<relation>{'|'.join(verb.relations)})"}
    sentence = verb.template.replace("the ", _ARTICLES).format(**groups, target="(?P<target>.+?)")
    return re.compile(sentence + _ARM + r" ?\.?")


_PATTERNS = {name: _pattern(verb) for name, verb in VERBS.items()}


def _read(text: str) -> dict[str, Any] | None:
    """The fields of a sentence, or None if it is not in the grammar."""
    plain = " ".join(text.lower().split())
    for name, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(plain):
            return {"verb": name, "relation": None, "target": None, **found.groupdict()}
    return None


def _check_target(verb: Verb, relation: str | None, target: str | None) -> None:
    if verb.needs_target and (target is None or relation not in verb.relations):
        possible = ", ".join(verb.relations)
        raise PlanError(f"{verb.name!r} needs a target and a relation ({possible}): given {relation!r}, {target!r}.")
    if not verb.needs_target and not (relation is None and target is None):
        raise PlanError(f"{verb.name!r} takes no relation and no target: given {relation!r}, {target!r}.")
