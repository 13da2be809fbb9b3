"""What the entries of an action vector mean."""

import functools
from dataclasses import dataclass, replace
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from failgym.errors import ActionError, ConfigurationError
from failgym.rotations import multiply, quat_from_rotvec

Action = NDArray[np.floating]
TOLERANCE = 1e-4
"""Relative slack at the bounds: float32 actions at a bound are not out of range."""


@dataclass(frozen=True)
class ActionLayout:
    """Meaning of an action: which entries are position, rotation and gripper, and in which units.

    Positions are m and rotations rad in the robot base frame; rotation vectors of delta layouts multiply from the left.
    Closure is 0 open .. 1 closed.
    """

    kind: str
    """`ee_delta`, `joint_delta`, `keypose`, or a backend's own."""
    size: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    position: tuple[int, int] | None
    """First and one past the last index, or None."""
    rotation: tuple[int, int] | None
    rotation_kind: Literal["rotvec", "quat_wxyz"] | None
    gripper: int
    delta: bool
    """Position and rotation are increments of the commanded pose, not poses."""
    open_value: float = 0.0
    closed_value: float = 1.0
    arms: tuple[str, ...] = ()
    """Arms of a pair, each with an equal part of the vector; position, rotation and gripper are the first one's."""
    first: int = 0
    """First entry of this arm's part; the gripper is its last one."""

    def part(self, arm: str | None) -> slice:
        """Return the entries of one arm; of the first one, or the only one, for None and for `both`."""
        length = self.size // max(1, len(self.arms))
        start = length * self.arms.index(arm) if arm in self.arms else 0
        return slice(start, start + length)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - layouts are few and live as long as the process
    def of(self, arm: str | None) -> "ActionLayout":
        """Return the same layout, read as that arm's: its position, its rotation, its gripper."""
        start = self.part(arm).start
        if start == 0:
            return self

        def moved(entries: tuple[int, int] | None) -> tuple[int, int] | None:
            return None if entries is None else (entries[0] + start, entries[1] + start)

        return replace(
            self,
            position=moved(self.position),
            rotation=moved(self.rotation),
            gripper=self.gripper + start,
            arms=(),
            first=start,
        )

    @property
    def motion(self) -> slice:
        """The entries of this arm that move the hand: all but the gripper."""
        return slice(self.first, self.gripper)

    def closure(self, action: Action) -> float:
        """Commanded closure, 0 open .. 1 closed."""
        return (float(action[self.gripper]) - self.open_value) / (self.closed_value - self.open_value)

    def with_closure(self, action: Action, closure: float) -> Action:
        """Return a copy that commands `closure`."""
        changed = action.copy()
        changed[self.gripper] = self.open_value + closure * (self.closed_value - self.open_value)
        return changed

    def with_offset(self, action: Action, metres: NDArray[np.float64], previous: NDArray[np.float64]) -> Action:
        """Return a copy shifted by `metres`, (3,) in the base frame.

        A delta layout accumulates what it was told before, so it gets the difference to the offset of the `previous`
        step.
        """
        start, stop = self._range(self.position, "position")
        changed = action.copy()
        changed[start:stop] += metres - previous if self.delta else metres
        return changed

    def with_rotation(self, action: Action, rotvec: NDArray[np.float64], previous: NDArray[np.float64]) -> Action:
        """Return a copy turned by `rotvec`, (3,) rad in the base frame; `previous` as in `with_offset`."""
        start, stop = self._range(self.rotation, "rotation")
        changed = action.copy()
        if self.rotation_kind == "quat_wxyz":
            changed[start:stop] = multiply(quat_from_rotvec(rotvec), np.asarray(action[start:stop], dtype=np.float64))
        else:
            changed[start:stop] += rotvec - previous
        return changed

    def clipped(self, action: Action) -> Action:
        """Return the action inside its bounds."""
        return np.clip(action, self.low, self.high).astype(action.dtype)

    def checked(self, action: object) -> NDArray[np.float64]:
        """Return the action as float64, (size,).

        Raises:
            ActionError: wrong shape, NaN or infinite, or out of range by more than a relative 1e-4.
        """
        array = np.asarray(action, dtype=np.float64)
        if array.shape != (self.size,):
            raise ActionError("wrong shape", array.shape, f"({self.size},) for {self.kind}")
        for value, (low, high) in zip(array.tolist(), self._bounds, strict=True):
            if not low <= value <= high:
                self._refuse(array)
        return array

    def _refuse(self, array: NDArray[np.float64]) -> NoReturn:
        if not np.isfinite(array).all():
            raise ActionError("not finite", array.tolist(), f"finite numbers for {self.kind}")
        raise ActionError(
            "out of range", array.tolist(), f"low {list(self.low)}, high {list(self.high)} for {self.kind}"
        )

    @functools.cached_property
    def _bounds(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value of each entry, with the slack."""
        slack = [TOLERANCE * max(high - low, 1e-3) for low, high in zip(self.low, self.high, strict=True)]
        return tuple((low - s, high + s) for low, high, s in zip(self.low, self.high, slack, strict=True))

    def _range(self, entries: tuple[int, int] | None, what: str) -> tuple[int, int]:
        if entries is None:
            raise ConfigurationError(
                "control_mode", self.kind, f"a control mode whose actions have a Cartesian {what}: ee_delta, keypose"
            )
        return entries


EE_DELTA = ActionLayout(
    "ee_delta",
    7,
    (-0.05,) * 3 + (-0.3,) * 3 + (0.0,),
    (0.05,) * 3 + (0.3,) * 3 + (1.0,),
    (0, 3),
    (3, 6),
    "rotvec",
    6,
    delta=True,
)
KEYPOSE = ActionLayout(
    "keypose",
    8,
    (-0.9, -0.9, -0.1, -1, -1, -1, -1, 0),
    (0.9, 0.9, 1.2, 1, 1, 1, 1, 1),
    (0, 3),
    (3, 7),
    "quat_wxyz",
    7,
    delta=False,
)


def joint_delta(joints: int) -> ActionLayout:
    """Layout of `joint_delta` control for an arm of that many joints: rad per step, at most 0.2, and the closure."""
    return ActionLayout(
        "joint_delta",
        joints + 1,
        (-0.2,) * joints + (0.0,),
        (0.2,) * joints + (1.0,),
        None,
        None,
        None,
        joints,
        delta=True,
    )


def pair_of(layout: ActionLayout, arms: tuple[str, ...]) -> ActionLayout:
    """Return the layout of several arms: their actions one after the other."""
    count = len(arms)
    return replace(layout, size=layout.size * count, low=layout.low * count, high=layout.high * count, arms=arms)
