"""What does FailGym add to physics? `env.step` against the same `mj_step` work, reset, and fork with restore.

An expert episode is recorded in `ee_delta` and repeated: block after block, first by `env.step` through everything that
`gym.make` wraps around the environment (an injection that is asked in every step and never acts included), then by
`mj_step(model, data, 10)` on a copy with the same servo targets. Both must end in the same state, bit for bit.

Run `python benchmarks/bench_step.py`; with `--check` it fails when a goal is missed.
"""

import argparse
import copy
import sys
import time
from collections.abc import Callable
from typing import Any

import common
import gymnasium as gym
import mujoco
import numpy as np

from failgym.agents import WaypointExpert
from failgym.sim.arena import SUBSTEPS

INACTIVE = [{"name": "delay_close", "steps": 0}]
BLOCK = 10


class Course:
    """An environment, the actions of one expert episode in it, and the servo targets that they led to."""

    def __init__(self, task: str, steps: int) -> None:
        """Record them; in StackBlocks with three named blocks and one distractor."""
        self.env = gym.make(f"failgym:FailGym/{task}-v0", perturbations=INACTIVE, max_episode_steps=10**6)
        self.base: Any = self.env.unwrapped
        self.world = self.base.world
        self.seed = next(seed for seed in range(100) if self._wanted(task, seed))
        self.actions = self._record()[:steps]
        self.controls = self._controls()
        self.raw = mujoco.MjData(self.world.model)

    def _wanted(self, task: str, seed: int) -> bool:
        self.env.reset(seed=seed)
        return task != "StackBlocks" or len(self.base.task.blocks) == 3

    def _record(self) -> list[Any]:
        observation, _ = self.env.reset(seed=self.seed)
        policy, actions = WaypointExpert(), []
        for subtask in self.base.plan.subtasks:
            policy.reset(self.env, subtask)
            while (action := policy.act(observation)) is not None:
                actions.append(action.astype(np.float32))
                observation, *_ = self.env.step(actions[-1])
        return actions

    def _controls(self) -> list[Any]:
        self.env.reset(seed=self.seed)
        found = []
        for action in self.actions:
            self.env.step(action)
            found.append(self.world.data.ctrl.copy())
        return found

    def blocks(self) -> list[tuple[float, float]]:
        """CPU time of `env.step` and of the raw physics, microseconds per control step, block after block."""
        found = []
        self.env.reset(seed=self.seed)
        for first in range(0, len(self.actions) - BLOCK + 1, BLOCK):
            mujoco.mj_copyData(self.raw, self.world.model, self.world.data)
            env, model, data = self.env, self.world.model, self.raw
            start = time.process_time()
            for action in self.actions[first : first + BLOCK]:
                env.step(action)
            stepped = time.process_time() - start
            start = time.process_time()
            for control in self.controls[first : first + BLOCK]:
                data.ctrl[:] = control
                mujoco.mj_step(model, data, SUBSTEPS)
            plain = time.process_time() - start
            assert np.array_equal(data.qpos, self.world.data.qpos), "the raw physics went elsewhere"
            assert np.array_equal(data.qvel, self.world.data.qvel), "the raw physics went elsewhere"
            found.append((1e6 * stepped / BLOCK, 1e6 * plain / BLOCK))
        return found

    def parts(self) -> dict[str, float]:
        """Median wall time of the parts of a step, microseconds, by timing calls one by one (about 0.1 us each)."""
        spent: dict[str, list[float]] = {}
        base, world = self.base, self.world
        for owner, name, label in (
            (world.arm.controller, "move_by", "controller"),
            (world.tracker, "update", "tracker"),
            (base, "_observe", "observation"),
            (base, "evaluate", "evaluate"),
            (base, "_info", "info"),
            (base, "_advance_pointer", "subtask pointer"),
            (base, "command_filter", "injection"),
            (base.action_layout, "checked", "action check"),
            (self.env, "step", "whole step"),
        ):
            _time_calls(owner, name, spent.setdefault(label, []))
        step, times = mujoco.mj_step, spent.setdefault("mj_step x 10", [])
        mujoco.mj_step = _timed(step, times)
        try:
            self.env.reset(seed=self.seed)
            base.command_filter = _timed(base.command_filter, spent["injection"])
            for action in self.actions:
                self.env.step(action)
        finally:
            mujoco.mj_step = step
        return {label: common.median(values) for label, values in spent.items() if values}


def _timed(call: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        start = time.perf_counter()
        result = call(*args)
        times.append(1e6 * (time.perf_counter() - start))
        return result

    return timed


def _time_calls(owner: Any, name: str, times: list[float]) -> None:
    call = getattr(owner, name)
    if callable(call):
        object.__setattr__(owner, name, _timed(call, times))


def reset_cost(course: Course, times: int) -> list[float]:
    """CPU times of `env.reset`, milliseconds."""
    return [common.cpu_us(lambda seed=seed: course.env.reset(seed=seed)) / 1000 for seed in range(times)]


def fork_cost(course: Course, repeats: int) -> tuple[float, float, float]:
    """Microseconds of a snapshot (given back), of a restore, and of a snapshot that is kept."""
    env = course.env
    snapshot, restore = env.get_wrapper_attr("snapshot"), env.get_wrapper_attr("restore")
    release = env.get_wrapper_attr("release")
    env.reset(seed=course.seed)
    for action in course.actions[:40]:
        env.step(action)
    mark = snapshot()
    cases = {"fork": lambda: release(snapshot()), "restore": lambda: restore(mark)}
    times = common.interleaved(cases, repeats, times=50)
    kept: list[Any] = []
    fresh = [common.cpu_us(lambda: kept.append(snapshot())) for _ in range(30)]
    return common.median(times["fork"]), common.median(times["restore"]), common.median(fresh)


def continues(course: Course, start: int = 40, steps: int = 60) -> bool:
    """Whether `steps` control steps after a restore repeat the same bits, observations and infos included."""
    env = course.env
    env.reset(seed=course.seed)
    for action in course.actions[:start]:
        env.step(action)
    mark = env.get_wrapper_attr("snapshot")()
    runs = []
    further = (course.actions * 4)[start : start + steps]
    for _ in range(2):
        run = []
        for action in further:
            observation, _, _, _, info = env.step(action)
            run.append((course.base.state_bytes(), observation.tobytes(), copy.deepcopy(info)))
        runs.append(run)
        env.get_wrapper_attr("restore")(mark)
    return len(further) == steps and runs[0] == runs[1]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=int, default=100, help="control steps of the episode that are timed")
    parser.add_argument("--repeats", type=int, default=15, help="how often the episode is repeated")
    parser.add_argument("--resets", type=int, default=200)
    parser.add_argument("--tasks", nargs="*", default=list(common.TASKS))


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    figures, rows, part_rows = [], [], []
    for task in args.tasks:
        course = Course(task, args.steps)
        course.blocks()  # warms up
        pairs = [pair for _ in range(args.repeats) for pair in course.blocks()]
        ratio = common.median([stepped / plain for stepped, plain in pairs])
        stepped, plain = (common.median([pair[side] for pair in pairs]) for side in (0, 1))
        rows.append((task, stepped, plain, stepped - plain, ratio, len(pairs)))
        resets = reset_cost(course, args.resets)
        fork, restore, fresh = fork_cost(course, args.repeats)
        assert continues(course), "a restored episode does not continue bit for bit"
        goal = task != "PutItemInDrawer"
        figures += [
            common.Figure(f"{task}: env.step / mj_step x 10", ratio, 1.25 if goal else None, unit="x"),
            common.Figure(f"{task}: reset", common.median(resets), 0.3, unit="ms", note=f"max {max(resets):.2f} ms"),
            common.Figure(f"{task}: snapshot + restore", fork + restore, 20.0, unit="us",
                          note=f"{fork:.1f} + {restore:.1f}; {fresh:.0f} where the snapshot is not given back"),
        ]  # fmt: skip
        part_rows.append((task, course.parts()))
    print("\nCPU us per control step (50 ms), medians over blocks of ten")
    common.table(("task", "env.step", "mj_step x 10", "overhead", "ratio", "blocks"), rows)
    print("\nparts of a step, wall us, medians (timing a call adds a little)")
    labels = list(part_rows[0][1])
    rows_of_parts = [(label, *(round(parts.get(label, 0.0), 1) for _, parts in part_rows)) for label in labels]
    common.table(("part", *(task for task, _ in part_rows)), rows_of_parts)
    print("\n60 control steps after a restore repeat the same bits: yes")
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
