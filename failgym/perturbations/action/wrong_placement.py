"""The right thing ends in a wrong place or state."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.course import back, course, cut_short, detour, going, led_astray, veer
from failgym.perturbations.kinds import Kind, kind
from failgym.scene import SceneFacts

SHORTEST = 0.05
"""Length of a way below which nothing is brought anywhere, m."""
ROOM = 0.05
"""From the middle of what things lie loosely in to its wall, about, m."""
ELSEWHERE = ("place", "move", "open", "close", "turn", "screw")
"""Verbs with which a thing can be brought to another place or state at the end of the same motion."""


@PERTURBATIONS.register("wrong_placement")
@dataclass(frozen=True)
class WrongPlacement(ActionPerturbation):
    """The right thing is brought to another place that would take it, or beside its own; doors are left half open.

    Source: Guardian, section III-B, execution failure 2 (wrong object state or placement); AHA, wrong target object,
        where it is the place that is mistaken. The lower bound guarantees that it shows (RACER).
    """

    name = "wrong_placement"
    failure = FailureMode.WRONG_PLACEMENT
    hits = (Kind.CARRY, Kind.GRIP, Kind.SHOVE)
    steers = "position"
    severity_zero = MappingProxyType({"detour": [0.0] * 6})

    distance: Range = (0.12, 0.16)
    """How far beside its goal, or beyond the walls around that, where there is no other place, m."""
    share: Range = (0.4, 0.6)
    """Share of a stroke that is left out, 0..1."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, and the other place."""
        index = self.choose_subtask(rng, facts)
        way, subtask = course(facts, index, inwards=False), facts.plan.subtasks[index]
        distance, share = draw(rng, self.distance), draw(rng, self.share)
        # On the side from which it comes: beyond its goal there may be a lid or a wall that the hand cannot pass.
        angle = math.atan2(-way.way[1], -way.way[0]) + float(rng.uniform(-math.pi / 2, math.pi / 2))
        drawn = {"distance": distance, "share": share, "to": None}
        if kind(subtask, facts) is not Kind.CARRY:
            return cut_short(facts, index, way, share) | drawn
        rivals = facts.rivals[index] if facts.rivals else {}
        if rivals:
            name = list(rivals)[int(rng.integers(len(rivals)))]
            return detour(index, way, rivals[name], subtask.target) | drawn | {"to": name}
        return detour(index, way, (*_beside(facts, index, distance, angle), 0.0, 0.0, 0.0, 0.0)) | drawn

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is lifted, pulled out or pushed ends where that ends."""
        subtask = facts.plan.subtasks[index]
        if subtask.verb not in ELSEWHERE:
            return f"there is no other place to which the hand could {subtask.text}"
        return going(index, facts, SHORTEST, inwards=False)

    def anchor(self, params: Params) -> Stage:
        """When the hand sets out; where it grips a handle, before it lets go."""
        return Stage(params["anchor"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Lead the commanded hand to the other place."""
        return veer(action, context, params)

    def fix(self, params: Params) -> Fix:
        """Bring it to its own place."""
        return back(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The motion ended at least half as far from the right place as the wrong one is, and had no effect."""
        words = "it was brought {} beside its place" if params["since"] == 0.0 else "it was left {} before its end"
        if params["to"] is not None:
            words = f"it was brought {{}} away, to the {params['to']}"
        return led_astray(failed, nominal, params, words)


def _beside(facts: SceneFacts, index: int, distance: float, angle: float) -> tuple[float, float]:
    """Return where a thing is out of its place, level, m; what is brought in from the side is put down in front."""
    inwards, subtask = course(facts, index), facts.plan.subtasks[index]
    if inwards.stage is Stage.PLACE:
        return -inwards.path[-1][0], -inwards.path[-1][1]
    receiver = facts.thing(subtask.target or "")
    # What has walls and room to spare keeps what is put down a little beside its middle.
    roomy = subtask.relation == "in" and receiver is not None and not receiver.aligns
    far = distance + (ROOM if roomy else 0.0)
    return far * math.cos(angle), far * math.sin(angle)
