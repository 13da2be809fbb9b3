"""The things that native scenes are made of: how each is built, held, opened and filled."""

import math
from dataclasses import dataclass
from typing import Protocol

import mujoco
import numpy as np

from failgym.rotations import DOWN, conjugate, multiply, quat_about_z, rotate, yaw
from failgym.scene import Pose, Thing, Vector
from failgym.sim.robots.robot import HITS_ARM_AND_WORLD, WORLD, add_joint

FRICTION = (1.0, 0.005, 0.0001)
"""Sliding, torsional (m) and rolling (m) friction of objects."""
PARKED = (-6.0, 0.0, 1.0)
"""Where objects wait that an episode does not use, m: out of every camera's sight."""


class Entity(Protocol):
    """One thing of a scene; positions it returns are in the world frame, m."""

    @property
    def body(self) -> str:
        """Name of its main body in the model; free things have a free joint of the same name."""
        ...

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it to a model."""
        ...

    def describe(self, name: str) -> Thing:
        """What a draw may know of it."""
        ...

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """Hand poses that hold it, given the pose of its main body; a hand turned by half a turn holds as well."""
        ...

    def handle(self, pose: Pose, opening: float) -> Pose:
        """Hand pose at its handle when it is open that far, 0..1."""
        ...

    def place(self, pose: Pose, relation: str, half_height: float, opening: float) -> Vector:
        """Where the centre of a thing of that half height goes."""
        ...

    def contains(self, pose: Pose, opening: float, position: Vector) -> bool:
        """Whether a point is inside it."""
        ...


@dataclass(frozen=True)
class Block:
    """A free box."""

    body: str
    half: tuple[float, float, float] = (0.02, 0.02, 0.02)
    """Half sizes, m."""
    mass: float = 0.08
    """kg."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        body.add_freejoint(name=self.body)
        body.add_geom(
            name=self.body, type=mujoco.mjtGeom.mjGEOM_BOX, size=self.half, mass=self.mass, condim=4, friction=FRICTION,
            rgba=[0.6, 0.6, 0.6, 1], contype=WORLD, conaffinity=HITS_ARM_AND_WORLD, group=1,
        )  # fmt: skip

    def describe(self, name: str) -> Thing:
        """A thing to grasp, and to put others on."""
        return Thing(name, graspable=True, width=2 * min(self.half[:2]), height=2 * self.half[2], receives=("on",))

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on a pair of opposite upright faces, narrow pair first; works however the block fell."""
        axes = [rotate(pose.quat_wxyz, axis) for axis in np.eye(3)]
        up = int(np.argmax([abs(axis[2]) for axis in axes]))
        position = pose.position + np.array([0.0, 0.0, max(0.0, self.half[up] - 0.025)])
        across = sorted((axis for axis in range(3) if axis != up), key=lambda axis: self.half[axis])
        if self.half[across[0]] < self.half[across[1]]:
            across = across[:1]
        # The fingers open along y of the hand, which pointing down lies a quarter turn from the heading of its x axis.
        headings = [math.atan2(axes[axis][1], axes[axis][0]) + np.pi / 2 for axis in across]
        return tuple(Pose(position, multiply(quat_about_z(heading), DOWN)) for heading in headings)

    def handle(self, pose: Pose, opening: float) -> Pose:
        """Raise: a block has no handle."""
        raise ValueError(f"{self.body} does not open")

    def place(self, pose: Pose, relation: str, half_height: float, opening: float) -> Vector:
        """On its top face."""
        top: Vector = pose.position + np.array([0.0, 0.0, self.half[2] + half_height])
        return top

    def contains(self, pose: Pose, opening: float, position: Vector) -> bool:
        """Nothing is inside a block."""
        return False


@dataclass(frozen=True)
class Drawer:
    """A cabinet with one sliding drawer, its front towards the robot (-x of its own frame).

    The top edge and the bar of the handle leave room for a hand that comes from above.
    """

    body: str = "cabinet"
    width: float = 0.30
    """Along y, m."""
    depth: float = 0.22
    """Along x, m."""
    height: float = 0.13
    """m."""
    travel: float = 0.16
    """m."""
    wall: float = 0.008
    """m."""
    standoff: float = 0.06
    """From the drawer's front to the middle of the handle's bar, m."""

    @property
    def sliding(self) -> str:
        """Name of the moving body and of its joint."""
        return f"{self.body}_drawer"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add cabinet and drawer."""
        shell = (0.86, 0.82, 0.75, 1.0)
        front = (0.70, 0.53, 0.36, 1.0)
        metal = (0.35, 0.36, 0.38, 1.0)
        cabinet = spec.worldbody.add_body(name=self.body, pos=PARKED)
        half_w, half_d, w = self.width / 2, self.depth / 2, self.wall
        # The walls end under the lid: two faces in one plane would flicker.
        z = (self.height - w) / 2
        self._box(cabinet, (0, half_w - w, z), (half_d, w, z), shell)
        self._box(cabinet, (0, -half_w + w, z), (half_d, w, z), shell)
        self._box(cabinet, (half_d - w, 0, z), (w, half_w - 2 * w, z), shell)
        self._box(cabinet, (0, 0, self.height - w / 2), (half_d, half_w, w / 2), shell)
        drawer = cabinet.add_body(name=self.sliding, pos=(0, 0, 0))
        joint = add_joint(drawer, self.sliding, (0.0, self.travel), slide=True, armature=0.02, damping=4.0)
        joint.axis = [-1.0, 0.0, 0.0]
        joint.frictionloss = 0.6
        gap = 0.004
        inner_w, inner_d = half_w - 2 * w - gap, half_d - 2 * w - gap
        floor, top = 0.008, self.height - w - 0.012
        mid, half_h = (floor + top) / 2, (top - floor) / 2
        self._box(drawer, (-w, 0, floor), (inner_d, inner_w, 0.004), front, mass=0.15)
        self._box(drawer, (-w, inner_w - w / 2, mid), (inner_d, w / 2, half_h), front, mass=0.08)
        self._box(drawer, (-w, -inner_w + w / 2, mid), (inner_d, w / 2, half_h), front, mass=0.08)
        self._box(drawer, (inner_d - w, 0, mid), (w / 2, inner_w, half_h), front, mass=0.08)
        self._box(
            drawer,
            (-half_d - w / 2, 0, self.height / 2),
            (w, half_w - 0.002, self.height / 2 - 0.004),
            front,
            mass=0.12,
        )
        bar_x, bar_z = self._bar()
        self._box(drawer, (bar_x, 0, bar_z), (0.007, 0.055, 0.009), metal, mass=0.05)
        for side in (-1, 1):
            middle = (bar_x - half_d - w) / 2
            self._box(drawer, (middle, side * 0.05, bar_z), (self.standoff / 2, 0.006, 0.007), metal, mass=0.02)

    def describe(self, name: str) -> Thing:
        """A thing to open, close and put others into."""
        return Thing(name, width=0.014, height=self.height, opens=True, receives=("in",))

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """The handle where it is when closed."""
        return (self.handle(pose, 0.0),)

    def handle(self, pose: Pose, opening: float) -> Pose:
        """From above, one pad before and one behind the bar."""
        bar_x, bar_z = self._bar()
        local = np.array([bar_x - opening * self.travel, 0.0, bar_z])
        across = multiply(quat_about_z(yaw(pose.quat_wxyz) + np.pi / 2), DOWN)
        return Pose(pose.position + rotate(pose.quat_wxyz, local), across)

    def place(self, pose: Pose, relation: str, half_height: float, opening: float) -> Vector:
        """Above the part of the drawer that is pulled out, just over its rim."""
        front = -self.depth / 2 - opening * self.travel
        local = np.array([front + 0.075, 0.0, self.height - 0.02 + half_height])
        return pose.position + rotate(pose.quat_wxyz, local)

    def contains(self, pose: Pose, opening: float, position: Vector) -> bool:
        """Whether a point is inside the drawer."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), position - pose.position).tolist()
        x += opening * self.travel
        return bool(abs(x) < self.depth / 2 and abs(y) < self.width / 2 - 2 * self.wall and 0 < z < self.height - 0.02)

    def _bar(self) -> tuple[float, float]:
        return -self.depth / 2 - 2 * self.wall - self.standoff, self.height - 0.022

    def _box(
        self,
        body: mujoco.MjsBody,
        pos: tuple[float, float, float],
        half: tuple[float, float, float],
        rgba: tuple[float, float, float, float],
        mass: float = 0.1,
    ) -> None:
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, pos=pos, size=half, rgba=rgba, mass=mass, condim=4, friction=FRICTION,
            contype=WORLD, conaffinity=HITS_ARM_AND_WORLD, group=1,
        )  # fmt: skip
