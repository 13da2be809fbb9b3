"""What stands in a label line, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels.aliases import ALIASES
from failgym.labels.dream2fix.keys import (
    DEGREE_KEYS,
    GRIPPER_KEYS,
    KEYS,
    METRE_KEYS,
    NEEDS,
    STEP_KEYS,
    TRANSLATION_KEYS,
)
from failgym.labels.fix import FixKind
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode

__all__ = ["GRAMMARS", "check", "known", "pairs"]

GRAMMARS = ("paper", "failgym")
"""The released grammar, and ours: every line of the first is one of the second."""

GRIPPER_MODES = tuple(mode for mode in ALIASES["dream2fix"] if mode is not FailureMode.TRANSLATION)
_PAIR = re.compile(r'([A-Z_]+)=("(?:[^"\\]|\\.)*"|[^;"]*)(; |$)')
_IN_PAPER = "in the grammar 'paper'"


def known(grammar: str) -> str:
    """Return the name of a grammar.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if grammar not in GRAMMARS:
        raise UnknownNameError("grammar", grammar, GRAMMARS)
    return grammar


def pairs(line: str) -> Iterator[tuple[str, str]]:
    """Split a line, without its last semicolon, into keys and raw values.

    Raises:
        ConfigurationError: If it is no such line, or gives a key twice.
        UnknownNameError: If a key does not exist.
    """
    at, seen = 0, set()
    while at <= len(line):
        found = _PAIR.match(line, at)
        if found is None:
            raise ConfigurationError("label", line[at:], "KEY=VALUE pairs separated by '; '")
        name, raw, more = found.groups()
        if name not in KEYS:
            raise UnknownNameError("key of a label line", name, KEYS)
        if name in seen:
            raise ConfigurationError(name, raw, "given only once")
        seen.add(name)
        yield name, raw
        at = found.end() if more else len(line) + 1


def check(values: Mapping[str, Any], grammar: str) -> None:
    """Refuse keys that do not stand together, or not in this order.

    Raises:
        ConfigurationError: If they do not.
    """
    _demand(list(values) == [name for name in KEYS if name in values], values, "in the order " + _and(KEYS))
    _demand("RESULT" in values, values, "RESULT first")
    if values["RESULT"]:
        _demand(len(values) == 1, values, "RESULT alone, for a success")
        return
    (_check_paper if grammar == "paper" else _check_ours)(values, values.get("TYPE"))
    if STEP_KEYS[0] in values:
        counts = {axis: values[f"FIX_N_{axis}"] for axis in "XY"}
        for axis, count in counts.items():
            _demand(count > 0 or values[f"FIX_DIR_{axis}"] > 0, [f"-{axis.lower()}"], f"+{axis.lower()} for 0 steps")
        _demand(any(counts.values()), STEP_KEYS, "one step at least, along x or y")


def _check_paper(values: Mapping[str, Any], kind: FixKind | None) -> None:
    if kind is FixKind.GRIPPER:
        wanted: tuple[str, ...] = GRIPPER_KEYS
        stage = Stage.GRASP
    else:
        wanted, stage = TRANSLATION_KEYS, Stage.PRE_GRASP
        _demand(kind is FixKind.TRANSLATION, [str(kind)], f"TYPE gripper or translation, {_IN_PAPER}")
    _demand(tuple(values) == wanted, values, f"{_and(wanted)} for TYPE {kind}, {_IN_PAPER}")
    _demand(values["STAGE"] is stage, [values["STAGE"]], f"stage {stage} for TYPE {kind}, {_IN_PAPER}")
    if kind is FixKind.GRIPPER:
        _demand(values["MODE"] in GRIPPER_MODES, [values["MODE"]], f"{_and(GRIPPER_MODES)}, {_IN_PAPER}")
        _demand(round(values["FIX_G"], 2) in (0.0, 1.0), [str(values["FIX_G"])], f"OPEN or CLOSE, {_IN_PAPER}")


def _check_ours(values: Mapping[str, Any], kind: FixKind | None) -> None:
    for group in (STEP_KEYS, METRE_KEYS, DEGREE_KEYS):
        here = [name for name in group if name in values]
        _demand(len(here) in (0, len(group)), here, "all or none of " + _and(group))
    _demand(not (STEP_KEYS[0] in values and METRE_KEYS[0] in values), values, "steps or metres, not both")
    implied = kind is FixKind.TRANSLATION
    _demand("MODE" in values or implied, values, "MODE too")
    _demand(
        not implied or values.get("MODE") is not FailureMode.TRANSLATION,
        values,
        "no MODE where TYPE=translation says it",
    )
    if kind is None:
        _demand(set(values) <= {"RESULT", "MODE", "KF_GT"}, values, "TYPE before what there is to do")
    elif needed := NEEDS.get(kind):
        _demand(any(name in values for name in needed), values, f"{' or '.join(needed)} for TYPE {kind}")


def _demand(holds: bool, given: Iterable[str], possible: str) -> None:
    if not holds:
        raise ConfigurationError("label", _and(given), possible)


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)
