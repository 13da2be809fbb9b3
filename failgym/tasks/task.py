"""What a native task is: a scene, an instruction, a plan and a predicate."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from failgym.errors import ConfigurationError
from failgym.plans import Plan, Subtask
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.world import World

COLOURS: dict[str, tuple[float, float, float, float]] = {
    "red": (0.80, 0.13, 0.13, 1.0),
    "green": (0.15, 0.58, 0.24, 1.0),
    "blue": (0.12, 0.32, 0.78, 1.0),
    "yellow": (0.93, 0.76, 0.10, 1.0),
    "purple": (0.48, 0.22, 0.65, 1.0),
    "orange": (0.95, 0.47, 0.08, 1.0),
    "cyan": (0.10, 0.68, 0.74, 1.0),
    "pink": (0.92, 0.48, 0.66, 1.0),
}
"""What a colour word looks like, RGBA."""


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
    def evaluate(self, scene: Scene) -> dict[str, bool]:
        """Named facts about the present state; `success` among them."""

    def plan(self, scene: Scene) -> Plan:
        """Return what remains to be done as a plan."""
        return Plan(self.instruction, tuple(self.remaining(scene)))


def scatter(
    rng: np.random.Generator,
    count: int,
    x: tuple[float, float],
    y: tuple[float, float],
    distance: float,
    avoid: Sequence[Sequence[float]] = (),
) -> list[tuple[float, float]]:
    """Return points on the table, m, each at least `distance` from all others and from `avoid`."""
    for _ in range(200):
        points: list[tuple[float, float]] = []
        for _ in range(60 * count):
            point = (float(rng.uniform(*x)), float(rng.uniform(*y)))
            if all(np.hypot(point[0] - p[0], point[1] - p[1]) >= distance for p in (*points, *avoid)):
                points.append(point)
                if len(points) == count:
                    return points
    raise ConfigurationError("count", count, f"as many points as fit into {x} x {y} m at {distance} m from each other")


def pick_colours(rng: np.random.Generator, count: int) -> list[str]:
    """Return that many different colour words."""
    return [str(word) for word in rng.permutation(list(COLOURS))[:count]]
