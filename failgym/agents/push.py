"""How the expert pushes: with two fingers behind the thing, or with the edge of a tool."""

import math
from collections.abc import Iterator

import numpy as np

from failgym.agents.waypoints import CARRY, UP, Waypoint, at_height, moved, nearest
from failgym.errors import PlanError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import DOWN, multiply, quat_about_z, rotate, rotation_between, yaw
from failgym.scene import Pose, Scene, Thing, Vector

FLOOR = 0.018
"""Height of the hand above the table when it pushes something, m."""
STRADDLE = 0.5
"""Closure with which fingers push: two points of contact keep the thing from turning away."""
FINGER = 0.0105
"""Half thickness of a finger, m."""
UNDER_PALM = 0.04
"""Height above the fingers' tool point that stays clear of the palm, m."""
BEHIND = 0.03
"""Gap behind a thing into which the hand comes down to push it, m."""
STRIDE = 0.03
"""A push halts every so often, m: what is pushed fast slides on and turns away."""
ASKEW = 0.35
"""Angle between a push and the normal of the face it acts on, above which the thing would turn away, rad."""
CLEAR = 0.01
"""How far the hand leaves what it has pushed before it rises, m."""
TOOL_LIFT = 0.09
"""Height at which a tool is carried over what it will move, m."""
TOOL_CLEARANCE = 0.003
"""Gap between a tool's edge and the table, m."""


def push(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    """Push straight to the goal: with the fingers, or with the tool in the hand."""
    relation, target = subtask.relation or "to", subtask.target or ""
    thing, goal_thing = scene.facts().thing(subtask.object), scene.facts().thing(target)
    if thing is None or goal_thing is None or relation not in goal_thing.receives:
        raise PlanError(f"cannot {subtask.verb} the {subtask.object} {relation} the {target}")
    now, end = scene.pose(subtask.object), scene.place(subtask.object, relation, target).position
    tool = _tool(scene, subtask)
    legs = _legs(now, end, thing.symmetry) if tool is None else [(now.position, end)]
    here = scene.hand().target
    for start, stop in legs:
        way = (stop - start) * (1.0, 1.0, 0.0)
        way /= max(1e-6, float(np.linalg.norm(way)))
        if tool is None:
            across, closure, lift = thing.width / 2 + FINGER, STRADDLE, CARRY * UP
            ways = _finger_ways(thing, way)
        else:
            across, closure, lift = thing.width / 2 + tool.edge, 1.0, TOOL_LIFT * UP
            ways = _tool_ways(scene, tool, way)
        edge = _along(start, stop, way, across)
        candidates = [[Pose(at - to_edge, quat) for at in edge] for quat, to_edge in _least_turn_first(here, ways)]
        path = next((each for each in candidates if scene.reaches([moved(each[0], lift), *each])), candidates[0])
        come = moved(path[0], lift)
        yield Waypoint(at_height(here, float(come.position[2])), closure, Stage.APPROACH)
        yield Waypoint(come, closure, Stage.APPROACH)
        yield Waypoint(moved(path[0], lift / 3), closure, Stage.APPROACH)
        yield Waypoint(path[0], closure, Stage.PRE_GRASP)
        yield from (Waypoint(pose, closure, Stage.TRANSPORT) for pose in path[1:])
        yield Waypoint(moved(path[-1], -CLEAR * way), closure, Stage.RETREAT)
        here = moved(path[-1], lift - CLEAR * way)
        yield Waypoint(here, closure, Stage.RETREAT)


def _along(start: Vector, stop: Vector, way: Vector, across: float) -> list[Vector]:
    """Places on the table of the edge that pushes: from behind the thing to where it brings the thing, in strides."""
    behind, last = start - (across + BEHIND) * way, stop - across * way
    count = 1 + max(1, math.ceil(float((last - behind) @ way) / STRIDE))
    return [point * (1.0, 1.0, 0.0) for point in np.linspace(behind, last, count)]


def _legs(now: Pose, end: Vector, symmetry: int) -> list[tuple[Vector, Vector]]:
    """Straight pushes from here to there: one across a face of the thing, or two where it lies askew to the way."""
    start = now.position
    way = (end - start)[:2]
    if symmetry == 0:
        return [(start, end)]
    quarter = np.pi / 2
    heading, face = math.atan2(way[1], way[0]), yaw(now.quat_wxyz)
    askew = (heading - face + quarter / 2) % quarter - quarter / 2
    if abs(askew) < ASKEW:
        return [(start, end)]
    along = np.array([math.cos(heading - askew), math.sin(heading - askew), 0.0])
    corner = start + float((end - start) @ along) * along
    return [(start, corner), (corner, end)]


def _finger_ways(thing: Thing, way: Vector) -> list[tuple[Vector, Vector]]:
    """Orientations of the hand that bring both fingers behind the thing, and the offset from hand to table in each."""
    heading = math.atan2(way[1], way[0]) + np.pi / 2
    # The palm passes above what is pushed.
    low = np.array([0.0, 0.0, -max(FLOOR, thing.height - UNDER_PALM)])
    return [(multiply(quat_about_z(heading + np.pi / 2 + half), DOWN), low) for half in (0.0, np.pi)]


def _tool(scene: Scene, subtask: Subtask) -> Thing | None:
    """The tool in the hand; where the verb needs one and the hand is empty, the one that should be in it."""
    things = scene.facts().things
    holding = scene.holding
    held = next((thing for thing in things if thing.name == holding and thing.tip is not None), None)
    if held is not None or subtask.verb == "push":
        return held
    return next((thing for thing in things if thing.tip is not None), None)


def _tool_ways(scene: Scene, tool: Thing, way: Vector) -> list[tuple[Vector, Vector]]:
    """Orientations of the hand that bring a tool's edge across the way, and the offset from hand to edge in each."""
    now = scene.pose(tool.name)
    hand = scene.hand().target if scene.holding == tool.name else nearest(scene, scene.grasps(tool.name))
    edge = now.position + rotate(now.quat_wxyz, tool.tip or (0.0, 0.0, 0.0)) - hand.position
    turn = math.atan2(way[1], way[0]) - yaw(now.quat_wxyz)
    found = []
    for half in (0.0, np.pi):
        about = quat_about_z((turn + half + np.pi) % (2 * np.pi) - np.pi)
        found.append((multiply(about, hand.quat_wxyz), rotate(about, edge) - TOOL_CLEARANCE * UP))
    return found


def _least_turn_first(here: Pose, ways: list[tuple[Vector, Vector]]) -> list[tuple[Vector, Vector]]:
    return sorted(ways, key=lambda way: math.hypot(*rotation_between(here.quat_wxyz, way[0]).tolist()))
