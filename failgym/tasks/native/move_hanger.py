"""Move the clothes hanger to the other rack."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import multiply, quat_about_z, rotate
from failgym.scene import Goal, Pose, Scene, Thing, Vector
from failgym.sim.entities import PARKED, Entity, ball, box, cylinder, free_body, hand_down
from failgym.sim.entities.hooks import rough, slanted, threaded
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

HANGER = "hanger"
WOOD = (0.74, 0.56, 0.37, 1.0)
STEEL = (0.63, 0.65, 0.68, 1.0)
HALF = 0.005
"""Half thickness of the hanger, m."""
EYE = (0.036, 0.042)
"""Width and height of the eye by which it hangs, m."""
EYE_TOP = 0.0375
"""Upper edge of the eye over the middle of the hanger, m."""
TAB = 0.013
"""Half width and half height of the tab above the eye, m."""
SIZE = (0.16, 0.139)
"""Width and height of the hanger, m."""


@dataclass(frozen=True)
class Hanger(Entity):
    """A clothes hanger in its own x-z plane: a tab to hold it by, an eye, and shoulders."""

    body: str = "hanger"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        bar = 0.003
        width, height = EYE
        rough(box(body, (0, 0, EYE_TOP + bar), (width / 2 + 2 * bar, HALF, bar), STEEL, mass=0.004))
        box(body, (0, 0, EYE_TOP - height - bar), (width / 2 + 2 * bar, HALF, bar), STEEL, mass=0.004)
        for side in (-1, 1):
            centre = (side * (width / 2 + bar), 0, EYE_TOP - height / 2)
            box(body, centre, (bar, HALF, height / 2), STEEL, mass=0.004)
        box(body, (0, 0, self.tab), (TAB, HALF, TAB), WOOD, mass=0.006)
        neck, low = EYE_TOP - height - 2 * bar, -SIZE[1] / 2 + 0.004
        box(body, (0, 0, neck - 0.008), (0.008, HALF, 0.008), WOOD, mass=0.004)
        for side in (-1, 1):
            start = np.array([side * 0.003, 0.0, neck - 0.010])
            middle, quat, half = slanted(start, np.array([side * (SIZE[0] / 2 - 0.006), 0.0, low]))
            box(body, middle.tolist(), (0.005, HALF, half), WOOD, mass=0.012, quat_wxyz=quat.tolist())
        box(body, (0, 0, low), (SIZE[0] / 2, HALF, 0.004), WOOD, mass=0.014)

    @property
    def tab(self) -> float:
        """Middle of the tab over the middle of the hanger, m."""
        return EYE_TOP + 0.006 + TAB

    def describe(self, name: str) -> Thing:
        """A flat thing to grasp by its tab."""
        return Thing(name, graspable=True, width=2 * HALF, height=SIZE[1], symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on the two faces of the tab; lying flat, on its edges."""
        across = rotate(pose.quat_wxyz, (0.0, 1.0, 0.0))
        if abs(across[2]) > 0.7:
            across = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        tab = pose.position + rotate(pose.quat_wxyz, (0.0, 0.0, self.tab + 0.001))
        return (hand_down(tab, math.atan2(across[1], across[0])),)


@dataclass(frozen=True)
class Rack(Entity):
    """A post with a level rod, along x of its own frame; the origin is under the post."""

    body: str
    height: float = 0.20
    """Of the rod, m."""
    length: float = 0.125
    """Of the rod, m."""
    seat: float = 0.075
    """From the post to where a hanger is let go, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        box(body, (0.02, 0, 0.006), (0.06, 0.05, 0.006))
        cylinder(body, (0, 0, self.height / 2), 0.010, self.height / 2)
        lying = np.array([math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0]).tolist()
        rod = cylinder(body, (self.length / 2, 0, self.height), 0.005, self.length / 2, STEEL, quat_wxyz=lying)
        rod.friction[0] = 0.6
        ball(body, (self.length, 0, self.height), 0.007)

    def describe(self, name: str) -> Thing:
        """What hangers hang on."""
        return Thing(name, height=self.height, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """The rod well inside the eye; the hanger comes along the rod from its free end."""
        at = Pose(pose.position + rotate(pose.quat_wxyz, (self.seat, 0.0, 0.0)), pose.quat_wxyz)
        hung = self.hung(at, 0.014)
        return Goal(hung.position, hung.quat_wxyz, rotate(pose.quat_wxyz, (0.12, 0.0, 0.012)))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the rod goes through the eye."""
        start = pose.position + np.array([0.0, 0.0, self.height])
        way: Vector = rotate(pose.quat_wxyz, (self.length, 0.0, 0.0))
        return relation in ("on", "in") and threaded(at, (0.0, EYE_TOP - EYE[1] / 2), EYE, start, way)

    def hung(self, pose: Pose, slack: float = 0.005) -> Pose:
        """Pose of a hanger at a point of the rod; its eye's upper edge is `slack` over the rod's axis, m."""
        position = pose.position + np.array([0.0, 0.0, self.height - EYE_TOP + slack])
        return Pose(position, multiply(pose.quat_wxyz, quat_about_z(math.pi / 2)))


RACKS = (Rack("rack_0"), Rack("rack_1"))


class MoveHanger(Task):
    """Take the clothes hanger off the rod of one rack and hang it on the rod of the rack that the instruction names.

    **Randomisation**: two racks of different colours (8 colour words) with level rods at 20 cm, which point from the
    left and from the right to the middle: posts at x 0.44..0.58 m, 24..28 cm to the left and right, turned by up to 20
    degrees; the hanger, 16 cm wide, hangs on either of them, 5.5..9 cm from the post.

    **Success**: the rod of the named rack goes through the eye of the hanger, and nothing is held.
    """

    phrasings = (
        "move the hanger from the {start} to the {goal}",
        "hang the hanger on the {goal}",
        "the hanger should hang on the {goal} instead of the {start}",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Two racks and a hanger."""
        return (*RACKS, Hanger())

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, places and where it hangs."""
        colours = pick_colours(rng, len(RACKS), self.draw_variant(rng))
        sides = (1, -1) if rng.random() < 0.5 else (-1, 1)
        names = [f"{colour} rack" for colour in colours]
        for rack, name, colour, side in zip(RACKS, names, colours, sides, strict=True):
            heading = -side * math.pi / 2 + float(rng.uniform(-1.0, 1.0)) * math.radians(20.0)
            place = (float(rng.uniform(0.44, 0.58)), side * float(rng.uniform(0.24, 0.28)), 0.0)
            turn = quat_about_z(heading)
            world.add(name, rack.key, place, turn.tolist(), COLOURS[colour])
        # The hanger begins on the last rack.
        there = np.add(place, rotate(turn, (float(rng.uniform(0.055, 0.09)), 0.0, 0.0)))
        hung = RACKS[-1].hung(Pose(there, turn), 0.0052)
        world.add(HANGER, "hanger", hung.position.tolist(), hung.quat_wxyz.tolist())
        self.goal, self.start = names
        self.instruct(rng, goal=self.goal, start=self.start)
        self.variation = {"variant": colours[0], "start": colours[1], "side": "left" if sides[0] > 0 else "right"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp, pull off its rod, place on the other one."""
        place = Subtask("place", HANGER, "on", self.goal)
        held = scene.holding == HANGER
        if holds(scene, place):
            return []
        steps = [] if held else [Subtask("grasp", HANGER)]
        if scene.related(HANGER, "on", self.start):
            steps.append(Subtask("pull", HANGER, "out of", self.start))
        return [*steps, place]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`hung`, `released`, `success`."""
        hung = holds(scene, Subtask("place", HANGER, "on", self.goal))
        released = scene.holding is None
        return {"hung": hung, "released": released, "success": hung and released}
