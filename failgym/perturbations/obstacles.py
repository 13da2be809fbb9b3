"""Reasons for which something that goes wrong would change nothing in a subtask; several perturbations share them."""

import itertools
import math
from collections.abc import Sequence

from failgym.scene import OPEN, SceneFacts, Shift

STRAIGHT = 0.01
"""Turn of the hand below which its way counts as straight, rad."""
USES = ("drag", "sweep", "push")
"""Verbs that work with what is in the hand."""
SLIDES_ON = 0.1
"""Part of its way, 0..1, that what moves straight slides on by itself."""
BEYOND = 0.08
"""Part of its way, 0..1, that what turns may lose: it is turned beyond what counts as open."""


def slack(index: int, facts: SceneFacts) -> float:
    """Return the share of a subtask's way that an open hand around a handle loses, 0..1; 1 where it moves nothing."""
    return facts.slacks[index] if index < len(facts.slacks) else 1.0


def taken_along(index: int, facts: SceneFacts) -> str | None:
    """An open hand takes the handle along far enough: one pad is behind it."""
    lost, subtask = slack(index, facts), facts.plan.subtasks[index]
    turns = _turns(facts.paths[index]) if index < len(facts.paths) else False
    spare = 1.0 - OPEN + (-BEYOND if turns else SLIDES_ON)
    if lost < (1.0 if subtask.verb == "close" else spare):
        return f"an open hand around its handle moves the {subtask.object} all the same"
    return None


def straddled(index: int, facts: SceneFacts) -> str | None:
    """The pads stand before and behind a handle: they need not press on it."""
    if slack(index, facts) < 1.0:
        return f"pads before and behind its handle move the {facts.plan.subtasks[index].object} without pressing on it"
    return None


def slides(index: int, facts: SceneFacts) -> bool:
    """Whether a handle moves in a straight line."""
    path = facts.paths[index] if index < len(facts.paths) else ()
    length = sum(math.dist(before[:3], after[:3]) for before, after in itertools.pairwise(path))
    return bool(path) and not _turns(path) and math.hypot(*path[-1][:3]) > 0.99 * length > 0.0


def _turns(path: Sequence[Shift]) -> bool:
    return any(abs(turn) > STRAIGHT for shift in path for turn in shift[3:])


def merely_held(index: int, facts: SceneFacts) -> str | None:
    """One arm of a pair takes the thing only to keep it in place: pressing on it may do."""
    subtask, *following = facts.plan.subtasks[index:]
    if subtask.arm is None:
        return None
    moved = [step for step in following if step.arm in (subtask.arm, "both") and step.object == subtask.object]
    if subtask.verb == "grasp" and not moved and not any(step.verb in USES for step in following):
        return f"the {subtask.object} is only kept in place, which a hand on it may do"
    return None


def carried_on(index: int, facts: SceneFacts) -> str | None:
    """The next step moves the thing on, from wherever it is."""
    subtask, *following = facts.plan.subtasks[index:]
    if subtask.verb in ("lift", "pull") and following and following[0].object == subtask.object:
        return f"the next step moves the {subtask.object} as well"
    return None


def unhurried(index: int, facts: SceneFacts) -> str | None:
    """Another arm acts next: there is time enough to close."""
    subtask, *following = facts.plan.subtasks[index:]
    if following and following[0].arm not in (subtask.arm, "both"):
        return f"another arm acts after this one takes the {subtask.object}: it may close late"
    return None


def taken_up_again(index: int, facts: SceneFacts) -> str | None:
    """A later step takes the thing anew, wherever it lies."""
    subtask, *following = facts.plan.subtasks[index:]
    if any(step.verb == "grasp" and step.object == subtask.object for step in following):
        return f"a later step takes up the {subtask.object} wherever it lies"
    return None


__all__ = [
    "carried_on", "merely_held", "slack", "slides", "straddled", "taken_along", "taken_up_again", "unhurried",
]  # fmt: skip
