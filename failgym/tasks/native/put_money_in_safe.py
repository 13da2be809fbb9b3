"""Put the named bundle of notes on the named shelf of a safe."""

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.grocery import Packet
from failgym.sim.entities.shelves import SHELVES
from failgym.sim.world import World
from failgym.tasks.native.put_cube_in_safe import place_safe, safe, store
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import scatter

HALF = (0.042, 0.024, 0.014)
NOTES: dict[str, tuple[float, float, float, float]] = {
    "green notes": (0.36, 0.58, 0.40, 1.0),
    "blue notes": (0.38, 0.52, 0.72, 1.0),
}
"""What the two bundles are called, and what they look like."""


class PutMoneyInSafe(Task):
    """Put the bundle of notes that the instruction names on the named shelf of the open safe.

    **Randomisation**: the safe stands at x 0.66..0.70 m, 13..16 cm to the left or right of the middle, turned by up to
    8 degrees; a green and a blue bundle, 8.4 x 4.8 x 2.8 cm, lie on the other side, x 0.47..0.59 m, 15..29 cm from the
    middle, at least 15 cm apart, turned by up to 45 degrees; either bundle and any of the three shelves (3 variants)
    may be named.

    **Success**: the bundle lies on the named shelf (its centre over it and within 1.5 cm of the height at which it
    rests) and nothing is held.
    """

    phrasings = (
        "put the {item} on the {shelf} of the safe",
        "the {item} should lie on the {shelf} of the safe",
        "bring the {item} to safety on the {shelf}",
    )
    variants = SHELVES

    def entities(self) -> tuple[Entity, ...]:
        """Safe and bundles."""
        bundles = (Packet(name, HALF, rgba, banded=True, mass=0.06) for name, rgba in NOTES.items())
        return (*safe(), *bundles)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose shelf, side, bundle and places."""
        self.shelf = self.draw_variant(rng)
        side = place_safe(world, rng)
        points = scatter(rng, len(NOTES), (0.47, 0.59), (0.15, 0.29), 0.15)
        for name, (x, y) in zip(NOTES, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-np.pi / 4, np.pi / 4)))
            world.add(name, name, (x, -side * y, HALF[2]), turn.tolist())
        self.item = tuple(NOTES)[int(rng.integers(len(NOTES)))]
        self.instruct(rng, item=self.item, shelf=self.shelf)
        self.variation = {"variant": self.shelf, "item": self.item, "side": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place: what is left of it."""
        return store(scene, self.item, "on", self.shelf)

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`stored`, `released`, `success`."""
        stored = holds(scene, Subtask("place", self.item, "on", self.shelf))
        released = scene.holding is None
        return {"stored": stored, "released": released, "success": stored and released}
