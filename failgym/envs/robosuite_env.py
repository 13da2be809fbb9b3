"""robosuite's tasks behind FailGym's API."""

import importlib
from collections.abc import Sequence

from failgym.agents import Policy
from failgym.envs.base import chosen
from failgym.envs.mujoco_env import MujocoEnv, Show
from failgym.errors import ConfigurationError, PlanError, UnknownNameError
from failgym.sim.robosuite.suite import cameras_of, versions
from failgym.tasks.robosuite.index import SUITED, TASKS
from failgym.tasks.robosuite.task import SuiteTask
from failgym.tasks.task import Task

CAMERAS = cameras_of(1)
CONTROL_MODES = ("ee_delta", "keypose")


class RobosuiteEnv(MujocoEnv):
    """One task of robosuite: its scenes, placement, controllers and success conditions.

    Args:
        task: Name of a robosuite environment: `failgym envs` lists those that FailGym knows.
        robots: Names of robosuite robots, one or two as the task needs; one name stands for both. None takes `Panda`.
        control_mode: `ee_delta` (7: dxyz m, rotation vector rad, closure) or `keypose` (8: xyz m, quaternion wxyz,
            closure); of a pair, one after the other. robosuite's operational-space controller executes both.
        obs_mode: As of the native environments.
        reward_mode: `sparse` (1 at success) or `dense` (0..1, the share of the plan that is done).
        cameras: front, left, right, wrist (of a pair left_wrist and right_wrist), and robosuite's own; None takes
            front, left and wrist.
        image_size: Width and height, px.
        render_profile: `fast` or `shadow`.
        renderer: `auto`, `gl` or `ray`.
        render_mode: `rgb_array` or None.

    Raises:
        MissingExtraError: robosuite is not installed.
        UnknownNameError: a task, robot or camera that does not exist.
        ConfigurationError: a mode, size or number of robots that does not fit; the message lists what does.
    """

    dwell_steps = 16
    """robosuite's grippers take half a second to close."""

    def __init__(
        self,
        task: str,
        robots: str | Sequence[str] | None = None,
        control_mode: str = "ee_delta",
        obs_mode: str = "state",
        reward_mode: str = "sparse",
        cameras: Sequence[str] | None = None,
        image_size: Sequence[int] = (256, 256),
        render_profile: str = "fast",
        renderer: str = "auto",
        render_mode: str | None = None,
    ) -> None:
        """Build the scene; nothing is rendered and no GL context is made before the first picture."""
        self._arguments = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        chosen("control_mode", control_mode, CONTROL_MODES)
        known = self.find_task(task)
        suited: SuiteTask = known(_named(known, robots))
        self.task = suited
        show = Show(obs_mode, cameras, image_size, render_profile, renderer, render_mode)
        self._equip(suited.build(), control_mode, reward_mode, show)

    @staticmethod
    def find_task(name: str) -> type[SuiteTask]:
        """Return the class of a task.

        Raises:
            UnknownNameError: FailGym knows no task of robosuite of that name.
        """
        if name not in SUITED:
            raise UnknownNameError("robosuite task", name, SUITED)
        found: type[SuiteTask] = getattr(importlib.import_module(f"{TASKS}.{SUITED[name].module}"), name)
        return found

    @staticmethod
    def cameras_of(task: type[Task]) -> tuple[str, ...]:
        """Names of FailGym's cameras in the scene of a task; robosuite's own are there as well."""
        return cameras_of(getattr(task, "arms", 1))

    def expert(self) -> Policy:
        """Return a policy, not begun yet, that does the subtasks of this environment's plans.

        Raises:
            PlanError: FailGym's expert does not do this task.
        """
        if not self.find_task(self.task.name).solved:
            solved = ", ".join(name for name in SUITED if self.find_task(name).solved)
            raise PlanError(
                f"FailGym's expert does not do robosuite's {self.task.name}: take your own policy. It does: {solved}."
            )
        return super().expert()

    @property
    def versions(self) -> dict[str, str]:
        """Of robosuite and what it computes with."""
        return dict(versions())


def _named(task: type[SuiteTask], robots: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the robots."""
    names = (task.robots[0],) if robots is None else (robots,) if isinstance(robots, str) else tuple(robots)
    if len(names) == 1:
        names *= task.arms
    if len(names) != task.arms:
        raise ConfigurationError(f"robots of {task.name}", list(names), f"{task.arms} names")
    return names


__all__ = ["CAMERAS", "CONTROL_MODES", "RobosuiteEnv"]
