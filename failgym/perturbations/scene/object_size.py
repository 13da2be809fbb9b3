"""A thing is larger or smaller than usual."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw
from failgym.perturbations.parts import PARTS, chosen_parts, part_of
from failgym.scene import Scene, SceneFacts


@PERTURBATIONS.register("object_size")
@dataclass(frozen=True)
class ObjectSize(Condition, ScenePerturbation):
    """A block, can, packet or tin is larger or smaller, of the same stuff; what expert and task know of it follows.

    Source: Colosseum, sizes of manipulated object and receiver (0.75 to 1.25 times the usual ones).
    """

    name = "object_size"
    alters = "size"
    severity_zero = MappingProxyType({"factor": 1.0})

    change: Range = (0.1, 0.25)
    """By how much it is larger or smaller, relative to the usual size."""
    parts: tuple[str, ...] = ("object",)
    """What it is, relative to the plan: `object` (of the hand), `receiver` (what that is brought to); empty: either."""

    def __post_init__(self) -> None:
        """Check the parts."""
        super().__post_init__()
        chosen_parts(f"{self.name}.parts", self.parts, PARTS[:2])

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the thing, among those that the hand can hold larger too, or holds not at all, and its size."""
        names, wanted = self.alterable(facts), chosen_parts(self.name, self.parts, PARTS[:2])
        steps, change = facts.plan.subtasks, math.copysign(draw(rng, self.change), rng.random() - 0.5)
        parts = [(index, name) for index, step in enumerate(steps) for name in (step.object, step.target)
                 if name is not None and name in names and part_of(name, facts) in wanted]  # fmt: skip
        widest = 0.9 * facts.max_opening / (1.0 + change)
        fitting = [(index, name) for index, name in parts if self._width(facts, name) < widest]
        if not fitting:
            raise NotApplicableError(self.name, "nothing can have another size, or the hand would not get around it")
        index, name = fitting[int(rng.integers(len(fitting)))]
        # What goes into something might no longer do so if it were larger.
        inside = any(step.object == name and step.relation in ("in", "into") for step in steps)
        return {"subtask": index, "object": name, "factor": 1.0 - abs(change) if inside else 1.0 + change}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The size of the thing."""
        return [(params["object"], (params["factor"],))] if params["factor"] != 1.0 else []

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave it: what may be in the hand cannot change its size."""

    def _width(self, facts: SceneFacts, name: str) -> float:
        thing = facts.thing(name)
        return 0.0 if thing is None or part_of(name, facts) == "receiver" else thing.width
