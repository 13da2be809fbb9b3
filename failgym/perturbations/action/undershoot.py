"""A motion ends too early."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.course import back, course, cut_short, going, led_astray, veer
from failgym.perturbations.kinds import Kind
from failgym.scene import SceneFacts

SHORTEST = 0.10
"""Length of a way along which something is carried, below which its end could not be told from its middle, m."""
PULLED = 0.25
"""Share of a pull after which the thing is out, 0..1."""


@PERTURBATIONS.register("undershoot")
@dataclass(frozen=True)
class Undershoot(ActionPerturbation):
    """The hand stops before the end of its way: it pushes, presses, turns, opens, closes, lifts or carries too little.

    Source: Guardian, section III-B, execution failure 2 (wrong object state or placement) and 4 (imprecise pushing);
        RoboFAC, position deviation. The lower bound guarantees that it shows (RACER).
    """

    name = "undershoot"
    failure = FailureMode.UNDERSHOOT
    hits = (Kind.GRIP, Kind.SHOVE, Kind.PRESS, Kind.CARRY)
    steers = "position"
    severity_zero = MappingProxyType({"detour": [0.0] * 6})

    share: Range = (0.45, 0.7)
    """Share of the way that is left out, 0..1; of a pull, of that part of it after which the thing is out."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the share."""
        index, share = self.choose_subtask(rng, facts), draw(rng, self.share)
        pulls = facts.plan.subtasks[index].verb == "pull"
        left_out = 1.0 - PULLED * (1.0 - share) if pulls else share
        return cut_short(facts, index, course(facts, index), left_out) | {"share": share}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """It does not go far enough, or another hand comes to it."""
        return going(index, facts, SHORTEST)

    def anchor(self, params: Params) -> Stage:
        """When the hand sets out; where it grips a handle, before it lets go."""
        return Stage(params["anchor"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Keep the commanded hand from going on."""
        return veer(action, context, params)

    def fix(self, params: Params) -> Fix:
        """Go on to the end."""
        return back(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The motion ended before the nominal one did, by at least half of what was left out, and had no effect."""
        return led_astray(failed, nominal, params, "the motion ended {} too early")
