"""Close the laptop."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z, rotate, yaw
from failgym.scene import Pose, Scene, Stroke, Thing, Vector
from failgym.sim.entities import HOVER, PARKED, Entity, box, cylinder, drawn, hand_down
from failgym.sim.entities.button import FINGERTIP
from failgym.sim.entities.entity import Triple
from failgym.sim.entities.lid import HingedLid
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS

HALF_FINGER = 0.0105
"""Half the width of a finger across the opening axis, m."""
INSET = 0.03
"""From the free edge of the screen to where a hand pushes it, m."""
CLEAR = 0.025
"""Between the fingers and the screen when they come down behind it, m."""


@dataclass(frozen=True)
class Laptop(HingedLid):
    """A laptop whose screen turns on a stiff hinge; its keyboard is towards the robot."""

    body: str = "laptop"
    width: float = 0.25
    """Along y, m."""
    depth: float = 0.17
    """Along x, m."""
    base: float = 0.016
    """Thickness below the hinge, m."""
    screen: float = 0.008
    """Thickness of the screen, m."""
    opens: float = 2.1
    """Angle of the screen when it is fully open, rad."""

    @property
    def hinge(self) -> Triple:
        """At the rear edge."""
        return self.depth / 2, 0.0, self.base + 0.002 + self.screen / 2

    @property
    def travel(self) -> float:
        """How far the screen turns, rad."""
        return self.opens

    @property
    def handle(self) -> tuple[float, float]:
        """On the back of the screen, near its free edge."""
        return self.depth - INSET, self.screen / 2

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add keyboard and screen."""
        dark, key = (0.13, 0.13, 0.15, 1.0), (0.30, 0.31, 0.34, 1.0)
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        half_d, half_w, top = self.depth / 2, self.width / 2, self.base
        box(body, (0, 0, top / 2), (half_d, half_w, top / 2))
        drawn(box(body, (0.025, 0, top), (0.044, half_w - 0.015, 0.0008), dark))
        for row in range(4):
            drawn(box(body, (-0.007 + 0.021 * row, 0, top), (0.008, half_w - 0.019, 0.0014), key))
        drawn(box(body, (-0.055, 0, top), (0.022, 0.04, 0.0008), key))
        axle = (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0)
        for side in (-1, 1):
            drawn(cylinder(body, (half_d, side * 0.07, self.hinge[2] - 0.002), 0.006, 0.02, dark, quat_wxyz=axle))
        lid = self.add_lid(body, friction=0.25)
        thick = self.screen / 2
        box(lid, (-half_d, 0, 0), (half_d, half_w, thick), mass=0.15)
        drawn(box(lid, (-half_d, 0, -thick), (half_d - 0.005, half_w - 0.005, 0.0008), dark))
        drawn(box(lid, (-half_d, 0, -thick), (half_d - 0.013, half_w - 0.013, 0.0014), (0.36, 0.56, 0.80, 1.0)))
        drawn(cylinder(lid, (-half_d, 0, thick), 0.016, 0.001, (0.92, 0.92, 0.93, 1.0)))

    def describe(self, name: str) -> Thing:
        """A thing to close."""
        return Thing(name, height=self.base + self.screen, strokes=("close",), symmetry=1)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Push the back of the screen with closed fingers, first from behind, then from above."""
        turns = [self._push(pose, float(share)) for share in self.shares(opening, 0.0)]
        behind = turns[0] + rotate(pose.quat_wxyz, (CLEAR, 0.0, 0.0))
        heading = yaw(pose.quat_wxyz) - np.pi / 2
        return tuple(
            Stroke(
                tuple(hand_down(point, heading + half) for point in (behind, *turns)),
                grip=False,
                approach=HOVER,
                retreat=HOVER,
            )
            for half in (0.0, np.pi)
        )

    def _push(self, pose: Pose, opening: float) -> Vector:
        """Where the fingers are that touch the screen from behind when it is open that far."""
        upright = opening * self.travel > np.pi / 2
        # A screen that leans back meets the fingers with its edge, one that leans forward the fingers' lower edge.
        touched = self.point(pose, opening, self.depth if upright else self.handle[0], self.handle[1])
        up = FINGERTIP - INSET if upright else FINGERTIP
        point: Vector = touched + rotate(pose.quat_wxyz, (HALF_FINGER, 0.0, up))
        return point


class CloseLaptopLid(Task):
    """Close the laptop: fold its screen down onto the keyboard.

    **Randomisation**: a 25 x 17 cm laptop in one of 8 colours (the variants), its middle at x 0.40..0.50 m, y
    -0.16..0.16 m, turned by up to 25 degrees; the screen is open by 95..118 degrees.

    **Success**: the screen is open by at most 8 % of its travel (10 of 120 degrees).
    """

    phrasings = (
        "close the {laptop}",
        "fold the screen of the {laptop} down",
        "shut the lid of the {laptop}",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """The laptop."""
        return (Laptop(),)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colour, place and how far it is open."""
        colour = self.draw_variant(rng)
        self.laptop = f"{colour} laptop"
        x, y = float(rng.uniform(0.40, 0.50)), float(rng.uniform(-0.16, 0.16))
        turn = quat_about_z(float(rng.uniform(-0.44, 0.44)))
        world.add(self.laptop, "laptop", (x, y, 0.0), turn.tolist(), COLOURS[colour])
        angle = float(rng.uniform(1.66, 2.06))
        world.set_opening(self.laptop, angle / Laptop.opens)
        self.instruct(rng, laptop=self.laptop)
        self.variation = {"variant": colour, "angle_rad": angle}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Close it, unless it is closed."""
        goal = Subtask("close", self.laptop)
        return [] if holds(scene, goal) else [goal]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`shut`, `success`."""
        shut = holds(scene, Subtask("close", self.laptop))
        return {"shut": shut, "success": shut}
