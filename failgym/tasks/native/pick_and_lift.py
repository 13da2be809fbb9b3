"""Pick up the named cube and hold it inside a bubble in the air."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.sim.entities.region import Region
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

CUBES = 3
HALF = 0.02
BUBBLE = "bubble"


class PickAndLift(Task):
    """Grasp the cube that the instruction names and hold it inside the bubble.

    **Randomisation**: three 4 cm cubes of different colours (8 colour words), each anywhere in x 0.36..0.62 m, y
    -0.24..0.24 m at least 11 cm apart, any yaw; the named cube is one of them. The bubble, 9 cm wide, hangs anywhere
    in x 0.38..0.60 m, y -0.22..0.22 m, z 0.20..0.36 m.

    **Success**: the named cube is held, its centre is inside the bubble, and the arm is steady (no joint faster than
    0.3 rad/s).
    """

    phrasings = (
        "hold the {target} inside the bubble",
        "pick up the {target} and carry it into the bubble",
        "lift the {target} until it is in the bubble",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Three equal cubes and the bubble."""
        return (*(Block(f"cube_{index}", (HALF, HALF, HALF)) for index in range(CUBES)), Region(BUBBLE))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, CUBES, self.draw_variant(rng))
        points = scatter(rng, CUBES, (0.36, 0.62), (-0.24, 0.24), 0.11)
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} cube", f"cube_{index}", (x, y, HALF), turn.tolist(), COLOURS[colour])
        low, high = (0.38, -0.22, 0.20), (0.60, 0.22, 0.36)
        world.add(BUBBLE, BUBBLE, rng.uniform(low, high).tolist())
        self.target = f"{colours[0]} cube"
        self._goal = Subtask("move", self.target, "to", BUBBLE)
        self.instruct(rng, target=self.target)
        self.variation = {"variant": colours[0], "distractors": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and move."""
        if scene.holding != self.target:
            return [Subtask("grasp", self.target), self._goal]
        return [] if holds(scene, self._goal) else [self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`grasped`, `inside`, `steady`, `success`."""
        grasped = scene.holding == self.target
        inside = holds(scene, self._goal)
        steady = inside and scene.speed() < 0.3
        return {"grasped": grasped, "inside": inside, "steady": steady, "success": steady}
