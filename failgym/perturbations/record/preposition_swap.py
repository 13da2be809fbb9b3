"""The instruction asks for another relation than the one that was brought about."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, Params, RecordPerturbation, Signature
from failgym.perturbations.record.mismatch import hit, mismatch_fix, mismatch_signature, said_otherwise, sayable
from failgym.perturbations.record.relations import Swapped, swaps
from failgym.plans import Plan
from failgym.scene import SceneFacts


@PERTURBATIONS.register("preposition_swap")
@dataclass(frozen=True)
class PrepositionSwap(RecordPerturbation):
    """A relation or state in the instruction becomes its opposite: on and under, left and right, open and close.

    Nothing else in the sentence changes. The plan changes with it where its grammar can say so; else the record goes
    without one.

    Source: Guardian, section III-B, failures of real data 1 (task-execution semantic mismatch, preposition swap).
    """

    name = "preposition_swap"
    failure = FailureMode.MISMATCH

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw one of the relations in the instruction."""
        choices = swaps(facts.plan.instruction)
        if not choices:
            raise NotApplicableError(self.name, "its instruction names no relation or state that has an opposite")
        chosen = choices[int(rng.integers(len(choices)))]
        lines = _plan(facts.plan, chosen)
        return {
            "subtask": hit(facts.plan, lines),
            "swapped": chosen.phrase,
            "by": chosen.by,
            "instruction": chosen.text,
            "plan": lines,
        }

    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Let it ask for the opposite."""
        return said_otherwise(episode, params)

    def fix(self, params: Params) -> Fix:
        """Do what is asked."""
        return mismatch_fix(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The instruction is another one, and its opposite is what the record shows."""
        return mismatch_signature(failed, nominal)


def _plan(plan: Plan, chosen: Swapped) -> list[str]:
    """Return the plan with the same swap where exactly the lines that say it can be said otherwise."""
    everywhere = chosen.everywhere
    lines, changed = [], 0
    for subtask in plan.subtasks:
        ways = [way for way in swaps(subtask.text) if {way.phrase, way.by} == {chosen.phrase, chosen.by}]
        ways = ways if everywhere else [way for way in ways if way.phrase == chosen.phrase]
        lines.append(ways[0].text if ways else subtask.text)
        changed += bool(ways)
    return sayable(plan, lines) if changed == 1 or everywhere else []
