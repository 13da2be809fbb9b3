"""Does the hand keep every kind of thing that tasks let it grasp, with every gripper?

For each task, robot and class of graspable thing the expert grasps one, the hand lifts it 15 cm and shakes it for 2 s.
Run `python benchmarks/bench_shake_things.py --seeds 20`; with `--check` it fails when a goal is missed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import common
import numpy as np

from failgym.agents import WaypointExpert, run_subtask
from failgym.envs.registration import make_base
from failgym.episodes import Recorder
from failgym.tasks import NATIVE, TASKS

LIFT_STEPS = 8
LIFT = 0.15
SHAKE_STEPS = 40
SHAKE_M = 0.06
SHAKE_RAD = 0.3
GOAL = 95.0


class Shaken(NamedTuple):
    """One thing of one task in one hand."""

    task: str
    robot: str
    kind: str
    """Class of the thing."""
    grasped: int
    held: int
    """After the shake."""


def shake(env: Any, seed: int, name: str, arms: Sequence[str | None]) -> bool:
    """Lift and shake what these arms hold; return whether they still hold it. Two arms shake without turning."""
    base, rng = env.unwrapped, np.random.default_rng([seed, 5])
    parts = [base.action_layout.part(arm) for arm in arms]

    def told(metres: Any, turn: Any) -> None:
        action = base.still()
        for part in parts:
            action[part] = [*metres, *(turn if len(parts) == 1 else np.zeros(3)), 1.0]
        env.step(base.action_layout.clipped(action))

    for _ in range(LIFT_STEPS):
        told((0.0, 0.0, LIFT / LIFT_STEPS), np.zeros(3))
    offset, tilt = np.zeros(3), np.zeros(3)
    for _ in range(SHAKE_STEPS):
        to, turned = rng.uniform(-SHAKE_M, SHAKE_M, 3) * 0.5, rng.uniform(-SHAKE_RAD, SHAKE_RAD, 3) * 0.5
        told(to - offset, turned - tilt)
        offset, tilt = to, turned
    base.idle(5)
    return all(base.scene.of(arm).holding == name for arm in arms)


def take(env: Any, seed: int, name: str) -> tuple[str | None, ...]:
    """Do the plan until a thing is held, freely and by as many arms as the task wants; return those that hold it."""
    env.reset(seed=seed)
    base = env.unwrapped
    arms: list[str | None] = []
    for index, subtask in enumerate(base.plan.subtasks):
        ours = subtask.object == name and subtask.verb in ("grasp", "pull")
        if arms and not ours:
            break
        run_subtask(env, WaypointExpert(), Recorder(boundaries=False), (index, 0, subtask))
        if ours and subtask.verb == "grasp":
            arms.append(subtask.arm)
    return tuple(arms) if all(base.scene.of(arm).holding == name for arm in arms) else ()


def cases(task: str, robot: str, seeds: int) -> Iterator[Shaken]:
    """Shake one thing of each class in each episode."""
    env: Any = make_base(f"FailGym/{task}-v0", robot=robot)
    base = env.unwrapped
    counts: dict[str, list[int]] = {}
    for seed in range(seeds):
        env.reset(seed=seed)
        grasped = {s.object: type(base.world.entity(s.object)) for s in base.plan.subtasks if s.verb == "grasp"}
        # What has no mass of its own to lose, such as a lid on a hinge, cannot be lifted off and shaken.
        free = {kind.__name__: name for name, kind in grasped.items() if base.world.entity(name).joint is None}
        for kind, name in free.items():
            arms = take(env, seed, name)
            count = counts.setdefault(kind, [0, 0])
            count[0] += bool(arms)
            count[1] += bool(arms) and shake(env, seed, name, arms)
    for kind, (grasp, held) in counts.items():
        yield Shaken(task, robot, kind, grasp, held)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tasks", nargs="*", default=list(NATIVE))


def main() -> int:
    """Print the table."""
    args = common.arguments(_options, __doc__)
    common.head()
    rows, figures = [], []
    for task in args.tasks:
        for robot in TASKS.get(task).robots:
            common.progress(f"{task} {robot}")
            for found in cases(task, robot, args.seeds):
                rows.append((found.task, found.robot, found.kind, found.grasped, found.held))
                share = 100 * found.held / max(1, found.grasped)
                figures.append(common.Figure(f"{task} {robot} {found.kind}: held", share, GOAL, True, "%"))
    print()
    common.table(("task", "robot", "thing", "grasped", "held"), rows)
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
