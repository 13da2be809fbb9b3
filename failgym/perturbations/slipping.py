"""Things that a closed hand cannot keep."""

import numpy as np

from failgym.episodes import Episode, EventKind
from failgym.errors import NotApplicableError
from failgym.labels import Fix, Stage
from failgym.perturbations.base import Params, Signature
from failgym.perturbations.signatures import hit_grasp, stage_at
from failgym.scene import SceneFacts

BORNE = ("lift", "place", "move", "pull")
"""Verbs whose object hangs in the hand."""


def choose_borne(name: str, rng: np.random.Generator, facts: SceneFacts, possible: tuple[str, ...]) -> int:
    """Draw a grasp after which the hand bears the thing.

    Raises:
        NotApplicableError: the plan has none.
    """
    steps = facts.plan.subtasks
    hit = [
        index
        for index, step in enumerate(steps)
        if step.verb == "grasp" and step.object in possible
        if all(earlier.object != step.object for earlier in steps[:index])
        if any(later.verb in BORNE and later.object == step.object for later in steps[index:])
    ]
    if not hit:
        raise NotApplicableError(name, "the hand bears nothing that can be altered")
    return int(hit[int(rng.integers(len(hit)))])


def take_again(params: Params) -> Fix:
    """Return the directive to begin the grasp anew."""
    return Fix.retarget(params["object"], stage=Stage.PRE_GRASP, subtask=params["subtask"])


def slipped(failed: Episode, nominal: Episode, params: Params, words: str) -> Signature:
    """Signature of a thing that a hand did not keep although it was told to stay closed; `words` says why, in words."""
    hit = hit_grasp(failed, nominal, params)
    if isinstance(hit, Signature):
        return hit
    name = hit.target
    touched = failed.happened(EventKind.CONTACT_GAINED, None, hit.span.start)
    if not any(each.other == name for each in touched):
        return Signature(False, f"the hand did not touch the {name}")
    opened = failed.happened(EventKind.OPENING, None, hit.due + 1)
    end = opened[0].step if opened else failed.steps
    held = failed.happened(EventKind.GRASPED, name, hit.due, end)
    if not held:
        return Signature(True, f"the {name} was {words}, and never came to be held", hit.overdue, Stage.GRASP)
    lost = failed.happened(EventKind.RELEASED, name, held[0].step, end)
    if lost:
        onset = lost[0].step
        return Signature(
            True, f"the {name} was {words}, and slid out of the closed hand", onset, stage_at(failed, onset)
        )
    rose = failed.happened(EventKind.LIFTED, name, held[0].step, end)
    nominally = nominal.happened(EventKind.LIFTED, name, hit.nominal_due)
    if nominally and not rose:
        onset = hit.due + nominally[0].step - hit.nominal_due
        return Signature(
            True, f"the {name} was {words}, and did not rise with the hand", onset, stage_at(failed, onset)
        )
    return Signature(False, f"the {name} stayed in the hand")


__all__ = ["choose_borne", "slipped", "take_again"]
