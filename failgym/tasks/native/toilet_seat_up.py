"""Raise the seat of the toilet."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z, quat_from_rotvec
from failgym.scene import Scene, Thing
from failgym.sim.entities import PARKED, TINT, Entity, box, cylinder, drawn, ring
from failgym.sim.entities.entity import Triple
from failgym.sim.entities.lid import KNOB_WIDTH, HingedLid
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

CHINA = (0.95, 0.95, 0.94, 1.0)
COVER_LEAN = 1.88
"""Angle at which the cover stands against the cistern, rad."""


@dataclass(frozen=True)
class Toilet(HingedLid):
    """A small toilet with raised cover; its seat, a ring with a lifting knob, turns on a hinge at the rear."""

    body: str = "toilet"
    radius: float = 0.070
    """Of bowl and seat, to the middle of their rims, m."""
    height: float = 0.11
    """Of the bowl, m."""
    rim: float = 0.017
    """Half the width of the seat's ring, m."""
    thick: float = 0.006
    """Half the thickness of the seat, m."""
    rear: float = 0.096
    """x of the hinge, m."""
    opens: float = 1.75
    """Angle of the raised seat, rad."""

    @property
    def hinge(self) -> Triple:
        """Behind the bowl."""
        return self.rear, 0.0, self.height + 0.001 + self.thick

    @property
    def travel(self) -> float:
        """How far the seat turns, rad."""
        return self.opens

    @property
    def handle(self) -> tuple[float, float]:
        """The knob: before the front of the ring."""
        return self._edge + 0.026, 0.0

    @property
    def _edge(self) -> float:
        return self.rear + self.radius + self.rim

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add bowl, cistern, cover and seat."""
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        deep = 0.032
        cylinder(body, (0.01, 0, 0.006), 0.062, 0.006, CHINA)
        cylinder(body, (0.01, 0, (self.height - 2 * deep) / 2), 0.048, (self.height - 2 * deep) / 2, CHINA)
        cylinder(body, (0, 0, self.height - 2 * deep), self.radius, 0.012, CHINA)
        drawn(cylinder(body, (0, 0, self.height - 2 * deep + 0.013), self.radius - 0.01, 0.001, (0.62, 0.80, 0.88, 1)))
        ring(body, (0, 0, self.height - deep), self.radius, (0.010, deep), 16, CHINA)
        self._cistern(body)
        axle = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
        for side in (-1, 1):
            drawn(cylinder(body, (self.rear, side * 0.034, self.hinge[2]), 0.007, 0.010, CHINA, quat_wxyz=axle))
        seat = self.add_lid(body, friction=0.12)
        ring(seat, (-self.rear, 0, 0), self.radius, (self.rim, self.thick), 16, TINT, mass=0.12)
        for side in (-1, 1):
            box(seat, (-0.008, side * 0.034, 0), (0.012, 0.010, self.thick - 0.001), mass=0.01)
        self.add_knob(seat, self._edge - 0.004, TINT)

    def _cistern(self, body: mujoco.MjsBody) -> None:
        box(body, (0.105, 0, self.height / 2), (0.045, 0.045, self.height / 2 - 0.002), CHINA)
        box(body, (0.190, 0, 0.165), (0.032, 0.095, 0.065), CHINA)
        box(body, (0.190, 0, 0.235), (0.036, 0.100, 0.005), CHINA)
        drawn(cylinder(body, (0.190, 0, 0.241), 0.012, 0.003, (0.62, 0.64, 0.66, 1.0)))
        box(body, (0.175, 0, 0.05), (0.030, 0.043, 0.05), CHINA)
        lean = COVER_LEAN - np.pi / 2
        centre = (self.rear + 0.016 + 0.088 * math.sin(lean), 0, self.hinge[2] + 0.088 * math.cos(lean))
        turned = quat_from_rotvec((0.0, np.pi / 2 + lean, 0.0)).tolist()
        cylinder(body, centre, self.radius + self.rim - 0.002, 0.004, CHINA, quat_wxyz=turned)

    def describe(self, name: str) -> Thing:
        """A thing to open: its seat."""
        return Thing(name, width=KNOB_WIDTH, height=self.height, strokes=("open", "close"))


class ToiletSeatUp(Task):
    """Raise the seat of the toilet until it stays up.

    **Randomisation**: the toilet's bowl is at x 0.45..0.53 m, y -0.18..0.18 m, turned by up to 25 degrees; its seat has
    one of 8 colours (the variants) and lies flat.

    **Success**: the seat is raised by at least 80 % of its travel (80 of 100 degrees) and nothing is held.
    """

    phrasings = (
        "raise the {seat}",
        "put the {seat} of the toilet up",
        "lift the {seat} by its knob until it stays up",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """The toilet."""
        return (Toilet(),)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour and place."""
        colour = self.draw_variant(rng)
        self.seat = f"{colour} seat"
        x, y = float(rng.uniform(0.45, 0.53)), float(rng.uniform(-0.18, 0.18))
        turn = quat_about_z(float(rng.uniform(-0.44, 0.44)))
        world.add(self.seat, "toilet", (x, y, 0.0), turn.tolist(), COLOURS[colour])
        self.instruct(rng, seat=self.seat)
        self.variation = {"variant": colour}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Raise it, unless it is up."""
        goal = Subtask("open", self.seat)
        return [] if holds(scene, goal) else [goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`up`, `released`, `success`."""
        up, released = holds(scene, Subtask("open", self.seat)), scene.holding is None
        return {"up": up, "released": released, "success": up and released}
