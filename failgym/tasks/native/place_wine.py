"""Put the bottle into the named place of the rack."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, Entity, above, box, cylinder, drawn, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

BOTTLE, RACK = "bottle", "rack"
HALF_HEIGHT = 0.0875
"""Half height of the bottle, m."""
RADIUS = 0.027
"""Of the bottle's body, m."""
GRIP = 0.066
"""From the bottle's centre up to where the hand holds its neck, m."""
SPACING = 0.088
"""Between the middles of two places, m."""
INSIDE = 0.036
"""Half width of a place, m."""
FLOOR = 0.008
"""Height on which bottles stand in the rack, m."""
RIM = 0.042
"""Height of the rack, m."""
PLACES = {"left place": 1, "middle place": 0, "right place": -1}
"""Steps along y of each place in the rack's frame."""
OAK = (0.55, 0.38, 0.24, 1.0)
CORK = (0.80, 0.66, 0.47, 1.0)
PAPER = (0.95, 0.93, 0.86, 1.0)
GOLD = (0.78, 0.63, 0.28, 1.0)


@dataclass(frozen=True)
class Bottle(Entity):
    """A free upright bottle."""

    body: str = BOTTLE

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        bottle = free_body(spec, self.body)
        cylinder(bottle, (0, 0, 0.052 - HALF_HEIGHT), RADIUS, 0.052, mass=0.10)
        shoulder = box(bottle, (0, 0, 0.104 - HALF_HEIGHT), (RADIUS, RADIUS, 0.030), mass=0.015)
        shoulder.type = mujoco.mjtGeom.mjGEOM_ELLIPSOID
        cylinder(bottle, (0, 0, 0.145 - HALF_HEIGHT), 0.0125, 0.030, mass=0.01)
        drawn(cylinder(bottle, (0, 0, 0.165 - HALF_HEIGHT), 0.0130, 0.0105, GOLD))
        drawn(cylinder(bottle, (0, 0, 0.050 - HALF_HEIGHT), RADIUS + 0.0004, 0.025, PAPER))

    def describe(self, name: str) -> Thing:
        """A round thing to hold by its neck."""
        return Thing(name, graspable=True, width=0.025, height=2 * HALF_HEIGHT, symmetry=0)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above at its neck, the fingers opening in any direction; lying, across its neck."""
        axis = rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))
        if abs(axis[2]) < 0.5:
            return (hand_down(pose.position + (GRIP - 0.01) * axis, math.atan2(axis[1], axis[0]) + np.pi / 2),)
        return tuple(hand_down(pose.position + GRIP * axis, heading) for heading in np.arange(4) * np.pi / 4)


@dataclass(frozen=True)
class Rack(Entity):
    """A low wooden rack with three places side by side."""

    body: str = RACK

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add floor, rails, dividers, and a pad in each place."""
        rack = spec.worldbody.add_body(name=self.body, pos=PARKED)
        wall = SPACING / 2 - INSIDE
        length = 1.5 * SPACING + wall + 0.0005
        box(rack, (0, 0, FLOOR / 2), (INSIDE + 2 * wall, length, FLOOR / 2), OAK)
        for side in (-1, 1):
            box(rack, (side * (INSIDE + wall), 0, (RIM + 0.024) / 2), (wall, length, (RIM - 0.024) / 2), OAK)
        for step in (-1.5, -0.5, 0.5, 1.5):
            middle, half = (FLOOR + RIM) / 2, (RIM - FLOOR) / 2
            box(rack, (0, step * SPACING, middle), (INSIDE + wall, wall, half - 0.001), OAK)
        for name, step in PLACES.items():
            place = rack.add_body(name=_body(name), pos=(0.0, step * SPACING, FLOOR))
            drawn(cylinder(place, (0, 0, 0.0005), RADIUS + 0.003, 0.0005, CORK))

    def describe(self, name: str) -> Thing:
        """What the places are in."""
        return Thing(name, width=2 * INSIDE, height=RIM)


@dataclass(frozen=True)
class Place(Entity):
    """One place of the rack."""

    name: str
    """One of `PLACES`."""

    @property
    def body(self) -> str:  # type: ignore[override]
        """The pad on its floor."""
        return _body(self.name)

    @property
    def key(self) -> str:
        """It comes with the rack."""
        return self.name

    def build(self, spec: mujoco.MjSpec) -> None:
        """Nothing: the rack adds it."""

    def describe(self, name: str) -> Thing:
        """What the bottle is put in."""
        return Thing(name, width=2 * INSIDE, height=RIM - FLOOR, receives=("in",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its floor, from clear of the rim."""
        clear = np.array([0.0, 0.0, RIM - FLOOR + 0.006])
        return above(pose.position + np.array([0.0, 0.0, thing.height / 2 + 0.001]), pose.quat_wxyz, clear)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing stands upright in it."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        upright = rotate(at.quat_wxyz, (0.0, 0.0, 1.0))[2] > 0.98
        return bool(relation == "in" and math.hypot(x, y) < 0.018 and abs(z - thing.height / 2) < 0.01 and upright)


def _body(place: str) -> str:
    return f"{RACK}_{place.split()[0]}"


class PlaceWine(Task):
    """Take the bottle by its neck and stand it in the place of the rack that the instruction names.

    **Randomisation**: the rack, with three places 8.8 cm apart, stands at x 0.58..0.64 m, y -0.06..0.06 m, turned by up
    to 12 degrees; the bottle (17.5 cm high, 5.4 cm across, of one of 8 colours) stands at x 0.36..0.44 m, y -0.26..0.26
    m. Left is left as the robot sees it. A place leaves 9 mm on each side of the bottle.

    **Success**: the bottle stands upright (within 11 degrees) in the named place, within 18 mm of its middle and 1 cm
    of its floor, and nothing is held.
    """

    phrasings = (
        "put the bottle in the {place} of the rack",
        "store the wine in the {place} of the rack",
        "the bottle belongs in the {place}",
    )
    variants = tuple(PLACES)

    def entities(self) -> tuple[Entity, ...]:
        """Rack, its places, and a bottle."""
        return Rack(), *(Place(name) for name in PLACES), Bottle()

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose the place, and where rack and bottle stand."""
        self.place = self.draw_variant(rng)
        at = (float(rng.uniform(0.58, 0.64)), float(rng.uniform(-0.06, 0.06)), 0.0)
        world.add(RACK, RACK, at, quat_about_z(float(rng.uniform(-0.2, 0.2))).tolist())
        for name in PLACES:
            world.add(name, name)
        colour = pick_colours(rng, 1)[0]
        at = (float(rng.uniform(0.36, 0.44)), float(rng.uniform(-0.26, 0.26)), HALF_HEIGHT)
        world.add(BOTTLE, BOTTLE, at, quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist(), COLOURS[colour])
        self.instruct(rng, place=self.place)
        self.variation = {"variant": self.place, "colour": colour}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", BOTTLE, "in", self.place)
        if holds(scene, place):
            return []
        return [place] if scene.holding == BOTTLE else [Subtask("grasp", BOTTLE), place]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`in_place`, `released`, `success`."""
        in_place = scene.related(BOTTLE, "in", self.place)
        released = scene.holding is None
        return {"in_place": in_place, "released": released, "success": in_place and released}
