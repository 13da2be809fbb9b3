"""Turn the handle of a door and open it."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.doorway import HINGES, Doorway
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

DOOR, HANDLE = "door", "door handle"


class OpenDoor(Task):
    """Turn the lever that withdraws the bolt of the door, then pull the door open by its upright bar.

    The lever stays where it is turned (30 degrees), as on a patio door. Before that, the bolt lies behind a strike on
    the frame and the door does not move.

    **Randomisation**: a piece of wall with the door stands at x 0.62..0.70 m, y -0.08..0.08 m, turned by up to 10
    degrees; the hinge is on the left or the right; the door has one of 8 colours, the variants.

    **Success**: the door is open by at least 80 % of its 80 degrees, and nothing is held.
    """

    phrasings = (
        "open the door",
        "turn the handle and pull the door open",
        "the door is latched: turn its handle, then swing it wide open",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """A door with its hinge on the left, one with its hinge on the right, and their levers."""
        doors = [Doorway(f"doorway_{hinge}", side, springs=False) for hinge, side in HINGES.items()]
        return tuple(part for door in doors for part in (door, door.lever))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour, hinge and place."""
        colour = self.draw_variant(rng)
        hinge = str(rng.choice(list(HINGES)))
        place = (float(rng.uniform(0.62, 0.70)), float(rng.uniform(-0.08, 0.08)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(10.0))
        world.add(DOOR, f"doorway_{hinge}", place, turn.tolist(), COLOURS[colour])
        world.add(HANDLE, f"doorway_{hinge} lever")
        self.instruct(rng)
        self.variation = {"variant": colour, "hinge": hinge}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Turn the handle, open the door."""
        if scene.opening(DOOR) >= OPEN:
            return []
        steps = [] if scene.opening(HANDLE) >= OPEN else [Subtask("turn", HANDLE)]
        return [*steps, Subtask("open", DOOR)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`unlatched`, `open`, `released`, `success`."""
        unlatched = holds(scene, Subtask("turn", HANDLE))
        opened = holds(scene, Subtask("open", DOOR))
        released = scene.holding is None
        return {"unlatched": unlatched, "open": opened, "released": released, "success": opened and released}
