"""Reads what a model wrote when it was asked for a label line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from failgym.errors import FailGymError
from failgym.labels.dream2fix.keys import DEGREE_KEYS, KEYS, METRE_KEYS, MODES, NEEDS, STAGES, STEP_KEYS
from failgym.labels.dream2fix.label import STEP_M, Dream2FixLabel, label_of
from failgym.labels.fix import FixKind
from failgym.labels.papers import LABELS
from failgym.labels.plain import Reading
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode

__all__ = ["read_label"]

Values = dict[str, Any]


def read_label(text: str, *, step_m: float = STEP_M) -> Reading[Dream2FixLabel]:
    """Make of a text the label that it most likely means.

    Keys may stand anywhere, in any order and case, with ``=`` or ``:``, separated by semicolons, commas or lines. What
    follows SUMMARY is the summary, or else what follows the last key. What cannot be used is left out and listed.

    Args:
        text: The text, of which the label may be a part.
        step_m: Metres of one step.

    Returns:
        The label, None if the text has none of the keys, and the problems.
    """
    body, summary = _SUMMARY.split(text, maxsplit=1) if _SUMMARY.search(text) else (text, None)
    problems: list[str] = []
    raws, tail = _raws(body, problems)
    if not raws:
        return Reading(None, ("there is no key of a label line",))
    values: Values = {}
    for name, raw in raws.items():
        _read(name, raw, values, problems)
    _complete(values, problems)
    words = " ".join((tail if summary is None else summary).strip(" \t\r\n`*").split())
    try:
        label = label_of(values, step_m)
    except FailGymError as error:
        problems.append(str(error))
        label = Dream2FixLabel(False, values.get("MODE"), None, values.get("KF_GT"))
    return Reading(
        Dream2FixLabel(label.success, label.mode, label.fix, label.keyframe, words),
        tuple(problems),
    )


def _raws(body: str, problems: list[str]) -> tuple[dict[str, str], str]:
    """Find the keys and what stands after each, and what is left after the last one."""
    found, tail = list(_KEY.finditer(body)), ""
    raws: dict[str, str] = {}
    for at, key in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(body)
        name, said = _ALSO.get(key[1].upper(), key[1].upper()), body[key.end() : end]
        quoted = _QUOTED.match(said)
        raw = quoted[0] if quoted else re.split(r"[;\n]|, ", said, maxsplit=1)[0]
        tail = said[len(raw) :].strip(";, \r\n")
        if name in raws:
            problems.append(f"{name} is given twice; the first one counts")
        raws.setdefault(name, raw.strip(" \t\r`*."))
        if "=" in tail:
            problems.append(f"not read: {tail!r}")
            tail = ""
    return raws, tail


def _read(name: str, raw: str, values: Values, problems: list[str]) -> None:
    """Read one value; a TYPE that is a MODE says both."""
    reader = _READERS.get(name) or (_number if name.startswith(("FIX_M_", "FIX_DEG_")) else _whole)
    if (value := reader(raw)) is not None:
        values[name] = value
        return
    if name == "TYPE" and (mode := _mode(raw)):
        values.setdefault("MODE", mode)
    problems.append(f"{name} cannot be {raw!r}. Possible: {KEYS[name].possible}")


def _complete(values: Values, problems: list[str]) -> None:
    """Fill in what follows from the rest, and drop what cannot stand alone."""
    if "RESULT" not in values:
        values["RESULT"] = False
        problems.append("RESULT is missing; the other keys speak of a failure")
    if values["RESULT"]:
        if more := [name for name in values if name != "RESULT"]:
            problems.append(f"a success, yet it has {', '.join(more)}")
        return
    _fill_vectors(values, problems)
    if "TYPE" not in values and (kind := _kind(values)):
        values["TYPE"] = kind
        problems.append(f"TYPE is missing; the other keys speak of {kind}")
    kind = values.get("TYPE")
    if kind in NEEDS and not any(name in values for name in NEEDS[kind]):
        problems.append(f"{' or '.join(NEEDS[kind])} is missing, for TYPE {kind}")
        del values["TYPE"]
        if kind is FixKind.TRANSLATION:
            values.setdefault("MODE", FailureMode.TRANSLATION)
    if "MODE" not in values and kind is not FixKind.TRANSLATION:
        problems.append("MODE is missing")


def _fill_vectors(values: Values, problems: list[str]) -> None:
    for axis in "XY":
        direction, count = f"FIX_DIR_{axis}", f"FIX_N_{axis}"
        if any(name in values for name in STEP_KEYS) and not (direction in values and count in values):
            problems.append(f"{direction} or {count} is missing; no step along {axis.lower()}")
            values[direction], values[count] = 1, 0
    if not any(values.get(f"FIX_N_{axis}") for axis in "XY"):
        for name in STEP_KEYS:
            values.pop(name, None)
    for group in (METRE_KEYS, DEGREE_KEYS):
        if any(name in values for name in group):
            for name in [name for name in group if name not in values]:
                values[name] = 0.0
                problems.append(f"{name} is missing; 0 instead")


def _kind(values: Values) -> FixKind | None:
    for kind in (FixKind.TRANSLATION, FixKind.ROTATION, FixKind.STROKE, FixKind.GRIPPER, FixKind.REPLAN):
        if any(name in values for name in NEEDS[kind]):
            return kind
    return FixKind.RETARGET if "FIX_OBJ" in values else None


def _result(raw: str) -> bool | None:
    word = re.match(r"[a-z]*", raw.lower())
    return _RESULTS.get(word[0]) if word else None


def _mode(raw: str) -> FailureMode | None:
    name = re.sub(r"[\s-]+", "_", raw.lower())
    return _MODES.get(name)


def _stage(raw: str) -> Stage | None:
    return _STAGES.get(re.sub(r"[\s-]+", "_", raw.lower()))


def _type(raw: str) -> FixKind | None:
    return next((kind for kind in FixKind if kind == raw.lower()), None)


def _arm(raw: str) -> str | None:
    return next((arm for arm in ("left", "right", "both") if arm in raw.lower()), None)


def _closure(raw: str) -> float | None:
    word = raw.lower()
    if word.startswith(("open", "close")):
        return 0.0 if word.startswith("open") else 1.0
    number = _number(raw)
    if number is not None and "%" in raw:
        number /= 100
    return number if number is not None and 0.0 <= number <= 1.0 else None


def _direction(raw: str) -> int | None:
    sign = re.fullmatch(r"([+-]?)\s*[xyXY]?", raw)
    return None if sign is None or not raw else -1 if sign[1] == "-" else 1


def _number(raw: str) -> float | None:
    found = re.match(r"[+-]?\d{1,6}(?:\.\d{1,9})?", raw.replace(" ", ""))
    return float(found[0]) if found else None


def _whole(raw: str) -> int | None:
    number = _number(raw)
    return None if number is None or number < 0 or number != int(number) else int(number)


def _string(raw: str) -> str | None:
    try:
        said = json.loads(raw)
    except ValueError:
        return raw or None
    return said if isinstance(said, str) else raw


_ALSO = {"KF": "KF_GT", "FIX_K": "KF_GT"}
_NAMES = "|".join(sorted((*KEYS, *_ALSO), key=len, reverse=True))
_KEY = re.compile(rf"(?<![A-Za-z_])({_NAMES})\s*[=:]\s*", re.IGNORECASE)
_SUMMARY = re.compile(r"(?<![A-Za-z_])SUMMARY\s*[=:]", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_RESULTS = {
    **dict.fromkeys(("success", "successful", "succeeded", "succeed", "pass", "yes", "true"), True),
    **dict.fromkeys(("fail", "failed", "failure", "no", "false"), False),
}
_MODES = {str(mode): mode for mode in FailureMode} | MODES
_MODES |= {label.text: label.modes[0] for label in LABELS["dream2fix"] if len(label.modes) == 1}
_STAGES = {str(stage): stage for stage in Stage} | STAGES
_READERS: dict[str, Callable[[str], Any]] = {
    "RESULT": _result,
    "TYPE": _type,
    "STAGE": _stage,
    "MODE": _mode,
    "ARM": _arm,
    "FIX_G": _closure,
    "FIX_DIR_X": _direction,
    "FIX_DIR_Y": _direction,
    "FIX_OBJ": _string,
    "FIX_PLAN": _string,
}
