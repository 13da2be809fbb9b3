"""Readings of recorded physics that several signatures share."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, EventKind, Span
from failgym.labels import Stage
from failgym.perturbations.base import Signature

HAND = ("ee_x", "ee_y", "ee_z")
HAND_QUAT = ("ee_qw", "ee_qx", "ee_qy", "ee_qz")


class Hit(NamedTuple):
    """The hit subtask in the failed and in the nominal run, around the step at which the hand should act."""

    span: Span
    target: str
    due: int
    """Step at which the policy commanded the gripper to close, or began to push or press."""
    nominal_due: int
    overdue: int
    """First step at which the nominal run showed an effect, counted from the failed run's `due`."""


def hit_spans(failed: Episode, nominal: Episode, params: dict[str, Any]) -> tuple[Span, Span] | Signature:
    """Find the hit subtask in both runs; a Signature says why there is none to judge."""
    index = params["subtask"]
    span, reference = failed.span(index), nominal.span(index)
    earlier = [other for other in failed.spans if other.index < index and not other.achieved]
    if earlier:
        return Signature(False, f"subtask {earlier[0].index} had already failed: {earlier[0].subtask.text}")
    if span is None or reference is None:
        return Signature(False, f"subtask {index} never ran")
    return span, reference


def hit_grasp(failed: Episode, nominal: Episode, params: dict[str, Any]) -> Hit | Signature:
    """Find the hit subtask, in which the gripper closes; a Signature says why there is none to judge."""
    spans = hit_spans(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, reference = spans
    due, nominal_due = commanded_close(failed, span), commanded_close(nominal, reference)
    if due is None or nominal_due is None:
        return Signature(False, f"subtask {params['subtask']} never came to a grasp")
    held = nominal.happened(EventKind.GRASPED, span.subtask.object, nominal_due)
    lag = held[0].step - nominal_due if held else 3
    return Hit(span, span.subtask.object, due, nominal_due, due + lag)


def hit_hand(failed: Episode, nominal: Episode, params: dict[str, Any]) -> Hit | Signature:
    """Find the hit subtask, in which the hand grasps, pushes or presses; a Signature says why there is none to judge.

    A subtask that pushes or presses and had its effect all the same was not hit.
    """
    spans = hit_spans(failed, nominal, params)
    if isinstance(spans, Signature) or spans[0].first(Stage.GRASP) is not None:
        return hit_grasp(failed, nominal, params)
    span, reference = spans
    if span.achieved:
        return Signature(False, f"it had its effect all the same: {span.subtask.text}")
    due, nominal_due = span.first(Stage.TRANSPORT), reference.first(Stage.TRANSPORT)
    if due is None or nominal_due is None:
        return Signature(False, f"subtask {params['subtask']} never came to its motion")
    name = span.subtask.object
    shown = [event.step for kind in _WORKED for event in nominal.happened(kind, name, nominal_due, reference.end)]
    return Hit(span, name, due, nominal_due, due + (min(shown) - nominal_due if shown else 3))


_WORKED = (EventKind.PART_MOVED, EventKind.OPENED, EventKind.SHUT, EventKind.PRESSED, EventKind.DISPLACED)


def commanded_close(episode: Episode, span: Span) -> int | None:
    """Return the step at which the policy, before injection, told the gripper to close in a span's grasp stage."""
    start = span.first(Stage.GRASP)
    if start is None:
        return None
    told = episode.arrays["action_told"]
    # The gripper is the last entry of every arm's part of an action; of a pair, the left arm's part is the first half.
    gripper = told.shape[1] // 2 - 1 if span.subtask.arm in ("left", "both") else -1
    closing = np.flatnonzero(told[start : span.end, gripper] > 0.5)
    return start + int(closing[0]) if len(closing) else None


def missed(failed: Episode, hit: Hit, reason: str) -> Signature:
    """Signature of a hand that acted in a wrong place: onset at the first collision, loss, or overdue effect."""
    target, span = hit.target, hit.span
    if span.first(Stage.GRASP) is None:
        return Signature(True, f"{reason}; without effect: {span.subtask.text}", hit.overdue, Stage.TRANSPORT)
    bumped = failed.happened(EventKind.CONTACT_GAINED, None, span.start, hit.due)
    if bumped:
        return Signature(
            True,
            f"{reason}; {bumped[0].subject} hit the {bumped[0].other} before closing",
            bumped[0].step,
            Stage.PRE_GRASP,
        )
    lost = failed.happened(EventKind.RELEASED, target, hit.due)
    if failed.happened(EventKind.GRASPED, target, hit.due) and lost:
        return Signature(True, f"{reason}; the {target} was lost", lost[0].step, stage_at(failed, lost[0].step))
    return Signature(True, f"{reason}; the {target} was not held", hit.overdue, Stage.GRASP)


def hand_at(episode: Episode, step: int, arm: str | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the hand's position (3,) m and orientation (4,) wxyz before a control step."""
    row = max(0, min(step, episode.steps) - 1)
    return episode.columns(*HAND, arm=arm)[row], episode.columns(*HAND_QUAT, arm=arm)[row]


def stage_at(episode: Episode, step: int) -> Stage | None:
    """Return the stage of the policy at a step."""
    return next((span.stage_at(step) for span in reversed(episode.spans) if span.start <= step), None)


def lost_effects(failed: Episode, nominal: Episode) -> tuple[str, ...]:
    """Return the nominal subtasks whose effect stands when the nominal run ends, and not when the failed one does."""
    return tuple(text for text, stands in nominal.effects.items() if stands and not failed.effects.get(text, False))


def first_unachieved(episode: Episode) -> Span | None:
    """Return the first subtask whose own predicate did not hold at its end."""
    return next((span for span in episode.spans if not span.achieved), None)
