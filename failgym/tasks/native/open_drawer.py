"""Open the named drawer."""

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.cabinet import LEVELS, Cabinet, drawers
from failgym.sim.world import World
from failgym.tasks.task import Task

CABINET = Cabinet()


class OpenDrawer(Task):
    """Pull open the drawer that the instruction names.

    **Randomisation**: the cabinet stands at x 0.78..0.84 m, y -0.15..0.15 m, turned by up to 14 degrees; the top,
    middle or bottom drawer is the named one (3 variants); all are closed.

    **Success**: the named drawer is open by at least 80 % of its travel (11 cm of 14), the others by less than 50 %,
    and nothing is held.
    """

    phrasings = ("open the {drawer}", "pull out the {drawer} of the cabinet", "the {drawer} should be open")
    variants = LEVELS

    def entities(self) -> tuple[Entity, ...]:
        """Cabinet and drawers."""
        return (CABINET, *drawers(CABINET))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the drawer and where the cabinet stands."""
        self.drawer = self.draw_variant(rng)
        place_cabinet(world, rng)
        self.instruct(rng, drawer=self.drawer)
        self.variation = {"variant": self.drawer}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close what was opened by mistake, then open."""
        steps = [Subtask("close", level) for level in LEVELS if level != self.drawer and scene.opening(level) >= 0.5]
        return steps if scene.opening(self.drawer) >= OPEN else [*steps, Subtask("open", self.drawer)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`opened`, `others_closed`, `released`, `success`."""
        opened = scene.opening(self.drawer) >= OPEN
        others = all(scene.opening(level) < 0.5 for level in LEVELS if level != self.drawer)
        released = scene.holding is None
        success = opened and others and released
        return {"opened": opened, "others_closed": others, "released": released, "success": success}


def place_cabinet(world: World, rng: np.random.Generator) -> None:
    """Bring the cabinet into the scene, its drawers closed."""
    place = (float(rng.uniform(0.78, 0.84)), float(rng.uniform(-0.15, 0.15)), 0.0)
    world.add("cabinet", CABINET.body, place, quat_about_z(float(rng.uniform(-0.24, 0.24))).tolist())
    for level in LEVELS:
        world.add(level, level)
