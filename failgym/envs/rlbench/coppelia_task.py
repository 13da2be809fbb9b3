"""A loaded RLBench task: its objects, conditions, waypoints and counters. Imports nothing of RLBench."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.errors import SimulatorError
from failgym.envs.rlbench.frames import Frames, quat_from_euler
from failgym.envs.rlbench.protocol import Item, Requirement, Waypoint
from failgym.scene import Pose

Array = NDArray[np.float64]
ROUNDS = 12
"""How often a task may repeat its waypoints, at most."""
PATH_POSES = 25
"""Number of poses by which a path to follow is described."""
KINDS = {"PROXIMITY_SENSOR": "sensor", "SHAPE": "shape", "DUMMY": "dummy"}
PLAIN = (bool, int, float, str, type(None))
"""Types of a task's own values that are noted and put back: what it counts with."""
OWN = ("name", "_stop_at_waypoint_index")
"""Attributes of every task that no episode changes."""


class TaskView:
    """Reads and steers one loaded task (`rlbench.backend.task.Task`).

    Args:
        task: The task.
        frames: Conventions of the scene.
    """

    def __init__(self, task: Any, frames: Frames) -> None:
        """Look at nothing yet: a task's objects come with its first episode."""
        self._task, self._frames = task, frames
        self.objects: dict[str, Any] = {}
        self._extra: list[str] = []
        self._leaves: list[tuple[Requirement, Any]] = []

    def begin(self) -> tuple[tuple[Item, ...], tuple[Requirement, ...]]:
        """Look at the objects and conditions of a fresh episode."""
        found = self._task.get_base().get_objects_in_tree(exclude_base=True, first_generation_only=False)
        named = {each.get_name(): each for each in found}
        self.objects = {name: each for name, each in named.items() if not name.startswith("waypoint")}
        self._kinds = {name: _kind(each) for name, each in self.objects.items()}
        self._register()
        names = {str(each.get_handle()): name for name, each in self.objects.items()}
        self._leaves = [
            (replace(requirement, item=names.get(requirement.item, requirement.item)), leaf)
            for requirement, leaf in _leaves(list(self._task._success_conditions))
        ]
        return tuple(map(self._item, self.objects)), tuple(requirement for requirement, _ in self._leaves)

    def register(self, names: Any) -> None:
        """Let these be grasped as well."""
        unknown = [name for name in names if name not in self.objects]
        if unknown:
            raise SimulatorError(f"the task has no object {unknown[0]!r}; it has {', '.join(self.objects)}")
        self._extra = list(names)
        self._register()

    def _register(self) -> None:
        known = list(self._task.get_graspable_objects())
        handles = {each.get_handle() for each in known}
        more = [self.objects[name] for name in self._extra if name in self.objects]
        self._task.register_graspable_objects(known + [each for each in more if each.get_handle() not in handles])

    # -- what is true now ---------------------------------------------------------------------------------------------

    def poses(self) -> dict[str, Array]:
        """Return the pose of each object that still exists, (7,) in the base frame."""
        return {
            name: np.concatenate(self._frames.pose(each.get_pose()))
            for name, each in self.objects.items()
            if each.still_exists()
        }

    def positions(self) -> dict[str, float]:
        """Return the position of each joint."""
        joints = (name for name, kind in self._kinds.items() if kind in ("hinge", "slide"))
        return {name: float(self.objects[name].get_joint_position()) for name in joints}

    def met(self, grasped: set[int]) -> tuple[bool, ...]:
        """Return whether each elementary condition holds, without asking those that remember."""
        return tuple(_met(requirement, leaf, grasped) for requirement, leaf in self._leaves)

    def success(self) -> tuple[bool, bool]:
        """Ask the task whether it succeeded, and whether it is over; RLBench answers in NumPy's types."""
        success, ended = self._task.success()
        return bool(success), bool(ended)

    def touched(self, sensor: Any) -> tuple[str, ...]:
        """Return the graspable objects in front of the gripper's sensor."""
        return tuple(each.get_name() for each in self._task.get_graspable_objects() if sensor.is_detected(each))

    # -- waypoints ----------------------------------------------------------------------------------------------------

    def waypoints(self) -> tuple[Waypoint, ...]:
        """Go through the demonstration without moving, and put everything back: what it would visit, in order."""
        points = self._points()
        if not points:
            return ()
        saved, state = self.save(), self._task.get_state()
        parents = [(way.get_waypoint_object(), _parent(way.get_waypoint_object())) for way in points]
        visited: list[tuple[Waypoint, dict[str, Any]]] = []
        try:
            for turn in range(ROUNDS):
                for index, way in enumerate(points):
                    values = self._values()
                    way.start_of_path()
                    visited.append((self._describe(way, index, turn), values))
                    if not way.skip:
                        way.end_of_path()
                if not self._task.should_repeat_waypoints():
                    break
        except Exception:
            # Some tasks look at what the robot did so far, and refuse: what was visited until then is known.
            if not visited:
                visited = [(self._describe(way, index, 0), {}) for index, way in enumerate(points)]
        finally:
            for place, parent in parents:
                if _handle(_parent(place)) != _handle(parent):
                    place.set_parent(parent, keep_in_place=True)
            self._task.restore_state(state)
            self.load(saved)
        return tuple(_with_cursors(visited))

    def enter(self, waypoint: Waypoint) -> Waypoint:
        """Put the task's counters to where they were in the demonstration, and let it move the waypoint."""
        for name, value in waypoint.cursor.items():
            setattr(self._task, name, value)
        way = self.point(waypoint.index)
        way.start_of_path()
        return self._describe(way, waypoint.index, waypoint.round)

    def leave(self, index: int) -> None:
        """Call what the task registered for the end of a waypoint."""
        self.point(index).end_of_path()

    def point(self, index: int) -> Any:
        """Return one of RLBench's waypoints."""
        points = self._points()
        if index >= len(points):
            raise SimulatorError(f"the task has {len(points)} waypoints, counted from 0: there is no waypoint {index}")
        return points[index]

    def end(self, index: int) -> Pose:
        """Return where the hand ends at a waypoint now."""
        return self._describe(self.point(index), index, 0).pose

    def _points(self) -> list[Any]:
        return list(self._task.get_waypoints())

    def _describe(self, way: Any, index: int, turn: int) -> Waypoint:
        place, extension = way.get_waypoint_object(), way.get_ext() or ""
        path: tuple[Pose, ...] = ()
        if hasattr(place, "get_pose_on_path"):
            path = tuple(self._on_path(place, share) for share in np.linspace(0.0, 1.0, PATH_POSES))
        closes, opens = _argument(extension, "close_gripper("), _argument(extension, "open_gripper(")
        gripper = None
        # A hand that closes goes beyond the middle, one that opens stays below it: that is what attaches and lets go.
        if opens is not None:
            gripper = min(0.45, 1.0 - opens)
        elif closes is not None:
            gripper = max(0.55, 1.0 - closes)
        return Waypoint(
            index,
            turn,
            path[-1] if path else self._frames.hand(place.get_pose()),
            path,
            ignore_collisions="ignore_collision" in extension,
            linear="linear" in extension,
            gripper=gripper,
            opens=opens is not None,
            skip=bool(way.skip),
            attached=self._carrier(place),
        )

    def _on_path(self, path: Any, share: float) -> Pose:
        position, euler = path.get_pose_on_path(float(share))
        w, x, y, z = quat_from_euler(euler).tolist()
        return self._frames.hand([*position, x, y, z, w])

    def _carrier(self, place: Any) -> str:
        root, parent = self._task.get_base().get_handle(), _parent(place)
        while parent is not None and parent.get_handle() != root:
            name = str(parent.get_name())
            if name in self.objects:
                return name
            parent = _parent(parent)
        return ""

    # -- counters and snapshots ---------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """Return the values by which the task and its conditions remember, besides what is in the simulator."""
        lists = [(value, list(value)) for value in vars(self._task).values() if isinstance(value, list)]
        parts = [(part, _plain(vars(part))) for part in _parts(self._conditions())]
        # Only what is there: asking for waypoints plans ways to them.
        points = [(way, way.skip) for way in self._task._waypoints or ()]
        return {"values": self._values(), "lists": lists, "conditions": parts, "skips": points}

    def load(self, saved: dict[str, Any]) -> None:
        """Inverse of `save`."""
        for name, value in saved["values"].items():
            setattr(self._task, name, value)
        for kept, entries in saved["lists"]:
            kept[:] = entries
        for part, values in saved["conditions"]:
            vars(part).update(values)
        for way, skip in saved["skips"]:
            way.skip = skip

    def _conditions(self) -> list[Any]:
        return [*self._task._success_conditions, *self._task._fail_conditions]

    def _values(self) -> dict[str, Any]:
        return _plain({name: value for name, value in vars(self._task).items() if name not in OWN})

    # -- objects ------------------------------------------------------------------------------------------------------

    def _item(self, name: str) -> Item:
        each, kind = self.objects[name], self._kinds[name]
        graspable = any(each.get_handle() == other.get_handle() for other in self._task.get_graspable_objects())
        fixed = kind != "shape" or not _loose(each)
        return Item(name, kind, graspable, fixed, _size(each) if kind == "shape" else (0.0, 0.0, 0.0))


def _kind(each: Any) -> str:
    kind = str(each.get_type().name)
    if kind == "JOINT":
        return {"PRISMATIC": "slide", "REVOLUTE": "hinge"}.get(each.get_joint_type().name, "ball")
    return KINDS.get(kind, kind.lower())


def _loose(shape: Any) -> bool:
    """Whether a shape moves by itself: it is dynamic, and on no joint."""
    if not shape.is_dynamic():
        return False
    parent = _parent(shape)
    while parent is not None:
        if parent.get_type().name == "JOINT":
            return False
        parent = _parent(parent)
    return True


def _handle(each: Any) -> int:
    return -1 if each is None else int(each.get_handle())


def _parent(each: Any) -> Any:
    """Return what an object hangs on; None where that is nothing, or nothing that PyRep knows."""
    try:
        return each.get_parent()
    except (KeyError, NotImplementedError, RuntimeError, ValueError):
        return None


def _size(shape: Any) -> tuple[float, float, float]:
    low_x, high_x, low_y, high_y, low_z, high_z = (float(value) for value in shape.get_bounding_box())
    return high_x - low_x, high_y - low_y, high_z - low_z


def _argument(extension: str, call: str) -> float | None:
    """Return the opening that an extension string commands, 1 open .. 0 closed; None where it does not."""
    if call not in extension:
        return None
    given = extension.split(call, 1)[1].split(")", 1)[0].strip()
    try:
        return min(1.0, max(0.0, float(given)))
    except ValueError:
        return 1.0 if call.startswith("open") else 0.0


def _leaves(conditions: list[Any]) -> Iterator[tuple[Requirement, Any]]:
    """Take conditions apart; classes are told by name, since this module imports none of them."""
    for condition in conditions:
        kind = type(condition).__name__
        if kind in ("ConditionSet", "OrConditions"):
            yield from _leaves(list(condition._conditions))
        elif kind == "DetectedSeveralCondition":
            sensor = condition._detector
            for each in condition._objects:
                yield Requirement("detected", each.get_name(), sensor.get_name()), (each, sensor)
        elif kind == "DetectedCondition":
            each, sensor = condition._obj, condition._detector
            negated = bool(getattr(condition, "_negated", False))
            yield Requirement("detected", each.get_name(), sensor.get_name(), negated=negated), (each, sensor)
        elif kind == "JointCondition":
            joint = condition._joint
            limit, start = float(condition._pos), float(condition._original_pos)
            yield Requirement("joint", joint.get_name(), limit=limit, start=start), joint
        elif kind == "GraspedCondition":
            yield Requirement("grasped", str(condition._object_handle)), int(condition._object_handle)
        elif kind == "NothingGrasped":
            yield Requirement("released"), None
        else:
            yield Requirement(kind), None


def _met(requirement: Requirement, leaf: Any, grasped: set[int]) -> bool:
    if requirement.kind == "detected":
        each, sensor = leaf
        return bool(sensor.is_detected(each)) is not requirement.negated
    if requirement.kind == "joint":
        return math.fabs(float(leaf.get_joint_position()) - requirement.start) > requirement.limit
    if requirement.kind == "grasped":
        return leaf in grasped
    return requirement.kind == "released" and not grasped


def _parts(conditions: list[Any]) -> Iterator[Any]:
    for condition in conditions:
        yield condition
        yield from _parts(list(getattr(condition, "_conditions", ())))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, PLAIN)}


def _with_cursors(visited: list[tuple[Waypoint, dict[str, Any]]]) -> Iterator[Waypoint]:
    """Give each waypoint the values that change in the course of a demonstration."""
    first = visited[0][1]
    changing = {name for _, values in visited for name in values if values[name] != first.get(name, values[name])}
    for waypoint, values in visited:
        yield replace(waypoint, cursor={name: values[name] for name in sorted(changing) if name in values})
