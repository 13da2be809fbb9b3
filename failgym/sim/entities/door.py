"""Leaves on upright hinges: the doors of appliances."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import quat_about_z, rotate, yaw
from failgym.scene import Pose, Stroke, Thing, Vector
from failgym.sim.entities.entity import HOVER, TINT, Colour, Entity, Triple, box, cylinder, hand_down
from failgym.sim.robots.robot import add_joint

METAL: Colour = (0.72, 0.73, 0.75, 1.0)
GRIP_DEPTH = 0.012
"""Below the top of a bar, where the fingers hold it, m: the palm stays above the leaf."""
PUSH_DEPTH = 0.022
"""Below the top of a leaf, where the fingers push it, m."""
FINGER = 0.0105
"""Half of what a closed hand measures across its fingers, m."""
BESIDE = 0.042
"""Least distance from the axis of the bar to the middle of the fingers that push beside it, m."""
STEP = 0.22
"""Largest turn of a leaf between two poses of a hand, rad."""
WIDE = 0.93
"""How far a leaf is opened, 0..1."""
SHARES = (1.0, 0.5)
"""How much of the turn of a leaf the hand turns with it; the first that the arm can do."""


@dataclass(frozen=True)
class Leaf(Entity):
    """A leaf that hangs on one side of an opening and swings out of it, towards -x of its furniture's frame.

    The origin of its own frame is on the hinge, at the lower edge of the leaf's inner face. An upright round bar near
    the free edge is its handle; it reaches up to the leaf's top edge, where a hand from above takes hold of it.
    """

    furniture: str
    """Name of what it hangs on."""
    part: str = "door"
    side: float = 1.0
    """Where the hinge is: 1 on the left as the robot sees it (+y), -1 on the right."""
    width: float = 0.24
    """m."""
    height: float = 0.19
    """m."""
    thickness: float = 0.018
    """m."""
    travel: float = 1.6
    """rad."""
    grip: float = 0.022
    """From the free edge to the axis of the bar, m."""
    bar: float = 0.13
    """Length of the bar, m; 0 for a leaf without one, whose `strokes` are then of no use."""
    standoff: float = 0.048
    """From the leaf's outer face to the axis of the bar, m."""

    @property
    def body(self) -> str:  # type: ignore[override]
        """What carries the hinge, and stands still."""
        return f"{self.furniture}_{self.part}_seat"

    @property
    def key(self) -> str:
        """`<furniture> <part>`."""
        return f"{self.furniture} {self.part}"

    @property
    def joint(self) -> str:
        """The hinge."""
        return f"{self.furniture}_{self.part}"

    def build(self, spec: mujoco.MjSpec) -> None:
        """It is hung where its furniture is built."""

    def hang(self, furniture: mujoco.MjsBody, at: Triple, rgba: Colour = TINT, mass: float = 0.8) -> mujoco.MjsBody:
        """Add it to its furniture, the hinge `at` a point of the furniture's frame; return the leaf's body."""
        seat = furniture.add_body(name=self.body, pos=at)
        leaf = seat.add_body(name=self.joint)
        joint = add_joint(leaf, self.joint, (0.0, self.travel), armature=0.01, damping=0.25)
        joint.axis = [0.0, 0.0, -self.side]
        joint.frictionloss = 0.15
        middle = -self.side * self.width / 2, self.height / 2
        box(leaf, (-self.thickness / 2, *middle), (self.thickness / 2, self.width / 2, self.height / 2), rgba, mass)
        if self.bar:
            self._add_bar(leaf)
        return leaf

    def _add_bar(self, leaf: mujoco.MjsBody) -> None:
        x, y = -self.thickness - self.standoff, -self.side * (self.width - self.grip)
        cylinder(leaf, (x, y, self.height - self.bar / 2), 0.009, self.bar / 2, METAL, mass=0.06)
        for below in (0.048, self.bar - 0.016):
            post = (-self.thickness - self.standoff / 2, y, self.height - below)
            box(leaf, post, (self.standoff / 2, 0.006, 0.006), METAL, mass=0.01)

    def describe(self, name: str) -> Thing:
        """A thing to open and close."""
        return Thing(name, width=0.018, height=self.height, strokes=("open", "close"))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Open by the bar, one pad before and one behind it; close with the fingertips against the outer face."""
        return self._pull(pose, opening) if verb == "open" else self._push(pose, opening)

    def point(self, pose: Pose, angle: float, out: float, off: float, height: float) -> Vector:
        """Point `out` from the hinge along the leaf that stands at that angle, `off` its outer face; m, rad."""
        along, outward = self.axes(pose, angle)
        up = np.array([0.0, 0.0, height])
        return np.asarray(pose.position + out * along + (self.thickness + off) * outward + up)

    def axes(self, pose: Pose, angle: float) -> tuple[Vector, Vector]:
        """Directions from the hinge along the leaf, and out of its outer face, when it stands at that angle, rad."""
        turn = quat_about_z(yaw(pose.quat_wxyz) - self.side * angle)
        return rotate(turn, (0.0, -self.side, 0.0)), rotate(turn, (-1.0, 0.0, 0.0))

    def angles(self, start: float, end: float) -> Vector:
        """Angles of the leaf on the way between two openings, 0..1; rad."""
        count = 2 + int(abs(end - start) * self.travel / STEP)
        return np.linspace(start, end, count) * self.travel

    def heading(self, pose: Pose, angles: Vector, share: float) -> Vector:
        """Headings of its inward normal at these angles, of whose turn about the middle one only a share is kept."""
        middle = (float(angles[0]) + float(angles[-1])) / 2
        return np.asarray(yaw(pose.quat_wxyz) - self.side * (middle + share * (angles - middle)))

    def _pull(self, pose: Pose, opening: float) -> tuple[Stroke, ...]:
        angles = self.angles(opening, max(WIDE, opening))
        points = [
            self.point(pose, angle, self.width - self.grip, self.standoff, self.height - GRIP_DEPTH) for angle in angles
        ]
        found = []
        for share in SHARES:
            for half in (0.0, np.pi):
                headings = self.heading(pose, angles, share) + half
                path = tuple(hand_down(at, float(turn)) for at, turn in zip(points, headings, strict=True))
                found.append(Stroke(path, grip=True, approach=HOVER, retreat=HOVER, preshape=0.45))
        return tuple(found)

    def _push(self, pose: Pose, opening: float) -> tuple[Stroke, ...]:
        angles = self.angles(opening, 0.0)
        out = min(0.62 * self.width, self.width - self.grip - BESIDE)
        height = self.height - PUSH_DEPTH
        points = [self.point(pose, angle, out, FINGER, height) for angle in angles]
        # Beyond the end: the arm is soft.
        points.append(self.point(pose, 0.0, out, FINGER - 0.006, height))
        angles = np.append(angles, 0.0)
        before = self.point(pose, float(angles[0]), out, FINGER + 0.025, height)
        leave = HOVER + 0.02 * self.axes(pose, 0.0)[1]
        found = []
        for share in (*SHARES, 0.0):
            for half in (0.0, np.pi):
                headings = self.heading(pose, angles, share) + half + np.pi / 2
                path = [hand_down(at, float(turn)) for at, turn in zip(points, headings, strict=True)]
                first = Pose(before, path[0].quat_wxyz)
                found.append(Stroke((first, *path), grip=False, approach=HOVER, retreat=leave))
        return tuple(found)
