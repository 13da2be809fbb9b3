"""Open the named door of a fridge-freezer."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.appliances import DOORS, PAINTS, Fridge
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task


class OpenFridge(Task):
    """Take that door of the fridge-freezer by its bar that the instruction names, and pull it open.

    **Randomisation**: the fridge-freezer stands at x 0.69..0.74 m, y -0.10..0.10 m, turned by up to 8 degrees, in one
    of 5 paints; both doors are shut. The fridge door or the freezer door is named: 2 variants.

    **Success**: the named door is open by at least 80 % of its 92 degrees, the other one by less than 20 %, and nothing
    is held.
    """

    phrasings = (
        "open the {door}",
        "pull the {door} open by its handle",
        "swing the {door} wide open, only that one",
    )
    variants = tuple(DOORS)

    def entities(self) -> tuple[Entity, ...]:
        """The fridge-freezer and its two doors."""
        fridge = Fridge()
        return (fridge, *fridge.leaves)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose paint, place and door."""
        self.door = self.draw_variant(rng)
        self.other = next(door for door in DOORS if door != self.door)
        paint = str(rng.choice(list(PAINTS)))
        place = (float(rng.uniform(0.69, 0.74)), float(rng.uniform(-0.10, 0.10)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(8.0))
        world.add("fridge", "fridge", place, turn.tolist(), PAINTS[paint])
        for door, key in DOORS.items():
            world.add(door, key)
        self.instruct(rng, door=self.door)
        self.variation = {"variant": self.door, "paint": paint}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Open it."""
        return [] if scene.opening(self.door) >= OPEN else [Subtask("open", self.door)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`open`, `other_shut`, `released`, `success`."""
        checks = {
            "open": holds(scene, Subtask("open", self.door)),
            "other_shut": scene.opening(self.other) < 0.2,
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}
