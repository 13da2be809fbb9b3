"""From the waypoints of a demonstration to a plan: which of them belong to which subtask, and what that is about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from failgym.envs.rlbench.protocol import Begun, Item, Requirement, State, Waypoint
from failgym.plans import Plan, Subtask

NEAR = 0.16
"""Distance of the closing hand from the middle of what it takes, at most, m."""
UNSAID = frozenset(("a", "an", "and", "in", "into", "of", "on", "out", "the", "to", "with"))
"""Words that the names of a plan's objects cannot have."""
WORKS = {"close": "close", "open": "open", "turn": "turn", "up": "open", "down": "close", "press": "press"}
"""Word in a task's name -> verb of its strokes."""
PRESSED = ("button", "buttons", "lamp", "switch", "press")
"""Words in a task's name that speak of something to press."""
GOAL = "goal"
"""Name of the place to which the demonstration brings something, where nobody named it."""


@dataclass(frozen=True)
class Part:
    """One subtask of a demonstration."""

    subtask: Subtask
    waypoints: tuple[Waypoint, ...]
    item: str = ""
    """What is taken, carried or worked, as the simulator calls it: an object, or the joint of a part that moves."""
    target: str = ""
    """Object or sensor to which it is brought."""

    @property
    def grips(self) -> bool:
        """The hand closes on the way: around a handle, or what it takes."""
        return any(_closes(waypoint) for waypoint in self.waypoints[1:])


@dataclass(frozen=True)
class Outline:
    """A demonstration as a plan."""

    instruction: str
    parts: tuple[Part, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """What the plan calls an object -> what the simulator does."""

    @property
    def plan(self) -> Plan:
        """Instruction and subtasks."""
        return Plan(self.instruction, tuple(part.subtask for part in self.parts))

    def part(self, subtask: Subtask) -> Part | None:
        """Return the part in which the demonstration does a subtask."""
        return next((part for part in self.parts if part.subtask == subtask), None)


def outline(task: str, begun: Begun, state: State) -> Outline:
    """Return the plan of a demonstration of any task, read from its waypoints, conditions and names alone."""
    reader = _Reader(task, begun, state)
    parts = tuple(reader.parts())
    instruction = begun.descriptions[0] if begun.descriptions else task.replace("_", " ")
    return Outline(instruction, parts, dict(reader.names))


def readable(name: str, task: str) -> str:
    """Return a simulator's name as words that a plan can say: lower case, without what the task is called."""
    plain = name.removeprefix(f"{task}_")
    words = [word for word in re.sub(r"[^a-z0-9]+", " ", plain.lower()).split() if word not in UNSAID]
    return " ".join(words) or "thing"


@dataclass
class _Group:
    """Waypoints up to one command of the gripper."""

    waypoints: list[Waypoint]
    ends: str
    """`closed`, `opened`, or `` where the demonstration ends without."""


class _Reader:
    def __init__(self, task: str, begun: Begun, state: State) -> None:
        self._task, self._begun, self._state = task, begun, state
        self._items = {item.name: item for item in begun.items}
        self._words = task.split("_")
        self.names: dict[str, str] = {}
        self._joints = [each for each in begun.requirements if each.kind == "joint"]

    def parts(self) -> Iterator[Part]:
        groups = _groups([waypoint for waypoint in self._begun.waypoints if not waypoint.skip])
        held, before = "", list[Waypoint]()
        for group in groups:
            waypoints = before + group.waypoints
            before = []
            if group.ends == "closed":
                item = self._taken(group.waypoints[-1])
                if item is None:
                    # A handle, or a closed hand that is about to push: what follows belongs to it.
                    before = waypoints
                    continue
                held = item.name
                yield Part(Subtask("grasp", self._say(held)), tuple(waypoints), held)
            elif held:
                yield self._carried(held, waypoints, released=group.ends == "opened")
                held = "" if group.ends == "opened" else held
            else:
                yield self._worked(waypoints)
        if before:
            yield self._worked(before)

    def _say(self, item: str, name: str = "") -> str:
        """Return the plan's name of an object; the same one each time."""
        known = next((said for said, each in self.names.items() if each == item), None)
        if known is not None:
            return known
        said = name or readable(item, self._task)
        while said in self.names:
            said = f"other {said}"
        self.names[said] = item
        return said

    def _taken(self, waypoint: Waypoint) -> Item | None:
        graspable = [item for item in self._begun.items if item.graspable and item.name in self._state.poses]
        own = [item for item in graspable if item.name == waypoint.attached]
        if own:
            return own[0]
        apart = {item.name: self._distance(item.name, waypoint) for item in graspable}
        nearest = min(graspable, key=lambda item: apart[item.name], default=None)
        return nearest if nearest is not None and apart[nearest.name] < NEAR else None

    def _distance(self, name: str, waypoint: Waypoint) -> float:
        return float(np.linalg.norm(self._state.poses[name][:3] - waypoint.pose.position))

    def _carried(self, held: str, waypoints: list[Waypoint], released: bool) -> Part:
        where = self._detected(held)
        moved = next((each for each in self._begun.requirements if each.kind == "detected" and each.item != held), None)
        if not released and moved is not None and where is None:
            verb, relation = ("sweep", "into") if "sweep" in self._words else ("drag", "to")
            item, target = self._say(moved.item), self._say(moved.other, GOAL)
            return Part(Subtask(verb, item, relation, target), tuple(waypoints), moved.item, moved.other)
        if not released and where is None:
            return Part(Subtask("lift", self._say(held)), tuple(waypoints), held)
        sensor = "" if where is None else where.other
        target = self._say(sensor or self._reached(waypoints), GOAL)
        inside = any(word in self._words for word in ("in", "insert"))
        verb, relation = ("place", "in" if inside else "on") if released else ("move", "to")
        return Part(Subtask(verb, self._say(held), relation, target), tuple(waypoints), held, self.names[target])

    def _worked(self, waypoints: list[Waypoint]) -> Part:
        pushed = next((each for each in self._begun.requirements if each.kind == "detected"), None)
        if pushed is not None and not self._joints and not any(_closes(each) for each in waypoints[1:]):
            item, target = self._say(pushed.item), self._say(pushed.other, GOAL)
            return Part(Subtask("push", item, "to", target), tuple(waypoints), pushed.item, pushed.other)
        joint = self._joint(waypoints)
        if any(word in self._words for word in PRESSED):
            verb = "press"
        else:
            verb = next((WORKS[word] for word in self._words if word in WORKS), "open")
        named = [word for word in self._words if word not in (*WORKS, *UNSAID, "push", "put")]
        alone = sum(each.kind == "joint" for each in self._begun.requirements) <= 1
        name = " ".join(named[-2:]) if joint and alone else ""
        return Part(Subtask(verb, self._say(joint or self._task, name)), tuple(waypoints), joint)

    def _joint(self, waypoints: list[Waypoint]) -> str:
        """Name of the joint that is worked: the next of those that the task asks for, else the nearest one."""
        if self._joints:
            return self._joints.pop(0).item if len(self._joints) > 1 else self._joints[0].item
        joints = [item.name for item in self._begun.items if item.kind in ("hinge", "slide")]
        joints = [name for name in joints if name in self._state.poses]
        return min(joints, key=lambda name: min(self._distance(name, each) for each in waypoints), default="")

    def _detected(self, item: str) -> Requirement | None:
        found = (each for each in self._begun.requirements if each.kind == "detected" and not each.negated)
        return next((each for each in found if each.item == item), None)

    def _reached(self, waypoints: Sequence[Waypoint]) -> str:
        """Return the sensor, or else the standing object, that is nearest to where the hand lets go."""
        last = next((each for each in waypoints if each.opens), waypoints[-1])
        sensors = [item for item in self._begun.items if item.kind == "sensor"]
        others = [item for item in self._begun.items if item.kind == "shape" and item.fixed]
        names = [item.name for item in sensors or others if item.name in self._state.poses]
        return min(names, key=lambda name: self._distance(name, last), default=GOAL)


def _groups(waypoints: Sequence[Waypoint]) -> list[_Group]:
    groups: list[_Group] = []
    current: list[Waypoint] = []

    def finish() -> None:
        # A hand that has let go only leaves.
        if current and groups and groups[-1].ends == "opened":
            groups[-1].waypoints.extend(current)
        elif current:
            groups.append(_Group(list(current), ""))
        current.clear()

    for waypoint in waypoints:
        if current and waypoint.round != current[-1].round:
            finish()
        current.append(waypoint)
        closed = bool(groups) and groups[-1].ends == "closed"
        if _closes(waypoint) and not closed:
            groups.append(_Group(list(current), "closed"))
            current.clear()
        elif waypoint.opens and closed:
            groups.append(_Group(list(current), "opened"))
            current.clear()
    finish()
    return groups


def _closes(waypoint: Waypoint) -> bool:
    return waypoint.gripper is not None and not waypoint.opens


__all__ = ["GOAL", "Outline", "Part", "outline", "readable"]
