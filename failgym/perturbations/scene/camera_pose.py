"""The cameras stand elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.errors import ConfigurationError, NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw
from failgym.scene import SceneFacts


@PERTURBATIONS.register("camera_pose")
@dataclass(frozen=True)
class CameraPose(Condition, ScenePerturbation):
    """Fixed cameras are shifted and turned, each in its own way; what is recorded of their pose follows.

    Source: Colosseum, camera pose (up to 0.1 m and 0.05 rad along and about each axis).
    """

    name = "camera_pose"
    alters = "camera"
    severity_zero = MappingProxyType({"scale": 0.0})

    shift: Range = (0.04, 0.10)
    """Distance by which a camera is shifted, in any direction, m."""
    turn: Range = (0.02, 0.05)
    """Angle by which a camera is turned, about any axis, rad."""
    cameras: tuple[str, ...] = ()
    """Names of the fixed cameras, relative to the world; empty: all."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the new pose of each camera."""
        names = self.alterable(facts)
        for camera in self.cameras:
            if camera not in names:
                raise ConfigurationError(f"{self.name}.cameras", camera, ", ".join(names))
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        moves = {
            name: [*_towards_anywhere(rng, draw(rng, self.shift)), *_towards_anywhere(rng, draw(rng, self.turn))]
            for name in names
        }
        wanted = self.cameras or names
        return {"subtask": 0, "moves": {name: moves[name] for name in names if name in wanted}, "scale": 1.0}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The poses."""
        scale = params["scale"]
        return [(name, [scale * entry for entry in move]) for name, move in params["moves"].items()] if scale else []


def _towards_anywhere(rng: np.random.Generator, length: float) -> list[float]:
    """A vector of that length in any direction."""
    direction = rng.standard_normal(3)
    return (length * direction / np.linalg.norm(direction)).tolist()  # type: ignore[no-any-return]
