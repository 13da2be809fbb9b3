"""How the expert does each verb: key poses from what the scene shows now."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from failgym.agents.push import push
from failgym.agents.waypoints import CARRY, HOVER, UP, Waypoint, at_height, backed, moved, nearest, raised, upright
from failgym.errors import PlanError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import conjugate, multiply, quat_about_z, rotate, yaw
from failgym.scene import Goal, Hand, Pose, Scene, Stroke, Vector

LIFT = 0.12
"""Height above where it stood to which a thing is lifted, at least, m."""
SAG = 0.03
"""A hand that goes fast and far sinks by so much on its way, m."""
PULL = 0.12
"""Distance over which a thing is pulled out of another, m."""
TILTED = 0.2
"""Sine of the angle from straight down from which a hand counts as tilted."""
ANY_TURN = tuple(np.radians((45.0, -45.0, 90.0, -90.0)))
"""Turns of the hand that may serve where the heading of a placed thing does not matter, rad."""


def free(scene: Scene, hand: Hand, subtask: Subtask) -> Iterator[Waypoint]:
    """Bring the hand into a state from which the subtask can begin: holding nothing else, clear of all things."""
    if subtask.verb in ("lift", "place", "move", "pull", "release") or hand.holding == subtask.object:
        return
    if subtask.verb == "open" and _by_handle(scene, subtask.object, hand.holding):
        return
    held = None if hand.holding is None else scene.facts().thing(hand.holding)
    if subtask.verb in ("drag", "sweep") and held is not None and held.tip is not None:
        return
    if held is not None and held.name not in scene.facts().fixed and scene.facts().thing("table"):
        spot = scene.place(held.name, "on", "table").position
        over = upright(hand.target)
        goal = Pose(spot + hand.pose.position - scene.pose(held.name).position + 0.004 * UP, over.quat_wxyz)
        yield Waypoint(at_height(over, CARRY), 1.0, Stage.RETREAT)
        yield Waypoint(at_height(goal, CARRY), 1.0, Stage.RETREAT)
        yield Waypoint(goal, 1.0, Stage.RETREAT)
        yield Waypoint(goal, 0.0, Stage.RETREAT)
        yield Waypoint(raised(goal, HOVER), 0.0, Stage.RETREAT)
        return
    if hand.closure > 0.1:
        yield Waypoint(hand.target, 0.0, Stage.RETREAT)
    if hand.pose.position[2] < CARRY - 0.01:
        yield Waypoint(at_height(upright(hand.target), CARRY), 0.0, Stage.RETREAT)


def _grasp(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    thing = scene.facts().thing(subtask.object)
    if thing is None or not thing.graspable:
        raise PlanError(f"cannot grasp the {subtask.object}: it is not graspable")
    if scene.hand().holding == subtask.object:
        return
    grasp = nearest(scene, scene.grasps(subtask.object))
    yield Waypoint(backed(grasp, HOVER), 0.0, Stage.APPROACH)
    yield Waypoint(grasp, 0.0, Stage.PRE_GRASP)
    yield Waypoint(grasp, 1.0, Stage.GRASP)


def _lift(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    if subtask.object not in scene.facts().positions:
        raise PlanError(f"cannot lift the {subtask.object}: it is not something that can be held")
    here = scene.hand().target
    began, now = scene.facts().positions[subtask.object][2], scene.position(subtask.object)[2]
    raised = began + LIFT + float(here.position[2] - now) if scene.holding == subtask.object else 0.0
    yield Waypoint(at_height(here, max(CARRY + 0.02, raised)), 1.0, Stage.LIFT)


def _place(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    *way, there, goal = _carry(scene, subtask)
    approach = goal.approach
    yield from (Waypoint(pose, 1.0, stage) for pose, stage in zip(way, (Stage.LIFT, Stage.TRANSPORT), strict=True))
    yield Waypoint(moved(there, approach), 1.0, Stage.TRANSPORT)
    yield Waypoint(there, 1.0, Stage.PLACE)
    yield Waypoint(there, 0.0, Stage.RELEASE)
    back = backed(there, HOVER) if approach[2] > 0.0 else moved(there, 1.2 * approach)
    yield Waypoint(back if goal.retreat is None else moved(there, goal.retreat), 0.0, Stage.RETREAT)


def _move(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    *way, there, _ = _carry(scene, subtask)
    yield from (Waypoint(pose, 1.0, stage) for pose, stage in zip(way, (Stage.LIFT, Stage.TRANSPORT), strict=True))
    yield Waypoint(there, 1.0, Stage.PLACE)


def _carry(scene: Scene, subtask: Subtask) -> tuple[Pose, Pose, Pose, Goal]:
    """Return where the hand lifts, where it has carried to, where the thing is at its goal; and that goal."""
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
        turns = _facing(hand.target, goal.approach) or (0.0, *ANY_TURN)

    def hand_over_goal(turn: float) -> Pose:
        # The thing hangs in the hand as it was grasped: the hand goes where that brings the thing to its goal.
        in_hand = rotate(quat_about_z(turn), hand.target.position - now.position) if held else np.zeros(3)
        return Pose(goal.position + in_hand + 0.002 * UP, multiply(quat_about_z(turn), hand.target.quat_wxyz))

    there = nearest(scene, [hand_over_goal(turn) for turn in turns], goal.approach)
    height = max(CARRY, float(there.position[2] + goal.approach[2]) + SAG)
    return at_height(hand.target, height), at_height(moved(there, goal.approach), height), there, goal


def _pull(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    here = scene.hand().target
    away = scene.place(subtask.object, subtask.relation or "", subtask.target or "").approach
    out = Pose(here.position + PULL * away / np.linalg.norm(away), here.quat_wxyz)
    yield Waypoint(out, 1.0, Stage.TRANSPORT)


def _release(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    here = scene.hand().target
    yield Waypoint(here, 0.0, Stage.RELEASE)
    yield Waypoint(backed(here, HOVER), 0.0, Stage.RETREAT)


def _stroke(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    thing = scene.facts().thing(subtask.object)
    if thing is None or subtask.verb not in thing.strokes:
        can = ", ".join(thing.strokes) if thing else ""
        raise PlanError(f"cannot {subtask.verb} the {subtask.object}: it can be {can or 'moved only as a whole'}")
    strokes = scene.strokes(subtask.object, subtask.verb)
    if not strokes:
        return
    held, swings = scene.holding, thing.graspable and subtask.verb in ("open", "close")
    by_handle = subtask.verb == "open" and _by_handle(scene, subtask.object, held)
    if by_handle or (held == subtask.object and (swings or strokes[0].keeps)):
        # A hand that already holds it goes the same way and keeps hold of it: some lids fall shut when let go.
        yield from (Waypoint(pose, 1.0, Stage.TRANSPORT) for pose in _as_held(scene.hand().target, strokes[0].path))
        return
    stroke = next((each for each in strokes if scene.reaches(_whole(each))), strokes[0])
    come, leave = moved(stroke.path[0], stroke.approach), moved(stroke.path[-1], stroke.retreat)
    ready = stroke.preshape if stroke.grip else 1.0
    yield Waypoint(come, ready, Stage.APPROACH)
    yield Waypoint(stroke.path[0], ready, Stage.PRE_GRASP)
    if stroke.grip:
        yield Waypoint(stroke.path[0], 1.0, Stage.GRASP)
    yield from (Waypoint(pose, 1.0, Stage.TRANSPORT) for pose in stroke.path[1:])
    if stroke.keeps:
        return
    if stroke.grip:
        yield Waypoint(stroke.path[-1], ready, Stage.RELEASE)
    yield Waypoint(leave, ready, Stage.RETREAT)


def _by_handle(scene: Scene, name: str, held: str | None) -> bool:
    """Whether the hand holds the handle of that thing, which is called after it and springs back when let go."""
    thing = None if held is None or not held.startswith(f"{name} ") else scene.facts().thing(held)
    return thing is not None and "turn" in thing.strokes and any(way.keeps for way in scene.strokes(thing.name, "turn"))


def _as_held(hand: Pose, path: Sequence[Pose]) -> Iterator[Pose]:
    """The way of a hand that holds the thing as it does, where `path` is that of one that holds it as intended."""
    first = path[0]
    for pose in path:
        turn = multiply(pose.quat_wxyz, conjugate(first.quat_wxyz))
        yield Pose(pose.position + rotate(turn, hand.position - first.position), multiply(turn, hand.quat_wxyz))


def _whole(stroke: Stroke) -> list[Pose]:
    return [moved(stroke.path[0], stroke.approach), *stroke.path, moved(stroke.path[-1], stroke.retreat)]


def _facing(hand: Pose, approach: Vector) -> tuple[float, ...]:
    """The turn after which a tilted hand points into what is entered from the side; none for other hands and ways."""
    points, way = rotate(hand.quat_wxyz, (0.0, 0.0, 1.0)), -approach
    if math.hypot(points[0], points[1]) < TILTED or math.hypot(way[0], way[1]) <= abs(way[2]):
        return ()
    turn = math.atan2(way[1], way[0]) - math.atan2(points[1], points[0])
    return (float((turn + np.pi) % (2 * np.pi) - np.pi),)


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
    "wipe": _stroke,
    "push": push,
    "drag": push,
    "sweep": push,
}
"""How the expert does each verb."""

__all__ = ["SKILLS", "Waypoint", "free"]
