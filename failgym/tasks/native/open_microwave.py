"""Open the door of a microwave oven."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.appliances import Microwave
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

MICROWAVE = "microwave"


class OpenMicrowave(Task):
    """Take the door of the microwave oven by its bar and pull it open.

    **Randomisation**: the oven stands at x 0.70..0.76 m, y -0.10..0.10 m, turned by up to 10 degrees; its door is shut
    or ajar by up to 10 % of its 92 degrees; the case has one of 8 colours, the variants.

    **Success**: the door is open by at least 80 % of its 92 degrees, and nothing is held.
    """

    phrasings = (
        "open the microwave",
        "pull the door of the microwave open",
        "swing the microwave's door wide open by its handle",
    )
    variants = tuple(COLOURS)
    portrait = "right"

    def entities(self) -> tuple[Entity, ...]:
        """The oven."""
        return (Microwave(),)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour, place and how far it is ajar."""
        colour = self.draw_variant(rng)
        place = (float(rng.uniform(0.70, 0.76)), float(rng.uniform(-0.10, 0.10)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(10.0))
        ajar = float(max(0.0, rng.uniform(-0.10, 0.10)))
        world.add(MICROWAVE, "microwave", place, turn.tolist(), COLOURS[colour])
        world.set_opening(MICROWAVE, ajar)
        self.instruct(rng)
        self.variation = {"variant": colour, "opening": round(ajar, 3)}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Open it."""
        return [] if scene.opening(MICROWAVE) >= OPEN else [Subtask("open", MICROWAVE)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`open`, `released`, `success`."""
        opened = holds(scene, Subtask("open", MICROWAVE))
        released = scene.holding is None
        return {"open": opened, "released": released, "success": opened and released}
