"""What stands in the room has patterns on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw_steps
from failgym.perturbations.parts import chosen_parts, part_of
from failgym.scene import PATTERNS, SceneFacts

NUMBER = 6
"""Number of patterns: checks, stripes, dots, bricks, wood grain, marble."""


@PERTURBATIONS.register("texture")
@dataclass(frozen=True)
class Texture(Condition, ScenePerturbation):
    """Table, floor and things bear a pattern, in shades of the colour that they have; physics stays as it is.

    Both renderers show it, on what has a mesh only OpenGL does.

    Source: Colosseum, textures of table, background, receivers and manipulated objects.
    """

    name = "texture"
    alters = "texture"

    count: Range = (1, 3)
    """Number of things (or table, or floor), relative to those in the scene; fewer where there are fewer."""
    parts: tuple[str, ...] = ()
    """What it is, relative to the plan: `object`, `receiver`, `table`, `floor` or `other`; empty: any."""

    def __post_init__(self) -> None:
        """Check the parts."""
        super().__post_init__()
        chosen_parts(f"{self.name}.parts", self.parts)

    @property
    def furniture(self) -> tuple[str, ...]:
        """The patterns."""
        return (PATTERNS,)

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw what bears a pattern, and which."""
        wanted = chosen_parts(self.name, self.parts)
        names = [name for name in self.alterable(facts) if part_of(name, facts) in wanted]
        if not names or not facts.plan.subtasks:
            raise NotApplicableError(self.name, f"there is nothing here to put a pattern on: {', '.join(wanted)}")
        chosen = [names[i] for i in rng.permutation(len(names))[: max(1, draw_steps(rng, self.count))].tolist()]
        return {"subtask": 0, "patterns": {name: int(rng.integers(NUMBER)) for name in chosen}}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The patterns."""
        return [(name, (float(number),)) for name, number in params["patterns"].items()]
