"""A fix as one English sentence, and back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.fix import Fix, FixKind
from failgym.labels.wording import ARMS, HANDS, MOVES, SAME_OBJECT, STEPS, THEN, TURNS

__all__ = ["read_sentence", "sentence"]

Fields = dict[str, Any]


def sentence(fix: Fix) -> str:
    """Say a fix in one sentence: which step, when, what.

    Distances are said to 1 mm, angles to 0.1 degrees, closures to 1 %.

    Example:
        >>> sentence(Fix.translation((0.0, 0.032, 0.0), closure=1.0, subtask=1))
        'In step 2, move the gripper 3.2 cm left, then close.'
    """
    step = "" if fix.subtask is None else f"in step {fix.subtask + 1}, "
    said = step + fix.text
    return f"{said[0].upper()}{said[1:]}."


def read_sentence(text: str) -> Fix:
    """Inverse of `sentence`; also reads `Fix.text`, and amounts in any order.

    Names of objects and steps of plans must not hold what separates clauses and steps, ", then " and "; ".

    Raises:
        ConfigurationError: If the text is not a sentence of this grammar.
    """
    said = text.strip().removesuffix(".")
    when = _WHEN.fullmatch(said[:1].lower() + said[1:])
    assert when is not None
    rest, planned, plan = when["rest"].partition(_PLAN)
    spoken = rest.removesuffix(THEN).split(THEN) if rest else []
    fields: Fields = {"subtask": int(when["step"]) - 1} if when["step"] else {}
    if when["stage"]:
        fields["stage"] = when["stage"].replace("-", "_")
    try:
        for clause in spoken:
            _merge(fields, _clause(clause))
        if planned:
            _merge(fields, {"kind": FixKind.REPLAN, "plan_text": plan.replace(STEPS, "\n")})
        return Fix(**fields)
    except (_UnreadError, TypeError):
        raise ConfigurationError("sentence", text, _POSSIBLE) from None


class _UnreadError(Exception):
    pass


def _clause(clause: str) -> Fields:
    for pattern, read in _CLAUSES:
        if found := pattern.fullmatch(clause):
            return read(found)
    raise _UnreadError


def _merge(fields: Fields, more: Fields) -> None:
    """Add what a clause says: the kind is that of the first, the arm the same in all, nothing is said twice."""
    kind, arm = more.pop("kind"), more.pop("arm", None)
    fields.setdefault("kind", kind)
    if any(name in fields for name in more) or (arm and fields.setdefault("arm", arm) != arm):
        raise _UnreadError
    fields.update(more)


def _retarget(found: re.Match[str]) -> Fields:
    named = {} if found[1] == SAME_OBJECT else {"object": found[1].removeprefix("the ")}
    return {"kind": FixKind.RETARGET, "arm": _ARM_OF.get(found[2]), **named}


def _hold(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.HOLD, "arm": _ARM_OF.get(found[1])}


def _rewind(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.REWIND, "arm": _ARM_OF[found[1]]}


def _translation(found: re.Match[str]) -> Fields:
    metres = tuple(amount / 100 for amount in _vector(found[2]))
    return {"kind": FixKind.TRANSLATION, "arm": _ARM_OF[found[1]], "translation_m": metres}


def _rotation(found: re.Match[str]) -> Fields:
    radians = tuple(map(math.radians, _vector(found[2])))
    return {"kind": FixKind.ROTATION, "arm": _ARM_OF[found[1]], "rotation_rad": radians}


def _unmoved(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.TRANSLATION, "arm": _ARM_OF[found[1]], "translation_m": (0.0, 0.0, 0.0)}


def _unturned(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.ROTATION, "arm": _ARM_OF[found[1]], "rotation_rad": (0.0, 0.0, 0.0)}


def _stroke_m(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.STROKE, "arm": _ARM_OF.get(found[3]), "stroke_m": _further(found) / 100}


def _stroke_rad(found: re.Match[str]) -> Fields:
    return {"kind": FixKind.STROKE, "arm": _ARM_OF.get(found[3]), "stroke_rad": math.radians(_further(found))}


def _gripper(found: re.Match[str]) -> Fields:
    closure = 0.0 if found[1] == "open" else int(found[3] or 100) / 100
    return {"kind": FixKind.GRIPPER, "arm": _ARM_OF.get(found[2]), "gripper_closure": closure}


def _further(found: re.Match[str]) -> float:
    return float(found[1]) if found[1] is not None else -float(found[2])


def _vector(said: str) -> list[float]:
    """Read "3.2 cm left and 1.0 cm back" as its numbers along x, y and z."""
    vector: list[float] = [0.0, 0.0, 0.0]
    amounts = [amount.split(" ", 2) for amount in said.split(" and ")]
    if len({_AXIS_OF[word][0] for _, _, word in amounts}) != len(amounts):
        raise _UnreadError
    for size, _, word in amounts:
        axis, sign = _AXIS_OF[word]
        vector[axis] = sign * float(size)
    return vector


def _any(words: tuple[tuple[str, str], ...]) -> str:
    return "|".join(re.escape(word) for pair in words for word in pair)


_WHEN = re.compile(r"(?:in step (?P<step>[1-9]\d*), )?(?:during the (?P<stage>[a-z-]+), )?(?P<rest>.*)", re.DOTALL)
_PLAN = "follow this plan: "
_POSSIBLE = (
    "'In step 2, during the grasp, ...' and clauses joined by ', then ': 'move the left gripper 3.2 cm left and 1.0 cm "
    "back', 'turn the gripper 30.0 degrees left (yaw)', 'move 2.0 cm further', 'stop turning 15.0 degrees earlier', "
    "'open', 'close the gripper to 60 %', 'look again and act on the blue block', 'hold still', 'move the arm back to "
    "where it began', 'follow this plan: 1. grasp the block; 2. lift the block'"
)
_ARM_OF = {phrase: arm for phrases in (HANDS, ARMS) for arm, phrase in phrases.items()}
_AXIS_OF = {
    word: (axis, sign)
    for words in (MOVES, TURNS)
    for axis, pair in enumerate(words)
    for word, sign in zip(pair, (1, -1), strict=True)
}
_HAND, _ARM, _SIZE = f"({'|'.join(HANDS.values())})", f"({'|'.join(ARMS.values())})", r"(\d+\.\d)"
_CM, _DEGREES = rf"\d+\.\d cm (?:{_any(MOVES)})", rf"\d+\.\d degrees (?:{_any(TURNS)})"
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Fields]], ...] = (
    (rf"look again and act on (.+?)(?: with {_ARM})?", _retarget),
    (rf"hold (?:{_ARM} )?still", _hold),
    (rf"move {_ARM} back to where (?:it|they) began", _rewind),
    (rf"move {_HAND} ({_CM}(?: and {_CM}){{0,2}})", _translation),
    (rf"turn {_HAND} ({_DEGREES}(?: and {_DEGREES}){{0,2}})", _rotation),
    (rf"keep {_HAND} where (?:it is|they are)", _unmoved),
    (rf"keep {_HAND} as (?:it is|they are) turned", _unturned),
    (rf"(?:move {_SIZE} cm further|stop moving {_SIZE} cm earlier)(?: with {_ARM})?", _stroke_m),
    (rf"(?:turn {_SIZE} degrees further|stop turning {_SIZE} degrees earlier)(?: with {_ARM})?", _stroke_rad),
    (rf"(open|close)(?: {_HAND})?(?: to (\d+) %)?", _gripper),
)
_CLAUSES = tuple((re.compile(pattern, re.DOTALL), read) for pattern, read in _FORMS)
