"""The light is another one."""

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw
from failgym.scene import SceneFacts


@PERTURBATIONS.register("lighting")
@dataclass(frozen=True)
class Lighting(Condition, ScenePerturbation):
    """The room is darker or brighter, the main light comes from another side, and all light has a tinge.

    Physics stays as it is.

    Source: Colosseum, light (intensity and colour).
    """

    name = "lighting"
    alters = "light"
    severity_zero = MappingProxyType({"brightness": 1.0, "angle": 0.0, "tint": [1.0, 1.0, 1.0]})

    change: Range = (0.25, 0.6)
    """By how much it is darker or brighter, relative to the usual light."""
    turn: Range = (0.5, 2.5)
    """Angle by which the main light stands elsewhere around the table, either way round, rad."""
    tinge: Range = (0.05, 0.3)
    """By how much the weakest of red, green and blue is weaker than the strongest, relative to that."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw brightness and direction."""
        (room, *_), side = self.alterable(facts), math.copysign(1.0, rng.random() - 0.5)
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        brightness = 1.0 + math.copysign(draw(rng, self.change), rng.random() - 0.5)
        angle = side * draw(rng, self.turn)
        tint = colorsys.hsv_to_rgb(float(rng.random()), min(1.0, draw(rng, self.tinge)), 1.0)
        return {"subtask": 0, "room": room, "brightness": brightness, "angle": angle, "tint": list(tint)}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """All lights."""
        if all(params[key] == usual for key, usual in self.severity_zero.items()):
            return []
        return [(params["room"], (params["brightness"], params["angle"], *params["tint"]))]
