"""The hand is beside the thing."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, StepContext
from failgym.episodes.action_layout import Action
from failgym.errors import ConfigurationError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, RAMP_STEPS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.obstacles import merely_held
from failgym.perturbations.shapes import fills, is_long, is_round
from failgym.perturbations.signatures import hand_at, hit_hand, missed
from failgym.rotations import rotate
from failgym.scene import SceneFacts, Vector

SPREAD = math.radians(25)
"""How far the offset may point away from the way in which the fingers open, rad."""
LOWEST = 0.03
"""Height above the table below which no hand is led, m."""
ALONG = 0.7
"""Part of a way, 0..1, from which on it counts as leading the way in which the fingers open."""
PART = 0.75
"""Part of the way in which the hand would miss, 0..1, along an axis, from which on it misses along that."""
CAP = 0.015
"""What a button is wider than a finger, m."""
TOOL = 0.05
"""Half the length of a tool's edge, about, m."""


@PERTURBATIONS.register("translation")
@dataclass(frozen=True)
class Translation(ActionPerturbation):
    """The hand approaches and closes, presses or pushes at an offset from where it should.

    Fingers miss a thing that they are to hold sideways, along the way in which they open, or by not coming near enough
    where that is the way in which they pull, or where the thing fills the hand; what is pushed along is missed across
    its way and by as much more as it is wide, what is pushed shut from too far off.

    Source: Dream2Fix, failure type `translation` (x, y offset before the keyframe); Guardian, section III-B, execution
    failure 4 (imprecise grasping or pushing); AHA, translation_x, translation_y and translation_z. The lower bound
    guarantees that it shows (RACER).
    """

    name = "translation"
    failure = FailureMode.TRANSLATION
    hits = (Kind.GRASP, Kind.GRIP, Kind.SHOVE, Kind.PRESS)
    steers = "position"
    severity_zero = MappingProxyType({"offset": [0.0, 0.0, 0.0]})

    distance: Range = (0.035, 0.06)
    """Length of the offset, m, without what the thing is wide."""
    axis: str | None = None
    """Axis of the base frame along which it is so many m off, `x`, `y` or `z`; None: where it misses the thing."""

    def __post_init__(self) -> None:
        """Check range and axis."""
        super().__post_init__()
        if self.axis not in (None, *"xyz"):
            raise ConfigurationError("translation.axis", self.axis, "x, y, z or None")

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the distance and a direction."""
        subtask = self.choose_subtask(rng, facts)
        distance, angle = draw(rng, self.distance), float(rng.uniform(-math.pi, math.pi))
        offset = _beside(facts, subtask, distance, angle)
        if self.axis is not None:
            offset = self._along(facts, subtask, distance, angle)
        return {"subtask": subtask, "offset": offset.tolist()}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """A hand on it keeps it in place; along some axes the fingers do not miss it."""
        subtask = facts.plan.subtasks[index]
        if self.axis is not None and not self._along(facts, index, 1.0, 0.0).any():
            return f"a hand that is off along {self.axis} can {subtask.text} all the same"
        return merely_held(index, facts)

    def _along(self, facts: SceneFacts, index: int, distance: float, angle: float) -> Vector:
        """Return the offset along the axis with which the hand misses as far, (3,) m; zeros where it would not."""
        axis = np.eye(3)["xyz".index(self.axis or "x")]
        found, thing = kind(facts.plan.subtasks[index], facts), facts.thing(facts.plan.subtasks[index].object)
        hand = facts.hands[index] if facts.hands else ()
        if self.axis == "z":
            if found is Kind.SHOVE and thing is not None:
                distance += max(0.0, thing.height - (hand[2] if hand else thing.height / 2))
            return np.asarray(distance * axis)
        beside = _beside(facts, index, distance, math.copysign(0.0, angle))
        gripped = found is Kind.GRIP and hand and not _taken_along(facts, index)
        pulled = _pulled(facts, index) if gripped else np.zeros(3)
        if abs(float(pulled @ axis)) > PART:
            # Short of a handle the fingers close before it.
            return np.asarray(distance / float(pulled @ axis) * axis)
        length, blocky = float(np.linalg.norm(beside)), thing is not None and not is_long(thing) and not is_round(thing)
        any_way = found is Kind.PRESS or (found is Kind.GRASP and (blocky or not hand))
        part = math.copysign(1.0, angle) if any_way else float(beside @ axis) / length
        return np.asarray(length / part * axis) if abs(part) > PART else np.zeros(3)

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers beside the thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Shift the commanded hand."""
        now, before = context.ramp(params["subtask"], RAMP_STEPS)
        if now == before == 0.0:
            return action
        offset = np.asarray(params["offset"])
        return context.layout.with_offset(action, now * offset, before * offset)

    def fix(self, params: Params) -> Fix:
        """Move back by the offset before closing."""
        x, y, z = params["offset"]
        return Fix.translation((-x, -y, -z), stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand acted beside where the nominal hand did, by at least half the offset, along the offset."""
        hit = hit_hand(failed, nominal, params)
        if isinstance(hit, Signature):
            return hit
        offset = np.asarray(params["offset"])
        arm = hit.span.subtask.arm
        shift = hand_at(failed, hit.due, arm)[0] - hand_at(nominal, hit.nominal_due, arm)[0]
        length = float(np.linalg.norm(offset))
        along = float(shift @ offset) / max(length, 1e-9)
        if along < 0.5 * length:
            return Signature(False, f"the hand was only {100 * along:.1f} cm beside its nominal place")
        return missed(failed, hit, f"the hand was {100 * along:.1f} cm beside its nominal place")


def _beside(facts: SceneFacts, index: int, distance: float, angle: float) -> Vector:
    """Return an offset, (3,) m, with which the hand misses what a subtask is about; `angle` chooses among several."""
    subtask = facts.plan.subtasks[index]
    found, thing = kind(subtask, facts), facts.thing(subtask.object)
    x, y, z = facts.ways[index] if facts.ways else (0.0, 0.0, 0.0)
    level = np.array([math.cos(angle), math.sin(angle), 0.0])
    if found is Kind.PRESS:
        return (distance + CAP) * level
    if subtask.verb in ("push", "drag", "sweep"):
        far = distance + (TOOL if subtask.verb != "push" or thing is None else thing.width / 4)
        return math.copysign(far / max(1e-9, math.hypot(x, y)), angle) * np.array([-y, x, 0.0])
    back = -np.array([x, y, z]) / max(1e-9, math.hypot(x, y, z))
    if found is Kind.SHOVE:
        return distance * back
    if not facts.hands or not facts.hands[index]:
        return distance * level
    hand = facts.hands[index]
    if found is Kind.GRIP and subtask.verb == "close":
        # Whatever touches it shuts it: the hand stays off, and clear of what it would hold.
        off = back - rotate(hand[3:], (0.0, 0.0, 1.0))
        return distance * off / float(np.linalg.norm(off))
    if found is Kind.GRIP and _taken_along(facts, index):
        # One finger or the other would take the handle along: they miss it beside its end and before it.
        return distance * rotate(hand[3:], (math.copysign(math.sqrt(0.5), angle), 0.0, -math.sqrt(0.5)))
    if thing is not None and fills(thing, facts) and not is_round(thing):
        # A finger inside a mug would hold it elsewhere at its rim, one on a lid would turn that.
        return -distance * rotate(hand[3:], (0.0, 0.0, 1.0))
    tilt = SPREAD * math.sin(angle)
    if thing is not None and is_round(thing):
        # A finger inside a cup would hold it all the same.
        tilt += math.pi / 2
    offset = math.copysign(distance, angle) * rotate(hand[3:], (math.sin(tilt), math.cos(tilt), 0.0))
    return -offset if hand[2] + float(offset[2]) < LOWEST else offset


def _taken_along(facts: SceneFacts, index: int) -> bool:
    """Whether the hand pulls in the way in which its fingers open."""
    opening = rotate(facts.hands[index][3:], (0.0, 1.0, 0.0))
    return abs(float(opening @ _pulled(facts, index))) > ALONG


def _pulled(facts: SceneFacts, index: int) -> Vector:
    """Return in which direction a handle begins to move, (3,); zeros where it only turns."""
    first = np.array(facts.paths[index][1][:3]) if len(facts.paths[index]) > 1 else np.zeros(3)
    return np.asarray(first / max(1e-9, float(np.linalg.norm(first))))
