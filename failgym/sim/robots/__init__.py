"""Robot arms by name."""

from collections.abc import Callable

from failgym.registry import Registry
from failgym.sim.robots.panda import PANDA
from failgym.sim.robots.robot import RobotModel

ROBOTS: Registry[Callable[[], RobotModel]] = Registry("robot", group="failgym.robots")
"""Every arm that a scene can have; `ROBOTS.build("panda")` is its `RobotModel`."""

ROBOTS.register("panda")(lambda: PANDA)

__all__ = ["ROBOTS", "RobotModel"]
