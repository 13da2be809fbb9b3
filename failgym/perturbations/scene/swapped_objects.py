"""Somebody exchanges the target for another thing."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw, draw_steps
from failgym.perturbations.obstacles import taken_up_again
from failgym.perturbations.signatures import hit_grasp
from failgym.perturbations.slides import is_clear, is_worked, movable, moved_by_others, shares, slide, way
from failgym.scene import Scene, SceneFacts

BENDS = (0.07, 0.11, 0.05)
"""By how much the two give way to each other, m; the first that keeps them clear of the rest is taken."""


@PERTURBATIONS.register("swapped_objects")
@dataclass(frozen=True)
class SwappedObjects(ScenePerturbation):
    """The target and another thing, which can be grasped too, exchange their places after the hand set out.

    Source: LIBERO-PRO, swapped positions; ViFailback, failure type human intervention.
    """

    name = "swapped_objects"
    failure = FailureMode.HUMAN_INTERVENTION

    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out for the target."""
    pace: Range = (0.04, 0.06)
    """Distance by which each comes nearer to its new place in a control step, m."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the other thing, and the moment."""
        found = []
        for index, step in enumerate(facts.plan.subtasks):
            taken = step.verb == "grasp" and is_worked(step) and taken_up_again(index, facts) is None
            loose = movable(facts, index) if taken else set()
            others = [thing.name for thing in facts.things if thing.graspable and thing.name in loose - {step.object}]
            if step.object in loose:
                bends = ((other, _bend(facts, step.object, other)) for other in others)
                found += [(index, other, bend) for other, bend in bends if bend is not None]
        if not found:
            raise NotApplicableError(self.name, "nothing that is taken can change places with another thing")
        index, other, bend = found[int(rng.integers(len(found)))]
        target = facts.plan.subtasks[index].object
        length = math.dist(facts.positions[target][:2], facts.positions[other][:2])
        return {
            "subtask": index,
            "object": target,
            "other": other,
            "starts": [list(facts.positions[target]), list(facts.positions[other])],
            "bend": bend,
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": math.ceil(length / max(0.001, draw(rng, self.pace))),
        }

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers where the target was."""
        return Stage.PRE_GRASP

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Move both one control step further, each on its side."""
        share = shares(context, params)
        if share is None:
            return False
        one, other = params["starts"]
        shift = np.subtract(other[:2], one[:2])
        slide(scene, params["object"], one, shift.tolist(), share, params["bend"])
        slide(scene, params["other"], other, (-shift).tolist(), share, params["bend"])
        return True

    def fix(self, params: Params) -> Fix:
        """Look again where the target is."""
        return Fix.retarget(params["object"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Both moved although the robot did not touch them, and the target was not held when that was due."""
        hit = hit_grasp(failed, nominal, params)
        if isinstance(hit, Signature):
            return hit
        moves = [moved_by_others(failed, params[key], hit.span.start, hit.due) for key in ("object", "other")]
        if not all(moves):
            return Signature(False, f"the {hit.target} and the {params['other']} did not change places")
        if failed.happened(EventKind.GRASPED, hit.target, hit.due, hit.span.end):
            return Signature(False, f"the {hit.target} was held all the same")
        onset = min(move.step for move in itertools.chain(*moves))
        reason = f"somebody put the {params['other']} where the {hit.target} was"
        return Signature(True, reason, onset, hit.span.stage_at(onset))


def _bend(facts: SceneFacts, one: str, other: str) -> float | None:
    """By how much two things must give way to each other to change places, m; None where something is in the way."""
    start, end = facts.positions[one], facts.positions[other]
    shift = np.subtract(end[:2], start[:2])
    for bend in (signed for size in BENDS for signed in (size, -size)):
        points = [*way(start, shift.tolist(), bend), *way(end, (-shift).tolist(), bend)]
        if is_clear(facts, points, (one, other), 0.06):
            return bend
    return None
