"""A camera stops sending for a while."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from failgym.episodes import StepContext
from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, ObservationPerturbation, Params, Range, draw_steps
from failgym.perturbations.views import cameras_of, entries_of, seen_by
from failgym.scene import SceneFacts


@PERTURBATIONS.register("dropped_frames")
@dataclass(frozen=True)
class DroppedFrames(ObservationPerturbation):
    """Again and again the cameras send nothing for some control steps: their last pictures stand still.

    Source: gauntlet, image attacks; ROBOGATE and FailBench-MuJoCo, sensors that fail.
    """

    name = "dropped_frames"
    needs = "pixels"
    remembers = 64
    severity_zero = MappingProxyType({"frozen_steps": 0})

    frozen_steps: Range = (5, 20)
    """Control steps of 50 ms for which the pictures stand still."""
    fresh_steps: Range = (10, 30)
    """Control steps of 50 ms between two such pauses."""
    cameras: tuple[str, ...] = ()
    """Cameras whose pictures (px) stand still; empty: all."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw how long pictures come and how long they do not."""
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        frozen, fresh = draw_steps(rng, self.frozen_steps), draw_steps(rng, self.fresh_steps)
        return {"subtask": 0, "frozen_steps": frozen, "fresh_steps": max(1, fresh)}

    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Show what was seen last before the pause."""
        cameras = cameras_of(observation, self.cameras)
        fresh = params["fresh_steps"]
        into = context.step % (fresh + params["frozen_steps"]) - fresh
        before = seen_by(context.seen, context.step - into - 1) if into >= 0 and cameras else None
        if before is None:
            return observation
        keys = [key for camera in cameras for key in entries_of(observation, camera)]
        return observation | {key: before[key].copy() for key in keys}
