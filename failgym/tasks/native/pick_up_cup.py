"""Pick up the named cup."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.cup import Cup, stands
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

CUPS = (Cup("cup_0"), Cup("cup_1"))


class PickUpCup(Task):
    """Grasp the cup that the instruction names and lift it.

    **Randomisation**: two hollow cups of different colours (8 colour words), 8.5 cm high and 7 cm wide at the rim,
    anywhere in x 0.36..0.62 m, y -0.24..0.24 m at least 16 cm apart, any yaw; either may be the named one.

    **Success**: the named cup is held at least 10 cm above where it stood, upright within 20 degrees, and the arm is
    steady (no joint faster than 0.3 rad/s).
    """

    phrasings = ("pick up the {target}", "take the {target} off the table", "raise the {target} into the air")
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Two equal cups."""
        return CUPS

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, len(CUPS), self.draw_variant(rng))
        points = scatter(rng, len(CUPS), (0.36, 0.62), (-0.24, 0.24), 0.16)
        for cup, colour, (x, y) in zip(CUPS, colours, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} cup", cup.key, (x, y, cup.height / 2), turn.tolist(), COLOURS[colour])
        self.target = f"{colours[0]} cup"
        self.instruct(rng, target=self.target)
        self.variation = {"variant": colours[0], "distractor": colours[1]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and lift."""
        steps = [Subtask("grasp", self.target), Subtask("lift", self.target)]
        return steps[1:] if scene.holding == self.target else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`grasped`, `lifted`, `upright`, `steady`, `success`."""
        grasped = scene.holding == self.target
        lifted = grasped and holds(scene, Subtask("lift", self.target))
        upright = stands(scene.pose(self.target))
        steady = scene.speed() < 0.3
        checks = {"grasped": grasped, "lifted": lifted, "upright": upright, "steady": steady}
        return checks | {"success": all(checks.values())}
