"""What a native task is: a scene, an instruction, a plan and a predicate."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.plans import Plan, Subtask
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.world import World


class Task(ABC):
    """One task; an instance belongs to one environment and remembers the episode's variation."""

    name: ClassVar[str]
    """Name of the class, and of the environment id without version."""
    robots: ClassVar[tuple[str, ...]] = ("panda", "ur5e")
    """Robots that can do it, the default one first."""
    phrasings: ClassVar[tuple[str, ...]]
    """Ways to say what is to be done; words in braces are filled in by `instruct`."""
    portrait: ClassVar[str] = "left"
    """Camera that shows the task best."""
    variants: tuple[str, ...]
    """Values of the one factor by which variations are told apart and held out: a colour, a drawer, a count.

    The class lists all; those of an instance are the ones that its episodes draw from.
    """
    instruction: str
    variation: dict[str, Any]
    """What was chosen for this episode, `variant` among it; JSON."""

    def __init_subclass__(cls) -> None:
        """A task is called what its class is called."""
        cls.name = cls.__name__

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

    def choose_from(self, variants: Sequence[str]) -> None:
        """Let episodes draw from these variants only.

        Raises:
            UnknownNameError: the task has no such variant.
            ConfigurationError: none is given.
        """
        known = type(self).variants
        if isinstance(variants, str) or not variants:
            raise ConfigurationError(f"variants of {self.name}", variants, f"a list of some of: {', '.join(known)}")
        for variant in variants:
            if variant not in known:
                raise UnknownNameError(f"variant of {self.name}", variant, known)
        self.variants = tuple(variants)

    def draw_variant(self, rng: np.random.Generator) -> str:
        """Draw this episode's variant."""
        return self.variants[int(rng.integers(len(self.variants)))]

    def instruct(self, rng: np.random.Generator, **words: str) -> None:
        """Draw a phrasing and say with these words what is to be done."""
        self.instruction = self.phrasings[int(rng.integers(len(self.phrasings)))].format(**words)
