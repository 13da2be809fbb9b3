"""Hang mugs on the spokes of a mug tree."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.cup import Mug
from failgym.sim.entities.mug_tree import SPOKES, MugTree, planted
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

MUGS = (Mug("mug_0"), Mug("mug_1"))


class PlaceCups(Task):
    """Hang one or two mugs by their handles on the spokes that the instruction names.

    **Randomisation**: two mugs of different colours (8 colour words) at x 0.34..0.44 m, one 10..27 cm to the left, one
    as far to the right, the handle up to 40 degrees off the direction away from the robot; the mug tree stands at x
    0.60..0.64 m, y -4..4 cm, turned by up to 10 degrees; one or both mugs are to be hung, on either of its two spokes.

    **Success**: the rod of its spoke passes through the hole in the handle of each named mug, and nothing is held.
    """

    phrasings = ("hang {goals}", "put {goals} of the mug tree", "on the mug tree, hang {goals}")
    variants = ("1 mug", "2 mugs")

    def entities(self) -> tuple[Entity, ...]:
        """Tree, two spokes and two mugs."""
        return (MugTree(), *SPOKES.values(), *MUGS)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, places and spokes."""
        variant = self.draw_variant(rng)
        x, y = float(rng.uniform(0.60, 0.64)), float(rng.uniform(-0.04, 0.04))
        turn = float(rng.uniform(-1.0, 1.0)) * math.radians(10.0)
        for part in planted(x, y, turn):
            world.add(*part)
        colours = pick_colours(rng, len(MUGS))
        points = scatter(rng, len(MUGS), (0.34, 0.44), (0.10, 0.27), 0.0)
        mugs = [f"{colour} mug" for colour in colours]
        for mug, name, colour, (x, y), side in zip(MUGS, mugs, colours, points, (1, -1), strict=True):
            handle = quat_about_z(float(rng.uniform(-1.0, 1.0)) * math.radians(40.0))
            world.add(name, mug.key, (x, side * y, mug.height / 2), handle.tolist(), COLOURS[colour])
        chosen = rng.permutation(len(MUGS))[: int(variant.split()[0])]
        spokes = rng.permutation(len(SPOKES))
        names = list(SPOKES)
        pairs = [(mugs[index], names[spokes[order]]) for order, index in enumerate(chosen)]
        self._goals = [Subtask("place", mug, "on", spoke) for mug, spoke in pairs]
        self.instruct(rng, goals=" and ".join(f"the {mug} on the {spoke}" for mug, spoke in pairs))
        self.variation = {"variant": variant, "goals": dict(pairs)}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and hang each mug that does not hang where it belongs."""
        goals = [goal for goal in self._goals if not holds(scene, goal)]
        goals.sort(key=lambda goal: goal.object != scene.holding)
        steps = [step for goal in goals for step in (Subtask("grasp", goal.object), goal)]
        return steps[1:] if steps and scene.holding == steps[0].object else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`hung_<i>` for each named mug, `released`, `success`."""
        checks = {f"hung_{index}": holds(scene, goal) for index, goal in enumerate(self._goals, 1)}
        checks["released"] = scene.holding is None
        return checks | {"success": all(checks.values())}
