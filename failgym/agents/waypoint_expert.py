"""An expert that looks at the scene, plans key poses for one subtask, and follows them in any control mode."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import DWELL_STEPS, SPEED, TURN
from failgym.episodes import ActionLayout
from failgym.errors import ConfigurationError, PlanError, UnknownNameError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import DOWN, multiply, quat_about_z, rotate, rotation_between, yaw
from failgym.scene import Hand, Pose, Scene, toward

HOVER = 0.13
"""Height above a grasp from which the hand descends, m."""
CARRY = 0.16
"""Height above the table at which things are carried, m."""
CLEAR = 0.06
"""Room above the goal when a thing comes down on it, m."""
PRESHAPE = 0.3
"""Closure with which the hand straddles a handle."""
SETTLE_STEPS = 10
"""Control steps that the arm gets to catch up with its command."""
UP = np.array([0.0, 0.0, 1.0])
ANY_TURN = tuple(np.radians((45.0, -45.0, 90.0, -90.0)))
"""Turns of the hand that may serve where the heading of a placed thing does not matter, rad."""


class Waypoint(NamedTuple):
    """A key pose: first the hand goes there, then the gripper acts."""

    pose: Pose
    closure: float
    stage: Stage


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
        self._scene: Scene = base.scene
        self._layout: ActionLayout = base.action_layout
        if subtask.verb not in SKILLS:
            raise UnknownNameError("skill for verb", subtask.verb, SKILLS)
        for name in (subtask.object, subtask.target):
            if name is not None and self._scene.facts().thing(name) is None:
                raise PlanError.unknown_object(name, self._scene.facts().names)
        self._subtask = subtask
        hand = self._scene.hand()
        self._waypoints = tuple(_free(self._scene, hand, subtask))
        self._looked = False
        if not self._waypoints:
            self._look()
        self._next = 0
        self._told: Pose = self._scene.hand().target
        self._closure = base.commanded_closure
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
        # What fell off the table is out of reach: the hand goes as near as it may.
        return self._layout.clipped(np.concatenate([*waypoint.pose, [waypoint.closure]]))

    def _ee_delta(self) -> NDArray[np.floating] | None:
        goal = self._follow()
        if goal is None:
            return None
        commanded = self._scene.hand().target
        turn = rotation_between(commanded.quat_wxyz, goal.quat_wxyz)
        action = np.concatenate([goal.position - commanded.position, turn, [self._closure]])
        return self._layout.clipped(action)

    def _joint_delta(self) -> NDArray[np.floating] | None:
        goal = self._follow()
        if goal is None:
            return None
        radians = self._scene.joints_to(goal)
        if radians is None:
            radians = np.zeros(self._layout.size - 1)
        return self._layout.clipped(np.append(radians, self._closure))

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


def _arrived(hand: Hand, pose: Pose) -> bool:
    return float(np.abs(hand.pose.position - pose.position).max()) < 0.004


# -- skills: one generator per verb -----------------------------------------------------------------------------------


def _raised(pose: Pose, metres: float) -> Pose:
    return Pose(pose.position + metres * UP, pose.quat_wxyz)


def _at_height(pose: Pose, height: float) -> Pose:
    return Pose(np.array([pose.position[0], pose.position[1], max(height, pose.position[2])]), pose.quat_wxyz)


def _free(scene: Scene, hand: Hand, subtask: Subtask) -> Iterator[Waypoint]:
    """Bring the hand into a state from which the subtask can begin: holding nothing else, clear of all things."""
    if subtask.verb in ("lift", "place") or hand.holding == subtask.object:
        return
    if hand.holding is not None and scene.facts().thing("table"):
        spot = scene.place(hand.holding, "on", "table").position
        upright = _upright(hand.target)
        goal = Pose(spot + hand.pose.position - scene.pose(hand.holding).position + 0.004 * UP, upright.quat_wxyz)
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


def _upright(pose: Pose) -> Pose:
    """The same place and heading, pointing straight down."""
    heading = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
    return Pose(pose.position, multiply(quat_about_z(math.atan2(heading[1], heading[0])), DOWN))


def _grasp(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    thing = scene.facts().thing(subtask.object)
    if thing is None or not thing.graspable:
        raise PlanError(f"cannot grasp the {subtask.object}: it is not graspable")
    hand = scene.hand()
    if hand.holding == subtask.object:
        return
    grasp = _nearest(scene, scene.grasps(subtask.object))
    yield Waypoint(_raised(grasp, HOVER), 0.0, Stage.APPROACH)
    yield Waypoint(grasp, 0.0, Stage.PRE_GRASP)
    yield Waypoint(grasp, 1.0, Stage.GRASP)


def _lift(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    here = _upright(scene.hand().target)
    yield Waypoint(_at_height(here, CARRY + 0.02), 1.0, Stage.LIFT)


def _place(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    relation, target = subtask.relation or "on", subtask.target or ""
    thing = scene.facts().thing(target)
    if thing is None or relation not in thing.receives:
        raise PlanError(
            f"cannot place anything {relation} the {target}: "
            f"it offers {', '.join(thing.receives) if thing else 'nothing'}"
        )
    hand = scene.hand()
    held = hand.holding == subtask.object
    goal = scene.place(subtask.object, relation, target)
    now = scene.pose(subtask.object)
    square = held and relation == "on" and thing.graspable
    turns = _square_turns(yaw(goal.quat_wxyz) - yaw(now.quat_wxyz)) if square else (0.0, *ANY_TURN)

    def hand_over_goal(turn: float) -> Pose:
        # The thing hangs in the hand as it was grasped: the hand goes where that brings the thing to its goal.
        in_hand = rotate(quat_about_z(turn), hand.target.position - now.position) if held else np.zeros(3)
        return Pose(goal.position + in_hand + 0.002 * UP, multiply(quat_about_z(turn), hand.target.quat_wxyz))

    there = _nearest(scene, [hand_over_goal(turn) for turn in turns])
    height = max(CARRY, float(there.position[2]) + CLEAR)
    yield Waypoint(_at_height(hand.target, height), 1.0, Stage.LIFT)
    yield Waypoint(_at_height(there, height), 1.0, Stage.TRANSPORT)
    yield Waypoint(there, 1.0, Stage.PLACE)
    yield Waypoint(there, 0.0, Stage.RELEASE)
    yield Waypoint(_raised(there, HOVER), 0.0, Stage.RETREAT)


def _open(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    opening = _opening(scene, subtask)
    handle = _nearest(scene, scene.grasps(subtask.object, opening))
    yield Waypoint(_raised(handle, HOVER), PRESHAPE, Stage.APPROACH)
    yield Waypoint(handle, PRESHAPE, Stage.PRE_GRASP)
    yield Waypoint(handle, 1.0, Stage.GRASP)
    for share in np.linspace(opening, 1.0, 3)[1:]:
        end = Pose(scene.grasps(subtask.object, float(share))[0].position, handle.quat_wxyz)
        yield Waypoint(end, 1.0, Stage.TRANSPORT)
    yield Waypoint(end, PRESHAPE, Stage.RELEASE)
    yield Waypoint(_raised(end, HOVER), PRESHAPE, Stage.RETREAT)


def _close(scene: Scene, subtask: Subtask) -> Iterator[Waypoint]:
    opening = _opening(scene, subtask)
    handle = _nearest(scene, scene.grasps(subtask.object, opening))
    yield Waypoint(_raised(handle, HOVER), PRESHAPE, Stage.APPROACH)
    yield Waypoint(handle, PRESHAPE, Stage.PRE_GRASP)
    yield Waypoint(handle, 1.0, Stage.GRASP)
    shut = Pose(scene.grasps(subtask.object, 0.0)[0].position, handle.quat_wxyz)
    yield Waypoint(shut, 1.0, Stage.TRANSPORT)
    yield Waypoint(shut, PRESHAPE, Stage.RELEASE)
    yield Waypoint(_raised(shut, HOVER), PRESHAPE, Stage.RETREAT)


def _opening(scene: Scene, subtask: Subtask) -> float:
    thing = scene.facts().thing(subtask.object)
    if thing is None or not thing.opens:
        raise PlanError(f"cannot {subtask.verb} the {subtask.object}: it does not open")
    return scene.opening(subtask.object)


def _nearest(scene: Scene, poses: Sequence[Pose]) -> Pose:
    """The pose that turns the hand least, among those that the arm reaches on a straight way from where it is."""
    here = scene.hand().target
    near = sorted(poses, key=lambda pose: math.hypot(*rotation_between(here.quat_wxyz, pose.quat_wxyz)))
    return next((pose for pose in near if scene.joints_to(_raised(pose, HOVER)) is not None), near[0])


def _square_turns(angle: float) -> tuple[float, ...]:
    """The turns that bring square faces into line, rad."""
    smallest = float((angle + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    return tuple(smallest + quarter * np.pi / 2 for quarter in (-1, 0, 1))


SKILLS: dict[str, Callable[[Scene, Subtask], Iterator[Waypoint]]] = {
    "grasp": _grasp,
    "lift": _lift,
    "place": _place,
    "open": _open,
    "close": _close,
}
"""How the expert does each verb."""

__all__ = ["SKILLS", "Waypoint", "WaypointExpert"]
