"""Stack the other cups in the named one."""

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

CUPS = tuple(Cup(f"cup_{index}") for index in range(3))


class StackCups(Task):
    """Put one cup in the cup that the instruction names, and the last cup in that one, so that all three nest.

    **Randomisation**: three hollow cups of different colours (8 colour words), 8.5 cm high, 7 cm wide at the rim and
    4.4 cm at the foot, anywhere in x 0.36..0.62 m, y -0.26..0.26 m at least 16 cm apart, any yaw; the named cup is one
    of them, the order of the others is free.

    **Success**: both other cups stand nested, one in the named cup and one in that one, each centre within 12 mm of its
    place (3.4 cm above that of the cup around it, on the same axis), the named cup stands upright within 20 degrees,
    and nothing is held.
    """

    phrasings = (
        "stack the other cups in the {base}",
        "nest all cups, with the {base} at the bottom",
        "leave the {base} where it is and put both other cups into it",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Three equal cups."""
        return CUPS

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, len(CUPS), self.draw_variant(rng))
        points = scatter(rng, len(CUPS), (0.36, 0.62), (-0.26, 0.26), 0.16)
        for cup, colour, (x, y) in zip(CUPS, colours, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} cup", cup.key, (x, y, cup.height / 2), turn.tolist(), COLOURS[colour])
        self.base, *others = (f"{colour} cup" for colour in colours)
        self.others = (others[0], others[1])
        self.instruct(rng, base=self.base)
        self.variation = {"variant": colours[0], "others": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Nest one cup, then the other in that one; what is nested already stays."""
        first, second = self._order(scene)
        goals = [Subtask("place", first, "in", self.base), Subtask("place", second, "in", first)]
        if holds(scene, goals[0]):
            goals = [] if holds(scene, goals[1]) else goals[1:]
        steps = [step for goal in goals for step in (Subtask("grasp", goal.object), goal)]
        return steps[1:] if steps and scene.holding == steps[0].object else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`first_nested`, `second_nested`, `upright`, `released`, `success`."""
        first, second = self._order(scene)
        checks = {
            "first_nested": holds(scene, Subtask("place", first, "in", self.base)),
            "second_nested": holds(scene, Subtask("place", second, "in", first)),
            "upright": stands(scene.pose(self.base)),
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}

    def _order(self, scene: Scene) -> tuple[str, str]:
        """The two others: first the one that is in the named cup, or is in the hand."""
        first, second = self.others
        swap = scene.related(second, "in", self.base) or (
            scene.holding == second and not scene.related(first, "in", self.base)
        )
        return (second, first) if swap else (first, second)
