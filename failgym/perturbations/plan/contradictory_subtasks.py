"""A subtask is followed by one that contradicts it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from failgym.episodes import Episode, EventKind
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.plan.effects import failed_before, first_event, missing_effect
from failgym.perturbations.plan.steps import MOVED, TABLE, alike, changes, handle, impossible, targets
from failgym.plans import Plan, Subtask
from failgym.scene import SceneFacts

Steps = tuple[Subtask, ...]
HIGH = 0.11
"""Height of what a thing was placed on or in above which it is not taken back, m."""
_UNDONE = (
    EventKind.RELEASED,
    EventKind.GRASPED,
    EventKind.OPENED,
    EventKind.SHUT,
    EventKind.PART_MOVED,
    EventKind.DISPLACED,
)


@PERTURBATIONS.register("contradictory_subtasks")
@dataclass(frozen=True)
class ContradictorySubtasks(PlanPerturbation):
    """After one subtask, another is inserted that undoes it or cannot go together with it.

    What was grasped is let go at once, or something else is grasped with the full hand; what was opened is closed, what
    was closed opened; what was placed is taken and put back on the table; what was pushed is pushed elsewhere.

    Source: Guardian, section III-B, planning failure 5 (contradictory subtasks).
    """

    name = "contradictory_subtasks"
    failure = FailureMode.CONTRADICTION

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask, how it is contradicted, and with what."""
        choices = [choice for index in range(len(facts.plan.subtasks)) for choice in _contradictions(facts, index)]
        if not choices:
            raise NotApplicableError(self.name, "no step can be contradicted with what is there")
        several = choices[int(rng.integers(len(choices)))]
        return self.read(several[int(rng.integers(len(several)))], facts)

    def read(self, altered: Plan, facts: SceneFacts) -> Params:
        """Return the parameters of a plan that was altered in this way.

        Raises:
            PlanError: it was altered in another way.
        """
        right, given = facts.plan.subtasks, altered.subtasks
        count = len(given) - len(right)
        # A step that repeats its neighbour could be either of the two: the later one counts as inserted.
        places = [
            at
            for at in range(len(right), -1, -1)
            if count > 0 and (*right[:at], *given[at : at + count], *right[at:]) == given
        ]
        if not places:
            raise PlanError("the plan must keep all its steps, with one or more inserted in one place")
        if not changes(facts.plan, altered, facts):
            raise PlanError("the inserted steps contradict nothing")
        at = places[0]
        return {
            "subtask": max(0, at - 1),
            "at": at,
            "inserted": [step.text for step in given[at : at + count]],
            "altered": altered.text,
            "plan": facts.plan.text,
        }

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Insert them."""
        return Plan.parse(params["altered"], plan.instruction)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """What had been done was undone while an inserted subtask ran, and an effect is missing afterwards."""
        at, count = params["at"], len(params["inserted"])
        early = failed_before(failed, nominal, at)
        if early is not None:
            return early
        missing = missing_effect(failed, nominal, (), at + count)
        if missing is None:
            return Signature(False, "every step had its effect, and none was undone")
        inserted = range(at, at + count)
        subjects = {failed.plan.subtasks[index].object for index in (params["subtask"], *inserted)}
        undone = first_event(failed, inserted, _UNDONE, subjects)
        if undone is None:
            return Signature(False, f"it undid nothing: {params['inserted'][0]}")
        event, span = undone
        reason = f"contradicted by: {span.subtask.text}; without effect: {missing}"
        return Signature(True, reason, event.step, span.stage_at(event.step))


def _contradictions(facts: SceneFacts, index: int) -> Iterator[list[Plan]]:
    """Plans in which one step is contradicted, one list for each manner of doing so."""
    plan = facts.plan
    for manner in _answers(plan.subtasks[index], facts):
        altered = [_after(plan, index, steps) for steps in manner if not any(impossible(step, facts) for step in steps)]
        found = [each for each in altered if changes(plan, each, facts)]
        if found:
            yield found


def _answers(step: Subtask, facts: SceneFacts) -> Iterator[list[Steps]]:
    """What contradicts a step when it follows at once, one list for each manner."""
    back = Subtask("place", step.object, "on", TABLE, step.arm)
    others = [thing.name for thing in facts.things if thing.name != step.object]
    if step.verb in ("grasp", "lift", "move", "pull"):
        yield [(Subtask("release", step.object, arm=step.arm),)]
    if step.verb == "grasp":
        yield [(replace(step, object=other),) for other in others]
    if step.verb in ("lift", "move"):
        yield [(back,)]
    if step.verb == "open":
        yield [(replace(step, verb="close"),)]
    if step.verb == "close" and handle(step.object, facts) is None:
        yield [(replace(step, verb="open"),)]
    if step.verb == "place" and _within_reach(step, facts):
        yield [(Subtask("grasp", step.object, arm=step.arm), back)]
    if step.verb in MOVED:
        elsewhere = [end for end in targets(step.verb, facts) if alike(end[1], step.target or "")]
        yield [(replace(step, relation=relation, target=target),) for relation, target in elsewhere]


def _within_reach(step: Subtask, facts: SceneFacts) -> bool:
    """Whether a hand gets hold again of what was placed: it lies neither high up nor deep inside something."""
    thing, target = facts.thing(step.object), facts.thing(step.target or "")
    if thing is None or target is None:
        return False
    height = facts.positions.get(target.name, (0.0, 0.0, 0.0))[2] + target.height
    return height < HIGH and not (step.relation == "in" and target.height > thing.height)


def _after(plan: Plan, index: int, steps: Steps) -> Plan:
    return replace(plan, subtasks=(*plan.subtasks[: index + 1], *steps, *plan.subtasks[index + 1 :]))
