"""Who is who in an episode: the things of a plan, what could be mistaken for them, and what is true of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.outline import Outline, Part, readable
from failgym.envs.rlbench.protocol import Begun, Item, Requirement, State
from failgym.rotations import conjugate, multiply, rotate
from failgym.scene import OPEN, SHUT, Pose, Thing

Array = NDArray[np.float64]
ALIKE = 0.35
"""Relative difference of two sizes up to which one thing may be taken for another."""
LIMITS = {"hinge": 0.5, "slide": 0.08}
"""How far a joint of which no task asks anything must move to count as open, rad or m."""
STROKES = ("open", "close", "press", "turn")


@dataclass(frozen=True)
class Cast:
    """The things of one episode; names are the plan's."""

    things: tuple[Thing, ...]
    items: Mapping[str, Item]
    """What each is in the simulator."""
    joints: Mapping[str, Requirement]
    """Of what opens, turns or is pressed, how far its joint has to go."""
    parts: Mapping[str, Part]
    """The part of the plan in which each is taken or worked."""
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What could be taken for each."""
    requirements: tuple[Requirement, ...] = ()

    @property
    def distractors(self) -> tuple[str, ...]:
        """The simulator's names of what could be grasped by mistake, and is not registered for it."""
        names = {rival for part in self.parts.values() if part.subtask.verb == "grasp" for rival in self._rivals(part)}
        items = [self.items[name] for name in sorted(names)]
        return tuple(item.name for item in items if item.kind == "shape" and not item.graspable)

    def _rivals(self, part: Part) -> tuple[str, ...]:
        return self.rivals.get(part.subtask.object, ())

    def name(self, item: str) -> str | None:
        """Return the plan's name of an object of the simulator."""
        return next((name for name, each in self.items.items() if each.name == item), None)

    def fraction(self, name: str, state: State) -> float:
        """Return how far the joint of a thing has gone, 1 being just enough; 0 where it has none."""
        joint = self.joints.get(name)
        if joint is None or joint.item not in state.positions:
            return 0.0
        return abs(state.positions[joint.item] - joint.start) / max(joint.limit, 1e-6)

    def opening(self, name: str, state: State) -> float:
        """Return how far a thing is open, turned or pressed, 0..1.

        What the task asks for lies just beyond OPEN or SHUT; things that the plan closes are open at reset.
        """
        gone = self.fraction(name, state)
        screwed = next((each for each in self.parts.values() if each.subtask.verb == "screw"), None)
        if screwed is not None and screwed.subtask.target == name:
            return float(bool(self.brought(screwed.subtask.object, name, state)))
        part = self.parts.get(name)
        if part is not None and part.subtask.verb == "close":
            return max(0.0, 1.0 - (1.0 - SHUT) * gone)
        return min(1.0, OPEN * gone)

    def brought(self, name: str, target: str, state: State) -> bool | None:
        """Whether the task's own sensor at the target detects the thing; None where it asks for nothing like that."""
        found = [
            met
            for requirement, met in zip(self.requirements, state.met, strict=True)
            if requirement.kind == "detected"
            and requirement.item == self.items[name].name
            and requirement.other == self.items[target].name
        ]
        return all(found) if found else None


def cast(task: str, outline: Outline, begun: Begun, state: State) -> Cast:
    """Return the things of an episode: those of the plan, and what could be mistaken for one of them."""
    items = {item.name: item for item in begun.items}
    members = {name: items[item] for name, item in outline.names.items() if item in items}
    parts: dict[str, Part] = {}
    for part in outline.parts:
        parts.setdefault(part.subtask.object, part)
    rivals: dict[str, tuple[str, ...]] = {}
    for name, item in list(members.items()):
        others = (each for each in begun.items if each.name != item.name and each.name in state.poses)
        found = [each for each in others if _alike(each, item)]
        if name in parts and parts[name].subtask.verb not in ("grasp", *STROKES):
            found = []
        rivals[name] = tuple(_join(members, each, task) for each in found)
    joints = _joints(outline, begun, state, members, rivals)
    things = tuple(_thing(name, item, parts, rivals, outline) for name, item in members.items())
    return Cast(things, members, joints, parts, {k: v for k, v in rivals.items() if v}, begun.requirements)


def _join(members: dict[str, Item], item: Item, task: str) -> str:
    known = next((name for name, each in members.items() if each.name == item.name), None)
    if known is not None:
        return known
    said = readable(item.name, task)
    while said in members:
        said = f"other {said}"
    members[said] = item
    return said


def _alike(item: Item, other: Item) -> bool:
    """Whether one could be taken for the other: loose shapes of a size, joints and sensors of a name but for a word."""
    if item.kind != other.kind or item.fixed != other.fixed:
        return False
    if item.kind == "shape":
        return not item.fixed and all(
            abs(a - b) <= ALIKE * max(a, b, 1e-3) for a, b in zip(sorted(item.size), sorted(other.size), strict=True)
        )
    mine, others = _words(item.name), _words(other.name)
    return len(mine) == len(others) and sum(a != b for a, b in zip(mine, others, strict=True)) <= 1


def _words(name: str) -> list[str]:
    return ["".join(char for char in word if not char.isdigit()) for word in name.split("_")]


def _joints(
    outline: Outline,
    begun: Begun,
    state: State,
    members: Mapping[str, Item],
    rivals: Mapping[str, tuple[str, ...]],
) -> dict[str, Requirement]:
    asked = {each.item: each for each in begun.requirements if each.kind == "joint"}
    found: dict[str, Requirement] = {}
    for name, item in members.items():
        if item.kind not in LIMITS or item.name not in state.positions:
            continue
        alike = [asked[members[rival].name] for rival in rivals.get(name, ()) if members[rival].name in asked]
        limit = alike[0].limit if alike else LIMITS[item.kind]
        default = Requirement("joint", item.name, limit=limit, start=state.positions[item.name])
        found[name] = asked.get(item.name, default)
    return found


def _thing(
    name: str, item: Item, parts: Mapping[str, Part], rivals: Mapping[str, tuple[str, ...]], outline: Outline
) -> Thing:
    part = parts.get(name)
    # What could be mistaken for something can be worked in the same way.
    like = part or next((parts[other] for other, names in rivals.items() if name in names and other in parts), None)
    taken = item.kind == "shape" and (
        item.graspable or (like is not None and like.subtask.verb == "grasp" and not item.fixed)
    )
    verb = like.subtask.verb if like is not None and like.subtask.verb in STROKES else None
    grips = (verb,) if verb is not None and verb != "press" and like is not None and like.grips else ()
    receives = {
        each.subtask.relation
        for each in outline.parts
        if each.subtask.target is not None
        and (each.subtask.target == name or name in rivals.get(each.subtask.target, ()))
    }
    return Thing(
        name,
        graspable=taken,
        width=min(item.size[:2]) if taken else 0.0,
        height=item.size[2],
        strokes=() if verb is None else (verb,),
        grips=grips,
        receives=tuple(sorted(relation for relation in receives if relation is not None)),
    )


def rebased(pose: Pose, was: Array, now: Array) -> Pose:
    """Return a hand pose as it lies to a thing, after that went from one pose to another, (7,) each."""
    turn = multiply(now[3:], conjugate(was[3:]))
    return Pose(now[:3] + rotate(turn, pose.position - was[:3]), multiply(turn, pose.quat_wxyz))


def level(was: Array, now: Array) -> tuple[Array, Array]:
    """Return two poses, (7,), without their orientations: things that look alike need not be built alike."""
    plain = np.array([1.0, 0.0, 0.0, 0.0])
    return np.concatenate([was[:3], plain]), np.concatenate([now[:3], plain])


__all__ = ["Cast", "cast", "level", "rebased"]
