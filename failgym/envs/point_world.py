"""A world without physics: a point that grasps discs on a table, exactly where it is told to be."""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from failgym.episodes import Event, EventKind
from failgym.errors import ConfigurationError, PlanError
from failgym.rotations import DOWN, normalised, rotate
from failgym.scene import Goal, Hand, Pose, Scene, SceneFacts, Stroke, Thing, Vector

RADIUS = 0.02
HEIGHT = 0.03
"""Of every disc, m."""
OPENING = 0.08
"""Distance of the open fingers, m."""
TOUCH = 1.0 - 2 * RADIUS / OPENING
"""Closure, 0..1, at which the fingers meet a disc."""
GRIP = 0.02
"""Commanded closure beyond `TOUCH` that it takes to hold a disc."""
NEWTONS = 40.0
"""Force of the fingers for each unit of closure that a disc keeps them from."""
AROUND = 0.012
"""Distance of the hand from a disc's axis up to which the fingers meet it, m; its height must lie within the disc's."""
UPRIGHT = 0.4
"""Tilt of the hand up to which the fingers meet a disc, rad."""
TRAVEL = 0.25
"""Closure that the fingers cover in one control step."""
FALL = 0.05
"""Height that a disc falls in one control step, m."""
MOVED = 0.015
"""Displacement that is worth an event, m."""
RAISED = 0.02
"""Height gained that counts as lifted, and lost that counts as dropped, m."""
BY_ROBOT_STEPS = 20
"""Control steps after a touch in which what moves was moved by the robot."""
HOME = Pose(np.array([0.45, 0.0, 0.30]), DOWN)
REACH = np.array([[0.2, -0.5, 0.0], [0.9, 0.5, 0.6]])
"""Where the hand can be: lowest and highest corner, m."""
TABLE = "table"
FINGERS = ("left_finger", "right_finger")


@dataclass
class _State:
    """Everything that decides the future."""

    hand: Pose
    places: Vector
    """(n, 3) centres of the discs, m."""
    rest: Vector
    """(n, 3) where each disc was last said to be, m."""
    closure: float = 0.0
    command: float = 0.0
    speed: float = 0.0
    """Distance that the hand went in the last control step, m."""
    touched: int | None = None
    """Disc between the fingers that both touch."""
    held: int | None = None
    told: float = 0.0
    """Commanded closure at the last event of the gripper."""
    closing: bool = False
    lifted: bool = False
    """Whether lifting the held disc has been reported."""
    falling: dict[int, float] = field(default_factory=dict)
    """Lifted discs under way to the table, and the height at which each was lost, m."""
    last_touch: dict[int, int] = field(default_factory=dict)


class PointWorld:
    """Implements `failgym.scene.Scene` for a point-like hand; nothing blocks it, and it never lags."""

    def __init__(self, discs: Mapping[str, tuple[float, float]]) -> None:
        """Lay named discs on the table at (x, y), m; the hand hovers, open."""
        self.names = tuple(discs)
        places = np.array([(x, y, HEIGHT / 2) for x, y in discs.values()])
        self._state = _State(HOME, places, places.copy())
        self._facts = SceneFacts(
            things=(
                *(Thing(name, graspable=True, width=2 * RADIUS, height=HEIGHT) for name in self.names),
                Thing(TABLE, receives=("on",)),
            ),
            positions={name: (x, y, HEIGHT / 2) for name, (x, y) in discs.items()},
            solid=False,
            max_opening=OPENING,
        )

    def advance(self, step: int, target: Pose, closure: float) -> list[Event]:
        """Run one control step (50 ms): the hand jumps to `target`, the fingers move, what is loose falls."""
        old, new = self._state, self.snapshot()
        position = np.clip(target.position, *REACH)
        move = position - old.hand.position
        new.hand, new.speed, new.command = Pose(position, normalised(target.quat_wxyz)), math.hypot(*move), closure
        if new.held is not None:
            new.places[new.held] += move
        self._grip(new)
        loose = np.arange(len(self.names)) != new.held
        new.places[loose, 2] = np.maximum(new.places[loose, 2] - FALL, HEIGHT / 2)
        self._state = new
        return [*self._touches(old, new, step), *self._gripper(old, new, step), *self._motion(new, step)]

    def snapshot(self) -> _State:
        """Return a copy of the state."""
        now = copy.copy(self._state)
        now.places, now.rest = now.places.copy(), now.rest.copy()
        now.falling, now.last_touch = dict(now.falling), dict(now.last_touch)
        return now

    def restore(self, state: _State) -> None:
        """Continue from a copy, which stays as it is."""
        self._state = state
        self._state = self.snapshot()

    # -- the Scene protocol -------------------------------------------------------------------------------------------

    def facts(self) -> SceneFacts:
        """What was true right after reset."""
        return self._facts

    def hand(self) -> Hand:
        """State of the hand now."""
        now = self._state
        return Hand(now.hand, now.hand, now.closure, OPENING * (1.0 - now.closure), self.force, self.holding)

    @property
    def holding(self) -> str | None:
        """Name of the disc in the hand."""
        return None if self._state.held is None else self.names[self._state.held]

    def pose(self, name: str) -> Pose:
        """Pose of a disc's centre now."""
        return Pose(self._state.places[self._index(name)].copy(), np.array([1.0, 0.0, 0.0, 0.0]))

    def position(self, name: str) -> Vector:
        """Position of a disc's centre now, (3,) m; a view."""
        place: Vector = self._state.places[self._index(name)]
        return place

    def set_pose(self, name: str, position: Vector, quat_wxyz: Vector | None = None) -> None:
        """Put a disc somewhere; a turned disc is the same disc."""
        self._state.places[self._index(name)] = position

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Refuse: a world without physics, light and cameras has nothing to alter.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(what, name, "nothing: this world has no physics; take a native task, such as PickCube")

    def opening(self, name: str) -> float:
        """Return 0: nothing opens."""
        return 0.0

    @property
    def pressed(self) -> tuple[str, ...]:
        """Return nothing: there are no buttons."""
        return ()

    def related(self, name: str, relation: str, target: str) -> bool:
        """Whether a disc lies on the table."""
        return target == TABLE and abs(float(self.position(name)[2]) - HEIGHT / 2) < 0.012

    def grasps(self, name: str) -> tuple[Pose, ...]:
        """Hand pose that would hold a disc now: over its centre, pointing down."""
        return (Pose(self.pose(name).position, DOWN),)

    def strokes(self, name: str, verb: str) -> tuple[Stroke, ...]:
        """Return nothing: no part of a disc moves."""
        return ()

    def place(self, name: str, relation: str, target: str) -> Goal:
        """Pose of a disc put down on the table, right below where it is.

        Raises:
            PlanError: anywhere else.
        """
        if (relation, target) != ("on", TABLE):
            raise PlanError(f"a disc cannot be placed {relation} the {target}: only on the {TABLE}")
        x, y, _ = self.pose(name).position
        return Goal(np.array([x, y, HEIGHT / 2]), np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.06]))

    def joints_to(self, pose: Pose) -> Vector | None:
        """Return None: there are no joints."""
        return None

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Return True: nothing is out of reach."""
        return True

    def of(self, arm: str | None) -> Scene:
        """Return itself: there is one arm."""
        return self

    # -- cheap reads --------------------------------------------------------------------------------------------------

    @property
    def force(self) -> float:
        """Force of the fingers on what is between them, N."""
        return 0.0 if self._state.touched is None else NEWTONS * (self._state.command - TOUCH)

    @property
    def speed(self) -> float:
        """Distance that the hand went in the last control step, m."""
        return self._state.speed

    @property
    def command(self) -> float:
        """Commanded closure, 0..1, injections included."""
        return self._state.command

    @property
    def places(self) -> Vector:
        """Centres of the discs, (n, 3) m; a view."""
        return self._state.places

    # -- inside -------------------------------------------------------------------------------------------------------

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise PlanError.unknown_object(name, self.names)
        return self.names.index(name)

    def _grip(self, now: _State) -> None:
        closure = float(np.clip(now.command, now.closure - TRAVEL, now.closure + TRAVEL))
        # Fingers that are already closer to each other than a disc is wide can no longer come around it.
        between = self._between(now) if now.closure <= TOUCH else None
        now.closure = closure if between is None else min(closure, TOUCH)
        now.touched = between if now.closure == TOUCH else None
        now.held = now.touched if now.command > TOUCH + GRIP else None

    def _between(self, now: _State) -> int | None:
        offsets = now.places - now.hand.position
        aside = np.hypot(offsets[:, 0], offsets[:, 1])
        if now.held is None and -rotate(now.hand.quat_wxyz, (0.0, 0.0, 1.0))[2] < math.cos(UPRIGHT):
            return None
        near = np.flatnonzero((aside <= AROUND) & (np.abs(offsets[:, 2]) <= HEIGHT / 2))
        return int(near[np.argmin(aside[near])]) if len(near) else None

    def _touches(self, old: _State, new: _State, step: int) -> list[Event]:
        width = OPENING * (1.0 - new.closure)
        events = []
        for kind, index in ((EventKind.CONTACT_LOST, old.touched), (EventKind.CONTACT_GAINED, new.touched)):
            if index is not None and old.touched != new.touched:
                events += [Event(step, kind, finger, self.names[index]) for finger in FINGERS]
        if old.held != new.held:
            if old.held is not None:
                events.append(Event(step, EventKind.RELEASED, self.names[old.held], value=width))
                if new.lifted:
                    new.falling[old.held] = float(old.places[old.held, 2])
            if new.held is not None:
                events.append(Event(step, EventKind.GRASPED, self.names[new.held], value=width))
            new.lifted = False
        return events

    def _gripper(self, old: _State, new: _State, step: int) -> list[Event]:
        if abs(new.command - new.told) > 0.1:
            new.closing, new.told = new.command > new.told, new.command
            return [Event(step, EventKind.CLOSING if new.closing else EventKind.OPENING, "gripper", value=new.command)]
        if new.closing and new.closure == old.closure:
            new.closing = False
            return [Event(step, EventKind.CLOSED, "gripper", value=OPENING * (1.0 - new.closure))]
        return []

    def _motion(self, now: _State, step: int) -> list[Event]:
        events = []
        if now.touched is not None:
            now.last_touch[now.touched] = step
        for index, name in enumerate(self.names):
            place, rest = now.places[index], now.rest[index]
            if index == now.held:
                if not now.lifted and place[2] - rest[2] > RAISED:
                    now.lifted = True
                    events.append(Event(step, EventKind.LIFTED, name, value=float(place[2] - rest[2])))
            elif np.abs(place - rest).max() > MOVED:
                by = "robot" if step - now.last_touch.get(index, -BY_ROBOT_STEPS) < BY_ROBOT_STEPS else "other"
                events.append(Event(step, EventKind.DISPLACED, name, by, float(np.linalg.norm(place - rest))))
                now.rest[index] = place
            if index in now.falling and (now.falling[index] - place[2] > RAISED or index == now.held):
                lost = now.falling.pop(index)
                if index != now.held:
                    events.append(Event(step, EventKind.DROPPED, name, value=lost))
        return events
