"""How record perturbations are applied: one call, one receipt."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from failgym.episodes import Episode
from failgym.errors import NotApplicableError, SeatError
from failgym.perturbations.base import RecordPerturbation, Seat, build, inject, stream
from failgym.perturbations.compose import Spec
from failgym.perturbations.record.facts import facts_of


def relabel(
    episode: Episode, perturbation: Spec, seed: int = 0, *, occurrence: int = 0, visible: Sequence[str] = ()
) -> Episode:
    """Return what a perturbation at the record seat makes of a recorded episode, simulated or real.

    The episode itself is left as it is, and shares with the result what was not changed. The last of the result's
    `injections` is the receipt: its `params` hold the draw, under `recorded` what the record said and how it ended, and
    under `evidence` how it is known that the result is what it claims to be. That is a reading of the record and no
    proof by execution: there is no certificate for it.

    Args:
        episode: A record of a success.
        perturbation: Name, mapping with `name`, or instance; `one_of` and `maybe` choose.
        seed: Fixes the draw.
        occurrence: Tells several draws of one seed apart.
        visible: Names of things that can be seen, beside those that the episode lists.

    Raises:
        SeatError: a perturbation of another seat.
        NotApplicableError: the record is no success, or gives it nothing to act on.
    """
    built = build(perturbation)
    for part in built.resolve(stream(seed, f"resolve/{built.name}", occurrence)):
        if not isinstance(part, RecordPerturbation):
            raise SeatError(part.name, str(part.seat), "a recorded episode", [str(Seat.RECORD)])
        episode = _relabelled(episode, part, seed, occurrence, visible)
    return episode


def _relabelled(
    episode: Episode, part: RecordPerturbation, seed: int, occurrence: int, visible: Sequence[str]
) -> Episode:
    if not episode.outcome.success:
        raise NotApplicableError(part.name, "the record is no success")
    params = part.sample(stream(seed, part.name, occurrence), facts_of(episode, visible))
    altered = part.perturb(episode, params)
    if altered is episode:
        raise NotApplicableError(part.name, "the record shows nothing that could change")
    signature = part.signature(altered, episode, params)
    if not signature.matches:
        raise NotApplicableError(part.name, signature.reason)
    recorded = {
        "uid": episode.uid,
        "instruction": episode.instruction,
        "plan": [subtask.text for subtask in episode.plan.subtasks],
        "outcome": asdict(episode.outcome),
    }
    receipt = inject(part, params | {"recorded": recorded, "evidence": signature.reason})
    first = altered.outcome.onset or 0
    last = max(first, altered.steps - 1, *(frame.step for frame in altered.frames), 0)
    number = f"{seed}" if not occurrence else f"{seed}.{occurrence}"
    return replace(
        altered,
        uid=f"{episode.uid}/{part.name}/{number}",
        injections=(*episode.injections, receipt.at(first).at(last)),
        verdicts=(),
    )
