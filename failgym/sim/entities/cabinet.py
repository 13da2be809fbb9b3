"""A chest of three drawers."""

from dataclasses import dataclass, field

import mujoco
import numpy as np

from failgym.rotations import conjugate, rotate, yaw
from failgym.scene import Goal, Pose, Stroke, Thing
from failgym.sim.entities.entity import PARKED, Entity, above, box, drawn
from failgym.sim.entities.tilted import hand_tilted, turned
from failgym.sim.robots.robot import add_joint

LEVELS = ("bottom drawer", "middle drawer", "top drawer")
"""What the drawers are called, from the table up."""
STANDOFFS = (0.078, 0.059, 0.040)
"""From the front of each to the middle of its handle's bar, m: lower ones reach out further, past those above."""
TILT = np.radians(22.0)
"""Of a hand that reaches below something, from straight down, rad."""
COME = (-0.03, 0.0, 0.10)
"""From how far off such a hand comes, in the cabinet's frame, m: hardly nearer to the robot, whose arm folds up."""
_SHELL = (0.50, 0.36, 0.25, 1.0)
_FRONT = (0.76, 0.60, 0.42, 1.0)
_INSIDE = (0.83, 0.72, 0.56, 1.0)
_DARK = (0.24, 0.17, 0.12, 1.0)
_METAL = (0.30, 0.31, 0.34, 1.0)


@dataclass(frozen=True)
class Cabinet(Entity):
    """The shell that three drawers slide in, its open front towards the robot (-x of its own frame).

    The drawers are things of their own: `CabinetDrawer`, one for each of `LEVELS`.
    """

    body: str = "cabinet"
    width: float = 0.26
    """Along y, m."""
    depth: float = 0.20
    """Along x, m."""
    pitch: float = 0.092
    """Height of a drawer, m."""
    travel: float = 0.14
    """Of each drawer, m."""
    wall: float = 0.012
    """m."""

    @property
    def height(self) -> float:
        """Of it all, m."""
        return len(LEVELS) * self.pitch + 2 * self.wall

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the shell and its drawers."""
        shell = spec.worldbody.add_body(name=self.body, pos=PARKED)
        w, half_d, half_w, half_h = self.wall / 2, self.depth / 2, self.width / 2, self.height / 2
        for side in (-1, 1):
            box(shell, (0, side * (half_w - w), half_h - w), (half_d, w, half_h - w), _SHELL)
        box(shell, (half_d - w, 0, half_h - w), (w, half_w - 2 * w, half_h - w), _SHELL)
        box(shell, (0, 0, self.height - w), (half_d + 0.004, half_w + 0.004, w), _SHELL)
        drawn(box(shell, (0.004, 0, w), (half_d - 0.008, half_w - 2 * w, w), _DARK))
        names = [drawer.body for drawer in drawers(self)]
        for level, name in enumerate(names):
            self._add_drawer(shell, name, level)
            # It hangs on rails: what it would rub against is a gap away and costs time.
            spec.add_exclude(bodyname1=self.body, bodyname2=name)
        spec.add_exclude(bodyname1=names[0], bodyname2=names[1])
        spec.add_exclude(bodyname1=names[1], bodyname2=names[2])

    def describe(self, name: str) -> Thing:
        """Its drawers do the work."""
        return Thing(name, width=self.width, height=self.height)

    def _add_drawer(self, shell: mujoco.MjsBody, name: str, level: int) -> None:
        """Add one, its frame in the middle of its front."""
        drawer = shell.add_body(name=name, pos=(-self.depth / 2, 0.0, self.wall + (level + 0.5) * self.pitch))
        joint = add_joint(drawer, name, (0.0, self.travel), slide=True, armature=0.02, damping=4.0)
        joint.axis = [-1.0, 0.0, 0.0]
        joint.frictionloss = 0.6
        half_w, half_h, long = (
            self.width / 2 - self.wall - 0.003,
            self.pitch / 2 - 0.002,
            self.depth - self.wall - 0.012,
        )
        box(drawer, (0.003, 0, 0), (0.009, half_w, half_h), _FRONT, mass=0.12)
        low, rim = -half_h + 0.006, half_h - 0.012
        box(drawer, (0.012 + long / 2, 0, low), (long / 2, half_w - 0.002, 0.004), _INSIDE, mass=0.12)
        middle, half = (low + 0.004 + rim) / 2, (rim - low - 0.004) / 2
        for side in (-1, 1):
            box(
                drawer, (0.012 + long / 2, side * (half_w - 0.006), middle), (long / 2, 0.004, half), _INSIDE, mass=0.05
            )
        box(drawer, (0.008 + long, 0, middle), (0.004, half_w - 0.010, half), _INSIDE, mass=0.05)
        bar = STANDOFFS[level]
        box(drawer, (-bar, 0, 0), (0.006, 0.007, 0.018), _METAL, mass=0.03)
        for side in (-1, 1):
            box(drawer, (-bar / 2, 0, side * 0.013), (bar / 2 - 0.006, 0.005, 0.005), _METAL, mass=0.01)


@dataclass(frozen=True)
class CabinetDrawer(Entity):
    """One drawer of a cabinet, with an upright bar as its handle; its frame is in the middle of its front."""

    body: str
    level: str
    """Its key: one of `LEVELS`."""
    cabinet: Cabinet = field(default_factory=Cabinet)

    @property
    def key(self) -> str:
        """Which of the three it is."""
        return self.level

    @property
    def joint(self) -> str:
        """Its slide."""
        return self.body

    def build(self, spec: mujoco.MjSpec) -> None:
        """The cabinet has built it."""

    def describe(self, name: str) -> Thing:
        """A thing to open, close and put others into."""
        return Thing(name, width=0.014, height=self.cabinet.pitch, strokes=("open", "close"), receives=("in",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Along its slide, the pads left and right of the bar, the hand tilted so that it clears the drawers above."""
        shares = np.linspace(opening, 1.0 if verb == "open" else 0.0, 3)
        heading = yaw(pose.quat_wxyz)
        outward = rotate(pose.quat_wxyz, (-1.0, 0.0, 0.0))
        bar = pose.position + STANDOFFS[LEVELS.index(self.level)] * outward
        way = tuple(bar + (float(share) - opening) * self.cabinet.travel * outward for share in shares)
        strokes, off = [], rotate(pose.quat_wxyz, COME)
        for half in (0.0, np.pi):
            path = tuple(turned(hand_tilted(point, heading, TILT), half) for point in way)
            strokes.append(Stroke(path, grip=True, approach=off, retreat=off))
        return tuple(strokes)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Above the part that is pulled out, just over its rim."""
        local = np.array([0.075, 0.0, self.cabinet.pitch / 2 - 0.01 + thing.height / 2])
        return above(pose.position + rotate(pose.quat_wxyz, local), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's centre is inside the drawer."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        cabinet = self.cabinet
        across, up = cabinet.width / 2 - cabinet.wall, cabinet.pitch / 2
        return bool(0.0 < x < cabinet.depth - cabinet.wall and abs(y) < across and abs(z) < up)


def drawers(cabinet: Cabinet) -> tuple[CabinetDrawer, ...]:
    """Return the drawers of a cabinet, from the table up."""
    return tuple(CabinetDrawer(f"{cabinet.body}_{level.split()[0]}", level, cabinet) for level in LEVELS)
