"""Somebody interferes while the arm is under way."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw_steps
from failgym.perturbations.obstacles import taken_up_again
from failgym.perturbations.signatures import hit_hand
from failgym.perturbations.slides import (
    brought_into,
    is_clear,
    is_worked,
    movable,
    moved_by_others,
    shares,
    slide,
    straight,
    way,
)
from failgym.rotations import quat_from_rotvec, rotate
from failgym.scene import Scene, SceneFacts, Thing

KINDS = ("push", "take_away", "block")
FAR = (0.18, 0.45)
"""Length of the way of what is taken away, m."""
PACE = 0.05
"""Distance that somebody moves a thing in one control step, at most, m."""
TALLER = 0.015
"""By how much a thing must be taller than the target to keep the hand from it, m."""
GAP = 0.015
"""Between a thing and what is put in the way of the fingers that come for it, m."""


@PERTURBATIONS.register("human_intervention")
@dataclass(frozen=True)
class HumanIntervention(ScenePerturbation):
    """Somebody slides the target along the table while the hand comes for it, or puts another thing in the way.

    Source: ViFailback, failure type human intervention.
    """

    name = "human_intervention"
    failure = FailureMode.HUMAN_INTERVENTION
    severity_zero = MappingProxyType({"shift": [0.0, 0.0]})

    kind: str = "push"
    """`push` by `distance`, `take_away` to 0.18 .. 0.45 m off, within reach, or `block`: where a finger would go."""
    distance: Range = (0.08, 0.12)
    """Length of the way of what is pushed, m."""
    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out for the target."""
    duration_steps: Range = 5
    """Control steps that the move takes, at least; none covers more than 5 cm."""

    def __post_init__(self) -> None:
        """Check the kind."""
        super().__post_init__()
        if self.kind not in KINDS:
            raise ConfigurationError(f"{self.name}.kind", self.kind, ", ".join(KINDS))

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the moment, and a way that stays on the table and clear of other things."""
        steps = facts.plan.subtasks
        hit = [i for i, step in enumerate(steps) if is_worked(step) and step.object in movable(facts, i)]
        hit = [index for index in hit if taken_up_again(index, facts) is None]
        if not hit:
            raise NotApplicableError(self.name, "the plan goes for nothing that stands loose where it stood at reset")
        if self.kind == "block":
            index, moved, shift = self._block(rng, facts, hit)
        else:
            index = hit[int(rng.integers(len(hit)))]
            moved, shift = steps[index].object, self._away(rng, facts, index)
        fastest = math.ceil(math.hypot(*shift) / PACE)
        return {
            "subtask": index,
            "object": steps[index].object,
            "moved": moved,
            "start": list(facts.positions[moved]),
            "shift": shift,
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": max(fastest, draw_steps(rng, self.duration_steps)),
        }

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers where the target was."""
        return Stage.PRE_GRASP

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Slide it one control step further."""
        share = shares(context, params)
        if share is None or not any(params["shift"]):
            return False
        slide(scene, params["moved"], params["start"], params["shift"], share)
        return True

    def fix(self, params: Params) -> Fix:
        """Look again where the target is."""
        return Fix.retarget(params["object"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Something moved that the robot had not touched, and the target was not held or moved when that was due."""
        hit = hit_hand(failed, nominal, params)
        if isinstance(hit, Signature):
            return hit
        moved = params["moved"]
        moves = moved_by_others(failed, moved, hit.span.start, hit.due)
        if not moves:
            return Signature(False, f"the {moved} was not moved by anybody else")
        grasped = hit.span.first(Stage.GRASP) is not None
        if grasped and failed.happened(EventKind.GRASPED, hit.target, hit.due, hit.span.end):
            return Signature(False, f"the {hit.target} was held all the same")
        return Signature(True, f"somebody moved the {moved}", moves[0].step, hit.span.stage_at(moves[0].step))

    def _away(self, rng: np.random.Generator, facts: SceneFacts, index: int) -> list[float]:
        step = facts.plan.subtasks[index]
        target, pushed = step.object, step.verb != "grasp" and bool(facts.ways)
        if self.kind == "take_away" and (goal := brought_into(facts, index)):
            raise NotApplicableError(self.name, f"the {target} must stand where it can be brought to the {goal}")
        low, high = (self.distance, self.distance) if isinstance(self.distance, (int, float)) else self.distance
        shift = straight(
            rng,
            facts,
            target,
            FAR if self.kind == "take_away" else (low, high),
            facts.ways[index][:2] if pushed else None,
        )
        if shift is None:
            raise NotApplicableError(self.name, f"there is no free place around the {target}")
        return shift

    def _block(self, rng: np.random.Generator, facts: SceneFacts, hit: list[int]) -> tuple[int, str, list[float]]:
        """Choose a grasp, and a thing that is put beside its target, where one of the fingers would come down."""
        steps = facts.plan.subtasks
        found = []
        for index in hit:
            first = bool(facts.aims) and all(step.arm != steps[index].arm for step in steps[:index])
            # How the hand will be turned is known before it has done anything; it must find another way to take hold.
            thing = facts.thing(steps[index].object)
            if steps[index].verb == "grasp" and first and thing is not None and thing.symmetry in (0, 4):
                others = sorted(movable(facts, index) - {thing.name})
                found += [(index, name, shift) for name in others for shift in _beside(facts, thing, name, index)]
        if not found:
            raise NotApplicableError(self.name, "nothing taller can be put where a finger would come down")
        return found[int(rng.integers(len(found)))]


def _beside(facts: SceneFacts, thing: Thing, name: str, index: int) -> Iterator[list[float]]:
    """Give the ways, (2,) m, of another thing to either side of a target, where the fingers will be."""
    other, there = facts.thing(name), np.asarray(facts.positions[thing.name][:2])
    if other is None or not other.graspable or other.height < thing.height + TALLER:
        return
    across = rotate(quat_from_rotvec(np.array(facts.aims[index])), (0.0, 1.0, 0.0))[:2]
    reach = ((thing.width + other.width) / 2 + GAP) * across / np.linalg.norm(across)
    for end in (there + reach, there - reach):
        shift = (end - facts.positions[name][:2]).tolist()
        points = way(facts.positions[name], shift)
        apart = min(float(np.linalg.norm(point - there)) for point in points)
        if is_clear(facts, points[3:], (name, thing.name)) and apart > 0.9 * float(np.linalg.norm(reach)):
            yield shift
