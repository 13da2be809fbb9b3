"""The state comes late."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from failgym.episodes import StepContext
from failgym.errors import NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, ObservationPerturbation, Params, Range, draw_steps
from failgym.perturbations.views import KINDS, seen_by
from failgym.scene import SceneFacts


@PERTURBATIONS.register("stale_state")
@dataclass(frozen=True)
class StaleState(ObservationPerturbation):
    """All numbers of an observation are those of some control steps ago; pictures come in time.

    Where a policy is asked less often than the state lags, it gets what the observation before showed.

    Source: Robust-Gymnasium, perturbed states; gauntlet, latency.
    """

    name = "stale_state"
    needs = "state"
    remembers = 64
    severity_zero = MappingProxyType({"lag_steps": 0})

    lag_steps: Range = (3, 10)
    """Control steps of 50 ms by which the state lags."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the lag."""
        if not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is nothing to do")
        return {"subtask": 0, "lag_steps": draw_steps(rng, self.lag_steps)}

    def perturb(self, observation: Any, context: StepContext, params: Params) -> Any:
        """Give the state of then; at the beginning of an episode, the first one."""
        then = seen_by(context.seen, context.step - params["lag_steps"]) if params["lag_steps"] > 0 else None
        if then is None:
            return observation
        if not isinstance(observation, dict):
            return then.copy()
        return observation | {key: value.copy() for key, value in then.items() if not key.startswith(KINDS)}
