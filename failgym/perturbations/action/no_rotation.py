"""The hand does not turn."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Signature
from failgym.perturbations.course import NOWHERE, Course, back, course, detour, led_astray, met, veer
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import merely_held
from failgym.perturbations.shapes import is_long
from failgym.perturbations.signatures import hand_at, hit_grasp, missed
from failgym.rotations import rotation_between
from failgym.scene import SceneFacts, Thing

NEEDED = 0.9
"""Turn of the hand, rad, without which it does not come around what is long."""
FITTING = 0.45
"""Turn of the hand, rad, without which what it holds does not fit where it goes."""
EITHER_WAY = 0.1
"""Angle, rad, to half of what a thing looks the same after, up to which nobody knows which way it will be turned."""


@PERTURBATIONS.register("no_rotation")
@dataclass(frozen=True)
class NoRotation(ActionPerturbation):
    """The hand keeps the orientation that it had when the subtask began, and closes, or puts down, as it is.

    It applies where the hand has to turn: by 0.9 rad or more to grasp a long thing, by 0.45 rad or more to put a thing
    over or into what it must be in line with. How a hand is turned that has done something before is not known.

    Source: AHA, no_rotation: a waypoint keeps the orientation of the one before.
    """

    name = "no_rotation"
    failure = FailureMode.ROTATION
    hits = (Kind.GRASP, Kind.CARRY)
    steers = "rotation"
    severity_zero = MappingProxyType({"detour": [0.0] * 6})

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit."""
        index = self.choose_subtask(rng, facts)
        aim, carries = facts.aims[index], kind(facts.plan.subtasks[index], facts) is Kind.CARRY
        turn = Course(Stage.TRANSPORT if carries else Stage.APPROACH, (NOWHERE, (0.0, 0.0, 0.0, *aim)))
        params = detour(index, turn, [-entry for entry in turn.path[-1]])
        return params | {"anchor": str(Stage.PLACE if carries else Stage.PRE_GRASP)}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """It need not turn so much that it would fail."""
        subtask = facts.plan.subtasks[index]
        thing, turn = facts.thing(subtask.object), math.hypot(*facts.aims[index]) if facts.aims else 0.0
        if thing is None or turn <= _needed(facts, index, thing):
            return f"the hand does not turn, or need not, to {subtask.text}"
        if turn >= math.pi / max(1, thing.symmetry) - EITHER_WAY:
            return f"the hand may turn either way to {subtask.text}"
        return met(index, facts) or merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers over the thing, or what it holds hovers over its goal."""
        return Stage(params["anchor"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Take the policy's turn back as it commands it."""
        return veer(action, context, params)

    def fix(self, params: Params) -> Fix:
        """Turn."""
        return back(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand closed, or put down, turned from the nominal hand by at least half of what it should have turned."""
        words = "the hand was {} from where it should have turned"
        if params["stage"] == Stage.TRANSPORT:
            return led_astray(failed, nominal, params, words)
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        arm = grasp.span.subtask.arm
        turn = rotation_between(hand_at(nominal, grasp.nominal_due, arm)[1], hand_at(failed, grasp.due, arm)[1])
        angle, wanted = float(np.linalg.norm(turn)), float(np.linalg.norm(params["detour"]))
        if angle < 0.5 * wanted:
            return Signature(False, f"the hand was only {math.degrees(angle):.0f} degrees off")
        return missed(failed, grasp, words.format(f"{math.degrees(angle):.0f} degrees"))


def _needed(facts: SceneFacts, index: int, thing: Thing) -> float:
    """Return the turn, rad, without which a subtask would fail."""
    subtask = facts.plan.subtasks[index]
    if kind(subtask, facts) is Kind.GRASP:
        return NEEDED if is_long(thing) else math.inf
    receiver = facts.thing(subtask.target or "")
    # What is screwed down finds its thread, what is stacked stands askew, and what is brought onto something from the
    # side, such as a mug that is hung up, hangs or lies there however it is turned.
    threaded = subtask.relation == "on" and course(facts, index).stage is Stage.PLACE
    loose = receiver is None or receiver.graspable or "screw" in thing.strokes or threaded
    return math.inf if loose else FITTING
