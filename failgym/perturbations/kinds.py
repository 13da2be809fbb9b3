"""What a subtask is to the hand that does it: what can go wrong follows from that, not from the verb."""

import itertools
import math
from enum import StrEnum

from failgym.plans import Subtask
from failgym.scene import SceneFacts

PACE = 0.03, 0.18
"""How far FailGym's expert moves and turns a hand in one control step, m and rad."""


class Kind(StrEnum):
    """What the hand does in a subtask."""

    GRASP = "grasp"
    """It closes around a thing to take it."""
    GRIP = "grip"
    """It closes around a handle, moves that, and lets go."""
    SHOVE = "shove"
    """It pushes with closed fingers or a tool."""
    PRESS = "press"
    """It presses a button."""
    CARRY = "carry"
    """It moves what it holds, and may let go of it there."""
    RELEASE = "release"
    """It lets go."""


_KINDS = {
    "grasp": Kind.GRASP,
    "lift": Kind.CARRY,
    "place": Kind.CARRY,
    "move": Kind.CARRY,
    "pull": Kind.CARRY,
    "push": Kind.SHOVE,
    "drag": Kind.SHOVE,
    "sweep": Kind.SHOVE,
    "release": Kind.RELEASE,
}


def kind(subtask: Subtask, facts: SceneFacts) -> Kind:
    """Return what a subtask is to the hand in this scene."""
    if subtask.verb in _KINDS:
        return _KINDS[subtask.verb]
    thing = facts.thing(subtask.object)
    if thing is not None and thing.graspable and subtask.verb in ("open", "close"):
        # It was grasped before, and is held open.
        return Kind.CARRY
    if thing is not None and subtask.verb in thing.grips:
        return Kind.GRIP
    return Kind.PRESS if subtask.verb == "press" else Kind.SHOVE


def stroke_steps(index: int, facts: SceneFacts) -> int:
    """Return about how many control steps the hand takes to move a handle; 0 where a subtask has no such motion."""
    path = facts.paths[index] if index < len(facts.paths) else ()
    steps = 0
    for before, after in itertools.pairwise(path):
        metres, radians = math.dist(before[:3], after[:3]), math.dist(before[3:], after[3:])
        # At each pose it comes to rest, which takes one step more.
        steps += math.ceil(max(metres / PACE[0], radians / PACE[1])) + 1
    return steps
