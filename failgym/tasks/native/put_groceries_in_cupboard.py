"""Put the named grocery into the cupboard."""

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.grocery import Packet, Tin
from failgym.sim.entities.shelves import Cupboard
from failgym.sim.world import World
from failgym.tasks.native.put_cube_in_safe import store
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task

CUPBOARD = "cupboard"
PAIRS = (("soup can", "ham tin"), ("cereal box", "milk carton"), ("mustard bottle", "tea box"))
"""An episode has one of each pair; a pair shares its place in the cupboard, from right to left."""
GROCERIES: tuple[Packet | Tin, ...] = (
    Tin("soup can", 0.032, 0.048, (0.72, 0.73, 0.75, 1.0), (0.78, 0.14, 0.12, 1.0), mass=0.12),
    Packet("ham tin", (0.044, 0.028, 0.030), (0.16, 0.30, 0.60, 1.0), (0.95, 0.80, 0.25, 1.0), mass=0.12),
    Packet("cereal box", (0.034, 0.022, 0.065), (0.90, 0.50, 0.12, 1.0), (0.98, 0.90, 0.60, 1.0), mass=0.08),
    Packet(
        "milk carton", (0.031, 0.031, 0.064), (0.95, 0.96, 0.97, 1.0), (0.25, 0.55, 0.85, 1.0), roofed=True, mass=0.12
    ),
    Tin("mustard bottle", 0.026, 0.055, (0.93, 0.76, 0.10, 1.0), (0.80, 0.20, 0.14, 1.0), neck=0.012, mass=0.10),
    Packet("tea box", (0.034, 0.026, 0.042), (0.20, 0.48, 0.28, 1.0), (0.92, 0.90, 0.78, 1.0), mass=0.06),
)
GREATEST_TURN = 0.6
"""By which a grocery is turned from facing the robot, rad."""


class PutGroceriesInCupboard(Task):
    """Put the grocery that the instruction names into the cupboard.

    **Randomisation**: the cupboard stands at x 0.74..0.77 m, y -0.03..0.03 m, turned by up to 5 degrees; three
    groceries stand before it in any order, x 0.48..0.54 m, y near -0.21, 0 and 0.21 m (up to 3 cm off), turned by up to
    34 degrees: a soup can or a ham tin, a cereal box or a milk carton, a mustard bottle or a tea box; any of the six
    may be the named one (6 variants).

    **Success**: the grocery's centre is inside the cupboard, in its lower half (below 17.5 cm), standing or not, and
    nothing is held.
    """

    phrasings = (
        "put the {item} into the cupboard",
        "store the {item} in the cupboard",
        "the {item} goes into the cupboard with the open front",
    )
    variants = tuple(grocery.body for grocery in GROCERIES)

    def entities(self) -> tuple[Entity, ...]:
        """Cupboard and groceries."""
        return pantry()

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the groceries and their places."""
        self.item = self.draw_variant(rng)
        others = [pair[int(rng.integers(2))] for pair in PAIRS if self.item not in pair]
        set_out(world, rng, [self.item, *others])
        self.instruct(rng, item=self.item)
        self.variation = {"variant": self.item, "others": others}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place: what is left of it."""
        return store(scene, self.item, "in", CUPBOARD)

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`stored`, `released`, `success`."""
        stored = holds(scene, Subtask("place", self.item, "in", CUPBOARD))
        released = scene.holding is None
        return {"stored": stored, "released": released, "success": stored and released}


def pantry() -> tuple[Entity, ...]:
    """Return the cupboard, with a place for each grocery, and the groceries."""
    places = tuple((name, place) for place, pair in zip((-1, 0, 1), PAIRS, strict=True) for name in pair)
    return (Cupboard(CUPBOARD, places), *GROCERIES)


def set_out(world: World, rng: np.random.Generator, names: list[str]) -> None:
    """Bring the cupboard and these three groceries into the scene."""
    where = (float(rng.uniform(0.74, 0.77)), float(rng.uniform(-0.03, 0.03)), 0.0)
    world.add(CUPBOARD, CUPBOARD, where, quat_about_z(float(rng.uniform(-0.09, 0.09))).tolist())
    heights = {grocery.body: grocery.describe(grocery.body).height for grocery in GROCERIES}
    for name, column in zip(names, rng.permutation(len(names)), strict=True):
        x, y = float(rng.uniform(0.48, 0.54)), 0.21 * (int(column) - 1) + float(rng.uniform(-0.03, 0.03))
        turn = quat_about_z(float(rng.uniform(-GREATEST_TURN, GREATEST_TURN)))
        world.add(name, name, (x, y, heights[name] / 2), turn.tolist())
