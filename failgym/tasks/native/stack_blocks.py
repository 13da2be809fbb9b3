"""Stack the named blocks in the named order."""

import itertools
import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.sim.world import TABLE, World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

POOL = 5
HALF = 0.02


class StackBlocks(Task):
    """Build a column of two to four blocks in the order that the instruction names.

    **Randomisation**: 2, 3 or 4 named blocks and one distractor, 4 cm, of different colours (8 colour words), anywhere
    in x 0.36..0.62 m, y -0.26..0.26 m at least 11 cm apart, any yaw.

    **Success**: each named block rests on the one before it, its centre over that block, and nothing is held.
    """

    phrasings = (
        "stack {order} on the {base}",
        "build a tower on the {base}: {order}",
        "put {order} on top of the {base}",
    )
    variants = ("2 blocks", "3 blocks", "4 blocks")

    def entities(self) -> tuple[Entity, ...]:
        """Five equal blocks."""
        return tuple(Block(f"block_{index}", (HALF, HALF, HALF)) for index in range(POOL))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose how many, colours and places."""
        variant = self.draw_variant(rng)
        count = int(variant.split()[0])
        colours = pick_colours(rng, count + 1)
        points = scatter(rng, count + 1, (0.36, 0.62), (-0.26, 0.26), 0.11)
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} block", f"block_{index}", (x, y, HALF), turn.tolist(), COLOURS[colour])
        self.blocks = [f"{colour} block" for colour in colours[:count]]
        self._goals = [Subtask("place", block, "on", below) for below, block in itertools.pairwise(self.blocks)]
        order = ", then ".join(f"the {block}" for block in self.blocks[1:])
        self.instruct(rng, order=order, base=self.blocks[0])
        self.variation = {"variant": variant, "order": colours[:count], "distractors": colours[count:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Clear what is in the way, then grasp and place each block that is not in its place."""
        steps: list[Subtask] = []
        held = scene.holding
        standing = True
        for goal in self._goals:
            standing = standing and holds(scene, goal)
            if not standing:
                steps += [*self._clear(scene, goal.target or "", goal.object), Subtask("grasp", goal.object), goal]
        if steps and held is not None and held == steps[0].object:
            return steps[1:]
        return steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`on_<i>` for each block above the first, `released`, `success`."""
        checks = {f"on_{index}": holds(scene, goal) for index, goal in enumerate(self._goals, 1)}
        checks["released"] = scene.holding is None
        return checks | {"success": all(checks.values())}

    def _clear(self, scene: Scene, below: str, wanted: str) -> list[Subtask]:
        top = scene.position(below)[2] + HALF
        return [
            step
            for thing in scene.facts().things
            if thing.graspable
            and thing.name not in (below, wanted)
            and scene.position(thing.name)[2] > top
            and holds(scene, Subtask("place", thing.name, "on", below))
            for step in (Subtask("grasp", thing.name), Subtask("place", thing.name, "on", TABLE))
        ]
