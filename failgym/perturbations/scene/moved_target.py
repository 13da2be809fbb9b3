"""Somebody moves the place to which a thing is brought."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw_steps
from failgym.perturbations.signatures import hit_spans
from failgym.perturbations.slides import movable, moved_by_others, shares, slide, straight
from failgym.scene import Scene, SceneFacts


@PERTURBATIONS.register("moved_target")
@dataclass(frozen=True)
class MovedTarget(ScenePerturbation):
    """What a thing is brought to slides along the table to another place, after the hand set out for it.

    Source: ViFailback, failure type human intervention; LIBERO-PRO, changed positions.
    """

    name = "moved_target"
    failure = FailureMode.HUMAN_INTERVENTION
    severity_zero = MappingProxyType({"shift": [0.0, 0.0]})

    distance: Range = (0.08, 0.12)
    """Length of the way, m."""
    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out with the thing, or to push it."""
    duration_steps: Range = 5
    """Control steps that the move takes."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the moment, and a way that stays on the table and clear of other things."""
        steps = list(enumerate(facts.plan.subtasks))
        hit = [i for i, step in steps if step.target is not None and step.target in movable(facts, i)]
        if not hit:
            raise NotApplicableError(self.name, "nothing is brought to what stands loose, or is painted on the table")
        index = hit[int(rng.integers(len(hit)))]
        target = str(facts.plan.subtasks[index].target)
        low, high = (self.distance, self.distance) if isinstance(self.distance, (int, float)) else self.distance
        shift = straight(rng, facts, target, (low, high))
        if shift is None:
            raise NotApplicableError(self.name, f"there is no free place around the {target}")
        return {
            "subtask": index,
            "object": facts.plan.subtasks[index].object,
            "moved": target,
            "start": list(facts.positions[target]),
            "shift": shift,
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": draw_steps(rng, self.duration_steps),
            "stage": str(Stage.TRANSPORT),
        }

    def anchor(self, params: Params) -> Stage:
        """When the thing is on its way."""
        return Stage(params["stage"])

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Slide it one control step further."""
        share = shares(context, params)
        if share is None or not any(params["shift"]):
            return False
        slide(scene, params["moved"], params["start"], params["shift"], share)
        return True

    def fix(self, params: Params) -> Fix:
        """Look again where the target is."""
        return Fix.retarget(params["object"], stage=Stage(params["stage"]), subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The target moved although the robot did not touch it, and the thing did not come to it."""
        spans = hit_spans(failed, nominal, params)
        if isinstance(spans, Signature):
            return spans
        span, moved = spans[0], params["moved"]
        moves = moved_by_others(failed, moved, span.start, span.end)
        if not moves:
            return Signature(False, f"the {moved} was not moved by anybody else")
        if span.achieved:
            return Signature(False, f"it had its effect all the same: {span.subtask.text}")
        reason = f"somebody moved the {moved}; without effect: {span.subtask.text}"
        return Signature(True, reason, moves[0].step, span.stage_at(moves[0].step))
