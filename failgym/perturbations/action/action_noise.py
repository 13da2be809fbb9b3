"""Commands are noisy."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw, draw_steps
from failgym.perturbations.control import shook
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import merely_held, taken_along
from failgym.scene import SceneFacts


@PERTURBATIONS.register("action_noise")
@dataclass(frozen=True)
class ActionNoise(ActionPerturbation):
    """The commanded hand shakes around where it should be: Gaussian noise, drawn anew every few control steps.

    Noise that changes in every control step is mostly swallowed by the inertia of the arm.

    Source: Robust-Gymnasium, action noise; gauntlet-robotics, action noise.
    """

    name = "action_noise"
    failure = FailureMode.BAD_CONTROL
    hits = (Kind.GRASP, Kind.GRIP, Kind.SHOVE, Kind.CARRY)
    steers = "rotation"
    severity_zero = MappingProxyType({"position_std": 0.0, "rotation_std": 0.0})

    position_std: Range = (0.06, 0.08)
    """Standard deviation of each coordinate, m."""
    rotation_std: Range = (0.2, 0.3)
    """Standard deviation of each component of the rotation vector, rad."""

    hold_steps: Range = 3
    """Control steps of 50 ms for which each draw is kept."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the magnitudes, and the seed of the noise."""
        index = self.choose_subtask(rng, facts)
        subtask = facts.plan.subtasks[index]
        return {
            "subtask": index,
            "object": subtask.object,
            "position_std": draw(rng, self.position_std),
            "rotation_std": draw(rng, self.rotation_std),
            "hold_steps": max(1, draw_steps(rng, self.hold_steps)),
            "seed": int(rng.integers(2**31)),
        }

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What a shaking hand carries comes somewhere near, which may do; an open hand need not be exact either."""
        subtask = facts.plan.subtasks[index]
        found, target = kind(subtask, facts), facts.thing(subtask.target or "")
        stacks = (subtask.verb, subtask.relation) == ("place", "on") and target is not None and target.graspable
        if found is Kind.CARRY and not stacks:
            return f"the hand need not be anywhere exactly to {subtask.text}"
        if subtask.verb == "close" or (found, subtask.verb) == (Kind.SHOVE, "turn"):
            return f"a shaking hand pushes hard enough to {subtask.text}"
        return taken_along(index, facts) or merely_held(index, facts)

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Add this step's noise to the commanded pose."""
        now, before = (self._noise(context, params, at) for at in (context.step, context.step - 1))
        if not now.any() and not before.any():
            return action
        layout = context.layout
        return layout.with_rotation(layout.with_offset(action, now[:3], before[:3]), now[3:], before[3:])

    @staticmethod
    def _noise(context: StepContext, params: Params, at: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        began, ended = context.began.get(params["subtask"]), context.ended.get(params["subtask"])
        if began is None or at < began or (ended is not None and at >= ended):
            return np.zeros(6)
        noise = np.random.default_rng((params["seed"], at // params["hold_steps"])).standard_normal(6)
        noise[:3] *= params["position_std"]
        noise[3:] *= params["rotation_std"]
        return noise

    def fix(self, params: Params) -> Fix:
        """Begin anew, with a steady hand."""
        return Fix.retarget(params["object"], subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand shook much more than the nominal one, and the subtask had no effect."""
        return shook(failed, nominal, params)
