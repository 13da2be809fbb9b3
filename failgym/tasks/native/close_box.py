"""Close the named box."""

import numpy as np

from failgym.plans import Subtask
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.lid import LidBox
from failgym.sim.world import World
from failgym.tasks.native.open_box import stand_boxes
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS


class CloseBox(Task):
    """Close the lid of the box that the instruction names.

    **Randomisation**: two boxes of different colours (8 variants: the colour of the named one), one on each side:
    17 x 14 x 9 cm, their middles at x 0.43..0.54 m, 13..20 cm left and right of the middle, turned by up to 30 degrees;
    each lid is raised by 94..110 degrees.

    **Success**: the named box is open by at most 8 % of its lid's travel (9 of 110 degrees), the other one still by at
    least 80 % (88 degrees), and nothing is held.
    """

    phrasings = ("close the {box}", "shut the lid of the {box}", "bring the lid of the {box} down until it is shut")
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Two equal boxes."""
        return LidBox("box_0"), LidBox("box_1")

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, sides and places, and raise both lids."""
        colour = self.draw_variant(rng)
        self.target, self.other = stand_boxes(world, rng, colour)
        for box in (self.target, self.other):
            world.set_opening(box, float(rng.uniform(0.86, 1.0)))
        self.instruct(rng, box=self.target)
        self.variation = {"variant": colour, "distractor": self.other}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close the one, open the other should it be shut."""
        goals = [Subtask("open", self.other), Subtask("close", self.target)]
        return [goal for goal in goals if not holds(scene, goal)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`shut`, `other_open`, `released`, `success`."""
        shut = holds(scene, Subtask("close", self.target))
        other_open = holds(scene, Subtask("open", self.other))
        released = scene.holding is None
        success = shut and other_open and released
        return {"shut": shut, "other_open": other_open, "released": released, "success": success}
