"""Open the drawer, put the named item inside, close it."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, SHUT, Scene
from failgym.sim.entities import Block, Drawer, Entity
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

SHAPES: dict[str, tuple[float, float, float]] = {"cube": (0.02, 0.02, 0.02), "brick": (0.016, 0.03, 0.016)}
"""Half sizes, m."""
DRAWER = "drawer"


class PutItemInDrawer(Task):
    """Open the drawer, put the item that the instruction names inside, and close the drawer.

    **Randomisation**: the cabinet stands at x 0.72..0.75 m, 12..16 cm to the left or right of the middle, turned by up
    to 6 degrees; a 4 cm cube and a 6 x 3 x 3 cm brick of different colours (8 colour words) lie on the other side, x
    0.36..0.56 m, 15..30 cm from the middle, at least 12 cm apart, any yaw; either may be the named one.

    **Success**: the item is inside the drawer, nothing is held, and the drawer is open by less than 8 % of its travel
    (13 mm).
    """

    phrasings = (
        "put the {item} in the drawer and close it",
        "store the {item} in the drawer, then shut the drawer",
        "the {item} belongs in the closed drawer",
    )
    variants = tuple(SHAPES)

    def entities(self) -> tuple[Entity, ...]:
        """Cabinet, cube and brick."""
        return (Drawer(), *(Block(shape, half, 0.06) for shape, half in SHAPES.items()))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose sides, colours and places."""
        side = 1.0 if rng.random() < 0.5 else -1.0
        cabinet = (float(rng.uniform(0.72, 0.75)), side * float(rng.uniform(0.12, 0.16)), 0.0)
        world.add(DRAWER, "cabinet", cabinet, quat_about_z(float(rng.uniform(-0.1, 0.1))).tolist())
        colours = pick_colours(rng, len(SHAPES))
        points = scatter(rng, len(SHAPES), (0.36, 0.56), (0.15, 0.30), 0.12)
        names = []
        for (shape, half), colour, (x, y) in zip(SHAPES.items(), colours, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            names.append(f"{colour} {shape}")
            world.add(names[-1], shape, (x, -side * y, half[2]), turn.tolist(), COLOURS[colour])
        variant = self.draw_variant(rng)
        self.item = next(name for name in names if name.endswith(variant))
        self.instruct(rng, item=self.item)
        self.variation = {"variant": variant, "item": self.item, "side": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Open, grasp, place, close: what is left of it."""
        if scene.related(self.item, "in", DRAWER) and scene.holding != self.item:
            return [] if scene.opening(DRAWER) <= SHUT else [Subtask("close", DRAWER)]
        steps = [] if scene.opening(DRAWER) >= OPEN else [Subtask("open", DRAWER)]
        if steps or scene.holding != self.item:
            steps.append(Subtask("grasp", self.item))
        return [*steps, Subtask("place", self.item, "in", DRAWER), Subtask("close", DRAWER)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`inside`, `closed`, `released`, `success`."""
        inside = holds(scene, Subtask("place", self.item, "in", DRAWER))
        closed = scene.opening(DRAWER) <= SHUT
        released = scene.holding is None
        return {"inside": inside, "closed": closed, "released": released, "success": inside and closed and released}
