"""The plan works on another object than the instruction asks for."""

import math
from dataclasses import dataclass, replace

import numpy as np

from failgym.episodes import Episode, EventKind
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.plan.effects import failed_before, first_event, missing_effect
from failgym.perturbations.plan.steps import alike, chains, harms, impossible, reordered
from failgym.plans import Plan, Subtask, same_end
from failgym.scene import SceneFacts

UNDER = 0.2
"""Horizontal distance within which one thing is under another, m."""
_HANDLED = (
    EventKind.GRASPED,
    EventKind.LIFTED,
    EventKind.DISPLACED,
    EventKind.PRESSED,
    EventKind.OPENED,
    EventKind.SHUT,
    EventKind.PART_MOVED,
)


@PERTURBATIONS.register("wrong_object_planned")
@dataclass(frozen=True)
class WrongObjectPlanned(PlanPerturbation):
    """All subtasks that handle one object in a row name another one, with which the same can be done.

    Objects of the same kind are taken where there are any, and the plan as it reads could be carried out.

    Source: Guardian, section III-B, planning failure 1 (wrong object manipulated).
    """

    name = "wrong_object_planned"
    failure = FailureMode.WRONG_OBJECT

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtasks and the other object."""
        choices = []
        for chain in chains(facts.plan):
            # What earlier steps have moved, or put something on, may be out of reach.
            before = Plan("", facts.plan.subtasks[: chain[0]]).objects
            for other in (name for name in facts.names if name not in before):
                altered = _with_object(facts.plan, chain, other)
                if _works(altered, chain, facts) and not _hidden(other, facts.plan.subtasks[chain[0]], facts):
                    choices.append((altered, alike(other, facts.plan.subtasks[chain[0]].object)))
        if not choices:
            raise NotApplicableError(self.name, "no other thing could be handled in the place of one of the plan")
        likely = [altered for altered, same_kind in choices if same_kind] or [altered for altered, _ in choices]
        return self.read(likely[int(rng.integers(len(likely)))], facts)

    def read(self, altered: Plan, facts: SceneFacts) -> Params:
        """Return the parameters of a plan that was altered in this way.

        Raises:
            PlanError: it was altered in another way.
        """
        steps = list(zip(facts.plan.subtasks, altered.subtasks, strict=False))
        swapped = [index for index, (old, new) in enumerate(steps) if old.object != new.object]
        renamed = {old.object: new.object for old, new in steps}
        same = all(
            replace(new, object=old.object, target=old.target) == old
            and (old.target == new.target or renamed.get(old.target or "") == new.target)
            for old, new in steps
        )
        if not swapped or not same or len(altered.subtasks) != len(facts.plan.subtasks):
            raise PlanError(
                "the plan must keep its steps, verbs and targets, and handle another object in some of them"
            )
        if reordered(facts.plan, altered) or same_end(facts.plan, altered, facts.closed):
            raise PlanError("the plan ends as the right one does, or has the same steps in another order")
        return {
            "subtask": swapped[0],
            "subtasks": swapped,
            "target": facts.plan.subtasks[swapped[0]].object,
            "object": altered.subtasks[swapped[0]].object,
            "altered": altered.text,
            "plan": facts.plan.text,
        }

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Put the other object into the plan."""
        return Plan.parse(params["altered"], plan.instruction)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The other object was handled, and an effect that the right one should have had is missing."""
        early = failed_before(failed, nominal, params["subtask"])
        if early is not None:
            return early
        missing = missing_effect(failed, nominal, params["subtasks"], params["subtask"])
        if missing is None:
            return Signature(False, f"the {params['target']} is as it should be all the same")
        handled = first_event(failed, params["subtasks"], _HANDLED, (params["object"],))
        if handled is None:
            return Signature(False, f"the {params['object']} was never handled")
        event, span = handled
        reason = f"the {params['object']} was handled; without effect: {missing}"
        return Signature(True, reason, event.step, span.stage_at(event.step))


def _with_object(plan: Plan, chain: tuple[int, ...], other: str) -> Plan:
    for index in chain:
        plan = plan.replaced(index, replace(plan.subtasks[index], object=other))
    return plan


def _hidden(other: str, step: Subtask, facts: SceneFacts) -> bool:
    """Whether a thing lies under the one that a step closes, and is thus out of reach as long as that one is open."""
    here, there = facts.positions.get(step.object), facts.positions.get(other)
    if step.verb != "close" or here is None or there is None:
        return False
    return there[2] < here[2] and math.dist(here[:2], there[:2]) < UNDER


def _works(altered: Plan, chain: tuple[int, ...], facts: SceneFacts) -> bool:
    """Whether it differs from the plan in what it brings about, and every step could be carried out."""
    return (
        not same_end(facts.plan, altered, facts.closed)
        and not any(impossible(altered.subtasks[index], facts) for index in chain)
        and harms(altered, facts) <= harms(facts.plan, facts)
    )
