"""Robot arms by name."""

from collections.abc import Callable

from failgym.registry import Registry
from failgym.sim.robots.aloha import ALOHA
from failgym.sim.robots.panda import PANDA
from failgym.sim.robots.robot import RobotModel
from failgym.sim.robots.ur5e import UR5E

ROBOTS: Registry[Callable[[], RobotModel]] = Registry("robot", group="failgym.robots")
"""Every arm that a scene can have; `ROBOTS.build("panda")` is its `RobotModel`, a pair's is that of its left arm."""

ROBOTS.register("aloha")(lambda: ALOHA)
ROBOTS.register("panda")(lambda: PANDA)
ROBOTS.register("ur5e")(lambda: UR5E)

__all__ = ["ROBOTS", "RobotModel"]
