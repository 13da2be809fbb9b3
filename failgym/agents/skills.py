"""How the expert does each verb: key poses from what the scene shows now."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from failgym.errors import PlanError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import DOWN, multiply, quat_about_z, rotate, rotation_between, yaw
from failgym.scene import Hand, Pose, Scene, Stroke, Thing, Vector

HOVER = 0.13
"""Distance from a grasp, against the hand's direction, from which the hand comes, m."""
CARRY = 0.16
"""Height above the table at which things are carried, m."""
PULL = 0.12
"""Distance over which a thing is pulled out of another, m."""
FLOOR = 0.018
"""Height of the hand above the table when it pushes something, m."""
STRADDLE = 0.5
"""Closure with which fingers push: two points of contact keep the thing from turning away."""
FINGER = 0.011
"""Half thickness of a finger, m."""
UP = np.array([0.0, 0.0, 1.0])
ANY_TURN = tuple(np.radians((45.0, -45.0, 90.0, -90.0)))
"""Turns of the hand that may serve where the heading of a placed thing does not matter, rad."""


class Waypoint(NamedTuple):
    """A key pose: first the hand goes there, then the gripper acts."""

    pose: Pose
    closure: float
    stage: Stage


def free(scene: Scene, hand: Hand, subtask: Subtask) -> Iterator[Waypoint]:
    """Bring the hand into a state from which the subtask can begin: holding nothing else, clear of all things."""
    if subtask.verb in ("lift", "place", "move", "pull", "release") or hand.holding == subtask.object:
        return
    held = None if hand.holding is None else scene.facts().thing(hand.holding)
    if subtask.verb in ("drag", "sweep") and held is not None and held.tip is not None:
        return
    if held is not None and scene.facts().thing("table"):
        spot = scene.place(held.name, "on", "table").position
        upright = _upright(hand.target)
        goal = Pose(spot + hand.pose.position - scene.pose(held.name).position + 0.004 * UP, upright.quat_wxyz)
        yield Waypoint(_at_height(upright, CARRY), 1.0, Stage.RETREAT)
        yield Waypoint(_at_height(goal, CARRY), 1.0, Stage.RETREAT)
        yield Waypoint(goal, 1.0, Stage.RETREAT)
        yield Waypoint(goal, 0.0, Stage.RETREAT)
        yield Waypoint(_raised(goal, HOVER), 0.0, Stage.RETREAT)
        return
    if hand.closure > 0.1:
        yield Waypoint(hand.target, 0.0, Stage.RETREAT)
    if hand.pose.position[2] < CARRY - 0.01:
        yield Waypoint(_at_height(_upright(hand.target), CARRY), 0.0, Stage.RETREAT)


def _grasp(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    thing = scene.facts().thing(subtask.object)
    if thing is None or not thing.graspable:
        raise PlanError(f"cannot grasp the {subtask.object}: it is not graspable")
    if scene.hand().holding == subtask.object:
        return
    grasp = _nearest(scene, scene.grasps(subtask.object))
    yield Waypoint(_backed(grasp, HOVER), 0.0, Stage.APPROACH)
    yield Waypoint(grasp, 0.0, Stage.PRE_GRASP)
    yield Waypoint(grasp, 1.0, Stage.GRASP)


def _lift(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    yield Waypoint(_at_height(scene.hand().target, CARRY + 0.02), 1.0, Stage.LIFT)


def _place(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    *way, there, approach = _carry(scene, subtask)
    yield from (Waypoint(pose, 1.0, stage) for pose, stage in zip(way, (Stage.LIFT, Stage.TRANSPORT), strict=True))
    yield Waypoint(_moved(there, approach), 1.0, Stage.TRANSPORT)
    yield Waypoint(there, 1.0, Stage.PLACE)
    yield Waypoint(there, 0.0, Stage.RELEASE)
    back = _backed(there, HOVER) if approach[2] > 0.0 else _moved(there, 1.2 * approach)
    yield Waypoint(back, 0.0, Stage.RETREAT)


def _move(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    *way, there, _ = _carry(scene, subtask)
    yield from (Waypoint(pose, 1.0, stage) for pose, stage in zip(way, (Stage.LIFT, Stage.TRANSPORT), strict=True))
    yield Waypoint(there, 1.0, Stage.PLACE)


def _carry(scene: Scene, subtask: Subtask) -> tuple[Pose, Pose, Pose, Vector]:
    """Return where the hand lifts, where it has carried to, where the thing is at its goal; and the way between."""
    relation, target = subtask.relation or "on", subtask.target or ""
    thing, goal_thing = scene.facts().thing(subtask.object), scene.facts().thing(target)
    if thing is None or goal_thing is None or relation not in goal_thing.receives:
        offers = ", ".join(goal_thing.receives) if goal_thing else ""
        raise PlanError(f"cannot {subtask.verb} anything {relation} the {target}: it offers {offers or 'nothing'}")
    hand = scene.hand()
    held = hand.holding == subtask.object
    goal, now = scene.place(subtask.object, relation, target), scene.pose(subtask.object)
    if held and goal_thing.aligns and thing.symmetry:
        turns = _fitting_turns(yaw(goal.quat_wxyz) - yaw(now.quat_wxyz), thing.symmetry)
    else:
        turns = (0.0, *ANY_TURN)

    def hand_over_goal(turn: float) -> Pose:
        # The thing hangs in the hand as it was grasped: the hand goes where that brings the thing to its goal.
        in_hand = rotate(quat_about_z(turn), hand.target.position - now.position) if held else np.zeros(3)
        return Pose(goal.position + in_hand + 0.002 * UP, multiply(quat_about_z(turn), hand.target.quat_wxyz))

    there = _nearest(scene, [hand_over_goal(turn) for turn in turns], goal.approach)
    height = max(CARRY, float(there.position[2] + goal.approach[2]))
    return _at_height(hand.target, height), _at_height(_moved(there, goal.approach), height), there, goal.approach


def _pull(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    here = scene.hand().target
    away = scene.place(subtask.object, subtask.relation or "", subtask.target or "").approach
    out = Pose(here.position + PULL * away / np.linalg.norm(away), here.quat_wxyz)
    yield Waypoint(out, 1.0, Stage.TRANSPORT)


def _release(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    here = scene.hand().target
    yield Waypoint(here, 0.0, Stage.RELEASE)
    yield Waypoint(_backed(here, HOVER), 0.0, Stage.RETREAT)


def _stroke(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    thing = scene.facts().thing(subtask.object)
    if thing is None or subtask.verb not in thing.strokes:
        can = ", ".join(thing.strokes) if thing else ""
        raise PlanError(f"cannot {subtask.verb} the {subtask.object}: it can be {can or 'moved only as a whole'}")
    strokes = scene.strokes(subtask.object, subtask.verb)
    if not strokes:
        return
    stroke = next((each for each in strokes if scene.reaches(_whole(each))), strokes[0])
    come, leave = _moved(stroke.path[0], stroke.approach), _moved(stroke.path[-1], stroke.retreat)
    ready = stroke.preshape if stroke.grip else 1.0
    yield Waypoint(come, ready, Stage.APPROACH)
    yield Waypoint(stroke.path[0], ready, Stage.PRE_GRASP)
    if stroke.grip:
        yield Waypoint(stroke.path[0], 1.0, Stage.GRASP)
    yield from (Waypoint(pose, 1.0, Stage.TRANSPORT) for pose in stroke.path[1:])
    if stroke.grip:
        yield Waypoint(stroke.path[-1], ready, Stage.RELEASE)
    yield Waypoint(leave, ready, Stage.RETREAT)


def _push(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    """Push straight to the goal: with the fingers, or with the tool in the hand."""
    relation, target = subtask.relation or "to", subtask.target or ""
    thing, goal_thing = scene.facts().thing(subtask.object), scene.facts().thing(target)
    if thing is None or goal_thing is None or relation not in goal_thing.receives:
        raise PlanError(f"cannot {subtask.verb} the {subtask.object} {relation} the {target}")
    hand = scene.hand()
    tool = None if hand.holding is None else scene.facts().thing(hand.holding)
    start, end = scene.pose(subtask.object).position, scene.place(subtask.object, relation, target).position
    way = (end - start) * (1.0, 1.0, 0.0)
    way /= max(1e-6, float(np.linalg.norm(way)))
    if tool is None or tool.tip is None:
        heading = math.atan2(way[1], way[0]) + np.pi / 2
        turned = [multiply(quat_about_z(heading + np.pi / 2 + half), DOWN) for half in (0.0, np.pi)]
        across, low, closure = thing.width / 2 + FINGER + 0.004, FLOOR, STRADDLE
        ways = [(quat, np.zeros(3)) for quat in turned]
    else:
        across, low, closure = thing.width / 2 + abs(tool.tip[0]) * 0 + 0.012, 0.0, 1.0
        ways = _tool_ways(scene, hand, tool, way)
    candidates = []
    for quat, to_tip in ways:
        behind = start - (across + 0.02) * way - to_tip
        ahead = end - across * way - to_tip
        level = low + (0.0 if tool is None or tool.tip is None else -float(to_tip[2]))
        candidates.append([Pose(np.array([*point[:2], level]), quat) for point in (behind, ahead)])
    lift = (CARRY if low else 0.09) * UP
    path = next((way for way in candidates if scene.reaches([_moved(way[0], lift), *way])), candidates[0])
    yield Waypoint(_at_height(hand.target, float(path[0].position[2] + lift[2])), closure, Stage.LIFT)
    yield Waypoint(_moved(path[0], lift), closure, Stage.APPROACH)
    yield Waypoint(path[0], closure, Stage.PRE_GRASP)
    yield Waypoint(path[1], closure, Stage.TRANSPORT)
    yield Waypoint(_moved(path[1], lift), closure, Stage.RETREAT)


def _tool_ways(scene: Scene, hand: Hand, tool: Thing, way: Vector) -> list[tuple[Vector, Vector]]:
    """Orientations of the hand that bring a tool's edge across the way, and the offset from hand to edge in each."""
    now = scene.pose(tool.name)
    turn = math.atan2(way[1], way[0]) - yaw(now.quat_wxyz)
    found = []
    for half in (0.0, np.pi):
        about = quat_about_z((turn + half + np.pi) % (2 * np.pi) - np.pi)
        edge = now.position + rotate(now.quat_wxyz, tool.tip or (0.0, 0.0, 0.0)) - hand.target.position
        found.append((multiply(about, hand.target.quat_wxyz), rotate(about, edge)))
    return sorted(found, key=lambda each: math.hypot(*rotation_between(hand.target.quat_wxyz, each[0]).tolist()))


# -- poses ------------------------------------------------------------------------------------------------------------


def _moved(pose: Pose, by: Vector) -> Pose:
    return Pose(pose.position + by, pose.quat_wxyz)


def _raised(pose: Pose, metres: float) -> Pose:
    return _moved(pose, metres * UP)


def _backed(pose: Pose, metres: float) -> Pose:
    """The pose that far back along the direction in which the hand points."""
    return _moved(pose, -metres * rotate(pose.quat_wxyz, (0.0, 0.0, 1.0)))


def _at_height(pose: Pose, height: float) -> Pose:
    return Pose(np.array([pose.position[0], pose.position[1], max(height, pose.position[2])]), pose.quat_wxyz)


def _upright(pose: Pose) -> Pose:
    """The same place and heading, pointing straight down."""
    heading = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
    return Pose(pose.position, multiply(quat_about_z(math.atan2(heading[1], heading[0])), DOWN))


def _nearest(scene: Scene, poses: Sequence[Pose], approach: Vector | None = None) -> Pose:
    """The pose that turns the hand least, among those to which the arm can come from where it is."""
    here = scene.hand().target
    near = sorted(poses, key=lambda pose: math.hypot(*rotation_between(here.quat_wxyz, pose.quat_wxyz)))

    def come(pose: Pose) -> Pose:
        return _backed(pose, HOVER) if approach is None else _moved(pose, approach)

    return next((pose for pose in near if scene.reaches((come(pose), pose))), near[0])


def _whole(stroke: Stroke) -> list[Pose]:
    return [_moved(stroke.path[0], stroke.approach), *stroke.path, _moved(stroke.path[-1], stroke.retreat)]


def _fitting_turns(angle: float, symmetry: int) -> tuple[float, ...]:
    """The turns that bring a thing of that symmetry into line, smallest first, rad."""
    part = 2 * np.pi / symmetry
    smallest = float((angle + part / 2) % part - part / 2)
    turns = [smallest + index * part for index in range(-symmetry, symmetry + 1)]
    return tuple(sorted((turn for turn in turns if abs(turn) < 1.5 * np.pi), key=abs))


SKILLS: dict[str, Callable[[Scene, Subtask], Iterator[Waypoint]]] = {
    "grasp": _grasp,
    "lift": _lift,
    "place": _place,
    "move": _move,
    "pull": _pull,
    "release": _release,
    "open": _stroke,
    "close": _stroke,
    "press": _stroke,
    "turn": _stroke,
    "screw": _stroke,
    "push": _push,
    "drag": _push,
    "sweep": _push,
}
"""How the expert does each verb."""

__all__ = ["SKILLS", "Waypoint", "free"]
