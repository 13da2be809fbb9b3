"""Close a door so that it latches."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.doorway import HINGES, Doorway
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

DOOR, HANDLE = "door", "door handle"
FLUSH = 0.03
"""Opening of the door, 0..1, up to which the bolt is behind the strike."""
BACK = 0.15
"""Opening of the handle, 0..1, up to which it has sprung back."""


class CloseDoor(Task):
    """Push the door shut until its bolt, which springs out, falls in behind the strike.

    **Randomisation**: a piece of wall with the door stands at x 0.60..0.68 m, y -0.08..0.08 m, turned by up to 10
    degrees; the hinge is on the left or the right; the door is open by 50..95 % of its 80 degrees and has one of 8
    colours, the variants.

    **Success**: the door is open by less than 3 % of its 80 degrees, its handle has sprung back (turned by less than
    15 % of its 30 degrees), and nothing is held.
    """

    phrasings = (
        "close the door",
        "push the door shut until it latches",
        "shut the open door so that the bolt clicks in",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """A door with its hinge on the left, one with its hinge on the right, and their levers."""
        doors = [Doorway(f"doorway_{hinge}", side) for hinge, side in HINGES.items()]
        return tuple(part for door in doors for part in (door, door.lever))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour, hinge, place and opening."""
        colour = self.draw_variant(rng)
        hinge = str(rng.choice(list(HINGES)))
        place = (float(rng.uniform(0.60, 0.68)), float(rng.uniform(-0.08, 0.08)), 0.0)
        turn = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(10.0))
        opening = float(rng.uniform(0.5, 0.95))
        world.add(DOOR, f"doorway_{hinge}", place, turn.tolist(), COLOURS[colour])
        world.add(HANDLE, f"doorway_{hinge} lever")
        world.set_opening(DOOR, opening)
        self.instruct(rng)
        self.variation = {"variant": colour, "hinge": hinge, "opening": round(opening, 3)}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close it."""
        return [] if self._latched(scene) else [Subtask("close", DOOR)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`closed`, `latched`, `released`, `success`."""
        closed = holds(scene, Subtask("close", DOOR))
        latched = self._latched(scene)
        released = scene.holding is None
        return {"closed": closed, "latched": latched, "released": released, "success": latched and released}

    def _latched(self, scene: Scene) -> bool:
        return scene.opening(DOOR) <= FLUSH and scene.opening(HANDLE) <= BACK
