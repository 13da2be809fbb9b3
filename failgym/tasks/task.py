"""What a native task is: a scene, an instruction, a plan and a predicate."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from failgym.plans import Plan, Subtask
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.world import World


class Task(ABC):
    """One task; an instance belongs to one environment and remembers the episode's variation."""

    name: ClassVar[str]
    """Name of the environment id without version."""
    max_episode_steps: ClassVar[int]
    """Control steps after which an episode is cut."""
    instruction: str
    variation: dict[str, Any]
    """What was chosen for this episode; JSON."""

    @abstractmethod
    def entities(self) -> tuple[Entity, ...]:
        """All things that any variation may need."""

    @abstractmethod
    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose a variation and place the things, between `world.clear` and `world.begin`."""

    @abstractmethod
    def remaining(self, scene: Scene) -> list[Subtask]:
        """Subtasks that lead from the present state to success; right after reset, the nominal plan."""

    @abstractmethod
    def evaluate(self, scene: World) -> dict[str, bool]:
        """Named facts about the present state; `success` among them."""

    def plan(self, scene: Scene) -> Plan:
        """Return what remains to be done as a plan."""
        return Plan(self.instruction, tuple(self.remaining(scene)))
