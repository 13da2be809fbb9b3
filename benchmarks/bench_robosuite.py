"""How much faster are boundary episodes of robosuite's Lift through FailGym than through robosuite alone?

A boundary episode is one run, nominal or with a gripper that stays open, and what three of robosuite's own cameras saw
at 256 x 256 before and after each subtask (nine JPEG pictures). Both sides have the same scene, robot, controller and
control rate, take the same number of control steps and encode alike; each lives in a process of its own, and they are
measured in turn. robosuite is used as its users use it: with its defaults (`hard_reset=True`, which compiles the model
at each reset), and with `hard_reset=False`; its own script goes above the cube, down, closes and lifts.

Needs robosuite: `.venv-robosuite/bin/python benchmarks/bench_robosuite.py` after `./run setup-robosuite`. With
`--check` it fails when the goal is missed.
"""

import argparse
import importlib.util
import logging
import multiprocessing
import os
import sys
import time
from abc import ABC, abstractmethod
from importlib.metadata import version
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import common
import numpy as np

CAMERAS = ("agentview", "sideview", "robot0_eye_in_hand")
SIZE = (256, 256)
SUBTASKS = 2
SETTLE_STEPS = 10
GOAL = 3.0


class Run(NamedTuple):
    """One episode."""

    cpu_s: float
    success: bool
    pictures: int
    steps: int


class Side(ABC):
    """One way to make episodes."""

    @abstractmethod
    def run(self, seed: int, injected: bool, steps: tuple[int, ...]) -> tuple[bool, int, int]:
        """Make an episode; return success, the number of pictures and of control steps."""

    @abstractmethod
    def step(self, action: np.ndarray) -> None:
        """Do one control step, no picture."""

    @abstractmethod
    def begin(self, seed: int) -> None:
        """Reset."""


class Ours(Side):
    """FailGym's environment and expert."""

    def __init__(self) -> None:
        """Build it."""
        from failgym.envs.registration import make_base

        look: dict[str, Any] = {"cameras": CAMERAS, "image_size": SIZE}
        self.env: Any = make_base("FailGym/Robosuite.Lift-v0", ["no_close"], control_mode="keypose", **look)
        self.stepped: Any = make_base("FailGym/Robosuite.Lift-v0")

    def run(self, seed: int, injected: bool, steps: tuple[int, ...]) -> tuple[bool, int, int]:
        """As the generator runs an episode."""
        from failgym.agents import run_subtask
        from failgym.episodes import Recorder

        base = self.env.unwrapped
        self.env.reset(seed=seed, options=None if injected else {"injections": []})
        base.recorder = recorder = Recorder()
        for index, subtask in enumerate(base.plan.subtasks):
            run_subtask(self.env, base.expert(), recorder, (index, 0, subtask))
        base.recorder = None
        base.idle(SETTLE_STEPS)
        return base.evaluate()["success"], len(recorder.frames), recorder.step + SETTLE_STEPS

    def begin(self, seed: int) -> None:
        """Reset the environment without pictures."""
        self.stepped.reset(seed=seed)

    def step(self, action: np.ndarray) -> None:
        """A small motion."""
        self.stepped.step(0.02 * action)


class Theirs(Side):
    """robosuite's environment and a script as its users write them."""

    def __init__(self, hard_reset: bool) -> None:
        """Build it with robosuite's defaults, but for observations of cameras at every step."""
        logging.getLogger("robosuite_logs").disabled = True
        import robosuite

        logging.getLogger("robosuite_logs").disabled = False
        logging.getLogger("robosuite_logs").setLevel(logging.ERROR)
        look = {"has_renderer": False, "has_offscreen_renderer": True, "use_camera_obs": False}
        self.env = robosuite.make(
            "Lift", robots="Panda", control_freq=20, horizon=10**6, hard_reset=hard_reset, seed=0, **look
        )
        self.pictures: list[bytes] = []

    def run(self, seed: int, injected: bool, steps: tuple[int, ...]) -> tuple[bool, int, int]:
        """Above the cube, down, close, lift; `steps` control steps for each, and for the end."""
        seen = self.env.reset()
        self.pictures = []
        cube = seen["cube_pos"].copy()
        self._look()
        closed = -1.0 if injected else 1.0
        legs = ((0.08, -1.0), (0.0, -1.0), (0.0, closed), (0.12, closed), (0.12, closed))
        for leg, ((height, gripper), count) in enumerate(zip(legs, steps, strict=True)):
            for _ in range(count):
                goal = cube + np.array([0.0, 0.0, height])
                motion = np.clip((goal - seen["robot0_eef_pos"]) / 0.05, -1.0, 1.0)
                seen, *_ = self.env.step(np.concatenate([motion, np.zeros(3), [gripper]]))
            if leg in (2, 3):
                self._look()
        return bool(self.env._check_success()), len(self.pictures), sum(steps)

    def begin(self, seed: int) -> None:
        """Reset."""
        self.env.reset()

    def step(self, action: np.ndarray) -> None:
        """A small motion."""
        self.env.step(action)

    def _look(self) -> None:
        from failgym.sim.render import jpeg

        for camera in CAMERAS:
            picture = self.env.sim.render(width=SIZE[0], height=SIZE[1], camera_name=camera)[::-1]
            self.pictures.append(jpeg(np.ascontiguousarray(picture)))


SIDES = {"FailGym": (Ours, ()), "robosuite": (Theirs, (True,)), "robosuite, soft reset": (Theirs, (False,))}


def serve(name: str, pipe: Connection) -> None:
    """Do what is asked for, in a process of its own."""
    kind, given = SIDES[name]
    side = kind(*given)
    while (asked := pipe.recv()) is not None:
        what, *details = asked
        start = time.process_time()
        if what == "run":
            success, pictures, steps = side.run(*details)
            pipe.send(Run(time.process_time() - start, success, pictures, steps))
        else:
            pipe.send((_step_us(side, *details), _resident_mb()))


def _step_us(side: Side, seed: int, count: int) -> float:
    actions = np.random.default_rng(seed).uniform(-0.5, 0.5, (count, 7))
    actions[:, 3:] = 0.0
    side.begin(seed)
    start = time.process_time()
    for action in actions:
        side.step(action)
    return 1e6 * (time.process_time() - start) / count


def _resident_mb() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


class Server:
    """A side in its process."""

    def __init__(self, name: str) -> None:
        """Start it."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(name, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, *what: Any) -> Any:
        """Ask for something and wait for it."""
        self.pipe.send(what)
        return self.pipe.recv()

    def stop(self) -> None:
        """End the process."""
        self.pipe.send(None)
        self.process.join()


def shares(steps: int) -> tuple[int, ...]:
    """Control steps of robosuite's script, as many as FailGym's expert took: above, down, close, lift, stand."""
    rest = steps - SETTLE_STEPS
    above, down, close = int(0.35 * rest), int(0.2 * rest), int(0.2 * rest)
    return above, down, close, rest - above - down - close, SETTLE_STEPS


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=8, help="episodes of each kind and side")
    parser.add_argument("--steps", type=int, default=100, help="control steps of which the cost is measured")


def measure(seeds: int, count: int) -> tuple[dict[str, list[Run]], dict[str, tuple[float, float]]]:
    """Run all sides in turn; one unmeasured round comes first."""
    servers = {name: Server(name) for name in SIDES}
    runs: dict[str, list[Run]] = {name: [] for name in SIDES}
    for seed in range(-1, seeds):
        for injected in (False, True):
            steps: tuple[int, ...] = ()
            for name, server in servers.items():
                common.progress(f"{name}, episode {seed + 1} of {seeds}")
                done = server.ask("run", max(seed, 0), injected, steps)
                # FailGym comes first, and says how long the others take.
                steps = steps or shares(done.steps)
                runs[name] += [done] if seed >= 0 else []
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    for repeat in range(4):
        for name, server in servers.items():
            costs[name].append(server.ask("steps", repeat, count))
    for server in servers.values():
        server.stop()
    return runs, {
        name: (common.median([us for us, _ in found[1:]]), max(mb for _, mb in found)) for name, found in costs.items()
    }


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    if importlib.util.find_spec("robosuite") is None:
        print("skipped: robosuite is not in this environment (./run setup-robosuite, then .venv-robosuite/bin/python)")
        return 0
    common.head()
    print(f"robosuite {version('robosuite')}, MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}")
    runs, costs = measure(args.seeds, args.steps)
    rate, rows = {}, []
    for name, found in runs.items():
        half = [found[::2], found[1::2]]
        rate[name] = 60.0 / common.median([run.cpu_s for run in found])
        succeeded = [f"{sum(run.success for run in runs_)}/{len(runs_)}" for runs_ in half]
        spread = f"{60 / max(run.cpu_s for run in found):.0f} .. {60 / min(run.cpu_s for run in found):.0f}"
        counts = (common.median([run.steps for run in found]), common.median([run.pictures for run in found]))
        spent = (round(cost, 1) for cost in costs[name])
        rows.append((name, round(rate[name], 1), spread, *succeeded, *counts, *spent))
    print()
    titles = ("side", "episodes/min", "min .. max", "nominal succeed", "injected succeed")
    common.table((*titles, "control steps", "pictures", "step, CPU us", "peak RSS, MB"), rows)
    ours, (step_us, _) = rate["FailGym"], costs["FailGym"]
    soft = "robosuite, soft reset"
    return common.report(
        [
            common.Figure("boundary episodes, of robosuite's own rate", ours / rate["robosuite"], GOAL, True, "x"),
            common.Figure("boundary episodes, of that with soft reset", ours / rate[soft], unit="x"),
            common.Figure("cost of a control step, of robosuite's own", step_us / costs[soft][0], unit="x"),
            common.Figure("peak memory, of robosuite's own", costs["FailGym"][1] / costs["robosuite"][1], unit="x"),
        ],
        args.check,
    )


if __name__ == "__main__":
    sys.exit(main())
