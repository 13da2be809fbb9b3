"""Put the plate in the named slot of the dish rack."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z, rotate
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.dish_rack import PITCH, WIRE, Plate, Slot
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

PLATE = "plate"
STAND = "plate stand"
SLOTS = 3


class PutPlateInRack(Task):
    """Put the plate, on edge, in the slot of the dish rack that the instruction names.

    **Randomisation**: a rack with three slots side by side, each of another colour (8 colour words), its middle at x
    0.48..0.58 m, 8..16 cm to the left or right of the middle, turned by up to 25 degrees; the 15 cm plate stands on
    edge in a stand on the other side, x 0.42..0.58 m, 12..22 cm from the middle, turned by up to 35 degrees.

    **Success**: the plate stands on edge in the named slot, its centre within 12 mm of the middle along each axis, its
    axis within 15 degrees of the slot's, and nothing is held.
    """

    phrasings = (
        "put the plate in the {slot} of the dish rack",
        "move the plate to the {slot}",
        "let the plate dry in the {slot}",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Plate, stand and three slots."""
        return (Plate(), Slot("stand"), *(Slot(f"slot_{index}") for index in range(SLOTS)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        variant = self.draw_variant(rng)
        colours = [str(colour) for colour in rng.permutation(pick_colours(rng, SLOTS, variant))]
        side = 1.0 if rng.random() < 0.5 else -1.0
        middle = np.array([rng.uniform(0.48, 0.58), side * rng.uniform(0.08, 0.16), 0.0])
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(25.0))
        for index, colour in enumerate(colours):
            offset = rotate(turn, (0.0, (index - (SLOTS - 1) / 2) * PITCH, 0.0))
            world.add(f"{colour} slot", f"slot_{index}", (middle + offset).tolist(), turn.tolist(), COLOURS[colour])
        there = (float(rng.uniform(0.42, 0.58)), -side * float(rng.uniform(0.12, 0.22)))
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(35.0))
        world.add(STAND, "stand", (*there, 0.0), turn.tolist(), WIRE)
        world.add(PLATE, "plate", (*there, Slot("stand").rest), turn.tolist())
        self.slot = f"{variant} slot"
        self.instruct(rng, slot=self.slot)
        self.variation = {"variant": variant, "slots": colours, "side": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", PLATE, "in", self.slot)
        if holds(scene, place):
            return []
        return [place] if scene.holding == PLATE else [Subtask("grasp", PLATE), place]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`in_slot`, `released`, `success`."""
        in_slot = holds(scene, Subtask("place", PLATE, "in", self.slot))
        released = scene.holding is None
        return {"in_slot": in_slot, "released": released, "success": in_slot and released}
