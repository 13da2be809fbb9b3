"""Switch the named lamp on."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, yaw
from failgym.scene import Pose, Scene, Stroke, Thing
from failgym.sim.entities import DARK, PARKED, TINT, Entity, box, cylinder, drawn
from failgym.sim.entities.button import add_cap, pressing
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

SLATS = 18
"""Flat pieces of which a shade is made."""


@dataclass(frozen=True)
class DeskLamp(Entity):
    """A lamp with a cloth shade that glows once the button on its foot was pressed; the button is on its -x side."""

    body: str
    button: tuple[float, float, float] = (-0.045, 0.0, 0.022)
    """Hole of the button in the foot, m."""
    stem: float = 0.065
    """x of the stem, m."""
    height: float = 0.22
    """m."""

    @property
    def joint(self) -> str:
        """The cap of its button."""
        return f"{self.body}_cap"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add foot, button, stem and shade."""
        metal = (0.80, 0.79, 0.76, 1.0)
        lamp = spec.worldbody.add_body(name=self.body, pos=PARKED)
        thick = self.button[2] / 2
        box(lamp, (0.01, 0, thick), (0.055, 0.05, thick))
        for x in (-0.045, self.stem):
            cylinder(lamp, (x, 0, thick), 0.05, thick)
        drawn(cylinder(lamp, (self.button[0], 0, 2 * thick), 0.031, 0.001, metal))
        add_cap(lamp, self.joint, self.button, 0.022, (0.95, 0.94, 0.91, 1.0))
        cylinder(lamp, (self.stem, 0, self.height / 2), 0.007, self.height / 2, metal)
        self._shade(lamp)

    def _shade(self, lamp: mujoco.MjsBody) -> None:
        low, high, half = 0.054, 0.034, 0.045
        z = self.height - half - 0.012
        # What collides is a plain cylinder inside the slats.
        cylinder(lamp, (self.stem, 0, z), high, 0.9 * half, DARK)
        lean = np.arctan2(low - high, 2 * half)
        radius = (low + high) / 2
        for index in range(SLATS):
            angle = 2 * np.pi * index / SLATS
            outward = quat_about_z(angle)
            quat = multiply(outward, quat_from_rotvec((0.0, -lean, 0.0)))
            # Every other one lies a little further out, like pleats: two faces in one place would flicker.
            out = radius + 0.0015 * (index % 2)
            centre = (self.stem + out * np.cos(angle), out * np.sin(angle), z)
            width = low * np.tan(np.pi / SLATS)
            drawn(box(lamp, centre, (0.002, width, half / np.cos(lean)), DARK, quat_wxyz=quat.tolist()))
        drawn(cylinder(lamp, (self.stem, 0, self.height - 0.006), high + 0.003, 0.004, TINT))
        drawn(cylinder(lamp, (self.stem, 0, self.height + 0.004), 0.008, 0.008, TINT))

    def describe(self, name: str) -> Thing:
        """A thing to press."""
        return Thing(name, height=self.height, strokes=("press",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Straight down onto its button from above the shade, the narrow side of the hand towards it."""
        heading = yaw(pose.quat_wxyz)
        return pressing(pose, self.button, (heading - np.pi / 2, heading + np.pi / 2), np.array([0.0, 0.0, 0.20]))


class LampOn(Task):
    """Press the button on the foot of the lamp that the instruction names; its shade begins to glow.

    **Randomisation**: two lamps of different colours (8 variants: the colour of the named one), one on each side:
    the foot's middle at x 0.44..0.56 m, 11..21 cm left and right of the middle, turned by up to 35 degrees.

    **Success**: the named lamp's button sank by at least 80 % of its travel (9.6 mm), the other lamp's never did.
    """

    phrasings = (
        "switch the {lamp} on",
        "turn on the light of the {lamp}",
        "press the button of the {lamp} so that it glows",
    )
    variants = tuple(COLOURS)
    portrait = "left"

    def entities(self) -> tuple[Entity, ...]:
        """Two equal lamps."""
        return DeskLamp("lamp_0"), DeskLamp("lamp_1")

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, sides and places."""
        colours = pick_colours(rng, 2, self.draw_variant(rng))
        side = 1.0 if rng.random() < 0.5 else -1.0
        for index, colour in enumerate(colours):
            x, y = float(rng.uniform(0.44, 0.56)), float(rng.uniform(0.11, 0.21))
            turn = quat_about_z(float(rng.uniform(-0.61, 0.61)))
            place = (x, side * y if index == 0 else -side * y, 0.0)
            world.add(f"{colour} lamp", f"lamp_{index}", place, turn.tolist(), COLOURS[colour])
        self.target = f"{colours[0]} lamp"
        self.instruct(rng, lamp=self.target)
        self.variation = {"variant": colours[0], "distractors": colours[1:], "side": "left" if side > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """One press; nothing once the other lamp is on, since that cannot be undone."""
        return [] if scene.pressed else [Subtask("press", self.target)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`lit`, `other_off`, `success`."""
        lit = holds(scene, Subtask("press", self.target))
        other_off = set(scene.pressed) <= {self.target}
        return {"lit": lit, "other_off": other_off, "success": lit and other_off}
