"""An expert that looks at the scene, plans key poses for one subtask, and follows them in any control mode."""

from collections.abc import Callable
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import DWELL_STEPS, SPEED, TURN
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
        self._waited = 0
        if self._layout.kind not in self._modes:
            raise ConfigurationError(
                "control_mode", self._layout.kind, f"one that the expert drives: {', '.join(self._modes)}"
            )

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the next action, or None at the end."""
        return self._modes[self._layout.kind](self)

    def _look(self) -> None:
        """Plan the subtask from what is there now: after the hand has let go and risen, not before."""
        self._waypoints += tuple(SKILLS[self._subtask.verb](self._scene, self._subtask))
        self._looked = True

    def _has_next(self) -> bool:
        if self._next == len(self._waypoints) and not self._looked:
            self._look()
        return self._next < len(self._waypoints)

    # -- one method per control mode ----------------------------------------------------------------------------------

    def _keypose(self) -> NDArray[np.floating] | None:
        if not self._has_next():
            return None
        waypoint = self._waypoints[self._next]
        self._next += 1
        self._stage = waypoint.stage
        action = self._base.still()
        action[self._part] = np.concatenate([*waypoint.pose, [waypoint.closure]])
        if self._follower is not None:
            action[self._follower.part] = np.concatenate([*self._follower.beside(waypoint.pose), [waypoint.closure]])
        # What fell off the table is out of reach: the hand goes as near as it may.
        return self._layout.clipped(action)

    def _ee_delta(self) -> NDArray[np.floating] | None:
        goal = self._follow()
        if goal is None:
            return None
        action = self._base.still()
        action[self._part] = _increment(self._scene, goal, self._closure)
        if self._follower is not None:
            beside = self._follower.beside(goal)
            action[self._follower.part] = _increment(self._follower.scene, beside, self._closure)
        return self._layout.clipped(action)

    def _joint_delta(self) -> NDArray[np.floating] | None:
        goal = self._follow()
        if goal is None:
            return None
        action = self._base.still()
        action[self._part] = self._radians(self._scene, goal)
        if self._follower is not None:
            action[self._follower.part] = self._radians(self._follower.scene, self._follower.beside(goal))
        return self._layout.clipped(action)

    def _radians(self, scene: Scene, goal: Pose) -> NDArray[np.floating]:
        radians = scene.joints_to(goal)
        if radians is None:
            radians = np.zeros(self._part.stop - self._part.start - 1)
        return np.append(radians, self._closure)

    _modes: ClassVar[dict[str, Callable[[Any], NDArray[np.floating] | None]]] = {
        "keypose": _keypose,
        "ee_delta": _ee_delta,
        "joint_delta": _joint_delta,
    }

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
            return True
        if self._waited < SETTLE_STEPS and not _arrived(self._scene.hand(), waypoint.pose):
            self._waited += 1
            return True
        return False

    def _gripping(self, waypoint: Waypoint) -> bool:
        if self._closure != waypoint.closure:
            self._closure = waypoint.closure
            self._waited = SETTLE_STEPS + 1
            return True
        if SETTLE_STEPS < self._waited < SETTLE_STEPS + DWELL_STEPS:
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


def _increment(scene: Scene, goal: Pose, closure: float) -> NDArray[np.float64]:
    commanded = scene.hand().target
    turn = rotation_between(commanded.quat_wxyz, goal.quat_wxyz)
    return np.concatenate([goal.position - commanded.position, turn, [closure]])


def _arrived(hand: Hand, pose: Pose) -> bool:
    return float(np.abs(hand.pose.position - pose.position).max()) < 0.004


__all__ = ["SKILLS", "Waypoint", "WaypointExpert"]
