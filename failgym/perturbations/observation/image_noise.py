"""The sensor is noisy."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from failgym.episodes import StepContext
from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, PIXELS, ObservationPerturbation, Params, Range, draw
from failgym.perturbations.views import cameras_of, whole
from failgym.scene import SceneFacts


@PERTURBATIONS.register("image_noise")
@dataclass(frozen=True)
class ImageNoise(ObservationPerturbation):
    """Gaussian noise on every channel of every pixel, anew in each control step.

    Source: LIBERO-plus, sensor noise; Robust-Gymnasium, Gaussian noise on observations.
    """

    name = "image_noise"
    needs = "pixels"
    severity_zero = MappingProxyType({"deviation": 0.0})

    deviation: Range = (10.0, 40.0)
    """Standard deviation of the noise in grey levels, relative to a range of 0 to 255."""
    cameras: tuple[str, ...] = ()
    """Cameras whose pictures (px) are noisy; empty: all."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the amount, and the seed from which the noise of each step follows."""
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        return {"subtask": 0, "deviation": draw(rng, self.deviation), "seed": int(rng.integers(2**31))}

    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Add the noise of this step."""
        cameras = cameras_of(observation, self.cameras)
        if not cameras or params["deviation"] <= 0.0:
            return observation
        rng = np.random.default_rng([params["seed"], context.step])
        changed = dict(observation)
        for camera in cameras:
            picture = observation[PIXELS + camera]
            noise = rng.standard_normal(picture.shape, dtype=np.float32)
            changed[PIXELS + camera] = whole(picture + params["deviation"] * noise)
        return changed
