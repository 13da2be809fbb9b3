"""Hold the lid of the box open with one arm, and put the named item in with the other."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import OPEN, SHUT, Goal, Pose, Scene, Stroke, Thing
from failgym.sim.entities import Block, Can, Entity
from failgym.sim.entities.ball import Ball
from failgym.sim.entities.entity import HOVER, PARKED, box, hand_down
from failgym.sim.robots.robot import add_joint
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

BOX = "box"
HEIGHTS = {"cube": 0.02, "ball": 0.021, "can": 0.025}
"""What may be put in the box, and half its height, m."""
SHOWN = 2
"""Items in an episode."""


@dataclass(frozen=True)
class ShuttingBox(Entity):
    """A box that stands fast; its lid is hinged at its +y edge, has a knob at the other, and falls shut by itself."""

    body: str = "box"
    half: tuple[float, float] = (0.085, 0.07)
    """Half sizes inside, m."""
    wall: float = 0.005
    """Half thickness of the walls, m."""
    height: float = 0.07
    """Of the walls, m."""
    travel: float = math.radians(80.0)
    """To which the lid opens, rad: not far enough to stay open."""
    tab: float = 0.032
    """From the edge of the lid to the middle of its knob, m."""

    @property
    def joint(self) -> str:
        """The hinge of the lid."""
        return f"{self.body}_lid"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add box and lid."""
        shell, inside, lid_colour, metal = (
            (0.36, 0.52, 0.58, 1.0), (0.86, 0.87, 0.84, 1.0), (0.30, 0.44, 0.50, 1.0), (0.82, 0.70, 0.34, 1.0),
        )  # fmt: skip
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, w, z = *self.half, self.wall, self.height / 2
        box(body, (0, 0, w / 2), (x, y, w / 2), inside)
        for side in (-1, 1):
            box(body, (side * (x + w), 0, z), (w, y + 2 * w, z), shell)
            box(body, (0, side * (y + w), z), (x, w, z), shell)
        lid = body.add_body(name=self.joint, pos=(0, y + 2 * w, self.height + 0.005))
        hinge = add_joint(lid, self.joint, (0.0, self.travel), armature=2e-4, damping=0.02)
        hinge.axis = [-1.0, 0.0, 0.0]
        hinge.stiffness = [0.08, 0.0, 0.0] if np.ndim(hinge.stiffness) else 0.08
        hinge.springref = -0.4
        deep = 2 * y + 4 * w
        box(lid, (0, -deep / 2, 0), (x + 2 * w, deep / 2, 0.004), lid_colour, mass=0.09)
        box(lid, (0, -deep - self.tab / 2, 0), (0.006, self.tab / 2, 0.004), metal, mass=0.005)
        box(lid, (0, -deep - self.tab, 0), (0.013, 0.009, 0.008), metal, mass=0.01)

    def describe(self, name: str) -> Thing:
        """A thing to hold by its lid, to open, and to put others in."""
        return Thing(name, graspable=True, width=0.026, height=self.height, strokes=("open",), receives=("in",))

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """At the knob of the shut lid."""
        return (self.knob(pose, 0.0),)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Along the arc of the knob, which pivots between the pads while the hand keeps pointing down."""
        path = tuple(self.knob(pose, float(share)) for share in np.linspace(opening, 1.0, 6))
        return (Stroke(path, grip=True, approach=HOVER, retreat=HOVER),)

    def knob(self, pose: Pose, opening: float) -> Pose:
        """Hand pose at the knob when the lid is open that far, 0..1."""
        angle, reach = opening * self.travel, 2 * self.half[1] + 4 * self.wall + self.tab
        along, up = reach * math.cos(angle), reach * math.sin(angle)
        local = np.array([0.0, self.half[1] + 2 * self.wall - along, self.height + 0.005 + up])
        return hand_down(pose.position + rotate(pose.quat_wxyz, local), yaw(pose.quat_wxyz))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """At the rim; the hand leaves to the side that is away from the lid, out of the way of its knob."""
        local = np.array([0.0, -0.01, self.height + 0.01])
        leave = rotate(pose.quat_wxyz, (0.0, -0.16, 0.16))
        return Goal(pose.position + rotate(pose.quat_wxyz, local), pose.quat_wxyz, np.array([0.0, 0.0, 0.10]), leave)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside, below the rim."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return relation == "in" and abs(x) < self.half[0] and abs(y) < self.half[1] and 0.0 < z < self.height


class PutItemInLiddedBox(Task):
    """Open the box with one arm and hold its lid, put the named item in with the other, and let the lid fall shut.

    A spring and its weight shut the lid when it is not held.

    **Randomisation**: the box stands in the middle, x 0.45..0.51 m, up to 1.5 cm to the side of the arm that opens it
    (left or right), turned by up to 6 degrees; a cube, a ball or a can (3 variants, 4..5 cm high) and one of the
    others, of different colours (8 colour words), lie on the other side, x 0.36..0.60 m, 17..27 cm from the middle, at
    least 11 cm apart.

    **Success**: the item is inside, nothing is held, and the lid is open by less than 8 % of its travel (6 degrees).
    """

    robots = ("aloha",)
    phrasings = (
        "hold the box open with the {opener} hand and put the {item} in with the {filler} hand",
        "put the {item} in the box; the lid falls shut unless it is held",
        "open the box, drop the {item} inside, then let the lid close",
    )
    variants = tuple(HEIGHTS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The box and three items."""
        cube, radius, can = HEIGHTS.values()
        return ShuttingBox(), Block("cube", (cube, cube, cube), 0.05), Ball("ball", radius), Can("can", 0.02, can, 0.05)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose sides, items, colours and places."""
        variant = self.draw_variant(rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        self.opener, self.filler = ("left", "right") if side > 0 else ("right", "left")
        place = (float(rng.uniform(0.45, 0.51)), side * float(rng.uniform(0.0, 0.015)), 0.0)
        heading = (0.0 if side > 0 else np.pi) + float(rng.uniform(-0.1, 0.1))
        world.add(BOX, "box", place, quat_about_z(heading).tolist())
        others = [str(other) for other in rng.permutation([kind for kind in HEIGHTS if kind != variant])]
        colours = pick_colours(rng, SHOWN)
        points = scatter(rng, SHOWN, (0.36, 0.60), (0.17, 0.27), 0.11)
        kinds = [variant, *others][:SHOWN]
        for kind, colour, (x, y) in zip(kinds, colours, points, strict=True):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} {kind}", kind, (x, -side * y, HEIGHTS[kind]), turn.tolist(), COLOURS[colour])
        self.item = f"{colours[0]} {variant}"
        self.instruct(rng, item=self.item, opener=self.opener, filler=self.filler)
        self.variation = {"variant": variant, "item": self.item, "opener": self.opener}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Take the lid, open it, put the item in, let the lid go: what is left of it."""
        lid_held = scene.of(self.opener).holding == BOX
        item_held = scene.of(self.filler).holding == self.item
        let_go = Subtask("release", BOX, arm=self.opener)
        if scene.related(self.item, "in", BOX) and not item_held:
            return [let_go] if lid_held else []
        steps = [] if lid_held else [Subtask("grasp", BOX, arm=self.opener)]
        if not lid_held or scene.opening(BOX) < OPEN:
            steps.append(Subtask("open", BOX, arm=self.opener))
        if not item_held:
            steps.append(Subtask("grasp", self.item, arm=self.filler))
        return [*steps, Subtask("place", self.item, "in", BOX, arm=self.filler), let_go]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`inside`, `closed`, `released`, `success`."""
        inside = holds(scene, Subtask("place", self.item, "in", BOX, arm=self.filler))
        closed = scene.opening(BOX) <= SHUT
        released = scene.holding is None
        return {"inside": inside, "closed": closed, "released": released, "success": inside and closed and released}
