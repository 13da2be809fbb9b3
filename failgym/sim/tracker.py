"""Reads contacts and positions after each control step and writes the event stream."""

from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Event, EventKind
from failgym.scene import OPEN, SHUT
from failgym.sim.robots import RobotModel

LEFT, RIGHT, HAND, FIRST = 1, 2, 3, 4
"""Labels of geoms: pads, rest of the hand, then the things; 0 is everything else."""
LOST_AFTER = 3
"""A contact counts as lost after so many control steps without it: pads chatter."""
MOVED = 0.015
"""Displacement of a thing that is worth an event, m."""
RAISED = 0.02
"""Height gain that counts as lifted, and fall that counts as dropped, m."""
PART_MOVED = 0.1
"""Change of an opening, 0..1, that is worth an event."""
FINGERS = {LEFT: "left_finger", RIGHT: "right_finger", HAND: "hand"}


class Tracker:
    """Keeps what physics showed last and reports the differences."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, robot: RobotModel) -> None:
        """Label the robot's geoms; things follow with `watch`."""
        self._model, self._data = model, data
        self._robot = robot
        self._xpos = data.xpos
        fingers = [model.joint(name).qposadr[0] for name in robot.finger_joints]
        self._fingers = data.qpos[fingers[0] : fingers[0] + len(fingers)]
        self._names: list[str] = []
        self._places: list[NDArray[np.float64]] = []
        self._base_labels = [0] * model.ngeom
        self._labels = self._base_labels
        for label, pads in zip((LEFT, RIGHT), robot.finger_pads, strict=True):
            for pad in pads:
                self._base_labels[model.geom(pad).id] = label
        for name in robot.hand_geoms:
            self._base_labels[model.geom(name).id] = HAND
        self.events: list[Event] = []
        self.width = robot.max_opening

    def watch(
        self, things: list[tuple[str, int, NDArray[np.int64]]], openings: list[tuple[str, int, float]] | None = None
    ) -> None:
        """Start an episode with these things: name, body, geoms; openings: name, address in qpos, travel (m or rad)."""
        self._openings = [] if openings is None else openings
        self._opened = [self._opening(*opening[1:]) for opening in self._openings]
        self._labels = self._base_labels.copy()
        self._names = [name for name, _, _ in things]
        self._places = [self._xpos[body] for _, body, _ in things]
        for index, (_, _, geoms) in enumerate(things):
            for geom in geoms.tolist():
                self._labels[geom] = FIRST + index
        self._span = FIRST + len(things)
        self._rest = [place.tolist() for place in self._places]
        self._seen: dict[int, int] = {}
        self._held: frozenset[int] = frozenset()
        self._lifted: dict[int, float] = {}
        self._falling: dict[int, float] = {}
        self._touched: dict[int, int] = {}
        self._command = 0.0
        self._moving = ""
        self._still = 0
        self.width = float(self._fingers.sum())
        self.events = []

    @property
    def holding(self) -> str | None:
        """Name of the thing that both pads touch."""
        return self._names[next(iter(self._held))] if self._held else None

    def update(self, step: int, closure: float) -> None:
        """Read one control step; `closure` is what was commanded."""
        self.events = []
        self._contacts(step)
        self._gripper(step, closure)
        self._motion(step)
        if self._openings:
            self._doors(step)

    def force(self) -> float:
        """Return the smaller of the two pads' normal contact forces on the held thing, N."""
        if not self._held:
            return 0.0
        label = FIRST + next(iter(self._held))
        forces = {LEFT: 0.0, RIGHT: 0.0}
        wrench = np.zeros(6)
        for index, (first, second) in enumerate(self._data.contact.geom.tolist()):
            one, other = self._labels[first], self._labels[second]
            pad = one if other == label else other if one == label else 0
            if pad in forces:
                mujoco.mj_contactForce(self._model, self._data, index, wrench)
                forces[pad] += float(wrench[0])
        return min(forces.values())

    def state(self) -> tuple[Any, ...]:
        """Return what a snapshot must hold."""
        return (
            list(self._rest), dict(self._seen), self._held, dict(self._lifted), dict(self._falling),
            dict(self._touched), list(self._opened), self._command, self._moving, self._still, self.width,
        )  # fmt: skip

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""
        rest, seen, self._held, lifted, falling, touched, opened, *gripper = state
        self._command, self._moving, self._still, self.width = gripper
        self._opened = list(opened)
        self._rest, self._seen = list(rest), dict(seen)
        self._lifted, self._falling, self._touched = dict(lifted), dict(falling), dict(touched)
        self.events = []

    def _contacts(self, step: int) -> None:
        span, seen = self._span, self._seen
        for code in sorted(self._touching()):
            if code not in seen:
                self._emit(step, EventKind.CONTACT_GAINED, FINGERS[code // span], self._names[code % span - FIRST])
            seen[code] = step
            self._touched[code % span - FIRST] = step
        if seen:
            for code in [code for code, last in seen.items() if step - last >= LOST_AFTER]:
                del seen[code]
                self._emit(step, EventKind.CONTACT_LOST, FINGERS[code // span], self._names[code % span - FIRST])
            held = frozenset(code - span - FIRST for code in seen if code < RIGHT * span and code + span in seen)
        else:
            held = frozenset()
        if held != self._held:
            self._grasp_changed(step, held)

    def _touching(self) -> set[int]:
        """Contacts of pads and hand with things: labels 1..3 with a label from 4 on, as one number each."""
        labels, span, found = self._labels, self._span, set()
        # Plain numbers: with the twenty contacts of a scene of ours, faster than array operations.
        for first, second in self._data.contact.geom.tolist():
            low, high = labels[first], labels[second]
            if low > high:
                low, high = high, low
            if 0 < low < FIRST <= high:
                found.add(low * span + high)
        return found

    def _grasp_changed(self, step: int, held: frozenset[int]) -> None:
        for index in held - self._held:
            self._emit(step, EventKind.GRASPED, self._names[index], value=self.width)
        for index in self._held - held:
            self._emit(step, EventKind.RELEASED, self._names[index], value=self.width)
            if index in self._lifted:
                del self._lifted[index]
                self._falling[index] = float(self._places[index][2])
        self._held = held

    def _gripper(self, step: int, closure: float) -> None:
        change = closure - self._command
        if change > 0.1 or change < -0.1:
            self._moving = "closing" if change > 0 else "opening"
            self._still = 0
            self._emit(step, EventKind.CLOSING if change > 0 else EventKind.OPENING, "gripper", value=closure)
            self._command = closure
        width = float(self._fingers[0]) + float(self._fingers[1])
        if self._moving:
            self._still = self._still + 1 if abs(width - self.width) < 3e-4 else 0
            if self._still >= 2:
                if self._moving == "closing":
                    self._emit(step, EventKind.CLOSED, "gripper", value=width)
                self._moving = ""
        self.width = width

    def _motion(self, step: int) -> None:
        for index, place in enumerate(self._places):
            x, y, z = place.tolist()
            rest_x, rest_y, rest_z = self._rest[index]
            if abs(x - rest_x) > MOVED or abs(y - rest_y) > MOVED or abs(z - rest_z) > MOVED:
                self._moved(step, index, [x, y, z])
        if self._falling:
            for index, height in list(self._falling.items()):
                if height - float(self._places[index][2]) > RAISED:
                    del self._falling[index]
                    self._emit(step, EventKind.DROPPED, self._names[index], value=height)
                elif step - self._touched.get(index, step) > 20:
                    del self._falling[index]

    def _doors(self, step: int) -> None:
        for index, (name, address, travel) in enumerate(self._openings):
            before, now = self._opened[index], self._opening(address, travel)
            if before < OPEN <= now:
                self._emit(step, EventKind.OPENED, name, value=now)
            elif now <= SHUT < before:
                self._emit(step, EventKind.SHUT, name, value=now)
            elif abs(now - before) < PART_MOVED:
                continue
            else:
                self._emit(step, EventKind.PART_MOVED, name, value=now)
            self._opened[index] = now

    def _opening(self, address: int, travel: float) -> float:
        return float(self._data.qpos[address]) / travel

    def _moved(self, step: int, index: int, position: list[float]) -> None:
        rest = self._rest[index]
        rise = position[2] - rest[2]
        if index in self._held:
            if rise > RAISED and index not in self._lifted:
                self._lifted[index] = rise
                self._emit(step, EventKind.LIFTED, self._names[index], value=rise)
            return
        distance = float(np.linalg.norm(np.subtract(position, rest)))
        by = "robot" if step - self._touched.get(index, -99) < 20 else "other"
        self._emit(step, EventKind.DISPLACED, self._names[index], by, distance)
        self._rest[index] = position

    def _emit(self, step: int, kind: EventKind, subject: str, other: str = "", value: float = 0.0) -> None:
        self.events.append(Event(step, kind, subject, other, value))
