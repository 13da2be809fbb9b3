"""What a label says, and how it is written and read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.dream2fix.grammar import check, known, pairs
from failgym.labels.dream2fix.keys import DEGREE_KEYS, KEYS, METRE_KEYS, STEP_KEYS
from failgym.labels.fix import Fix, FixKind
from failgym.labels.plain import member
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode

__all__ = ["STEP_M", "Dream2FixLabel", "label_of"]

STEP_M = 0.02
"""Metres of one step of FIX_N_X and FIX_N_Y.

The paper calls the counts bins of the offset and does not say how wide they are. All released counts are 1 to 3; with 2
cm they cover the 3.5 to 6 cm by which `translation` is off, and they are small against the opening of a gripper.
"""

Values = dict[str, Any]
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Dream2FixLabel:
    """What a label says of an episode: its result, what failed, and what to do about it.

    Raises:
        ConfigurationError: If a value cannot be.

    Source: Dream2Fix, section III-B.3 and Table I; the labels released on its project page.
    """

    success: bool
    mode: FailureMode | None = None
    """What failed; None for a success, or where a text does not say it."""
    fix: Fix | None = None
    """What to do about it."""
    keyframe: int | None = None
    """Frame of the clip at which the gripper should have closed, from 0."""
    summary: str = ""
    """One line in words; empty where it only says what the other fields say."""

    def __post_init__(self) -> None:
        """Check the fields and make the mode a member of its vocabulary."""
        if self.mode is not None:
            object.__setattr__(self, "mode", member(FailureMode, "mode", self.mode))
        if self.success and (self.mode, self.fix, self.keyframe) != (None, None, None):
            raise ConfigurationError("success", True, "False, since a mode, a fix or a keyframe is given")
        if self.keyframe is not None and self.keyframe < 0:
            raise ConfigurationError("keyframe", self.keyframe, "a frame from 0")
        if self.summary != self.summary.strip() or re.search(r"[\r\n]", self.summary):
            raise ConfigurationError("summary", self.summary, "one line without spaces around it")

    def text(self, grammar: str = "failgym", *, step_m: float = STEP_M) -> str:
        """Write the label: a line of keys and values, and a line of words.

        `paper` writes what was released and nothing else: whole steps in x and y, or open or close at a frame. It has
        no place for the index of the subtask, which is left out. `failgym` says all of a fix: distances to 0.1 mm,
        angles to 0.1 degrees, closures to 1 %.

        Args:
            grammar: One of `GRAMMARS`.
            step_m: Metres of one step, for `paper`.

        Raises:
            ConfigurationError: If the grammar cannot say it.
            UnknownNameError: If the grammar does not exist.
        """
        values = _paper_values(self, step_m) if known(grammar) == "paper" else _values(self)
        raws = {name: key.raw(values[name]) for name, key in KEYS.items() if name in values}
        line = "; ".join(f"{name}={raw}" for name, raw in raws.items())
        # Said of the values as they were rounded, so that reading the line gives the same words.
        rounded = label_of({name: KEYS[name].value(raw) for name, raw in raws.items()}, step_m)
        return f"{line};\nSUMMARY: {self.summary or _summary(rounded, grammar, step_m)}"

    @classmethod
    def parse(cls, text: str, grammar: str = "failgym", *, step_m: float = STEP_M) -> Dream2FixLabel:
        """Inverse of `text`; reads what `text` writes, and for `failgym` whatever `paper` is.

        Raises:
            ConfigurationError: If the text is not in the grammar; it names what was given and what is possible.
            UnknownNameError: If the grammar or a key does not exist.
        """
        known(grammar)
        found = re.fullmatch(r"([^\r\n]*);\nSUMMARY: ([^\r\n]*\S)\n?", text)
        if found is None:
            raise ConfigurationError("label", text, "a line 'RESULT=...; KEY=VALUE;' and a line 'SUMMARY: ...'")
        values = {name: KEYS[name].value(raw) for name, raw in pairs(found[1])}
        check(values, grammar)
        label = label_of(values, step_m)
        if found[2] == _summary(label, grammar, step_m):
            return label
        return cls(label.success, label.mode, label.fix, label.keyframe, found[2])


def label_of(values: Mapping[str, Any], step_m: float) -> Dream2FixLabel:
    """Return the label that the values of the keys make."""
    if values["RESULT"]:
        return Dream2FixLabel(success=True)
    kind, mode, fix = values.get("TYPE"), values.get("MODE"), None
    if mode is None and kind is FixKind.TRANSLATION:
        mode = FailureMode.TRANSLATION
    if kind is not None:
        degrees = values.get("FIX_DEG_ALONG")
        fix = Fix(
            kind,
            values.get("STAGE"),
            values.get("SUBTASK"),
            _translation(values, step_m),
            _rotation(values),
            values.get("FIX_G"),
            values.get("FIX_OBJ"),
            values.get("FIX_PLAN"),
            values.get("FIX_M_ALONG"),
            None if degrees is None else math.radians(degrees),
            values.get("ARM"),
        )
    return Dream2FixLabel(False, mode, fix, values.get("KF_GT"))


def _translation(values: Mapping[str, Any], step_m: float) -> Vector | None:
    if METRE_KEYS[0] in values:
        return values[METRE_KEYS[0]], values[METRE_KEYS[1]], values[METRE_KEYS[2]]
    if STEP_KEYS[0] not in values:
        return None
    x, y = (values[f"FIX_DIR_{axis}"] * values[f"FIX_N_{axis}"] * step_m for axis in "XY")
    return x + 0.0, y + 0.0, 0.0


def _rotation(values: Mapping[str, Any]) -> Vector | None:
    if DEGREE_KEYS[0] not in values:
        return None
    x, y, z = (math.radians(values[name]) for name in DEGREE_KEYS)
    return x, y, z


def _values(label: Dream2FixLabel) -> Values:
    """Return the values of the keys that say all of a label."""
    if label.success:
        return {"RESULT": True}
    if label.mode is None:
        raise ConfigurationError("mode", None, "a failure mode, since a label of a failure names it")
    fix = label.fix
    values: Values = {"RESULT": False, "MODE": label.mode, "KF_GT": label.keyframe}
    if fix is not None:
        values |= {"TYPE": fix.kind, "STAGE": fix.stage, "ARM": fix.arm, "SUBTASK": fix.subtask}
        values |= {"FIX_G": fix.gripper_closure, "FIX_OBJ": fix.object, "FIX_PLAN": fix.plan_text}
        values |= {"FIX_M_ALONG": fix.stroke_m, "FIX_DEG_ALONG": _degrees(fix.stroke_rad)}
        values |= dict(zip(METRE_KEYS, fix.translation_m or (None,) * 3, strict=True))
        values |= dict(zip(DEGREE_KEYS, map(_degrees, fix.rotation_rad or (None,) * 3), strict=True))
        if fix.kind is FixKind.TRANSLATION and label.mode is FailureMode.TRANSLATION:
            del values["MODE"]
    return {name: value for name, value in values.items() if value is not None}


def _degrees(radians: float | None) -> float | None:
    return None if radians is None else math.degrees(radians)


def _paper_values(label: Dream2FixLabel, step_m: float) -> Values:
    """Return the values of the released keys.

    Raises:
        ConfigurationError: If they cannot say it.
    """
    values = _values(label)
    values.pop("SUBTASK", None)
    kind = values.get("TYPE")
    if kind is FixKind.TRANSLATION:
        values.setdefault("STAGE", Stage.PRE_GRASP)
        metres = [values.pop(name) for name in METRE_KEYS]
        if round(metres[2] / step_m) != 0:
            raise ConfigurationError("translation_m", metres, "an offset in x and y, in the grammar 'paper'")
        for axis, amount in zip("XY", metres, strict=False):
            steps = round(amount / step_m)
            values |= {f"FIX_DIR_{axis}": -1 if steps < 0 else 1, f"FIX_N_{axis}": abs(steps)}
    elif kind is FixKind.GRIPPER:
        values.setdefault("STAGE", Stage.GRASP)
    values = {name: values[name] for name in KEYS if name in values}
    check(values, "paper")
    return values


def _summary(label: Dream2FixLabel, grammar: str, step_m: float) -> str:
    if label.success:
        return "The task is done."
    said = label.mode.description if label.mode else "It failed."
    fix = label.fix
    if fix is None:
        return said
    todo = fix.text
    if grammar == "paper" and fix.translation_m is not None:
        steps = {axis: round(amount / step_m) for axis, amount in zip("xy", fix.translation_m, strict=False)}
        moves = [_steps(count, axis) for axis, count in steps.items() if count]
        todo = f"move the gripper {' and '.join(moves)} before the grasp"
    elif grammar == "paper":
        todo = f"{'close' if fix.gripper_closure else 'open'} the gripper at frame {label.keyframe}"
    return f"{said} To correct it, {' '.join(todo.split())}."


def _steps(count: int, axis: str) -> str:
    return f"{abs(count)} step{'s' if abs(count) > 1 else ''} in {'-' if count < 0 else '+'}{axis}"
