"""Two subtasks stand in each other's place."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.signatures import first_unachieved, lost_effects
from failgym.plans import Plan, check
from failgym.scene import SceneFacts


@PERTURBATIONS.register("wrong_order")
@dataclass(frozen=True)
class WrongOrder(PlanPerturbation):
    """Two subtasks are swapped so that one comes before something that it depends on; harmless swaps are never drawn.

    Source: Guardian, section III-B, planning failure 3 (violating causal dependencies).
    """

    name = "wrong_order"
    failure = FailureMode.WRONG_ORDER

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw among the swaps that break a causal dependency."""
        count = len(facts.plan.subtasks)
        swaps = [
            (first, second)
            for first in range(count)
            for second in range(first + 1, count)
            if check(facts.plan.swapped(first, second), facts.closed)
        ]
        if not swaps:
            raise NotApplicableError(self.name, "no swap of two subtasks breaks a causal dependency")
        first, second = swaps[int(rng.integers(len(swaps)))]
        return {"subtask": first, "second": second, "plan": facts.plan.text}

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Swap them."""
        return plan.swapped(params["subtask"], params["second"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The first subtask that missed its effect stands at the first swapped place or after it."""
        broken = first_unachieved(failed)
        undone = lost_effects(failed, nominal)
        if broken is None and not undone:
            return Signature(False, "every step had its effect, and none was undone")
        if broken is None:
            return Signature(True, f"a later step undid: {undone[0]}", failed.spans[-1].end - 1, None)
        if broken.index < params["subtask"]:
            return Signature(False, f"an earlier subtask failed: {broken.subtask.text}")
        return Signature(
            True, f"came before what it depends on: {broken.subtask.text}", broken.start, broken.stage_at(broken.start)
        )
