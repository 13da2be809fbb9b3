"""FailGym's view of an RLBench scene: things of the plan, where they are, and how the demonstration works them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.cast import Cast, level, rebased
from failgym.envs.rlbench.outline import Outline, Part
from failgym.envs.rlbench.protocol import Launched, Simulator, State
from failgym.errors import ConfigurationError, PlanError
from failgym.rotations import conjugate, multiply, rotate
from failgym.scene import Goal, Hand, Pose, Scene, SceneFacts, Stroke, Vector

Array = NDArray[np.float64]
ALTERABLE = ("camera", "colour", "mass")
PLACED = 0.05
"""Distance from where a thing belongs up to which it counts as being there, where the task has no sensor for it, m."""
BESIDE = 0.1
"""Distance of the hand from the way of a handle within which that may be what it holds, m."""
STALLED = 0.03
"""Closure by which fingers stay behind their command where something is between them."""
ROUND_TABLE = ((0.25, 0.75), (-0.4, 0.4))
"""x and y range on the table that the hand reaches comfortably, m."""


@dataclass
class Moment:
    """What the environment keeps up to date."""

    state: State
    target: Pose
    """Commanded hand."""
    joints: Array
    """Commanded joints, rad."""
    closure: float = 0.0
    """Commanded, injections included."""
    pressed: tuple[str, ...] = ()
    moved: frozenset[str] = field(default_factory=frozenset)
    """Things that something else than the robot moved, since somebody last looked."""


class RLBenchScene:
    """Implements `failgym.scene.Scene` on what a simulator says."""

    def __init__(self, simulator: Simulator, launched: Launched, outline: Outline, cast: Cast, now: Moment) -> None:
        """Look at a fresh episode."""
        self._simulator, self.outline, self.cast, self.now = simulator, outline, cast, now
        self._start = now.state
        self._solid = True
        self._opening = launched.max_opening
        still = tuple(name for name, item in cast.items.items() if item.kind != "sensor")
        movable = tuple(thing.name for thing in cast.things if thing.graspable)
        self._facts = SceneFacts(
            things=cast.things,
            positions={name: _triple(self._pose_of(name, now.state)) for name in still if self._known(name, now.state)},
            closed=tuple(
                thing.name for thing in cast.things if thing.opens and cast.opening(thing.name, now.state) < 0.5
            ),
            fixed=tuple(name for name, item in cast.items.items() if item.fixed),
            alterable={
                "camera": launched.cameras,
                "colour": tuple(name for name, item in cast.items.items() if item.kind == "shape"),
                "mass": movable,
            },
            max_opening=launched.max_opening,
            workspace=ROUND_TABLE,
            plan=outline.plan,
        )

    def facts(self) -> SceneFacts:
        """What was true right after reset."""
        return self._facts

    def hand(self) -> Hand:
        """State of the hand now."""
        state = self.now.state
        width = self._opening * (1.0 - state.closure)
        return Hand(state.hand, self.now.target, state.closure, width, state.force, self.holding)

    @property
    def holding(self) -> str | None:
        """Name of what is attached to the hand; else of the handle that keeps its fingers from closing."""
        for item in self.now.state.grasped:
            name = self.cast.name(item)
            if name is not None:
                return name
        return self._gripped()

    def pose(self, name: str) -> Pose:
        """Pose of a thing now; of what has been removed, where it was last."""
        seven = self._pose_of(self._checked(name), self.now.state)
        return Pose(seven[:3].copy(), seven[3:].copy())

    def position(self, name: str) -> Vector:
        """Position of a thing now, (3,) m."""
        return self._pose_of(self._checked(name), self.now.state)[:3]

    def started(self, name: str) -> Array:
        """Pose of a thing at reset, (7,)."""
        return self._pose_of(self._checked(name), self._start)

    def set_pose(self, name: str, position: Vector, quat_wxyz: Vector | None = None) -> None:
        """Put a thing somewhere, at rest."""
        quat = self.pose(name).quat_wxyz if quat_wxyz is None else np.asarray(quat_wxyz, dtype=np.float64)
        pose = Pose(np.array(position, dtype=np.float64), quat)
        self._simulator.set_pose(self.cast.items[name].name, pose)
        self.now.moved |= {name}
        self.now.state = self._simulator.state()

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter a colour, a mass or a camera; nothing else can be altered in RLBench without rebuilding its scene.

        Raises:
            ConfigurationError: a property or name that cannot be altered here.
        """
        names = self._facts.alterable.get(what, ())
        if name not in names:
            possible = f"{what} of {', '.join(names)}" if what in ALTERABLE else ", ".join(ALTERABLE)
            raise ConfigurationError(what, name, possible)
        item = name if what == "camera" else self.cast.items[name].name
        self._simulator.alter(what, item, None if values is None else [float(value) for value in values])

    def opening(self, name: str) -> float:
        """How far a thing is open, turned or pressed, 0..1; `OPEN` and `SHUT` lie where the task wants it to be."""
        return self.cast.opening(self._checked(name), self.now.state)

    @property
    def pressed(self) -> tuple[str, ...]:
        """What was pressed since reset, in order."""
        return self.now.pressed

    def related(self, name: str, relation: str, target: str) -> bool:
        """Whether a thing is where it was brought: as the task's own sensor says; else, by where it is."""
        said = self.cast.brought(self._checked(name), self._checked(target), self.now.state)
        if said is not None:
            return said
        goal = self.place(name, relation, target).position
        return bool(np.linalg.norm(goal - self.position(name)) < PLACED)

    def grasps(self, name: str) -> tuple[Pose, ...]:
        """The hand pose of the demonstration, as it lies to the thing now; over its middle, where there is none."""
        part = self._taking(name)
        if part is None:
            return (Pose(self.pose(name).position, np.array([0.0, 1.0, 0.0, 0.0])),)
        closing = contact(part)
        own = part.subtask.object == name
        was, now = self._pose_of(part.subtask.object, self._start), self._pose_of(name, self.now.state)
        return (rebased(closing, was, now) if own else rebased(closing, *level(was, now)),)

    def strokes(self, name: str, verb: str) -> tuple[Stroke, ...]:
        """The way of the hand in the demonstration; of what could be mistaken for that, the same way elsewhere."""
        part = self._working(name, verb)
        if part is None:
            return ()
        was, now = self._pose_of(part.subtask.object, self._start), self._pose_of(name, self._start)
        poses = [rebased(pose, *level(was, now)) for pose in way(part)]
        before, after = beside(part)
        return (Stroke(tuple(poses), part.grips, before, after),)

    def place(self, name: str, relation: str, target: str) -> Goal:
        """Where the demonstration brings a thing; seen from another target, where it brings nothing.

        Raises:
            PlanError: nothing is ever brought anywhere in this task.
        """
        part = self._bringing(self._checked(name), self._checked(target))
        if part is None:
            raise PlanError(f"nothing is brought {relation} the {target} in this task")
        end, before = part.waypoints[index_of_end(part)].pose, part.waypoints[max(0, index_of_end(part) - 1)].pose
        goal = self._carried(part, end)
        if target != part.subtask.target and part.target and part.subtask.target is not None:
            shift = self._pose_of(target, self._start)[:3] - self._pose_of(part.subtask.target, self._start)[:3]
            goal = Pose(goal.position + shift, goal.quat_wxyz)
        return Goal(goal.position, goal.quat_wxyz, before.position - end.position)

    def joints_to(self, pose: Pose) -> Vector | None:
        """Joint increments from the commanded joints to a hand pose, rad; None where the arm cannot reach."""
        joints = self._simulator.inverse(pose)
        return None if joints is None else joints - self.now.joints

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Return True: what can be reached, only planning tells."""
        return True

    def of(self, arm: str | None) -> Scene:
        """Return itself: there is one arm."""
        return self

    # -- inside -------------------------------------------------------------------------------------------------------

    def _checked(self, name: str) -> str:
        if name not in self.cast.items:
            raise PlanError.unknown_object(name, tuple(self.cast.items))
        return name

    def _known(self, name: str, state: State) -> bool:
        return self.cast.items[name].name in state.poses

    def _pose_of(self, name: str, state: State) -> Array:
        item = self.cast.items[name].name
        found = state.poses.get(item)
        if found is None:
            found = self._start.poses.get(item)
        return np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]) if found is None else found

    def _gripped(self) -> str | None:
        """What is worked by a handle while the closed fingers stay open by its width."""
        if self.now.closure <= 0.5 or self.now.closure - self.now.state.closure < STALLED:
            return None
        at = self.now.state.hand.position
        worked = [part for part in self.outline.parts if part.grips and self.cast.items[part.subtask.object].fixed]
        return next((part.subtask.object for part in worked if _off(way(part), at) < BESIDE), None)

    def _taking(self, name: str) -> Part | None:
        parts = [part for part in self.outline.parts if part.subtask.verb == "grasp"]
        own = next((part for part in parts if part.subtask.object == name), None)
        return own or next((part for part in parts if name in self.cast.rivals.get(part.subtask.object, ())), None)

    def _working(self, name: str, verb: str) -> Part | None:
        parts = [part for part in self.outline.parts if part.subtask.verb == verb and part.subtask.target is None]
        own = next((part for part in parts if part.subtask.object == name), None)
        return own or next((part for part in parts if name in self.cast.rivals.get(part.subtask.object, ())), None)

    def _bringing(self, name: str, target: str) -> Part | None:
        parts = [part for part in self.outline.parts if part.subtask.target is not None]
        ranked = sorted(
            parts, key=lambda part: (part.subtask.object != name, part.subtask.target != target), reverse=False
        )
        return ranked[0] if ranked else None

    def _carried(self, part: Part, hand: Pose) -> Pose:
        """Pose of what is carried when the hand is there: it hangs in the hand as it was taken."""
        taken = next((each for each in self.outline.parts if _takes(each, part.subtask.object)), None)
        if taken is None:
            # What is pushed ends where the sensor is, or under the hand.
            end = self._pose_of(part.subtask.target, self._start) if part.subtask.target else np.concatenate(hand)
            now = self._pose_of(part.subtask.object, self._start)
            return Pose(np.array([end[0], end[1], now[2]]), now[3:].copy())
        grasp, thing = contact(taken), self._pose_of(part.subtask.object, self._start)
        turn = multiply(hand.quat_wxyz, conjugate(grasp.quat_wxyz))
        offset = rotate(turn, thing[:3] - grasp.position)
        return Pose(hand.position + offset, multiply(turn, thing[3:]))


def contact(part: Part) -> Pose:
    """Return the hand pose at which a part takes hold, or touches first."""
    closing = [waypoint for waypoint in part.waypoints if waypoint.gripper is not None and not waypoint.opens]
    if closing and (part.grips or part.subtask.verb == "grasp"):
        return closing[-1].pose if part.subtask.verb == "grasp" else closing[0].pose
    return part.waypoints[max(0, len(part.waypoints) - 2)].pose if len(part.waypoints) < 3 else part.waypoints[1].pose


def index_of_contact(part: Part) -> int:
    """Return the number, within the part, of the waypoint at which the hand takes hold or touches first."""
    pose = contact(part)
    return next(index for index, waypoint in enumerate(part.waypoints) if waypoint.pose is pose)


def index_of_end(part: Part) -> int:
    """Return the number, within the part, of the waypoint at which what is carried or worked is where it belongs."""
    opening = (index for index, waypoint in enumerate(part.waypoints) if waypoint.opens)
    return next(opening, len(part.waypoints) - 1)


def way(part: Part) -> tuple[Pose, ...]:
    """Return the hand poses of a part from where it takes hold to where it lets go."""
    first, last = index_of_contact(part), index_of_end(part)
    poses = [part.waypoints[first].pose]
    for waypoint in part.waypoints[first + 1 : max(first, last) + 1]:
        poses += waypoint.path or (waypoint.pose,)
    return tuple(poses)


def beside(part: Part) -> tuple[Vector, Vector]:
    """Return from how far off the hand comes to the first pose of its way, and how far it leaves the last, (3,) m."""
    poses, first, last = way(part), index_of_contact(part), index_of_end(part)
    before = part.waypoints[first - 1].pose.position if first > 0 else poses[0].position
    after = part.waypoints[last + 1].pose.position if last + 1 < len(part.waypoints) else poses[-1].position
    return before - poses[0].position, after - poses[-1].position


def _off(poses: Sequence[Pose], place: Vector) -> float:
    """Return the distance of a point from the straight lines between poses, m."""
    nearest = float(np.linalg.norm(poses[0].position - place))
    for before, after in itertools.pairwise(poses):
        leg = after.position - before.position
        share = float(np.clip((place - before.position) @ leg / max(1e-9, float(leg @ leg)), 0.0, 1.0))
        nearest = min(nearest, float(np.linalg.norm(before.position + share * leg - place)))
    return nearest


def _takes(part: Part, name: str) -> bool:
    return part.subtask.verb == "grasp" and part.subtask.object == name


def _triple(vector: Array) -> tuple[float, float, float]:
    x, y, z = vector[:3].tolist()
    return x, y, z
