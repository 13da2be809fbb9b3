"""Put the named cube on the named shelf of a safe."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.grocery import Packet
from failgym.sim.entities.shelves import SHELVES, Safe, SafeDoor, shelves
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

SAFE = Safe()
DOOR = SafeDoor(SAFE)
HALF = 0.02
CUBES = ("cube_0", "cube_1")


class PutCubeInSafe(Task):
    """Put the cube that the instruction names on the named shelf of the open safe.

    **Randomisation**: the safe stands at x 0.66..0.70 m, 13..16 cm to the left or right of the middle, turned by up to
    8 degrees; two 4 cm cubes of different colours (8 colour words) lie on the other side, x 0.47..0.59 m, 15..29 cm
    from the middle, at least 14 cm apart, any yaw; either cube and any of the three shelves (3 variants) may be named.

    **Success**: the cube lies on the named shelf (its centre over it and within 1.5 cm of the height at which it rests)
    and nothing is held.
    """

    phrasings = (
        "put the {item} on the {shelf} of the safe",
        "lock away the {item}: it goes on the {shelf}",
        "the {shelf} of the safe is where the {item} belongs",
    )
    variants = SHELVES

    def entities(self) -> tuple[Entity, ...]:
        """Safe and cubes."""
        return (*safe(), *(Packet(key, (HALF, HALF, HALF), banded=True, mass=0.08) for key in CUBES))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose shelf, side, colours and places."""
        self.shelf = self.draw_variant(rng)
        side = place_safe(world, rng)
        colours = pick_colours(rng, len(CUBES))
        points = scatter(rng, len(CUBES), (0.47, 0.59), (0.15, 0.29), 0.14)
        for key, colour, (x, y) in zip(CUBES, colours, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} cube", key, (x, -side * y, HALF), turn.tolist(), COLOURS[colour])
        self.item = f"{colours[0]} cube"
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


def safe() -> tuple[Entity, ...]:
    """Return what the safe consists of."""
    return (SAFE, DOOR, *shelves(SAFE))


def place_safe(world: World, rng: np.random.Generator) -> float:
    """Bring the safe into the scene; return the side it stands on, 1 left, -1 right."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    place = (float(rng.uniform(0.66, 0.70)), side * float(rng.uniform(0.13, 0.16)), 0.0)
    turn = quat_about_z(float(rng.uniform(-0.14, 0.14))).tolist()
    world.add("safe", SAFE.body, place, turn)
    beside, leaning = DOOR.beside(place, turn, side)
    world.add("safe door", DOOR.body, beside.tolist(), leaning.tolist())
    for level in SHELVES:
        world.add(level, level)
    return side


def store(scene: Scene, item: str, relation: str, target: str) -> list[Subtask]:
    """Return what is left of grasping a thing and placing it."""
    goal = Subtask("place", item, relation, target)
    if holds(scene, goal):
        return []
    return [goal] if scene.holding == item else [Subtask("grasp", item), goal]
