"""The expert of an RLBench task: its demonstration's own waypoints, one by one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import DWELL_STEPS
from failgym.envs.rlbench.cast import level, rebased
from failgym.envs.rlbench.drive import Route
from failgym.envs.rlbench.errors import UnreachableError
from failgym.envs.rlbench.outline import Part
from failgym.envs.rlbench.protocol import Path, Waypoint
from failgym.envs.rlbench.scene import RLBenchScene, index_of_contact, index_of_end
from failgym.errors import PlanError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import rotation_between
from failgym.scene import Pose

Array = NDArray[np.float64]
LED = 0.01
"""Distance by which something must have been moved, and a waypoint not, for that to be led after it, m."""
SETTLE_STEPS = 10
"""Control steps that the arm gets to catch up with the end of a path."""
CARRIES = ("lift", "place", "move", "drag", "sweep", "screw", "pull", "turn")
"""Verbs that may begin with the thing in the hand."""


@dataclass(frozen=True)
class Key:
    """One thing to do: go to a waypoint, or stay and let the gripper act."""

    stage: Stage
    waypoint: Waypoint | None = None
    """None: the hand stays where it is."""
    closure: float | None = None
    """Commanded of a hand that stays; None keeps it."""
    follows: str | None = None
    """Thing that is taken at the waypoint, which follows it where it was moved."""
    elsewhere: tuple[Array, Array] | None = None
    """The waypoint lies to one thing; go to where it would lie to another one: poses of both, (7,)."""


class WaypointRunner:
    """Does the subtasks of an RLBench plan by following the task's own waypoints.

    Where a thing is taken, it looks once, when the subtask begins: what moves afterwards it does not see until it tries
    again. Waypoints of what is worked or carried are looked at when the hand sets out for each.

    What is asked for and is not in the demonstration, it does with the waypoints of the nearest thing to it: another
    thing is taken, or brought elsewhere, as the right one would be.
    """

    def __init__(self) -> None:
        """Nothing to set up."""
        self._keys: tuple[Key, ...] = ()
        self._next = 0
        self._stage: Stage | None = None
        self._path: Array | None = None

    @property
    def stage(self) -> Stage | None:
        """Stage of the last action."""
        return self._stage

    def reset(self, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Find the waypoints of a subtask.

        Raises:
            PlanError: the subtask names something that is not there, or that the demonstration does nothing like.
        """
        base: Any = env.unwrapped
        self._base = base
        scene: RLBenchScene = base.scene
        for name in (subtask.object, subtask.target):
            if name is not None and scene.facts().thing(name) is None:
                raise PlanError.unknown_object(name, scene.facts().names)
        self._closure = float(base.commanded_closure)
        self._keys = tuple(keys(scene, subtask, self._closure))
        self._next = 0
        self._path, self._at, self._waited = None, 0, 0
        self._looked: dict[int, Pose] | None = None

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the next action, or None at the end."""
        if self._base.action_layout.kind == "keypose":
            return self._key()
        return self._follow()

    # -- key poses ----------------------------------------------------------------------------------------------------

    def _key(self) -> NDArray[np.floating] | None:
        while self._next < len(self._keys):
            key = self._keys[self._next]
            self._next += 1
            pose = self._set_out(key)
            if pose is None:
                continue
            self._stage = key.stage
            action = np.concatenate([*pose, [self._closure]])
            return np.asarray(self._base.action_layout.clipped(action))
        return None

    def _set_out(self, key: Key) -> Pose | None:
        """Return the pose to go to; None where the task skips the waypoint."""
        if key.waypoint is None:
            self._closure = self._closure if key.closure is None else key.closure
            told: Pose = self._base.told
            return told
        self._base.motion.route = None
        now: Waypoint = self._base.simulator.enter(key.waypoint)
        if now.skip:
            return None
        if key.elsewhere is not None:
            return rebased(now.pose, *key.elsewhere)
        if key.follows is not None:
            if self._looked is None:
                self._looked = self._look(key.follows)
                now = self._base.simulator.enter(key.waypoint)
            seen = self._looked[now.index]
            if not _near(seen, now.pose):
                return seen
        self._base.motion.route = Route(now.index, now.pose)
        return now.pose

    def _look(self, name: str) -> dict[int, Pose]:
        """Return where each waypoint of a grasp is for the thing as it stands now."""
        found = {}
        for key in self._keys:
            if key.waypoint is not None and key.follows is not None:
                now = self._base.simulator.enter(key.waypoint)
                found[now.index] = _led(self._base.scene, name, key.waypoint, now)
        return found

    # -- control steps ------------------------------------------------------------------------------------------------

    def _follow(self) -> NDArray[np.floating] | None:
        while self._next < len(self._keys):
            key = self._keys[self._next]
            action = self._dwell(key) if key.waypoint is None else self._advance(key, key.waypoint)
            if action is not None:
                self._stage = key.stage
                return action
            self._next += 1
            self._path, self._at, self._waited = None, 0, 0
        return None

    def _dwell(self, key: Key) -> NDArray[np.floating] | None:
        if self._waited == DWELL_STEPS:
            return None
        self._waited += 1
        self._closure = self._closure if key.closure is None else key.closure
        return self._towards(None)

    def _advance(self, key: Key, waypoint: Waypoint) -> NDArray[np.floating] | None:
        if self._path is None:
            pose = self._set_out(key)
            if pose is None:
                return None
            self._path = self._planned(key, waypoint, pose)
        if self._at < len(self._path):
            row = self._path[self._at]
            self._at += 1
            return self._towards(row)
        if self._waited < SETTLE_STEPS and not self._base.settled():
            self._waited += 1
            return self._towards(self._path[-1] if len(self._path) else None)
        self._base.simulator.leave(waypoint.index)
        return None

    def _planned(self, key: Key, waypoint: Waypoint, pose: Pose) -> Array:
        """Return what to command at each control step: hand poses, or joint positions."""
        simulator = self._base.simulator
        try:
            if self._base.motion.route is None:
                path: Path = simulator.plan(pose, True, False)
            else:
                path = simulator.approach(waypoint.index)
        except UnreachableError:
            return np.zeros((0, 7))
        return path.joints if self._base.action_layout.kind == "joint_delta" else path.hands

    def _towards(self, row: Array | None) -> NDArray[np.floating]:
        base = self._base
        action: NDArray[np.floating] = base.still()
        if row is not None and base.action_layout.kind == "joint_delta":
            action[:-1] = row - base.scene.now.joints
        elif row is not None:
            target = base.scene.hand().target
            action[:3] = row[:3] - target.position
            action[3:6] = rotation_between(target.quat_wxyz, row[3:])
        action[-1] = self._closure
        return np.asarray(base.action_layout.clipped(action))


def keys(scene: RLBenchScene, subtask: Subtask, closure: float) -> Iterator[Key]:
    """Give what a subtask consists of, for a hand that is told to be so far closed.

    Raises:
        PlanError: the demonstration does nothing like it.
    """
    part = scene.outline.part(subtask)
    elsewhere, brought = None, False
    if part is None:
        part, elsewhere, brought = _like(scene, subtask)
    end, takes = index_of_end(part), part.subtask.verb == "grasp" or part.grips
    if takes and closure > 0.5:
        # A demonstration comes with an open hand; one that failed before may have left it closed.
        yield Key(Stage.RETREAT, closure=0.0)
    for index, (waypoint, stage) in enumerate(zip(part.waypoints, stages(part), strict=True)):
        # What is brought to another place is taken as before: only its end is elsewhere.
        shifted = elsewhere if not brought or index >= end - 1 else None
        follows = subtask.object if part.subtask.verb == "grasp" and shifted is None else None
        yield Key(stage, waypoint, follows=follows, elsewhere=shifted)
        if waypoint.gripper is not None:
            yield Key(_gripping(waypoint, part, stage), closure=waypoint.gripper)
    if part.grips and part.subtask.verb != "grasp" and not any(waypoint.opens for waypoint in part.waypoints):
        # It keeps hold: this is the moment before it would let go, up to which its motion can be put right.
        yield Key(Stage.RELEASE)


def stages(part: Part) -> Iterator[Stage]:
    """Give the stage of the way to each waypoint of a part."""
    verb, last = part.subtask.verb, index_of_end(part)
    carries = verb in CARRIES and not part.grips
    for index, waypoint in enumerate(part.waypoints):
        if index > last:
            yield Stage.RETREAT
        elif verb == "lift":
            yield Stage.LIFT
        elif carries:
            yield _carrying(index, last, waypoint.opens or verb == "move")
        elif verb == "grasp":
            yield Stage.PRE_GRASP if index == index_of_contact(part) else Stage.APPROACH
        else:
            first = index_of_contact(part)
            yield Stage.APPROACH if index < first else Stage.PRE_GRASP if index == first else Stage.TRANSPORT


def _carrying(index: int, last: int, ends: bool) -> Stage:
    if index == last and ends and last > 0:
        return Stage.PLACE
    return Stage.LIFT if index == 0 and last > 1 else Stage.TRANSPORT


def _gripping(waypoint: Waypoint, part: Part, there: Stage) -> Stage:
    if waypoint.opens:
        begins = waypoint is part.waypoints[0] and part.subtask.verb not in CARRIES
        return there if begins else Stage.RELEASE
    # A hand that is closed before it pushes takes nothing.
    return Stage.GRASP if part.subtask.verb == "grasp" or part.grips else there


def _led(scene: RLBenchScene, name: str, planned: Waypoint, now: Waypoint) -> Pose:
    """Return where a waypoint is; where its thing was moved and it was left behind, where it would be."""
    was, there = scene.started(name), np.concatenate(scene.pose(name))
    if math.dist(was[:3], there[:3]) < LED or not _near(planned.pose, now.pose):
        return now.pose
    return rebased(now.pose, was, there)


def _near(one: Pose, other: Pose) -> bool:
    return math.dist(one.position, other.position) < LED


def _like(scene: RLBenchScene, subtask: Subtask) -> tuple[Part, tuple[Array, Array], bool]:
    """Return the part that does the same to another thing, or brings the thing elsewhere, and both places."""
    parts = [part for part in scene.outline.parts if part.subtask.verb == subtask.verb]
    if not parts:
        known = ", ".join(dict.fromkeys(part.subtask.text for part in scene.outline.parts))
        raise PlanError(f"the demonstration of this task does nothing like: {subtask.text}. It does: {known}.")
    same = [part for part in parts if part.subtask.object == subtask.object]
    part = (same or parts)[0]
    brought = bool(same) and subtask.target is not None
    right, wrong = (part.subtask.target, subtask.target) if brought else (part.subtask.object, subtask.object)
    was, now = (np.concatenate(scene.pose(name or subtask.object)) for name in (right, wrong))
    return part, level(was, now), brought


__all__ = ["Key", "WaypointRunner", "keys", "stages"]
