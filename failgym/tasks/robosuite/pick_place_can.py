"""Put the can into its bin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from failgym.plans import Subtask
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Can, Entity, above
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

CAN = "can"
BINS = ("milk bin", "bread bin", "cereal bin", "can bin")
"""The four compartments, in robosuite's order: near right, far right, near left, far left."""
RADIUS, HALF_HEIGHT = 0.025, 0.040
"""Of the can, m."""
WALL = 0.080
"""Height of the walls above the floor of a bin, m."""
HALF = (0.0975, 0.1225)
"""Half sizes of a compartment, m."""
NEARER = (-0.025, -0.045)
"""Where the can is put, from the middle of its compartment towards the robot: that one is hard to reach, m."""


@dataclass(frozen=True)
class MeshCan(Can):
    """robosuite's can, whose shape is a mesh."""

    def resized(self, factor: float) -> None:
        """A mesh has its size."""


@dataclass(frozen=True)
class Compartment(SuiteEntity):
    """A quarter of robosuite's second bin, found by the ghost of what belongs into it."""

    body: str
    above_floor: float
    """Of the middle of the ghost, m."""

    def describe(self, name: str) -> Thing:
        """A place to put things in."""
        return Thing(name, height=WALL, receives=("in",))

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """On its floor, over its walls."""
        position = pose.position + np.array([*NEARER, thing.height / 2 - self.above_floor])
        return above(position, pose.quat_wxyz, np.array([0.0, 0.0, WALL + 0.03]))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """As robosuite decides it: the thing's centre is over it and below the walls' top."""
        x, y, z = (at.position - pose.position).tolist()
        return relation == "in" and abs(x) < HALF[0] and abs(y) < HALF[1] and -0.02 < z + self.above_floor < WALL


class PickPlaceCan(SuiteTask):
    """Take the can out of the bin on the right and put it into its compartment of the bin on the left.

    **Randomisation** (robosuite's): the can stands anywhere in the right bin, at least 5 cm from its walls.

    **Success** (robosuite's): the can is in the far left one of the four compartments, and the hand has left it.
    """

    phrasings = (
        "put the can in the can bin",
        "pick up the can and put it into its compartment",
        "move the can from the right bin to its place in the left bin",
    )

    def entities(self) -> tuple[Entity, ...]:
        """The can and four compartments."""
        can = MeshCan(self._key(), RADIUS, HALF_HEIGHT)
        ghosts = self.env.visual_objects
        heights = [-float(ghost.bottom_offset[2]) for ghost in ghosts]
        floor = float(self.env.failgym_origin[2] - self.env.bin2_pos[2])
        spots = zip(ghosts, heights, strict=True)
        return (can, *(Compartment(ghost.root_body, height - floor) for ghost, height in spots))

    def names(self) -> Mapping[str, str]:
        """The can and four compartments."""
        ghosts = [ghost.root_body for ghost in self.env.visual_objects]
        return {CAN: self._key(), **dict(zip(BINS, ghosts, strict=True))}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", CAN, "in", BINS[-1])
        if holds(scene, place):
            return []
        return [place] if scene.holding == CAN else [Subtask("grasp", CAN), place]

    def _key(self) -> str:
        key: str = self.env.objects[-1].root_body
        return key
