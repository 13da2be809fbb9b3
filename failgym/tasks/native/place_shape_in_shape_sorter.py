"""Put the named shape through its hole in the shape sorter."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, TINT, Entity, above, box, cylinder, drawn, free_body, hand_down, ring
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

SORTER = "shape sorter"
HALF_HEIGHT = 0.020
"""Half height of a shape, m."""
SIZE = 0.018
"""Half width of the cube and radius of the cylinder, m."""
ARM = (0.020, 0.007)
"""Half length and half width of the arms of the cross, m."""
INRADIUS = 0.0115
"""Of the triangle of the prism, m; its corners are twice as far from its middle."""
ROOM = 0.005
"""Between a shape and the edge of its hole, m."""
GRIP = 0.008
"""From a shape's centre up to where the hand holds it, m."""
CELL = 0.036
"""Half width of the quarter of the top plate that has one hole, m."""
TOP = 0.062
"""Height of the sorter, m."""
PLATE = 0.008
"""Thickness of its top plate, m."""
CELLS = {"cube": (1, 1), "cylinder": (1, -1), "prism": (-1, 1), "cross": (-1, -1)}
"""Signs of x and y of each hole in the sorter's frame."""
SYMMETRY = {"cube": 4, "cylinder": 0, "prism": 3, "cross": 4}
WIDTHS = {"cube": 2 * SIZE, "cylinder": 2 * SIZE, "prism": 3 * INRADIUS, "cross": 2 * ARM[0]}
"""Between the pads, m."""
BEECH = (0.83, 0.69, 0.50, 1.0)
TEAL = (0.20, 0.42, 0.46, 1.0)


@dataclass(frozen=True)
class Shape(Entity):
    """A free upright prism over a square, a disc, a triangle or a cross."""

    body: str
    """One of `CELLS`."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        if self.body == "cube":
            box(body, (0, 0, 0), (SIZE, SIZE, HALF_HEIGHT))
        elif self.body == "cylinder":
            cylinder(body, (0, 0, 0), SIZE, HALF_HEIGHT)
        elif self.body == "prism":
            _prism(spec, body)
        else:
            box(body, (0, 0, 0), (ARM[0], ARM[1], HALF_HEIGHT), mass=0.025)
            box(body, (0, 0, 0), (ARM[1], ARM[0], HALF_HEIGHT), mass=0.025)

    def describe(self, name: str) -> Thing:
        """A thing to grasp and to turn until it fits."""
        return Thing(
            name, graspable=True, width=WIDTHS[self.body], height=2 * HALF_HEIGHT, symmetry=SYMMETRY[self.body]
        )

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above at its upper half; of the prism, on a face and the edge opposite."""
        facing = yaw(pose.quat_wxyz)
        count, first, aside = (3, np.pi / 2, INRADIUS / 2) if self.body == "prism" else (2, 0.0, 0.0)
        found = []
        for heading in facing + first + np.arange(count) * (2 * np.pi / 3 if count == 3 else np.pi / 2):
            offset = np.array([aside * math.cos(heading), aside * math.sin(heading), GRIP])
            found.append(hand_down(pose.position + offset, float(heading)))
        return tuple(found)


@dataclass(frozen=True)
class ShapeSorter(Entity):
    """An open frame under a plate with four holes."""

    body: str = "sorter"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add posts, rails and the plate around its holes."""
        sorter = spec.worldbody.add_body(name=self.body, pos=PARKED)
        under, rail = (TOP - PLATE) / 2, 2 * CELL - 0.005
        for side in (-1, 1):
            box(sorter, (side * rail, 0, 0.016), (0.004, 2 * CELL, 0.016), TEAL)
            box(sorter, (0, side * rail, 0.016), (rail - 0.004, 0.004, 0.016), TEAL)
            for other in (-1, 1):
                box(sorter, (side * rail, other * rail, under), (0.005, 0.005, under), TEAL)
        _square_hole(sorter, CELLS["cube"], SIZE + ROOM)
        _square_hole(sorter, CELLS["cylinder"], SIZE + ROOM)
        x, y = CELLS["cylinder"]
        ring(sorter, (x * CELL, y * CELL, TOP - PLATE / 2), SIZE + ROOM + 0.005, (0.005, PLATE / 2 - 0.0004), 12, BEECH)
        _triangular_hole(sorter, CELLS["prism"], INRADIUS + ROOM)
        long, wide = ARM[0] + ROOM, ARM[1] + ROOM
        _rows(sorter, CELLS["cross"], (-CELL, -long, -wide, wide, long, CELL), (0.0, wide, long, wide, 0.0))

    def describe(self, name: str) -> Thing:
        """What shapes are put into, each turned to fit its hole."""
        return Thing(name, width=4 * CELL, height=TOP, receives=("in",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the mouth of the hole of that shape, its lower 8 mm inside; what has no hole goes to the cube's."""
        x, y = CELLS.get(thing.name.split()[-1], CELLS["cube"])
        local = (x * CELL, y * CELL, TOP - PLATE + thing.height / 2)
        near = np.array([0.0, 0.0, 0.03])
        return above(pose.position + rotate(pose.quat_wxyz, local), pose.quat_wxyz, near)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is within the frame, 1 cm or more below the plate."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return bool(relation == "in" and max(abs(x), abs(y)) < 2 * CELL - 0.009 and 0.0 < z < TOP - PLATE - 0.010)


def _prism(spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
    """Draw a triangular prism, one corner towards +y; what collides are boxes inside it, for a firm hold."""
    half_side = math.sqrt(3.0) * INRADIUS
    corners = [(-half_side, -INRADIUS), (half_side, -INRADIUS), (0.0, 2 * INRADIUS)]
    mesh = spec.add_mesh(name=body.name)
    mesh.uservert = [number for z in (-HALF_HEIGHT, HALF_HEIGHT) for x, y in corners for number in (x, y, z)]
    mesh.userface = [0, 2, 1, 3, 4, 5, 0, 1, 4, 0, 4, 3, 1, 2, 5, 1, 5, 4, 2, 0, 3, 2, 3, 5]
    drawn(body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=body.name, rgba=TINT, group=1))
    steps = 5
    depth = 3 * INRADIUS / steps
    for step in range(steps):
        share = 1.0 - min(step + 1.0, steps - 0.4) / steps
        centre = (0.0, -INRADIUS + (step + 0.5) * depth, 0.0)
        geom = box(body, centre, (share * half_side, depth / 2, HALF_HEIGHT), mass=0.025 * (share + 0.1))
        geom.group = COLLISION_GROUP


def _rows(
    sorter: mujoco.MjsBody, cell: tuple[int, int], edges: tuple[float, ...], half_widths: tuple[float, ...]
) -> None:
    """Fill a cell of the plate but for a hole: between successive edges along y, all beyond a half width, m."""
    x, y, z = cell[0] * CELL, cell[1] * CELL, TOP - PLATE / 2
    for low, high, free in zip(edges[:-1], edges[1:], half_widths, strict=True):
        middle, half = y + (low + high) / 2, (high - low) / 2
        if free == 0.0:
            box(sorter, (x, middle, z), (CELL, half, PLATE / 2), BEECH)
            continue
        for side in (-1, 1):
            box(sorter, (x + side * (CELL + free) / 2, middle, z), ((CELL - free) / 2, half, PLATE / 2), BEECH)


def _square_hole(sorter: mujoco.MjsBody, cell: tuple[int, int], half: float) -> None:
    _rows(sorter, cell, (-CELL, -half, half, CELL), (0.0, half, 0.0))


def _triangular_hole(sorter: mujoco.MjsBody, cell: tuple[int, int], inradius: float) -> None:
    """Rows, in steps, and a bar along each slanted edge that covers the steps."""
    corner = 2 * inradius
    edges = (-CELL, -inradius, 0.0, inradius, corner, CELL)
    _rows(sorter, cell, edges, (0.0, *((corner - low) / math.sqrt(3.0) for low in edges[1:4]), 0.0))
    bar = inradius / 4
    for side in (-1, 1):
        out = (side * math.cos(math.pi / 6), math.sin(math.pi / 6))
        centre = [cell[axis] * CELL + (inradius + bar) * out[axis] for axis in range(2)]
        quat = quat_about_z(math.atan2(out[1], out[0])).tolist()
        half_sizes = (bar, 1.62 * inradius, PLATE / 2 - 0.0004)
        box(sorter, (*centre, TOP - PLATE / 2), half_sizes, BEECH, quat_wxyz=quat)


class PlaceShapeInShapeSorter(Task):
    """Put the shape that the instruction names through its hole in the top of the sorter.

    **Randomisation**: the sorter (14 x 14 cm, 6.2 cm high) stands at x 0.54..0.58 m, y -0.08..0.08 m, turned by up to
    20 degrees; a cube, a cylinder, a triangular prism and a cross of different colours (8 colour words), 4 cm high,
    stand at x 0.36..0.60 m, y -0.28..0.28 m at least 10 cm apart and clear of the sorter, any yaw; any may be named.
    Every hole leaves 5 mm on each side of its shape.

    **Success**: the named shape's centre is inside the sorter, at least 1 cm below its top plate, and nothing is held.
    """

    phrasings = (
        "put the {shape} in the shape sorter",
        "post the {shape} through its hole in the shape sorter",
        "find the hole for the {shape} and drop it in",
    )
    variants = tuple(CELLS)

    def entities(self) -> tuple[Entity, ...]:
        """A sorter and four shapes."""
        return ShapeSorter(), *(Shape(shape) for shape in CELLS)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the shape, colours and places."""
        variant = self.draw_variant(rng)
        x, y = float(rng.uniform(0.54, 0.58)), float(rng.uniform(-0.08, 0.08))
        turn = float(rng.uniform(-0.35, 0.35))
        world.add(SORTER, "sorter", (x, y, 0.0), quat_about_z(turn).tolist())
        keep_off = [(x + a, y + b) for a in (-0.06, 0.06) for b in (-0.06, 0.06)]
        points = scatter(rng, len(CELLS), (0.36, 0.60), (-0.28, 0.28), 0.10, keep_off)
        colours = pick_colours(rng, len(CELLS))
        names = {}
        for shape, colour, place in zip(CELLS, colours, points, strict=True):
            names[shape] = f"{colour} {shape}"
            quat = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(names[shape], shape, (*place, HALF_HEIGHT), quat.tolist(), COLOURS[colour])
        self.shape = names[variant]
        self.instruct(rng, shape=self.shape)
        self.variation = {"variant": variant, "shape": self.shape}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", self.shape, "in", SORTER)
        if holds(scene, place):
            return []
        return [place] if scene.holding == self.shape else [Subtask("grasp", self.shape), place]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`inside`, `released`, `success`."""
        inside = scene.related(self.shape, "in", SORTER)
        released = scene.holding is None
        return {"inside": inside, "released": released, "success": inside and released}
