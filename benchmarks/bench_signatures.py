"""Do injected episodes fail for the labelled reason, and do their fixes save them?

Attempts triplets of every perturbation in every task. Of the injected runs that failed, the share that failed in the
labelled way is the signature agreement; of those, the shares that the fix at the keyframe (avoid) and the repair of the
failed end state (recover) saved.

Run `python benchmarks/bench_signatures.py --seeds 40 --processes 2`; with `--check` it fails when a goal is missed.
"""

import argparse
import multiprocessing
import sys
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import common

from failgym.errors import FailGymError
from failgym.generate import MOUNTS
from failgym.metrics.statistics import Rate

AGREEMENT, AVOID = 0.90, 0.95
SAID = ("certified", "uncorrected", "other_cause")
"""Ends of attempts whose injected run failed."""
SILENT = ("survived", "no_effect", "nominal_failed", "not_applicable")
"""The others; `error` is an attempt that could not be finished, which should not happen."""


class Attempt(NamedTuple):
    """How one attempt at a triplet ended."""

    task: str
    perturbation: str
    seed: int
    status: str
    reason: str
    recovered: bool


def attempts(job: tuple[str, str, str, range]) -> list[Attempt]:
    """Attempt the triplets of one task and one perturbation; `job` is (task, perturbation, mount, seeds)."""
    from failgym.generate import Generator

    task, name, mount, seeds = job
    found = []
    with Generator(f"FailGym/{task}-v0", mount=mount) as generator:
        for seed in seeds:
            try:
                certificate = generator.triplet(name, seed).certificate
            except FailGymError as error:
                found.append(Attempt(task, name, seed, "error", f"{type(error).__name__}: {error}"[:100], False))
                continue
            end = str(certificate.status), certificate.reason, certificate.recoverable
            found.append(Attempt(task, name, seed, *end))
    return found


class Counts:
    """Attempts, counted."""

    def __init__(self, made: list[Attempt]) -> None:
        """Count them."""
        ends = Counter(attempt.status for attempt in made)
        self.tried = len(made)
        self.ends = ends
        labelled = ends["certified"] + ends["uncorrected"]
        self.agreement = Rate(labelled, labelled + ends["other_cause"])
        self.avoid = Rate(ends["certified"], labelled)
        self.recover = Rate(sum(attempt.recovered for attempt in made), labelled)

    def row(self, name: str) -> tuple[Any, ...]:
        """The cells of its line."""
        order = (*SAID, *SILENT, "error")
        counts = (self.ends[status] for status in order)
        return name, self.tried, *counts, _percent(self.agreement), _percent(self.avoid), _percent(self.recover)


def _percent(rate: Rate) -> str:
    if not rate.trials:
        return "-"
    low, high = rate.interval
    return f"{100 * rate.value:3.0f} [{100 * low:.0f}, {100 * high:.0f}]"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=40, help="attempts for each task and perturbation")
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--mount", default="keypose", choices=MOUNTS)
    parser.add_argument("--tasks", nargs="*", default=list(common.TASKS))
    parser.add_argument("--perturbations", nargs="*", default=None)
    parser.add_argument("--reasons", type=int, default=4, help="reasons shown for each kind of miss")


def _reasons(made: list[Attempt], shown: int) -> list[tuple[str, str, int, str]]:
    grouped: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in made:
        if attempt.status not in ("certified", "not_applicable"):
            grouped[attempt.perturbation, attempt.status].append(attempt)
    rows = []
    for (name, status), group in sorted(grouped.items()):
        kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
        for attempt in group:
            words = (
                word for word in attempt.reason.split() if word not in _COLOURS and not any(c.isdigit() for c in word)
            )
            kinds[attempt.task, " ".join(words)].append(attempt.seed)
        for (task, reason), seeds in sorted(kinds.items(), key=lambda item: -len(item[1]))[:shown]:
            rows.append((f"{name} {status}", task, len(seeds), f"{reason}  (seed {seeds[0]})"))
    return rows


_COLOURS = frozenset(("red", "green", "blue", "yellow", "purple", "orange", "cyan", "pink"))


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    from failgym.perturbations import CATALOGUE

    names = args.perturbations or CATALOGUE
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    jobs = [(task, name, args.mount, seeds) for name in names for task in args.tasks]
    made: list[Attempt] = []
    with multiprocessing.get_context("forkserver").Pool(args.processes) as pool:
        for number, found in enumerate(pool.imap(attempts, jobs)):
            made += found
            common.progress(f"{number + 1} of {len(jobs)} cells")
    rows, figures = [], []
    for name in names:
        for task in args.tasks:
            cell = Counts([attempt for attempt in made if (attempt.perturbation, attempt.task) == (name, task)])
            rows.append(cell.row(f"{name} {task}"))
        counts = Counts([attempt for attempt in made if attempt.perturbation == name])
        rows.append(counts.row(f"{name} (all)"))
        for label, rate, goal in (("signature", counts.agreement, AGREEMENT), ("avoid", counts.avoid, AVOID)):
            figures.append(common.Figure(f"{name}: {label}", 100 * rate.value, 100 * goal, True, "%", _percent(rate)))
        recover = counts.recover
        figures.append(common.Figure(f"{name}: recover", 100 * recover.value, unit="%", note=_percent(recover)))
    print(
        f"\n{args.seeds} seeds from {args.first_seed} on, mount {args.mount}; shares in % with Wilson intervals at 95 %"
    )
    statuses = ("certified", "uncorr.", "other", "survived", "no eff.", "nominal", "n/a", "error")
    common.table(("perturbation and task", "tried", *statuses, "agreement", "avoid", "recover"), rows)
    broken = sum(attempt.status == "error" for attempt in made)
    figures.append(common.Figure("attempts that raised", broken, 0.0))
    print("\nwhy not")
    common.table(("perturbation and end", "task", "count", "reason"), _reasons(made, args.reasons))
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
