"""The gripper closes too little to hold."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import straddled
from failgym.perturbations.signatures import hit_grasp, stage_at
from failgym.scene import SceneFacts

LOOSER = 0.85
"""Share of the drawn closure around a handle, which has corners that catch, 0..1."""


@PERTURBATIONS.register("weak_close")
@dataclass(frozen=True)
class WeakClose(ActionPerturbation):
    """The fingers stop where they hardly touch the thing, so that it stays behind or slips out.

    Source: Dream2Fix, failure type `weak_close` (reduced closure magnitude).
    """

    name = "weak_close"
    failure = FailureMode.WEAK_CLOSE
    hits = (Kind.GRASP, Kind.GRIP)
    severity_zero = MappingProxyType({"closure": 1.0})

    fraction: Range = (0.80, 1.0)
    """Commanded closure, relative to the closure at which both pads just touch the thing; 1.1 holds firmly."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit and the closure; needs the width of the thing."""
        subtask = self.choose_subtask(rng, facts)
        thing = facts.thing(facts.plan.subtasks[subtask].object)
        if thing is None or not 0.0 < thing.width < facts.max_opening:
            raise NotApplicableError(
                self.name, f"nothing is known of the width of {facts.plan.subtasks[subtask].object!r}"
            )
        touching = 1.0 - thing.width / facts.max_opening
        looser = LOOSER if kind(facts.plan.subtasks[subtask], facts) is Kind.GRIP else 1.0
        return {"subtask": subtask, "closure": min(1.0, draw(rng, self.fraction) * looser * touching)}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """Pads before and behind a handle need not press on it."""
        return straddled(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the gripper should close."""
        return Stage.GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Limit the closure."""
        closure = max(0.0, params["closure"])
        if context.closing == (params["subtask"], 0) and context.layout.closure(action) > closure:
            return context.layout.with_closure(action, closure)
        return action

    def fix(self, params: Params) -> Fix:
        """Close firmly at the keyframe."""
        return Fix.gripper(1.0, stage=Stage.GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """A closing motion on time, too small, and the thing left behind or lost before the gripper opened again."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        closings = failed.happened(EventKind.CLOSING, None, grasp.due, grasp.span.end)
        if not closings or closings[0].step > grasp.due + 2:
            return Signature(False, "the gripper did not close on time")
        if closings[0].value > params["closure"] + 1e-6:
            return Signature(False, "the gripper closed fully")
        lost = failed.happened(EventKind.RELEASED, grasp.target, grasp.due)
        if lost:
            return Signature(
                True, f"the {grasp.target} slipped out of a loose grip", lost[0].step, stage_at(failed, lost[0].step)
            )
        return Signature(
            True, f"the pads closed to {closings[0].value:.2f} and did not hold", grasp.overdue, Stage.GRASP
        )
