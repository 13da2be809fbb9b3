"""Put each block on the pad of its colour."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.sim.entities.region import Pad
from failgym.sim.world import TABLE, World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

POOL = 4
HALF = 0.02


class SortBlocks(Task):
    """Put two to four blocks on the pads of their colours.

    **Randomisation**: 2, 3 or 4 blocks of 4 cm and of different colours (8 colour words) lie in x 0.35..0.48 m, y
    -0.27..0.27 m at least 11 cm apart, any yaw; behind them, at x 0.60..0.64 m and 14 cm apart in random order, one pad
    of 9 cm of each colour, the row within 5 cm of the middle.

    **Success**: each block rests on the pad of its colour, its centre within 3 cm of the pad's along both sides, and
    nothing is held; in which order they came there does not matter.
    """

    phrasings = (
        "sort the {colours} blocks by colour",
        "put each of the {colours} blocks on the pad of its colour",
        "every block has a pad of its own colour: bring the {colours} ones there",
    )
    variants = ("2 blocks", "3 blocks", "4 blocks")
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Four equal blocks and four equal pads."""
        blocks = (Block(f"block_{index}", (HALF, HALF, HALF)) for index in range(POOL))
        return (*blocks, *(Pad(f"pad_{index}", half=0.045, reach=0.03) for index in range(POOL)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose how many, colours and places."""
        variant = self.draw_variant(rng)
        count = int(variant.split()[0])
        colours = pick_colours(rng, count)
        points = scatter(rng, count, (0.35, 0.48), (-0.27, 0.27), 0.11)
        row = rng.permutation(count) - (count - 1) / 2
        shift = float(rng.uniform(-0.05, 0.05))
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} block", f"block_{index}", (x, y, HALF), turn.tolist(), COLOURS[colour])
            pad = float(rng.uniform(0.60, 0.64)), shift + 0.14 * float(row[index]), 0.0
            world.add(f"{colour} pad", f"pad_{index}", pad, rgba=COLOURS[colour])
        self._goals = [Subtask("place", f"{colour} block", "on", f"{colour} pad") for colour in colours]
        self.instruct(rng, colours=" and ".join((", ".join(colours[:-1]), colours[-1])))
        self.variation = {"variant": variant, "order": colours}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place each block that is not on its pad; one that lies on a pad of another is put aside first."""
        steps: list[Subtask] = []
        held = scene.holding
        for goal in self._goals:
            if not holds(scene, goal):
                steps += [*self._cleared(scene, goal), Subtask("grasp", goal.object), goal]
        return steps[1:] if steps and held == steps[0].object else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`home_<i>` for each block, `released`, `success`."""
        checks = {f"home_{index}": holds(scene, goal) for index, goal in enumerate(self._goals, 1)}
        checks["released"] = scene.holding is None
        return checks | {"success": all(checks.values())}

    def _cleared(self, scene: Scene, goal: Subtask) -> list[Subtask]:
        """Steps that take another block from the pad."""
        others = [other.object for other in self._goals if other is not goal]
        lying = [block for block in others if holds(scene, Subtask("place", block, "on", goal.target))]
        return [
            step for block in lying for step in (Subtask("grasp", block), Subtask("place", block, "on", TABLE))
        ]  # fmt: skip
