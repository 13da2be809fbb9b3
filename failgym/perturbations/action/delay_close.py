"""The gripper closes late."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw_steps
from failgym.perturbations.kinds import Kind, stroke_steps
from failgym.perturbations.obstacles import slack, taken_along, unhurried
from failgym.perturbations.signatures import hit_grasp
from failgym.scene import OPEN, SceneFacts


@PERTURBATIONS.register("delay_close")
@dataclass(frozen=True)
class DelayClose(ActionPerturbation):
    """The gripper closes some control steps (50 ms each) after the policy said so, when the hand has already left.

    Where the hand moves a handle, half of that motion is over by then.

    Source: Dream2Fix, failure type `delay_close`; RoboFAC, late closing.
    """

    name = "delay_close"
    failure = FailureMode.DELAY_CLOSE
    hits = (Kind.GRASP, Kind.GRIP)
    severity_zero = MappingProxyType({"steps": 0})

    steps: Range = (11, 16)
    """Delay after the commanded closing, control steps of 50 ms; FailGym's expert leaves 8 steps after it.

    Half of the steps that the motion of a handle takes are added.
    """

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit and the delay."""
        subtask = self.choose_subtask(rng, facts)
        return {"subtask": subtask, "steps": draw_steps(rng, self.steps) + stroke_steps(subtask, facts) // 2}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """An open hand around a handle may move it all the same, and another arm's turn leaves time to close."""
        if slack(index, facts) < 1.0 - OPEN:
            return f"pads that close late have taken the {facts.plan.subtasks[index].object} along before"
        return taken_along(index, facts) or unhurried(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the gripper should close."""
        return Stage.GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Keep the gripper open until the delay is over."""
        late = context.since_close is not None and context.since_close < params["steps"]
        if late and context.closing == (params["subtask"], 0):
            return context.layout.with_closure(action, 0.0)
        return action

    def fix(self, params: Params) -> Fix:
        """Close at the keyframe."""
        return Fix.gripper(1.0, stage=Stage.GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """A closing motion that begins after it was due, while the thing was not yet held."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        if grasp.span.first(Stage.TRANSPORT) is not None and grasp.span.achieved:
            return Signature(False, f"it had its effect all the same: {grasp.span.subtask.text}")
        closings = failed.happened(EventKind.CLOSING, None, grasp.due)
        if not closings:
            return Signature(False, "the gripper never closed")
        if closings[0].step <= grasp.due + 1:
            return Signature(False, "the gripper closed on time")
        return Signature(
            True, f"the gripper closed {closings[0].step - grasp.due} steps late", grasp.overdue, Stage.GRASP
        )
