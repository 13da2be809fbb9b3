"""Put the named handset on the base of the telephone."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import PARKED, TINT, Entity, above, box, cylinder, drawn, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

BASE = "phone base"
HANDSETS = 2
HALF_HEIGHT = 0.017
"""Half height of a handset, m."""
BAR = (0.075, 0.009, 0.009)
"""Half sizes of its bar, m."""
CUP = 0.072
"""From its middle to the middle of each cup, m."""
GRIP = 0.012
"""From its centre up to where the hand holds the bar, m."""
SADDLE = 0.052
"""Height at which the bar rests on the base, m."""
RESTS = SADDLE + 2 * BAR[2] - HALF_HEIGHT
"""Height of the centre of a handset that rests there, m."""
BODY = 0.030
"""Height of the base without its forks, m."""
CREAM = (0.90, 0.86, 0.78, 1.0)
BROWN = (0.34, 0.26, 0.21, 1.0)
DIAL = (0.97, 0.96, 0.93, 1.0)


@dataclass(frozen=True)
class Handset(Entity):
    """A free handset: a bar with a cup at each end."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        handset = free_body(spec, self.body)
        box(handset, (0, 0, HALF_HEIGHT - BAR[2]), BAR, TINT, mass=0.04)
        for side in (-1, 1):
            cylinder(handset, (side * CUP, 0, -0.003), 0.019, 0.014, TINT, mass=0.02)
            drawn(cylinder(handset, (side * CUP, 0, 0.0115), 0.016, 0.001, TINT))

    def describe(self, name: str) -> Thing:
        """A thing to hold by its bar; it fits either way round."""
        return Thing(name, graspable=True, width=2 * BAR[1], height=2 * HALF_HEIGHT, symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on both sides of the bar."""
        position = pose.position + rotate(pose.quat_wxyz, (0.0, 0.0, GRIP))
        return (hand_down(position, yaw(pose.quat_wxyz) + np.pi / 2),)


@dataclass(frozen=True)
class PhoneBase(Entity):
    """A telephone without its handset: a body with a dial, and two forks to rest a handset on, along x."""

    body: str = "phone_base"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add body, dial and forks."""
        base = spec.worldbody.add_body(name=self.body, pos=PARKED)
        box(base, (0, -0.018, 0.009), (0.070, 0.058, 0.009), CREAM)
        box(base, (0, -0.018, 0.024), (0.062, 0.050, BODY - 0.024), CREAM)
        drawn(cylinder(base, (0, -0.043, BODY + 0.001), 0.024, 0.001, BROWN))
        drawn(cylinder(base, (0, -0.043, BODY + 0.0025), 0.010, 0.001, DIAL))
        for index in range(10):
            angle = math.radians(30.0 * index)
            hole = (0.017 * math.cos(angle), -0.043 + 0.017 * math.sin(angle), BODY + 0.0022)
            drawn(cylinder(base, hole, 0.003, 0.0005, DIAL))
        for side in (-1, 1):
            box(base, (side * 0.028, 0, (BODY + SADDLE) / 2), (0.006, 0.0225, (SADDLE - BODY) / 2), BROWN)
            for prong in (-1, 1):
                box(base, (side * 0.028, prong * 0.0195, SADDLE + 0.006), (0.006, 0.003, 0.006), BROWN)

    def describe(self, name: str) -> Thing:
        """What a handset is put on, along its forks."""
        return Thing(name, width=0.14, height=SADDLE + 0.012, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """With its bar on both forks, from clear of the prongs."""
        near = np.array([0.0, 0.0, 0.02])
        return above(pose.position + np.array([0.0, 0.0, RESTS]), pose.quat_wxyz, near)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a handset rests on both forks."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        level = rotate(at.quat_wxyz, (0.0, 0.0, 1.0))[2] > 0.985
        return bool(relation == "on" and abs(x) < 0.02 and abs(y) < 0.01 and abs(z - RESTS) < 0.005 and level)


class PhoneOnBase(Task):
    """Hang up: put the handset of the named colour on the forks of the telephone's base.

    **Randomisation**: the base stands at x 0.56..0.62 m, y -0.12..0.12 m, turned by up to 30 degrees; two handsets (18
    cm long) of different colours (8 colour words) lie at x 0.36..0.46 m, y -0.26..0.26 m at least 20 cm from each other
    and from the base, any yaw; either may be the named one. The forks leave 7.5 mm on each side of the bar.

    **Success**: the named handset lies level (within 10 degrees) on both forks, its middle within 2 cm along and 1 cm
    across them and 5 mm of its resting height, and nothing is held.
    """

    phrasings = (
        "put the {handset} on the phone base",
        "hang up the {handset}",
        "the call is over: lay the {handset} back on the phone base",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """A base and two handsets."""
        return PhoneBase(), *(Handset(f"handset_{index}") for index in range(HANDSETS))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        x, y = float(rng.uniform(0.56, 0.62)), float(rng.uniform(-0.12, 0.12))
        turn = quat_about_z(float(rng.uniform(-0.52, 0.52)) - math.pi / 2)
        world.add(BASE, "phone_base", (x, y, 0.0), turn.tolist())
        colours = pick_colours(rng, HANDSETS, self.draw_variant(rng))
        points = scatter(rng, HANDSETS, (0.36, 0.46), (-0.26, 0.26), 0.20, [(x, y)])
        for index, (colour, place) in enumerate(zip(colours, points, strict=True)):
            quat = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            at = (*place, HALF_HEIGHT)
            world.add(f"{colour} handset", f"handset_{index}", at, quat.tolist(), COLOURS[colour])
        self.handset = f"{colours[0]} handset"
        self.instruct(rng, handset=self.handset)
        self.variation = {"variant": colours[0], "distractor": colours[1]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Clear the forks if the other handset is on them; grasp and place."""
        place = Subtask("place", self.handset, "on", BASE)
        if holds(scene, place):
            return []
        steps = [place] if scene.holding == self.handset else [Subtask("grasp", self.handset), place]
        return [*self._clear(scene), *steps]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`on_base`, `released`, `success`."""
        on_base = scene.related(self.handset, "on", BASE)
        released = scene.holding is None
        return {"on_base": on_base, "released": released, "success": on_base and released}

    def _clear(self, scene: Scene) -> list[Subtask]:
        for thing in scene.facts().things:
            if thing.graspable and thing.name != self.handset and scene.related(thing.name, "on", BASE):
                grasp = [] if scene.holding == thing.name else [Subtask("grasp", thing.name)]
                return [*grasp, Subtask("place", thing.name, "on", "table")]
        return []
