"""Push the block to the named pad."""

import math
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene, Thing
from failgym.sim.entities import Block, Entity
from failgym.sim.entities.region import Pad
from failgym.sim.robots.robot import PAD_PRIORITY
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

PADS = 3
HALF = (0.043, 0.043, 0.022)
"""Half sizes of the block, m."""
BLOCK = "block"
GLIDING = (0.4, 0.005, 0.0001)
"""Friction on the table: what sticks is pressed down by the fingers, and jams."""
WOOD = (0.80, 0.64, 0.45, 1.0)


@dataclass(frozen=True)
class Slab(Block):
    """A block too wide for the hand, that slides easily on the table."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        super().build(spec)
        geom = spec.geom(self.body)
        # Rubber pads keep their own friction on it: where both have the priority, the greater friction counts.
        geom.priority, geom.friction = PAD_PRIORITY, list(GLIDING)

    def describe(self, name: str) -> Thing:
        """A thing that can only be pushed."""
        return replace(super().describe(name), graspable=False)


class SlideBlockToTarget(Task):
    """Push the wide block along the table to the pad that the instruction names.

    **Randomisation**: a block of 8.6 x 8.6 x 4.4 cm, too wide for the hand, in x 0.42..0.58 m, y -0.12..0.12 m, any
    yaw; before three of its four sides lies a pad of 11 cm, 14..18 cm off, in x 0.40..0.67 m, y -0.28..0.28 m, each of
    another colour (8 colour words); the named one is any of them.

    **Success**: the block rests with its centre within 3 cm of the pad's, along both sides of the pad, and the
    arm is steady (no joint faster than 0.3 rad/s).
    """

    phrasings = (
        "push the block to the {pad}",
        "slide the wooden block along the table until it lies on the {pad}",
        "move the block over to the {pad} without lifting it",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The block and three pads."""
        return (Slab(BLOCK, HALF, 0.2), *(Pad(f"pad_{index}", half=0.055, reach=0.03) for index in range(PADS)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, a place and sides."""
        colours = pick_colours(rng, PADS, self.draw_variant(rng))
        block, turn, pads = self._layout(rng)
        world.add(BLOCK, BLOCK, (*block, HALF[2]), quat_about_z(turn).tolist(), WOOD)
        for index, (colour, pad) in enumerate(zip(colours, pads, strict=True)):
            world.add(f"{colour} pad", f"pad_{index}", (*pad, 0.0), quat_about_z(turn).tolist(), COLOURS[colour])
        self._goal = Subtask("push", BLOCK, "to", f"{colours[0]} pad")
        self.instruct(rng, pad=f"{colours[0]} pad")
        self.variation = {"variant": colours[0], "distractors": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Push, if it is not there yet."""
        return [] if holds(scene, self._goal) else [self._goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`there`, `steady`, `success`."""
        there = holds(scene, self._goal)
        steady = there and scene.speed() < 0.3
        return {"there": there, "steady": steady, "success": steady}

    def _layout(self, rng: np.random.Generator) -> tuple[tuple[float, float], float, list[tuple[float, float]]]:
        """Where the block is, how it is turned, and where the pads are before three of its sides."""
        while True:
            x, y, turn = float(rng.uniform(0.42, 0.58)), float(rng.uniform(-0.12, 0.12)), float(rng.uniform(-1, 1))
            turn *= math.pi
            pads = []
            for side in rng.permutation(4):
                distance, heading = float(rng.uniform(0.14, 0.18)), turn + float(side) * math.pi / 2
                pad = (x + distance * math.cos(heading), y + distance * math.sin(heading))
                if 0.40 < pad[0] < 0.67 and abs(pad[1]) < 0.28:
                    pads.append(pad)
            if len(pads) >= PADS:
                return (x, y), turn, pads[:PADS]
