"""What a draw may know of the subtasks of a plan before any of them is done: ways, turns, what could be mistaken."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from failgym.agents.skills import LIFT, PULL
from failgym.agents.waypoints import CARRY
from failgym.plans import Subtask
from failgym.rotations import multiply, quat_about_z, rotate, rotation_between, yaw
from failgym.scene import Goal, Pose, Scene, SceneFacts, Shift, Stroke, Thing, Vector

OPPOSITE = {"open": "close", "close": "open"}
STILL = 0.02
"""Length of a stroke, m or rad, below which there is nothing left to do."""
APART = 0.05
"""Distance from the right place from which on another one is another one, m."""
COMPARABLE = 0.8
"""Length of another thing's stroke, relative to the right one's, from which on it is to be mistaken for that."""
QUARTER = 1.6
"""Turn of the hand, rad, from which on it is not led to another thing by mistake."""
ALONG = 0.7
"""Part of a stroke, 0..1, from which on it counts as leading the way that the pads face."""
NOWHERE = (0.0, 0.0, 0.0)


class _Seen(NamedTuple):
    """What one subtask looks like before it is done."""

    way: tuple[float, float, float] = NOWHERE
    hand: tuple[float, ...] = ()
    path: tuple[Shift, ...] = ()
    aim: tuple[float, float, float] = NOWHERE
    rivals: dict[str, Shift] = {}  # noqa: RUF012 - never written to
    slack: float = 1.0


def survey(scene: Scene, facts: SceneFacts) -> SceneFacts:
    """Return the facts with `ways`, `hands`, `paths`, `aims`, `rivals` and `slacks` of each subtask.

    Goes through the plan and moves what is carried or pushed to where the next subtasks find it: whoever calls puts it
    all back.
    """
    seen = list(_Survey(scene, facts).subtasks())
    ways, hands, paths, aims, rivals, slacks = zip(*seen, strict=True) if seen else ((),) * 6
    return replace(facts, ways=ways, hands=hands, paths=paths, aims=aims, rivals=rivals, slacks=slacks)


class _Survey:
    def __init__(self, scene: Scene, facts: SceneFacts) -> None:
        self._whole, self._facts = scene, facts
        self._carried: set[str] = set()
        self._turned: dict[str | None, Vector] = {}

    def subtasks(self) -> Iterator[_Seen]:
        used: set[str | None] = set()
        for subtask in self._facts.plan.subtasks:
            scene, thing = self._whole.of(subtask.arm), self._facts.thing(subtask.object)
            seen = _Seen()
            if thing is not None and subtask.verb in thing.strokes:
                seen = self._stroke(scene, subtask)
            elif thing is not None and subtask.verb in _LOOKS:
                seen = _LOOKS[subtask.verb](self, scene, subtask, thing)
            # How a hand is turned that has already done something cannot be known before.
            if subtask.verb not in ("place", "move") and subtask.arm in used:
                seen = seen._replace(aim=NOWHERE)
            used.add(subtask.arm)
            yield seen

    def _stroke(self, scene: Scene, subtask: Subtask) -> _Seen:
        name, verb = subtask.object, subtask.verb
        stroke = _first(scene, name, verb)
        if stroke is None:
            # What an earlier subtask opens is shut as yet: it goes back the way that it came.
            back = _first(scene, name, OPPOSITE[verb]) if verb in OPPOSITE else None
            path = () if back is None else _path(back.path[::-1])
            slack = 1.0 if back is None else self._slack(back, name)
            hand = () if back is None else _flat(back.path[-1])
            return _Seen(path[-1][:3] if path else NOWHERE, hand, path, slack=slack)
        path, rivals = _path(stroke.path), {}
        for other in self._facts.things:
            rival = _first(scene, other.name, verb) if other.name != name and verb in other.strokes else None
            if rival is not None and _length(_path(rival.path)) > COMPARABLE * _length(path):
                shift = _shift(stroke.path[0], rival.path[0])
                if math.hypot(*shift[3:]) < QUARTER:
                    rivals[other.name] = shift
        aim = rotation_between(self._here(scene, subtask).quat_wxyz, stroke.path[0].quat_wxyz)
        self._turned[subtask.arm] = stroke.path[-1].quat_wxyz
        return _Seen(path[-1][:3], _flat(stroke.path[0]), path, _triple(aim), rivals, self._slack(stroke, name))

    def _slack(self, stroke: Stroke, name: str) -> float:
        """Share of a stroke that an open hand around the handle loses before the pad behind it takes it along."""
        thing = self._facts.thing(name)
        length, across = _measured(stroke.path)
        if thing is None or not stroke.grip or length < STILL or across < ALONG * length:
            return 1.0
        return min(1.0, (self._facts.max_opening - thing.width) / 2 / length)

    def _grasp(self, scene: Scene, subtask: Subtask, thing: Thing) -> _Seen:
        if not thing.graspable:
            return _Seen()
        here = self._here(scene, subtask)
        grasp = _least_turn(here, scene.grasps(thing.name))
        self._turned[subtask.arm] = grasp.quat_wxyz
        rivals = {}
        for other in self._facts.things:
            # What stands fast is held at its handle, to work it; what was brought somewhere is no longer in question.
            if other.graspable and other.name != thing.name and other.name not in {*self._facts.fixed, *self._carried}:
                held = _least_turn(grasp, scene.grasps(other.name))
                if subtask.arm is None or scene.reaches((held,)):
                    rivals[other.name] = _shift(grasp, held)
        aim = rotation_between(here.quat_wxyz, grasp.quat_wxyz)
        return _Seen(hand=_flat(grasp), aim=_triple(aim), rivals=rivals)

    def _here(self, scene: Scene, subtask: Subtask) -> Pose:
        """The hand before a subtask; how it is turned then is a guess once it has done something."""
        pose = scene.hand().target
        return Pose(pose.position, self._turned.get(subtask.arm, pose.quat_wxyz))

    def _lift(self, scene: Scene, subtask: Subtask, thing: Thing) -> _Seen:
        low = min(float(pose.position[2]) for pose in scene.grasps(thing.name))
        return _Seen((0.0, 0.0, max(LIFT, CARRY + 0.02 - low)))

    def _pull(self, scene: Scene, subtask: Subtask, thing: Thing) -> _Seen:
        away = scene.place(thing.name, subtask.relation or "", subtask.target or "").approach
        return _Seen(_triple(PULL * away / max(1e-9, math.hypot(*away.tolist()))))

    def _carry(self, scene: Scene, subtask: Subtask, thing: Thing) -> _Seen:
        name, relation, target = thing.name, subtask.relation or "on", subtask.target or ""
        receiver = self._facts.thing(target)
        if receiver is None or relation not in receiver.receives:
            return _Seen()
        now, goal = scene.pose(name), scene.place(name, relation, target)
        carried = subtask.verb in ("place", "move")
        aim = np.array([0.0, 0.0, _fitting(now, goal, thing) if carried and receiver.aligns else 0.0])
        rivals = {}
        for other in self._facts.things:
            if other.name != name and _alike(receiver, other) and not self._occupied(other.name, relation):
                elsewhere = scene.place(name, relation, other.name)
                if math.dist(elsewhere.position.tolist(), now.position.tolist()) > APART:
                    turn = _fitting(now, elsewhere, thing) - float(aim[2]) if other.aligns else 0.0
                    rivals[other.name] = (*_triple(elsewhere.position - goal.position), 0.0, 0.0, turn)
        way = goal.position - now.position
        self._carried.add(name)
        before = self._here(scene, subtask).quat_wxyz
        self._turned[subtask.arm] = multiply(quat_about_z(float(aim[2])), before)
        if name not in self._facts.fixed and subtask is not self._facts.plan.subtasks[-1]:
            scene.set_pose(name, goal.position, multiply(quat_about_z(float(aim[2])), now.quat_wxyz))
        if not carried:
            return _Seen(_triple(way * (1.0, 1.0, 0.0)), rivals=rivals)
        path = (np.zeros(3), way + goal.approach, way)
        return _Seen(_triple(way), (), tuple((*_triple(at), 0.0, 0.0, 0.0) for at in path), _triple(aim), rivals)

    def _occupied(self, target: str, relation: str) -> bool:
        things = self._facts.things
        return any(self._whole.related(each.name, relation, target) for each in things if each.graspable)


_LOOKS = {
    "grasp": _Survey._grasp,
    "lift": _Survey._lift,
    "pull": _Survey._pull,
    "place": _Survey._carry,
    "move": _Survey._carry,
    "push": _Survey._carry,
    "drag": _Survey._carry,
    "sweep": _Survey._carry,
}


def _alike(receiver: Thing, other: Thing) -> bool:
    """Whether one of them could be taken for the other."""
    if other.name == receiver.name or other.name == "table":
        return False
    return replace(other, name=receiver.name) == receiver


def _length(path: Sequence[Shift]) -> float:
    """Straight length of a way, a radian taken for a decimetre."""
    return math.hypot(*path[-1][:3], *(0.1 * turn for turn in path[-1][3:]))


def _first(scene: Scene, name: str, verb: str) -> Stroke | None:
    """The best stroke, if it leads anywhere."""
    stroke = next(iter(scene.strokes(name, verb)), None)
    if stroke is None or max(map(abs, _path(stroke.path)[-1])) < STILL:
        return None
    return stroke


def _path(poses: Sequence[Pose]) -> tuple[Shift, ...]:
    """How far the hand has gone and turned at each pose; the turn may add up to more than half a turn."""
    turned, path = np.zeros(3), [(0.0,) * 6]
    for before, pose in itertools.pairwise(poses):
        turned = turned + rotation_between(before.quat_wxyz, pose.quat_wxyz)
        path.append((*_triple(pose.position - poses[0].position), *_triple(turned)))
    return tuple(path)


def _measured(path: Sequence[Pose]) -> tuple[float, float]:
    """Return how long a path is, and how far the hand goes in it the way that its pads face, m."""
    length = across = 0.0
    for pose, following in itertools.pairwise(path):
        leg = following.position - pose.position
        length += math.hypot(*leg.tolist())
        across += abs(float(leg @ rotate(pose.quat_wxyz, (0.0, 1.0, 0.0))))
    return length, across


def _shift(pose: Pose, other: Pose) -> Shift:
    turn = rotation_between(pose.quat_wxyz, other.quat_wxyz)
    return (*_triple(other.position - pose.position), *_triple(turn))


def _least_turn(here: Pose, poses: Sequence[Pose]) -> Pose:
    return min(poses, key=lambda pose: math.hypot(*rotation_between(here.quat_wxyz, pose.quat_wxyz).tolist()))


def _fitting(now: Pose, goal: Goal, thing: Thing) -> float:
    """The smallest turn about the vertical that brings a thing into line, rad."""
    if thing.symmetry == 0:
        return 0.0
    part = 2 * math.pi / thing.symmetry
    return float((yaw(goal.quat_wxyz) - yaw(now.quat_wxyz) + part / 2) % part - part / 2)


def _flat(pose: Pose) -> tuple[float, ...]:
    return (*pose.position.tolist(), *pose.quat_wxyz.tolist())


def _triple(vector: Vector) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z
