"""What came of an altered plan: readings of recorded runs that the plan perturbations share."""

from collections.abc import Collection

from failgym.episodes import Episode, Event, EventKind, Span
from failgym.perturbations.base import Signature
from failgym.perturbations.signatures import lost_effects


def failed_before(failed: Episode, nominal: Episode, index: int) -> Signature | None:
    """Return that another subtask, before that index, had failed already; None where it was the first to fail."""
    worked = {span.index for span in nominal.spans if span.achieved}
    for span in failed.spans:
        if span.index < index and not span.achieved and span.index in worked:
            return Signature(False, f"an earlier subtask failed: {span.subtask.text}")
    return None


def missing_effect(failed: Episode, nominal: Episode, wanted: Collection[int], onward: int) -> str | None:
    """Return which effect a run lacks: one of the wanted subtasks' if it should stand at the end, else a later one's.

    Args:
        failed: The run.
        nominal: The unperturbed run.
        wanted: Indices in the nominal plan.
        onward: Index in the altered plan from which on subtasks count that were not achieved.
    """
    lost = lost_effects(failed, nominal)
    texts = [nominal.plan.subtasks[index].text for index in wanted]
    undone = [span.subtask.text for span in failed.spans if span.index >= onward and not span.achieved]
    return next(iter([*(text for text in texts if text in lost), *undone, *lost]), None)


def first_event(
    failed: Episode, subtasks: Collection[int], kinds: Collection[EventKind], subjects: Collection[str]
) -> tuple[Event, Span] | None:
    """Return the first event of these kinds and subjects while these subtasks ran, and the run of that subtask."""
    spans = [span for span in failed.spans if span.index in subtasks]
    return next(
        (
            (event, span)
            for event in failed.events
            if event.kind in kinds and event.subject in subjects
            for span in spans
            if span.start <= event.step < span.end
        ),
        None,
    )
