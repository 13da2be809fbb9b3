"""Pick up the named cube."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

CUBES = 3
HALF = 0.02


class PickCube(Task):
    """Grasp the cube that the instruction names and lift it.

    **Randomisation**: three 4 cm cubes of different colours (8 colour words), each anywhere in x 0.36..0.62 m, y
    -0.24..0.24 m at least 11 cm apart, any yaw; the named cube is one of them.

    **Success**: the named cube is held at least 10 cm above where it stood, and the arm is steady (no joint faster than
    0.3 rad/s).
    """

    phrasings = ("pick up the {target}", "take the {target} and lift it", "lift the {target} off the table")
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Three equal cubes."""
        return tuple(Block(f"cube_{index}", (HALF, HALF, HALF)) for index in range(CUBES))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, CUBES, self.draw_variant(rng))
        points = scatter(rng, CUBES, (0.36, 0.62), (-0.24, 0.24), 0.11)
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} cube", f"cube_{index}", (x, y, HALF), turn.tolist(), COLOURS[colour])
        self.target = f"{colours[0]} cube"
        self.instruct(rng, target=self.target)
        self.variation = {"variant": colours[0], "distractors": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and lift."""
        steps = [Subtask("grasp", self.target), Subtask("lift", self.target)]
        return steps[1:] if scene.holding == self.target else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`grasped`, `lifted`, `steady`, `success`."""
        grasped = scene.holding == self.target
        lifted = grasped and holds(scene, Subtask("lift", self.target))
        steady = lifted and scene.speed() < 0.3
        return {"grasped": grasped, "lifted": lifted, "steady": steady, "success": steady}
