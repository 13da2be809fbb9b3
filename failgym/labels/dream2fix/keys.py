"""The keys of Dream2Fix's label lines and of our extension: how each value is written and read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from failgym.errors import ConfigurationError
from failgym.labels.aliases import ALIASES
from failgym.labels.fix import FixKind
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode

__all__ = [
    "DEGREE_KEYS",
    "GRIPPER_KEYS",
    "KEYS",
    "METRE_KEYS",
    "MODES",
    "NEEDS",
    "STAGES",
    "STEP_KEYS",
    "TRANSLATION_KEYS",
    "Key",
]

AXES = "XYZ"


class Key(NamedTuple):
    """One key of a label line."""

    name: str
    possible: str
    """What its value may be, in words."""
    pattern: str
    """What its value looks like."""
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def value(self, raw: str) -> Any:
        """Read a value; it must be written just as we write it.

        Raises:
            ConfigurationError: If it is not.
        """
        if re.fullmatch(self.pattern, raw):
            value = self.read(raw)
            if self.write(value) == raw:
                return value
        raise ConfigurationError(self.name, raw, self.possible)

    def raw(self, value: Any) -> str:
        """Write a value.

        Raises:
            ConfigurationError: If the grammar has no room for it.
        """
        raw = self.write(value)
        if not re.fullmatch(self.pattern, raw):
            raise ConfigurationError(self.name, value, self.possible)
        return raw


def _choice(name: str, values: Mapping[str, Any]) -> Key:
    names = {value: raw for raw, value in values.items()}
    pattern = "|".join(map(re.escape, values))
    return Key(name, ", ".join(values), pattern, values.__getitem__, lambda value: names.get(value, str(value)))


def _count(name: str, what: str, digits: int) -> Key:
    return Key(name, f"{what}, up to {digits} digits", rf"\d{{1,{digits}}}", int, str)


def _amount(name: str, unit: str, decimals: int) -> Key:
    # Rounding and adding zero turns -0.0 into +0.0.
    return Key(
        name,
        f"{unit} with sign and {decimals} decimals",
        rf"[+-]\d{{1,4}}\.\d{{{decimals}}}",
        float,
        lambda value: f"{round(value, decimals) + 0.0:+.{decimals}f}",
    )


def _string(name: str, what: str) -> Key:
    return Key(name, f"{what}, as a JSON string", r'"(?:[^"\\\x00-\x1f]|\\.)*"', _from_json, json.dumps)


def _from_json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


_WIDTHS = {"OPEN": 0.0, "CLOSE": 1.0}


def _closure(raw: str) -> float:
    return _WIDTHS[raw] if raw in _WIDTHS else float(raw)


def _closure_text(closure: float) -> str:
    text = f"{closure:.2f}"
    return {f"{value:.2f}": name for name, value in _WIDTHS.items()}.get(text, text)


MODES = {ALIASES["dream2fix"].get(mode, str(mode)): mode for mode in FailureMode}
"""Values of MODE: the paper's three where it has one, our own names elsewhere."""
STAGES = {"keyframe" if stage is Stage.GRASP else str(stage): stage for stage in Stage}
"""Values of STAGE: the keyframe is where the gripper closes, our grasp."""

_DEFINED: Iterable[Key] = (
    _choice("RESULT", {"SUCCESS": True, "FAIL": False}),
    _choice("TYPE", {str(kind): kind for kind in FixKind}),
    _choice("STAGE", STAGES),
    _choice("MODE", MODES),
    _choice("ARM", {"left": "left", "right": "right", "both": "both"}),
    _count("SUBTASK", "an index from 0", 4),
    Key("FIX_G", "OPEN, CLOSE, or a closure 0.01 .. 0.99", r"OPEN|CLOSE|0\.\d\d", _closure, _closure_text),
    _count("KF_GT", "a frame from 0", 6),
    *(
        key
        for axis in "XY"
        for key in (
            _choice(f"FIX_DIR_{axis}", {f"+{axis.lower()}": 1, f"-{axis.lower()}": -1}),
            _count(f"FIX_N_{axis}", "steps from 0", 3),
        )
    ),
    *(_amount(f"FIX_M_{axis}", "metres", 4) for axis in AXES),
    *(_amount(f"FIX_DEG_{axis}", "degrees", 1) for axis in AXES),
    _amount("FIX_M_ALONG", "metres", 4),
    _amount("FIX_DEG_ALONG", "degrees", 1),
    _string("FIX_OBJ", "the name of an object"),
    _string("FIX_PLAN", "a plan"),
)
KEYS: dict[str, Key] = {key.name: key for key in _DEFINED}
"""Every key by its name, in the order in which they stand."""

GRIPPER_KEYS = ("RESULT", "TYPE", "STAGE", "MODE", "FIX_G", "KF_GT")
"""The released line of a gripper failure."""
TRANSLATION_KEYS = ("RESULT", "TYPE", "STAGE", "FIX_DIR_X", "FIX_N_X", "FIX_DIR_Y", "FIX_N_Y")
"""The released line of a translation failure."""

STEP_KEYS = TRANSLATION_KEYS[3:]
METRE_KEYS = tuple(f"FIX_M_{axis}" for axis in AXES)
DEGREE_KEYS = tuple(f"FIX_DEG_{axis}" for axis in AXES)
NEEDS: dict[FixKind, tuple[str, ...]] = {
    FixKind.GRIPPER: ("FIX_G",),
    FixKind.TRANSLATION: (METRE_KEYS[0], STEP_KEYS[0]),
    FixKind.ROTATION: (DEGREE_KEYS[0],),
    FixKind.STROKE: ("FIX_M_ALONG", "FIX_DEG_ALONG"),
    FixKind.REPLAN: ("FIX_PLAN",),
}
"""What a TYPE needs: at least one of these keys."""
