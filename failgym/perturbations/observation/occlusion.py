"""Something is before the lens."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from failgym.episodes import StepContext
from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, PIXELS, ObservationPerturbation, Params, Range, draw
from failgym.perturbations.views import cameras_of, entries_of
from failgym.scene import SceneFacts

NEAR = 0.1
"""Distance of what is before the lens, m."""


@PERTURBATIONS.register("occlusion")
@dataclass(frozen=True)
class Occlusion(ObservationPerturbation):
    """A rectangle of one colour hides a part of every picture, depth and segmentation included.

    Source: LIBERO-plus and gauntlet, image attacks.
    """

    name = "occlusion"
    needs = "pixels"

    width: Range = (0.25, 0.45)
    """Width of what is hidden, relative to that of the picture."""
    height: Range = (0.25, 0.45)
    """Height of what is hidden, relative to that of the picture."""
    cameras: tuple[str, ...] = ()
    """Cameras whose pictures (px) are hidden in part; empty: all."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw place, extent and colour of what is before the lens."""
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        size = [draw(rng, self.width), draw(rng, self.height)]
        return {
            "subtask": 0,
            "width": size[0],
            "height": size[1],
            "corner": [float(rng.uniform(0.0, max(0.0, 1.0 - extent))) for extent in size],
            "colour": rng.integers(0, 256, 3).tolist(),
        }

    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Hide the rectangle."""
        cameras = cameras_of(observation, self.cameras)
        if not cameras or not params["width"] or not params["height"]:
            return observation
        changed = dict(observation)
        left, top = params["corner"]
        fills: dict[str, Any] = {PIXELS: params["colour"], "depth/": NEAR, "segmentation/": -1}
        for camera in cameras:
            for key in entries_of(observation, camera):
                picture = observation[key].copy()
                rows, columns = picture.shape[:2]
                up, down = round(top * rows), round((top + params["height"]) * rows)
                first, last = round(left * columns), round((left + params["width"]) * columns)
                picture[up:down, first:last] = fills[key.removesuffix(camera)]
                changed[key] = picture
        return changed
