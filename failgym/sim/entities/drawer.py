"""A cabinet with a drawer."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import conjugate, rotate, yaw
from failgym.scene import Goal, Pose, Stroke, Thing
from failgym.sim.entities.entity import HOVER, PARKED, Entity, above, box, hand_down
from failgym.sim.robots.robot import add_joint


@dataclass(frozen=True)
class Drawer(Entity):
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
    def joint(self) -> str:
        """The sliding drawer."""
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
        box(cabinet, (0, half_w - w, z), (half_d, w, z), shell)
        box(cabinet, (0, -half_w + w, z), (half_d, w, z), shell)
        box(cabinet, (half_d - w, 0, z), (w, half_w - 2 * w, z), shell)
        box(cabinet, (0, 0, self.height - w / 2), (half_d, half_w, w / 2), shell)
        drawer = cabinet.add_body(name=self.joint, pos=(0, 0, 0))
        joint = add_joint(drawer, self.joint, (0.0, self.travel), slide=True, armature=0.02, damping=4.0)
        joint.axis = [-1.0, 0.0, 0.0]
        joint.frictionloss = 0.6
        gap = 0.004
        inner_w, inner_d = half_w - 2 * w - gap, half_d - 2 * w - gap
        floor, top = 0.008, self.height - w - 0.012
        mid, half_h = (floor + top) / 2, (top - floor) / 2
        box(drawer, (-w, 0, floor), (inner_d, inner_w, 0.004), front, mass=0.15)
        box(drawer, (-w, inner_w - w / 2, mid), (inner_d, w / 2, half_h), front, mass=0.08)
        box(drawer, (-w, -inner_w + w / 2, mid), (inner_d, w / 2, half_h), front, mass=0.08)
        box(drawer, (inner_d - w, 0, mid), (w / 2, inner_w, half_h), front, mass=0.08)
        face = (w, half_w - 0.002, self.height / 2 - 0.004)
        box(drawer, (-half_d - w - 0.0005, 0, self.height / 2), face, front, mass=0.12)
        bar_x, bar_z = self._bar()
        box(drawer, (bar_x, 0, bar_z), (0.007, 0.055, 0.009), metal, mass=0.05)
        for side in (-1, 1):
            middle = (bar_x - half_d - w) / 2
            box(drawer, (middle, side * 0.05, bar_z), (self.standoff / 2, 0.006, 0.007), metal, mass=0.02)

    def describe(self, name: str) -> Thing:
        """A thing to open, close and put others into."""
        return Thing(name, width=0.014, height=self.height, strokes=("open", "close"), receives=("in",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Along its slide, one pad before and one behind the bar of the handle, the hand from above."""
        shares = np.linspace(opening, 1.0 if verb == "open" else 0.0, 3)
        path = tuple(self.handle(pose, float(share)) for share in shares)
        return (Stroke(path, grip=True, approach=HOVER, retreat=HOVER),)

    def handle(self, pose: Pose, opening: float) -> Pose:
        """Hand pose at its handle when it is open that far, 0..1."""
        bar_x, bar_z = self._bar()
        local = np.array([bar_x - opening * self.travel, 0.0, bar_z])
        return hand_down(pose.position + rotate(pose.quat_wxyz, local), yaw(pose.quat_wxyz))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Above the part of the drawer that is pulled out, just over its rim."""
        front = -self.depth / 2 - opening * self.travel
        local = np.array([front + 0.075, 0.0, self.height - 0.02 + thing.height / 2])
        return above(pose.position + rotate(pose.quat_wxyz, local), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside the drawer."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        x += opening * self.travel
        return bool(abs(x) < self.depth / 2 and abs(y) < self.width / 2 - 2 * self.wall and 0 < z < self.height - 0.02)

    def _bar(self) -> tuple[float, float]:
        return -self.depth / 2 - 2 * self.wall - self.standoff, self.height - 0.022
