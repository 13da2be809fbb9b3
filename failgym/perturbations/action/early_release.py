"""The gripper lets go too soon."""

import math
from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.action.slip import AFTER, let_go_under_way
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.kinds import PACE, Kind
from failgym.perturbations.obstacles import taken_up_again
from failgym.scene import SceneFacts

SOONEST = 3
"""Control steps after the transport or lift began before which it would be a slip."""
THROW = 0.30
"""How far a thing flies on that is let go of at full speed, m."""


@PERTURBATIONS.register("early_release")
@dataclass(frozen=True)
class EarlyRelease(ActionPerturbation):
    """The gripper opens on the way, so early that the thing does not come to where it belongs, and stays open.

    A slip differs by when: it happens as soon as the transport or lift begins.

    Source: REFLECT, drop; Guardian, section III-B, execution failure 2 (wrong object state or placement).
    """

    name = "early_release"
    failure = FailureMode.EARLY_RELEASE
    hits = (Kind.CARRY,)

    share: Range = (0.25, 0.4)
    """Part of the way, 0..1, that the commanded hand has gone by then; less where the thing would fly to its goal."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the moment."""
        subtask, share = self.choose_subtask(rng, facts), draw(rng, self.share)
        lifts = facts.plan.subtasks[subtask].verb == "lift"
        way = np.array(facts.ways[subtask] if facts.ways else (0.0, 0.0, 0.0))
        length = float(way[2] if lifts else math.hypot(way[0], way[1]))
        # What falls while it is lifted is not thrown.
        gone = share * length if lifts else min(share * length, length - THROW)
        turn = math.hypot(*facts.aims[subtask]) if facts.aims else 0.0
        steps = max(gone / PACE[0], share * turn / PACE[1])
        return {
            "subtask": subtask,
            "share": share,
            "stage": str(Stage.LIFT if lifts else Stage.TRANSPORT),
            "steps": max(SOONEST, round(steps)),
        }

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is lost may be taken up again."""
        return taken_up_again(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the transport (or lift) begins."""
        return Stage(params["stage"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Open the gripper from the drawn moment until the policy opens it too, or the subtask ends open."""
        if self._open(context, params) and context.layout.closure(action) > 0.0:
            return context.layout.with_closure(action, 0.0)
        return action

    @staticmethod
    def _open(context: StepContext, params: Params) -> bool:
        hit = params["subtask"]
        if hit in context.ended:
            return context.since_close is not None and context.step - context.since_close < context.ended[hit]
        if (context.subtask, context.attempt) != (hit, 0):
            return False
        during = context.stage == params["stage"] and context.stage_steps >= params["steps"]
        return during or (context.stage != params["stage"] and context.stage in AFTER)

    def fix(self, params: Params) -> Fix:
        """Stay closed."""
        return Fix.gripper(1.0, stage=Stage(params["stage"]), subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The thing was held, the gripper opened late on the way, and the thing was lost at once."""
        return let_go_under_way(failed, nominal, params)
