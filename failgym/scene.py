"""What any simulator must offer, and the facts that a draw may use.

World frame = robot base frame: +x forward, +y left, +z up, z = 0 on the table. Quaternions are wxyz.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from failgym.plans import Plan
from failgym.rotations import multiply, normalised, quat_from_rotvec, rotation_between

Vector = NDArray[np.float64]
Shift = tuple[float, float, float, float, float, float]
"""How far a hand has moved, m, and turned, rotation vector, rad."""


PROPS, SOMEBODY, PATTERNS = "props", "somebody", "patterns"
"""What a scene is furnished with where a perturbation needs it: more loose things, a hand that holds a board in the
way, textures. It is left out elsewhere, since it costs time in every step."""
PROP = "prop "
"""What the names of spare things that belong to no task begin with."""
OPEN = 0.8
SHUT = 0.08
"""Openings, 0..1, from which a thing counts as open (turned, screwed down, pressed), and down to which as closed."""


class Pose(NamedTuple):
    """A pose in the world frame."""

    position: Vector
    """(3,) m."""
    quat_wxyz: Vector
    """(4,) unit quaternion."""


class Box(NamedTuple):
    """A box that part of a thing, or of an arm, does not leave; JSON-ready."""

    centre: tuple[float, float, float]
    """m, world frame."""
    half: tuple[float, float, float]
    """Half sizes, m."""
    quat_wxyz: tuple[float, float, float, float]


class Goal(NamedTuple):
    """Where a thing goes, and the free way there."""

    position: Vector
    """(3,) m of its centre when it is let go."""
    quat_wxyz: Vector
    """(4,) unit quaternion."""
    approach: Vector
    """(3,) m: it comes from this far off, in a straight line; the hand that let go leaves the same way."""
    retreat: Vector | None = None
    """(3,) m: that hand leaves to this far off, where something would be in its way."""


class Stroke(NamedTuple):
    """How a hand moves a thing that slides, turns, screws or sinks."""

    path: tuple[Pose, ...]
    """Hand poses in the world frame, from where it takes hold or touches to where it lets go."""
    grip: bool
    """The hand closes around it at the first pose and opens at the last; else it pushes with closed fingers."""
    approach: Vector
    """(3,) m: the hand comes to the first pose from this far off."""
    retreat: Vector
    """(3,) m: and leaves the last one to this far off."""
    preshape: float = 0.3
    """Closure with which the hand comes, before it grips."""
    keeps: bool = False
    """The hand that grips does not let go at the end: what it moved would spring back."""


def toward(pose: Pose, goal: Pose, metres: float, radians: float) -> Pose:
    """Return the pose that is at most so far on the way to the goal; the goal itself once it is that near."""
    move = goal.position - pose.position
    turn = rotation_between(pose.quat_wxyz, goal.quat_wxyz)
    share = max(math.hypot(*move.tolist()) / metres, math.hypot(*turn.tolist()) / radians)
    if share <= 1.0:
        return goal
    return Pose(pose.position + move / share, normalised(multiply(quat_from_rotvec(turn / share), pose.quat_wxyz)))


@dataclass(frozen=True, slots=True)
class Hand:
    """State of the hand; `closure` is 0 open .. 1 closed."""

    pose: Pose
    """Measured tool centre point: z axis = approach direction, y axis = finger opening axis."""
    target: Pose
    """Commanded tool centre point."""
    closure: float
    width: float
    """Distance between the finger pads, m."""
    force: float
    """Smaller of the two pads' contact forces, N; 0 when a pad touches nothing."""
    holding: str | None
    """Name of the thing that both pads touch."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One named thing, as a draw or a plan may know it."""

    name: str
    graspable: bool = False
    width: float = 0.0
    """Distance between the pads that hold it, m."""
    height: float = 0.0
    """m."""
    strokes: tuple[str, ...] = ()
    """Verbs that move a part of it, or it on its thread, or take it away: `open`, `close`, `press`, `turn`, `screw`,
    `wipe`."""
    grips: tuple[str, ...] = ()
    """Those of them for which the hand closes around a handle, and does not only push."""
    receives: tuple[str, ...] = ()
    """Relations in which something can be brought to it: `on`, `in`, `to`, `into`."""
    aligns: bool = False
    """What comes to it must be turned to fit."""
    symmetry: int = 4
    """Number of headings in which it looks the same; 0 when it is round."""
    tip: tuple[float, float, float] | None = None
    """Of a tool: middle of the edge that moves things, at its lower side, in the tool's frame, whose x axis is across
    that edge, m."""
    edge: float = 0.0
    """Of a tool: half the thickness of that edge, m."""

    @property
    def opens(self) -> bool:
        """It has a door, lid or drawer."""
        return "open" in self.strokes or "close" in self.strokes


@dataclass(frozen=True)
class SceneFacts:
    """What is true of the scene right after reset; JSON-ready through `dataclasses.asdict`."""

    things: tuple[Thing, ...]
    positions: Mapping[str, tuple[float, float, float]]
    """Where each thing stood at reset, m."""
    closed: tuple[str, ...] = ()
    """Things that open and are closed at reset."""
    fixed: tuple[str, ...] = ()
    """Things that stand fast, or are part of one that does: they can be worked, not carried away."""
    ways: tuple[tuple[float, float, float], ...] = ()
    """Of each subtask of the plan, how far and where the hand moves what it works on or carries, m; zeros where it
    takes or lets go."""
    hands: tuple[tuple[float, ...], ...] = ()
    """Of each subtask, pose of the hand where it takes hold or touches first, m and quaternion wxyz; empty where it
    does neither, or that cannot be known before."""
    paths: tuple[tuple[Shift, ...], ...] = ()
    """Of each subtask, the hand's way in steps, from nothing; empty where it is straight, or not there."""
    aims: tuple[tuple[float, float, float], ...] = ()
    """Of each subtask, by how much the hand turns before it acts or puts down, rotation vector, rad; zeros where that
    cannot be known before."""
    rivals: tuple[Mapping[str, Shift], ...] = ()
    """Of each subtask, what else could be taken or worked, or could receive what is brought: where the hand would be
    instead, seen from where it should be."""
    slacks: tuple[float, ...] = ()
    """Of each subtask, the share of its way, 0..1, that an open hand around a handle loses before the pad behind it
    takes it along; 1 where there is none behind it, or no handle."""
    alterable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Properties that `Scene.alter` knows, each with the names at which it can be altered."""
    boxes: Mapping[str, tuple[Box, ...]] = field(default_factory=dict)
    """What each thing takes up at reset, and, as `arm`, `left arm` or `right arm`, the stand of each arm; empty where
    the scene is not furnished."""
    solid: bool = True
    """A hand runs into things; else it passes through them."""
    max_opening: float = 0.08
    """Of the gripper, m."""
    workspace: tuple[tuple[float, float], tuple[float, float]] = ((0.32, 0.68), (-0.28, 0.28))
    """x and y range on the table that the hand reaches comfortably, m."""
    plan: Plan = field(default_factory=lambda: Plan("", ()))
    """The nominal plan."""

    def thing(self, name: str) -> Thing | None:
        """Return the thing of that name, or None."""
        return self._by_name.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all things."""
        return tuple(self._by_name)

    @functools.cached_property
    def _by_name(self) -> dict[str, Thing]:
        return {thing.name: thing for thing in self.things}


@runtime_checkable
class Scene(Protocol):
    """The privileged view of a simulator that perturbations, tasks and the expert share."""

    def facts(self) -> SceneFacts:
        """What was true right after reset."""
        ...

    def hand(self) -> Hand:
        """State of the hand now."""
        ...

    @property
    def holding(self) -> str | None:
        """Name of the thing that both pads touch; cheaper than `hand()`."""
        ...

    def pose(self, name: str) -> Pose:
        """Pose of a thing's centre now."""
        ...

    def position(self, name: str) -> Vector:
        """Position of a thing's centre now, (3,) m; cheaper than `pose`, and only to be read, at once."""
        ...

    def set_pose(self, name: str, position: Vector, quat_wxyz: Vector | None = None) -> None:
        """Put a free thing somewhere, at rest."""
        ...

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter a property that lies in the model and not in the state, until the next reset; None: as it was built.

        Snapshots hold what is altered. `facts().alterable` says what can be, and at which names:
        `friction` (sliding friction of a thing, in the hand too), `mass` (kg added to a thing), `size` (of a thing,
        relative to what it was), `colour` (r, g, b, 0..1, of a thing, the table or the floor), `light` (brightness
        relative to the usual one, turn of the main light about the vertical, rad, and, where given, r, g, b by which
        all light is multiplied), `camera` (shift, m, and turn, rotation vector, rad), `spare` (brings a spare thing to
        x, y, m, and a heading, rad). In a furnished scene also `texture` (number of a pattern, of a thing, the table
        or the floor) and `somebody` (pose of the board that is held in the way, m and quaternion wxyz).

        Raises:
            ConfigurationError: a property or name that cannot be altered here.
        """
        ...

    def opening(self, name: str) -> float:
        """How far a thing is open, turned, screwed down, pressed or wiped: 0 .. 1."""
        ...

    @property
    def pressed(self) -> tuple[str, ...]:
        """What was pressed since reset, in order."""
        ...

    def related(self, name: str, relation: str, target: str) -> bool:
        """Whether a thing is `on`, `in` or otherwise at another, resting or held."""
        ...

    def grasps(self, name: str) -> tuple[Pose, ...]:
        """Hand poses that would hold the thing now; best first."""
        ...

    def strokes(self, name: str, verb: str) -> tuple[Stroke, ...]:
        """Ways to open, close, press, turn, screw or wipe the thing from how it is now; best first."""
        ...

    def place(self, name: str, relation: str, target: str) -> Goal:
        """Where thing `name` goes to be `on`, `in` or `to` the target."""
        ...

    def joints_to(self, pose: Pose) -> Vector | None:
        """Joint increments, rad, from the commanded joints to a hand pose; None where the arm cannot reach."""
        ...

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses, from where it is commanded to be."""
        ...

    def of(self, arm: str | None) -> "Scene":
        """The same scene with the hand of that arm; None where there is one arm only."""
        ...
