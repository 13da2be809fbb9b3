"""Where there is room in a scene: the boxes that things take up, now and while the plan is carried out."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from failgym.rotations import rotate
from failgym.scene import Box, SceneFacts

Vector = NDArray[np.float64]
HAND = Box((0.0, 0.0, 0.08), (0.04, 0.09, 0.10), (1.0, 0.0, 0.0, 0.0))
"""A hand that points down, its fingers opening along y; seen from its tool point, m."""


class Room:
    """Boxes in a scene, and how far points are from them."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        """Take boxes in the world frame."""
        self._centres = np.array([box.centre for box in boxes]).reshape(-1, 3)
        self._halves = np.array([box.half for box in boxes]).reshape(-1, 3)
        axes = [[rotate(box.quat_wxyz, axis) for axis in np.eye(3)] for box in boxes]
        self._axes = np.array(axes).reshape(-1, 3, 3)
        """(N, 3, 3): row i of each is axis i of the box."""

    def distances(self, points: Vector) -> Vector:
        """Return how far each point, (M, 3) m, is from the nearest box, (M,) m; 0 inside one."""
        if not len(self._centres):
            return np.full(len(points), np.inf)
        local = np.einsum("nij,mnj->mni", self._axes, points[:, None] - self._centres)
        outside = np.maximum(np.abs(local) - self._halves, 0.0)
        nearest: Vector = np.sqrt((outside**2).sum(axis=2)).min(axis=1)
        return nearest


def standing(facts: SceneFacts) -> Room:
    """Return the room that is taken at reset."""
    return Room([box for boxes in _boxes(facts).values() for box in boxes])


def _boxes(facts: SceneFacts) -> dict[str, Sequence[Box]]:
    """What everything takes up; where the scene does not say, as much as the hand gets hold of."""
    guessed: dict[str, Sequence[Box]] = {}
    for name, place in facts.positions.items():
        thing = facts.thing(name)
        if thing is not None and name not in facts.boxes:
            guessed[name] = [Box(place, (thing.width / 2, thing.width / 2, thing.height / 2), (1.0, 0.0, 0.0, 0.0))]
    return guessed | dict(facts.boxes)


def used(facts: SceneFacts) -> Room:
    """Return the room that is taken at reset, by what the plan moves, and by hands that work or take something."""
    known = _boxes(facts)
    boxes = [box for name in known for box in known[name]]
    for index, step in enumerate(facts.plan.subtasks):
        hand = facts.hands[index] if index < len(facts.hands) else ()
        for shift in _shifts(index, facts):
            boxes += [_moved(box, shift) for box in known.get(step.object, ())]
            if hand:
                at = np.array(hand[:3]) + shift + rotate(hand[3:], np.array(HAND.centre) * (1, 1, -1))
                boxes.append(Box(_triple(at), HAND.half, (hand[3], hand[4], hand[5], hand[6])))
    return Room(boxes)


def _shifts(index: int, facts: SceneFacts) -> Sequence[Vector]:
    """How far what a subtask works on is moved, at some moments; what is carried is high up until it arrives."""
    if facts.plan.subtasks[index].verb in ("grasp", "release", "lift"):
        return [np.zeros(3)]
    path = facts.paths[index] if index < len(facts.paths) else ()
    ends = np.array([shift[:3] for shift in path]) if path else np.array([np.zeros(3), _way(index, facts)])
    if facts.plan.subtasks[index].verb in ("place", "move"):
        return [ends[-1]]
    shares = np.linspace(0.0, 1.0, 4)
    return [start + share * (end - start) for start, end in itertools.pairwise(ends) for share in shares]


def _way(index: int, facts: SceneFacts) -> Vector:
    return np.array(facts.ways[index] if index < len(facts.ways) else (0.0, 0.0, 0.0))


def _moved(box: Box, shift: Vector) -> Box:
    return box._replace(centre=_triple(np.array(box.centre) + shift))


def _triple(vector: Vector) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


__all__ = ["Room", "standing", "used"]
