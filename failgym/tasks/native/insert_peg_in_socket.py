"""Hold the socket up with one arm, and put the named peg in with the other."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Entity
from failgym.sim.entities.bar import Bar, Middle
from failgym.sim.entities.entity import box, free_body, hand_down
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

PEGS = 2
THICK, LONG, GRIP = 0.012, 0.068, 0.042
"""Half thickness and half length of a peg, and from its middle to where it is held, m."""
MIDDLE, SOCKET = "middle", "socket"


@dataclass(frozen=True)
class Socket(Entity):
    """A free square tube along x of its own frame, closed at its -x end."""

    body: str = "socket"
    inner: float = 0.015
    """Half width inside, m."""
    wall: float = 0.002
    """Half thickness of the walls, m."""
    long: float = 0.045
    """Half length, m."""
    depth: float = 0.076
    """How deep a peg goes in, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add it, parked."""
        side, end = (0.30, 0.36, 0.42, 1.0), (0.78, 0.62, 0.28, 1.0)
        body = free_body(spec, self.body)
        a, w, x = self.inner, self.wall, self.long
        for sign in (-1, 1):
            box(body, (0, sign * (a + w), 0), (x, w, a + 2 * w), side, mass=0.02)
            box(body, (0, 0, sign * (a + w)), (x, a, w), side, mass=0.02)
        box(body, (2 * w - x, 0, 0), (2 * w, a, a), end, mass=0.01)

    def describe(self, name: str) -> Thing:
        """A thing to hold, and to put a peg in."""
        size = 2 * (self.inner + 2 * self.wall)
        return Thing(name, graspable=True, width=size, height=size, receives=("in",), aligns=True, symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, near its closed end, the pads on its upright sides."""
        back = pose.position - rotate(pose.quat_wxyz, (0.025, 0.0, 0.0))
        return (hand_down(back, yaw(pose.quat_wxyz) + np.pi / 2),)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Inside, from the open end."""
        along = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        return Goal(pose.position + self._seat() * along, pose.quat_wxyz, 0.10 * along)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether a peg is inside, less than 2.5 cm out of its seat."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        return relation == "in" and abs(x - self._seat()) < 0.025 and abs(y) < 0.012 and abs(z) < 0.012

    def _seat(self) -> float:
        return self.long - self.depth + LONG


class InsertPegInSocket(Task):
    """Lift the socket with one arm, and put the named peg in with the other, in the air.

    **Randomisation**: two pegs, 13.6 cm long and 2.4 cm thick, of different colours (8 colour words), lie on one side,
    20..24 cm from the middle, at x 0.36..0.44 m and 0.54..0.62 m, within 40 degrees of pointing at the other arm; the
    socket, 3 cm wide inside, lies on the other side, 14..20 cm from the middle, x 0.42..0.54 m, its open end towards
    the pegs within 34 degrees. The side and which of the pegs is the named one are drawn.

    **Success**: the peg is in the socket, at most 2.5 cm short of 7.6 cm deep, nothing else holds it, and the socket is
    held at least 10 cm above where it lay.
    """

    robots = ("aloha",)
    phrasings = (
        "hold up the socket with the {bearer} hand and insert the {peg} with the {inserter} hand",
        "insert the {peg} into the socket in the air",
        "pick up the socket and the {peg}, and push the {peg} into it",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """The socket, two pegs and the line."""
        pegs = (Bar(f"peg_{index}", THICK, LONG, GRIP, 0.014, 0.05) for index in range(PEGS))
        return (Socket(), *pegs, Middle())

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose side, colours and places."""
        variant = self.draw_variant(rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        self.inserter, self.bearer = ("left", "right") if side > 0 else ("right", "left")
        facing = side * np.pi / 2
        colours = pick_colours(rng, PEGS, variant)
        columns = rng.permutation(PEGS)
        for index, colour in enumerate(colours):
            x = float(rng.uniform(0.36, 0.44)) + 0.18 * float(columns[index])
            turn = quat_about_z(facing + float(rng.uniform(-0.7, 0.7))).tolist()
            place = (x, side * float(rng.uniform(0.20, 0.24)), THICK)
            world.add(f"{colour} peg", f"peg_{index}", place, turn, COLOURS[colour])
        world.add(MIDDLE, "middle", (float(rng.uniform(0.45, 0.51)), 0.0, 0.0), quat_about_z(facing).tolist())
        lies = (float(rng.uniform(0.42, 0.54)), -side * float(rng.uniform(0.14, 0.20)), Socket.inner + 2 * Socket.wall)
        world.add(SOCKET, "socket", lies, quat_about_z(facing + float(rng.uniform(-0.6, 0.6))).tolist())
        self.peg = f"{variant} peg"
        self.instruct(rng, peg=self.peg, bearer=self.bearer, inserter=self.inserter)
        self.variation = {"variant": variant, "distractor": colours[1], "inserter": self.inserter}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Take the peg, take the socket (anew if it hangs askew) to the middle, put the peg in: what is left of it."""
        borne = scene.of(self.bearer).holding == SOCKET
        taken = scene.of(self.inserter).holding == self.peg
        inside = scene.related(self.peg, "in", SOCKET)
        move = Subtask("move", SOCKET, "to", MIDDLE, arm=self.bearer)
        steps = [] if holds(scene, move) else [move]
        if not borne or not (inside or self._straight(scene)):
            steps = [Subtask("grasp", SOCKET, arm=self.bearer), move]
            if borne:
                steps.insert(0, Subtask("release", SOCKET, arm=self.bearer))
        if inside:
            return [*steps, Subtask("release", self.peg, arm=self.inserter)] if taken else steps
        take = [] if taken else [Subtask("grasp", self.peg, arm=self.inserter)]
        return [*take, *steps, Subtask("place", self.peg, "in", SOCKET, arm=self.inserter)]

    def _straight(self, scene: Scene) -> bool:
        """Whether the socket lies level in the hand, its open end towards the other arm."""
        way = rotate(scene.pose(SOCKET).quat_wxyz, (1.0, 0.0, 0.0))[1]
        return bool(way * (1.0 if self.inserter == "left" else -1.0) > 0.98)

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`inserted`, `raised`, `success`."""
        inserted = holds(scene, Subtask("place", self.peg, "in", SOCKET, arm=self.inserter))
        raised = holds(scene, Subtask("lift", SOCKET, arm=self.bearer))
        return {"inserted": inserted, "raised": raised, "success": inserted and raised}
