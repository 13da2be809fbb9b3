"""Take the lid off the named saucepan."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Pose, Scene, Thing
from failgym.sim.entities import PARKED, Entity, box, cylinder, drawn, free_body, hand_down, ring
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

RADIUS, DEPTH = 0.07, 0.07
STEEL = (0.70, 0.71, 0.73, 1.0)
BLACK = (0.13, 0.13, 0.14, 1.0)


@dataclass(frozen=True)
class Saucepan(Entity):
    """A pan with a long handle; it stands too firmly to be moved."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add floor, wall and handle."""
        pan = spec.worldbody.add_body(name=self.body, pos=PARKED)
        # Nothing is put inside, so one solid cylinder collides: a lid on sixteen boxes is eight times as slow.
        cylinder(pan, (0, 0, DEPTH / 2), RADIUS, DEPTH / 2).group = COLLISION_GROUP
        drawn(cylinder(pan, (0, 0, 0.004), RADIUS, 0.004))
        for wall in ring(pan, (0, 0, DEPTH / 2 + 0.004), RADIUS - 0.003, (0.003, DEPTH / 2 - 0.004), 16):
            drawn(wall)
        box(pan, (RADIUS + 0.06, 0, DEPTH - 0.012), (0.06, 0.011, 0.007), BLACK)

    def describe(self, name: str) -> Thing:
        """Furniture that a lid lies on."""
        return Thing(name, width=2 * RADIUS, height=DEPTH)


@dataclass(frozen=True)
class PanLid(Entity):
    """A flat lid with a knob; its centre is that of the plate."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add plate, neck and knob."""
        lid = free_body(spec, self.body)
        cylinder(lid, (0, 0, 0), RADIUS + 0.004, 0.003, STEEL, 0.08)
        cylinder(lid, (0, 0, 0.011), 0.009, 0.008, BLACK, 0.01)
        cylinder(lid, (0, 0, 0.031), 0.016, 0.013, BLACK, 0.02)

    def describe(self, name: str) -> Thing:
        """A round thing to grasp."""
        return Thing(name, graspable=True, width=0.032, height=0.044, symmetry=0)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """The knob, from above, the fingers opening in any direction."""
        knob = pose.position + np.array([0.0, 0.0, 0.031])
        return tuple(hand_down(knob, heading) for heading in np.arange(4) * np.pi / 4)


class TakeLidOffSaucepan(Task):
    """Take the lid off the saucepan that the instruction names and hold it up.

    **Randomisation**: two lidded saucepans of different colours (8 colour words, the variant is the named pan's), 14 cm
    wide, at x 0.40..0.58 m, y -0.22..0.22 m, at least 22 cm apart, their handles away from the robot at up to 40
    degrees to either side.

    **Success**: the lid of the named pan is held at least 10 cm above where it lay, and the arm is steady (no joint
    faster than 0.3 rad/s).
    """

    phrasings = (
        "take the lid off the {pan}",
        "uncover the {pan}",
        "lift the lid of the {pan}",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Two pans and their lids."""
        return (Saucepan("pan_0"), Saucepan("pan_1"), PanLid("lid_0"), PanLid("lid_1"))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, 2, self.draw_variant(rng))
        points = scatter(rng, 2, (0.40, 0.58), (-0.22, 0.22), 0.22)
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(math.radians(float(rng.uniform(-40.0, 40.0)))).tolist()
            world.add(f"{colour} saucepan", f"pan_{index}", (x, y, 0.0), turn, COLOURS[colour])
            world.add(f"{colour} saucepan lid", f"lid_{index}", (x, y, DEPTH + 0.003), turn)
        self.lid = f"{colours[0]} saucepan lid"
        self.instruct(rng, pan=f"{colours[0]} saucepan")
        self.variation = {"variant": colours[0], "distractors": colours[1:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and lift."""
        steps = [Subtask("grasp", self.lid), Subtask("lift", self.lid)]
        return steps[1:] if scene.holding == self.lid else steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`grasped`, `lifted`, `steady`, `success`."""
        grasped = scene.holding == self.lid
        lifted = grasped and holds(scene, Subtask("lift", self.lid))
        steady = lifted and scene.speed() < 0.3
        return {"grasped": grasped, "lifted": lifted, "steady": steady, "success": steady}
