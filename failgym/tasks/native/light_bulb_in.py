"""Screw the named bulb into the lamp."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import OPEN, Goal, Pose, Scene, Stroke, Thing
from failgym.sim.entities import PARKED, Entity, above, ball, box, cylinder, drawn, free_body, ring
from failgym.sim.entities.screw import LUGS, add_lugs, add_spindle, facet_grasps, is_seated, screwing, seat
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

LAMP = "lamp"
HALF_BULB = 0.033
"""Half height of a bulb, m."""
GRIP = 0.002
"""From a bulb's centre up to where the hand holds it, m."""
FLOOR = 0.05
"""Height of the socket's floor when nothing is turned, m."""
SEATED = FLOOR + HALF_BULB
"""Height of the centre of a bulb in the socket before it is turned, m."""
HOLDER_FLOOR = 0.006
"""Height at which a bulb stands in its holder, m."""
WHITE = (0.93, 0.92, 0.89, 1.0)
STEEL = (0.66, 0.67, 0.69, 1.0)
BRASS = (0.72, 0.58, 0.33, 1.0)
SLATE = (0.27, 0.31, 0.37, 1.0)
WOOD = (0.62, 0.46, 0.31, 1.0)


@dataclass(frozen=True)
class Bulb(Entity):
    """A free bulb: a coloured dome on a collar of facets, and a base with lugs."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        bulb = free_body(spec, self.body)
        cylinder(bulb, (0, 0, 0.012 - HALF_BULB), 0.0090, 0.012, STEEL, mass=0.02)
        add_lugs(bulb, (0.008, 0.017), (0.001 - HALF_BULB, 0.016 - HALF_BULB), 0.0028, STEEL)
        ring(bulb, (0, 0, 0.035 - HALF_BULB), 0.017, (0.004, 0.011), 12, WHITE, mass=0.02)
        drawn(cylinder(bulb, (0, 0, 0.035 - HALF_BULB), 0.019, 0.011, WHITE))
        ball(bulb, (0, 0, 0.045 - HALF_BULB), 0.021, mass=0.01)

    def describe(self, name: str) -> Thing:
        """A thing to grasp, to put into the lamp and to screw."""
        return Thing(name, graspable=True, width=0.042, height=2 * HALF_BULB, strokes=("screw",), symmetry=LUGS)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on opposite facets of its collar."""
        return facet_grasps(pose, GRIP)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Clockwise, as far as its height leaves to turn."""
        return screwing(pose, GRIP, SEATED)


@dataclass(frozen=True)
class Lamp(Entity):
    """A lamp that stands fast; its socket is the spindle of a thread, with lugs inside."""

    body: str = LAMP

    @property
    def joint(self) -> str:
        """The socket."""
        return f"{self.body}_socket"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add lamp and socket."""
        lamp = spec.worldbody.add_body(name=self.body, pos=PARKED)
        cylinder(lamp, (0, 0, 0.006), 0.055, 0.006, SLATE)
        cylinder(lamp, (0, 0, 0.015), 0.042, 0.003, SLATE)
        ring(lamp, (0, 0, 0.038), 0.030, (0.0025, 0.024), 12, SLATE)
        socket = add_spindle(spec, lamp, self.joint, (0.0, 0.0, FLOOR))
        cylinder(socket, (0, 0, -0.003), 0.026, 0.003, STEEL)
        ring(socket, (0, 0, 0.004), 0.0245, (0.0015, 0.010), 12, BRASS)
        add_lugs(socket, (0.0140, 0.024), (0.0, 0.011), 0.0028, BRASS)

    def describe(self, name: str) -> Thing:
        """What a bulb is put into, its lugs between those of the socket."""
        return Thing(name, width=0.11, height=FLOOR + 0.014, receives=("in",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On the floor of the socket."""
        return seat(pose, SEATED, opening, 0.018)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a bulb stands in the socket, screwed down or not."""
        return relation == "in" and is_seated(pose, SEATED, opening, at)


@dataclass(frozen=True)
class Holder(Entity):
    """A block with a round well, in which a bulb waits."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the well."""
        holder = spec.worldbody.add_body(name=self.body, pos=PARKED)
        box(holder, (0, 0, HOLDER_FLOOR / 2), (0.036, 0.036, HOLDER_FLOOR / 2), WOOD)
        ring(holder, (0, 0, 0.010), 0.029, (0.003, 0.005), 8, WOOD)

    def describe(self, name: str) -> Thing:
        """A place for a bulb."""
        return Thing(name, width=0.072, height=0.015, receives=("in",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the well."""
        return above(pose.position + np.array([0.0, 0.0, HOLDER_FLOOR + thing.height / 2]), pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a thing's centre is over the well, at the height of what stands in it."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return bool(math.hypot(x, y) < 0.015 and abs(z - HOLDER_FLOOR - thing.height / 2) < 0.008)


class LightBulbIn(Task):
    """Take the bulb of the named colour out of its holder, put it into the lamp and screw it in.

    **Randomisation**: a lamp and two holders, with a bulb of a different colour in each (8 colour words), anywhere in x
    0.42..0.60 m, y -0.26..0.26 m at least 16 cm apart, lamp and bulbs at any yaw; either bulb may be the named one.

    **Success**: the named bulb stands in the lamp, within 6 mm of the socket's axis and 5 mm of its height, turned by
    at least 80 % of the thread (96 of 120 degrees), and nothing is held.
    """

    phrasings = (
        "screw the {bulb} into the lamp",
        "put the {bulb} in the lamp and turn it until it is tight",
        "fit the lamp with the {bulb}",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """A lamp, two holders and two bulbs."""
        return (
            Lamp(),
            *(Holder(f"holder_{index}") for index in range(2)),
            *(Bulb(f"bulb_{index}") for index in range(2)),
        )

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, 2, self.draw_variant(rng))
        (x, y), *places = scatter(rng, 3, (0.42, 0.60), (-0.26, 0.26), 0.16)
        world.add(LAMP, LAMP, (x, y, 0.0), quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist())
        sides = ("left", "right") if places[0][1] > places[1][1] else ("right", "left")
        for index, (colour, side, place) in enumerate(zip(colours, sides, places, strict=True)):
            world.add(f"{side} holder", f"holder_{index}", (*place, 0.0))
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            at = (*place, HOLDER_FLOOR + HALF_BULB)
            world.add(f"{colour} bulb", f"bulb_{index}", at, turn.tolist(), COLOURS[colour])
        self.bulb = f"{colours[0]} bulb"
        self.instruct(rng, bulb=self.bulb)
        self.variation = {"variant": colours[0], "distractor": colours[1]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Clear the socket if the other bulb is in it; grasp, place, screw: what is left of it."""
        place, screw = Subtask("place", self.bulb, "in", LAMP), Subtask("screw", self.bulb, "in", LAMP)
        if holds(scene, place):
            return [] if holds(scene, screw) else [screw]
        steps = [] if scene.holding == self.bulb else [Subtask("grasp", self.bulb)]
        return [*self._clear(scene), *steps, place, screw]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`in_lamp`, `screwed_in`, `released`, `success`."""
        in_lamp = scene.related(self.bulb, "in", LAMP)
        screwed_in = scene.opening(LAMP) >= OPEN
        released = scene.holding is None
        checks = {"in_lamp": in_lamp, "screwed_in": screwed_in, "released": released}
        return checks | {"success": all(checks.values())}

    def _clear(self, scene: Scene) -> list[Subtask]:
        for thing in scene.facts().things:
            if thing.graspable and thing.name != self.bulb and scene.related(thing.name, "in", LAMP):
                grasp = [] if scene.holding == thing.name else [Subtask("grasp", thing.name)]
                return [*grasp, Subtask("place", thing.name, "on", "table")]
        return []
