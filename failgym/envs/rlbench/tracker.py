"""Events of an episode, read from what changes between two moments."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from failgym.envs.rlbench.protocol import State
from failgym.envs.rlbench.scene import RLBenchScene
from failgym.episodes import Event, EventKind
from failgym.scene import OPEN, SHUT

MOVED = 0.015
"""Displacement that is worth an event, m."""
RAISED = 0.02
"""Height gained that counts as lifted, and lost that counts as dropped, m."""
PART = 0.05
"""Change of an opening that is worth an event."""
BY_ROBOT_STEPS = 20
"""Control steps after a touch in which what moves was moved by the robot."""
REACH = 0.15
"""Distance of a thing from the hand within which the hand may be what moves it, m."""
COMMAND = 0.1
"""Change of the commanded closure that is worth an event."""
FINGERS = ("left_finger", "right_finger")


@dataclass
class Trace:
    """What was reported last. Each control step makes a new one: a snapshot may hold it."""

    rest: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Where each thing was last said to be, m."""
    openings: dict[str, float] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)
    """Step at which the hand was last at each thing."""
    lost: dict[str, float] = field(default_factory=dict)
    """Height at which lifted things were let go, m."""
    held: str | None = None
    lifted: bool = False
    told: float = 0.0
    """Commanded closure at the last event of the gripper."""
    closing: bool = False


class Tracker:
    """Compares each moment with what was reported before."""

    def __init__(self, scene: RLBenchScene) -> None:
        """Take the present moment for nothing new."""
        self._scene = scene
        facts = scene.facts()
        self._jointed = tuple(scene.cast.joints)
        self._loose = tuple(name for name in facts.positions if name not in facts.fixed)
        self.trace = Trace(dict(facts.positions), {name: scene.opening(name) for name in self._jointed})

    def events(self, step: int, before: State) -> list[Event]:
        """Return what happened in this control step."""
        trace = self.trace
        now = Trace(dict(trace.rest), dict(trace.openings), dict(trace.touched), dict(trace.lost))
        held, events = self._scene.holding, list[Event]()
        events += self._grips(trace, now, held, step)
        events += self._commands(trace, now, before, step)
        events += self._parts(now, step)
        events += self._motion(now, held, step)
        self.trace = now
        return events

    def _grips(self, old: Trace, new: Trace, held: str | None, step: int) -> Iterator[Event]:
        new.held, new.lifted = held, old.lifted
        width = self._scene.hand().width
        if old.held == held:
            return
        if old.held is not None:
            yield from (Event(step, EventKind.CONTACT_LOST, finger, old.held) for finger in FINGERS)
            yield Event(step, EventKind.RELEASED, old.held, value=width)
            if old.lifted and old.held in self._loose:
                new.lost[old.held] = float(self._scene.position(old.held)[2])
        if held is not None:
            yield from (Event(step, EventKind.CONTACT_GAINED, finger, held) for finger in FINGERS)
            yield Event(step, EventKind.GRASPED, held, value=width)
        new.lifted = False

    def _commands(self, old: Trace, new: Trace, before: State, step: int) -> Iterator[Event]:
        now = self._scene.now
        told, closing = old.told, old.closing
        if abs(now.closure - told) > COMMAND:
            closing, told = now.closure > told, now.closure
            yield Event(step, EventKind.CLOSING if closing else EventKind.OPENING, "gripper", value=now.closure)
        elif closing and abs(now.state.closure - before.closure) < 1e-3 and now.state.closure > 1e-3:
            closing = False
            yield Event(step, EventKind.CLOSED, "gripper", value=self._scene.hand().width)
        new.told, new.closing = told, closing

    def _parts(self, new: Trace, step: int) -> Iterator[Event]:
        scene = self._scene
        for name in self._jointed:
            opening, before = scene.opening(name), new.openings[name]
            thing = scene.facts().thing(name)
            if thing is not None and "press" in thing.strokes and opening >= OPEN > before:
                scene.now.pressed = (*scene.now.pressed, name)
                yield Event(step, EventKind.PRESSED, name, value=opening)
            elif opening >= OPEN > before:
                yield Event(step, EventKind.OPENED, name, value=opening)
            elif opening <= SHUT < before:
                yield Event(step, EventKind.SHUT, name, value=opening)
            elif abs(opening - before) > PART:
                yield Event(step, EventKind.PART_MOVED, name, value=opening)
            else:
                continue
            new.openings[name] = opening

    def _motion(self, new: Trace, held: str | None, step: int) -> Iterator[Event]:
        scene = self._scene
        hand, by_others = scene.now.state.hand.position, scene.now.moved
        for name in self._loose:
            place, rest = scene.position(name), np.array(new.rest[name])
            if name == held or float(np.linalg.norm(place - hand)) < REACH:
                new.touched[name] = step
            if name == held:
                if not new.lifted and place[2] - rest[2] > RAISED:
                    new.lifted = True
                    yield Event(step, EventKind.LIFTED, name, value=float(place[2] - rest[2]))
            elif np.abs(place - rest).max() > MOVED:
                recent = step - new.touched.get(name, -BY_ROBOT_STEPS) < BY_ROBOT_STEPS
                by = "robot" if recent and name not in by_others else "other"
                yield Event(step, EventKind.DISPLACED, name, by, float(np.linalg.norm(place - rest)))
                new.rest[name] = (float(place[0]), float(place[1]), float(place[2]))
            if name in new.lost and (new.lost[name] - place[2] > RAISED or name == held):
                height = new.lost.pop(name)
                if name != held:
                    yield Event(step, EventKind.DROPPED, name, value=height)
        scene.now.moved = frozenset()


__all__ = ["Trace", "Tracker"]
