"""Things that the task does not need stand about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw, draw_steps
from failgym.perturbations.slides import is_clear
from failgym.scene import Scene, SceneFacts

APART = 0.085
"""Distance of a distractor from all other things, m: the open hand passes."""


@PERTURBATIONS.register("distractors")
@dataclass(frozen=True)
class Distractors(Condition, ScenePerturbation):
    """Spare things, which other variations of the task use, stand near what the hand goes for; they have no names.

    Source: Colosseum and VLATest, distractor objects.
    """

    name = "distractors"
    alters = "spare"

    count: Range = (1, 3)
    """Number of things, relative to the scene as it is; fewer where there are fewer spare ones or no room."""
    distance: Range = (0.09, 0.16)
    """Distance from what the hand goes for, m."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask, the things and where they stand."""
        spare = list(facts.alterable.get(self.alters, ()))
        if not spare:
            raise NotApplicableError(self.name, "there is no spare thing in this simulator or scene")
        steps = facts.plan.subtasks
        hit = [index for index, step in enumerate(steps) if step.object in facts.positions]
        if not hit:
            raise NotApplicableError(self.name, "the hand goes for nothing that stands on the table")
        index = int(hit[int(rng.integers(len(hit)))])
        centre = facts.positions[steps[index].object]
        chosen = [spare[i] for i in rng.permutation(len(spare))[: draw_steps(rng, self.count)].tolist()]
        placed: dict[str, list[float]] = {}
        for _ in range(200):
            if len(placed) == len(chosen):
                break
            angle, distance = float(rng.uniform(-math.pi, math.pi)), draw(rng, self.distance)
            point = np.array([centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle)])
            free = all(math.dist(point, other[:2]) > APART for other in placed.values())
            if free and is_clear(facts, [point], (), APART):
                placed[chosen[len(placed)]] = [*point.tolist(), float(rng.uniform(-math.pi, math.pi))]
        if not placed:
            raise NotApplicableError(self.name, f"there is no room around the {steps[index].object}")
        return {"subtask": index, "places": placed}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The things and their places."""
        return list(params["places"].items())

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave them: nobody takes them away."""
