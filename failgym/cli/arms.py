"""Arms of the loop: the same episode, watched by somebody else."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from failgym.episodes import Episode
from failgym.labels import Judgement
from failgym.metrics import Rate

if TYPE_CHECKING:
    from failgym.report import ArmResult

NOMINAL = "nominal"
"""Name of the arm without injection."""


class Arm(NamedTuple):
    """Who watches, and what is done about it."""

    name: str
    verifier: str | None = None
    recovery: str | None = None
    injected: bool = True


class Job(NamedTuple):
    """One held-out episode in every arm."""

    env_id: str
    spec: dict[str, Any]
    seed: int
    arms: tuple[Arm, ...]
    env_kwargs: tuple[tuple[str, Any], ...] = ()
    max_recoveries: int = 2
    folder: str | None = None
    """Where the episodes are saved; None: nowhere."""


def usual(verifiers: Sequence[str], recovery: str) -> tuple[Arm, ...]:
    """Return the arms that show what a verifier is worth: nothing injected, nobody watching, always twice, watched."""
    watched = tuple(Arm(verifier, verifier, recovery) for verifier in verifiers)
    return (Arm(NOMINAL, injected=False), Arm("no verifier"), Arm("blind retry", None, "blind-retry"), *watched)


def run(job: Job) -> "list[ArmResult]":
    """Run one episode in every arm; saved ones are read instead."""
    return [_run(job, arm) for arm in job.arms]


def table_rows(results: "Sequence[ArmResult]") -> list[list[object]]:
    """Return one row for each arm: success with its interval, and what watching cost."""
    rows: list[list[object]] = []
    for name in dict.fromkeys(result.arm for result in results):
        group = [result for result in results if result.arm == name]
        rate = Rate.of(result.success for result in group)
        asked = [result for result in group if result.verdicts]
        watched = [sum(getattr(result, field) for result in asked) for field in ("verdicts", "false_alarms", "misses")]
        latency = f"{1e3 * sum(r.latency_s for r in asked) / len(asked):.2f}" if asked else "-"
        interventions = sum(result.interventions for result in group)
        low, high = rate.interval
        success = [f"{rate.successes}/{rate.trials}", f"{rate.value:.2f}", f"{low:.2f}..{high:.2f}"]
        rows.append([name, *success, interventions, *(watched if asked else ["-"] * 3), latency])
    return rows


HEAD = ("arm", "success", "rate", "95 % CI", "recoveries", "verdicts", "false alarms", "misses", "ms")
"""Columns of `table_rows`."""


def result_of(episode: Episode, env_id: str, perturbation: str, arm: str, seed: int) -> "ArmResult":
    """Return what one episode says about its arm."""
    from failgym.report import ArmResult

    judged = [(entry.truth, entry.verdict) for entry in episode.verdicts]
    return ArmResult(
        env_id,
        perturbation,
        arm,
        seed,
        episode.outcome.success,
        episode.interventions,
        len(judged),
        sum(truth is True and verdict.outcome is Judgement.FAILURE for truth, verdict in judged),
        sum(truth is False and verdict.outcome is Judgement.SUCCESS for truth, verdict in judged),
        sum(verdict.latency_s for _, verdict in judged) / max(1, len(judged)),
        episode.steps,
    )


def _run(job: Job, arm: Arm) -> "ArmResult":
    from failgym.cli import names
    from failgym.episodes.files import EPISODE, load, save

    label = names.label(job.spec)
    place = None
    if job.folder is not None:
        place = Path(job.folder, names.short(job.env_id), label, arm.name.replace(" ", "-"), f"seed-{job.seed:06d}")
    if place is not None and (place / EPISODE).is_file():
        episode = load(place)
    else:
        episode = _episode(job, arm)
        if place is not None:
            save(episode, place)
    return result_of(episode, job.env_id, label, arm.name, job.seed)


def _episode(job: Job, arm: Arm) -> Episode:
    import gymnasium as gym

    from failgym.loop import rollout

    perturbations = [job.spec] if arm.injected else []
    env = gym.make(f"failgym:{job.env_id}", perturbations=perturbations, **dict(job.env_kwargs))
    try:
        return rollout(
            env, verifier=arm.verifier, recovery=arm.recovery, max_recoveries=job.max_recoveries, seed=job.seed
        )
    finally:
        env.close()
