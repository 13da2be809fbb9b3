"""A required subtask is left out of the plan."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode
from failgym.errors import NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.signatures import first_unachieved, lost_effects
from failgym.plans import Plan, required
from failgym.scene import SceneFacts


@PERTURBATIONS.register("missing_subtask")
@dataclass(frozen=True)
class MissingSubtask(PlanPerturbation):
    """One subtask is missing that another one needs, or without which the goal is not reached.

    Source: Guardian, section III-B, planning failure 4.
    """

    name = "missing_subtask"
    failure = FailureMode.MISSING_SUBTASK

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw among the required subtasks."""
        indices = required(facts.plan, facts.closed)
        if not indices or len(facts.plan.subtasks) < 2:
            raise NotApplicableError(self.name, "the plan has no subtask that could be left out")
        index = int(indices[int(rng.integers(len(indices)))])
        return {"subtask": index, "missing": facts.plan.subtasks[index].text, "plan": facts.plan.text}

    def read(self, altered: Plan, facts: SceneFacts) -> Params:
        """Return the parameters of a plan that was altered in this way, by one missing subtask or several.

        Raises:
            PlanError: it was altered in another way.
        """
        rest, missing = list(altered.subtasks), []
        for index, step in enumerate(facts.plan.subtasks):
            if rest and rest[0] == step:
                rest.pop(0)
            else:
                missing.append(index)
        if not missing or rest or not altered.subtasks:
            raise PlanError("the plan must keep its steps and their order, and leave out one or more")
        needed = [index for index in missing if index in required(facts.plan, facts.closed)]
        if not needed:
            raise PlanError("the steps left out are not needed")
        text = facts.plan.subtasks[needed[0]].text
        return {"subtask": missing[0], "missing": text, "altered": altered.text, "plan": facts.plan.text}

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Leave it out."""
        return plan.without(params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The first subtask without effect stands where the missing one was or later; or none, and the end lacks it."""
        broken = first_unachieved(failed)
        if broken is None and params["missing"] not in lost_effects(failed, nominal):
            return Signature(False, f"its effect stands all the same: {params['missing']}")
        if broken is None:
            reason = f"the plan ended without its effect: {params['missing']}"
            return Signature(True, reason, failed.spans[-1].end - 1, None)
        if broken.index < params["subtask"]:
            return Signature(False, f"an earlier subtask failed: {broken.subtask.text}")
        return Signature(True, f"without it failed: {broken.subtask.text}", broken.start, broken.stage_at(broken.start))
