"""Put all groceries into the cupboard."""

import itertools

import numpy as np

from failgym.plans import Subtask
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.world import World
from failgym.tasks.native.put_cube_in_safe import store
from failgym.tasks.native.put_groceries_in_cupboard import CUPBOARD, PAIRS, pantry, set_out
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task


class PutAllGroceriesInCupboard(Task):
    """Put the three groceries that stand on the table into the cupboard.

    **Randomisation**: the cupboard stands at x 0.74..0.77 m, y -0.03..0.03 m, turned by up to 5 degrees; three
    groceries stand before it in any order, x 0.48..0.54 m, y near -0.21, 0 and 0.21 m (up to 3 cm off), turned by up to
    34 degrees: a soup can or a ham tin, a cereal box or a milk carton, a mustard bottle or a tea box (8 variants).

    **Success**: the centre of each is inside the cupboard, in its lower half (below 17.5 cm), standing or not, and
    nothing is held.
    """

    phrasings = (
        "put all the groceries into the cupboard",
        "clear the table: the {first}, the {second} and the {third} go into the cupboard",
        "store the {first}, the {second} and the {third} in the cupboard",
    )
    variants = tuple(", ".join(names) for names in itertools.product(*PAIRS))

    def entities(self) -> tuple[Entity, ...]:
        """Cupboard and groceries."""
        return pantry()

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the groceries, the order in which they are put away, and their places."""
        variant = self.draw_variant(rng)
        self.items = [str(name) for name in rng.permutation(variant.split(", "))]
        set_out(world, rng, self.items)
        self.instruct(rng, first=self.items[0], second=self.items[1], third=self.items[2])
        self.variation = {"variant": variant, "order": self.items}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place each that is not inside, first the one in the hand."""
        order = sorted(self.items, key=lambda item: item != scene.holding)
        return [step for item in order for step in store(scene, item, "in", CUPBOARD)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`stored_<i>` for each grocery, `released`, `success`."""
        checks = {
            f"stored_{index}": holds(scene, Subtask("place", item, "in", CUPBOARD))
            for index, item in enumerate(self.items, 1)
        }
        checks["released"] = scene.holding is None
        return checks | {"success": all(checks.values())}
