"""Close the named door of a fridge-freezer."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import SHUT, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.appliances import DOORS, PAINTS, Fridge
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task


class CloseFridge(Task):
    """Push that door of the fridge-freezer shut that the instruction names; both stand open.

    **Randomisation**: the fridge-freezer stands at x 0.69..0.74 m, y -0.10..0.10 m, turned by up to 8 degrees, in one
    of 5 paints; the named door is open by 50..100 % of its 92 degrees, the other one by 60..100 %. The fridge door or
    the freezer door is named: 2 variants.

    **Success**: the named door is open by less than 8 % of its 92 degrees, the other one by more than 40 %, and nothing
    is held.
    """

    phrasings = (
        "close the {door}",
        "push the {door} shut and leave the other one open",
        "somebody left the {door} open: close it",
    )
    variants = tuple(DOORS)

    def entities(self) -> tuple[Entity, ...]:
        """The fridge-freezer and its two doors."""
        fridge = Fridge()
        return (fridge, *fridge.leaves)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose paint, place, door and openings."""
        self.door = self.draw_variant(rng)
        self.other = next(door for door in DOORS if door != self.door)
        paint = str(rng.choice(list(PAINTS)))
        place = (float(rng.uniform(0.69, 0.74)), float(rng.uniform(-0.10, 0.10)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(8.0))
        world.add("fridge", "fridge", place, turn.tolist(), PAINTS[paint])
        for door, key in DOORS.items():
            world.add(door, key)
        opening = float(rng.uniform(0.5, 1.0))
        world.set_opening(self.door, opening)
        world.set_opening(self.other, float(rng.uniform(0.6, 1.0)))
        self.instruct(rng, door=self.door)
        self.variation = {"variant": self.door, "paint": paint, "opening": round(opening, 3)}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close it."""
        return [] if scene.opening(self.door) <= SHUT else [Subtask("close", self.door)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`closed`, `other_open`, `released`, `success`."""
        checks = {
            "closed": holds(scene, Subtask("close", self.door)),
            "other_open": scene.opening(self.other) > 0.4,
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}
