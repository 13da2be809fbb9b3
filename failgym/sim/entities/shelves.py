"""An open safe with three shelves, and a cupboard: things are put in from the front."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np

from failgym.rotations import conjugate, multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Goal, Pose, Thing, Vector
from failgym.sim.entities.entity import PARKED, Colour, Entity, box, cylinder, drawn

SHELVES = ("bottom shelf", "middle shelf", "top shelf")
"""What the shelves of a safe are called, from the table up."""
_STEEL = (0.30, 0.34, 0.39, 1.0)
_EDGE = (0.23, 0.26, 0.30, 1.0)
_SHELF = (0.66, 0.69, 0.72, 1.0)
_BRASS = (0.80, 0.66, 0.30, 1.0)
_WOOD = (0.80, 0.66, 0.49, 1.0)
_WALL = (0.93, 0.91, 0.87, 1.0)
_LAYING = 0.004
"""Height above a shelf from which a thing is let go, m."""
_STANDING = 0.012
"""The same for tall things, which would tip if they touched down on the way, m."""
_TO_SHELF = (-0.13, 0.0, 0.06)
"""From how far off things come to a shelf, m: a hand that goes level and fast sags."""
_TO_CUPBOARD = (-0.12, 0.0, 0.10)
"""From how far off tall things come: over the others that stand on the table, m."""


@dataclass(frozen=True)
class Safe(Entity):
    """A safe; its open front (-x of its own frame) leans back, so that each shelf reaches out past the next.

    Its shelves and its door are things of their own: `SafeShelf`, one for each of `SHELVES`, and `SafeDoor`.
    """

    body: str = "safe"
    width: float = 0.28
    """Along y, m."""
    pitch: float = 0.12
    """Height between shelves, m."""
    step: float = 0.065
    """By which a shelf reaches out past the next, m."""
    back: float = 0.13
    """x of the rear of the shelves, m."""
    floor: float = 0.03
    """Height of the lowest shelf, m."""
    wall: float = 0.014
    """m."""

    @property
    def height(self) -> float:
        """Of it all, m."""
        return self.floor + len(SHELVES) * self.pitch + self.wall

    @property
    def lean(self) -> float:
        """How far the front leans back, m a metre."""
        return self.step / self.pitch

    def front(self, level: float) -> float:
        """Return x of the front edge of a shelf; the roof is level 3."""
        return -0.12 + level * self.step

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        safe = spec.worldbody.add_body(name=self.body, pos=PARKED)
        w, half_w = self.wall / 2, self.width / 2
        low, high = self.front(0) - self.lean * self.floor - 0.012, self.front(3) + self.lean * self.wall - 0.012
        for side, name in ((-1, "right"), (1, "left")):
            profile = ((low, 0.0), (self.back + 2 * w, 0.0), (self.back + 2 * w, self.height), (high, self.height))
            _prism(spec, safe, f"{self.body}_{name}", profile, (side * half_w - w, side * half_w + w), _STEEL)
        inner = half_w - w
        box(safe, (self.back + w, 0, self.height / 2), (w, inner, self.height / 2), _STEEL)
        depth = (self.back - self.front(3)) / 2
        box(safe, (self.back - depth, 0, self.height - w), (depth, inner, w), _STEEL)
        depth = (self.back - self.front(0)) / 2
        box(safe, (self.back - depth, 0, self.floor / 2 - 0.005), (depth, inner, self.floor / 2 - 0.005), _EDGE)
        for level, shelf in enumerate(shelves(self)):
            self._add_shelf(safe, shelf.body, level)

    def describe(self, name: str) -> Thing:
        """Its shelves do the work."""
        return Thing(name, width=self.width, height=self.height)

    def _add_shelf(self, safe: mujoco.MjsBody, name: str, level: int) -> None:
        """Add one, its frame where things are put on it."""
        front = self.front(level)
        place, depth = front + SafeShelf.INSET, (self.back - front) / 2
        shelf = safe.add_body(name=name, pos=(place, 0.0, self.floor + level * self.pitch))
        box(shelf, (front + depth - place, 0, -0.005), (depth, self.width / 2 - self.wall / 2, 0.005), _SHELF)


@dataclass(frozen=True)
class SafeShelf(Entity):
    """One shelf of a safe; its frame is where things are put on it."""

    body: str
    level: str
    """Its key: one of `SHELVES`."""
    safe: Safe = field(default_factory=Safe)

    INSET = 0.045
    """From its front edge to where things are put, m."""

    @property
    def key(self) -> str:
        """Which of the three it is."""
        return self.level

    def build(self, spec: mujoco.MjSpec) -> None:
        """The safe has built it."""

    def describe(self, name: str) -> Thing:
        """A thing to put others on."""
        return Thing(name, width=self.safe.width, height=0.01, receives=("on",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the middle, near its front edge, from the front and a little from above."""
        spot = pose.position + np.array([0.0, 0.0, thing.height / 2 + _LAYING])
        return Goal(spot, pose.quat_wxyz, rotate(pose.quat_wxyz, _TO_SHELF))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is over it, at the height of what lies there."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        rear = self.safe.back - self.safe.front(SHELVES.index(self.level)) - self.INSET
        over = -self.INSET < x < rear and abs(y) < self.safe.width / 2
        return relation == "on" and over and abs(z - thing.height / 2) < 0.015


def shelves(safe: Safe) -> tuple[SafeShelf, ...]:
    """Return the shelves of a safe, from the table up."""
    return tuple(SafeShelf(f"{safe.body}_{level.split()[0]}", level, safe) for level in SHELVES)


@dataclass(frozen=True)
class SafeDoor(Entity):
    """The heavy door of a safe, which stands beside it, swung open; its frame is in its middle, its inside at -x."""

    safe: Safe = field(default_factory=Safe)
    body: str = "safe_door"
    swing: float = math.radians(15.0)
    """From the plane of the safe's front, rad."""

    @property
    def half(self) -> tuple[float, float, float]:
        """Half sizes, m."""
        return 0.011, self.safe.width / 2, self.safe.height / 2 * math.hypot(1.0, self.safe.lean) - 0.012

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        door = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, z = self.half
        box(door, (0, 0, 0), self.half, _STEEL)
        drawn(box(door, (-x - 0.002, 0, 0), (0.004, y - 0.03, z - 0.03), _EDGE))
        flat = quat_from_rotvec((0.0, np.pi / 2, 0.0)).tolist()
        drawn(cylinder(door, (x + 0.01, 0, 0), 0.035, 0.012, _BRASS, quat_wxyz=flat))
        across = quat_from_rotvec((np.pi / 2, 0.0, 0.0)).tolist()
        for height in (-0.5 * z, 0.0, 0.5 * z):
            drawn(cylinder(door, (0, 0, height), 0.007, y + 0.010, _BRASS, quat_wxyz=across))

    def describe(self, name: str) -> Thing:
        """It stays as it is."""
        return Thing(name, width=2 * self.half[0], height=2 * self.half[2])

    def beside(self, position: Sequence[float], quat_wxyz: Sequence[float], side: float) -> tuple[Vector, Vector]:
        """Return the door's position and orientation by the safe's, on its left (1) or right (-1)."""
        safe = self.safe
        lean = quat_from_rotvec((0.0, math.atan(safe.lean), 0.0))
        turn = multiply(lean, quat_about_z(side * self.swing))
        hinge = np.array([safe.front(0) - safe.lean * safe.floor - 0.012, side * (safe.width / 2 + 0.011), 0.0])
        middle = hinge + rotate(turn, (0.0, side * self.half[1], 0.0)) + rotate(lean, (0.0, 0.0, self.half[2] + 0.014))
        return np.add(position, rotate(quat_wxyz, middle)), multiply(quat_wxyz, turn)


@dataclass(frozen=True)
class Cupboard(Entity):
    """A cupboard without doors and with a slatted back, its front towards the robot (-x of its own frame)."""

    body: str = "cupboard"
    places: tuple[tuple[str, int], ...] = ()
    """Which of its places, -1 right, 0 middle or 1 left, is kept for the thing of that name; the middle for others."""
    spacing: float = 0.15
    """From one place to the next, m."""
    width: float = 0.56
    """Inside, along y, m."""
    depth: float = 0.16
    """Inside, along x, m."""
    height: float = 0.35
    """Inside, m."""
    eaves: float = 0.03
    """By which the roof ends behind the front, m: a wrist needs room."""
    wall: float = 0.014
    """m."""
    inset: float = 0.05
    """From its front to the middle of what stands in it, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked; its frame is in the middle of its footprint, on the table."""
        cupboard = spec.worldbody.add_body(name=self.body, pos=PARKED)
        w, half_w, half_d = self.wall / 2, self.width / 2, self.depth / 2
        top = self.height + 2 * self.wall
        box(cupboard, (0, 0, w), (half_d, half_w, w), _WOOD)
        roof = half_d - self.eaves / 2
        box(cupboard, (self.eaves / 2, 0, top - w), (roof, half_w + 2 * w, w), _WOOD)
        for side in (-1, 1):
            box(cupboard, (0, side * (half_w + w), top / 2 - w), (half_d, w, top / 2 - w), _WALL)
        for height in (0.04, 0.12, 0.33):
            box(cupboard, (half_d - 0.005, 0, height), (0.005, half_w, 0.018), _WALL)

    def describe(self, name: str) -> Thing:
        """A thing to put others into."""
        return Thing(name, width=self.width, height=self.height, receives=("in",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Standing at its place, from the front and a little from above."""
        across = self.spacing * dict(self.places).get(thing.name, 0)
        local = (self.inset - self.depth / 2, across, self.wall + thing.height / 2 + _STANDING)
        spot = pose.position + rotate(pose.quat_wxyz, local)
        return Goal(spot, pose.quat_wxyz, rotate(pose.quat_wxyz, _TO_CUPBOARD))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside, in the lower half."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        inside = abs(x) < self.depth / 2 and abs(y) < self.width / 2
        return relation == "in" and inside and self.wall < z < self.height / 2


def _prism(
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    name: str,
    profile: Sequence[tuple[float, float]],
    between: tuple[float, float],
    rgba: Colour,
) -> None:
    """Add a colliding prism: a convex outline in the plane of x and z, from one y to another, m."""
    corners = [(x, y, z) for y in between for x, z in profile]
    spec.add_mesh(name=name, uservert=[number for corner in corners for number in corner])
    # A mesh that stands still needs no mass of its own.
    geom = box(body, (0, 0, 0), (0.01, 0.01, 0.01), rgba)
    geom.type, geom.meshname = mujoco.mjtGeom.mjGEOM_MESH, name
