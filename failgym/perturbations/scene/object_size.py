"""A thing is larger or smaller than usual."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw
from failgym.scene import Scene, SceneFacts


@PERTURBATIONS.register("object_size")
@dataclass(frozen=True)
class ObjectSize(Condition, ScenePerturbation):
    """A block or can is larger or smaller, of the same stuff; what the expert and the task know of it follows.

    Source: Colosseum, size of the manipulated object (0.75 to 1.25 times the usual one).
    """

    name = "object_size"
    alters = "size"

    change: Range = (0.1, 0.25)
    """By how much it is larger or smaller, relative to the usual size."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the thing, among those that the hand holds and can hold larger too, and its size."""
        names = self.alterable(facts)
        steps, factor = facts.plan.subtasks, 1.0 + math.copysign(draw(rng, self.change), rng.random() - 0.5)
        hit = [index for index, step in enumerate(steps) if step.object in names]
        fitting = [index for index in hit if self._width(facts, steps[index].object) * factor < 0.9 * facts.max_opening]
        if not fitting:
            raise NotApplicableError(self.name, "the hand works with no block or can, or would not get around it")
        index = int(fitting[int(rng.integers(len(fitting)))])
        return {"subtask": index, "object": steps[index].object, "factor": factor}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The size of the thing."""
        return [(params["object"], (params["factor"],))]

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave it: what may be in the hand cannot change its size."""

    def _width(self, facts: SceneFacts, name: str) -> float:
        thing = facts.thing(name)
        return 0.0 if thing is None else thing.width
