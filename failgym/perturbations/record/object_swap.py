"""The instruction asks for another thing than the one that was acted on."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, Params, RecordPerturbation, Signature
from failgym.perturbations.record.mismatch import hit, mismatch_signature, said_otherwise, sayable
from failgym.perturbations.record.names import Mention, mentions, stand_ins
from failgym.perturbations.record.words import replaced
from failgym.plans import Plan, Subtask
from failgym.scene import SceneFacts

_HANDLED = (EventKind.GRASPED, EventKind.PRESSED, EventKind.OPENED, EventKind.SHUT, EventKind.PART_MOVED)


@PERTURBATIONS.register("object_swap")
@dataclass(frozen=True)
class ObjectSwap(RecordPerturbation):
    """A thing in the instruction becomes another visible one, of which neither instruction nor plan speaks.

    The plan changes with it where it speaks of the thing by a name that is clear; else the record goes without one.

    Source: Guardian, section III-B, failures of real data 1 (task-execution semantic mismatch, visible objects).
    """

    name = "object_swap"
    failure = FailureMode.MISMATCH

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw one of the things that the instruction names, and one that it could be taken for."""
        named = mentions(facts)
        pairs = [(mention, other) for mention in named for other in stand_ins(mention, named, facts)]
        if not pairs:
            raise NotApplicableError(self.name, "nothing else is known to be visible that its instruction could name")
        # First the thing, then its stand-in: a thing with many stand-ins is not drawn more often.
        swappable = list(dict.fromkeys(mention for mention, _ in pairs))
        mention = swappable[int(rng.integers(len(swappable)))]
        others = [other for each, other in pairs if each == mention]
        other = others[int(rng.integers(len(others)))]
        lines = _plan(facts.plan, mention.name, other)
        return {
            "subtask": hit(facts.plan, lines),
            "object": mention.known,
            "by": other,
            "instruction": _said(facts.plan.instruction, mention, other),
            "plan": lines,
        }

    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Let it ask for the other thing."""
        return said_otherwise(episode, params)

    def fix(self, params: Params) -> Fix:
        """Act on what is asked for."""
        return Fix.retarget(params["by"], subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The instruction is another one, and nobody handled what it names now."""
        events = (event for kind in _HANDLED for event in nominal.happened(kind, params["by"]))
        if (event := next(events, None)) is not None:
            return Signature(False, f"the {params['by']} was handled as well, in step {event.step}")
        return mismatch_signature(failed, nominal)


def _said(text: str, mention: Mention, other: str) -> str:
    changes = []
    for start, end in mention.places:
        changes.append((start, end, other))
        before = text[:start].rstrip().split(" ")[-1]
        if before.lower() in ("a", "an"):
            at = text[:start].rstrip().rfind(" ") + 1
            changes.append((at, at + len(before), "an" if other[0] in "aeiou" else "a"))
    return replaced(text, changes)


def _plan(plan: Plan, old: str | None, new: str) -> list[str]:
    lines = []
    for subtask in plan.subtasks if old else ():
        name = new if subtask.object == old else subtask.object
        target = new if subtask.target == old else subtask.target
        try:
            lines.append(Subtask(subtask.verb, name, subtask.relation, target, subtask.arm).text)
        except PlanError:
            return []
    return sayable(plan, lines)
