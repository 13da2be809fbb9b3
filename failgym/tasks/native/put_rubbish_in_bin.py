"""Throw the named item into the bin."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, Block, Can, Entity, above, box, cylinder, drawn, ring
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import scatter

BIN = "bin"
CREASES = ((0.7, 0.5, 0.2), (-0.4, 0.8, 0.9), (0.9, -0.6, 0.5))
"""Rotation vectors of the cubes that a paper ball is drawn as, rad."""


@dataclass(frozen=True)
class PaperBall(Block):
    """A crumpled sheet of paper: a cube to the touch, drawn as cubes in each other; its corners give way."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        super().build(spec)
        ball = spec.body(self.body)
        spec.geom(self.body).group = COLLISION_GROUP
        crease = [0.95 * half for half in self.half]
        for turn, grey in zip(CREASES, (0.97, 0.92, 0.88), strict=True):
            drawn(box(ball, (0, 0, 0), crease, (grey, grey, grey - 0.02, 1.0), 0.0, quat_from_rotvec(turn).tolist()))


@dataclass(frozen=True)
class SodaCan(Can):
    """A drinks can with bare ends."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        super().build(spec)
        can, steel = spec.body(self.body), (0.78, 0.79, 0.81, 1.0)
        spec.geom(self.body).rgba = (0.78, 0.10, 0.14, 1.0)
        drawn(cylinder(can, (0, 0, 0), 0.9 * self.radius, self.half_height + 0.001, steel))
        for end in (-1, 1):
            drawn(cylinder(can, (0, 0, end * (self.half_height - 0.003)), self.radius + 0.0004, 0.0035, steel))
        drawn(cylinder(can, (0, 0, 0.004), self.radius + 0.0004, 0.009, (0.96, 0.95, 0.92, 1.0)))


@dataclass(frozen=True)
class MilkCarton(Block):
    """A small carton with a gable."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        super().build(spec)
        carton, white, blue = spec.body(self.body), (0.96, 0.97, 0.98, 1.0), (0.15, 0.40, 0.75, 1.0)
        x, y, z = self.half
        spec.geom(self.body).rgba = white
        drawn(box(carton, (0, 0, -0.4 * z), (x + 0.0005, y + 0.0005, 0.35 * z), blue))
        for side in (-1, 1):
            lean = quat_from_rotvec((side * 0.95, 0.0, 0.0)).tolist()
            drawn(box(carton, (0, side * 0.5 * y, z + 0.008), (x, 0.0012, 0.0145), white, quat_wxyz=lean))
        drawn(box(carton, (0, 0, z + 0.019), (x, 0.0015, 0.006), blue))


ITEMS: dict[str, Entity] = {
    "paper ball": PaperBall("paper ball", (0.018, 0.018, 0.018), 0.02),
    "soda can": SodaCan("soda can", 0.026, 0.042, 0.05),
    "milk carton": MilkCarton("milk carton", (0.023, 0.023, 0.034), 0.06),
}
HEIGHTS = {"paper ball": 0.018, "soda can": 0.042, "milk carton": 0.034}
"""Of their centres when they stand on the table, m."""


@dataclass(frozen=True)
class Bin(Entity):
    """A round waste bin that stands still."""

    body: str = BIN
    radius: float = 0.08
    """Inside, m."""
    height: float = 0.15
    """m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add floor, wall and rim."""
        grey, rim = (0.36, 0.42, 0.46, 1.0), (0.24, 0.28, 0.31, 1.0)
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        thin, half = 0.003, self.height / 2
        box(body, (0, 0, 0.003), (0.7 * self.radius, 0.7 * self.radius, 0.003), grey)
        ring(body, (0, 0, half), self.radius + thin, (thin, half), 14, grey)
        first = len(body.geoms)
        ring(body, (0, 0, self.height), self.radius + thin, (thin + 0.002, 0.004), 14, rim)
        for geom in body.geoms[first:]:
            drawn(geom)

    def describe(self, name: str) -> Thing:
        """A place to drop things into."""
        return Thing(name, width=2 * self.radius, height=self.height, receives=("in",), symmetry=0)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Over its middle, the thing's lower half below the rim."""
        return above(pose.position + np.array([0.0, 0.0, self.height]), pose.quat_wxyz, np.array([0.0, 0.0, 0.08]))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside, at least 2 cm below the rim."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return math.hypot(x, y) < self.radius and 0.0 < z < self.height - 0.02


class PutRubbishInBin(Task):
    """Throw the item that the instruction names into the bin, and leave the others.

    **Randomisation**: the bin, 16 cm wide and 15 cm high, stands at x 0.40..0.58 m, 21..26 cm to the left or right of
    the middle; a paper ball, a soda can and a milk carton stand on the other side, x 0.36..0.60 m, 1..26 cm from the
    middle, at least 14 cm apart, any yaw; each may be the named one (3 variants).

    **Success**: the named item's centre is inside the bin, at least 2 cm below its rim, neither of the others is, and
    nothing is held.
    """

    phrasings = (
        "throw the {item} in the bin",
        "the {item} is rubbish: put it in the bin",
        "drop the {item} into the waste bin",
    )
    variants = tuple(ITEMS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The bin and three items."""
        return (Bin(), *ITEMS.values())

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose a side and places."""
        side = 1.0 if rng.random() < 0.5 else -1.0
        stand = float(rng.uniform(0.40, 0.58)), side * float(rng.uniform(0.21, 0.26)), 0.0
        world.add(BIN, BIN, stand)
        points = scatter(rng, len(ITEMS), (0.36, 0.60), (-0.26, -0.01), 0.14)
        for name, (x, y) in zip(ITEMS, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist()
            world.add(name, name, (x, side * y, HEIGHTS[name]), turn)
        variant = self.draw_variant(rng)
        self._goal = Subtask("place", variant, "in", BIN)
        self.instruct(rng, item=variant)
        self.variation = {"variant": variant, "bin": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        if holds(scene, self._goal):
            return []
        return [self._goal] if scene.holding == self._goal.object else [Subtask("grasp", self._goal.object), self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`inside`, `others_left`, `released`, `success`."""
        checks = {
            "inside": holds(scene, self._goal),
            "others_left": not any(scene.related(item, "in", BIN) for item in ITEMS if item != self._goal.object),
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}
