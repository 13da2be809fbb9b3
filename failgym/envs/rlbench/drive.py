"""From commands to joints: control steps in every mode, and key poses by the path planner."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import SPEED, TURN
from failgym.envs.base import MAX_MOTION_STEPS, SETTLE_STEPS, apart
from failgym.envs.rlbench.errors import UnreachableError
from failgym.envs.rlbench.protocol import Path
from failgym.rotations import multiply, normalised, quat_from_rotvec
from failgym.scene import Pose, toward

Array = NDArray[np.float64]
SAME_PLACE, SAME_TURN = 0.002, 0.02
"""Distance, m, and angle, rad, below which the hand counts as being there already."""


@dataclass(frozen=True)
class Route:
    """How the environment is to go to a key pose: as the demonstration goes to that waypoint."""

    index: int
    pose: Pose


class Drive:
    """Moves the hand of one environment.

    Args:
        env: The environment, whose clock, scene and simulator it uses.
        collisions: Let the planner of key poses avoid things.
    """

    def __init__(self, env: Any, collisions: bool) -> None:
        """Nothing is under way."""
        self._env, self._collisions = env, collisions
        self.begin()

    def begin(self) -> None:
        """Forget what was under way."""
        self.route: Route | None = None
        self._planned: tuple[Array, Array] | None = None

    def execute(self, command: Array) -> None:
        """Run one control step of a command in the environment's layout, injections included."""
        env, kind = self._env, self._env.action_layout.kind
        now, joints = env.scene.now, None
        if kind == "joint_delta":
            limits = env.session.launched.joint_limits
            joints = np.clip(now.joints + command[:-1], limits[:, 0], limits[:, 1])
        elif self._planned is not None and command is self._planned[0]:
            joints, now.target = self._planned[1], Pose(command[:3].copy(), command[3:7].copy())
        else:
            joints = self._reach(command)
        if joints is not None:
            now.joints = np.array(joints)
        now.closure = float(command[-1])
        now.state = env.simulator.step(joints, now.closure)
        if kind == "joint_delta":
            now.target = now.state.hand

    def keypose(self, action: Array) -> None:
        """Bring the hand to a key pose, then let the gripper act."""
        env = self._env
        goal, closure = Pose(action[:3].copy(), normalised(action[3:7])), float(action[7])
        route, self.route, began = self.route, None, env.ticks
        if route is not None and apart(route.pose.position, goal.position) > 1e-6:
            route = None
        if route is None and _same(env.told, goal):
            env.tell(goal)
        elif _same(env.told, env.scene.now.target):
            self._follow(goal, route)
        else:
            # An injection leads the hand elsewhere: the way starts where the policy believes that it is.
            self._stream(goal)
        if env.unreachable:
            env.idle(1)
            return
        self._settle()
        if route is not None:
            env.simulator.leave(route.index)
        if closure != env.commanded_closure:
            env.dwell(closure)
        elif env.ticks == began:
            # Time goes on, also for a hand that is where it should be.
            env.idle(1)

    def _reach(self, command: Array) -> Array | None:
        """Return joints for a commanded hand; None keeps it where it is, since it is there or cannot get there."""
        env = self._env
        target = env.scene.now.target
        if env.action_layout.delta:
            turned = multiply(quat_from_rotvec(command[3:6]), target.quat_wxyz)
            goal, still = Pose(target.position + command[:3], normalised(turned)), not command[:6].any()
        else:
            goal = Pose(command[:3].copy(), normalised(command[3:7]))
            still = np.array_equal(np.concatenate(goal), np.concatenate(target))
        if still:
            return None
        joints: Array | None = env.simulator.inverse(goal)
        if joints is None:
            env.unreachable = True
        else:
            env.scene.now.target = goal
        return joints

    def _follow(self, goal: Pose, route: Route | None) -> None:
        """Go along a planned path, one entry a control step; where something is injected, by inverse kinematics."""
        env = self._env
        try:
            if route is not None:
                path: Path = env.simulator.approach(route.index)
            else:
                path = env.simulator.plan(goal, not self._collisions, False)
        except UnreachableError:
            env.unreachable = True
            return
        poses = [Pose(row[:3].copy(), row[3:].copy()) for row in path.hands[:-1]] + [goal]
        for joints, pose in zip(path.joints, poses, strict=True):
            env.tell(pose)
            told = env.still()
            self._planned = (told, joints)
            env.tick(told)
        self._planned = None
        # What could not be reached on a way that was led astray is no fault of the policy's.
        env.unreachable = False

    def _stream(self, goal: Pose) -> None:
        env = self._env
        for _ in range(MAX_MOTION_STEPS):
            if env.told is goal:
                break
            env.tell(toward(env.told, goal, SPEED, TURN))
            env.idle(1)
        env.unreachable = False

    def _settle(self) -> None:
        for _ in range(SETTLE_STEPS):
            if self._env.settled():
                break
            self._env.idle(1)


def _same(one: Pose, other: Pose) -> bool:
    turn = 2.0 * np.arccos(min(1.0, abs(float(one.quat_wxyz @ other.quat_wxyz))))
    return apart(one.position, other.position) < SAME_PLACE and bool(turn < SAME_TURN)
