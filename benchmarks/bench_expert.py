"""Does the expert succeed when nothing is injected, at every task, with every robot, and in how many steps?

Run `python benchmarks/bench_expert.py`; with `--check` it fails when a goal is missed. Results do not depend on the
number of workers.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import common

from failgym.agents import WaypointExpert, run_subtask
from failgym.envs.registration import make_base
from failgym.episodes import Recorder
from failgym.metrics.statistics import Rate
from failgym.tasks import NATIVE, TASKS

MODES = ("keypose", "ee_delta")
GOAL, MEDIAN_GOAL = 95.0, 98.0
SETTLE_STEPS = 10


class Case(NamedTuple):
    """What one worker runs."""

    task: str
    robot: str
    mode: str
    first_seed: int
    seeds: int


class Run(NamedTuple):
    """One episode."""

    success: bool
    actions: int
    steps: int
    failed: str
    """First subtask that was not achieved."""


def episode(env: Any, seed: int) -> Run:
    """Run one episode from reset to the end of the plan."""
    env.reset(seed=seed)
    base, recorder, policy = env.unwrapped, Recorder(boundaries=False), WaypointExpert()
    base.recorder = recorder
    actions, step = 0, env.step

    def counted(action: Any) -> Any:
        nonlocal actions
        actions += 1
        return step(action)

    env.step = counted
    try:
        for index, subtask in enumerate(base.plan.subtasks):
            run_subtask(env, policy, recorder, (index, 0, subtask))
    finally:
        del env.step
    base.idle(SETTLE_STEPS)
    base.recorder = None
    failed = next((span.subtask.text for span in recorder.spans if not span.achieved), "")
    return Run(bool(base.evaluate()["success"]), actions, recorder.step, failed)


def run(case: Case) -> tuple[Case, list[Run], float]:
    """Run the episodes of a case; return them with the CPU time of one, ms."""
    env = make_base(f"FailGym/{case.task}-v0", control_mode=case.mode, robot=case.robot)
    start = time.process_time()
    runs = [episode(env, seed) for seed in range(case.first_seed, case.first_seed + case.seeds)]
    return case, runs, 1e3 * (time.process_time() - start) / case.seeds


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=100, help="episodes for each task, robot and control mode")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--tasks", nargs="*", default=list(NATIVE))
    parser.add_argument("--robots", nargs="*", help="robots; every one that a task knows unless given")
    parser.add_argument("--modes", nargs="*", default=list(MODES), help="also: joint_delta")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--verbose", action="store_true", help="name the seeds that fail")


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    cases = [
        Case(task, robot, mode, args.first_seed, args.seeds)
        for task in args.tasks
        for robot in TASKS.get(task).robots
        if args.robots is None or robot in args.robots
        for mode in args.modes
    ]
    rows, figures, failures, rates = [], [], [], []
    with ProcessPoolExecutor(args.workers) as pool:
        for case, runs, ms in pool.map(run, cases):
            name = f"{case.task} {case.robot} {case.mode}"
            common.progress(name)
            rate = Rate.of(one.success for one in runs)
            rates.append(100 * rate.value)
            steps = [one.steps for one in runs]
            limit = NATIVE[case.task].max_episode_steps
            actions = common.median([one.actions for one in runs])
            rows.append((name, str(rate), actions, common.median(steps), max(steps), limit, round(ms, 1)))
            figures.append(common.Figure(f"{name}: success", rates[-1], GOAL, True, "%", str(rate)))
            failures += [
                (name, str(case.first_seed + index), one.failed or "all subtasks achieved")
                for index, one in enumerate(runs)
                if not one.success
            ]
    print()
    titles = ("task, robot and control mode", "success", "actions", "steps", "max", "limit", "CPU ms")
    common.table(titles, rows)
    if failures and args.verbose:
        print()
        common.table(("failed", "seed", "first subtask not achieved"), failures)
    figures.append(common.Figure("median over all", common.median(rates), MEDIAN_GOAL, True, "%"))
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
