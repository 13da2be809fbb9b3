"""Sweep the dirt into the named dustpan."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, Entity, box, drawn, free_body
from failgym.sim.entities.tool import Broom
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

PANS = 2
BROOM, DIRT = "broom", "dirt"
CRUMB = 0.009
"""Half side of a piece of dirt, m."""
HEAP = ((0.032, 0.008, 0.0), (-0.005, 0.033, 0.0), (-0.033, -0.010, 0.0), (0.009, -0.032, 0.0))
"""Where the others lie around the piece in the middle, m."""
BROWN = (0.36, 0.25, 0.17, 1.0)
HANDLE = (0.20, 0.36, 0.42, 1.0)


@dataclass(frozen=True)
class Dirt(Entity):
    """Five small cubes that are swept as one."""

    body: str = DIRT

    @property
    def companions(self) -> tuple[tuple[str, tuple[float, float, float]], ...]:
        """The four around the one in the middle."""
        return tuple((f"{self.body}_{index}", offset) for index, offset in enumerate(HEAP))

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        for name in (self.body, *(name for name, _ in self.companions)):
            box(free_body(spec, name), (0, 0, 0), (CRUMB, CRUMB, CRUMB), BROWN, mass=0.004)

    def describe(self, name: str) -> Thing:
        """A heap as wide as all of it."""
        return Thing(name, width=0.085, height=2 * CRUMB)


@dataclass(frozen=True)
class Dustpan(Entity):
    """A flat pan that stands still, open to -x of its own frame."""

    body: str
    depth: float = 0.14
    """Along x, m."""
    width: float = 0.19
    """Between the side walls, m."""
    wall: float = 0.03
    """Height of the walls, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add walls, a handle, and a floor as thin as paint."""
        pan = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, z, thin = self.depth / 2, self.width / 2, self.wall / 2, 0.004
        drawn(box(pan, (0, 0, 0.0005), (x, y, 0.0005)))
        drawn(box(pan, (0.002, 0, 0.0008), (x - 0.006, y - 0.004, 0.0008), (0.0, 0.0, 0.0, 0.25)))
        box(pan, (x, 0, z), (thin, y + 2 * thin, z))
        for side in (-1, 1):
            box(pan, (0, side * (y + thin), z - 0.0005), (x, thin, z - 0.0005))
        box(pan, (x + 0.05, 0, z), (0.046, 0.012, 0.009))

    def describe(self, name: str) -> Thing:
        """A place to sweep things into."""
        return Thing(name, height=self.wall, receives=("into",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In its middle, through its mouth."""
        out = rotate(pose.quat_wxyz, (-0.2, 0.0, 0.0))
        return Goal(pose.position + np.array([0.0, 0.0, thing.height / 2]), pose.quat_wxyz, out)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is between its walls and below their top."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return bool(abs(x) < self.depth / 2 - thing.height / 2 and abs(y) < self.width / 2 and z < self.wall)


class SweepToDustpan(Task):
    """Take the broom and sweep the dirt into the dustpan that the instruction names.

    **Randomisation**: a heap of five pieces of dirt of 1.8 cm lies at x 0.48..0.56 m, y -0.04..0.04 m, any yaw; left
    and right of it stand two dustpans of different colours (8 colour words), their middles 20..23 cm from the heap and
    their mouths towards it, up to 26 degrees before or behind it; the named one is either. The broom stands at x
    0.33..0.40 m, y -0.14..0.14 m, at least 9 cm from both pans and 13 cm from the heap, any yaw.

    **Success**: the centres of all five pieces are in the named pan, at least 9 mm inside its mouth, and the hand still
    holds the broom.
    """

    phrasings = (
        "sweep the dirt into the {pan}",
        "use the broom to get all the dirt into the {pan}",
        "take the broom and clean the table: the dirt goes into the {pan}",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Broom, dirt and two pans."""
        return (Broom(BROOM), Dirt(DIRT), *(Dustpan(f"pan_{index}") for index in range(PANS)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, sides and places."""
        colours = pick_colours(rng, PANS, self.draw_variant(rng))
        x, y = float(rng.uniform(0.48, 0.56)), float(rng.uniform(-0.04, 0.04))
        world.add(DIRT, DIRT, (x, y, CRUMB), _any_turn(rng))
        side = 1.0 if rng.random() < 0.5 else -1.0
        pans = []
        for index, colour in enumerate(colours):
            heading = (side if index == 0 else -side) * (math.pi / 2 + float(rng.uniform(-0.45, 0.45)))
            far = float(rng.uniform(0.20, 0.23))
            pan = (x + far * math.cos(heading), y + far * math.sin(heading), 0.0)
            pans.append(Pose(np.array(pan), quat_about_z(heading)))
            world.add(f"{colour} dustpan", f"pan_{index}", pan, quat_about_z(heading).tolist(), COLOURS[colour])
        world.add(BROOM, BROOM, _beside(rng, pans, (x, y)), _any_turn(rng), HANDLE)
        self._goal = Subtask("sweep", DIRT, "into", f"{colours[0]} dustpan")
        self.instruct(rng, pan=f"{colours[0]} dustpan")
        self.variation = {
            "variant": colours[0], "distractors": colours[1:], "side": "left" if side > 0 else "right"
        }  # fmt: skip

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp the broom and sweep: what is left of it."""
        steps = [] if scene.holding == BROOM else [Subtask("grasp", BROOM)]
        return steps if holds(scene, self._goal) else [*steps, self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`broom_held`, `clean`, `success`."""
        held, clean = scene.holding == BROOM, holds(scene, self._goal)
        return {"broom_held": held, "clean": clean, "success": held and clean}


def _beside(rng: np.random.Generator, pans: Sequence[Pose], heap: tuple[float, float]) -> tuple[float, float, float]:
    """A place before the robot where the broom touches neither pans nor dirt."""
    size = np.array([Dustpan.depth, Dustpan.width, 0.0]) / 2
    while True:
        place = np.array([rng.uniform(0.33, 0.40), rng.uniform(-0.14, 0.14), 0.0])
        inside = [np.abs(rotate(conjugate(pan.quat_wxyz), place - pan.position)) - size for pan in pans]
        clear = all(math.hypot(*np.maximum(each[:2], 0.0).tolist()) > 0.09 for each in inside)
        if clear and math.dist(place[:2], heap) > 0.13:
            return float(place[0]), float(place[1]), Broom.height / 2


def _any_turn(rng: np.random.Generator) -> list[float]:
    """A rotation about the vertical by any angle."""
    turn: list[float] = quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist()
    return turn
