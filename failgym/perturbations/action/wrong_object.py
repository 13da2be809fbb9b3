"""The hand goes to another object."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Signature
from failgym.perturbations.signatures import hit_grasp
from failgym.scene import SceneFacts

METRES_PER_STEP = 0.04
"""How fast the offset to the other object grows and fades, m in a control step."""


@PERTURBATIONS.register("wrong_object")
@dataclass(frozen=True)
class WrongObject(ActionPerturbation):
    """The approach and grasp of one subtask are carried over to another graspable object.

    Source: Guardian, section III-B, execution failure 3 (wrong object manipulated); AHA, wrong target object.
    """

    name = "wrong_object"
    failure = FailureMode.WRONG_OBJECT
    steers = "position"
    severity_zero = MappingProxyType({"offset": [0.0, 0.0, 0.0]})

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit and the other object, among those that still stand where they stood at reset."""
        choices = []
        for index, subtask in enumerate(facts.plan.subtasks):
            # What stands fast is held at its handle, which is not where the thing is said to be.
            moved = {*facts.fixed, *(earlier.object for earlier in facts.plan.subtasks[:index])}
            others = [
                thing.name for thing in facts.things if thing.graspable and thing.name not in moved | {subtask.object}
            ]
            if subtask.verb in self.hits and subtask.object not in moved and others:
                choices.append((index, subtask.object, others))
        if not choices:
            raise NotApplicableError(self.name, "no subtask grasps a thing beside which another graspable one stands")
        index, target, others = choices[int(rng.integers(len(choices)))]
        other = others[int(rng.integers(len(others)))]
        offset = np.subtract(facts.positions[other], facts.positions[target])
        return {"subtask": index, "object": other, "target": target, "offset": offset.tolist()}

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers over the other object."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Shift the commanded hand from the one object to the other."""
        offset = np.asarray(params["offset"])
        steps = max(1, int(np.ceil(np.linalg.norm(offset) / METRES_PER_STEP)))
        now, before = context.ramp(params["subtask"], steps)
        if now == before == 0.0:
            return action
        return context.layout.with_offset(action, now * offset, before * offset)

    def fix(self, params: Params) -> Fix:
        """Go to the right object."""
        return Fix.retarget(params["target"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand touched the other object, and never held the right one in that subtask."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        if failed.happened(EventKind.GRASPED, grasp.target, grasp.span.start, grasp.span.end):
            return Signature(False, f"the {grasp.target} was held")
        touched = [
            event
            for event in failed.happened(EventKind.CONTACT_GAINED, None, grasp.span.start, grasp.span.end)
            if event.other == params["object"]
        ]
        if not touched:
            return Signature(False, f"the hand never touched the {params['object']}")
        onset = touched[0].step
        return Signature(True, f"the hand went to the {params['object']}", onset, grasp.span.stage_at(onset))
