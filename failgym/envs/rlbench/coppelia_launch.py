"""Importing and launching RLBench: what differs between versions and forks of it lives here."""

import importlib
import importlib.util
import inspect
import os
import random  # noqa: TID251 - some tasks draw from Python's global generator: it is seeded for them and put back
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.errors import SimulatorError
from failgym.envs.rlbench.frames import tip_from_hand
from failgym.envs.rlbench.protocol import Settings
from failgym.plans.rlbench import plain_name

Array = NDArray[np.float64]
CONFIGS = {"left": "left_shoulder_camera", "right": "right_shoulder_camera"}
"""FailGym's camera -> field of RLBench's observation configuration, where that is not `<camera>_camera`."""
MAX_OPENING = 0.085
"""Of hands whose fingers do not slide, about, m."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Fix the global generators from which RLBench's tasks draw, and put them back afterwards."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002 - it is theirs
    np.random.seed(seed % 2**32)  # noqa: NPY002, TID251
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


def environment(settings: Settings) -> Any:
    """Return `rlbench.environment.Environment`, not launched yet."""
    if "COPPELIASIM_ROOT" not in os.environ:
        raise SimulatorError("COPPELIASIM_ROOT is not set: it must name the folder of CoppeliaSim 4.1.0")
    rlbench = importlib.import_module("rlbench.environment")
    configs = importlib.import_module("rlbench.observation_config")
    names = ("action_mode", "arm_action_modes", "gripper_action_modes")
    modes, arms, grippers = (importlib.import_module(f"rlbench.action_modes.{name}") for name in names)
    render = importlib.import_module("pyrep.const").RenderMode
    config = configs.ObservationConfig()
    config.set_all(False)
    for name in settings.cameras:
        made = configs.CameraConfig(
            rgb=True, depth=settings.depth, point_cloud=False, mask=settings.segmentation,
            image_size=tuple(settings.image_size), render_mode=render.OPENGL3 if settings.shadows else render.OPENGL,
        )  # fmt: skip
        setattr(config, CONFIGS.get(name, f"{name}_camera"), made)
    mode = modes.MoveArmThenGripper(arms.EndEffectorPoseViaPlanning(), grippers.Discrete())
    wanted = {
        "obs_config": config,
        "headless": settings.headless,
        "static_positions": settings.static_positions,
        "robot_setup": settings.robot,
    }
    known = inspect.signature(rlbench.Environment.__init__).parameters
    return rlbench.Environment(mode, **{name: value for name, value in wanted.items() if name in known})


def task_class(name: str) -> Any:
    """Return the class of a task.

    Raises:
        SimulatorError: this RLBench has none of that name.
    """
    for candidate in dict.fromkeys((name, plain_name(name), f"{name}_peract")):
        found = importlib.util.find_spec(f"rlbench.tasks.{candidate}")
        if found is not None:
            class_name = "".join(word[0].upper() + word[1:] for word in candidate.split("_") if word)
            return getattr(importlib.import_module(f"rlbench.tasks.{candidate}"), class_name)
    folder = os.path.dirname(inspect.getfile(importlib.import_module("rlbench.tasks")))
    known = sorted(entry[:-3] for entry in os.listdir(folder) if entry.endswith(".py") and entry[0] != "_")
    raise SimulatorError(
        f"this RLBench has no task {name!r}; some of RLBench-18 come with PerAct's fork, GemBench's new ones and those "
        f"called *_peract with GemBench's. It has: {', '.join(known)}"
    )


def tool(arm: Any, gripper: Any) -> Array:
    """Return the turn from the arm's tip to FailGym's hand, read from how the fingers slide."""
    tip = np.array(arm.get_tip().get_matrix(), dtype=np.float64).reshape(-1, 4)[:3, :3]
    finger = np.array(gripper.joints[0].get_matrix(), dtype=np.float64).reshape(-1, 4)[:3, 2]
    return tip_from_hand(tip, finger)


def opening(gripper: Any) -> float:
    """Return the distance of the open fingers, m: the sum of what the finger joints slide."""
    if any(joint.get_joint_type().name != "PRISMATIC" for joint in gripper.joints):
        return MAX_OPENING
    _, intervals = gripper.get_joint_intervals()
    return float(sum(high - low for low, high in np.array(intervals, dtype=np.float64).tolist()))


def versions() -> dict[str, str]:
    """Return the versions of the packages and of CoppeliaSim."""
    found = {name: str(getattr(importlib.import_module(name), "__version__", "?")) for name in ("rlbench", "pyrep")}
    try:
        sim = importlib.import_module("pyrep.backend.sim")
        number = int(sim.simGetInt32Parameter(sim.sim_intparam_program_version))
        found["coppeliasim"] = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    except (AttributeError, RuntimeError, TypeError, ValueError):
        found["coppeliasim"] = "?"
    return found
