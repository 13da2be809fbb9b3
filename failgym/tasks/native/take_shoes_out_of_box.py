"""Take the shoes out of their box."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, TINT, Entity, above, box, cylinder, drawn, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.native.put_cube_in_safe import store
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

SHOES = {"left shoe": 1.0, "right shoe": -1.0}
"""The shoes, and on which side each stands."""
MAT = "mat"
_RUBBER = (0.93, 0.92, 0.89, 1.0)
_LINING = (0.15, 0.14, 0.14, 1.0)
_CARD = (0.74, 0.60, 0.43, 1.0)
_JUTE = (0.47, 0.42, 0.35, 1.0)
_BORDER = (0.30, 0.27, 0.23, 1.0)


class TakeShoesOutOfBox(Task):
    """Take both shoes out of the open box and put them on the mat.

    **Randomisation**: the box stands at x 0.50..0.56 m, 14..18 cm to the left or right of the middle, turned by up to
    17 degrees, its lid folded back; the mat lies on the other side, x 0.48..0.56 m, 13..17 cm from the middle, turned
    by up to 17 degrees; the shoes are of one of 8 colours (8 variants).

    **Success**: the centre of each shoe is over the mat, lower than 6 cm, and nothing is held.
    """

    phrasings = (
        "take the {colour} shoes out of the box and put them on the mat",
        "unpack the {colour} shoes: both go on the mat",
        "the {colour} shoes should be on the mat, not in the box",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Box, mat and shoes."""
        return (ShoeBox(), Mat(), *(Shoe(name) for name in SHOES))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose side, colour, places and which shoe comes first."""
        colour = self.draw_variant(rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        there = np.array([float(rng.uniform(0.50, 0.56)), side * float(rng.uniform(0.14, 0.18)), 0.0])
        turn = quat_about_z(float(rng.uniform(-0.3, 0.3)))
        world.add("box", ShoeBox.body, there.tolist(), turn.tolist())
        spot = (float(rng.uniform(0.48, 0.56)), -side * float(rng.uniform(0.13, 0.17)), 0.0)
        world.add(MAT, Mat.body, spot, quat_about_z(float(rng.uniform(-0.3, 0.3))).tolist())
        for name, across in SHOES.items():
            place = there + rotate(turn, (0.0, across * ShoeBox.spacing / 2, ShoeBox.floor + Shoe.height / 2))
            world.add(name, name, place.tolist(), turn.tolist(), COLOURS[colour])
        self.order = [str(name) for name in rng.permutation(list(SHOES))]
        self.instruct(rng, colour=colour)
        self.variation = {"variant": colour, "order": self.order, "side": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place each shoe that is not on the mat, first the one in the hand."""
        order = sorted(self.order, key=lambda shoe: shoe != scene.holding)
        return [step for shoe in order for step in store(scene, shoe, "on", MAT)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`left_out`, `right_out`, `released`, `success`."""
        checks = {f"{shoe.split()[0]}_out": holds(scene, Subtask("place", shoe, "on", MAT)) for shoe in SHOES}
        checks["released"] = scene.holding is None
        return checks | {"success": all(checks.values())}


@dataclass(frozen=True)
class Shoe(Entity):
    """A free shoe whose toe points to x."""

    body: str
    height: float = 0.076
    """m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        low, tip = -self.height / 2, 0.037
        box(body, (-0.0115, 0, low + 0.006), (0.0485, 0.023, 0.006), _RUBBER, mass=0.04)
        cylinder(body, (tip, 0, low + 0.006), 0.023, 0.006, _RUBBER, mass=0.01)
        box(body, (0.0185, 0, low + 0.026), (0.0185, 0.021, 0.014), TINT, mass=0.02)
        cylinder(body, (tip, 0, low + 0.026), 0.021, 0.014, TINT, mass=0.01)
        box(body, (-0.029, 0, low + 0.044), (0.029, 0.021, 0.032), TINT, mass=0.05)
        drawn(box(body, (-0.027, 0, -low - 0.0005), (0.020, 0.014, 0.001), _LINING))
        for x in (0.008, 0.018, 0.028):
            drawn(box(body, (x, 0, low + 0.0405), (0.002, 0.013, 0.001), _RUBBER))
        for z in (0.010, 0.022):
            drawn(box(body, (0.0005, 0, z), (0.001, 0.013, 0.002), _RUBBER))

    def describe(self, name: str) -> Thing:
        """A thing to grasp, that looks the same from nowhere else."""
        return Thing(name, graspable=True, width=0.042, height=self.height, symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above: across its ankle, or across what else is up; across its toe where it lies on its side."""
        x, y, z = (rotate(pose.quat_wxyz, axis) for axis in np.eye(3))
        across = z if abs(y[2]) > 0.7 else y
        if abs(y[2]) > 0.7:
            forward, up = 0.02, -0.018
        elif abs(x[2]) > 0.7:
            forward, up = (0.043, -0.018) if x[2] > 0.0 else (-0.041, 0.006)
        else:
            forward, up = (-0.029, 0.022) if z[2] > 0.0 else (-0.01, -0.024)
        return (hand_down(pose.position + forward * x + up * z, math.atan2(across[1], across[0])),)


@dataclass(frozen=True)
class ShoeBox(Entity):
    """A low box, its lid folded back to the table behind it (+x of its own frame)."""

    body: str = "shoe_box"
    half: tuple[float, float] = (0.075, 0.088)
    """Half sizes along x and y, inside, m."""
    rim: float = 0.042
    """Height of its walls, m."""
    floor: float = 0.006
    """m."""
    spacing: float = 0.086
    """From one shoe to the other, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked; its frame is on the table."""
        card = spec.worldbody.add_body(name=self.body, pos=PARKED)
        (x, y), w, middle = self.half, 0.003, self.rim / 2
        box(card, (0, 0, self.floor / 2), (x, y, self.floor / 2), _CARD)
        for side in (-1, 1):
            box(card, (side * (x + w), 0, middle), (w, y + 2 * w, middle), _CARD)
            box(card, (0, side * (y + w), middle), (x, w, middle), _CARD)
        lean, long = math.asin((self.rim - 0.008) / (2 * x)), x
        slope = quat_from_rotvec((0.0, lean, 0.0))
        centre = np.array([x + 2 * w + 0.002, 0.0, self.rim - 0.004]) + rotate(slope, (long, 0.0, 0.0))
        box(card, centre.tolist(), (long, y + 2 * w, 0.003), _CARD, quat_wxyz=slope.tolist())

    def describe(self, name: str) -> Thing:
        """A thing to take others out of."""
        return Thing(name, width=2 * self.half[1], height=self.rim)


@dataclass(frozen=True)
class Mat(Entity):
    """A mat with room for two shoes, side by side."""

    body: str = "doormat"
    half: tuple[float, float] = (0.085, 0.105)
    """Half sizes along x and y, m."""
    thickness: float = 0.006
    """m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked; its frame is on the table."""
        mat = spec.worldbody.add_body(name=self.body, pos=PARKED)
        (x, y), z = self.half, self.thickness / 2
        box(mat, (0, 0, z), (x, y, z), _BORDER)
        drawn(box(mat, (0, 0, z + 0.0006), (x - 0.010, y - 0.010, z), _JUTE))

    def describe(self, name: str) -> Thing:
        """A thing to put others on, in line with it."""
        return Thing(name, width=2 * self.half[1], height=self.thickness, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its left or right half, as the shoe is; other things in the middle."""
        local = (0.0, 0.052 * SHOES.get(thing.name, 0.0), self.thickness + thing.height / 2)
        return above(pose.position + rotate(pose.quat_wxyz, local), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over it, lower than 6 cm."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return relation == "on" and abs(x) < self.half[0] and abs(y) < self.half[1] and z < 0.06
