"""Open the named box."""

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.lid import LidBox
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours


def stand_boxes(world: World, rng: np.random.Generator, colour: str) -> list[str]:
    """Stand two boxes with lids on the table, the one of that colour on either side; return their names, it first."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    names = []
    for index, word in enumerate(pick_colours(rng, 2, colour)):
        x, y = float(rng.uniform(0.43, 0.54)), float(rng.uniform(0.13, 0.20))
        turn = quat_about_z(float(rng.uniform(-0.52, 0.52)))
        names.append(f"{word} box")
        place = (x, side * y if index == 0 else -side * y, 0.0)
        world.add(names[-1], f"box_{index}", place, turn.tolist(), COLOURS[word])
    return names


class OpenBox(Task):
    """Open the lid of the box that the instruction names.

    **Randomisation**: two boxes of different colours (8 variants: the colour of the named one), one on each side:
    17 x 14 x 9 cm, their middles at x 0.43..0.54 m, 13..20 cm left and right of the middle, turned by up to 30 degrees,
    both shut.

    **Success**: the named box is open by at least 80 % of its lid's travel (88 of 110 degrees), the other one is still
    shut (by less than 8 %, 9 degrees), and nothing is held.
    """

    phrasings = ("open the {box}", "lift the lid of the {box}", "raise the lid of the {box} until it stays up")
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Two equal boxes."""
        return LidBox("box_0"), LidBox("box_1")

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, sides and places."""
        colour = self.draw_variant(rng)
        self.target, self.other = stand_boxes(world, rng, colour)
        self.instruct(rng, box=self.target)
        self.variation = {"variant": colour, "distractor": self.other}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Open the one, close the other should it be open."""
        goals = [Subtask("close", self.other), Subtask("open", self.target)]
        return [goal for goal in goals if not holds(scene, goal)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`open`, `other_shut`, `released`, `success`."""
        is_open = holds(scene, Subtask("open", self.target))
        other_shut = holds(scene, Subtask("close", self.other))
        released = scene.holding is None
        success = is_open and other_shut and released
        return {"open": is_open, "other_shut": other_shut, "released": released, "success": success}
