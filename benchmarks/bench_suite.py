"""What do the native tasks cost: a control step, a reset, building the scene?

Each task's expert episode is stepped in turn with PickCube's, in one run; `Suite-wide median` is the figure that
counts. Run `python benchmarks/bench_suite.py`; with `--check` it fails when a goal is missed.
"""

import argparse
import sys
import time
from typing import Any

import common
import numpy as np

from failgym.agents import WaypointExpert
from failgym.envs.registration import make_base
from failgym.sim.model import build_model
from failgym.sim.robots import ROBOTS
from failgym.tasks import NATIVE, TASKS

REFERENCE = "PickCube"


class Course:
    """One task's expert episode in `ee_delta` control."""

    def __init__(self, task: str, seed: int, steps: int) -> None:
        """Run the expert once and keep its actions."""
        self.seed = seed
        self.env: Any = make_base(f"FailGym/{task}-v0")
        self.actions: list[Any] = []
        self.env.reset(seed=seed)
        base, policy = self.env.unwrapped, WaypointExpert()
        for subtask in base.plan.subtasks:
            policy.reset(self.env, subtask)
            while len(self.actions) < steps and (action := policy.act(None)) is not None:
                self.actions.append(action)
                self.env.step(action)

    def step_us(self) -> float:
        """Mean CPU time of a control step over the episode, us."""
        self.env.reset(seed=self.seed)
        start = time.process_time()
        for action in self.actions:
            self.env.step(action)
        return 1e6 * (time.process_time() - start) / len(self.actions)

    def reset_ms(self, count: int) -> float:
        """Median CPU time of a reset, ms."""
        return common.median([1e-3 * common.cpu_us(lambda s=seed: self.env.reset(seed=s)) for seed in range(count)])


def compile_ms(task: str, robot: str) -> float:
    """CPU time of building one task's model, ms; the caller has built another one before."""
    entities = tuple(TASKS.build(task).entities())
    start = time.process_time()
    build_model(ROBOTS.build(robot), entities)
    return 1e3 * (time.process_time() - start)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=int, default=400, help="control steps of an episode that are timed, at most")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tasks", nargs="*", default=list(NATIVE))


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    reference = Course(REFERENCE, 7, args.steps)
    reference.step_us()
    rows, figures, ratios = [], [], []
    for task in args.tasks:
        common.progress(task)
        course = Course(task, 7, args.steps)
        course.step_us()
        pairs = [(course.step_us(), reference.step_us()) for _ in range(args.repeats)]
        ratios.append(common.median([ours / theirs for ours, theirs in pairs]))
        built = common.median([compile_ms(task, TASKS.get(task).robots[0]) for _ in range(3)])
        step = common.median([ours for ours, _ in pairs])
        rows.append((task, round(step), round(ratios[-1], 2), round(course.reset_ms(30), 2), round(built, 1)))
        figures.append(common.Figure(f"{task}: build the model", built, 50.0, unit="ms"))
    print()
    common.table(("task", "step us", "x PickCube", "reset ms", "build ms"), rows)
    overall = common.Figure("Suite-wide median step cost", float(np.median(ratios)), 2.0, unit="x PickCube")
    slowest = common.Figure("Slowest task's step cost", max(ratios), unit="x PickCube")
    return common.report([overall, slowest, *figures], args.check)


if __name__ == "__main__":
    sys.exit(main())
