"""Wipe the dirt off the table."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from failgym.plans import Subtask
from failgym.scene import Pose, Scene, Stroke, Thing, Vector
from failgym.sim.entities import Entity, hand_down
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

DIRT = "dirt"
PRESS = 0.012
"""Depth below the table's top to which the sponge is told to go, m: it is soft, and so is the arm."""
STRIDE = 6
"""The hand goes to every so many-th spot of the trail: spots are 5 mm apart, and the sponge is 5 cm wide."""
ABOVE = np.array([0.0, 0.0, 0.10])
"""From how far above the hand comes down, m."""
HEADINGS = (-math.pi / 2, 0.0, math.pi, math.pi / 2)
"""Of the sponge's short side, rad; the first is that of the hand at reset. A wrist that is turned into its limit does
not count as wiping to robosuite."""


@dataclass(frozen=True)
class Dirt(SuiteEntity):
    """robosuite's trail of spots, which the sponge takes away where it presses on them."""

    env: Any
    """robosuite's environment, which knows the spots that are left."""

    @property
    def body(self) -> str:  # type: ignore[override]
        """The spot in the middle of the trail."""
        return self._bodies[len(self._bodies) // 2]

    @property
    def key(self) -> str:
        """What it is called."""
        return DIRT

    @property
    def parts(self) -> tuple[str, ...]:
        """The other spots."""
        return tuple(name for name in self._bodies if name != self.body)

    @property
    def _bodies(self) -> list[str]:
        return [marker.root_body for marker in self.env.model.mujoco_arena.markers]

    def describe(self, name: str) -> Thing:
        """A thing to wipe."""
        return Thing(name, strokes=("wipe",), symmetry=0)

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """Press the sponge down and go along the spots that are left."""
        spots = self._left()
        if not len(spots):
            return ()
        points = [*spots[::STRIDE], spots[-1]]
        deep = np.array([0.0, 0.0, PRESS])
        found = []
        for heading in HEADINGS:
            path = [hand_down(point - deep, heading) for point in points]
            first = Pose(points[0], path[0].quat_wxyz)
            found.append(Stroke((first, *path), False, ABOVE, ABOVE))
        return tuple(found)

    def _left(self) -> Vector:
        """Places of the spots that are left, in the order of the trail, from its nearer end, (N, 3) m."""
        env, data = self.env, self.env.sim.data._data
        left = [marker for marker in env.model.mujoco_arena.markers if marker not in env.wiped_markers]
        return np.array([data.body(marker.root_body).xpos - env.failgym_origin for marker in left])


class Wipe(SuiteTask):
    """Wipe the dirt off the table with the sponge that the robot has for a hand.

    **Randomisation** (robosuite's): a winding trail of 100 spots, 50 cm long, anywhere on the middle 60 % of the table.

    **Success** (robosuite's): every spot has been under the sponge while it was pressed down.
    """

    phrasings = (
        "wipe the dirt off the table",
        "clean the table with the sponge",
        "press the sponge down and wipe away all of the dirt",
    )
    remembers = ("wiped_markers", "collisions", "f_excess")

    def entities(self) -> tuple[Entity, ...]:
        """The dirt."""
        return (Dirt(self.env),)

    def names(self) -> Mapping[str, str]:
        """The dirt."""
        return {DIRT: DIRT}

    def shares(self) -> Mapping[str, Callable[[], float]]:
        """The share of the spots that is gone."""
        return {DIRT: lambda: len(self.env.wiped_markers) / int(self.env.num_markers)}

    def recall(self) -> None:
        """Show the spots that are left, and no others."""
        model = self.env.sim.model._model
        for marker in self.env.model.mujoco_arena.markers:
            shown = 0.0 if marker in self.env.wiped_markers else 1.0
            model.geom_rgba[model.geom(marker.visual_geoms[0]).id, 3] = shown

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Wipe what is left."""
        wipe = Subtask("wipe", DIRT)
        return [] if holds(scene, wipe) else [wipe]
