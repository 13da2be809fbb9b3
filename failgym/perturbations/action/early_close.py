"""The gripper closes too soon."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw_steps
from failgym.perturbations.control import under_way
from failgym.perturbations.kinds import Kind
from failgym.perturbations.obstacles import merely_held, slides, straddled
from failgym.perturbations.signatures import hit_grasp, missed
from failgym.scene import SceneFacts

ON_THE_WAY = (Stage.APPROACH, Stage.PRE_GRASP, Stage.GRASP)
NARROWER = 0.04
"""By how much more the fingers are closed than around the thing, 0..1."""


@PERTURBATIONS.register("early_close")
@dataclass(frozen=True)
class EarlyClose(ActionPerturbation):
    """The gripper closes on its way to the thing, before it is around it, and stays closed.

    Source: RoboFAC, gripper error, here by when the gripper acts; the mirror image of Dream2Fix's `delay_close`.
    """

    name = "early_close"
    failure = FailureMode.EARLY_CLOSE
    hits = (Kind.GRASP, Kind.GRIP)

    delay_steps: Range = (1, 4)
    """Control steps of 50 ms after the hand set out for the thing."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit and the moment."""
        return {"subtask": self.choose_subtask(rng, facts), "delay_steps": draw_steps(rng, self.delay_steps)}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """Shut fingers that come down on a handle, or behind it, may move it all the same."""
        subtask = facts.plan.subtasks[index]
        if subtask.verb in ("turn", "screw", "close") or slides(index, facts):
            return f"shut fingers {subtask.verb} the {subtask.object} all the same"
        return straddled(index, facts) or merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand sets out."""
        return Stage.APPROACH

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Close, until the policy does."""
        since = under_way(context, params["subtask"])
        coming = since is not None and since >= params["delay_steps"] and context.stage in ON_THE_WAY
        if coming and context.since_close is None:
            return context.layout.with_closure(action, 1.0)
        return action

    def fix(self, params: Params) -> Fix:
        """Stay open on the way."""
        return Fix.gripper(0.0, stage=Stage.APPROACH, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The gripper closed before the policy said so, and did not hold the thing, or its handle did not move."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        # Shut fingers on top of a thing touch it with both pads, as if they held it.
        if grasp.span.first(Stage.TRANSPORT) is not None and grasp.span.achieved:
            return Signature(False, f"it had its effect all the same: {grasp.span.subtask.text}")
        closings = failed.happened(EventKind.CLOSING, None, grasp.span.first(*ON_THE_WAY) or 0, grasp.due)
        early = [event for event in closings if event.value > 0.5]
        if not early:
            return Signature(False, "the gripper did not close before it was due")
        arm, held = grasp.span.subtask.arm, grasp.nominal_due + grasp.overdue - grasp.due
        shut, wanted = failed.column("gripper_closure", arm)[grasp.due], nominal.column("gripper_closure", arm)[held]
        if shut < wanted + NARROWER:
            return Signature(False, f"the gripper closed around the {grasp.target} all the same")
        return missed(failed, grasp, f"the gripper closed {grasp.due - early[0].step} steps too early")
