"""Lids on a horizontal hinge: what all have in common, and a box that has one."""

import math
from abc import abstractmethod
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import conjugate, rotate, yaw
from failgym.scene import Goal, Pose, Stroke, Thing, Vector
from failgym.sim.entities.entity import HOVER, PARKED, Colour, Entity, Triple, above, box, cylinder, drawn, hand_down
from failgym.sim.robots.robot import add_joint

BEND = 0.25
"""Largest turn of a lid between two poses of the hand that moves it, rad."""
KNOB_RADIUS = 0.011
"""m."""
KNOB_WIDTH = 0.03
"""Between the two flat ends that the pads hold, m."""
WOOD = (0.64, 0.47, 0.31, 1.0)


class HingedLid(Entity):
    """Something with a lid that turns about a horizontal hinge along y, free edge at -x when it is shut.

    Unless a subclass says otherwise, its handle is a knob: a short cylinder along the hinge. Fingers that open along
    the hinge hold it by its flat ends, and it turns between the pads, so that the hand points down all the way.
    """

    @property
    def joint(self) -> str:
        """The lid; 0 is shut."""
        return f"{self.body}_lid"

    @property
    @abstractmethod
    def hinge(self) -> Triple:
        """Middle of the hinge in the frame of the main body, m."""

    @property
    @abstractmethod
    def travel(self) -> float:
        """How far the lid turns, rad."""

    @property
    @abstractmethod
    def handle(self) -> tuple[float, float]:
        """Where a hand moves it, as seen from the hinge while the lid is shut: forward (-x) and up, m."""

    def add_lid(self, body: mujoco.MjsBody, friction: float) -> mujoco.MjsBody:
        """Add the lid, still without shape: its frame is at the hinge; `friction` holds it where it is left, N m."""
        lid = body.add_body(name=self.joint, pos=self.hinge)
        hinge = add_joint(lid, self.joint, (0.0, self.travel), armature=0.002, damping=0.05)
        hinge.axis = [0.0, 1.0, 0.0]
        hinge.frictionloss = friction
        return lid

    def add_knob(self, lid: mujoco.MjsBody, edge: float, rgba: Colour) -> None:
        """Add the knob, and the neck that joins it to the lid's free edge, which is `edge` m from the hinge."""
        forward, up = self.handle
        across = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
        cylinder(lid, (-forward, 0, up), KNOB_RADIUS, KNOB_WIDTH / 2, rgba, mass=0.02, quat_wxyz=across)
        for side in (-1, 1):
            rim = (-forward, side * (KNOB_WIDTH / 2 - 0.003), up)
            drawn(cylinder(lid, rim, KNOB_RADIUS + 0.0015, 0.002, rgba, quat_wxyz=across))
        half = (forward - edge) / 2
        box(lid, (-edge - half, 0, up), (half, KNOB_WIDTH / 2 - 0.007, 0.004), rgba, mass=0.01)

    def point(self, pose: Pose, opening: float, forward: float, up: float) -> Vector:
        """A point of the lid, given as the handle is, in the world when the lid is open that far, m."""
        turn = opening * self.travel
        x = -forward * math.cos(turn) + up * math.sin(turn)
        z = forward * math.sin(turn) + up * math.cos(turn)
        point: Vector = pose.position + rotate(pose.quat_wxyz, np.add(self.hinge, (x, 0.0, z)))
        return point

    def shares(self, opening: float, end: float) -> Vector:
        """Openings on the way to the last one, close enough for straight lines between them."""
        count = max(2, math.ceil(abs(end - opening) * self.travel / BEND) + 1)
        return np.linspace(opening, end, count)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """By the knob, along its arc; the hand may be turned by half a turn."""
        shares = self.shares(opening, max(opening, 0.96) if verb == "open" else 0.0)
        heading = yaw(pose.quat_wxyz) - np.pi / 2
        return tuple(
            Stroke(
                tuple(hand_down(self.point(pose, float(share), *self.handle), heading + half) for share in shares),
                grip=True,
                approach=HOVER,
                retreat=HOVER,
            )
            for half in (0.0, np.pi)
        )


@dataclass(frozen=True)
class LidBox(HingedLid):
    """An open-topped box with a hinged lid; things can be put in while it is open."""

    body: str = "box"
    width: float = 0.17
    """Along y, m."""
    depth: float = 0.14
    """Along x, m."""
    height: float = 0.08
    """Of the walls, m."""
    wall: float = 0.006
    """m."""
    lid: float = 0.010
    """Thickness of the lid, m."""
    opens: float = 1.92
    """Angle of the open lid, rad."""

    @property
    def hinge(self) -> Triple:
        """At the top of the rear wall."""
        return self.depth / 2, 0.0, self.height + 0.0005 + self.lid / 2

    @property
    def travel(self) -> float:
        """How far the lid turns, rad."""
        return self.opens

    @property
    def handle(self) -> tuple[float, float]:
        """The knob: before the front edge, in the plane of the lid."""
        return self.depth + 0.026, 0.0

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add walls, floor and lid."""
        metal = (0.33, 0.33, 0.35, 1.0)
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        half_d, half_w, half_h, w = self.depth / 2, self.width / 2, self.height / 2, self.wall / 2
        box(body, (0, 0, w), (half_d - 2 * w, half_w - 2 * w, w), WOOD)
        for side in (-1, 1):
            box(body, (side * (half_d - w), 0, half_h), (w, half_w, half_h))
            box(body, (0, side * (half_w - w), half_h), (half_d - 2 * w, w, half_h))
            drawn(cylinder(
                body, (half_d, side * 0.6 * half_w, self.hinge[2]), 0.007, 0.014, metal,
                quat_wxyz=(math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0),
            ))  # fmt: skip
        lid = self.add_lid(body, friction=0.12)
        thick = self.lid / 2
        box(lid, (-half_d, 0, 0), (half_d, half_w, thick), mass=0.12)
        drawn(box(lid, (-half_d, 0, thick), (half_d - 0.018, half_w - 0.018, 0.002), WOOD))
        self.add_knob(lid, self.depth, metal)

    def describe(self, name: str) -> Thing:
        """A thing to open, close and put others into."""
        return Thing(name, width=KNOB_WIDTH, height=self.height + self.lid, strokes=("open", "close"), receives=("in",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the middle of the mouth, just under the rim."""
        up = max(self.height - 0.02 + thing.height / 2, self.wall + thing.height / 2)
        return above(pose.position + np.array([0.0, 0.0, up]), pose.quat_wxyz, HOVER / 2 + np.array([0, 0, 0.02]))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is between the walls, under their rim."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        inside = abs(x) < self.depth / 2 - self.wall and abs(y) < self.width / 2 - self.wall
        return relation == "in" and inside and 0.0 < z < self.height
