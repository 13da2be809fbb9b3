"""What every thing of a native scene is: how it is built, held, moved, filled and described."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import mujoco
import numpy as np

from failgym.rotations import DOWN, multiply, quat_about_z
from failgym.scene import Goal, Pose, Stroke, Thing, Vector
from failgym.sim.robots.robot import HITS_ARM_AND_WORLD, WORLD

FRICTION = (1.0, 0.005, 0.0001)
"""Sliding, torsional (m) and rolling (m) friction of objects."""
PARKED = (-6.0, 0.0, 1.0)
"""Where objects wait that an episode does not use, m: out of every camera's sight."""
TINT = (0.6, 0.6, 0.6, 1.0)
"""What is built in this colour takes the colour that an episode gives the thing; without any, all of it does."""
DARK = (0.31, 0.29, 0.25, 1.0)
"""What is built in this colour lights up when the thing has been pressed."""
ABOVE = np.array([0.0, 0.0, 0.06])
"""From how far above things come down on their goal, m."""
HOVER = np.array([0.0, 0.0, 0.13])
"""From how far above a hand comes down on a handle, m."""
Triple = tuple[float, float, float]
Colour = tuple[float, float, float, float]


class Entity(ABC):
    """One thing of a scene; frozen dataclasses, since compiled scenes are cached by them.

    Poses that it is given are those of its main body, in the world frame; so are the poses that it returns, m.
    """

    body: str
    """Name of its main body; a free thing has a free joint of the same name. Of a part: of what it is part of."""
    painted: ClassVar[bool] = False
    """It is nothing but a picture, and stands nowhere so fast that it could not be elsewhere."""

    @property
    def key(self) -> str:
        """Name by which `World.add` finds it."""
        return self.body

    @property
    def joint(self) -> str | None:
        """Joint, and body of the same name, that opens, turns, screws or sinks; its range begins at 0."""
        return None

    @property
    def companions(self) -> tuple[tuple[str, Triple], ...]:
        """More free bodies of a thing that is many, and where they lie in the frame of the main one, m."""
        return ()

    @property
    def parts(self) -> tuple[str, ...]:
        """More bodies that stand still, of a thing that is many."""
        return ()

    def resized(self, factor: float) -> "Entity | None":
        """Return the same thing larger or smaller, relative to this one; None where that would be another thing."""
        return None

    @abstractmethod
    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it to a model, parked; a part adds nothing."""

    @abstractmethod
    def describe(self, name: str) -> Thing:
        """What a draw may know of it."""

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """Hand poses that hold it; a hand turned by half a turn holds as well and need not be listed."""
        return ()

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Ways to do one of the verbs that `describe` lists as strokes, from an opening of 0..1; best first."""
        return ()

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Where a thing goes that comes to it."""
        raise ValueError(f"nothing is placed {relation} the {self.key}")

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a thing at that pose is `on`, `in` or otherwise at it."""
        return False


def above(position: Vector, quat_wxyz: Vector, approach: Vector = ABOVE) -> Goal:
    """Return a goal that is reached from above."""
    return Goal(position, quat_wxyz, approach)


def hand_down(position: Vector, heading: float) -> Pose:
    """Return a hand that points down, its fingers opening along the horizontal direction `heading`, rad."""
    return Pose(position, multiply(quat_about_z(heading + np.pi / 2), DOWN))


def free_body(spec: mujoco.MjSpec, name: str) -> mujoco.MjsBody:
    """Add a body with a free joint, parked."""
    body = spec.worldbody.add_body(name=name, pos=PARKED)
    body.add_freejoint(name=name)
    return body


def box(
    body: mujoco.MjsBody,
    pos: Sequence[float],
    half: Sequence[float],
    rgba: Colour = TINT,
    mass: float = 0.05,
    quat_wxyz: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
    name: str = "",
) -> mujoco.MjsGeom:
    """Add a colliding box: centre and half sizes in m, mass in kg."""
    return _geom(body, mujoco.mjtGeom.mjGEOM_BOX, pos, half, rgba, mass, quat_wxyz, name)


def cylinder(
    body: mujoco.MjsBody,
    pos: Sequence[float],
    radius: float,
    half_height: float,
    rgba: Colour = TINT,
    mass: float = 0.05,
    quat_wxyz: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
    name: str = "",
) -> mujoco.MjsGeom:
    """Add a colliding upright cylinder: m, kg."""
    return _geom(body, mujoco.mjtGeom.mjGEOM_CYLINDER, pos, (radius, half_height, 0), rgba, mass, quat_wxyz, name)


def ball(
    body: mujoco.MjsBody, pos: Sequence[float], radius: float, rgba: Colour = TINT, mass: float = 0.05, name: str = ""
) -> mujoco.MjsGeom:
    """Add a colliding ball: m, kg."""
    return _geom(body, mujoco.mjtGeom.mjGEOM_SPHERE, pos, (radius, 0, 0), rgba, mass, (1, 0, 0, 0), name)


def ring(
    body: mujoco.MjsBody,
    pos: Sequence[float],
    radius: float,
    half: Sequence[float],
    count: int,
    rgba: Colour = TINT,
    mass: float = 0.05,
) -> list[mujoco.MjsGeom]:
    """Add upright boxes in a circle: `radius` to their middles, half thickness and half height, kg in all."""
    geoms = []
    thickness, half_height = half
    width = (radius + thickness) * np.tan(np.pi / count)
    for index in range(count):
        angle = 2 * np.pi * index / count
        centre = (pos[0] + radius * np.cos(angle), pos[1] + radius * np.sin(angle), pos[2])
        half_sizes = (thickness, width, half_height)
        geoms.append(box(body, centre, half_sizes, rgba, mass / count, quat_about_z(angle).tolist()))
    return geoms


def drawn(geom: mujoco.MjsGeom) -> mujoco.MjsGeom:
    """Make a geom a mere picture: it neither collides nor weighs."""
    geom.contype = geom.conaffinity = 0
    geom.mass = 0.0
    return geom


def _geom(
    body: mujoco.MjsBody,
    kind: mujoco.mjtGeom,
    pos: Sequence[float],
    size: Sequence[float],
    rgba: Colour,
    mass: float,
    quat_wxyz: Sequence[float],
    name: str,
) -> mujoco.MjsGeom:
    geom = body.add_geom(
        type=kind, pos=list(pos), size=list(size), rgba=rgba, mass=mass, condim=4, friction=FRICTION,
        quat=list(quat_wxyz), contype=WORLD, conaffinity=HITS_ARM_AND_WORLD, group=1,
    )  # fmt: skip
    if name:
        geom.name = name
    return geom
