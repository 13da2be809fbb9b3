"""The hand is slower than it is told to be."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.control import anew, keyframe, lagged, under_way
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import merely_held, unhurried
from failgym.rotations import multiply, quat_from_rotvec, rotation_between
from failgym.scene import SceneFacts


@PERTURBATIONS.register("slow_motion")
@dataclass(frozen=True)
class SlowMotion(ActionPerturbation):
    """In each step the hand covers only a fraction of what is left to where it is told to be: it is late everywhere.

    The gripper, which has a driver of its own, is on time, and acts where the hand is not there yet.

    Source: RoboFAC, speed offset.
    """

    name = "slow_motion"
    failure = FailureMode.BAD_CONTROL
    hits = (Kind.GRASP, Kind.GRIP, Kind.SHOVE, Kind.PRESS, Kind.CARRY)
    severity_zero = MappingProxyType({"fraction": 1.0})

    fraction: Range = (0.02, 0.04)
    """Part of the commanded motion that is executed in a control step, 0..1."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the fraction."""
        index = self.choose_subtask(rng, facts)
        subtask = facts.plan.subtasks[index]
        return {
            "subtask": index,
            "object": subtask.object,
            "stage": str(keyframe(index, facts)),
            "fraction": draw(rng, self.fraction),
        }

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is lifted or pulled slowly is lifted or pulled; a lid that is held is opened before it is needed."""
        subtask = facts.plan.subtasks[index]
        opens = subtask.verb in ("open", "close") and kind(subtask, facts) is Kind.CARRY
        if subtask.verb in ("lift", "pull") or (opens and unhurried(index, facts)):
            return f"the hand need not be anywhere in time to {subtask.text}"
        return merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand should be about to act."""
        return Stage(params["stage"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Scale the motion down."""
        fraction, before = max(0.0, params["fraction"]), context.executed
        if fraction == 1.0 or under_way(context, params["subtask"]) is None:
            return action
        layout = context.layout
        slowed = action.copy()
        if layout.delta:
            slowed[layout.motion] *= fraction
        elif before is None:
            return action
        elif layout.position is not None and layout.rotation is not None:
            place, turned = slice(*layout.position), slice(*layout.rotation)
            slowed[place] = before[place] + fraction * (action[place] - before[place])
            quat = np.asarray(before[turned], np.float64)
            turn = rotation_between(quat, np.asarray(action[turned], np.float64))
            slowed[turned] = multiply(quat_from_rotvec(fraction * turn), quat)
        return slowed

    def fix(self, params: Params) -> Fix:
        """Begin anew, at the right speed."""
        return anew(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand was not there when a stage began, and the subtask had no effect."""
        return lagged(failed, nominal, params)
