"""What a task of robosuite is to FailGym: robosuite places the things and says when it is done."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from failgym.sim.robosuite.suite import make
from failgym.sim.robosuite.world import SuiteWorld
from failgym.sim.world import World
from failgym.tasks.task import Task


class SuiteTask(Task):
    """One environment of robosuite with one or two robots; its class is called as robosuite calls it."""

    robots: ClassVar[tuple[str, ...]] = ("Panda", "UR5e")
    """Robots that the expert is known to do it with; robosuite's others may work."""
    arms: ClassVar[int] = 1
    """Number of robots."""
    arguments: ClassVar[Mapping[str, Any]] = {}
    """Further arguments of the robosuite environment."""
    remembers: ClassVar[tuple[str, ...]] = ()
    """Attributes in which robosuite keeps what has happened so far."""
    solved: ClassVar[bool] = True
    """FailGym's expert does it."""
    variants = ("default",)

    def __init__(self, robots: Sequence[str]) -> None:
        """Build the robosuite environment."""
        self.env: Any = make(self.name, robots, **self.arguments)

    def build(self) -> SuiteWorld:
        """Return the world that the task takes place in."""
        return SuiteWorld(self.env, self.entities(), self.remembers, self.shares(), self.recall)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Let robosuite place the things, name them, and choose the words."""
        assert isinstance(world, SuiteWorld)
        world.draw(rng)
        for name, key in self.names().items():
            world.add(name, key)
        self.variation = {"variant": "default"}
        self.instruct(rng)

    @abstractmethod
    def names(self) -> Mapping[str, str]:
        """Names of the things, each with the key of its entity."""

    def shares(self) -> Mapping[str, Callable[[], float]]:
        """Things that no joint says how far they are done, and what says so, 0..1."""
        return {}

    def recall(self) -> None:
        """Show what robosuite remembers, after it was brought back."""

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`success`, as robosuite decides it."""
        return {"success": bool(self.env._check_success())}
