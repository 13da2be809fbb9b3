"""The gripper does not close."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Signature
from failgym.perturbations.kinds import Kind
from failgym.perturbations.obstacles import taken_along
from failgym.perturbations.signatures import hit_grasp
from failgym.scene import SceneFacts


@PERTURBATIONS.register("no_close")
@dataclass(frozen=True)
class NoClose(ActionPerturbation):
    """The hand reaches the thing, and the gripper stays open (closure 0) until the policy opens and closes it anew.

    Source: Guardian, section III-B, execution failure 1 (no gripper close); Dream2Fix, `force_open`; AHA, incomplete
        grasp.
    """

    name = "no_close"
    failure = FailureMode.NO_CLOSE
    hits = (Kind.GRASP, Kind.GRIP)

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit."""
        return {"subtask": self.choose_subtask(rng, facts)}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """An open hand around a handle may move it all the same."""
        return taken_along(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the gripper should close."""
        return Stage.GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Keep the gripper open."""
        if context.closing == (params["subtask"], 0):
            return context.layout.with_closure(action, 0.0)
        return action

    def fix(self, params: Params) -> Fix:
        """Close at the keyframe."""
        return Fix.gripper(1.0, stage=Stage.GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """No closing motion when it was due, and the thing never held, or the handle not moved as it should."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        # On its way to a handle the gripper may well half close.
        if any(event.value > 0.5 for event in failed.happened(EventKind.CLOSING, None, grasp.due, grasp.span.end)):
            return Signature(False, "the gripper did close")
        # Both pads of an open hand may touch a handle.
        if grasp.span.achieved:
            return Signature(False, f"it had its effect all the same: {grasp.span.subtask.text}")
        return Signature(True, "the gripper stayed open at the keyframe", grasp.overdue, Stage.GRASP)
