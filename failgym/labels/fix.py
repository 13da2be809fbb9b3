"""What to do about it: the corrective directive."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.plain import check_fields, member, plain
from failgym.labels.stages import Stage
from failgym.labels.wording import HANDS, THEN, clauses

__all__ = ["Fix", "FixKind"]

Vector = tuple[float, float, float]


class FixKind(StrEnum):
    """What a fix changes."""

    GRIPPER = "gripper"
    TRANSLATION = "translation"
    ROTATION = "rotation"
    STROKE = "stroke"
    RETARGET = "retarget"
    REPLAN = "replan"
    HOLD = "hold"
    REWIND = "rewind"


@dataclass(frozen=True, slots=True)
class Fix:
    """Corrective directive: what to change so that the attempt succeeds.

    Vectors are in the robot base frame: +x forward, +y left, +z up. A fix may say more than its kind asks for: a
    translation with a closure reads "move the gripper 3.2 cm left, then close".

    Raises:
        ConfigurationError: If the field its kind needs is missing, or a value is out of range.

    Source: Dream2Fix, structured correction (``FIX_*`` fields), in metric units; ViFailback, low- and high-level
    guidance, with its symbols for halting (hold) and for returning to an earlier state (rewind).
    """

    kind: FixKind
    """What is changed."""
    stage: Stage | None = None
    """Stage in which to act."""
    subtask: int | None = None
    """Index of the subtask in the plan, from 0."""
    translation_m: Vector | None = None
    """Offset to add to the gripper position, metres."""
    rotation_rad: Vector | None = None
    """Rotation vector to apply to the gripper orientation, radians."""
    gripper_closure: float | None = None
    """Closure to command, 0 open .. 1 closed."""
    object: str | None = None
    """Name of the object to act on instead."""
    plan_text: str | None = None
    """The corrected plan, in the plan grammar."""
    stroke_m: float | None = None
    """How much further to move along the way of the motion, whatever that is, metres; negative to stop earlier."""
    stroke_rad: float | None = None
    """How much further to turn along the way of the motion, radians; negative to stop earlier."""
    arm: str | None = None
    """Arm that acts, `left`, `right` or `both`; None for a robot with one arm, or for whichever arm it is."""

    def __post_init__(self) -> None:
        """Check the fields and make them plain: JSON lists and arrays become tuples of floats."""
        for name, read in _READ.items():
            if (given := getattr(self, name)) is not None or name == "kind":
                _set(self, name, read(name, given))
        if self.arm is not None and self.kind is FixKind.REPLAN:
            raise ConfigurationError("arm", self.arm, "None, since the subtasks of a plan name their arms")
        needed = _NEEDS.get(self.kind, ())
        if needed and all(getattr(self, name) is None for name in needed):
            raise ConfigurationError(" and ".join(needed), None, f"a value, since this is a {self.kind} fix")

    @classmethod
    def gripper(
        cls, closure: float, *, stage: Stage | None = None, subtask: int | None = None, arm: str | None = None
    ) -> Fix:
        """Command another closure, 0 open .. 1 closed."""
        return cls(FixKind.GRIPPER, stage, subtask, gripper_closure=closure, arm=arm)

    @classmethod
    def translation(
        cls,
        metres: Iterable[float],
        *,
        closure: float | None = None,
        stage: Stage | None = None,
        subtask: int | None = None,
        arm: str | None = None,
    ) -> Fix:
        """Move the gripper by (x, y, z) metres, then command a closure if one is given."""
        vector = _vector("translation_m", metres)
        return cls(FixKind.TRANSLATION, stage, subtask, translation_m=vector, gripper_closure=closure, arm=arm)

    @classmethod
    def rotation(
        cls,
        radians: Iterable[float],
        *,
        closure: float | None = None,
        stage: Stage | None = None,
        subtask: int | None = None,
        arm: str | None = None,
    ) -> Fix:
        """Turn the gripper by a rotation vector in radians, then command a closure if one is given."""
        vector = _vector("rotation_rad", radians)
        return cls(FixKind.ROTATION, stage, subtask, rotation_rad=vector, gripper_closure=closure, arm=arm)

    @classmethod
    def stroke(
        cls,
        metres: float | None = None,
        radians: float | None = None,
        *,
        stage: Stage | None = None,
        subtask: int | None = None,
        arm: str | None = None,
    ) -> Fix:
        """Go further along the way of the motion by metres, radians or both; negative to stop earlier."""
        return cls(FixKind.STROKE, stage, subtask, stroke_m=metres, stroke_rad=radians, arm=arm)

    @classmethod
    def retarget(
        cls,
        object: str | None = None,
        *,
        stage: Stage | None = None,
        subtask: int | None = None,
        arm: str | None = None,
    ) -> Fix:
        """Look again, and act on this object; without a name, on the same one where it is now."""
        return cls(FixKind.RETARGET, stage, subtask, object=object, arm=arm)

    @classmethod
    def replan(cls, plan_text: str, *, stage: Stage | None = None, subtask: int | None = None) -> Fix:
        """Follow another plan, given in the plan grammar."""
        return cls(FixKind.REPLAN, stage, subtask, plan_text=plan_text)

    @classmethod
    def hold(cls, *, stage: Stage | None = None, subtask: int | None = None, arm: str | None = None) -> Fix:
        """Keep still until what disturbs is over."""
        return cls(FixKind.HOLD, stage, subtask, arm=arm)

    @classmethod
    def rewind(cls, *, stage: Stage | None = None, subtask: int | None = None, arm: str | None = None) -> Fix:
        """Go back to where the arm began, and begin again from there."""
        return cls(FixKind.REWIND, stage, subtask, arm=arm)

    @property
    def text(self) -> str:
        """One English sentence, without capital and full stop; `failgym.labels.sentences` reads it."""
        when = f"during the {self.stage.replace('_', '-')}, " if self.stage else ""
        return when + THEN.join(clauses(self))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON mapping; fields that say nothing are left out."""
        return {name: plain(value) for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fix:
        """Inverse of `to_json`.

        Raises:
            UnknownNameError: If a field does not exist.
            ConfigurationError: If a value cannot be.
        """
        check_fields(cls, data)
        return cls(**{"kind": None, **data})


# One of these fields at least must be given.
_NEEDS: dict[FixKind, tuple[str, ...]] = {
    FixKind.GRIPPER: ("gripper_closure",),
    FixKind.TRANSLATION: ("translation_m",),
    FixKind.ROTATION: ("rotation_rad",),
    FixKind.STROKE: ("stroke_m", "stroke_rad"),
    FixKind.REPLAN: ("plan_text",),
}


def _kind(name: str, given: Any) -> FixKind:
    return member(FixKind, name, given)


def _stage(name: str, given: Any) -> Stage:
    return member(Stage, name, given)


def _vector(name: str, given: Iterable[float]) -> Vector:
    numbers = tuple(float(number) for number in given)
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise ConfigurationError(name, given, "three finite numbers (x, y, z)")
    return numbers


def _number(name: str, given: float) -> float:
    if not math.isfinite(number := float(given)):
        raise ConfigurationError(name, given, "a finite number")
    return number


def _closure(name: str, given: float) -> float:
    if not 0.0 <= given <= 1.0:
        raise ConfigurationError(name, given, "0 (open) .. 1 (closed)")
    return float(given)


def _index(name: str, given: int) -> int:
    if given < 0:
        raise ConfigurationError(name, given, "an index from 0")
    return int(given)


def _arm(name: str, given: str) -> str:
    if given not in tuple(HANDS):
        raise ConfigurationError(name, given, "left, right, both, or None")
    return given


_READ: dict[str, Callable[[str, Any], Any]] = {
    "kind": _kind,
    "stage": _stage,
    "subtask": _index,
    "translation_m": _vector,
    "rotation_rad": _vector,
    "gripper_closure": _closure,
    "stroke_m": _number,
    "stroke_rad": _number,
    "arm": _arm,
}

_set = object.__setattr__
