"""`failgym audit`: does every failure bite, and for the labelled reason?"""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import tyro

from failgym.cli import names
from failgym.cli.console import kept, note, progress, say, table
from failgym.cli.folders import cannot_write, open_folder
from failgym.cli.workers import mapped
from failgym.episodes.files import write_json
from failgym.generate.audit import catalogue_median, rate_json, totals

PAGE, RESULT, TASKS = "index.html", "audit.json", "tasks"
BITES = 0.6
"""Share of injected runs that must fail as labelled."""
USUAL = 0.85
"""Median of that share over the catalogue."""
SAVED = 0.95
"""Share of those that the fix must save at the keyframe."""


@dataclass(frozen=True)
class Audit:
    """Try every failure at every task, and count what came of it.

    For each mode and task: failed as labelled, failed otherwise, survived, no effect, not applicable; how often the fix
    saved the run at the keyframe and repaired it from the failed end; median onset; whether a camera could see it.
    Writes JSON and a heat map. Can be stopped and gone on with: tasks that are finished are skipped.
    """

    out: Path
    """Folder to fill."""
    tasks: tuple[str, ...] = (names.ALL,)
    """Native tasks, such as PickCube StackBlocks, or all of these; or robosuite's, such as Robosuite.Lift."""
    modes: tuple[str, ...] = (names.ALL,)
    """Perturbations, sets of a paper, JSON specs, or all."""
    seeds: str = "0:5"
    """A range without its end, or a list."""
    robot: str | None = None
    """Robot, such as ur5e; that of each task unless given. `all` is then every task that it can do."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Processes; one for each processor unless given."""
    check: bool = False
    """Exit with 1 when a mode has silent no-ops, or a goal is missed: 60 % failed as labelled for each pair, 85 % for
    the median mode, 95 % of those saved."""

    def run(self) -> int:
        """Try what is missing, then write the result."""
        from failgym.report.heatmap import heatmap

        chosen, specs, seeds = _tasks(self.tasks, self.robot), names.specs(self.modes), names.seeds(self.seeds)
        content = {"command": "audit", "modes": names.digest(specs), "seeds": self.seeds, "robot": self.robot}
        folder = open_folder(self.out, content, {"tasks": chosen, "modes": specs})
        (folder / TASKS).mkdir(exist_ok=True)
        jobs = [
            Job(task, specs, seeds, names.chosen_robot(task, self.robot))
            for task in chosen
            if not _file(folder, task).is_file()
        ]
        if len(jobs) < len(chosen):
            note(f"{len(chosen) - len(jobs)} of {len(chosen)} tasks are there already.")
        try:
            with progress("audit", len(jobs), "task") as bar, closing(mapped(try_all, jobs, self.workers)) as results:
                for task, counted in results:
                    write_json(counted, _file(folder, task))
                    bar.update(1)
        except KeyboardInterrupt:
            raise kept(folder) from None
        cells = [cell for task in chosen for cell in json.loads(_file(folder, task).read_text("utf-8"))]
        missed = shortfalls(cells)
        try:
            modes = {mode: {name: rate_json(rate) for name, rate in t.items()} for mode, t in totals(cells).items()}
            write_json({"cells": cells, "modes": modes, "missed": missed}, folder / RESULT)
            (folder / PAGE).write_text(heatmap(cells, missed), encoding="utf-8")
        except OSError as error:
            raise cannot_write("--out", folder, error) from None
        _tell(cells, missed)
        say(f"\nheat map  {(folder / PAGE).resolve()}\nJSON      {(folder / RESULT).resolve()}")
        return int(self.check and bool(missed))


class Job(NamedTuple):
    """All modes at one task."""

    task: str
    specs: tuple[dict[str, Any], ...]
    seeds: tuple[int, ...]
    env_kwargs: dict[str, Any]


def try_all(job: Job) -> tuple[str, list[dict[str, Any]]]:
    """Try every mode at one task; return the task and its cells as JSON."""
    from failgym.generate.audit import attempts, cells

    return job.task, [cell.to_json() for cell in cells(attempts(job.task, job.specs, job.seeds, **job.env_kwargs))]


def shortfalls(cells: Sequence[dict[str, Any]]) -> list[str]:
    """Return what misses a goal, in words."""
    found = []
    for cell in cells:
        pair = f"{cell['mode']} at {cell['task']}"
        if cell["counts"]["no_effect"]:
            found.append(f"{pair}: {cell['counts']['no_effect']} injections changed nothing")
        labelled = cell["failed_as_labelled"]
        if labelled and labelled["value"] < BITES:
            found.append(f"{pair}: {labelled['value']:.0%} of {labelled['n']} failed as labelled")
        avoid = cell["avoid"]
        if avoid and avoid["value"] < SAVED and avoid["n"] >= 5:
            found.append(f"{pair}: the fix saved {avoid['value']:.0%} of {avoid['n']}")
    middle = catalogue_median(cells)
    if middle < USUAL:
        found.append(f"the median mode failed as labelled in {middle:.0%}")
    return found


def _tell(cells: Sequence[dict[str, Any]], missed: Sequence[str]) -> None:
    rows = []
    for mode, rates in sorted(totals(cells).items(), key=lambda row: row[1]["failed_as_labelled"].value):
        applicable = sum(cell["mode"] == mode and cell["failed_as_labelled"] is not None for cell in cells)
        shown = (rates[name] for name in ("failed_as_labelled", "avoid"))
        rows.append((mode, applicable, *(f"{rate.value:.0%}" if rate.trials else "-" for rate in shown)))
    say(table(("mode", "tasks", "failed as labelled", "saved by the fix"), rows))
    say(f"\n{len(missed)} goals missed" + (":" if missed else ""))
    for line in missed[:20]:
        say(f"    {line}")


def _tasks(given: Sequence[str], robot: str | None) -> tuple[str, ...]:
    from failgym.envs.mujoco_env import checked_robot
    from failgym.sim.robots import ROBOTS
    from failgym.tasks import NATIVE, TASKS
    from failgym.tasks.robosuite.index import SUITED

    if names.ALL in given:
        if robot is not None:
            ROBOTS.get(robot)
        return tuple(name for name in NATIVE if robot in (None, *TASKS.get(name).robots))
    wanted = [name.strip() for text in given for name in text.split(",") if name.strip()]
    for name in wanted:
        if name.removeprefix("Robosuite.") not in SUITED:
            checked_robot(TASKS.build(name), robot)
    return tuple(dict.fromkeys(wanted))


def _file(folder: Path, task: str) -> Path:
    return folder / TASKS / f"{task}.json"
