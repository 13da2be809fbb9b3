"""When a subtask is done, and how far it has come: one line per verb."""

import math
from collections.abc import Callable

import numpy as np

from failgym.errors import UnknownNameError
from failgym.plans import Subtask
from failgym.scene import OPEN, SHUT, Scene

LIFT_HEIGHT = 0.10
"""A thing counts as lifted when it is held that far above where it stood at reset, m."""
Predicate = Callable[[Scene, Subtask], bool]
Progress = Callable[[Scene, Subtask], float]


def holds(scene: Scene, subtask: Subtask) -> bool:
    """Whether the effect of a subtask is true now.

    Raises:
        UnknownNameError: no predicate for that verb.
        PlanError: the subtask names a thing that is not in the scene.
    """
    return _entry(subtask)[0](scene, subtask)


def progress(scene: Scene, subtask: Subtask) -> float:
    """Return how near the subtask is to its end, 0..1; smooth, for dense rewards."""
    done, near = _entry(subtask)
    return 1.0 if done(scene, subtask) else 0.95 * near(scene, subtask)


def needs_hold(subtask: Subtask) -> bool:
    """Whether the thing must be in the hand when the subtask begins."""
    return subtask.verb in ("lift", "place")


def _entry(subtask: Subtask) -> tuple[Predicate, Progress]:
    try:
        return PREDICATES[subtask.verb]
    except KeyError:
        raise UnknownNameError("predicate of verb", subtask.verb, PREDICATES) from None


def _near(metres: float) -> float:
    return 1.0 - float(np.tanh(5.0 * metres))


def _grasped(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding == subtask.object


def _reach(scene: Scene, subtask: Subtask) -> float:
    return _near(float(np.linalg.norm(scene.hand().pose.position - scene.pose(subtask.object).position)))


def _height(scene: Scene, subtask: Subtask) -> float:
    start = scene.facts().positions[subtask.object][2]
    return float(scene.position(subtask.object)[2]) - start


def _lifted(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding == subtask.object and _height(scene, subtask) >= LIFT_HEIGHT


def _lifting(scene: Scene, subtask: Subtask) -> float:
    return float(np.clip(_height(scene, subtask) / LIFT_HEIGHT, 0.0, 1.0))


def _placed(scene: Scene, subtask: Subtask) -> bool:
    name, target = subtask.object, subtask.target or ""
    if scene.holding == name:
        return False
    if subtask.relation == "in":
        return scene.inside(name, target)
    facts = scene.facts()
    thing, below = facts.thing(name), facts.thing(target)
    if thing is None or below is None:
        return False
    position = scene.position(name)
    if below.width == 0.0:
        return abs(float(position[2]) - thing.height / 2) < 0.012
    x, y, z = (position - scene.position(target)).tolist()
    return math.hypot(x, y) < 0.5 * below.width and abs(z - (thing.height + below.height) / 2) < 0.012


def _placing(scene: Scene, subtask: Subtask) -> float:
    goal = scene.place(subtask.object, subtask.relation or "on", subtask.target or "").position
    return _near(float(np.linalg.norm(goal - scene.position(subtask.object))))


def _open(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.object) >= OPEN


def _opening(scene: Scene, subtask: Subtask) -> float:
    opening = scene.opening(subtask.object)
    hand = scene.hand().pose.position
    handle = scene.grasps(subtask.object, opening)[0].position
    return 0.3 * _near(float(np.linalg.norm(hand - handle))) + 0.7 * min(1.0, opening / OPEN)


def _shut(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.object) <= SHUT


def _shutting(scene: Scene, subtask: Subtask) -> float:
    opening = scene.opening(subtask.object)
    hand = scene.hand().pose.position
    handle = scene.grasps(subtask.object, opening)[0].position
    return 0.3 * _near(float(np.linalg.norm(hand - handle))) + 0.7 * (1.0 - min(1.0, opening))


PREDICATES: dict[str, tuple[Predicate, Progress]] = {
    "grasp": (_grasped, _reach),
    "lift": (_lifted, _lifting),
    "place": (_placed, _placing),
    "open": (_open, _opening),
    "close": (_shut, _shutting),
}
