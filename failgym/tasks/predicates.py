"""When a subtask is done, and how far it has come: one line per verb."""

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
    return _entry(subtask)[0](scene.of(subtask.arm), subtask)


def progress(scene: Scene, subtask: Subtask) -> float:
    """Return how near the subtask is to its end, 0..1; smooth, for dense rewards."""
    done, near = _entry(subtask)
    scene = scene.of(subtask.arm)
    return 1.0 if done(scene, subtask) else 0.95 * near(scene, subtask)


def needs_hold(subtask: Subtask) -> bool:
    """Whether the thing must be in the hand when the subtask begins."""
    return subtask.verb in ("lift", "place", "move", "pull", "release")


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
    start = scene.facts().positions.get(subtask.object)
    return 0.0 if start is None else float(scene.position(subtask.object)[2]) - start[2]


def _lifted(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding == subtask.object and _height(scene, subtask) >= LIFT_HEIGHT


def _lifting(scene: Scene, subtask: Subtask) -> float:
    return float(np.clip(_height(scene, subtask) / LIFT_HEIGHT, 0.0, 1.0))


def _placed(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding != subtask.object and _there(scene, subtask)


def _moved(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding == subtask.object and _there(scene, subtask)


def _there(scene: Scene, subtask: Subtask) -> bool:
    return scene.related(subtask.object, subtask.relation or "on", subtask.target or "")


def _out(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding == subtask.object and not scene.related(subtask.object, "in", subtask.target or "")


def _placing(scene: Scene, subtask: Subtask) -> float:
    goal = scene.place(subtask.object, subtask.relation or "on", subtask.target or "").position
    return _near(float(np.linalg.norm(goal - scene.position(subtask.object))))


def _pulling(scene: Scene, subtask: Subtask) -> float:
    goal = scene.place(subtask.object, "in", subtask.target or "").position
    return 1.0 - _near(float(np.linalg.norm(goal - scene.position(subtask.object))))


def _released(scene: Scene, subtask: Subtask) -> bool:
    return scene.holding != subtask.object


def _open(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.object) >= OPEN


def _shut(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.object) <= SHUT


def _pressed(scene: Scene, subtask: Subtask) -> bool:
    return subtask.object in scene.pressed


def _wiped(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.object) >= 1.0


def _screwed(scene: Scene, subtask: Subtask) -> bool:
    return scene.opening(subtask.target or "") >= OPEN and _there(scene, subtask)


def _working(joint: str, opens: bool = True) -> Progress:
    """Progress of a stroke: the hand comes near, then the joint of the object (or target) moves."""

    def near(scene: Scene, subtask: Subtask) -> float:
        opening = scene.opening(getattr(subtask, joint))
        share = min(1.0, opening / OPEN) if opens else 1.0 - min(1.0, opening)
        strokes = scene.strokes(subtask.object, subtask.verb)
        start = strokes[0].path[0] if strokes else scene.pose(subtask.object)
        reach = _near(float(np.linalg.norm(scene.hand().pose.position - start.position)))
        return 0.3 * reach + 0.7 * share

    return near


PREDICATES: dict[str, tuple[Predicate, Progress]] = {
    "grasp": (_grasped, _reach),
    "lift": (_lifted, _lifting),
    "place": (_placed, _placing),
    "move": (_moved, _placing),
    "push": (_there, _placing),
    "drag": (_there, _placing),
    "sweep": (_there, _placing),
    "pull": (_out, _pulling),
    "release": (_released, lambda scene, subtask: 0.0),
    "open": (_open, _working("object")),
    "close": (_shut, _working("object", opens=False)),
    "press": (_pressed, _working("object")),
    "turn": (_open, _working("object")),
    "wipe": (_wiped, _working("object")),
    "screw": (_screwed, _working("target")),
}
