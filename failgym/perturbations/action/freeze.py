"""The arm stands still."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw_steps
from failgym.perturbations.control import anew, held, keyframe, not_made_up_for, stood_still
from failgym.perturbations.course import met
from failgym.perturbations.kinds import Kind
from failgym.perturbations.obstacles import carried_on, merely_held
from failgym.scene import SceneFacts


@PERTURBATIONS.register("freeze")
@dataclass(frozen=True)
class Freeze(ActionPerturbation):
    """The arm stops soon after it set out, gripper and all, while the policy goes on; to the end of the subtask.

    What it was told until then it does not make up for, while the other arm of a pair is at work.

    Source: FailSafe, no-op (the arm is stuck); Guardian, Bridge subset, "no progress".
    """

    name = "freeze"
    failure = FailureMode.NO_PROGRESS
    hits = (Kind.GRASP, Kind.GRIP, Kind.SHOVE, Kind.PRESS, Kind.CARRY)
    severity_zero = MappingProxyType({"duration_steps": 0})

    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out."""
    duration_steps: Range = 400
    """Control steps that it lasts, at most to the end of the subtask."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the moment and the duration."""
        index = self.choose_subtask(rng, facts)
        subtask = facts.plan.subtasks[index]
        return {
            "subtask": index,
            "object": subtask.object,
            "stage": str(keyframe(index, facts)),
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": draw_steps(rng, self.duration_steps),
        }

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is carried on is lifted then, what is pulled at is out soon, and what is handed over is fetched."""
        subtask = facts.plan.subtasks[index]
        if subtask.verb == "pull":
            return f"the {subtask.object} comes out of the {subtask.target} before the arm stops"
        handed = met(index, facts) if subtask.verb == "move" else None
        return handed or carried_on(index, facts) or merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand should be about to act."""
        return Stage(params["stage"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Repeat what was executed last."""
        since = not_made_up_for(action, context, params["subtask"])
        if since is None or not 0 <= since - params["delay_steps"] < params["duration_steps"]:
            return action
        return held(action, context)

    def fix(self, params: Params) -> Fix:
        """Begin anew."""
        return anew(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand stood still for much longer than the nominal one, and the subtask had no effect."""
        return stood_still(failed, nominal, params)
