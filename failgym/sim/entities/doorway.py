"""A door in its frame, with a lever that withdraws the bolt."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, rotate, yaw
from failgym.scene import Pose, Stroke, Thing, Vector
from failgym.sim.entities.door import FINGER, METAL, SHARES, WIDE, Leaf
from failgym.sim.entities.entity import HOVER, PARKED, Colour, Entity, ball, box, cylinder, drawn, hand_down
from failgym.sim.robots.robot import add_joint, couple_joints

HINGES = {"left": 1.0, "right": -1.0}
"""On which side of a door its hinge may be, as the robot sees it."""
LEAF_TILT, LEVER_TILT = 0.50, 0.42
"""Of a hand that pulls or pushes the leaf, or turns the lever: from straight down towards the door, rad."""
HALVES = (np.pi, 0.0)
"""Turns of a hand about its own axis that serve alike; first the one that every stroke can do, rad."""
PULL = 0.272
"""Height above the lower edge of the leaf at which the bar is held, m."""
NEAR = 0.10
"""Distance from which a hand comes to the leaf, against the direction in which it points, m."""
TIP = 0.010
"""How far the fingers reach beyond the tool point, m."""
UP = np.array([0.0, 0.0, 1.0])
_WALL: Colour = (0.90, 0.89, 0.86, 1.0)
_CASING: Colour = (0.97, 0.97, 0.95, 1.0)
_ALONG_X = quat_from_rotvec((0.0, np.pi / 2, 0.0)).tolist()
_ALONG_Y = quat_from_rotvec((np.pi / 2, 0.0, 0.0)).tolist()
_EDGE = 0.003
"""Gap between the free edge of the leaf and the strike, m."""
_OUT = 0.012
"""How far the bolt stands out of the edge, m."""
_BAR = 0.008
"""Radius of the lever's bar, m."""
_DRAW = 0.015
"""How far the lever draws it in, m."""


@dataclass(frozen=True)
class Doorway(Entity):
    """A piece of wall with a door that opens towards the robot (-x of its own frame), its hinge on one side.

    A bolt in the leaf's free edge lies behind a strike on the frame until the lever draws it in; the strike's slope
    pushes it in when the door falls shut. The lever is a thing of its own: `Lever`.
    """

    body: str = "doorway"
    side: float = 1.0
    """Where the hinge is: 1 on the left as the robot sees it (+y), -1 on the right."""
    springs: bool = True
    """The lever springs back, and the bolt out; else it stays where it is turned."""
    hub: float = 0.165
    """Height of the lever's axis above the lower edge of the leaf, m."""

    @property
    def leaf(self) -> Leaf:
        """The door without its lever: the upright bar above the lever is what it is pulled by."""
        return Leaf(self.body, "leaf", self.side, width=0.25, height=0.305, travel=1.4, grip=0.018, bar=0.11)

    @property
    def lever(self) -> "Lever":
        """The handle."""
        return Lever(self.body, self.side)

    @property
    def joint(self) -> str:
        """The hinge of the leaf."""
        return self.leaf.joint

    @property
    def _hinge(self) -> tuple[float, float, float]:
        return 0.0, self.side * self.leaf.width / 2, 0.012

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add wall, frame, leaf, lever and bolt."""
        wall = spec.worldbody.add_body(name=self.body, pos=PARKED)
        leaf = self.leaf.hang(wall, self._hinge, mass=1.2)
        self._add_frame(wall)
        middle = -self.side * self.leaf.width / 2
        for height, half in ((0.24, 0.042), (0.08, 0.055)):
            for face in (-self.leaf.thickness, 0.0):
                drawn(box(leaf, (face, middle, height), (0.004, 0.075, half)))
        self._add_lever(spec, leaf)

    def _add_frame(self, wall: mujoco.MjsBody) -> None:
        half_w, top = self.leaf.width / 2, 0.012 + self.leaf.height
        box(wall, (0.01, 0, 0.004), (0.04, half_w + 0.10, 0.004), _CASING)
        for side in (1.0, -1.0):
            # The bolt needs room on one side; on the other, the edge of the leaf that swings out of the frame.
            gap, front = (0.002, 0.001) if side == self.side else (_EDGE + _OUT + 0.001, -0.015)
            post = (front + 0.030) / 2, side * (half_w + gap + 0.015), top / 2 + 0.004
            box(wall, post, (0.030 - post[0], 0.015, top / 2 - 0.004), _CASING)
            box(wall, (0.012, side * (half_w + 0.065), top / 2 + 0.022), (0.012, 0.034, top / 2 + 0.014), _WALL)
        box(wall, (0.0075, 0, top + 0.020), (0.0225, half_w + 0.031, 0.016), _CASING)
        edge, height = -self.side * (half_w + _EDGE), 0.012 + self.hub
        strike = box(wall, (-0.0255, edge - self.side * 0.010, height), (0.0075, 0.010, 0.024), METAL)
        # A box turned by 45 degrees, one face of which is the slope that begins at the strike's edge.
        turned = quat_about_z(np.pi / 4).tolist()
        slope = box(wall, (-0.0330, edge - self.side * 0.0170, height), (0.012, 0.012, 0.024), METAL, quat_wxyz=turned)
        for geom in (strike, slope):
            geom.friction, geom.priority, geom.solref = [0.05, 0.0, 0.0], 2, [0.01, 1.0]

    def _add_lever(self, spec: mujoco.MjSpec, leaf: mujoco.MjsBody) -> None:
        lever = self.lever
        seat = leaf.add_body(
            name=lever.body, pos=(-self.leaf.thickness, -self.side * (self.leaf.width - lever.inset), self.hub)
        )
        # Without its weight: in a real lock a spring carries it.
        part = seat.add_body(name=lever.joint, gravcomp=1.0)
        joint = add_joint(part, lever.joint, (0.0, lever.travel), armature=0.001, damping=0.02)
        joint.axis = [-self.side, 0.0, 0.0]
        if self.springs:
            joint.springref = -0.4
            # From MuJoCo 3.7 on stiffness is a polynomial.
            joint.stiffness = [0.2, 0.0, 0.0] if np.ndim(joint.stiffness) else 0.2
        joint.frictionloss = 0.005 if self.springs else 0.12
        lever.shape(part)
        bolt = leaf.add_body(name=f"{self.body}_bolt", pos=(-0.010, -self.side * self.leaf.width, self.hub))
        slide = add_joint(bolt, f"{self.body}_bolt", (-0.001, _DRAW + 0.001), slide=True, armature=0.01, damping=1.0)
        slide.axis = [0.0, self.side, 0.0]
        box(bolt, (0, -self.side * (_OUT / 2 - 0.006), 0), (0.006, _OUT / 2 + 0.006, 0.008), METAL, mass=0.02)
        couple_joints(spec, (lever.joint, f"{self.body}_bolt"))
        coupling = spec.equalities[-1]
        ratio = _DRAW / lever.travel
        coupling.data = [0.0, ratio, *coupling.data[2:]]

    def describe(self, name: str) -> Thing:
        """A thing to open and close."""
        return Thing(name, width=0.016, height=self.leaf.height, strokes=("open", "close"))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Open by the upright bar; close with the fingertips against the leaf, above the lever."""
        hinge = Pose(pose.position + rotate(pose.quat_wxyz, self._hinge), pose.quat_wxyz)
        return self._pull(hinge, opening) if verb == "open" else self._push(hinge, opening)

    def _pull(self, hinge: Pose, opening: float) -> tuple[Stroke, ...]:
        leaf = self.leaf
        angles = leaf.angles(opening, max(WIDE, opening))
        points = [leaf.point(hinge, float(angle), leaf.width - leaf.grip, leaf.standoff, PULL) for angle in angles]
        found = []
        # The hand turns less than the leaf, as the bar is round: wrists have limits.
        for share in SHARES[::-1]:
            for half in HALVES:
                quats = [_leaning(float(turn), LEAF_TILT, half) for turn in leaf.heading(hinge, angles, share)]
                path = tuple(Pose(at, quat) for at, quat in zip(points, quats, strict=True))
                away = [NEAR * leaf.axes(hinge, float(angle))[1] + 0.02 * UP for angle in angles[[0, -1]]]
                found.append(Stroke(path, True, away[0], away[1], preshape=0.2))
        return tuple(found)

    def _push(self, hinge: Pose, opening: float) -> tuple[Stroke, ...]:
        leaf, height, out = self.leaf, self.hub + 0.09, 0.10
        angles = leaf.angles(opening, 0.0)
        off = FINGER * np.cos(LEAF_TILT) + TIP * np.sin(LEAF_TILT)
        points = [leaf.point(hinge, float(angle), out, off, height) for angle in angles]
        first = leaf.point(hinge, float(angles[0]), out, off + 0.02, height)
        # Beyond the end: the bolt must pass the strike.
        last = leaf.point(hinge, 0.0, out, off - 0.012, height)
        found = []
        for share in (*SHARES, 0.0):
            turns = leaf.heading(hinge, angles, share)
            for half in HALVES:
                quats = [_leaning(float(turn), LEAF_TILT, half) for turn in turns]
                path = [Pose(at, quat) for at, quat in zip(points, quats, strict=True)]
                whole = (Pose(first, quats[0]), *path, Pose(last, quats[-1]))
                # It comes over the leaf, if that is where it has to go.
                come = _back(whole[0]) + 0.05 * UP
                found.append(Stroke(whole, False, come, _back(whole[-1])))
        return tuple(found)


@dataclass(frozen=True)
class Lever(Entity):
    """The lever of a door: a round bar that points to the hinge, and downwards when it is turned."""

    door: str = "doorway"
    side: float = 1.0
    """Where the door's hinge is."""
    travel: float = 0.52
    """rad."""
    inset: float = 0.038
    """From the free edge of the leaf to the lever's axis, m."""
    length: float = 0.12
    """m."""
    reach: float = 0.10
    """From the lever's axis to where a hand pushes it down, m."""
    standoff: float = 0.060
    """From the leaf's outer face to the bar, m."""

    @property
    def body(self) -> str:  # type: ignore[override]
        """Its seat on the leaf, which moves with the leaf and does not turn."""
        return f"{self.door}_lever_seat"

    @property
    def key(self) -> str:
        """`<door> lever`."""
        return f"{self.door} lever"

    @property
    def joint(self) -> str:
        """The hinge in the leaf."""
        return f"{self.door}_lever"

    def build(self, spec: mujoco.MjSpec) -> None:
        """It is built with the door."""

    def shape(self, part: mujoco.MjsBody) -> None:
        """Add bar, neck and rosette, and what shows of it behind the door."""
        bar, side = self.standoff, self.side
        cylinder(part, (-bar / 2, 0, 0), 0.009, bar / 2, METAL, mass=0.01, quat_wxyz=_ALONG_X)
        cylinder(part, (-bar, side * self.length / 2, 0), _BAR, self.length / 2, METAL, 0.015, _ALONG_Y)
        ball(part, (-bar, 0, 0), 0.009, METAL, mass=0.002)
        ball(part, (-bar, side * self.length, 0), _BAR, METAL, mass=0.002)
        drawn(cylinder(part, (-0.003, 0, 0), 0.021, 0.003, METAL, quat_wxyz=_ALONG_X))
        drawn(cylinder(part, (0.023, 0, 0), 0.021, 0.003, METAL, quat_wxyz=_ALONG_X))
        drawn(cylinder(part, (0.040, 0, 0), 0.009, 0.020, METAL, quat_wxyz=_ALONG_X))
        drawn(cylinder(part, (0.060, side * self.length / 2, 0), _BAR, self.length / 2, METAL, quat_wxyz=_ALONG_Y))

    def describe(self, name: str) -> Thing:
        """A thing to turn."""
        return Thing(name, width=0.016, height=0.02, strokes=("turn",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """The tips of the closed fingers push the bar down from above."""
        shares = np.linspace(opening, 1.0, max(2, 1 + round(4 * (1.0 - opening))))
        rolls = [quat_from_rotvec((-self.side * float(share) * self.travel, 0.0, 0.0)) for share in shares]
        # With the tips on the bar; from a little above it to a little beyond its end: the arm is soft.
        on_top = _BAR + TIP * np.cos(LEVER_TILT) + FINGER * np.sin(LEVER_TILT)
        hand = np.array([-self.standoff - TIP * np.sin(LEVER_TILT), 0.0, on_top])
        points = [hand + rotate(roll, (0.0, self.side * self.reach, 0.0)) for roll in rolls]
        points = [points[0] + 0.015 * UP, *points, points[-1] - 0.005 * UP]
        found = []
        for half in HALVES:
            quat = _leaning(yaw(pose.quat_wxyz), LEVER_TILT, half)
            path = tuple(Pose(pose.position + rotate(pose.quat_wxyz, at), quat) for at in points)
            found.append(Stroke(path, False, HOVER, HOVER))
        return tuple(found)


def _leaning(heading: float, tilt: float, half: float) -> Vector:
    """Hand that leans from straight down towards a heading, its fingers side by side across it; rad."""
    down = hand_down(np.zeros(3), half + np.pi / 2).quat_wxyz
    return multiply(quat_about_z(heading), multiply(quat_from_rotvec((0.0, -tilt, 0.0)), down))


def _back(hand: Pose) -> Vector:
    return np.asarray(-NEAR * rotate(hand.quat_wxyz, (0.0, 0.0, 1.0)))
