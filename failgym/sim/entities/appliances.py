"""Kitchen appliances whose doors swing: a microwave oven and a fridge."""

from dataclasses import dataclass

import mujoco

from failgym.rotations import quat_from_rotvec, rotate
from failgym.scene import Pose, Stroke, Thing
from failgym.sim.entities.door import METAL, Leaf
from failgym.sim.entities.entity import PARKED, Colour, Entity, Triple, box, cylinder, drawn

DOORS = {"fridge door": "fridge door", "freezer door": "fridge freezer_door"}
"""The two doors of a fridge-freezer by name, and the keys of their entities."""
PAINTS: dict[str, Colour] = {
    "cream": (0.93, 0.88, 0.76, 1.0),
    "mint": (0.66, 0.82, 0.74, 1.0),
    "sky": (0.58, 0.73, 0.85, 1.0),
    "steel": (0.66, 0.68, 0.71, 1.0),
    "brick": (0.70, 0.33, 0.26, 1.0),
}
"""What a fridge-freezer may be painted, RGBA."""
_BLACK: Colour = (0.10, 0.11, 0.12, 1.0)
_GLASS: Colour = (0.22, 0.27, 0.30, 1.0)
_INSIDE: Colour = (0.88, 0.89, 0.90, 1.0)
_TO_FRONT = quat_from_rotvec((0.0, 1.5707963267948966, 0.0)).tolist()
"""Turns a cylinder's axis to x."""


@dataclass(frozen=True)
class Microwave(Entity):
    """A microwave oven: cavity, control panel on the right, and a door with its hinge on the left; front at -x."""

    body: str = "microwave"
    half: Triple = (0.12, 0.17, 0.105)
    """Half sizes of the case, m."""

    @property
    def leaf(self) -> Leaf:
        """Its door."""
        return Leaf(self.body, width=0.25, height=2 * self.half[2] - 0.012)

    @property
    def joint(self) -> str:
        """The hinge of the door."""
        return self.leaf.joint

    @property
    def _hinge(self) -> Triple:
        return -self.half[0] - 0.003, self.half[1] - 0.003, 0.012

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add case, controls and door."""
        case = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, z = self.half
        wall, panel = 0.008, 0.04
        bottom, middle = 0.014, z + 0.003
        box(case, (0, 0, bottom), (x, y, wall / 2))
        box(case, (0, 0, 2 * z - wall / 2), (x, y, wall / 2))
        inner = (2 * z - wall - bottom - wall / 2) / 2
        box(case, (x - wall / 2, 0, middle), (wall / 2, y, inner))
        box(case, (-wall / 2, y - wall / 2, middle), (x - wall / 2, wall / 2, inner))
        box(case, (-wall / 2, panel - y, middle), (x - wall / 2, panel, inner))
        for foot in ((-0.8, 0.8), (-0.8, -0.8), (0.8, 0.8), (0.8, -0.8)):
            cylinder(case, (foot[0] * x, foot[1] * y, 0.005), 0.012, 0.005, _BLACK)
        self._draw(case, panel - y)
        leaf = self.leaf.hang(case, self._hinge)
        centre = -self.leaf.width / 2 + 0.012, self.leaf.height / 2
        window = (0.001, self.leaf.width / 2 - 0.048, self.leaf.height / 2 - 0.034)
        for face in (-self.leaf.thickness, 0.0):
            drawn(box(leaf, (face, *centre), window, _GLASS))

    def _draw(self, case: mujoco.MjsBody, panel: float) -> None:
        """Draw display, dials and the glass plate."""
        x, _, z = self.half
        front = -x - 0.001
        drawn(box(case, (front, panel, z), (0.001, 0.036, z - 0.016), _BLACK))
        drawn(box(case, (front - 0.002, panel, 1.62 * z), (0.001, 0.026, 0.014), (0.16, 0.55, 0.45, 1.0)))
        for height in (1.1 * z, 0.55 * z):
            drawn(cylinder(case, (front - 0.007, panel, height), 0.019, 0.007, METAL, quat_wxyz=_TO_FRONT))
            drawn(box(case, (front - 0.0145, panel, height + 0.008), (0.001, 0.002, 0.008), _BLACK))
        drawn(cylinder(case, (-0.01, 0.036, 0.024), 0.085, 0.003, (0.70, 0.78, 0.80, 1.0)))

    def describe(self, name: str) -> Thing:
        """A thing to open and close."""
        return Thing(name, width=0.018, height=2 * self.half[2], strokes=("open", "close"))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Those of its door."""
        hinge = Pose(pose.position + rotate(pose.quat_wxyz, self._hinge), pose.quat_wxyz)
        return self.leaf.strokes(hinge, opening, verb)


@dataclass(frozen=True)
class Fridge(Entity):
    """A fridge-freezer with two doors beside each other that are things of their own; its front at -x."""

    body: str = "fridge"
    half: Triple = (0.10, 0.135, 0.16)
    """Half sizes of the case, m."""
    share: float = 0.46
    """Of the width, that the freezer takes."""

    @property
    def leaves(self) -> tuple[Leaf, Leaf]:
        """The door of the freezer, on the left as the robot sees it, and that of the fridge."""
        gap, height = 0.003, 2 * self.half[2] - 0.02
        width = 2 * self.half[1] - 2 * gap
        left, right = (part * width - gap / 2 for part in (self.share, 1.0 - self.share))
        return (
            Leaf(self.body, "freezer_door", 1.0, left, height, bar=0.19),
            Leaf(self.body, "door", -1.0, right, height, bar=0.19),
        )

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add case, shelves and doors."""
        case = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, z = self.half
        wall = 0.009
        box(case, (0, 0, 0.014), (x, y, 0.006))
        box(case, (0, 0, 2 * z - wall / 2), (x, y, wall / 2))
        middle, tall = (2 * z - wall + 0.020) / 2, (2 * z - wall - 0.020) / 2
        box(case, (x - wall / 2, 0, middle), (wall / 2, y, tall))
        for side in (1.0, -1.0):
            box(case, (-wall / 2, side * (y - wall / 2), middle), (x - wall / 2, wall / 2, tall))
        parting = y - 2 * y * self.share
        box(case, (-wall / 2, parting, middle), (x - wall / 2, 0.006, tall), _INSIDE)
        drawn(box(case, (-0.01, 0, 0.004), (x - 0.02, y - 0.01, 0.004), _BLACK))
        for side, height in ((1.0, 0.36), (1.0, 0.68), (-1.0, 0.28), (-1.0, 0.52), (-1.0, 0.76)):
            inner, outer = parting + side * 0.006, side * (y - wall)
            at = (0.004, (inner + outer) / 2, height * 2 * z)
            drawn(box(case, at, (x - 0.016, abs(outer - inner) / 2, 0.002), (0.70, 0.80, 0.84, 1.0)))
        for leaf in self.leaves:
            hung = leaf.hang(case, (-x - 0.003, leaf.side * (y - 0.003), 0.015), mass=1.0)
            centre = -leaf.side * leaf.width / 2, leaf.height / 2
            lining = (0.001, leaf.width / 2 - 0.012, leaf.height / 2 - 0.012)
            drawn(box(hung, (0.0, *centre), lining, _INSIDE))

    def describe(self, name: str) -> Thing:
        """Its doors move, it does not."""
        return Thing(name, height=2 * self.half[2])
