"""What swaps in the text of a record share: the text is altered everywhere, and the record becomes a failure."""

from collections.abc import Sequence
from dataclasses import replace

from failgym.episodes import Episode, Frame, Outcome, Span
from failgym.errors import PlanError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import Params, Signature
from failgym.perturbations.record.facts import closed_at_first
from failgym.plans import Plan, Subtask, check


def said_otherwise(episode: Episode, params: Params) -> Episode:
    """Return the episode with the text of a draw; pictures, states and actions are shared.

    Where the plan grammar cannot say the altered text, `params["plan"]` is empty, and the record goes without plan and
    spans: what it says is about the whole episode. Spans that now ask for something else count as not achieved, and
    frames lose the points of what they asked for before.
    """
    if params["instruction"] == episode.instruction:
        return episode
    plan = Plan(params["instruction"], tuple(Subtask.parse(line) for line in params["plan"]))
    spans = _spans(episode, plan)
    if spans is None:
        plan, spans = Plan(plan.instruction, ()), ()
    onset = next((new.start for new, old in zip(spans, episode.spans, strict=False) if new is not old), None)
    return replace(
        episode,
        instruction=plan.instruction,
        plan=plan,
        spans=spans,
        frames=tuple(_frame(frame, spans, episode.spans) for frame in episode.frames),
        outcome=Outcome(False, {"success": False}, FailureMode.MISMATCH, onset),
    )


def sayable(plan: Plan, lines: Sequence[str] | None) -> list[str]:
    """Return the altered lines of a plan if the grammar can say them and they can work; else nothing."""
    try:
        altered = Plan(plan.instruction, tuple(Subtask.parse(line) for line in lines or ()))
    except PlanError:
        return []
    worse = len(check(altered, closed_at_first(altered))) > len(check(plan, closed_at_first(plan)))
    return [] if worse or altered.subtasks == plan.subtasks else [subtask.text for subtask in altered.subtasks]


def hit(plan: Plan, lines: Sequence[str]) -> int | None:
    """Return the index of the first subtask that the altered lines change."""
    pairs = enumerate(zip(plan.subtasks, lines, strict=False))
    return next((index for index, (old, new) in pairs if old.text != new), None)


def mismatch_fix(params: Params) -> Fix:
    """Return the fix of a mismatch: do what is asked; in the plan grammar where that can say it."""
    return Fix.replan("\n".join(params["plan"]) or params["instruction"], subtask=params["subtask"])


def mismatch_signature(failed: Episode, nominal: Episode) -> Signature:
    """Tell whether the text changed and no longer describes what happened, and how that is known."""
    if failed.instruction == nominal.instruction:
        return Signature(False, "the instruction is the same")
    if not nominal.outcome.success:
        return Signature(False, "the record did not do what its own instruction says")
    asked = [subtask.text for subtask in failed.plan.subtasks if subtask not in nominal.plan.subtasks]
    standing = [text for text in asked if nominal.effects.get(text, False)]
    if asked and len(standing) == len(asked):
        return Signature(False, f"what it says now is true at the end as well: {'; '.join(standing)}")
    kept = {subtask.text for subtask in failed.plan.subtasks}
    stood = [text for text, stands in nominal.effects.items() if stands and text not in kept]
    onset = failed.outcome.onset
    if stood:
        return Signature(True, f"measured: at the end stands instead: {'; '.join(stood)}", onset)
    if nominal.effects or nominal.outcome.checks:
        return Signature(True, f"measured: the task's predicate held for: {nominal.instruction}", onset)
    return Signature(True, "by construction: the record shows what the old instruction says", onset)


def _spans(episode: Episode, plan: Plan) -> tuple[Span, ...] | None:
    """Return the spans with the altered subtasks; None where a span is not of the record's plan."""
    if not plan.subtasks:
        return None
    spans = []
    for span in episode.spans:
        if span.index >= len(plan.subtasks) or span.subtask != episode.plan.subtasks[span.index]:
            return None
        altered = plan.subtasks[span.index]
        spans.append(span if altered == span.subtask else replace(span, subtask=altered, achieved=False))
    return tuple(spans)


def _frame(frame: Frame, spans: Sequence[Span], before: Sequence[Span]) -> Frame:
    """Return the frame without the points of what its subtask no longer names."""
    pairs = list(zip(spans, before, strict=False))
    # A frame between two subtasks belongs to the one that ends there.
    pair = next(((new, old) for new, old in pairs if frame.step <= new.end), None)
    if pair is None:
        gone = {"target", "goal"} if not spans else set[str]()
    else:
        new, old = pair[0].subtask, pair[1].subtask
        gone = {"target"} if new.object != old.object else set()
        gone |= {"goal"} if (new.relation, new.target) != (old.relation, old.target) else set()
    points = {name: point for name, point in frame.points.items() if name not in gone}
    return frame if len(points) == len(frame.points) else replace(frame, points=points)
