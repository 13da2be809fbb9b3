"""Turn the handle of the door and pull it open."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import OPEN, Pose, Scene, Stroke, Thing
from failgym.sim.entities import Entity
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

DOOR, HANDLE = "door", "door handle"
HINGE = (0.555, 0.0, 0.0)
"""From the middle of robosuite's door frame to the hinge of the leaf, m; the leaf lies along x, its face at -y."""
AXIS = (0.380, -0.025)
"""From the hinge to the axis of the handle along the leaf, and up, m."""
STANDOFF = 0.10
"""From the middle of the leaf to the middle of the handle's bar, m."""
REACH = 0.112
"""From the axis of the handle to where it is held, m."""
WIDTH = 0.03
"""Of the bar, m."""
SWING, TRAVEL = 0.4, 1.57
"""Range of hinge and handle, rad."""
TURNED = 0.92
"""Part of its range by which the handle is turned, 0..1: the latch is free from about 0.75 on."""
WIDE = 0.97
"""How far the door is opened, 0..1."""
BACK = 0.11
"""Distance from which a hand comes to the handle, against the direction in which it points, m."""
ASKEW = -0.65
"""From straight at the leaf to where the hand points, away from the bar's tip, rad: wrists are stretched otherwise."""
TO_LEAF = multiply(quat_about_z(ASKEW), quat_from_rotvec((-math.pi / 2, 0.0, 0.0)))
"""Turn of a hand that takes the bar, its fingers one above the other."""
HALVES = (math.pi, 0.0)
"""Turns of a hand about its own axis that serve alike, the one first that is nearer to the hand at reset, rad."""
STRIDES = 7
"""Poses of a stroke."""


@dataclass(frozen=True)
class Frame(SuiteEntity):
    """robosuite's door, held by its frame: a leaf that swings out of it, on a hinge near the robot."""

    body: str
    joint_name: str

    @property
    def key(self) -> str:
        """The leaf and what is on it, without the frame."""
        return DOOR

    @property
    def joint(self) -> str:
        """The hinge."""
        return self.joint_name

    def describe(self, name: str) -> Thing:
        """A thing to open by its handle, which the hand holds already."""
        return Thing(name, graspable=True, width=WIDTH, height=0.58, strokes=("open",))

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """At its handle, while it is shut."""
        return tuple(stroke.path[0] for stroke in self.strokes(pose, 0.0, "open"))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """A hand that holds the handle swings with the leaf."""
        hinge = pose.position + rotate(pose.quat_wxyz, HINGE)
        out, up = AXIS
        held = np.array([REACH - out, -STANDOFF, up])
        angles = np.linspace(opening, max(WIDE, opening), STRIDES) * SWING
        turns = [multiply(pose.quat_wxyz, quat_about_z(float(angle))) for angle in angles]
        return _strokes([Pose(hinge + rotate(turn, held), turn) for turn in turns], keeps=False)


@dataclass(frozen=True)
class DoorHandle(SuiteEntity):
    """The handle: a bar that points to the hinge, and downwards when it is turned; a spring turns it back."""

    body: str
    joint_name: str

    @property
    def joint(self) -> str:
        """Its axis in the leaf."""
        return self.joint_name

    def describe(self, name: str) -> Thing:
        """A thing to turn."""
        return Thing(name, width=WIDTH, height=0.04, strokes=("turn",))

    def strokes(self, pose: Pose, opening: float, verb: str) -> tuple[Stroke, ...]:
        """A hand that points at the leaf takes the bar, turns with it, and keeps hold of it."""
        angles = (np.linspace(opening, max(TURNED, opening), STRIDES) - opening) * TRAVEL
        turns = [multiply(pose.quat_wxyz, quat_from_rotvec((0.0, float(angle), 0.0))) for angle in angles]
        held = np.array([REACH, -STANDOFF, 0.0])
        return _strokes([Pose(pose.position + rotate(turn, held), turn) for turn in turns], keeps=True)


def _strokes(bars: Sequence[Pose], keeps: bool) -> tuple[Stroke, ...]:
    """Ways of a hand that holds the bar, given the places where, in frames whose x axis is along the bar."""
    found = []
    for half in HALVES:
        path = tuple(Pose(at, multiply(multiply(quat, TO_LEAF), quat_about_z(half))) for at, quat in bars)
        away = [-BACK * rotate(pose.quat_wxyz, (0.0, 0.0, 1.0)) for pose in (path[0], path[-1])]
        found.append(Stroke(path, True, away[0], away[1], preshape=0.0, keeps=keeps))
    return tuple(found)


class Door(SuiteTask):
    """Hold the handle, turn it down until the latch is free, and swing the door open with it.

    A spring turns the handle back when it is let go; before the latch is free the door does not move.

    **Randomisation** (robosuite's): the door stands at the robot's right, within 1 cm along x and y, turned by up to 14
    degrees.

    **Success** (robosuite's): the hinge has turned by more than 0.3 rad.
    """

    phrasings = (
        "open the door",
        "turn the handle and pull the door open",
        "push the handle down and swing the door open",
    )

    def entities(self) -> tuple[Entity, ...]:
        """The door and its handle."""
        door = self.env.door
        hinge, latch = door.joints[:2]
        return Frame(door.frame_body, hinge), DoorHandle(door.latch_body, latch)

    def names(self) -> Mapping[str, str]:
        """The door and its handle."""
        return {DOOR: DOOR, HANDLE: self.env.door.latch_body}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Turn the handle, open the door."""
        swing = Subtask("open", DOOR)
        if holds(scene, swing):
            return []
        turned = scene.opening(HANDLE) >= OPEN and scene.holding == HANDLE
        return [swing] if turned else [Subtask("turn", HANDLE), swing]
