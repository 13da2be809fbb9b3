"""Put the square ring over the named pillar."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, TINT, Entity, above, box, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

RING = "ring"
PILLARS = 3
OPENING = 0.023
"""Half width of the ring's opening, m."""
BAR = 0.007
"""Half width of the ring's bars, m."""
HALF_RING = 0.010
"""Half height of the ring, m."""
TAB = 0.066
"""From the middle of the ring to where the hand holds its tab, m."""
PILLAR = 0.0165
"""Half width of a pillar, m."""
FOOT = 0.006
"""Height of a pillar's foot, m."""
EDGE = 0.046
"""Height up to which a pillar is straight, m; a dome follows."""
DOME = 0.012
"""Height of the dome, m."""
SLATE = (0.25, 0.28, 0.33, 1.0)
CREAM = (0.93, 0.89, 0.80, 1.0)


@dataclass(frozen=True)
class SquareRing(Entity):
    """A flat square ring with a tab to hold it by, along +x of its frame."""

    body: str = RING

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        ring = free_body(spec, self.body)
        middle = OPENING + BAR
        for side in (-1, 1):
            box(ring, (side * middle, 0, 0), (BAR, middle + BAR, HALF_RING), CREAM, mass=0.012)
            box(ring, (0, side * middle, 0), (OPENING, BAR, HALF_RING), CREAM, mass=0.008)
        box(ring, (0.062, 0, 0), (0.025, 0.008, HALF_RING), SLATE, mass=0.01)

    def describe(self, name: str) -> Thing:
        """A thing to hold by its tab; it fits in four headings."""
        return Thing(name, graspable=True, width=0.016, height=2 * HALF_RING, symmetry=4)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on both sides of the tab."""
        position = pose.position + rotate(pose.quat_wxyz, (TAB, 0.0, 0.0)) + np.array([0.0, 0.0, 0.003])
        return (hand_down(position, yaw(pose.quat_wxyz) + np.pi / 2),)


@dataclass(frozen=True)
class Pillar(Entity):
    """A square pillar with a domed top, on a foot."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add foot, pillar and dome."""
        pillar = spec.worldbody.add_body(name=self.body, pos=PARKED)
        box(pillar, (0, 0, FOOT / 2), (0.034, 0.034, FOOT / 2), SLATE)
        box(pillar, (0, 0, (FOOT + EDGE) / 2), (PILLAR, PILLAR, (EDGE - FOOT) / 2), TINT)
        dome = box(pillar, (0, 0, EDGE), (PILLAR, PILLAR, DOME), TINT)
        dome.type = mujoco.mjtGeom.mjGEOM_ELLIPSOID

    def describe(self, name: str) -> Thing:
        """What the ring is put on, in line with its sides."""
        return Thing(name, width=2 * PILLAR, height=EDGE + DOME, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Down to 3 mm above the foot, from clear of the dome."""
        height = FOOT + thing.height / 2 + 0.003
        clear = np.array([0.0, 0.0, EDGE + DOME + thing.height / 2 + 0.006 - height])
        return above(pose.position + np.array([0.0, 0.0, height]), pose.quat_wxyz, clear)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the middle of a flat ring is within 1 cm of its axis and below 3 cm."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        flat = abs(rotate(at.quat_wxyz, (0.0, 0.0, 1.0))[2]) > 0.97
        return bool(relation == "on" and math.hypot(x, y) < 0.010 and 0.0 < z < 0.03 and flat)


class InsertOntoSquarePeg(Task):
    """Hold the square ring by its tab and put it over the pillar of the named colour.

    **Randomisation**: three 58 mm pillars of different colours (8 colour words) side by side, x 0.56..0.64 m, y within
    2 cm of -0.19, 0 and 0.19 m, any yaw; the ring, with 6.5 mm of room on each side of a pillar, lies at x 0.37..0.41
    m, y -0.20..0.20 m, any yaw; any pillar may be the named one.

    **Success**: the ring lies flat around the named pillar, its middle within 1 cm of the pillar's axis and less than 3
    cm above the table, and nothing is held.
    """

    phrasings = (
        "put the square ring over the {pillar}",
        "slide the ring onto the {pillar}",
        "the ring goes around the {pillar}",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Three pillars and a ring."""
        return *(Pillar(f"pillar_{index}") for index in range(PILLARS)), SquareRing()

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, PILLARS, self.draw_variant(rng))
        for index, (colour, middle) in enumerate(zip(colours, rng.permutation([-0.19, 0.0, 0.19]), strict=True)):
            place = (float(rng.uniform(0.56, 0.64)), float(middle + rng.uniform(-0.02, 0.02)), 0.0)
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} pillar", f"pillar_{index}", place, turn.tolist(), COLOURS[colour])
        at = (float(rng.uniform(0.37, 0.41)), float(rng.uniform(-0.20, 0.20)), HALF_RING)
        world.add(RING, RING, at, quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist())
        self.pillar = f"{colours[0]} pillar"
        self.instruct(rng, pillar=self.pillar)
        self.variation = {"variant": colours[0], "distractors": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", RING, "on", self.pillar)
        if holds(scene, place):
            return []
        return [place] if scene.holding == RING else [Subtask("grasp", RING), place]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`around_pillar`, `released`, `success`."""
        around = scene.related(RING, "on", self.pillar)
        released = scene.holding is None
        return {"around_pillar": around, "released": released, "success": around and released}
