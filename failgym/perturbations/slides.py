"""Things that somebody moves along the table while the hand is under way."""

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.events import Event
from failgym.perturbations.base import Params
from failgym.plans import Subtask
from failgym.scene import Scene, SceneFacts

Vector = NDArray[np.float64]
CLEARANCE = 0.08
"""Distance to other things on the way and at the end of it, m."""
ROOM = 0.3
"""Distance to what stands fast, m, within which nothing is brought nearer to it: it may be large, or stand open."""
ASIDE = 0.055
"""Distance by which a thing that is pushed must leave the way of the hand, m."""
NEAR = 0.05
"""Distance of the middles of two things, m, below which they do not stand apart."""
LEVEL = 0.012
"""Height above the table, m, up to which a thing counts as standing on it."""


def movable(facts: SceneFacts, index: int) -> set[str]:
    """Names of what can be slid along the table in a subtask: it is loose or painted, and no earlier step used it."""
    steps = facts.plan.subtasks
    joined = [step for step in steps if step.verb == "pull"]
    used = {name for step in (*steps[:index], *joined) for name in (step.object, step.target)}
    painted = facts.alterable.get("place", ())
    found = set(painted) - used
    for thing in facts.things:
        place = facts.positions.get(thing.name)
        if place is None or thing.name in used or thing.name in facts.fixed or abs(place[2] - thing.height / 2) > LEVEL:
            continue
        # What is so near is in it, on it, or under it.
        others = (at for name, at in facts.positions.items() if name != thing.name and name not in painted)
        if all(math.dist(place[:2], at[:2]) > NEAR for at in others):
            found.add(thing.name)
    return found


def brought_into(facts: SceneFacts, index: int) -> str | None:
    """Name of the furniture to which what a subtask works on is brought later; None where there is none.

    A hand that took it elsewhere than where it stood might not get in.
    """
    painted, steps = facts.alterable.get("place", ()), facts.plan.subtasks
    goals = (step.target for step in steps[index:] if step.object == steps[index].object)
    return next((goal for goal in goals if goal in facts.fixed and goal not in painted), None)


def shares(context: StepContext, params: Params) -> float | None:
    """Share of the move, 0..1, that is done after this control step; None before and after it.

    It begins some steps after the hand set out for the subtask that is hit.
    """
    began = context.began.get(params["subtask"])
    if began is None or params["subtask"] in context.ended:
        return None
    moved = context.step - began - params["delay_steps"]
    return (moved + 1) / params["duration_steps"] if 0 <= moved < params["duration_steps"] else None


def slide(
    scene: Scene, name: str, start: Sequence[float], shift: Sequence[float], share: float, bend: float = 0.0
) -> None:
    """Put a thing where it is after a share of its way, which may be bent to the left, m."""
    x, y = shift
    aside = bend * math.sin(math.pi * share) / max(1e-9, math.hypot(x, y))
    scene.set_pose(name, np.add(start, (share * x - aside * y, share * y + aside * x, 0.0)))


def way(start: Sequence[float], shift: Sequence[float], bend: float = 0.0) -> list[Vector]:
    """Return points of such a way, (2,) m."""
    x, y = shift
    length = max(1e-9, math.hypot(x, y))
    points = []
    for share in np.linspace(0.0, 1.0, 7)[1:]:
        aside = bend * math.sin(math.pi * share) / length
        points.append(np.array([start[0] + share * x - aside * y, start[1] + share * y + aside * x]))
    return points


def is_clear(facts: SceneFacts, points: Sequence[Vector], but: Collection[str], clearance: float = CLEARANCE) -> bool:
    """Whether points keep their distance from all things but some, and lie on the part of the table that is reached.

    A way that begins at one of those comes no nearer to what stands fast than it was, unless it is far off.
    """
    low, high = np.asarray(facts.workspace).T
    if not all((point > low).all() and (point < high).all() for point in points):
        return False
    painted = facts.alterable.get("place", ())
    for name, place in facts.positions.items():
        if name in but:
            continue
        there, needed = np.asarray(place[:2]), clearance
        if name in facts.fixed and name not in painted:
            before = [math.dist(facts.positions[other][:2], place[:2]) for other in but]
            needed = max(clearance, min([ROOM, *before]) - 1e-6)
        if any(float(np.linalg.norm(point - there)) < needed for point in points):
            return False
    return True


def straight(
    rng: np.random.Generator,
    facts: SceneFacts,
    name: str,
    lengths: tuple[float, float],
    off: tuple[float, float] | None = None,
) -> list[float] | None:
    """Draw a straight way of a thing that stays clear of all others, (2,) m; None where there is none.

    It leaves the way of a hand that pushes in the direction `off`, if there is one.
    """
    start = facts.positions[name]
    for _ in range(200):
        angle, length = float(rng.uniform(-math.pi, math.pi)), float(rng.uniform(*lengths))
        x, y = length * math.cos(angle), length * math.sin(angle)
        if off is not None and abs(x * off[1] - y * off[0]) < ASIDE * math.hypot(*off):
            continue
        if is_clear(facts, way(start, (x, y))[2:], (name,)):
            return [x, y]
    return None


def moved_by_others(episode: Episode, name: str, start: int, end: int) -> tuple[Event, ...]:
    """What was displaced between two steps without the robot."""
    return tuple(each for each in episode.happened(EventKind.DISPLACED, name, start, end) if each.other != "robot")


def is_worked(subtask: Subtask) -> bool:
    """Whether the hand goes to where a thing stands, to take or push it."""
    return subtask.verb in ("grasp", "push", "drag") and subtask.arm != "both"


__all__ = [
    "CLEARANCE",
    "brought_into",
    "is_clear",
    "is_worked",
    "movable",
    "moved_by_others",
    "shares",
    "slide",
    "straight",
    "way",
]
