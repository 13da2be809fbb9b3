"""Close the door of a microwave oven."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import SHUT, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.appliances import Microwave
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

MICROWAVE = "microwave"


class CloseMicrowave(Task):
    """Push the door of the microwave oven shut.

    **Randomisation**: the oven stands at x 0.70..0.76 m, y -0.10..0.10 m, turned by up to 10 degrees; its door is open
    by 50..100 % of its 92 degrees; the case has one of 8 colours, the variants.

    **Success**: the door is open by less than 8 % of its 92 degrees, and nothing is held.
    """

    phrasings = (
        "close the microwave",
        "shut the door of the microwave",
        "the microwave has been left open: push its door shut",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """The oven."""
        return (Microwave(),)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour, place and opening."""
        colour = self.draw_variant(rng)
        place = (float(rng.uniform(0.70, 0.76)), float(rng.uniform(-0.10, 0.10)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(10.0))
        opening = float(rng.uniform(0.5, 1.0))
        world.add(MICROWAVE, "microwave", place, turn.tolist(), COLOURS[colour])
        world.set_opening(MICROWAVE, opening)
        self.instruct(rng)
        self.variation = {"variant": colour, "opening": round(opening, 3)}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close it."""
        return [] if scene.opening(MICROWAVE) <= SHUT else [Subtask("close", MICROWAVE)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`closed`, `released`, `success`."""
        closed = holds(scene, Subtask("close", MICROWAVE))
        released = scene.holding is None
        return {"closed": closed, "released": released, "success": closed and released}
