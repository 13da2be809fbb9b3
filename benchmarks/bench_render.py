"""What does an image cost? CPU time per frame of each renderer, profile, size and camera.

A Panda with four cubes on the table, and the scenes of two tasks; the arm moves between frames. CPU time of the
process, all threads, medians of interleaved repeats, so that another program on the machine changes the ratios little.

Run `python benchmarks/bench_render.py --repeats 40`; with `--check` it fails when a goal is missed.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np

from failgym.envs.registration import make_base
from failgym.sim.arena import build_arena
from failgym.sim.cameras import CAMERAS, add_camera, body_geoms, sample_points, visibility
from failgym.sim.render import jpeg, make_renderer, png
from failgym.sim.robots import ROBOTS, RobotModel

PANDA: RobotModel = ROBOTS.build("panda")
CUBES = (
    ((0.45, 0.10), (0.85, 0.20, 0.20, 1.0)),
    ((0.50, -0.12), (0.20, 0.60, 0.25, 1.0)),
    ((0.60, 0.05), (0.20, 0.35, 0.80, 1.0)),
    ((0.55, 0.20), (0.95, 0.80, 0.20, 1.0)),
)
ALL = ("rgb", "depth", "segmentation")
TASKS = ("StackBlocks", "PutItemInDrawer")
"""Tasks whose scenes are drawn too."""


@dataclass
class Case:
    """One thing to time."""

    name: str
    run: Callable[[], object]
    goal_ms: float | None = None
    times_ms: list[float] = field(default_factory=list)


class Scene:
    """A scene with an arm that sways."""

    def __init__(self, name: str, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Takes it as it is."""
        self.name, self.model, self.data = name, model, data
        self._frame = 0
        self.move()

    def move(self) -> None:
        """Turns the arm a little."""
        self._frame += 1
        self.data.qpos[: len(PANDA.home)] = PANDA.home + 0.1 * np.sin(0.3 * self._frame + np.arange(len(PANDA.home)))
        mujoco.mj_forward(self.model, self.data)

    def case(
        self, what: str, renderer: Any, camera: str, width: int, channels: Any = ("rgb",), goal_ms: float | None = None
    ) -> Case:
        """A picture of this scene."""
        size = (width, width)

        def run() -> object:
            return renderer.render(self.model, self.data, camera, size, channels)

        return Case(f"{what} {self.name}{camera} {width}x{width}", run, goal_ms)


def task_scene(name: str) -> Scene:
    """The scene of a task, after a reset."""
    env: Any = make_base(f"FailGym/{name}-v0")
    env.reset(seed=1)
    world = env.unwrapped.world
    return Scene(f"{name} ", world.model, world.data)


class Bench(Scene):
    """Four cubes on the table."""

    def __init__(self) -> None:
        """Builds it."""
        spec = mujoco.MjSpec()
        build_arena(spec)
        PANDA.build(spec)
        for index, ((x, y), rgba) in enumerate(CUBES):
            body = spec.worldbody.add_body(name=f"cube{index}", pos=[x, y, 0.02])
            body.add_freejoint()
            body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.02] * 3, rgba=list(rgba))
        for camera in CAMERAS.values():
            add_camera(spec, camera, hand=PANDA.hand_body)
        model = spec.compile()
        super().__init__("", model, mujoco.MjData(model))

    def cases(self) -> list[Case]:
        """Everything worth knowing the price of."""
        fast, shadow, ray = make_renderer("gl", "fast"), make_renderer("gl", "shadow"), make_renderer("ray")
        image = fast.rgb(self.model, self.data, "front", (256, 256))
        return [
            self.case("gl fast", fast, "front", 128),
            self.case("gl fast", fast, "front", 256, goal_ms=5.0),
            self.case("gl fast", fast, "wrist", 256, goal_ms=5.0),
            self.case("gl fast all channels", fast, "front", 256, channels=ALL),
            self.case("gl shadow", shadow, "front", 128),
            self.case("gl shadow", shadow, "front", 256, goal_ms=12.0),
            self.case("ray", ray, "front", 64),
            self.case("ray", ray, "front", 128, goal_ms=3.0),
            self.case("ray all channels", ray, "front", 128, channels=ALL, goal_ms=3.0),
            self.case("ray", ray, "wrist", 128),
            self.case("ray", ray, "front", 256),
            self.case("ray", ray, "wrist", 256),
            Case("visibility of 4 cubes, front", self._visibilities),
            Case("jpeg q90 256x256", lambda: jpeg(image)),
            Case("png level 1 256x256", lambda: png(image)),
        ]

    def _visibilities(self) -> list[float]:
        seen = []
        for index in range(len(CUBES)):
            geoms = body_geoms(self.model, f"cube{index}")
            seen.append(visibility(self.model, self.data, "front", sample_points(self.model, self.data, geoms), geoms))
        return seen


def task_cases(scene: Scene) -> list[Case]:
    """What a task's observations and recorded frames cost."""
    # A renderer by rays remembers what rests, so each scene has its own, as each environment does.
    fast, ray = make_renderer("gl", "fast"), make_renderer("ray")
    cameras = ("front", "left", "wrist")
    drawn = [scene.case("gl fast", fast, camera, 256, goal_ms=5.0) for camera in cameras]
    return drawn + [scene.case("ray", ray, camera, 128, goal_ms=3.0) for camera in cameras]


def measure(bench: Bench, repeats: int) -> list[Case]:
    """Times all cases in turn, `repeats` times, after one round that warms up."""
    scenes = [task_scene(task) for task in TASKS]
    cases = bench.cases() + [case for scene in scenes for case in task_cases(scene)]
    for repeat in range(repeats + 1):
        for scene in (bench, *scenes):
            scene.move()
        for case in cases:
            start = time.process_time()
            case.run()
            if repeat:
                case.times_ms.append(1000 * (time.process_time() - start))
    return cases


def main() -> int:
    """Prints the table; returns 1 if `--check` was asked for and a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40, help="frames per case")
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    arguments = parser.parse_args()
    cases = measure(Bench(), arguments.repeats)
    base = statistics.median(next(case for case in cases if case.name == "gl fast front 256x256").times_ms)
    print(f"mujoco {mujoco.__version__}, numpy {np.__version__}, Python {platform.python_version()}, ", end="")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; CPU ms, ratios to gl fast front 256x256")
    print(f"{'case':<44}{'median':>8}{'min':>8}{'max':>8}{'ratio':>8}{'goal':>8}")
    missed = False
    for case in cases:
        median = statistics.median(case.times_ms)
        late = case.goal_ms is not None and median > case.goal_ms
        missed |= late
        goal = "" if case.goal_ms is None else f"{case.goal_ms:.0f}" + ("!" if late else "")
        extremes = f"{min(case.times_ms):>8.2f}{max(case.times_ms):>8.2f}"
        print(f"{case.name:<44}{median:>8.2f}{extremes}{median / base:>8.2f}{goal:>8}")
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
