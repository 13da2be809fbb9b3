"""The hand is beside the thing."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, RAMP_STEPS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.signatures import hand_at, hit_grasp, missed
from failgym.scene import SceneFacts


@PERTURBATIONS.register("translation")
@dataclass(frozen=True)
class Translation(ActionPerturbation):
    """The hand approaches and closes at a horizontal offset from where it should.

    Source: Dream2Fix, failure type `translation` (x, y offset before the keyframe); Guardian, section III-B, execution
    failure 4 (imprecise grasping); AHA, translation. The lower bound guarantees that it shows (RACER).
    """

    name = "translation"
    failure = FailureMode.TRANSLATION
    steers = "position"
    severity_zero = MappingProxyType({"offset": [0.0, 0.0, 0.0]})

    distance: Range = (0.035, 0.06)
    """Length of the offset, m."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the distance and a direction in the table plane."""
        subtask = self.choose_subtask(rng, facts)
        distance, angle = draw(rng, self.distance), float(rng.uniform(-math.pi, math.pi))
        return {"subtask": subtask, "offset": [distance * math.cos(angle), distance * math.sin(angle), 0.0]}

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers beside the thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Shift the commanded hand."""
        now, before = context.ramp(params["subtask"], RAMP_STEPS)
        if now == before == 0.0:
            return action
        offset = np.asarray(params["offset"])
        return context.layout.with_offset(action, now * offset, before * offset)

    def fix(self, params: Params) -> Fix:
        """Move back by the offset before closing."""
        x, y, z = params["offset"]
        return Fix.translation((-x, -y, -z), stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand closed beside where the nominal hand did, by at least half the offset, along the offset."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        offset = np.asarray(params["offset"])
        arm = grasp.span.subtask.arm
        shift = hand_at(failed, grasp.due, arm)[0] - hand_at(nominal, grasp.nominal_due, arm)[0]
        length = float(np.linalg.norm(offset))
        along = float(shift @ offset) / max(length, 1e-9)
        if along < 0.5 * length:
            return Signature(False, f"the hand closed only {100 * along:.1f} cm beside its nominal place")
        return missed(failed, grasp, f"the hand closed {100 * along:.1f} cm beside its nominal place")
