"""Does the expert succeed when nothing is injected, in every control mode, and in how many steps?

Run `python benchmarks/bench_expert.py`; with `--check` it fails when a goal is missed.
"""

import argparse
import sys
import time
from typing import Any

import common

from failgym.agents import WaypointExpert, run_subtask
from failgym.envs.registration import ENTRIES, make_base
from failgym.episodes import Recorder
from failgym.metrics.statistics import Rate

MODES = ("keypose", "ee_delta", "joint_delta")
GOAL = 0.98
SETTLE_STEPS = 10


def episode(env: Any, seed: int) -> tuple[bool, int, int, str]:
    """Run one; return success, actions, control steps, and the first subtask that was not achieved."""
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
    return bool(base.evaluate()["success"]), actions, recorder.step, failed


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=200, help="episodes for each task in key-pose control")
    parser.add_argument("--delta-seeds", type=int, default=50, help="episodes in each of the other control modes")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--tasks", nargs="*", default=list(common.TASKS))
    parser.add_argument("--modes", nargs="*", default=list(MODES))
    parser.add_argument("--verbose", action="store_true", help="name the seeds that fail")


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    rows, figures, failures = [], [], []
    for task in args.tasks:
        for mode in args.modes:
            env = make_base(f"FailGym/{task}-v0", control_mode=mode)
            limit = ENTRIES[f"FailGym/{task}-v0"].max_episode_steps
            count = args.seeds if mode == "keypose" else args.delta_seeds
            start, runs = time.process_time(), []
            for seed in range(args.first_seed, args.first_seed + count):
                common.progress(f"{task} {mode} {seed}")
                runs.append(episode(env, seed))
                if not runs[-1][0]:
                    failures.append((f"{task} {mode}", str(seed), runs[-1][3] or "all subtasks achieved"))
            rate = Rate.of(run[0] for run in runs)
            ms = 1e3 * (time.process_time() - start) / count
            steps = [run[2] for run in runs]
            rows.append((f"{task} {mode}", count, str(rate), common.median([run[1] for run in runs]), min(steps),
                         common.median(steps), max(steps), limit, round(ms, 1)))  # fmt: skip
            figures.append(common.Figure(f"{task} {mode}: success", 100 * rate.value, 100 * GOAL, True, "%", str(rate)))
    print()
    titles = ("task and control mode", "episodes", "success", "actions", "min", "steps", "max", "limit", "CPU ms")
    common.table(titles, rows)
    if failures and args.verbose:
        print()
        common.table(("failed", "seed", "first subtask not achieved"), failures)
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
