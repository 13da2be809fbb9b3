"""Commands that do not become motion as they should: shared by what stops, delays, slows and shakes an arm."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, EventKind, Span, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import Fix, Stage
from failgym.perturbations.base import Signature
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.signatures import HAND, hand_at, hit_spans
from failgym.scene import SceneFacts

Vector = NDArray[np.float64]
AWAY = 0.02
"""Distance of the hand from where it should be that counts as not being there, m."""
CREEP = 0.0015
"""Motion in one control step below which a hand counts as standing still, m."""
STANDSTILL_STEPS = 5
"""Control steps that a standstill lasts, and by which it outlasts the nominal ones, at least."""


def keyframe(index: int, facts: SceneFacts) -> Stage:
    """Return the stage of a subtask at whose beginning the hand can be stopped and sent anew, before it acts."""
    subtask = facts.plan.subtasks[index]
    if subtask.verb == "lift":
        return Stage.LIFT
    return Stage.TRANSPORT if kind(subtask, facts) is Kind.CARRY else Stage.PRE_GRASP


def anew(params: dict[str, Any]) -> Fix:
    """Return the directive to look again and begin the subtask anew, with an arm that obeys."""
    return Fix.retarget(params["object"], stage=Stage(params["stage"]), subtask=params["subtask"])


def held(action: Action, context: StepContext) -> Action:
    """Return a copy in which the arm keeps what was executed last, gripper included; the same object at the start."""
    if context.executed is None:
        return action
    layout = context.layout
    still = action.copy()
    still[layout.motion] = 0.0 if layout.delta else context.executed[layout.motion]
    still[layout.gripper] = context.executed[layout.gripper]
    return still


def under_way(context: StepContext, subtask: int) -> int | None:
    """Return how many control steps ago the hand first set out for a subtask; None before, and after that attempt."""
    began = context.began.get(subtask)
    return None if began is None or subtask in context.ended else context.step - began


def not_made_up_for(action: Action, context: StepContext, subtask: int) -> int | None:
    """Return how many control steps ago the hand first set out for a subtask; None before, and after that attempt.

    While the other arm of a pair goes on, what this one was told at last still stands, and is not to be made up for.
    """
    began, ended = context.began.get(subtask), context.ended.get(subtask)
    if began is not None and ended is not None:
        arm = slice(context.layout.motion.start, context.layout.gripper + 1)
        since = context.told[ended - context.step - 1 :]
        if not all(np.array_equal(told[arm], action[arm]) for told in since):
            return None
    return None if began is None else context.step - began


# -- what physics showed -----------------------------------------------------------------------------------------------


def without_effect(failed: Episode, nominal: Episode, params: dict[str, Any]) -> tuple[Span, Span] | Signature:
    """Find the hit subtask in both runs, if it had no effect in the failed one, or none that lasted."""
    spans = hit_spans(failed, nominal, params)
    if not isinstance(spans, Signature) and spans[0].achieved and not _lost(failed, spans[0]):
        return Signature(False, f"it had its effect all the same: {spans[0].subtask.text}")
    return spans


def _lost(episode: Episode, span: Span) -> bool:
    """Whether what was taken in a span was lost before the gripper opened again."""
    if span.subtask.verb != "grasp":
        return False
    opened = episode.happened(EventKind.OPENING, None, span.end)
    return bool(episode.happened(EventKind.RELEASED, span.subtask.object, span.end, opened[0].step if opened else None))


def lagged(failed: Episode, nominal: Episode, params: dict[str, Any]) -> Signature:
    """Signature of a hand that was not where it should be when a stage began, in a subtask that had no effect."""
    spans = without_effect(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, reference = spans
    arm, found = span.subtask.arm, []
    for stage, step in (*span.stages, (Stage.RETREAT, span.end)):
        wanted = reference.end if step == span.end else reference.first(stage)
        if wanted is not None and step > span.start:
            shift = hand_at(failed, step, arm)[0] - hand_at(nominal, wanted, arm)[0]
            found.append((float(np.linalg.norm(shift)), stage, step))
    late = next((each for each in found if each[0] > AWAY), None)
    if late is None:
        return Signature(False, "the hand was where it should be whenever a stage began")
    distance, stage, step = late
    reason = f"the hand was {100 * distance:.1f} cm behind when the {stage.replace('_', '-')} began"
    return Signature(True, f"{reason}; without effect: {span.subtask.text}", min(step, span.end - 1), stage)


def stood_still(failed: Episode, nominal: Episode, params: dict[str, Any]) -> Signature:
    """Signature of a hand that stood still where the nominal one did not, or longer, and then without effect."""
    spans = without_effect(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, reference = spans
    (start, length), (_, usual) = _standstill(failed, span), _standstill(nominal, reference)
    arm = span.subtask.arm
    off = hand_at(failed, start + length, arm)[0] - hand_at(nominal, _until(nominal, reference), arm)[0]
    if length < STANDSTILL_STEPS or (length < usual + STANDSTILL_STEPS and np.linalg.norm(off) < AWAY):
        return Signature(False, f"the hand stood still for {length} steps only, the nominal one for {usual}")
    reason = f"the hand stood still for {length} steps"
    return Signature(True, f"{reason}; without effect: {span.subtask.text}", start, span.stage_at(start))


def shook(failed: Episode, nominal: Episode, params: dict[str, Any]) -> Signature:
    """Signature of a hand that shook much more than the nominal one, in a subtask that had no effect."""
    spans = without_effect(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, reference = spans
    rough, smooth = _jerks(failed, span), _jerks(nominal, reference)
    if np.median(rough) < 2.0 * max(CREEP, float(np.median(smooth))):
        return Signature(False, "the hand hardly shook")
    onset = span.start + int(np.argmax(rough > np.median(rough)))
    reason = f"the hand shook by {100 * float(np.median(rough)):.1f} cm in each step"
    return Signature(True, f"{reason}; without effect: {span.subtask.text}", onset, span.stage_at(onset))


def _standstill(episode: Episode, span: Span) -> tuple[int, int]:
    """Return where in a span the hand stood still for longest, and for how many steps."""
    best, start = (span.start, 0), span.start
    path = episode.columns(*HAND, arm=span.subtask.arm)[span.start : _until(episode, span)]
    moves = np.linalg.norm(np.diff(path, axis=0), axis=1)
    for step, moved in enumerate(moves.tolist(), span.start + 1):
        if moved > CREEP:
            start = step
        elif step - start > best[1]:
            best = start, step - start
    return best


def _until(episode: Episode, span: Span) -> int:
    """Return where a span ends, with the steps after the last one, in which the hand only waits."""
    return episode.steps if span.index == episode.spans[-1].index else span.end


def _jerks(episode: Episode, span: Span) -> Vector:
    """By how much each motion of the hand differs from the one before, m."""
    path = episode.columns(*HAND, arm=span.subtask.arm)[span.start : span.end]
    return np.asarray(np.linalg.norm(np.diff(path, 2, axis=0), axis=1))
