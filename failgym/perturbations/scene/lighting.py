"""The light is another one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw
from failgym.scene import SceneFacts


@PERTURBATIONS.register("lighting")
@dataclass(frozen=True)
class Lighting(Condition, ScenePerturbation):
    """The room is darker or brighter, and the main light comes from another side; physics stays as it is.

    Source: Colosseum, light.
    """

    name = "lighting"
    alters = "light"

    change: Range = (0.25, 0.6)
    """By how much it is darker or brighter, relative to the usual light."""
    turn: Range = (0.5, 2.5)
    """Angle by which the main light stands elsewhere around the table, either way round, rad."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw brightness and direction."""
        (room, *_), side = self.alterable(facts), math.copysign(1.0, rng.random() - 0.5)
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        brightness = 1.0 + math.copysign(draw(rng, self.change), rng.random() - 0.5)
        return {"subtask": 0, "room": room, "brightness": brightness, "angle": side * draw(rng, self.turn)}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """All lights."""
        return [(params["room"], (params["brightness"], params["angle"]))]
