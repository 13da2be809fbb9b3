"""Two subtasks stand in each other's place."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, Event, EventKind
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.plan.steps import changes, reordered
from failgym.perturbations.signatures import first_unachieved, lost_effects, stage_at
from failgym.plans import Plan
from failgym.scene import SceneFacts

_ORDERED = (EventKind.PRESSED, EventKind.OPENED, EventKind.SHUT)


@PERTURBATIONS.register("wrong_order")
@dataclass(frozen=True)
class WrongOrder(PlanPerturbation):
    """Two subtasks are swapped so that one comes before something that it depends on, or the end is another one.

    Harmless swaps are never drawn.

    Source: Guardian, section III-B, planning failure 3 (violating causal dependencies).
    """

    name = "wrong_order"
    failure = FailureMode.WRONG_ORDER

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw among the swaps that break a causal dependency, or an order that the instruction gives."""
        count = len(facts.plan.subtasks)
        swaps = [
            (first, second)
            for first in range(count)
            for second in range(first + 1, count)
            if changes(facts.plan, facts.plan.swapped(first, second), facts)
        ]
        if not swaps:
            raise NotApplicableError(self.name, "no swap of two subtasks breaks a dependency or changes the end")
        first, second = swaps[int(rng.integers(len(swaps)))]
        return {"subtask": first, "second": second, "plan": facts.plan.text}

    def read(self, altered: Plan, facts: SceneFacts) -> Params:
        """Return the parameters of a plan that was altered in this way, by a swap or otherwise.

        Raises:
            PlanError: it was altered in another way.
        """
        right = facts.plan.subtasks
        if not reordered(facts.plan, altered):
            raise PlanError("the plan must keep all its steps as they are, in another order")
        if not changes(facts.plan, altered, facts):
            raise PlanError("the new order breaks no dependency and changes nothing")
        moved = [index for index, step in enumerate(right) if step != altered.subtasks[index]]
        return {"subtask": moved[0], "second": moved[-1], "altered": altered.text, "plan": facts.plan.text}

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Swap them."""
        return plan.swapped(params["subtask"], params["second"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The first subtask that missed its effect stands at the first swapped place or after it.

        Where each had its effect, a later one undid it, or the effects came about in another order.
        """
        broken = first_unachieved(failed)
        if broken is None:
            return _worked_in_disorder(failed, nominal)
        if broken.index < params["subtask"]:
            return Signature(False, f"an earlier subtask failed: {broken.subtask.text}")
        return Signature(
            True, f"came before what it depends on: {broken.subtask.text}", broken.start, broken.stage_at(broken.start)
        )


def _worked_in_disorder(failed: Episode, nominal: Episode) -> Signature:
    undone = lost_effects(failed, nominal)
    if undone:
        return Signature(True, f"a later step undid: {undone[0]}", failed.spans[-1].end - 1, None)
    early = _out_of_turn(failed, nominal)
    if early is None:
        return Signature(False, "every step had its effect, and none was undone")
    return Signature(
        True, f"before its turn: the {early.subject} was {early.kind}", early.step, stage_at(failed, early.step)
    )


def _out_of_turn(failed: Episode, nominal: Episode) -> Event | None:
    """First press, opening or closing that came when another one was due."""
    due = [(event.kind, event.subject) for event in nominal.events if event.kind in _ORDERED]
    happened = [event for event in failed.events if event.kind in _ORDERED]
    return next(
        (event for event, wanted in zip(happened, due, strict=False) if (event.kind, event.subject) != wanted), None
    )
