"""The plan of an episode: as the task's published grouping words it, else as its demonstration lets it be read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from failgym.envs.rlbench.outline import Outline, Part, outline
from failgym.envs.rlbench.protocol import Begun, State, Waypoint
from failgym.errors import PlanError
from failgym.plans import Subtask
from failgym.plans.rlbench import Boundary, task_plan


def outline_of(task: str, begun: Begun, state: State) -> Outline:
    """Return the plan of an episode with the waypoints of each of its subtasks.

    What the plan's things are in the simulator is read from the demonstration. Where the grouping and the demonstration
    do not fit together, which only running it tells, the plan is read from the demonstration alone.
    """
    plain = outline(task, begun, state)
    try:
        wanted = task_plan(task, begun.descriptions)
    except PlanError:
        return plain
    if wanted is None:
        return plain
    visited = [waypoint for waypoint in begun.waypoints if not waypoint.skip]
    groups = list(_groups(visited, wanted.until))
    if len(groups) != len(wanted.until):
        return plain
    named = _named(plain, wanted.plan.subtasks, groups)
    if named is None:
        return plain
    jointed = {item.name for item in begun.items if item.kind in ("hinge", "slide")}
    return replace(named, parts=tuple(_worked_whole(named.parts, jointed)))


def _groups(waypoints: Sequence[Waypoint], until: Sequence[Boundary]) -> Iterator[tuple[Waypoint, ...]]:
    """Give the waypoints of each subtask; fewer than there are subtasks, where they do not fit."""
    rest = list(waypoints)
    for number, boundary in enumerate(until):
        count = _count(rest, boundary)
        if count is None or count > len(rest):
            return
        if boundary == "opens":
            count += _leaving(rest[count:], rest[count - 1].round)
        group, rest = rest[:count], rest[count:]
        if boundary == "lets_go":
            # The hand is there, and opens in the next subtask.
            rest.insert(0, group[-1])
            group[-1] = replace(group[-1], gripper=None, opens=False)
        if number == len(until) - 1:
            group += rest
        if not group:
            return
        yield tuple(group)


def _count(rest: Sequence[Waypoint], boundary: Boundary) -> int | None:
    if isinstance(boundary, int):
        return boundary
    if boundary == "end":
        return len(rest)
    closes = boundary == "closes"
    found = (index for index, each in enumerate(rest, 1) if each.gripper is not None and each.opens is not closes)
    return next(found, None)


def _leaving(rest: Sequence[Waypoint], turn: int) -> int:
    """Number of waypoints at which a hand that has let go leaves: what is left of this round, if it takes nothing."""
    same = [each for each in rest if each.round == turn]
    return 0 if any(each.gripper is not None for each in same) else len(same)


def _named(plain: Outline, subtasks: Sequence[Subtask], groups: Sequence[tuple[Waypoint, ...]]) -> Outline | None:
    """Return the plan with what its things are in the simulator; None where two of them would be the same thing."""
    names: dict[str, str] = {}
    parts = []
    for subtask, group in zip(subtasks, groups, strict=True):
        known = _containing(plain, group)
        if known is None or not known.item:
            return None
        item, target = names.setdefault(subtask.object, known.item), known.target
        if subtask.target is not None:
            target = names.setdefault(subtask.target, known.target)
        parts.append(Part(subtask, group, item, target))
    if len(set(names.values())) < len(names) or "" in names.values():
        return None
    return Outline(plain.instruction, tuple(parts), names)


def _worked_whole(parts: Sequence[Part], jointed: set[str]) -> Iterator[Part]:
    """Take hold of a handle, move it and let go as one subtask, as everywhere in FailGym: GemBench counts three."""
    handled: list[Part] = []
    for part in parts:
        if handled and part.subtask.object != handled[0].subtask.object:
            yield _whole(handled)
            handled = []
        if part.item in jointed and (handled or part.subtask.verb == "grasp"):
            handled.append(part)
        else:
            yield part
    if handled:
        yield _whole(handled)


def _whole(parts: Sequence[Part]) -> Part:
    stroke = next((part for part in parts if part.subtask.verb not in ("grasp", "release")), parts[0])
    visits = {(each.index, each.round): each for part in parts for each in part.waypoints}
    return replace(stroke, waypoints=tuple(visits.values()))


def _containing(plain: Outline, group: Sequence[Waypoint]) -> Part | None:
    """Return the part of the demonstration in which the gripper acts, or the last waypoint lies, of a subtask."""
    key = next((each for each in group if each.gripper is not None), group[-1])
    for part in plain.parts:
        if any((each.index, each.round) == (key.index, key.round) for each in part.waypoints):
            return part
    return None
