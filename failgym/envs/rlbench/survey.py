"""What a draw may know of each subtask before anything moves: read from the demonstration's waypoints."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.outline import Part
from failgym.envs.rlbench.scene import RLBenchScene, contact, index_of_end, way
from failgym.rotations import rotation_between
from failgym.scene import Pose, SceneFacts, Shift

Array = NDArray[np.float64]
NOWHERE = (0.0, 0.0, 0.0)
NONE: Shift = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
ABOVE = np.array([0.0, 0.0, 0.08])
"""From where something is let down, seen from its place, where the demonstration goes straight there, m."""
TAKEN = ("grasp",)
BORNE = ("lift", "place", "move", "pull", "drag", "sweep", "screw", "turn")
"""Verbs whose way begins where the hand is, if something was taken before."""


def survey(scene: RLBenchScene, facts: SceneFacts) -> SceneFacts:
    """Return the facts with `ways`, `hands`, `paths`, `aims`, `rivals` and `slacks` of each subtask."""
    ways, hands, paths, aims, rivals = [], [], [], [], []
    here, held = scene.hand().target, False
    for part in scene.outline.parts:
        verb = part.subtask.verb
        # A part that begins with something in the hand has no pose at which it takes hold.
        carries = held and verb in BORNE
        path = _carried(here, part) if carries else () if verb in TAKEN else _path(way(part))
        if verb in ("push", "drag", "sweep") and path:
            path = (NONE, (*_moved(scene, part), 0.0, 0.0, 0.0))
        ways.append(path[-1][:3] if path else NOWHERE)
        hands.append(() if carries else _flat(contact(part)))
        paths.append(path if verb not in ("push", "drag", "sweep") else ())
        aims.append(NOWHERE if carries else _triple(rotation_between(here.quat_wxyz, contact(part).quat_wxyz)))
        rivals.append(_rivals(scene, part, carries))
        here = part.waypoints[-1].pose
        held = verb in TAKEN or (held and not any(waypoint.opens for waypoint in part.waypoints))
    return replace(
        facts,
        ways=tuple(ways),
        hands=tuple(hands),
        paths=tuple(paths),
        aims=tuple(aims),
        rivals=tuple(rivals),
        slacks=(1.0,) * len(ways),
    )


def _carried(here: Pose, part: Part) -> tuple[Shift, ...]:
    """The hand's way with something in it: over the place, then down to it."""
    end = index_of_end(part)
    poses = [here, *(waypoint.pose for waypoint in part.waypoints[: end + 1])]
    if part.subtask.verb in ("place", "move"):
        over = poses[-2] if len(poses) > 2 else Pose(poses[-1].position + ABOVE, poses[-1].quat_wxyz)
        poses = [here, over, poses[-1]]
    return _path(poses)


def _path(poses: Sequence[Pose]) -> tuple[Shift, ...]:
    turned, path = np.zeros(3), [NONE]
    for before, pose in itertools.pairwise(poses):
        turned = turned + rotation_between(before.quat_wxyz, pose.quat_wxyz)
        path.append((*_triple(pose.position - poses[0].position), *_triple(turned)))
    return tuple(path)


def _moved(scene: RLBenchScene, part: Part) -> tuple[float, float, float]:
    goal = scene.place(part.subtask.object, part.subtask.relation or "to", part.subtask.target or "").position
    x, y, _ = (goal - scene.pose(part.subtask.object).position).tolist()
    return x, y, 0.0


def _rivals(scene: RLBenchScene, part: Part, carries: bool) -> dict[str, Shift]:
    """Where the hand would be at what could be mistaken for what is taken or worked, or for where it is brought."""
    right = part.subtask.target if carries else part.subtask.object
    if right is None or part.subtask.verb in ("push", "drag", "sweep"):
        return {}
    found: dict[str, Shift] = {}
    at = scene.pose(right).position
    for name in scene.cast.rivals.get(right, ()):
        shift = _triple(scene.pose(name).position - at)
        if math.hypot(*shift) > 0.03:
            found[name] = (*shift, 0.0, 0.0, 0.0)
    return found


def _flat(pose: Pose) -> tuple[float, ...]:
    return (*pose.position.tolist(), *pose.quat_wxyz.tolist())


def _triple(vector: Array) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z
