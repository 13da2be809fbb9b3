"""A policy that goes further along its own way than it would, or less far."""

import math
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from failgym.agents.policy import SPEED, TURN, Policy
from failgym.episodes import ActionLayout
from failgym.errors import ConfigurationError
from failgym.labels import Fix, Stage
from failgym.plans import Subtask
from failgym.rotations import rotation_between

Motion = NDArray[np.float64]
STILL = 1e-6
"""Motion, m or rad, that has no direction."""
_NONE = np.zeros(3)


class Further:
    """Executes a stroke fix: when its stage (transport, if it names none) is over, the hand goes on as it has moved.

    What follows in the same subtask is shifted with it. A negative stroke takes the hand back.

    Source: ViFailback, low-level guidance with a magnitude; `FIX_M_ALONG` and `FIX_DEG_ALONG` of FailGym's labels.
    """

    def __init__(self, policy: Policy, fix: Fix, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Go on with a policy in the middle of a subtask, or at its beginning.

        Raises:
            ConfigurationError: actions of this environment have no position or rotation.
        """
        base: Any = env.unwrapped
        self._policy, self._fix, self._base = policy, fix, base
        self._layout: ActionLayout = base.action_layout.of(fix.arm or subtask.arm)
        if self._layout.position is None or self._layout.rotation is None:
            raise ConfigurationError("control_mode", self._layout.kind, "for a stroke fix, ee_delta or keypose")
        self._position, self._rotation = slice(*self._layout.position), slice(*self._layout.rotation)
        self._stage: Stage | None = policy.stage
        self._next: NDArray[np.floating] | None = None
        self._ahead: list[tuple[Motion, Motion]] = []
        self._shifted: tuple[Motion, Motion] = (_NONE, _NONE)
        self._travel, self._turn = np.zeros(3), np.zeros(3)
        self._moved = self._over = False

    @property
    def stage(self) -> Stage | None:
        """Stage of the last action."""
        return self._stage

    def reset(self, env: gym.Env[Any, Any], subtask: Subtask) -> None:
        """Begin another subtask, which the fix does not concern."""
        self._policy.reset(env, subtask)
        self._over, self._shifted = True, (_NONE, _NONE)

    def act(self, observation: Any) -> NDArray[np.floating] | None:
        """Return the policy's action, one of the way beyond it, or None at the end."""
        if not self._ahead:
            self._next = self._policy.act(observation)
            stage = self._policy.stage
            concerned = self._next is not None and stage is (self._fix.stage or Stage.TRANSPORT)
            if not self._over and self._moved and not concerned:
                self._over, self._ahead = True, self._way()
            if not self._ahead:
                self._stage = stage
                return self._told(self._next, concerned)
        motion = self._ahead.pop()
        action: NDArray[np.floating] = self._base.still()
        return self._shift(action, motion)

    def _told(self, action: NDArray[np.floating] | None, concerned: bool) -> NDArray[np.floating] | None:
        """Note how far an action of the stage goes; shift one that comes after it."""
        if action is None:
            return None
        if concerned and not self._over:
            self._moved = True
            if self._layout.delta:
                self._travel = self._travel + action[self._position]
                self._turn = self._turn + action[self._rotation]
            else:
                here = self._base.still()
                self._travel = self._travel + action[self._position] - here[self._position]
                turn = rotation_between(*(each[self._rotation].astype(np.float64) for each in (here, action)))
                self._turn = self._turn + turn
        elif self._over and not self._layout.delta:
            return self._shift(action, self._shifted)
        return action

    def _way(self) -> list[tuple[Motion, Motion]]:
        """The rest of the way, last action first: increments for increments, shifts from here for poses."""
        metres = _along(self._travel, self._fix.stroke_m)
        radians = _along(self._turn, self._fix.stroke_rad)
        self._shifted = metres, radians
        if not self._layout.delta:
            return [(metres, radians)]
        steps = max(1, math.ceil(max(math.hypot(*metres) / SPEED, math.hypot(*radians) / TURN)))
        return [(metres / steps, radians / steps)] * steps

    def _shift(self, action: NDArray[np.floating], by: tuple[Motion, Motion]) -> NDArray[np.floating]:
        action = self._layout.with_offset(action, by[0], _NONE)
        return self._layout.with_rotation(action, by[1], _NONE)


def _along(way: Motion, length: float | None) -> Motion:
    size = math.hypot(*way.tolist())
    if length is None or size < STILL:
        return _NONE
    return np.asarray(way * (length / size))
