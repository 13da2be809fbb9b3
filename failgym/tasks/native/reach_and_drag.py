"""Drag a far cube to the named pad with a rake."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.sim.entities.region import Pad
from failgym.sim.entities.tool import Rake
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

PADS = 3
HALF = 0.02
CUBE, RAKE = "cube", "rake"
WHITE = (0.93, 0.92, 0.88, 1.0)
PLATE = (0.25, 0.30, 0.36, 1.0)


class ReachAndDrag(Task):
    """Take the rake and drag the cube to the pad that the instruction names.

    **Randomisation**: the rake, 25 cm long, stands at x 0.42..0.50 m, 20..25 cm to the left or right of the middle,
    turned by up to 23 degrees; a 4 cm cube lies far out, x 0.60..0.68 m, within 12 cm of the middle, any yaw; three
    pads of 10 cm and different colours (8 colour words) lie in x 0.46..0.56 m, from 6 cm on the side of the rake to
    26 cm on the other, at least 14 cm apart and 14 cm from the cube, turned by up to 45 degrees; the named one is any
    of them.

    **Success**: the cube rests with its centre within 3 cm of the pad's, along both sides of the pad, the hand still
    holds the rake, and the arm is steady (no joint faster than 0.3 rad/s).
    """

    phrasings = (
        "use the rake to drag the cube to the {pad}",
        "take the rake and bring the cube over to the {pad} with it",
        "rake the cube to the {pad}",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Rake, cube and three pads."""
        cube = Block(CUBE, (HALF, HALF, HALF), 0.05)
        return (Rake(RAKE), cube, *(Pad(f"pad_{index}", half=0.05, reach=0.03) for index in range(PADS)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose a side, colours and places."""
        side = 1.0 if rng.random() < 0.5 else -1.0
        stand = float(rng.uniform(0.42, 0.50)), side * float(rng.uniform(0.20, 0.25))
        turn = float(rng.uniform(-0.4, 0.4))
        world.add(RAKE, RAKE, (*stand, Rake.height / 2), quat_about_z(turn).tolist(), PLATE)
        cube = float(rng.uniform(0.60, 0.68)), float(rng.uniform(-0.12, 0.12))
        spin = float(rng.uniform(-math.pi, math.pi))
        world.add(CUBE, CUBE, (*cube, HALF), quat_about_z(spin).tolist(), WHITE)
        colours = pick_colours(rng, PADS, self.draw_variant(rng))
        points = scatter(rng, PADS, (0.46, 0.56), (-0.26, 0.06), 0.14, avoid=[(cube[0], side * cube[1])])
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            pad = quat_about_z(float(rng.uniform(-math.pi / 4, math.pi / 4)))
            world.add(f"{colour} pad", f"pad_{index}", (x, side * y, 0.0), pad.tolist(), COLOURS[colour])
        self._goal = Subtask("drag", CUBE, "to", f"{colours[0]} pad")
        self.instruct(rng, pad=f"{colours[0]} pad")
        self.variation = {
            "variant": colours[0], "distractors": colours[1:], "rake": "left" if side > 0 else "right"
        }  # fmt: skip

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp the rake and drag: what is left of it."""
        there = holds(scene, self._goal)
        steps = [] if scene.holding == RAKE else [Subtask("grasp", RAKE)]
        return steps if there else [*steps, self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`rake_held`, `there`, `steady`, `success`."""
        held, there = scene.holding == RAKE, holds(scene, self._goal)
        steady = scene.speed() < 0.3
        return {"rake_held": held, "there": there, "steady": steady, "success": held and there and steady}
