"""What every benchmark shares: its first line, its table, and how CPU time is taken.

CPU time of the process, all threads; what is compared is measured in turn within one run, because other programs on
the machine shift wall time and, a little, even CPU time.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

TASKS = ("PickCube", "StackBlocks", "PutItemInDrawer")
"""The native tasks, as in their environment ids."""


class Figure(NamedTuple):
    """One measured number and what it should be."""

    name: str
    measured: float
    goal: float | None = None
    """None: for information only."""
    at_least: bool = False
    """The goal is a lower bound; otherwise an upper one."""
    unit: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached; true where there is none."""
        if self.goal is None:
            return True
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal

    def row(self) -> tuple[str, str, str, str, str]:
        """The cells of its line."""
        goal = "" if self.goal is None else f"{'>=' if self.at_least else '<='} {self.goal:g} {self.unit}"
        verdict = "" if self.goal is None else "met" if self.met else "MISSED"
        return self.name, goal, f"{self.measured:.4g} {self.unit}", verdict, self.note


def arguments(parser_of: Callable[[argparse.ArgumentParser], Any], doc: str | None) -> argparse.Namespace:
    """Read the command line; every benchmark knows `--check`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser_of(parser)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser.parse_args()


def head() -> None:
    """Print what the figures depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("failgym", "mujoco", "gymnasium", "numpy"))
    print(f"{packages}, Python {platform.python_version()}, {platform.machine()}, ", end="")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns: the first one to the left, numbers to the right."""
    cells = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        first, *others = [
            cell.ljust(width) if column == 0 or not _numeric(rows, column) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join([first, *others]).rstrip())


def report(figures: Sequence[Figure], check: bool = False) -> int:
    """Print goals, measurements and verdicts; return 1 if `check` is set and a goal is missed."""
    print()
    table(("figure", "goal", "measured", "verdict", ""), [figure.row() for figure in figures])
    return int(check and not all(figure.met for figure in figures))


def cpu_us(run: Callable[[], object], times: int = 1) -> float:
    """CPU time of one of `times` runs, microseconds."""
    start = time.process_time()
    for _ in range(times):
        run()
    return 1e6 * (time.process_time() - start) / times


def interleaved(cases: dict[str, Callable[[], object]], repeats: int, times: int = 1) -> dict[str, list[float]]:
    """CPU times of several cases in turn, microseconds; one unmeasured round comes first."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for repeat in range(repeats + 1):
        for name, run in cases.items():
            spent = cpu_us(run, times)
            if repeat:
                found[name].append(spent)
    return found


def median(values: Sequence[float]) -> float:
    """Median, NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def progress(text: str) -> None:
    """Say on stderr what is being measured, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)


def _numeric(rows: Sequence[Sequence[object]], column: int) -> bool:
    return all(isinstance(row[column], (int, float)) for row in rows)
