"""Somebody moves the target while the arm is under way."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw, draw_steps
from failgym.perturbations.signatures import hit_grasp
from failgym.scene import Scene, SceneFacts

CLEARANCE = 0.08
"""Distance to other things at the end of the move, m."""


@PERTURBATIONS.register("human_intervention")
@dataclass(frozen=True)
class HumanIntervention(ScenePerturbation):
    """The target slides along the table to another place while the hand approaches it.

    Source: ViFailback, failure type human intervention.
    """

    name = "human_intervention"
    failure = FailureMode.HUMAN_INTERVENTION
    severity_zero = MappingProxyType({"shift": [0.0, 0.0]})

    distance: Range = (0.06, 0.10)
    """Length of the move, m."""
    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out for the target."""
    duration_steps: Range = 5
    """Control steps that the move takes."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the moment, and a move that stays on the table and clear of other things."""
        subtasks = facts.plan.subtasks
        hit = [
            index
            for index, subtask in enumerate(subtasks)
            if subtask.verb == "grasp"
            and subtask.object not in {*facts.fixed, *(earlier.object for earlier in subtasks[:index])}
        ]
        if not hit:
            raise NotApplicableError(self.name, "the plan grasps nothing that still stands where it stood at reset")
        index = hit[int(rng.integers(len(hit)))]
        target = subtasks[index].object
        return {
            "subtask": index,
            "object": target,
            "start": list(facts.positions[target]),
            "shift": self._shift(rng, facts, target),
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": draw_steps(rng, self.duration_steps),
        }

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers where the target was."""
        return Stage.PRE_GRASP

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Slide the target one control step further."""
        began = context.began.get(params["subtask"])
        if began is None or params["subtask"] in context.ended:
            return False
        moved = context.step - began - params["delay_steps"]
        if not 0 <= moved < params["duration_steps"] or not any(params["shift"]):
            return False
        share = (moved + 1) / params["duration_steps"]
        start = np.asarray(params["start"])
        scene.set_pose(params["object"], start + share * np.array([*params["shift"], 0.0]))
        return True

    def fix(self, params: Params) -> Fix:
        """Look again where the target is."""
        return Fix.retarget(params["object"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The target moved although the robot did not touch it, and was not held when that was due."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        moves = failed.happened(EventKind.DISPLACED, grasp.target, grasp.span.start, grasp.due)
        moves = tuple(move for move in moves if move.other != "robot")
        if not moves:
            return Signature(False, f"the {grasp.target} was not moved by anybody else")
        if failed.happened(EventKind.GRASPED, grasp.target, grasp.due, grasp.span.end):
            return Signature(False, f"the {grasp.target} was held all the same")
        return Signature(True, f"somebody moved the {grasp.target}", moves[0].step, grasp.span.stage_at(moves[0].step))

    def _shift(self, rng: np.random.Generator, facts: SceneFacts, target: str) -> list[float]:
        start = np.asarray(facts.positions[target][:2])
        others = [np.asarray(place[:2]) for name, place in facts.positions.items() if name != target]
        low, high = np.asarray(facts.workspace).T
        for _ in range(100):
            angle, distance = float(rng.uniform(-math.pi, math.pi)), draw(rng, self.distance)
            end = start + distance * np.array([math.cos(angle), math.sin(angle)])
            way = [start + share * (end - start) for share in (0.5, 1.0)]
            clear = all(np.linalg.norm(point - other) > CLEARANCE for point in way for other in others)
            if clear and (end > low).all() and (end < high).all():
                return (end - start).tolist()  # type: ignore[no-any-return]
        raise NotApplicableError(self.name, f"there is no free place around the {target}")
