"""Close the named drawer."""

import numpy as np

from failgym.plans import Subtask
from failgym.scene import SHUT, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.cabinet import LEVELS, drawers
from failgym.sim.world import World
from failgym.tasks.native.open_drawer import CABINET, place_cabinet
from failgym.tasks.task import Task


class CloseDrawer(Task):
    """Push home the drawer that the instruction names.

    **Randomisation**: the cabinet stands at x 0.78..0.84 m, y -0.15..0.15 m, turned by up to 14 degrees; the top,
    middle or bottom drawer is the named one (3 variants) and open by 70..100 % of its travel (14 cm); each drawer
    below it is, with probability 1/2, open by 20..80 %; those above are closed.

    **Success**: the named drawer is open by at most 8 % of its travel (11 mm), and nothing is held.
    """

    phrasings = ("close the {drawer}", "push the {drawer} of the cabinet shut", "the {drawer} should be closed")
    variants = LEVELS

    def entities(self) -> tuple[Entity, ...]:
        """Cabinet and drawers."""
        return (CABINET, *drawers(CABINET))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the drawer, where the cabinet stands, and what else is open."""
        self.drawer = self.draw_variant(rng)
        place_cabinet(world, rng)
        world.set_opening(self.drawer, float(rng.uniform(0.7, 1.0)))
        also = [level for level in LEVELS[: LEVELS.index(self.drawer)] if rng.random() < 0.5]
        for level in also:
            world.set_opening(level, float(rng.uniform(0.2, 0.8)))
        self.instruct(rng, drawer=self.drawer)
        self.variation = {"variant": self.drawer, "also_open": also}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close what is open above it and in the way, then close it."""
        if scene.opening(self.drawer) <= SHUT:
            return []
        higher = LEVELS[LEVELS.index(self.drawer) + 1 :]
        steps = [Subtask("close", level) for level in reversed(higher) if scene.opening(level) > 0.15]
        return [*steps, Subtask("close", self.drawer)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`closed`, `released`, `success`."""
        closed = scene.opening(self.drawer) <= SHUT
        released = scene.holding is None
        return {"closed": closed, "released": released, "success": closed and released}
