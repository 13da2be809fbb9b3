"""The plan brings the right object to a wrong place or into a wrong state."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from failgym.episodes import Episode, EventKind
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.plan.effects import failed_before, missing_effect
from failgym.perturbations.plan.steps import MOVED, alike, chains, impossible, reordered, targets
from failgym.plans import Plan, Subtask, same_end
from failgym.scene import SceneFacts

OPPOSITE = {"open": "close", "close": "open"}
_BROUGHT = ("place", "move", *MOVED)
_HELD_UP = ("lift", "move")
_ENDED = (EventKind.RELEASED, EventKind.DISPLACED, EventKind.OPENED, EventKind.SHUT, EventKind.PART_MOVED)


@PERTURBATIONS.register("wrong_placement_planned")
@dataclass(frozen=True)
class WrongPlacementPlanned(PlanPerturbation):
    """One subtask brings its object to another target, puts down what should be held, or closes what should be opened.

    Targets of the same kind are taken where there are any.

    Source: Guardian, section III-B, planning failure 2 (wrong object state or placement).
    """

    name = "wrong_placement_planned"
    failure = FailureMode.WRONG_PLACEMENT

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask, and what it says instead."""
        choices = [
            (altered, likely)
            for index in range(len(facts.plan.subtasks))
            for altered, likely in _alterations(facts, index)
            if not same_end(facts.plan, altered, facts.closed)
            and not any(impossible(step, facts) for step in altered.subtasks)
        ]
        if not choices:
            raise NotApplicableError(self.name, "no step has another place or state to which it could bring its object")
        pool = [altered for altered, likely in choices if likely] or [altered for altered, _ in choices]
        return self.read(pool[int(rng.integers(len(pool)))], facts)

    def read(self, altered: Plan, facts: SceneFacts) -> Params:
        """Return the parameters of a plan that was altered in this way.

        Raises:
            PlanError: it was altered in another way.
        """
        steps = list(zip(facts.plan.subtasks, altered.subtasks, strict=False))
        changed = [index for index, (old, new) in enumerate(steps) if old != new]
        same = all((old.object, old.arm) == (new.object, new.arm) and _comparable(old, new) for old, new in steps)
        if not changed or not same or len(altered.subtasks) != len(facts.plan.subtasks):
            raise PlanError("the plan must keep its steps and their objects, and give some another target or state")
        if reordered(facts.plan, altered) or same_end(facts.plan, altered, facts.closed):
            raise PlanError("the plan ends as the right one does, or has the same steps in another order")
        return {
            "subtask": changed[0],
            "subtasks": changed,
            "object": facts.plan.subtasks[changed[0]].object,
            "instead": altered.subtasks[changed[0]].text,
            "altered": altered.text,
            "plan": facts.plan.text,
        }

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Put the other target or state into the plan."""
        return Plan.parse(params["altered"], plan.instruction)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The right object was brought to the place or state that the plan names, or let go there; not to the right."""
        early = failed_before(failed, nominal, params["subtask"])
        if early is not None:
            return early
        span = failed.span(params["subtask"])
        missing = missing_effect(failed, nominal, params["subtasks"], params["subtask"])
        if missing is None or span is None:
            return Signature(False, f"the {params['object']} is where it should be all the same")
        ended = [event for kind in _ENDED for event in failed.happened(kind, params["object"], span.start, span.end)]
        if not ended and not span.achieved:
            return Signature(False, f"nothing came of it: {span.subtask.text}")
        onset = min(event.step for event in ended) if ended else max(span.start, span.end - 1)
        return Signature(True, f"without effect: {missing}; instead: {span.subtask.text}", onset, span.stage_at(onset))


def _alterations(facts: SceneFacts, index: int) -> Iterator[tuple[Plan, bool]]:
    """Plans in which one step ends otherwise, and whether they are such as a planner would confuse."""
    plan = facts.plan
    step = plan.subtasks[index]
    if step.verb in OPPOSITE:
        yield plan.replaced(index, replace(step, verb=OPPOSITE[step.verb])), True
    if step.verb in _BROUGHT:
        # On what earlier steps have moved, or put something on, it could end in its right place after all.
        taken = Plan("", plan.subtasks[:index]).objects
        for relation, target in targets(step.verb, facts):
            if (relation, target) != (step.relation, step.target) and target not in taken:
                yield _brought(plan, index, relation, target), alike(target, step.target or "")
    if step.verb in _HELD_UP and any(index == chain[-1] for chain in chains(plan)):
        for relation, target in targets("place", facts):
            yield plan.replaced(index, Subtask("place", step.object, relation, target, step.arm)), False


def _brought(plan: Plan, index: int, relation: str, target: str) -> Plan:
    """The plan with another target; what is screwed onto it follows to one of the same kind."""
    step = plan.subtasks[index]
    altered = plan.replaced(index, replace(step, relation=relation, target=target))
    for later, other in enumerate(plan.subtasks):
        onto = (other.verb, other.object, other.target) == ("screw", step.object, step.target)
        if later > index and onto and alike(target, step.target or ""):
            altered = altered.replaced(later, replace(other, relation=relation, target=target))
    return altered


def _comparable(old: Subtask, new: Subtask) -> bool:
    """Whether one step may stand for the other: the same verb, its opposite, or putting down what should be held."""
    held = old.verb in _HELD_UP and new.verb == "place"
    return new.verb in (old.verb, OPPOSITE.get(old.verb)) or held
