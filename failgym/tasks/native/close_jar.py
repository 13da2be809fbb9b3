"""Put the lid on the named jar and screw it down."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import OPEN, Goal, Pose, Scene, Stroke, Thing
from failgym.sim.entities import PARKED, TINT, Entity, box, cylinder, drawn, free_body, ring
from failgym.sim.entities.screw import LUGS, SINK, add_lugs, add_spindle, facet_grasps, is_seated, screwing, seat
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

LID = "lid"
SHOULDER = 0.07
"""Height of a jar without its neck, m."""
NECK_TOP = SHOULDER + 0.023 + SINK
"""Height of an open jar, m."""
HALF_LID = 0.014
"""Half height of the lid, m."""
ROOF = 0.006
"""Thickness of the lid's top, m."""
SEATED = NECK_TOP - HALF_LID + ROOF
"""Height of the lid's centre on an open jar before it is turned, m."""
GRIP = 0.003
"""From the lid's centre up to where the hand holds it, m."""
GLASS = (0.80, 0.86, 0.88, 1.0)
STEEL = (0.74, 0.75, 0.77, 1.0)
MARK = (0.30, 0.31, 0.34, 1.0)


@dataclass(frozen=True)
class Jar(Entity):
    """A jar that stands fast; its neck is the spindle of a thread, with lugs outside."""

    body: str

    @property
    def joint(self) -> str:
        """The neck."""
        return f"{self.body}_neck"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add jar and neck."""
        jar = spec.worldbody.add_body(name=self.body, pos=PARKED)
        cylinder(jar, (0, 0, 0.031), 0.038, 0.031, TINT)
        cylinder(jar, (0, 0, 0.065), 0.032, 0.005, TINT)
        drawn(cylinder(jar, (0, 0, 0.036), 0.0383, 0.014, (0.95, 0.93, 0.88, 1.0)))
        neck = add_spindle(spec, jar, self.joint, (0.0, 0.0, NECK_TOP))
        cylinder(neck, (0, 0, -0.020), 0.012, 0.020, GLASS)
        add_lugs(neck, (0.010, 0.0195), (-0.016, -0.002), 0.0028, GLASS)

    def describe(self, name: str) -> Thing:
        """What the lid is put on, its lugs between those of the neck."""
        return Thing(name, width=0.076, height=NECK_TOP, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On the neck."""
        return seat(pose, SEATED, opening, 2 * HALF_LID - ROOF + 0.004)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the lid sits on the neck, screwed down or not."""
        return relation == "on" and is_seated(pose, SEATED, opening, at)


@dataclass(frozen=True)
class Lid(Entity):
    """A cap with lugs inside its skirt."""

    body: str = LID

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        lid = free_body(spec, self.body)
        cylinder(lid, (0, 0, HALF_LID - ROOF / 2), 0.028, ROOF / 2, STEEL, mass=0.02)
        ring(lid, (0, 0, -0.001), 0.027, (0.002, HALF_LID - 0.001), 12, STEEL, mass=0.03)
        add_lugs(lid, (0.0165, 0.0255), (-0.008, HALF_LID - ROOF), 0.0028, STEEL)
        drawn(box(lid, (0, 0, HALF_LID), (0.019, 0.003, 0.0006), MARK))

    def describe(self, name: str) -> Thing:
        """A thing to grasp, to put on a jar and to screw."""
        return Thing(name, graspable=True, width=0.058, height=2 * HALF_LID, strokes=("screw",), symmetry=LUGS)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on opposite facets of its skirt."""
        return facet_grasps(pose, GRIP)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Clockwise, as far as its height leaves to turn."""
        return screwing(pose, GRIP, SEATED)


class CloseJar(Task):
    """Put the lid on the jar of the named colour and screw it down.

    **Randomisation**: two 10 cm jars of different colours (8 colour words) and a lid, 5.8 cm across, anywhere in x
    0.42..0.60 m, y -0.26..0.26 m at least 17 cm apart, any yaw; either jar may be the named one.

    **Success**: the lid sits on the named jar, within 6 mm of its axis and 5 mm of its height, turned by at least 80 %
    of the thread (96 of 120 degrees), and nothing is held.
    """

    phrasings = (
        "close the {jar} with the lid",
        "screw the lid on the {jar}",
        "put the lid on the {jar} and turn it until it is tight",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Two jars and a lid."""
        return Jar("jar_0"), Jar("jar_1"), Lid()

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours and places."""
        colours = pick_colours(rng, 2, self.draw_variant(rng))
        *places, (x, y) = scatter(rng, 3, (0.42, 0.60), (-0.26, 0.26), 0.17)
        for index, (colour, place) in enumerate(zip(colours, places, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} jar", f"jar_{index}", (*place, 0.0), turn.tolist(), COLOURS[colour])
        turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
        world.add(LID, LID, (x, y, HALF_LID), turn.tolist())
        self.jar = f"{colours[0]} jar"
        self.instruct(rng, jar=self.jar)
        self.variation = {"variant": colours[0], "distractor": colours[1]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp, place, screw: what is left of it."""
        place, screw = Subtask("place", LID, "on", self.jar), Subtask("screw", LID, "on", self.jar)
        if holds(scene, place):
            return [] if holds(scene, screw) else [screw]
        return [place, screw] if scene.holding == LID else [Subtask("grasp", LID), place, screw]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`on_jar`, `screwed_down`, `released`, `success`."""
        on_jar = scene.related(LID, "on", self.jar)
        screwed_down = scene.opening(self.jar) >= OPEN
        released = scene.holding is None
        checks = {"on_jar": on_jar, "screwed_down": screwed_down, "released": released}
        return checks | {"success": all(checks.values())}
