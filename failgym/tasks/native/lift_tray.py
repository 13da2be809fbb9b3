"""Lift the tray with both arms, level, with what stands on it."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Block, Can, Entity
from failgym.sim.entities.ball import Ball
from failgym.sim.entities.entity import above, box, cylinder, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

TRAY = "tray"
HEIGHTS = {"ball": 0.022, "cube": 0.02, "can": 0.032}
"""What stands on the tray, and half its height, m."""
ARMS = ("left", "right")
LEVEL = math.radians(10.0)
BALANCED = 0.03
"""How far from the middle of the tray things are put at reset, m."""
AXIS = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
"""z of the turned frame is x of the frame before."""


@dataclass(frozen=True)
class ServingTray(Entity):
    """A free tray with a low rim and a raised handle at either end of its y axis."""

    body: str = "tray"
    half: tuple[float, float] = (0.095, 0.125)
    """Half sizes of the board, m."""
    floor: float = 0.004
    """Half thickness of the board, m."""
    rim: float = 0.016
    """Height above the board, m."""
    handle: tuple[float, float] = (0.165, 0.043)
    """Place of a handle's bar along y and above the middle of the board, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        wood, edge, metal = (0.82, 0.68, 0.48, 1.0), (0.55, 0.38, 0.24, 1.0), (0.30, 0.31, 0.33, 1.0)
        body = free_body(spec, self.body)
        x, y, w = *self.half, 0.004
        box(body, (0, 0, 0), (x, y, self.floor), wood, mass=0.16)
        middle, half_rim = self.floor + self.rim / 2, self.rim / 2
        out, up = self.handle
        for side in (-1, 1):
            box(body, (side * (x - w), 0, middle), (w, y, half_rim), edge, mass=0.02)
            box(body, (0, side * (y - w), middle), (x - 2 * w, w, half_rim), edge, mass=0.02)
            cylinder(body, (0, side * out, up), 0.008, 0.055, metal, mass=0.03, quat_wxyz=AXIS)
            for end in (-1, 1):
                # Slanting struts from the corner of the board up to the bar.
                rise, run = up - self.floor, out - y + w
                tilt = side * math.atan2(rise, run)
                slant = (math.cos(tilt / 2), math.sin(tilt / 2), 0.0, 0.0)
                place = (end * 0.05, side * (y - w + run / 2), self.floor + rise / 2)
                box(body, place, (0.005, math.hypot(rise, run) / 2, 0.005), metal, mass=0.01, quat_wxyz=slant)

    def describe(self, name: str) -> Thing:
        """A thing to grasp at its handles, and to put others on."""
        return Thing(name, graspable=True, width=0.016, height=2 * self.floor, receives=("on",), symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, one pad on either side of a handle's bar."""
        out, up = self.handle
        heading = yaw(pose.quat_wxyz) + np.pi / 2
        bars = [pose.position + rotate(pose.quat_wxyz, (0.0, side * out, up)) for side in (1, -1)]
        return tuple(hand_down(bar, heading) for bar in bars)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the middle of the board."""
        return above(pose.position + np.array([0.0, 0.0, self.floor + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over the board, at most 3 cm higher than where it would rest."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        x_half, y_half = self.half
        low = 0.0 < z - self.floor < thing.height / 2 + 0.03
        return relation == "on" and abs(x) < x_half and abs(y) < y_half and low


class LiftTray(Task):
    """Lift the tray off the table with both arms, one at each handle, without losing what stands on it.

    **Randomisation**: the tray lies at x 0.44..0.52 m, up to 1.5 cm off the middle, turned by up to 11 degrees; on it,
    up to 3 cm from its middle in x and y, a ball, a cube or a can (3 variants) in one of 8 colours.

    **Success**: both hands hold the tray at least 10 cm above where it lay, it is level within 10 degrees, the thing
    is still on it, and the arms are steady (no joint faster than 0.3 rad/s).
    """

    robots = ("aloha",)
    phrasings = (
        "lift the tray with both hands and keep the {item} on it",
        "raise the tray level, the {item} stays on top",
        "take the tray by its two handles and pick it up together with the {item}",
    )
    variants = tuple(HEIGHTS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The tray, and what may stand on it."""
        return ServingTray(), Ball("ball"), Block("cube", mass=0.05), Can("can", 0.022, HEIGHTS["can"], 0.05)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose what stands on the tray, and where both are."""
        variant = self.draw_variant(rng)
        colour = pick_colours(rng, 1)[0]
        turn = quat_about_z(float(rng.uniform(-0.19, 0.19)))
        middle = np.array([rng.uniform(0.44, 0.52), rng.uniform(-0.015, 0.015), ServingTray.floor])
        world.add(TRAY, "tray", middle.tolist(), turn.tolist())
        self.item = f"{colour} {variant}"
        aside = (*rng.uniform(-BALANCED, BALANCED, 2), ServingTray.floor + HEIGHTS[variant])
        heading = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
        world.add(self.item, variant, (middle + rotate(turn, aside)).tolist(), heading.tolist(), COLOURS[colour])
        self.instruct(rng, item=self.item)
        self.variation = {"variant": variant, "colour": colour}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Let go of a tray that hangs badly, put back what fell off, take both handles, lift: what is left of it."""
        holding = [arm for arm in ARMS if scene.of(arm).holding == TRAY]
        steps: list[Subtask] = []
        carried = scene.related(self.item, "on", TRAY)
        if not (carried and self._level(scene)) or (len(holding) < 2 and not self._lies(scene)):
            steps += [Subtask("release", TRAY, arm=arm) for arm in ARMS if holding or not self._lies(scene)]
            holding = []
        if not carried:
            arm = "left" if scene.position(self.item)[1] > 0.0 else "right"
            steps += [Subtask("grasp", self.item, arm=arm), Subtask("place", self.item, "on", TRAY, arm=arm)]
        steps += [Subtask("grasp", TRAY, arm=arm) for arm in ARMS if arm not in holding]
        return [*steps, Subtask("lift", TRAY, arm="both")]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`lifted`, `level`, `carried`, `steady`, `success`."""
        lifted = holds(scene, Subtask("lift", TRAY, arm="both"))
        level = self._level(scene)
        carried = scene.related(self.item, "on", TRAY)
        steady = scene.speed() < 0.3
        success = lifted and level and carried and steady
        return {"lifted": lifted, "level": level, "carried": carried, "steady": steady, "success": success}

    def _level(self, scene: Scene) -> bool:
        return bool(rotate(scene.pose(TRAY).quat_wxyz, (0.0, 0.0, 1.0))[2] > math.cos(LEVEL))

    def _lies(self, scene: Scene) -> bool:
        return self._level(scene) and bool(scene.position(TRAY)[2] < 0.02)
