"""Hold the power strip with one arm, and pull the named plug out of it with the other."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Entity
from failgym.sim.entities.entity import Colour, Triple, box, drawn, free_body, hand_down
from failgym.sim.robots.robot import add_joint
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

STRIP = "power strip"
PLUGS = 2
HALF = (0.024, 0.085, 0.022)
"""Half sizes of the strip, m; the socket is at its +y end."""
CAVITY = 0.05
"""Depth of the room behind the socket, m."""
BODY = (0.013, 0.021, 0.013)
"""Half sizes of a plug's body, m."""
BLADE = (0.006, 0.014, 0.003)
"""Half sizes of a plug's blade, m; it points along -y."""
SEAT = HALF[1] + BODY[1] + 0.001
"""From the middle of the strip to that of a plug in its socket, m."""
OUT = 0.03
"""How far a plug is pulled until its blade is free, m."""
GRIP = 0.02
"""From the middle of the strip back to where it is held, m."""
SPRING, PRESSED = 200.0, 0.03
"""Stiffness of a contact of the socket, N/m, and by how much the blade presses it in, m: 6 N on either side."""
RUBBER, WHITE = (0.16, 0.17, 0.18, 1.0), (0.93, 0.93, 0.91, 1.0)


@dataclass(frozen=True)
class PowerStrip(Entity):
    """A free strip with a socket at one end, whose two sprung contacts grip the blade of a plug."""

    body: str = "strip"

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        x, y, z = HALF
        inner = y - CAVITY
        box(body, (0, (inner - y) / 2, 0), (x, (inner + y) / 2, z), WHITE, mass=0.18)
        middle, half, wall = inner + CAVITY / 2, CAVITY / 2, 0.004
        for side in (-1, 1):
            # A little less high than the rest, which alone stands on the table: fewer contacts to solve.
            box(body, (side * (x - wall), middle, 0), (wall, half, z - 0.0006), WHITE, mass=0.01)
            box(body, (0, middle, side * (z - wall - 0.0006)), (x - 2 * wall, half, wall), WHITE, mass=0.01)
            drawn(box(body, (0, y, side * 0.011), (x - 0.003, 0.0005, 0.005), RUBBER))
            drawn(box(body, (side * 0.0145, y, 0), (0.0065, 0.0005, 0.006), RUBBER))
            self._contact(body, f"{self.body}_contact_{'below' if side < 0 else 'above'}", side)
        drawn(box(body, (0, -0.055, z), (0.008, 0.012, 0.0015), (0.75, 0.16, 0.14, 1.0)))
        sag = 0.004 - z
        cable(body, [(0, -y, 0), (0, -y - 0.03, 0), (0.01, -y - 0.07, sag), (0.05, -y - 0.12, sag)], WHITE)

    def _contact(self, body: mujoco.MjsBody, name: str, side: int) -> None:
        """Add a sprung plate above or below the blade."""
        thick, overlap = 0.003, 0.0003
        plate = body.add_body(name=name, pos=(0.0, HALF[1] - 0.018, side * (BLADE[2] + thick - overlap)))
        spring = add_joint(plate, name, (-0.002, 0.003), slide=True, armature=0.05, damping=4.0)
        spring.axis = [0.0, 0.0, float(side)]
        spring.stiffness = [SPRING, 0.0, 0.0] if np.ndim(spring.stiffness) else SPRING
        spring.springref = -PRESSED
        metal = box(plate, (0, 0, 0), (0.008, 0.012, thick), (0.80, 0.62, 0.30, 1.0), mass=0.004)
        # A firm contact, in balance with the spring from the start: the plates are light.
        metal.priority, metal.solref = 1, [0.01, 1.0]

    def describe(self, name: str) -> Thing:
        """A thing to hold, and to pull a plug out of."""
        return Thing(name, graspable=True, width=2 * HALF[0], height=2 * HALF[2], receives=("in",), symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on its long sides."""
        return (hand_down(pose.position - rotate(pose.quat_wxyz, (0.0, GRIP, 0.0)), yaw(pose.quat_wxyz)),)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In the socket; the way to it is along the strip."""
        along = rotate(pose.quat_wxyz, (0.0, 1.0, 0.0))
        return Goal(pose.position + SEAT * along, pose.quat_wxyz, 0.06 * along)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the plug is less than 3 cm away from its seat."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return relation == "in" and math.hypot(x, y - SEAT, z) < OUT


@dataclass(frozen=True)
class Plug(Entity):
    """A free plug with a flat blade towards -y of its own frame and a stub of cable behind."""

    body: str

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        body = free_body(spec, self.body)
        y = BODY[1]
        box(body, (0, 0, 0), BODY, mass=0.04)
        box(body, (0, -y - BLADE[1], 0), BLADE, (0.78, 0.79, 0.80, 1.0), mass=0.005)
        drawn(box(body, (0, y + 0.004, 0), (0.006, 0.004, 0.006), RUBBER))
        cable(body, [(0, y, 0), (0, y + 0.03, 0), (-0.008, y + 0.05, 0.0), (-0.03, y + 0.07, 0.0)], RUBBER)

    def describe(self, name: str) -> Thing:
        """A thing to grasp."""
        return Thing(name, graspable=True, width=2 * BODY[0], height=2 * BODY[2], symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on its upright faces."""
        return (hand_down(pose.position, yaw(pose.quat_wxyz)),)


def cable(body: mujoco.MjsBody, points: Sequence[Triple], rgba: Colour) -> None:
    """Draw a cable of 8 mm through these points of the body's frame, m."""
    for start, end in itertools.pairwise(points):
        geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, size=[0.004, 0.0, 0.0], rgba=rgba, group=1)
        geom.fromto = [*start, *end]
        drawn(geom)


class UnplugCharger(Task):
    """Hold the power strip with one arm and pull the named plug out of it with the other.

    Sprung contacts grip the blade of the plug with 6 N from either side, which is more than the friction of the strip
    on the table: a strip that nobody holds comes along with the plug.

    **Randomisation**: the strip lies at x 0.44..0.52 m, its middle 2..5 cm off the middle of the table, its socket
    towards the arm that pulls (left or right), turned by up to 14 degrees; the plug in it has one of 8 colours
    (variants), and a plug of another colour lies on the table, 14..24 cm from the middle on the side of that arm,
    13..16 cm further forward or back than the strip, any yaw.

    **Success**: the named plug is held, at least 3 cm away from its seat in the socket: its blade is free.
    """

    robots = ("aloha",)
    phrasings = (
        "unplug the {plug} from the power strip",
        "hold the power strip with the {holder} hand and pull the {plug} out with the {puller} hand",
        "pull the {plug} out of the socket without dragging the power strip along",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The strip and two plugs."""
        return (PowerStrip(), *(Plug(f"plug_{index}") for index in range(PLUGS)))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose side, colours and places."""
        variant = self.draw_variant(rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        self.puller, self.holder = ("left", "right") if side > 0 else ("right", "left")
        colours = pick_colours(rng, PLUGS, variant)
        heading = (0.0 if side > 0 else np.pi) + float(rng.uniform(-0.25, 0.25))
        turn = quat_about_z(heading)
        middle = np.array([rng.uniform(0.44, 0.52), -side * rng.uniform(0.02, 0.05), HALF[2]])
        world.add(STRIP, "strip", middle.tolist(), turn.tolist())
        self.plug = f"{variant} plug"
        seat = middle + rotate(turn, (0.0, SEAT, 0.0))
        world.add(self.plug, "plug_0", seat.tolist(), turn.tolist(), COLOURS[variant])
        away = math.copysign(float(rng.uniform(0.13, 0.16)), 0.48 - middle[0])
        spare = (float(middle[0]) + away, side * float(rng.uniform(0.14, 0.24)), BODY[2])
        loose = quat_about_z(float(rng.uniform(-math.pi, math.pi))).tolist()
        world.add(f"{colours[1]} plug", "plug_1", spare, loose, COLOURS[colours[1]])
        self.instruct(rng, plug=self.plug, holder=self.holder, puller=self.puller)
        self.variation = {"variant": variant, "distractor": colours[1], "puller": self.puller}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Hold the strip, take the plug, pull: what is left of it."""
        taken = scene.of(self.puller).holding == self.plug
        take = [] if taken else [Subtask("grasp", self.plug, arm=self.puller)]
        if not scene.related(self.plug, "in", STRIP):
            return take
        held = scene.of(self.holder).holding == STRIP
        hold = [] if held else [Subtask("grasp", STRIP, arm=self.holder)]
        return [*hold, *take, Subtask("pull", self.plug, "out of", STRIP, arm=self.puller)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`out`, `held`, `success`."""
        out = not scene.related(self.plug, "in", STRIP)
        success = holds(scene, Subtask("pull", self.plug, "out of", STRIP, arm=self.puller))
        return {"out": out, "held": scene.of(self.puller).holding == self.plug, "success": success}
