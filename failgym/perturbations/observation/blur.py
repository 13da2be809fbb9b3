"""The lens is out of focus."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import StepContext
from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, PIXELS, ObservationPerturbation, Params, Range, draw
from failgym.perturbations.views import cameras_of, whole
from failgym.scene import SceneFacts


@PERTURBATIONS.register("blur")
@dataclass(frozen=True)
class Blur(ObservationPerturbation):
    """Every picture is blurred, by the same amount in the whole episode.

    Source: LIBERO-plus, sensor noise (blurs).
    """

    name = "blur"
    needs = "pixels"
    severity_zero = MappingProxyType({"radius": 0.0})

    radius: Range = (1.5, 4.0)
    """Standard deviation of the blur, px."""
    cameras: tuple[str, ...] = ()
    """Cameras whose pictures (px) are blurred; empty: all."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the amount."""
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        return {"subtask": 0, "radius": draw(rng, self.radius)}

    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Blur the pictures."""
        cameras = cameras_of(observation, self.cameras)
        if not cameras or params["radius"] <= 0.0:
            return observation
        return observation | {PIXELS + each: blurred(observation[PIXELS + each], params["radius"]) for each in cameras}


def blurred(picture: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Return a picture blurred by a Gaussian of that standard deviation, px; its edges go on outside."""
    reach = max(1, round(3 * radius))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius) ** 2).astype(np.float32)
    weights /= weights.sum()
    soft = picture.astype(np.float32)
    for axis in (0, 1):
        padding = [(reach, reach) if other == axis else (0, 0) for other in range(soft.ndim)]
        wide, length = np.pad(soft, padding, mode="edge"), soft.shape[axis]
        soft = np.zeros_like(soft)
        for shift, weight in enumerate(weights.tolist()):
            soft += np.float32(weight) * np.take(wide, range(shift, shift + length), axis=axis)
    return whole(soft)
