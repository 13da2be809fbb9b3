"""The hand is turned the wrong way."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, RAMP_STEPS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.signatures import hand_at, hit_grasp, missed
from failgym.rotations import rotation_between
from failgym.scene import SceneFacts

SPREAD = math.radians(20)
"""How far the axis of the tilt may point away from straight ahead, rad."""


@PERTURBATIONS.register("rotation")
@dataclass(frozen=True)
class Rotation(ActionPerturbation):
    """The hand approaches and closes tilted sideways: about the base's forward axis, give or take 20 degrees.

    A turn about the vertical alone hardly ever makes a parallel gripper fail on a small block: the closing pads align
    it. A tilt back towards the base is out of the arm's reach.

    Source: AHA, rotation (roll); Guardian, section III-B, execution failure 4 (imprecise grasping).
    """

    name = "rotation"
    failure = FailureMode.ROTATION
    steers = "rotation"
    severity_zero = MappingProxyType({"rotvec": [0.0, 0.0, 0.0]})

    angle: Range = (0.8, 1.1)
    """Tilt about the tool centre point, rad."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the angle, the side and the axis."""
        subtask = self.choose_subtask(rng, facts)
        angle, side = draw(rng, self.angle), float(rng.integers(2))
        heading = math.pi * side + float(rng.uniform(-SPREAD, SPREAD))
        return {"subtask": subtask, "rotvec": [angle * math.cos(heading), angle * math.sin(heading), 0.0]}

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers tilted over the thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Turn the commanded hand."""
        now, before = context.ramp(params["subtask"], RAMP_STEPS)
        if now == before == 0.0:
            return action
        rotvec = np.asarray(params["rotvec"])
        return context.layout.with_rotation(action, now * rotvec, before * rotvec)

    def fix(self, params: Params) -> Fix:
        """Turn back before closing."""
        x, y, z = params["rotvec"]
        return Fix.rotation((-x, -y, -z), stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand closed at an angle to the nominal hand of at least half the drawn one."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        arm = grasp.span.subtask.arm
        turn = rotation_between(hand_at(nominal, grasp.nominal_due, arm)[1], hand_at(failed, grasp.due, arm)[1])
        angle, wanted = float(np.linalg.norm(turn)), float(np.linalg.norm(params["rotvec"]))
        if angle < 0.5 * wanted:
            return Signature(False, f"the hand was only {math.degrees(angle):.0f} degrees off")
        return missed(failed, grasp, f"the hand closed {math.degrees(angle):.0f} degrees off")
