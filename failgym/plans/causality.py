"""Can this order of steps work? A symbolic check of plans, without pictures and without physics."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from failgym.plans.plan import Plan
from failgym.plans.subtask import Subtask

__all__ = ["Violation", "check", "required", "same_end"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A step that cannot be done when its turn comes."""

    index: int
    """Index of the step in the plan, from 0."""
    subtask: Subtask
    """The step."""
    reason: str
    """Why it cannot be done, in words."""


def check(plan: Plan, closed: Collection[str] = ()) -> tuple[Violation, ...]:
    """Find the steps that cannot be done when their turn comes.

    Hands start empty and each arm has one. A step that cannot be done has no effect on the steps after it.

    Args:
        plan: The plan to check.
        closed: Names of the containers that are closed at the start; all others are open.

    Returns:
        The violations in order; empty if the plan can work.

    Source: Guardian, section III-B ("violating causal dependencies").
    """
    return _run(plan, closed)[0]


def same_end(plan: Plan, other: Plan, closed: Collection[str] = ()) -> bool:
    """Whether two plans leave the same world behind, as far as steps can say; the order of presses is part of it.

    Args:
        plan: The one plan.
        other: The other one.
        closed: Names of the containers that are closed at the start.
    """
    return _run(plan, closed)[1] == _run(other, closed)[1]


def required(plan: Plan, closed: Collection[str] = ()) -> tuple[int, ...]:
    """Find the steps that cannot be left out.

    A step is required if without it another step cannot be done, or the world ends differently. To lift an object
    that is placed afterwards is not required; to lift one that stays in the hand is.

    Args:
        plan: The plan, as it should be.
        closed: Names of the containers that are closed at the start.

    Returns:
        Indices of the required steps, from 0, in order.

    Source: Guardian, section III-B ("breaking task completeness").
    """
    violations, end = _run(plan, closed)
    excused = {(violation.subtask, violation.reason) for violation in violations}

    def matters(index: int) -> bool:
        shorter, other_end = _run(plan.without(index), closed)
        return other_end != end or any((v.subtask, v.reason) not in excused for v in shorter)

    return tuple(index for index in range(len(plan.subtasks)) if matters(index))


@dataclass(slots=True)
class _World:
    """What the steps so far have made true."""

    closed: set[str]
    holding: dict[str | None, str] = field(default_factory=dict)
    """Arm -> object in its hand."""
    lifted: set[str] = field(default_factory=set)
    places: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Object -> relation and target of where it was brought."""
    worked: list[str] = field(default_factory=list)
    """What was pressed, turned, screwed or wiped, in order."""


def _run(plan: Plan, closed: Collection[str]) -> tuple[tuple[Violation, ...], _World]:
    world = _World(closed=set(closed))
    violations = []
    for index, step in enumerate(plan.subtasks):
        if reason := _RULES[step.verb](world, step):
            violations.append(Violation(index, step, reason))
    return tuple(violations), world


# One rule per verb: either it says why the step cannot be done, or it does the step and returns None.


def _grasp(world: _World, step: Subtask) -> str | None:
    if reason := _occupied(world, step):
        return reason
    relation, target = world.places.get(step.object, (None, None))
    if relation == "in" and target in world.closed:
        return f"the {step.object} is inside the closed {target}"
    world.holding |= dict.fromkeys(_arms(step), step.object)
    world.places.pop(step.object, None)
    return None


def _lift(world: _World, step: Subtask) -> str | None:
    if reason := _not_held(world, step):
        return reason
    world.lifted.add(step.object)
    return None


def _place(world: _World, step: Subtask) -> str | None:
    if reason := _not_held(world, step):
        return reason
    if step.target == step.object:
        return f"the {step.object} cannot be placed {step.relation} itself"
    if step.relation == "in" and step.target in world.closed:
        return f"the {step.target} is closed"
    for arm in _arms(step):
        del world.holding[arm]
    world.lifted.discard(step.object)
    world.places[step.object] = (step.relation, step.target)
    return None


def _move(world: _World, step: Subtask) -> str | None:
    if reason := _not_held(world, step):
        return reason
    world.lifted.add(step.object)
    world.places[step.object] = (step.relation, step.target)
    return None


def _release(world: _World, step: Subtask) -> str | None:
    if reason := _not_held(world, step):
        return reason
    for arm in _arms(step):
        del world.holding[arm]
    return None


def _push(world: _World, step: Subtask) -> str | None:
    if reason := _occupied(world, step):
        return reason
    world.places[step.object] = (step.relation, step.target)
    return None


def _use_tool(world: _World, step: Subtask) -> str | None:
    tool = world.holding.get(step.arm)
    if tool is None or tool == step.object:
        return f"the hand holds nothing to {step.verb} the {step.object} with"
    world.places[step.object] = (step.relation, step.target)
    return None


def _work(world: _World, step: Subtask) -> str | None:
    if reason := _occupied(world, step):
        return reason
    place = world.places.get(step.object)
    if step.verb == "screw" and place is not None and place != (step.relation, step.target):
        return f"the {step.object} is not {step.relation} the {step.target}"
    world.worked.append(step.object)
    return None


def _open(world: _World, step: Subtask) -> str | None:
    if reason := _occupied(world, step, step.object):
        return reason
    if step.object not in world.closed:
        return f"the {step.object} is already open"
    world.closed.remove(step.object)
    return None


def _close(world: _World, step: Subtask) -> str | None:
    if reason := _occupied(world, step, step.object):
        return reason
    if step.object in world.closed:
        return f"the {step.object} is already closed"
    world.closed.add(step.object)
    return None


def _arms(step: Subtask) -> tuple[str | None, ...]:
    return ("left", "right") if step.arm == "both" else (step.arm,)


def _occupied(world: _World, step: Subtask, but: str | None = None) -> str | None:
    held = next((world.holding[arm] for arm in _arms(step) if arm in world.holding), None)
    return None if held in (None, but) else f"the hand already holds the {held}"


def _not_held(world: _World, step: Subtask) -> str | None:
    held = all(world.holding.get(arm) == step.object for arm in _arms(step))
    return None if held else f"the hand does not hold the {step.object}"


_RULES: dict[str, Callable[[_World, Subtask], str | None]] = {
    "grasp": _grasp,
    "lift": _lift,
    "place": _place,
    "open": _open,
    "close": _close,
    "press": _work,
    "turn": _work,
    "screw": _work,
    "wipe": _work,
    "push": _push,
    "drag": _use_tool,
    "sweep": _use_tool,
    "move": _move,
    "pull": _move,
    "release": _release,
}
