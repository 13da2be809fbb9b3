"""An expert that looks at the scene, plans key poses for one subtask, and follows them in any control mode."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import SPEED, TURN
from failgym.agents.skills import SKILLS, Waypoint, free
from failgym.episodes import ActionLayout
from failgym.errors import ConfigurationError, PlanError, UnknownNameError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import rotation_between
from failgym.scene import Hand, Pose, Scene, toward

SETTLE_STEPS = 10
"""Control steps that the arm gets to catch up with its command."""


class WaypointExpert:
    """Executes any subtask of the native verbs from any state that it can reach; knows the scene exactly.

    It looks once, when a subtask begins: what moves afterwards it does not see until it tries again.
    """

    def __init__(self) -> None:
        """Nothing to set up."""
        self._waypoints: tuple[Waypoint, ...] = ()
        self._next = 0
        self._stage: Stage | None = None

    @property
    def stage(self) -> Stage | None:
        """Stage of the last action."""
        return self._stage

    def reset(self, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Look at the scene and plan.

        Raises:
            PlanError: the subtask names something that is not there or cannot be done that way.
            UnknownNameError: a verb that the expert does not know.
        """
        base: Any = env.unwrapped
        self._base = base
        self._scene: Scene = base.scene.of(subtask.arm)
        self._layout: ActionLayout = base.action_layout
        self._part = self._layout.part(subtask.arm)
        if subtask.verb not in SKILLS:
            raise UnknownNameError("skill for verb", subtask.verb, SKILLS)
        for name in (subtask.object, subtask.target):
            if name is not None and self._scene.facts().thing(name) is None:
                raise PlanError.unknown_object(name, self._scene.facts().names)
        self._subtask = subtask
        hand = self._scene.hand()
        self._waypoints = tuple(free(self._scene, hand, subtask))
        self._looked = False
        if not self._waypoints:
            self._look()
        self._next = 0
        self._told: Pose = self._scene.hand().target
        self._closure = self._layout.of(subtask.arm).closure(base.still())
        self._follower = _Follower(base, self._told) if subtask.arm == "both" else None
        self._waited = self._near = 0
        self._idle = _idle(base, subtask.arm)
        if self._layout.kind not in _ENTRIES:
            raise ConfigurationError(
                "control_mode", self._layout.kind, f"one that the expert drives: {', '.join(_ENTRIES)}"
            )

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the next action, or None at the end."""
        told = self._key() if self._layout.kind == "keypose" else self._follow()
        if told is None:
            return None
        action: NDArray[np.floating] = self._base.still()
        self._bring(action, self._part, self._scene, told)
        action[self._part.stop - 1] = self._closure
        if self._follower is not None:
            self._bring(action, self._follower.part, self._follower.scene, self._follower.beside(told))
            action[self._follower.part.stop - 1] = self._closure
        if self._idle is not None:
            self._idle = self._idle.leaving(at_once=self._layout.kind == "keypose")
            self._bring(action, self._idle.part, self._idle.scene, self._idle.told)
        # What fell off the table is out of reach: the hand goes as near as it may.
        return self._layout.clipped(action)

    def _bring(self, action: NDArray[np.floating], part: slice, scene: Scene, goal: Pose) -> None:
        """Command a hand to a pose; an arm that cannot reach it stays as it is."""
        entries = _ENTRIES[self._layout.kind](scene, goal)
        if entries is not None:
            action[part.start : part.stop - 1] = entries

    def _look(self) -> None:
        """Plan the subtask from what is there now: after the hand has let go and risen, not before."""
        self._waypoints += tuple(SKILLS[self._subtask.verb](self._scene, self._subtask))
        self._looked = True

    def _has_next(self) -> bool:
        if self._next == len(self._waypoints) and not self._looked:
            self._look()
        return self._next < len(self._waypoints)

    def _key(self) -> Pose | None:
        """Return the next key pose."""
        if not self._has_next():
            return None
        waypoint = self._waypoints[self._next]
        self._next += 1
        self._stage, self._closure = waypoint.stage, waypoint.closure
        return waypoint.pose

    def _follow(self) -> Pose | None:
        """Advance one control step along the key poses; return where the commanded hand should be."""
        while self._has_next():
            waypoint = self._waypoints[self._next]
            if self._moving(waypoint) or self._gripping(waypoint):
                self._stage = waypoint.stage
                return self._told
            self._next += 1
            self._waited = 0
        return None

    def _moving(self, waypoint: Waypoint) -> bool:
        if self._closure == waypoint.closure and self._waited > SETTLE_STEPS:
            return False
        if self._told is not waypoint.pose:
            self._told = toward(self._told, waypoint.pose, SPEED, TURN)
            self._near = 0
            return True
        self._near = self._near + 1 if _arrived(self._scene.hand(), waypoint.pose) else 0
        # Before the gripper acts the hand must have come to rest: it may be swinging through.
        if self._waited < SETTLE_STEPS and self._near < (1 if self._closure == waypoint.closure else 3):
            self._waited += 1
            return True
        return False

    def _gripping(self, waypoint: Waypoint) -> bool:
        if self._closure != waypoint.closure:
            self._closure = waypoint.closure
            self._waited = SETTLE_STEPS + 1
            return True
        if SETTLE_STEPS < self._waited < SETTLE_STEPS + self._base.dwell_steps:
            self._waited += 1
            return True
        return False


class _Follower:
    """The right hand of a pair that moves as one: it keeps its place beside the left one."""

    def __init__(self, base: Any, leader: Pose) -> None:
        self.scene: Scene = base.scene.of("right")
        self.part: slice = base.action_layout.part("right")
        self._told = self.scene.hand().target
        self._between = self._told.position - leader.position

    def beside(self, leader: Pose) -> Pose:
        return Pose(leader.position + self._between, self._told.quat_wxyz)


class _Idle(NamedTuple):
    """The other hand of a pair, on its way home."""

    scene: Scene
    part: slice
    home: Pose
    told: Pose

    def leaving(self, at_once: bool) -> "_Idle":
        return self._replace(told=self.home if at_once else toward(self.told, self.home, SPEED, TURN))


def _idle(base: Any, arm: str | None) -> _Idle | None:
    """The other hand of a pair if it is empty and beyond the middle of the table, where it would be in the way."""
    layout = base.action_layout
    if arm not in layout.arms:
        return None
    other = next(name for name in layout.arms if name != arm)
    scene: Any = base.scene.of(other)
    hand, home = scene.hand(), scene.home
    if hand.holding is not None or hand.pose.position[1] * home.position[1] > 0.0:
        return None
    return _Idle(scene, layout.part(other), home, hand.target)


def _absolute(scene: Scene, goal: Pose) -> NDArray[np.float64]:
    return np.concatenate(goal)


def _increment(scene: Scene, goal: Pose) -> NDArray[np.float64]:
    commanded = scene.hand().target
    turn = rotation_between(commanded.quat_wxyz, goal.quat_wxyz)
    return np.concatenate([goal.position - commanded.position, turn])


def _radians(scene: Scene, goal: Pose) -> NDArray[np.float64] | None:
    return scene.joints_to(goal)


_ENTRIES: dict[str, Callable[[Scene, Pose], NDArray[np.float64] | None]] = {
    "keypose": _absolute,
    "ee_delta": _increment,
    "joint_delta": _radians,
}
"""Control mode to the entries, but for the closure, that bring a hand to a pose."""


def _arrived(hand: Hand, pose: Pose) -> bool:
    if float(np.abs(hand.pose.position - pose.position).max()) >= 0.004:
        return False
    return float(np.abs(rotation_between(hand.pose.quat_wxyz, pose.quat_wxyz)).max()) < 0.04


__all__ = ["SKILLS", "Waypoint", "WaypointExpert"]
