"""ViFailback's low-level commands: which gripper moves, turns, opens or closes, in the words of its annotators."""

from __future__ import annotations

import math
import re
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.fix import Fix, FixKind
from failgym.labels.plain import Reading

__all__ = ["LEVEL_M", "TURN_RAD", "low_level", "parse_low_level", "read_low_level"]

LEVEL_M = 0.02
"""Metres of one level of a move: ``slightly`` is one, no word two, ``significantly`` three, or more.

The paper gives the words without numbers; 2, 4 and 6 cm cover what our perturbations do, in the steps of the
Dream2Fix labels.
"""
TURN_RAD = math.radians(45)
"""Radians of a rotation that is read; its command only says which way."""

Fields = dict[str, Any]
Vector = tuple[float, float, float]

_HANDS = {None: "the gripper", "left": "the left gripper", "right": "the right gripper"}
_ARMS = {"left": "the left arm", "right": "the right arm"}
# Axis, words for its positive and negative direction; in the order in which the annotators name them.
_DIRECTIONS = ((1, "to the left", "to the right"), (0, "forward", "backward"), (2, "upward", "downward"))
_LEVELS = {1: " slightly", 2: "", 3: " significantly"}
# The way the head camera looks, forward and down: what turns about it is seen to turn.
_VIEW: Vector = (math.sqrt(0.5), 0.0, -math.sqrt(0.5))
_SEEN = 0.5


def low_level(fix: Fix) -> str:
    """Say a fix as a low-level command.

    A command is given at a frame, so it has no place for stage and subtask. Moves are said to the nearest level along
    each axis, closures as open or close, turns as clockwise or counter-clockwise in the eyes of the head camera, which
    looks forward and down.

    Raises:
        ConfigurationError: If the vocabulary cannot say it, as in all that concerns objects and plans: that is what
            `failgym.labels.sentences` is for.

    Source: ViFailback, Figure 5 (target gripper; move, rotate, grasp) and supplementary section 2.

    Example:
        >>> low_level(Fix.translation((-0.06, -0.02, 0.0), arm="right"))
        'Move the right gripper to the right slightly and backward significantly.'
    """
    if fix.arm == "both":
        raise ConfigurationError("arm", fix.arm, "left or right, since a low-level command is for one gripper")
    if fix.kind in (FixKind.HOLD, FixKind.REWIND):
        return _whole_arm(fix)
    unsaid = [name for name in ("object", "plan_text", "stroke_m", "stroke_rad") if getattr(fix, name) is not None]
    if fix.kind in (FixKind.RETARGET, FixKind.REPLAN) or unsaid:
        raise ConfigurationError("fix", fix.text, _POSSIBLE)
    hand = _HANDS[fix.arm]
    clauses = [f"move {hand} {moves}" for moves in [_moves(fix.translation_m)] if moves]
    clauses += [f"rotate {hand} {turn}" for turn in [_turn(fix)] if turn]
    if fix.gripper_closure is not None:
        clauses.append(f"{'close' if fix.gripper_closure >= 0.5 else 'open'} {hand}")
    if not clauses:
        raise ConfigurationError("fix", fix.text, f"a move of {100 * LEVEL_M / 2:g} cm at least; " + _POSSIBLE)
    # The annotators put the comma before the last clause, two or three alike.
    said = ", ".join([*clauses[:-1], f"and {clauses[-1]}"]) if len(clauses) > 1 else clauses[0]
    return f"{said[0].upper()}{said[1:]}."


def parse_low_level(text: str) -> Fix:
    """Inverse of `low_level`: reads exactly what it writes.

    A turn is read as one about the vertical, which is what a hand that points down does best.

    Raises:
        ConfigurationError: If the text is no such command.
    """
    fixes, problems = read_low_level(text)
    if fixes is None or len(fixes) != 1 or problems or low_level(fixes[0]) != text:
        raise ConfigurationError("low-level command", text, _POSSIBLE)
    return fixes[0]


def read_low_level(text: str) -> Reading[tuple[Fix, ...]]:
    """Make of a text the commands that it most likely means, one fix for each gripper in turn.

    Directions may come in any order, a gripper may be called `it`, and what the command is good for ("to achieve the
    correct grasp pose") is left out and listed.

    Returns:
        The fixes, None if there is no command in the text, and the problems.
    """
    said = " ".join(text.split())
    problems: list[str] = []
    commands: list[Fields] = []
    at, arm = 0, None
    while found := _COMMAND.search(said, at):
        _note(said[at : found.start()], problems)
        at = found.end()
        if fields := _fields(found, problems):
            arm = found["arm"].lower() if found["arm"] else arm
            _append(commands, {**fields, "arm": arm})
    _note(said[at:], problems)
    if not commands:
        return Reading(None, (*problems, "there is no low-level command"))
    return Reading(tuple(Fix(**fields) for fields in commands), tuple(problems))


def _whole_arm(fix: Fix) -> str:
    if fix.kind is FixKind.HOLD:
        return f"Hold {_ARMS[fix.arm]} still." if fix.arm else "Hold still."
    return f"Move {_ARMS[fix.arm] if fix.arm else 'the arm'} back to its initial pose."


def _moves(metres: Vector | None) -> str:
    if metres is None:
        return ""
    said = []
    for axis, positive, negative in _DIRECTIONS:
        level = min(3, round(abs(metres[axis]) / LEVEL_M))
        if level:
            said.append((negative if metres[axis] < 0 else positive) + _LEVELS[level])
    return f"{said[0]}, {said[1]}, and {said[2]}" if len(said) == 3 else " and ".join(said)


def _turn(fix: Fix) -> str:
    if fix.rotation_rad is None:
        return ""
    size = math.hypot(*fix.rotation_rad)
    seen = sum(turn * way for turn, way in zip(fix.rotation_rad, _VIEW, strict=True))
    if abs(seen) < _SEEN * size or not size:
        raise ConfigurationError("fix", fix.text, "a roll or a yaw: the head camera does not see other turns")
    return "clockwise" if seen > 0 else "counter-clockwise"


def _fields(found: re.Match[str], problems: list[str]) -> Fields:
    """Read one command; nothing, where what follows the verb does not fit it."""
    verb = found["verb"].lower()
    if verb == "hold" and found["still"]:
        return {"kind": FixKind.HOLD}
    if verb == "move" and found["rewind"]:
        return {"kind": FixKind.REWIND}
    if verb == "move" and found["moves"]:
        return {"kind": FixKind.TRANSLATION, "translation_m": _metres(found["moves"], problems)}
    if verb in ("rotate", "turn") and found["turn"]:
        sign = -1 if found["turn"].lower() == "clockwise" else 1
        return {"kind": FixKind.ROTATION, "rotation_rad": (0.0, 0.0, sign * TURN_RAD)}
    if (verb in ("open", "close") and found["hand"]) or (verb == "keep" and found["kept"]):
        state = (found["kept"] or verb).lower()
        return {"kind": FixKind.GRIPPER, "gripper_closure": 0.0 if state.startswith("open") else 1.0}
    problems.append(f"not read: {found[0]!r}")
    return {}


def _append(commands: list[Fields], fields: Fields) -> None:
    """Add to the last command of the same gripper what a fix does after it, in the order of a fix."""
    last = commands[-1] if commands else {}
    said = [name for name in _ORDER if name in last]
    after = _ORDER[_ORDER.index(said[-1]) + 1 :] if said else ()
    if said and last["arm"] == fields["arm"] and any(name in fields for name in after):
        commands[-1] = {**fields, **last}
    else:
        commands.append(fields)


def _metres(moves: str, problems: list[str]) -> Vector:
    metres = [0.0, 0.0, 0.0]
    for found in _DIRECTION.finditer(moves):
        axis, sign = _AXIS_OF[found["way"].lower().removesuffix("s")]
        level = {"slightly": 1, "significantly": 3}.get((found["before"] or found["after"] or "").lower(), 2)
        if metres[axis]:
            problems.append(f"two moves along one axis in {moves!r}; the last one counts")
        metres[axis] = sign * level * LEVEL_M
    return metres[0], metres[1], metres[2]


def _note(skipped: str, problems: list[str]) -> None:
    if rest := _JOINTS.sub("", skipped):
        problems.append(f"not read: {rest!r}")


_JOINTS = re.compile(r"^(?:\W|and\b|then\b)+|(?:\W|\band|\bthen)+$", re.IGNORECASE)
_POSSIBLE = (
    "'Move the left gripper to the right slightly, forward, and upward significantly.', 'Rotate the right gripper "
    "clockwise.', 'Open the gripper.', 'Close the left gripper.', such clauses joined by ', and ' in this order; 'Hold "
    "still.'; 'Hold the left arm still.'; 'Move the right arm back to its initial pose.'"
)
_ORDER = ("translation_m", "rotation_rad", "gripper_closure")
_AXIS_OF = {
    "forward": (0, 1),
    "backward": (0, -1),
    "back": (0, -1),
    "left": (1, 1),
    "right": (1, -1),
    "upward": (2, 1),
    "up": (2, 1),
    "downward": (2, -1),
    "down": (2, -1),
}
_SIZE = "slightly|significantly"
_WAY = (
    rf"(?:(?P<before>{_SIZE}) )?(?:to the )?(?P<way>left|right|(?:for|back|up|down)wards?|back|up|down)\b"
    rf"(?! (?:gripper|arm|hand))(?: (?P<after>{_SIZE})\b)?"
)
_DIRECTION = re.compile(_WAY, re.IGNORECASE)
_ANY_WAY = re.sub(r"\?P<\w+>", "?:", _WAY)
_COMMAND = re.compile(
    r"\b(?P<verb>move|rotate|turn|open|close|keep|hold)\b"
    r"(?: (?P<hand>(?:the )?(?:(?P<arm>left|right) )?(?:gripper|arm|hand|end-effector)|it)\b)?"
    r"(?: (?:(?P<still>still)|(?P<kept>closed?|open)|(?P<turn>(?:counter-? ?|anti-?)?clockwise)"
    r"|(?P<rewind>back to (?:its|the) (?:initial|original|previous) (?:pose|position|state))"
    rf"|(?P<moves>{_ANY_WAY}(?:(?:, and |, | and ){_ANY_WAY})*))\b)?",
    re.IGNORECASE,
)
