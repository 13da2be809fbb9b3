"""The hand goes to another object."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Signature
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.signatures import hit_hand
from failgym.scene import SceneFacts

METRES_PER_STEP, RADIANS_PER_STEP = 0.04, 0.15
"""How fast the hand is led from the one to the other in a control step, m and rad."""
ASIDE = 0.15
"""Level distance between two things, m, below which a hand that shuts one of them shuts the other one, too."""
TOUCHED = (EventKind.GRASPED, EventKind.PRESSED, EventKind.OPENED, EventKind.SHUT, EventKind.PART_MOVED)


@PERTURBATIONS.register("wrong_object")
@dataclass(frozen=True)
class WrongObject(ActionPerturbation):
    """What is done in one subtask is done to another thing, which could be grasped, pressed, opened or closed as well.

    Source: Guardian, section III-B, execution failure 3 (wrong object manipulated); AHA, wrong target object.
    """

    name = "wrong_object"
    failure = FailureMode.WRONG_OBJECT
    hits = (Kind.GRASP, Kind.GRIP, Kind.PRESS, Kind.SHOVE)
    steers = "position"
    severity_zero = MappingProxyType({"offset": [0.0] * 6})

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the other thing."""
        mistaken = [_mistaken(facts, index) for index in range(len(facts.rivals))]
        choices = [
            index
            for index, rivals in enumerate(mistaken)
            if rivals and kind(facts.plan.subtasks[index], facts) in self.hits
        ]
        if not choices:
            raise NotApplicableError(self.name, "no subtask works a thing beside which another one of its kind stands")
        index = choices[int(rng.integers(len(choices)))]
        others = mistaken[index]
        other = others[int(rng.integers(len(others)))]
        return {
            "subtask": index,
            "object": other,
            "target": facts.plan.subtasks[index].object,
            "offset": list(facts.rivals[index][other]),
        }

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers over the other thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Shift and turn the commanded hand from the one thing to the other."""
        offset = np.asarray(params["offset"])
        metres, radians = math.hypot(*offset[:3].tolist()), math.hypot(*offset[3:].tolist())
        steps = max(1, math.ceil(metres / METRES_PER_STEP), math.ceil(radians / RADIANS_PER_STEP))
        now, before = context.ramp(params["subtask"], steps)
        if now == before == 0.0:
            return action
        action = context.layout.with_offset(action, now * offset[:3], before * offset[:3])
        if radians == 0.0:
            return action
        return context.layout.with_rotation(action, now * offset[3:], before * offset[3:])

    def fix(self, params: Params) -> Fix:
        """Go to the right thing."""
        return Fix.retarget(params["target"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand touched the other thing, and in that subtask never held, nor worked, the right one."""
        hit = hit_hand(failed, nominal, params)
        if isinstance(hit, Signature):
            return hit
        start, end, other = hit.span.start, hit.span.end, params["object"]
        if hit.span.achieved or failed.happened(EventKind.GRASPED, hit.target, start, end):
            return Signature(False, f"the hand worked the {hit.target}")
        touched = [
            event.step for event in failed.happened(EventKind.CONTACT_GAINED, None, start, end) if event.other == other
        ]
        touched += [event.step for worked in TOUCHED for event in failed.happened(worked, other, start, end)]
        if not touched:
            return Signature(False, f"the hand never touched the {other}")
        onset = min(touched)
        return Signature(True, f"the hand went to the {other}", onset, hit.span.stage_at(onset))


def _mistaken(facts: SceneFacts, index: int) -> list[str]:
    """Return what may be worked instead: no places to bring a thing to, nothing that is shut above or below."""
    subtask, rivals = facts.plan.subtasks[index], facts.rivals[index]
    if subtask.verb in ("push", "drag", "sweep"):
        return []
    return [name for name, shift in rivals.items() if subtask.verb != "close" or math.hypot(*shift[:2]) > ASIDE]
