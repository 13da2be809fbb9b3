"""Commands reach the arm late."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw_steps
from failgym.perturbations.control import anew, keyframe, lagged
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import merely_held, slack
from failgym.scene import SceneFacts


@PERTURBATIONS.register("action_latency")
@dataclass(frozen=True)
class ActionLatency(ActionPerturbation):
    """What moves the arm is executed some control steps late; the delay grows, stays, and is caught up afterwards.

    The gripper, which has a driver of its own, is on time, and acts where the hand is not there yet. What only pushes
    or presses is merely late: there it changes nothing.

    Source: gauntlet-robotics, action latency; RoboFAC, speed offset.
    """

    name = "action_latency"
    failure = FailureMode.BAD_CONTROL
    hits = (Kind.GRASP, Kind.GRIP, Kind.CARRY)
    outlasts = True
    severity_zero = MappingProxyType({"steps": 0})

    steps: Range = (26, 34)
    """Delay, control steps of 50 ms; FailGym's expert waits up to 10 steps for a hand that moves."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the delay."""
        index = self.choose_subtask(rng, facts)
        subtask = facts.plan.subtasks[index]
        return {
            "subtask": index,
            "object": subtask.object,
            "stage": str(keyframe(index, facts)),
            "steps": draw_steps(rng, self.steps),
        }

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is carried and not let go of is merely late, and so is what turns where it is."""
        subtask = facts.plan.subtasks[index]
        if kind(subtask, facts) is Kind.CARRY and subtask.verb != "place":
            return f"the gripper does not act while the hand is to {subtask.text}"
        if subtask.verb in ("turn", "screw", "close") or slack(index, facts) < 1.0:
            return f"fingers {subtask.verb} the {subtask.object} late all the same"
        return merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand should be about to act."""
        return Stage(params["stage"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Replace the motion by that of some steps ago."""
        now, before = (self._late(context, params, at) for at in (context.step, context.step - 1))
        if now == before == 0 or not context.told:
            return action
        layout = context.layout
        told: Sequence[Action] = (*context.told, action)
        changed = action.copy()
        if layout.delta:
            # All that was told and is due by now, and was not due one step ago.
            due = told[max(0, len(told) - 1 - before) : max(0, len(told) - now)]
            changed[layout.motion] = sum((each[layout.motion] for each in due), np.zeros(1))
        else:
            changed[layout.motion] = told[max(0, len(told) - 1 - now)][layout.motion]
        return changed

    @staticmethod
    def _late(context: StepContext, params: Params, at: int) -> int:
        """Delay at a step: it grows by a step in each step, and shrinks likewise after the subtask."""
        steps: int = params["steps"]
        began, ended = context.began.get(params["subtask"]), context.ended.get(params["subtask"])
        if began is None or at < began:
            return 0
        if ended is None or at < ended:
            return min(steps, at - began + 1)
        return max(0, min(steps, ended - began) - (at - ended + 1))

    def fix(self, params: Params) -> Fix:
        """Begin anew, without delay."""
        return anew(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand was not there when a stage began, and the subtask had no effect."""
        return lagged(failed, nominal, params)
