"""What to do about it: the corrective directive."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.plain import check_fields, member, plain
from failgym.labels.stages import Stage

__all__ = ["Fix", "FixKind"]

Vector = tuple[float, float, float]


class FixKind(StrEnum):
    """What a fix changes."""

    GRIPPER = "gripper"
    TRANSLATION = "translation"
    ROTATION = "rotation"
    RETARGET = "retarget"
    REPLAN = "replan"


@dataclass(frozen=True, slots=True)
class Fix:
    """Corrective directive: what to change so that the attempt succeeds.

    Vectors are in the robot base frame: +x forward, +y left, +z up. A fix may say more than its kind asks for: a
    translation with a closure reads "move the gripper 3.2 cm left, then close".

    Raises:
        ConfigurationError: If the field its kind needs is missing, or a value is out of range.

    Source: Dream2Fix, structured correction (``FIX_*`` fields), in metric units; ViFailback, low- and high-level
    guidance.
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

    def __post_init__(self) -> None:
        """Check the fields and make them plain: JSON lists and arrays become tuples of floats."""
        _set(self, "kind", member(FixKind, "kind", self.kind))
        if self.stage is not None:
            _set(self, "stage", member(Stage, "stage", self.stage))
        for name in ("translation_m", "rotation_rad"):
            if (given := getattr(self, name)) is not None:
                _set(self, name, _vector(name, given))
        if self.gripper_closure is not None:
            if not 0.0 <= self.gripper_closure <= 1.0:
                raise ConfigurationError("gripper_closure", self.gripper_closure, "0 (open) .. 1 (closed)")
            _set(self, "gripper_closure", float(self.gripper_closure))
        if self.subtask is not None:
            if self.subtask < 0:
                raise ConfigurationError("subtask", self.subtask, "an index from 0")
            _set(self, "subtask", int(self.subtask))
        if (needed := _NEEDS.get(self.kind)) and getattr(self, needed) is None:
            raise ConfigurationError(needed, None, f"a value, since this is a {self.kind} fix")

    @classmethod
    def gripper(cls, closure: float, *, stage: Stage | None = None, subtask: int | None = None) -> Fix:
        """Command another closure, 0 open .. 1 closed."""
        return cls(FixKind.GRIPPER, stage, subtask, gripper_closure=closure)

    @classmethod
    def translation(
        cls,
        metres: Iterable[float],
        *,
        closure: float | None = None,
        stage: Stage | None = None,
        subtask: int | None = None,
    ) -> Fix:
        """Move the gripper by (x, y, z) metres, then command a closure if one is given."""
        vector = _vector("translation_m", metres)
        return cls(FixKind.TRANSLATION, stage, subtask, translation_m=vector, gripper_closure=closure)

    @classmethod
    def rotation(
        cls,
        radians: Iterable[float],
        *,
        closure: float | None = None,
        stage: Stage | None = None,
        subtask: int | None = None,
    ) -> Fix:
        """Turn the gripper by a rotation vector in radians, then command a closure if one is given."""
        vector = _vector("rotation_rad", radians)
        return cls(FixKind.ROTATION, stage, subtask, rotation_rad=vector, gripper_closure=closure)

    @classmethod
    def retarget(cls, object: str | None = None, *, stage: Stage | None = None, subtask: int | None = None) -> Fix:
        """Look again, and act on this object; without a name, on the same one where it is now."""
        return cls(FixKind.RETARGET, stage, subtask, object=object)

    @classmethod
    def replan(cls, plan_text: str, *, stage: Stage | None = None, subtask: int | None = None) -> Fix:
        """Follow another plan, given in the plan grammar."""
        return cls(FixKind.REPLAN, stage, subtask, plan_text=plan_text)

    @property
    def text(self) -> str:
        """One English sentence, without capital and full stop."""
        clauses = [clause for clause in (self._target(), self._move(), self._turn()) if clause]
        if self.gripper_closure is not None:
            clauses.append(_grip(self.gripper_closure, "" if clauses else " the gripper"))
        if self.plan_text is not None:
            clauses.append("follow this plan: " + "; ".join(self.plan_text.split("\n")))
        when = f"during the {self.stage.replace('_', '-')}, " if self.stage else ""
        return when + ", then ".join(clauses)

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

    def _target(self) -> str:
        if self.kind is not FixKind.RETARGET:
            return ""
        return "look again and act on " + (f"the {self.object}" if self.object else "the object where it is now")

    def _move(self) -> str:
        if self.translation_m is None:
            return ""
        centimetres = [100 * metres for metres in self.translation_m]
        return _along("move the gripper", centimetres, "cm", _MOVES, still="keep the gripper where it is")

    def _turn(self) -> str:
        if self.rotation_rad is None:
            return ""
        degrees = [math.degrees(radians) for radians in self.rotation_rad]
        return _along("turn the gripper", degrees, "degrees", _TURNS, still="keep the gripper as it is turned")


_NEEDS = {
    FixKind.GRIPPER: "gripper_closure",
    FixKind.TRANSLATION: "translation_m",
    FixKind.ROTATION: "rotation_rad",
    FixKind.REPLAN: "plan_text",
}

# Words for the positive and the negative direction of x (forward), y (left), z (up).
_MOVES = (("forward", "back"), ("left", "right"), ("up", "down"))
_TURNS = (("right (roll)", "left (roll)"), ("down (pitch)", "up (pitch)"), ("left (yaw)", "right (yaw)"))


def _along(verb: str, amounts: list[float], unit: str, words: tuple[tuple[str, str], ...], still: str) -> str:
    """Say each amount that does not print as 0.0 with the word of its direction, the largest first."""
    directed = [(abs(amount), word[amount < 0]) for amount, word in zip(amounts, words, strict=True)]
    directed.sort(key=lambda each: -each[0])
    said = [f"{size:.1f} {unit} {word}" for size, word in directed if f"{size:.1f}" != "0.0"]
    return f"{verb} {' and '.join(said)}" if said else still


def _grip(closure: float, hand: str) -> str:
    percent = round(100 * closure)
    return {0: f"open{hand}", 100: f"close{hand}"}.get(percent, f"close{hand} to {percent} %")


def _vector(name: str, given: Iterable[float]) -> Vector:
    numbers = tuple(float(number) for number in given)
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise ConfigurationError(name, given, "three finite numbers (x, y, z)")
    return numbers


_set = object.__setattr__
