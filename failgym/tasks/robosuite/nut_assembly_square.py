"""Put the square nut over the square peg."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import rotate, yaw
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Entity, above, hand_down
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

NUT, PEG, ROUND_PEG = "square nut", "square peg", "round peg"
HALF_NUT = 0.010
"""Half height of the nut, m."""
TAB = 0.062
"""From the middle of the nut to where the hand holds its tab, m."""
PEG_TOP = 0.130
"""Height of both pegs above the table, m; the middle of their bodies is 3 cm above it."""
MIDDLE = 0.030
LET_GO = 0.035
"""Height of the nut above the table when it is let go, m: it falls the rest."""
NEAR = 0.03
"""Distance of the nut from a peg, along x and y, below which robosuite says that it is on it, m."""
LOW = 0.05
"""Height of the nut below which it may be on it, m."""


@dataclass(frozen=True)
class SquareNut(SuiteEntity):
    """robosuite's flat square nut with a tab along +x of its frame."""

    body: str

    def describe(self, name: str) -> Thing:
        """A thing to hold by its tab; it fits in four headings."""
        return Thing(name, graspable=True, width=0.032, height=2 * HALF_NUT, symmetry=4)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on both sides of the tab."""
        position = pose.position + rotate(pose.quat_wxyz, (TAB, 0.0, 0.0)) + np.array([0.0, 0.0, 0.006])
        return (hand_down(position, yaw(pose.quat_wxyz) + np.pi / 2),)


@dataclass(frozen=True)
class Peg(SuiteEntity):
    """One of robosuite's two upright pegs."""

    body: str

    def describe(self, name: str) -> Thing:
        """What a nut is put on, in line with its sides."""
        return Thing(name, height=PEG_TOP, receives=("on",), aligns=True)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Around its lower half, from clear of its top."""
        clear = np.array([0.0, 0.0, PEG_TOP + thing.height / 2 + 0.012 - LET_GO])
        return above(pose.position + np.array([0.0, 0.0, LET_GO - MIDDLE]), pose.quat_wxyz, clear)

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """As robosuite decides it."""
        x, y, z = (at.position - pose.position).tolist()
        return relation == "on" and max(abs(x), abs(y)) < NEAR and z + MIDDLE < LOW


class NutAssemblySquare(SuiteTask):
    """Hold the square nut by its tab and put it over the square peg, not the round one.

    **Randomisation** (robosuite's): the nut lies 11 cm before the middle of the table, 11..22 cm to the left, any yaw;
    both pegs stand still.

    **Success** (robosuite's): the nut is within 3 cm of the peg's axis in x and y, less than 5 cm above the table, and
    the hand has left it.
    """

    phrasings = (
        "put the square nut on the square peg",
        "fit the square nut over the square peg",
        "pick up the square nut by its handle and slide it down the square peg",
    )

    def entities(self) -> tuple[Entity, ...]:
        """Nut and pegs."""
        return SquareNut(self.env.nuts[0].root_body), Peg("peg1"), Peg("peg2")

    def names(self) -> Mapping[str, str]:
        """Nut and pegs."""
        return {NUT: self.env.nuts[0].root_body, PEG: "peg1", ROUND_PEG: "peg2"}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", NUT, "on", PEG)
        if holds(scene, place):
            return []
        return [place] if scene.holding == NUT else [Subtask("grasp", NUT), place]
