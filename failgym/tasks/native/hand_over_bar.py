"""Hand the named bar from one arm to the other, and put it in the tray on that side."""

from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.plans import Subtask
from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Entity
from failgym.sim.entities.bar import Bar, Middle
from failgym.sim.entities.entity import PARKED, above, box
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

BARS = 2
MIDDLE, TRAY = "middle", "tray"


@dataclass(frozen=True)
class Tray(Entity):
    """A flat tray with a low rim, which stands fast; long along x of its own frame."""

    body: str = "tray"
    half: tuple[float, float] = (0.12, 0.068)
    """Half sizes inside the rim, m."""
    floor: float = 0.004
    """Thickness, m."""
    rim: float = 0.010
    """Height, m."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add floor and rim."""
        wood, edge = (0.80, 0.66, 0.48, 1.0), (0.58, 0.42, 0.28, 1.0)
        body = spec.worldbody.add_body(name=self.body, pos=PARKED)
        x, y, w = *self.half, 0.004
        box(body, (0, 0, self.floor / 2), (x, y, self.floor / 2), wood)
        for side in (-1, 1):
            box(body, (side * (x + w), 0, self.rim / 2), (w, y + 2 * w, self.rim / 2), edge)
            box(body, (0, side * (y + w), self.rim / 2), (x, w, self.rim / 2), edge)

    def describe(self, name: str) -> Thing:
        """A thing to put long things in."""
        return Thing(name, receives=("in",), height=self.rim, aligns=True, symmetry=2)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """In its middle, along it."""
        up = np.array([0.0, 0.0, self.floor + thing.height / 2 + 0.002])
        return above(pose.position + up, pose.quat_wxyz)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """Whether the thing's middle is inside the rim and the thing lies on the floor."""
        x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
        x_half, y_half = self.half
        low = abs(z - self.floor - thing.height / 2) < 0.01
        return relation == "in" and abs(x) < x_half - 0.06 and abs(y) < y_half - 0.01 and low


class HandOverBar(Task):
    """Take the named bar with one arm, hand it to the other in the middle, and put it in the tray on that side.

    **Randomisation**: two bars, 19 cm long and 2.6 cm thick, of different colours (8 colour words), lie on one side,
    23.5..25 cm from the middle, at x 0.36..0.44 m and 0.54..0.62 m, within 52 degrees of pointing at the other arm; the
    tray is on the other side, 20..22 cm from the middle, x 0.46..0.52 m, along x within 12 degrees. The side and
    which of the bars is the named one are drawn.

    **Success**: the bar lies in the tray, its middle inside the rim, and nothing is held. The tray is further away
    than the arm beside the bar can reach.
    """

    robots = ("aloha",)
    phrasings = (
        "hand the {bar} to the {taker} arm, and put it in the tray there",
        "give the {bar} from the {giver} hand to the {taker} hand, then lay it in the tray",
        "the {bar} goes in the tray: pass it over from {giver} to {taker}",
    )
    variants = tuple(COLOURS)
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Two bars, the line and the tray."""
        return (*(Bar(f"bar_{index}") for index in range(BARS)), Middle(), Tray())

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose side, colours and places."""
        variant = self.draw_variant(rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        self.giver, self.taker = ("left", "right") if side > 0 else ("right", "left")
        self._side = side
        colours = pick_colours(rng, BARS, variant)
        columns = rng.permutation(2)
        for index, colour in enumerate(colours):
            x = float(rng.uniform(0.36, 0.44)) + 0.18 * float(columns[index])
            y = side * float(rng.uniform(0.235, 0.25))
            turn = quat_about_z(np.pi / 2 + float(rng.uniform(-0.9, 0.9)))
            world.add(f"{colour} bar", f"bar_{index}", (x, y, Bar.thick), turn.tolist(), COLOURS[colour])
        world.add(MIDDLE, "middle", (float(rng.uniform(0.45, 0.51)), 0.0, 0.0), quat_about_z(np.pi / 2).tolist())
        tray = (float(rng.uniform(0.46, 0.52)), -side * float(rng.uniform(0.20, 0.22)), 0.0)
        world.add(TRAY, "tray", tray, quat_about_z(float(rng.uniform(-0.2, 0.2))).tolist())
        self.bar = f"{variant} bar"
        self.instruct(rng, bar=self.bar, giver=self.giver, taker=self.taker)
        self.variation = {"variant": variant, "distractor": colours[1], "giver": self.giver}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp, bring to the middle, take with the other arm, let go, place: what is left of it."""
        bar, giver, taker = self.bar, self.giver, self.taker
        given, taken = (scene.of(arm).holding == bar for arm in (giver, taker))
        place = Subtask("place", bar, "in", TRAY, arm=taker)
        if scene.related(bar, "in", TRAY) and not (given or taken):
            return []
        if taken and not given:
            return [place]
        if not given and self._side * scene.position(bar)[1] < 0.0:
            return [Subtask("grasp", bar, arm=taker), place]
        steps = [Subtask("grasp", bar, arm=giver), Subtask("move", bar, "to", MIDDLE, arm=giver)]
        steps += [Subtask("grasp", bar, arm=taker), Subtask("release", bar, arm=giver), place]
        if given:
            done = 3 if taken else 2 if holds(scene, steps[1]) else 1
            return steps[done:]
        return steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`in_tray`, `released`, `success`."""
        in_tray = scene.related(self.bar, "in", TRAY)
        released = scene.holding is None
        return {"in_tray": in_tray, "released": released, "success": in_tray and released}
