"""A motion goes too far."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.course import back, course, detour, going, led_astray, veer
from failgym.perturbations.kinds import Kind
from failgym.scene import SceneFacts

SHORTEST = 0.05
"""Level length of a way below which there is no direction in which to go on, m."""


NARROW = 0.06
"""Half width of what is passed by the distance that is drawn, m."""


@PERTURBATIONS.register("overshoot")
@dataclass(frozen=True)
class Overshoot(ActionPerturbation):
    """The hand pushes or carries a thing past its goal. Drawers, doors, buttons and screws stop by themselves.

    Source: Guardian, section III-B, execution failure 4 (imprecise grasping or pushing); RoboFAC, position deviation.
        The lower bound guarantees that it shows (RACER).
    """

    name = "overshoot"
    failure = FailureMode.OVERSHOOT
    hits = (Kind.SHOVE, Kind.CARRY)
    steers = "position"
    severity_zero = MappingProxyType({"detour": [0.0] * 6})

    distance: Range = (0.07, 0.11)
    """How far past its goal, m; further past what is wider than 12 cm."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the distance."""
        index, distance = self.choose_subtask(rng, facts), draw(rng, self.distance)
        way, receiver = course(facts, index), facts.thing(facts.plan.subtasks[index].target or "")
        if receiver is not None:
            distance += max(0.0, receiver.width / 2 - NARROW)
        x, y = way.way[:2] * distance / np.linalg.norm(way.way[:2])
        return detour(index, way, (x, y, 0.0, 0.0, 0.0, 0.0)) | {"distance": distance}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """There is no goal that it could pass: what has walls and room keeps what comes to it."""
        subtask, way = facts.plan.subtasks[index], course(facts, index)
        receiver = facts.thing(subtask.target or "")
        passable = ("on", "to", "in") if receiver is not None and receiver.aligns else ("on", "to")
        if receiver is None or subtask.relation not in passable or way.stage is not Stage.TRANSPORT:
            return f"there is nothing past which the hand could go to {subtask.text}"
        if np.linalg.norm(way.way[:2]) <= SHORTEST:
            return f"the hand does not go far enough to {subtask.text}"
        return going(index, facts, SHORTEST)

    def anchor(self, params: Params) -> Stage:
        """When the hand sets out: what was pushed too far cannot be brought back."""
        return Stage(params["anchor"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Make the commanded hand go faster, and so further."""
        return veer(action, context, params)

    def fix(self, params: Params) -> Fix:
        """Go less far."""
        return back(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The motion ended past where the nominal one did, by at least half the distance, and had no effect."""
        return led_astray(failed, nominal, params, "the motion went {} too far")
