"""What stands in the room has other colours."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw, draw_steps
from failgym.perturbations.parts import chosen_parts, part_of
from failgym.scene import SceneFacts

WORDS = {
    "red", "green", "blue", "yellow", "orange", "purple", "pink", "cyan", "magenta", "brown", "black", "white",
    "grey", "gray", "lime", "maroon", "navy", "olive", "rose", "silver", "teal", "violet", "azure", "gold",
}  # fmt: skip
"""Words by which an instruction may tell things apart: what is called by one keeps its colour."""


@PERTURBATIONS.register("colour")
@dataclass(frozen=True)
class Colour(Condition, ScenePerturbation):
    """Table, floor and things that are not called by their colour are painted anew; physics stays as it is.

    Source: Colosseum, colours of table, background, receivers and manipulated objects.
    """

    name = "colour"
    alters = "colour"
    severity_zero = MappingProxyType({"strength": 0.0})

    count: Range = (1, 3)
    """Number of things (or table, or floor), relative to those in the scene; fewer where there are fewer."""
    brightness: Range = (0.25, 0.95)
    """Value of the new colour, 0..1."""
    parts: tuple[str, ...] = ()
    """What it is, relative to the plan: `object`, `receiver`, `table`, `floor` or `other`; empty: any."""

    def __post_init__(self) -> None:
        """Check the parts."""
        super().__post_init__()
        chosen_parts(f"{self.name}.parts", self.parts)

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw what is painted, and how."""
        wanted = chosen_parts(self.name, self.parts)
        names = [name for name in self.alterable(facts) if part_of(name, facts) in wanted]
        names = [name for name in names if WORDS.isdisjoint(name.lower().split())]
        if not names or not facts.plan.subtasks:
            raise NotApplicableError(self.name, f"all that is here is called by its colour: {', '.join(wanted)}")
        chosen = [names[i] for i in rng.permutation(len(names))[: max(1, draw_steps(rng, self.count))].tolist()]
        return {"subtask": 0, "colours": {name: self._colour(rng) for name in chosen}, "strength": 1.0}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The colours, and how much of them there is."""
        strength = params["strength"]
        return [(name, (*rgb, strength)) for name, rgb in params["colours"].items()] if strength else []

    def _colour(self, rng: np.random.Generator) -> list[float]:
        hue, saturation = float(rng.random()), float(rng.uniform(0.3, 0.9))
        return list(colorsys.hsv_to_rgb(hue, saturation, draw(rng, self.brightness)))
