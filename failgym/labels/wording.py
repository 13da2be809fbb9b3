"""The English of a fix: the words of its clauses, used to say them and to read them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from failgym.labels.fix import Fix

__all__ = ["ARMS", "HANDS", "MOVES", "SAME_OBJECT", "STEPS", "THEN", "TURNS", "clauses"]

THEN = ", then "
"""Between two clauses."""
STEPS = "; "
"""Between two steps of a plan."""
SAME_OBJECT = "the object where it is now"
HANDS = {None: "the gripper", "left": "the left gripper", "right": "the right gripper", "both": "both grippers"}
"""What a fix moves, by its arm."""
ARMS = {None: "the arm", "left": "the left arm", "right": "the right arm", "both": "both arms"}
# Words for the positive and the negative direction of x (forward), y (left), z (up).
MOVES = (("forward", "back"), ("left", "right"), ("up", "down"))
TURNS = (("right (roll)", "left (roll)"), ("down (pitch)", "up (pitch)"), ("left (yaw)", "right (yaw)"))


def clauses(fix: Fix) -> list[str]:
    """Say a fix clause by clause, in the order in which they are to be done."""
    said = [_act(fix), _move(fix), _turn(fix), *_along(fix)]
    said = [clause for clause in said if clause]
    if fix.gripper_closure is not None:
        said.append(_grip(fix.gripper_closure, "" if said else f" {HANDS[fix.arm]}"))
    if fix.plan_text is not None:
        said.append("follow this plan: " + fix.plan_text.replace("\n", STEPS))
    return said


def _act(fix: Fix) -> str:
    if fix.kind == "retarget":
        arm = f" with {ARMS[fix.arm]}" if fix.arm else ""
        return "look again and act on " + (f"the {fix.object}" if fix.object else SAME_OBJECT) + arm
    if fix.kind == "hold":
        return f"hold {ARMS[fix.arm]} still" if fix.arm else "hold still"
    began = "they" if fix.arm == "both" else "it"
    return f"move {ARMS[fix.arm]} back to where {began} began" if fix.kind == "rewind" else ""


def _move(fix: Fix) -> str:
    if fix.translation_m is None:
        return ""
    said = _directed([100 * metres for metres in fix.translation_m], "cm", MOVES)
    return f"move {HANDS[fix.arm]} {said}" if said else f"keep {HANDS[fix.arm]} {_still(fix, 'where', '')}"


def _turn(fix: Fix) -> str:
    if fix.rotation_rad is None:
        return ""
    said = _directed([math.degrees(radians) for radians in fix.rotation_rad], "degrees", TURNS)
    return f"turn {HANDS[fix.arm]} {said}" if said else f"keep {HANDS[fix.arm]} {_still(fix, 'as', ' turned')}"


def _along(fix: Fix) -> list[str]:
    arm = f" with {ARMS[fix.arm]}" if fix.arm else ""
    amounts = []
    if fix.stroke_m is not None:
        amounts.append(("move", "moving", 100 * fix.stroke_m, "cm"))
    if fix.stroke_rad is not None:
        amounts.append(("turn", "turning", math.degrees(fix.stroke_rad), "degrees"))
    return [
        f"stop {doing} {-amount:.1f} {unit} earlier{arm}"
        if round(amount, 1) < 0
        else f"{do} {abs(amount):.1f} {unit} further{arm}"
        for do, doing, amount, unit in amounts
    ]


def _directed(amounts: list[float], unit: str, words: tuple[tuple[str, str], ...]) -> str:
    """Say each amount that does not print as 0.0 with the word of its direction, the largest first."""
    directed = [(abs(amount), word[amount < 0]) for amount, word in zip(amounts, words, strict=True)]
    directed.sort(key=lambda each: -round(each[0], 1))
    return " and ".join(f"{size:.1f} {unit} {word}" for size, word in directed if f"{size:.1f}" != "0.0")


def _still(fix: Fix, how: str, state: str) -> str:
    return f"{how} they are{state}" if fix.arm == "both" else f"{how} it is{state}"


def _grip(closure: float, hand: str) -> str:
    percent = round(100 * closure)
    return {0: f"open{hand}", 100: f"close{hand}"}.get(percent, f"close{hand} to {percent} %")
