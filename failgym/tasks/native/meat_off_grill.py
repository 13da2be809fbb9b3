"""Take the named piece of meat off the grill."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z, rotate
from failgym.scene import Goal, Pose, Scene, Thing, Vector
from failgym.sim.entities import PARKED, Block, Entity, above, box, cylinder, drawn, rests_on
from failgym.sim.entities.entity import Colour, Triple
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task

GRILL, BOARD = "grill", "board"
DEEP, WIDE, TALL = 0.10, 0.13, 0.085
"""Half depth (x) and half width (y) of the grill, and height of its grate, m."""


@dataclass(frozen=True)
class Meat(Block):
    """A piece of meat: what collides is a box, what is seen is rounder."""

    looks: tuple[tuple[mujoco.mjtGeom, Triple, Triple, Colour], ...] = ()
    """What is drawn: shape, centre and size in m, colour."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        super().build(spec)
        spec.geom(self.body).group = COLLISION_GROUP
        meat = spec.body(self.body)
        for shape, centre, size, colour in self.looks:
            drawn(box(meat, centre, size, colour)).type = shape

    def describe(self, name: str) -> Thing:
        """A thing to grasp, flat on both sides."""
        return Thing(name, graspable=True, width=2 * min(self.half[:2]), height=2 * self.half[2], symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """Across its narrow side, the fingertips clear of the grate below."""
        raised = np.array([0.0, 0.0, 0.005])
        return tuple(Pose(position + raised, quat) for position, quat in super().grasps(pose))


ROUND, DISC, SLAB = mujoco.mjtGeom.mjGEOM_ELLIPSOID, mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_BOX
FAT, BROWN, CHAR = (0.88, 0.76, 0.60, 1.0), (0.42, 0.20, 0.13, 1.0), (0.22, 0.11, 0.08, 1.0)
GOLD, CRUST, BONE = (0.84, 0.55, 0.24, 1.0), (0.72, 0.42, 0.16, 1.0), (0.95, 0.92, 0.84, 1.0)
STEAK = Meat(
    "steak", (0.036, 0.024, 0.012), 0.09,
    looks=(
        (DISC, (-0.012, 0.0, 0.0), (0.024, 0.012, 0.0), BROWN),
        (DISC, (0.016, 0.003, 0.0), (0.021, 0.012, 0.0), BROWN),
        (SLAB, (0.0, 0.0, 0.0), (0.014, 0.022, 0.0118), BROWN),
        (DISC, (0.017, 0.004, 0.0), (0.0225, 0.009, 0.0), FAT),
        *((SLAB, (x, 0.0, 0.0), (0.002, 0.018, 0.0124), CHAR) for x in (-0.022, -0.008, 0.006, 0.020)),
    ),
)  # fmt: skip
CHICKEN = Meat(
    "chicken", (0.034, 0.019, 0.016), 0.08,
    looks=(
        (ROUND, (-0.012, 0.0, 0.002), (0.029, 0.0225, 0.0185), GOLD),
        (ROUND, (0.014, 0.0, 0.0), (0.028, 0.0165, 0.016), GOLD),
        (ROUND, (-0.012, 0.0, 0.007), (0.022, 0.017, 0.0145), CRUST),
        (ROUND, (0.042, 0.0, 0.0), (0.020, 0.006, 0.006), BONE),
        (ROUND, (0.059, 0.005, 0.0), (0.006, 0.006, 0.006), BONE),
        (ROUND, (0.059, -0.005, 0.0), (0.006, 0.006, 0.006), BONE),
    ),
)  # fmt: skip
MEATS = {"steak": STEAK, "chicken": CHICKEN}


@dataclass(frozen=True)
class Grill(Entity):
    """A table grill on four feet: a grate of bars, and an open lid behind it."""

    body: str = GRILL
    bars: int = 8

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the fire bowl, the bars along x and the lid that leans back."""
        black, red, steel = (0.13, 0.13, 0.14, 1.0), (0.62, 0.14, 0.10, 1.0), (0.62, 0.64, 0.66, 1.0)
        grill = spec.worldbody.add_body(name=self.body, pos=PARKED)
        thin, rim = 0.006, TALL - 0.004
        drawn(box(grill, (0, 0, 0.045), (DEEP - 0.01, WIDE - 0.01, 0.012), (0.85, 0.30, 0.08, 1.0)))
        for side in (-1, 1):
            box(grill, (0, side * WIDE, (rim + 0.03) / 2), (DEEP + thin, thin, (rim - 0.03) / 2), red)
            box(grill, (side * DEEP, 0, (rim + 0.031) / 2), (thin, WIDE - thin, (rim - 0.031) / 2), red)
            for end in (-1, 1):
                cylinder(grill, (end * (DEEP - 0.01), side * (WIDE - 0.01), 0.02), 0.007, 0.02, black)
        for y in np.linspace(-WIDE + 0.02, WIDE - 0.02, self.bars).tolist():
            box(grill, (0, y, TALL - 0.004), (DEEP - thin, 0.004, 0.004), steel)
        lean = _leaning(math.radians(35.0))
        lid, up = np.array([DEEP + 0.01, 0.0, TALL]), rotate(lean, (0.0, 0.0, 0.085))
        box(grill, (lid + up).tolist(), (thin, WIDE, 0.08), red, quat_wxyz=lean.tolist())
        knob = lid + rotate(lean, (-0.02, 0.0, 0.15))
        drawn(box(grill, knob.tolist(), (0.006, 0.05, 0.006), black, quat_wxyz=lean.tolist()))

    def describe(self, name: str) -> Thing:
        """A place that things lie on."""
        return Thing(name, height=TALL, receives=("on",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the middle of the grate."""
        return above(pose.position + np.array([0.0, 0.0, TALL + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing lies on the grate."""
        middle = Pose(pose.position + np.array([0.0, 0.0, TALL / 2]), pose.quat_wxyz)
        return relation == "on" and rests_on(middle, TALL, DEEP, thing, at)


@dataclass(frozen=True)
class Board(Entity):
    """A wooden board that stays where it is."""

    body: str = BOARD
    half: tuple[float, float, float] = (0.075, 0.085, 0.007)
    """Half sizes, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, with a paler middle and a grip."""
        board = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, z = self.half
        dark = (0.55, 0.37, 0.22, 1.0)
        box(board, (0, 0, z), self.half, dark)
        box(board, (-x - 0.03, 0, z), (0.03, 0.016, z - 0.001), dark)
        drawn(box(board, (0, 0, z), (x - 0.012, y - 0.012, z + 0.0005), (0.74, 0.55, 0.36, 1.0)))

    def describe(self, name: str) -> Thing:
        """A place to put things on."""
        return Thing(name, height=2 * self.half[2], receives=("on",), symmetry=2)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In its middle."""
        return above(pose.position + np.array([0.0, 0.0, 2 * self.half[2] + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing lies on it, its centre within 6 cm of the middle."""
        middle = Pose(pose.position + np.array([0.0, 0.0, self.half[2]]), pose.quat_wxyz)
        return relation == "on" and rests_on(middle, 2 * self.half[2], 0.06, thing, at)


class MeatOffGrill(Task):
    """Take the piece of meat that the instruction names off the grill and put it on the board.

    **Randomisation**: the grill stands at x 0.52..0.58 m, 12..16 cm to the left or right of the middle, turned by up to
    11 degrees, its lid open behind it; steak and chicken lie on its grate, one 4.3..6.7 cm to the left, one as far to
    the right of its middle, at most 5 cm before and 1 cm behind it, turned by up to 46 degrees from the bars; the board
    of 15 x 17 cm lies on the other side, x 0.42..0.56 m, 19..23 cm from the middle, turned by up to 29 degrees. Either
    piece may be the named one (2 variants).

    **Success**: the named piece lies on the board, its centre within 6 cm of the board's, and nothing is held.
    """

    phrasings = (
        "take the {meat} off the grill and put it on the board",
        "the {meat} is done: serve it on the board",
        "move the {meat} from the grill to the wooden board",
    )
    variants = tuple(MEATS)

    def entities(self) -> tuple[Entity, ...]:
        """Grill, board and two pieces of meat."""
        return (Grill(), Board(), *MEATS.values())

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose sides and places."""
        side = 1.0 if rng.random() < 0.5 else -1.0
        grill = np.array([rng.uniform(0.52, 0.58), side * rng.uniform(0.12, 0.16), 0.0])
        turn = float(rng.uniform(-0.2, 0.2))
        world.add(GRILL, GRILL, grill.tolist(), quat_about_z(turn).tolist())
        board = float(rng.uniform(0.42, 0.56)), -side * float(rng.uniform(0.19, 0.23)), 0.0
        world.add(BOARD, BOARD, board, quat_about_z(float(rng.uniform(-0.5, 0.5))).tolist())
        half = 1.0 if rng.random() < 0.5 else -1.0
        for name, meat in MEATS.items():
            local = rng.uniform((-0.05, half * 0.055 - 0.012, 0.0), (0.01, half * 0.055 + 0.012, 0.0))
            place = grill + rotate(quat_about_z(turn), local) + np.array([0.0, 0.0, TALL + meat.half[2]])
            world.add(name, name, place.tolist(), quat_about_z(float(rng.uniform(-0.8, 0.8))).tolist())
            half = -half
        variant = self.draw_variant(rng)
        self._goal = Subtask("place", variant, "on", BOARD)
        self.instruct(rng, meat=variant)
        self.variation = {"variant": variant, "grill": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        if holds(scene, self._goal):
            return []
        return [self._goal] if scene.holding == self._goal.object else [Subtask("grasp", self._goal.object), self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`served`, `released`, `success`."""
        served, released = holds(scene, self._goal), scene.holding is None
        return {"served": served, "released": released, "success": served and released}


def _leaning(lean: float) -> Vector:
    """Return the rotation about y that leans what stands upright back (towards +x), rad."""
    return np.array([math.cos(lean / 2), 0.0, math.sin(lean / 2), 0.0])
