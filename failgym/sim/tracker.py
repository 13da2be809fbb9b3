"""Reads contacts and positions after each control step and writes the event stream."""

from collections.abc import Collection, Sequence
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Event, EventKind
from failgym.scene import OPEN, SHUT
from failgym.sim.robots import RobotModel

LEFT, RIGHT, HAND = 1, 2, 3
"""Labels of the geoms of a hand: pads and the rest; the next hand goes on from there, then the things. 0 is else."""
LOST_AFTER = 3
"""A contact counts as lost after so many control steps without it: pads chatter."""
MOVED = 0.015
"""Displacement of a thing that is worth an event, m."""
RAISED = 0.02
"""Height gain that counts as lifted, and fall that counts as dropped, m."""
PART_MOVED = 0.1
"""Change of an opening, 0..1, that is worth an event."""
FINGERS = ("left_finger", "right_finger", "hand")


class Tracker:
    """Keeps what physics showed last and reports the differences."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, robots: Sequence[RobotModel]) -> None:
        """Label the geoms of the robots' hands; things follow with `watch`."""
        self._model, self._data = model, data
        self._xpos = data.xpos
        self._gauges = [robot.gauge(robot, model, data) for robot in robots]
        self._names: list[str] = []
        self._places: list[NDArray[np.float64]] = []
        self._base_labels = [0] * model.ngeom
        self._labels = self._base_labels
        self._grippers: list[str] = []
        self._parts = [""]
        self._first = 1 + HAND * len(robots)
        for index, robot in enumerate(robots):
            self._parts += [f"{robot.arm} {part}" if robot.arm else part for part in FINGERS]
            self._grippers.append(f"{robot.arm} gripper" if robot.arm else "gripper")
            for label, geoms in zip((LEFT, RIGHT, HAND), (*robot.finger_pads, robot.hand_geoms), strict=True):
                for geom in geoms:
                    self._base_labels[model.geom(geom).id] = HAND * index + label
        self.events: list[Event] = []
        self.widths = [robot.max_opening for robot in robots]
        self.pressed: tuple[str, ...] = ()

    def watch(
        self,
        things: list[tuple[str, int, NDArray[np.int64]]],
        openings: list[tuple[str, int, float]] | None = None,
        buttons: Collection[str] = (),
    ) -> None:
        """Start an episode with these things: name, body, geoms.

        Openings are name, address in qpos, and travel (m or rad); `buttons` names those of them that are pressed.
        """
        self._openings = [] if openings is None else openings
        self._opened = [self._opening(*opening[1:]) for opening in self._openings]
        self._buttons = buttons
        self.pressed = ()
        self._labels = self._base_labels.copy()
        self._names = [name for name, _, _ in things]
        self._places = [self._xpos[body] for _, body, _ in things]
        for index, (_, _, geoms) in enumerate(things):
            for geom in geoms.tolist():
                self._labels[geom] = self._first + index
        self._span = self._first + len(things)
        self._rest = [place.tolist() for place in self._places]
        self._seen: dict[int, int] = {}
        arms = len(self._gauges)
        self._held: list[frozenset[int]] = [frozenset()] * arms
        self._lifted: dict[int, float] = {}
        self._falling: dict[int, float] = {}
        self._touched: dict[int, int] = {}
        self._command, self._moving, self._still = [0.0] * arms, [""] * arms, [0] * arms
        self.widths = [gauge() for gauge in self._gauges]
        self.events = []

    def holding(self, arm: int = 0) -> str | None:
        """Name of the thing that both pads of a hand touch."""
        held = self._held[arm]
        return self._names[next(iter(held))] if held else None

    def update(self, step: int, *closures: float) -> None:
        """Read one control step; `closures` is what each gripper was commanded."""
        self.events = []
        self._contacts(step)
        for arm, closure in enumerate(closures):
            self._gripper(step, arm, closure)
        self._motion(step)
        if self._openings:
            self._doors(step)

    def force(self, arm: int = 0) -> float:
        """Return the smaller of a hand's two pads' normal contact forces on the held thing, N."""
        if not self._held[arm]:
            return 0.0
        label = self._first + next(iter(self._held[arm]))
        forces = {HAND * arm + LEFT: 0.0, HAND * arm + RIGHT: 0.0}
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
            list(self._rest), dict(self._seen), list(self._held), dict(self._lifted), dict(self._falling),
            dict(self._touched), list(self._opened), self.pressed,
            list(self._command), list(self._moving), list(self._still), list(self.widths),
        )  # fmt: skip

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""
        rest, seen, held, lifted, falling, touched, opened, self.pressed, *grippers = state
        self._command, self._moving, self._still, self.widths = (list(values) for values in grippers)
        self._held, self._opened = list(held), list(opened)
        self._rest, self._seen = list(rest), dict(seen)
        self._lifted, self._falling, self._touched = dict(lifted), dict(falling), dict(touched)
        self.events = []

    def _contacts(self, step: int) -> None:
        span, first, seen = self._span, self._first, self._seen
        for code in sorted(self._touching()):
            if code not in seen:
                self._emit(step, EventKind.CONTACT_GAINED, self._parts[code // span], self._names[code % span - first])
            seen[code] = step
            self._touched[code % span - first] = step
        if seen:
            for code in [code for code, last in seen.items() if step - last >= LOST_AFTER]:
                del seen[code]
                self._emit(step, EventKind.CONTACT_LOST, self._parts[code // span], self._names[code % span - first])
        for arm, before in enumerate(self._held):
            left = HAND * arm + LEFT
            held = frozenset(code % span - first for code in seen if code // span == left and code + span in seen)
            if held != before:
                self._grasp_changed(step, arm, held)

    def _touching(self) -> set[int]:
        """Contacts of hands with things: labels of a hand with a label of a thing, as one number each."""
        labels, span, first_thing, found = self._labels, self._span, self._first, set()
        # Plain numbers: with the twenty contacts of a scene of ours, faster than array operations.
        for first, second in self._data.contact.geom.tolist():
            low, high = labels[first], labels[second]
            if low > high:
                low, high = high, low
            if 0 < low < first_thing <= high:
                found.add(low * span + high)
        return found

    def _grasp_changed(self, step: int, arm: int, held: frozenset[int]) -> None:
        before, width = self._held[arm], self.widths[arm]
        self._held[arm] = held
        for index in held - before:
            self._emit(step, EventKind.GRASPED, self._names[index], value=width)
        for index in before - held:
            self._emit(step, EventKind.RELEASED, self._names[index], value=width)
            if index in self._lifted and not any(index in others for others in self._held):
                del self._lifted[index]
                self._falling[index] = float(self._places[index][2])

    def _gripper(self, step: int, arm: int, closure: float) -> None:
        change = closure - self._command[arm]
        if change > 0.1 or change < -0.1:
            self._moving[arm] = "closing" if change > 0 else "opening"
            self._still[arm] = 0
            kind = EventKind.CLOSING if change > 0 else EventKind.OPENING
            self._emit(step, kind, self._grippers[arm], value=closure)
            self._command[arm] = closure
        width = self._gauges[arm]()
        if self._moving[arm]:
            self._still[arm] = self._still[arm] + 1 if abs(width - self.widths[arm]) < 3e-4 else 0
            if self._still[arm] >= 2:
                if self._moving[arm] == "closing":
                    self._emit(step, EventKind.CLOSED, self._grippers[arm], value=width)
                self._moving[arm] = ""
        self.widths[arm] = width

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
            if before < OPEN <= now and name in self._buttons:
                self.pressed = (*self.pressed, name)
                self._emit(step, EventKind.PRESSED, name, value=now)
            elif before < OPEN <= now:
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
        if any(index in held for held in self._held):
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
