"""The hand is turned the wrong way."""

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
from failgym.perturbations.obstacles import merely_held, slack, slides
from failgym.perturbations.shapes import is_long, is_round
from failgym.perturbations.signatures import hand_at, hit_grasp, missed
from failgym.rotations import conjugate, multiply, quat_from_rotvec, rotate, rotation_between
from failgym.scene import SceneFacts, Vector

SPREAD = math.radians(8)
"""How far the axis of the turn may point away from the one along which the fingers would miss, rad."""
ALONG = 0.7
"""Part of a way, 0..1, from which on it counts as leading the way in which the fingers open."""
LOW = 0.05
"""Height of a grasp above the table, m, below which a hand that tilts runs into that."""
OUTWARDS = 0.5
"""Part of the way in which a hand points, 0..1, that leads away from the arm's stand, from which on hand and forearm
come into line: the wrist comes out of that turned over."""
BITES = 0.5
"""Part of an axis, 0..1, along the one about which a turn makes a hand around a handle fail, from which on it does."""
RADIANS_PER_STEP = 0.15
"""How fast the turn grows and fades in a control step, at most, rad: an arm that turns faster leaves its place."""
ACROSS, OPENING, POINTING = np.eye(3)
"""Axes of the hand: across the fingers, the way in which they open, the way in which they point."""


@PERTURBATIONS.register("rotation")
@dataclass(frozen=True)
class Rotation(ActionPerturbation):
    """The hand approaches and closes turned: one finger too low, or beside a handle along which it should lie.

    A turn about the vertical alone hardly ever makes a parallel gripper fail on a small block: the closing pads align
    it. What is closed is pushed shut by a hand that is turned however it likes, and a drawer is pulled open by one that
    has a pad behind its handle.

    Of two opposite turns only one may be possible: a hand that points away from its arm comes into line with the
    forearm, from which it returns with its wrist turned over.

    Source: AHA, rotation_x, rotation_y and rotation_z; Guardian, section III-B, execution failure 4 (imprecise
        grasping). The lower bound guarantees that it shows (RACER).
    """

    name = "rotation"
    failure = FailureMode.ROTATION
    hits = (Kind.GRASP, Kind.GRIP)
    steers = "rotation"
    severity_zero = MappingProxyType({"rotvec": [0.0, 0.0, 0.0]})

    angle: Range = (1.15, 1.3)
    """Turn about the tool centre point, rad."""
    axis: str | None = None
    """Axis of the base frame about which the hand is turned by so many rad, `x`, `y` or `z`; None: one that bites."""

    def __post_init__(self) -> None:
        """Check range and axis."""
        super().__post_init__()
        if self.axis not in (None, *"xyz"):
            raise ConfigurationError("rotation.axis", self.axis, "x, y, z or None")

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the angle, the side and the axis."""
        subtask, angle = self.choose_subtask(rng, facts), draw(rng, self.angle)
        side, tilt = 1.0 - 2.0 * float(rng.integers(2)), float(rng.uniform(-SPREAD, SPREAD))
        if self.axis is not None:
            about = np.eye(3)["xyz".index(self.axis)]
        elif facts.hands and facts.hands[subtask]:
            about = rotate(facts.hands[subtask][3:], _biting(facts, subtask, tilt))
        else:
            about = np.array([math.cos(tilt), math.sin(tilt), 0.0])
        rotvec = side * angle * about
        if self.axis is None and _outwards(facts, subtask, -rotvec) < OUTWARDS < _outwards(facts, subtask, rotvec):
            rotvec = -rotvec
        return {"subtask": subtask, "rotvec": rotvec.tolist()}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """Whatever touches it shuts it, or keeps it in place; some turns leave the pads where they are needed."""
        name, verb = facts.plan.subtasks[index].object, facts.plan.subtasks[index].verb
        if verb == "close":
            return f"a hand shuts the {name} however it is turned"
        if verb == "screw":
            return f"a hand comes to screw the {name} from so near that a turned one hits it before it can turn back"
        if slides(index, facts) and slack(index, facts) < 1.0:
            return f"pads before and behind its handle pull the {name} however the hand is turned"
        if self.axis is not None and not _bites(facts, index, self.axis):
            return f"a hand that is turned about {self.axis} closes around the {name} all the same"
        return merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers turned over the thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Turn the commanded hand."""
        rotvec = np.asarray(params["rotvec"])
        steps = max(RAMP_STEPS, math.ceil(float(np.linalg.norm(rotvec)) / RADIANS_PER_STEP))
        now, before = context.ramp(params["subtask"], steps)
        if now == before == 0.0:
            return action
        return context.layout.with_rotation(action, now * rotvec, before * rotvec)

    def fix(self, params: Params) -> Fix:
        """Turn back before closing."""
        x, y, z = params["rotvec"]
        return Fix.rotation((-x, -y, -z), stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The hand closed at an angle to the nominal hand of at least half the drawn one."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        arm = grasp.span.subtask.arm
        turn = rotation_between(hand_at(nominal, grasp.nominal_due, arm)[1], hand_at(failed, grasp.due, arm)[1])
        angle, wanted = float(np.linalg.norm(turn)), float(np.linalg.norm(params["rotvec"]))
        if angle < 0.5 * wanted:
            return Signature(False, f"the hand was only {math.degrees(angle):.0f} degrees off")
        return missed(failed, grasp, f"the hand closed {math.degrees(angle):.0f} degrees off")


def _outwards(facts: SceneFacts, index: int, rotvec: Vector) -> float:
    """Return the part of the way, 0..1, in which a turned hand points that leads away from where its arm stands."""
    if facts.plan.subtasks[index].arm is not None or not facts.hands or not facts.hands[index]:
        return 0.0
    x, y, _, *turned = facts.hands[index]
    points = rotate(multiply(quat_from_rotvec(rotvec), np.array(turned)), POINTING)
    return float(points[0] * x + points[1] * y) / max(1e-9, math.hypot(x, y))


def _biting(facts: SceneFacts, index: int, tilt: float) -> Vector:
    """Return the axis of the hand, (3,), about which a turn makes it fail; `tilt` varies it a little, rad."""
    subtask, path = facts.plan.subtasks[index], np.array(facts.paths[index])
    thing = facts.thing(subtask.object)
    if kind(subtask, facts) is Kind.GRIP and len(path) > 1:
        opening, first = rotate(facts.hands[index][3:], OPENING), path[1][:3]
        length = float(np.linalg.norm(first))
        axis = OPENING + POINTING if length > 0.0 else OPENING
        if abs(float(opening @ first)) > ALONG * length > 0.0:
            # Pads that face the way in which they pull take a handle along, unless one of them is off its end.
            axis = OPENING + 0.2 * POINTING
        return np.asarray(axis / np.linalg.norm(axis))
    # What is long is gripped by any hand that lies along it: it must be across, too.
    axis = ACROSS if thing is not None and is_round(thing) else ACROSS + POINTING
    varied = axis + math.tan(tilt) * np.roll(axis, 1)
    return np.asarray(varied / np.linalg.norm(varied))


def _bites(facts: SceneFacts, index: int, axis: str) -> bool:
    """Whether a turn about that axis of the base frame can make the hand fail in a subtask."""
    if not facts.hands or not facts.hands[index]:
        return axis != "z"
    subtask, hand = facts.plan.subtasks[index], facts.hands[index]
    parts = rotate(conjugate(hand[3:]), np.eye(3)["xyz".index(axis)])
    if kind(subtask, facts) is Kind.GRIP:
        return abs(float(parts @ _biting(facts, index, 0.0))) > BITES
    thing = facts.thing(subtask.object)
    # Across the fingers always; in the way in which they open if that drives them into the table; about itself if it
    # then lies across a long thing.
    bite = (True, hand[2] < LOW, thing is not None and is_long(thing))
    return bite[int(np.argmax(np.abs(parts)))]
