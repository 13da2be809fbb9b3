"""Turn the named handle of a tap."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.tap import SIDES, Tap, TapHandle
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task

FINISHES: dict[str, tuple[float, float, float, float]] = {
    "chrome": (0.74, 0.77, 0.80, 1.0),
    "brass": (0.80, 0.64, 0.30, 1.0),
    "graphite": (0.27, 0.28, 0.31, 1.0),
}
"""What the metal looks like, RGBA."""
AJAR = 0.15
"""Up to this opening, 0..1, a handle may stand at reset."""
STILL = 0.25
"""Up to this opening, 0..1, the other handle counts as not turned."""


class TurnTap(Task):
    """Turn the handle of the tap that the instruction names, and leave the other alone.

    **Randomisation**: the tap stands at x 0.44..0.60 m, y -0.14..0.14 m, turned by up to 35 degrees, in one of three
    metals; each handle is turned by 0..15 % of its 100 degrees. The left (hot, red mark) or the right (cold, blue mark)
    handle is named, seen from the robot: 2 variants.

    **Success**: the named handle is turned by at least 80 % of its 100 degrees, the other one by at most 25 %, and
    nothing is held.
    """

    phrasings = (
        "turn the {side} handle of the tap",
        "turn the tap on with its {side} handle",
        "give the {side} tap handle a turn and let the water run",
    )
    variants = tuple(SIDES)

    def entities(self) -> tuple[Entity, ...]:
        """A tap and its two handles."""
        return (Tap(), *(TapHandle(side=side) for side in SIDES))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose place, metal, handle."""
        side = self.draw_variant(rng)
        finish = str(rng.choice(list(FINISHES)))
        place = (float(rng.uniform(0.44, 0.60)), float(rng.uniform(-0.14, 0.14)), 0.0)
        turn = float(rng.uniform(-1.0, 1.0)) * math.radians(35.0)
        world.add("tap", "tap", place, quat_about_z(turn).tolist(), FINISHES[finish])
        for each in SIDES:
            world.add(f"{each} tap handle", f"{each} handle")
            world.set_opening(f"{each} tap handle", float(rng.uniform(0.0, AJAR)))
        self.handle = f"{side} tap handle"
        self.other = next(f"{each} tap handle" for each in SIDES if each != side)
        self.instruct(rng, side=side)
        self.variation = {"variant": side, "finish": finish}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Turn it."""
        return [] if scene.opening(self.handle) >= OPEN else [Subtask("turn", self.handle)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`turned`, `other_still`, `released`, `success`."""
        checks = {
            "turned": holds(scene, Subtask("turn", self.handle)),
            "other_still": scene.opening(self.other) <= STILL,
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}
