"""How many certified triplets does one core make in a minute, with 18 frames each and without any?

Every attempt costs, only what is certified counts. With pictures, a triplet keeps what the cameras front, left and
wrist saw before and after the subtask that is hit, in the nominal, the injected and the corrected run: 18 frames of
256 x 256.

Run `python benchmarks/bench_triplets.py`; with `--check` it fails when a goal is missed.
"""

import argparse
import sys
import time
from collections import Counter

import common

from failgym.episodes import Status, Triplet
from failgym.generate import SETTLE_STEPS, Generator, Recording
from failgym.perturbations import CATALOGUE

CAMERAS = ("front", "left", "wrist")
GOALS = {"frames": 150.0, "state": 800.0}
"""Certified triplets in a minute of CPU time, on PickCube."""


def complete(triplet: Triplet) -> bool:
    """Whether a certified triplet has its 18 frames: three runs, before and after, three cameras."""
    for run in (triplet.nominal, triplet.injected, triplet.avoid):
        if run is None or triplet.certificate.injection is None:
            return False
        found = [(frame.step, frame.camera) for frame in run.frames]
        span = run.span(triplet.certificate.injection.subtask or 0)
        # Where the subtask that is hit is the last one and missing, the ends of the rest stand for before and after.
        steps = (span.start, span.end) if span else (run.steps - SETTLE_STEPS, run.steps)
        if found != [(step, camera) for step in steps for camera in CAMERAS]:
            return False
        if not all(frame.size == (256, 256) and frame.image for frame in run.frames):
            return False
    return True


class Cell:
    """One task with one perturbation: how its attempts ended, and what they cost."""

    def __init__(self) -> None:
        """Nothing was attempted yet."""
        self.ends: Counter[Status] = Counter()
        self.complete = 0
        self.cpu_s = 0.0

    @property
    def per_minute(self) -> float:
        """Certified triplets in 60 s of CPU time."""
        return 60.0 * self.ends[Status.CERTIFIED] / self.cpu_s if self.cpu_s else 0.0

    def add(self, other: "Cell") -> None:
        """Take in the attempts of another cell."""
        self.ends += other.ends
        self.complete += other.complete
        self.cpu_s += other.cpu_s


def measure(task: str, frames: bool, seeds: range, renderer: str) -> dict[str, Cell]:
    """Attempt one triplet for each perturbation and seed."""
    cells = {name: Cell() for name in CATALOGUE}
    recording = Recording(boundaries=True) if frames else None
    with Generator(f"FailGym/{task}-v0", recording=recording, renderer=renderer) as generator:
        generator.triplet("no_close", seeds.start)  # the first picture makes the OpenGL context
        for name, cell in cells.items():
            common.progress(f"{task} {name} {'with frames' if frames else ''}")
            for seed in seeds:
                start = time.process_time()
                triplet = generator.triplet(name, seed)
                cell.cpu_s += time.process_time() - start
                cell.ends[triplet.certificate.status] += 1
                cell.complete += frames and triplet.certificate.holds and complete(triplet)
    return cells


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=6, help="attempts for each task and perturbation, with frames")
    parser.add_argument("--state-seeds", type=int, default=15, help="and without")
    parser.add_argument("--renderer", default="auto", choices=("auto", "gl", "ray"))
    parser.add_argument("--tasks", nargs="*", default=list(common.TASKS))


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    figures = []
    for kind, count in (("frames", args.seeds), ("state", args.state_seeds)):
        totals: dict[str, Cell] = {}
        rows = []
        for task in args.tasks:
            total = totals[task] = Cell()
            for name, cell in measure(task, kind == "frames", range(1000, 1000 + count), args.renderer).items():
                tried = sum(cell.ends.values())
                ms = 1e3 * cell.cpu_s / tried
                certified = cell.ends[Status.CERTIFIED]
                rows.append((f"{task} {name}", tried, certified, cell.complete, round(ms, 1), round(cell.per_minute)))
                total.add(cell)
        print(f"\n{'18 frames of 256 x 256' if kind == 'frames' else 'state only'}")
        titles = ("task and perturbation", "tried", "certified", "with 18 frames", "CPU ms each", "certified/min")
        common.table(titles, rows)
        for task, total in totals.items():
            goal = GOALS[kind] if task == "PickCube" else None
            ms = 1e3 * total.cpu_s / sum(total.ends.values())
            name = f"{task}, all perturbations, {kind}"
            figures.append(common.Figure(name, total.per_minute, goal, True, "/min", f"{ms:.0f} CPU ms per attempt"))
            if kind == "frames":
                share = 100 * total.complete / max(1, total.ends[Status.CERTIFIED])
                figures.append(common.Figure(f"{task}: certified with exactly 18 frames", share, 100.0, True, "%"))
        mean = sum(total.per_minute for total in totals.values()) / len(totals)
        figures.append(common.Figure(f"mean of the tasks, {kind}", mean, unit="/min"))
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
