"""An episode backwards: its plan, spans, pictures, states and actions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import EE_DELTA, KEYPOSE, ActionLayout, Episode, EventKind, Frame, Span, joint_delta, pair_of
from failgym.labels import Stage
from failgym.plans import Subtask

Array = NDArray[Any]

_BACKWARDS = {"grasp": "release", "release": "grasp", "place": "grasp", "open": "close", "close": "open"}
"""Verb -> what is done when it is played backwards."""
_ON_THE_WAY = ("lift", "move")
"""Verbs that only carry: backwards they are the way to what comes next."""
_STAGES = {
    Stage.APPROACH: Stage.RETREAT,
    Stage.PRE_GRASP: Stage.RETREAT,
    Stage.GRASP: Stage.RELEASE,
    Stage.LIFT: Stage.PLACE,
    Stage.TRANSPORT: Stage.TRANSPORT,
    Stage.PLACE: Stage.LIFT,
    Stage.RELEASE: Stage.GRASP,
    Stage.RETREAT: Stage.APPROACH,
}


class Turned(NamedTuple):
    """A subtask of the plan backwards, and the subtasks that it undoes: from `first` to `last` of the plan."""

    subtask: Subtask
    first: int
    last: int


def turned_plan(subtasks: Sequence[Subtask]) -> list[Turned] | None:
    """Return the plan backwards; None where a verb has no opposite.

    To place becomes to grasp, to grasp becomes to release; to lift and to carry belong to the step that follows
    backwards; to pull out becomes to place in, and takes the grasp before it along.
    """
    turned: list[Turned] = []
    last: int | None = None
    for index in reversed(range(len(subtasks))):
        old = subtasks[index]
        last = index if last is None else last
        placed = turned[-1] if turned and turned[-1].subtask.verb == "place" else None
        if old.verb in _ON_THE_WAY:
            continue
        if old.verb == "grasp" and placed is not None and placed.subtask.object == old.object:
            turned[-1] = placed._replace(first=index)
        elif old.verb == "pull":
            turned.append(Turned(Subtask("place", old.object, "in", old.target, old.arm), index, last))
        elif old.verb in _BACKWARDS:
            turned.append(Turned(Subtask(_BACKWARDS[old.verb], old.object, arm=old.arm), index, last))
        else:
            return None
        last = None
    return None if last is not None else turned


def turned_spans(episode: Episode, plan: Sequence[Turned], total: int) -> tuple[Span, ...] | None:
    """Return the spans backwards; None unless each subtask of the plan was executed once and worked."""
    if [(span.index, span.attempt) for span in episode.spans] != [(index, 0) for index in range(len(episode.spans))]:
        return None
    if len(episode.spans) != len(episode.plan.subtasks) or not all(span.achieved for span in episode.spans):
        return None
    spans = []
    for number, (subtask, first, last) in enumerate(plan):
        old = episode.spans[first : last + 1]
        start, end = total - old[-1].end, total - old[0].start
        spans.append(Span(number, 0, subtask, start, end, True, _stages(old, total)))
    return tuple(spans)


def turned_frames(frames: Sequence[Frame], total: int, ends_only: bool = False) -> tuple[Frame, ...]:
    """Return the frames backwards, of each camera only the first and the last one if wanted.

    Points of goals are left out: what was a goal is none.
    """
    if ends_only:
        last = {frame.camera: frame for frame in frames}
        first = {frame.camera: frame for frame in reversed(frames)}
        frames = [frame for frame in frames if frame is first[frame.camera] or frame is last[frame.camera]]

    def turned(frame: Frame) -> Frame:
        points = {name: point for name, point in frame.points.items() if name != "goal"}
        return replace(frame, step=total - frame.step, points=points)

    return tuple(sorted((turned(frame) for frame in frames), key=lambda frame: frame.step))


def turned_arrays(episode: Episode) -> dict[str, Array]:
    """Return states and actions backwards; arrays whose meaning is not known are left out.

    Row i of `state` is the state after step i, so the state before the first step is in no row: the last row stands
    for it, and is the one before once more. Increments change sign. A pose that was commanded in a step is commanded
    backwards in the step that leads there, so poses and grippers are one row further; the pose before the first step
    was not recorded, and the first one stands for it.
    """
    arrays: dict[str, Array] = {}
    for name, array in episode.arrays.items():
        if not len(array) or len(array) != episode.steps:
            continue
        if name == "state":
            arrays[name] = _shifted(array)
            speeds = [index for index, column in enumerate(episode.state_names) if "_speed_" in column]
            arrays[name][:, speeds] *= -1
        elif name in ("action", "action_told") and (layout := layout_of(episode, array.shape[1])) is not None:
            arrays[name] = _shifted(array)
            if layout.delta:
                poses = np.ones(array.shape[1], bool)
                poses[[layout.of(arm).gripper for arm in layout.arms or (None,)]] = False
                arrays[name][:, poses] = -array[::-1][:, poses]
    return arrays


def layout_of(episode: Episode, width: int) -> ActionLayout | None:
    """Return the meaning of a simulated episode's actions of that width; None where it is not known."""
    if episode.source != "sim":
        return None
    arms = ("left", "right") if any(name.startswith("left_ee_") for name in episode.state_names) else ()
    part = width // max(1, len(arms))
    known = {"ee_delta": EE_DELTA, "keypose": KEYPOSE, "joint_delta": joint_delta(part - 1)}
    # Episodes of triplets do not name the mode, and are never of joints: their width tells.
    named = episode.env_kwargs.get("control_mode")
    layouts = [known[named]] if named in known else [EE_DELTA, KEYPOSE]
    layout = next((layout for layout in layouts if layout.size == part), None)
    return pair_of(layout, arms) if layout is not None and arms else layout


def why_not(episode: Episode) -> str | None:
    """Return what happened in an episode that cannot happen backwards, in words."""
    for event in episode.events:
        if event.kind is EventKind.DROPPED:
            return f"the {event.subject} fell in step {event.step}, and does not rise by itself"
        if event.kind is EventKind.PRESSED:
            return f"the {event.subject} was pressed in step {event.step}, and a press has no return"
    return None


def pushed(episode: Episode) -> bool:
    """Whether a part or a thing was moved by a hand that had no grip on it, or went on by itself."""
    held: set[str] = set()
    let_go: dict[str, int] = {}
    for event in episode.events:
        if event.kind is EventKind.GRASPED:
            held.add(event.subject)
        elif event.kind is EventKind.RELEASED:
            held.discard(event.subject)
            let_go[event.subject] = event.step
        elif event.subject in held or event.step - let_go.get(event.subject, -99) <= _SETTLED:
            continue
        elif event.kind in _PARTS_MOVE or (event.kind is EventKind.DISPLACED and event.other == "robot"):
            return True
    return False


_PARTS_MOVE = (EventKind.PART_MOVED, EventKind.OPENED, EventKind.SHUT)
_SETTLED = 3
"""Control steps in which what was let go comes to rest."""


def _shifted(rows: Array) -> Array:
    """Return the rows backwards, from the last but one; the first one twice."""
    return np.concatenate([rows[:-1][::-1], rows[:1]])


def _stages(spans: Sequence[Span], total: int) -> tuple[tuple[Stage, int], ...]:
    """Return the stages backwards: approach comes last as retreat."""
    ends = [(stage, end) for span in spans for stage, end in zip(*_columns(span), strict=True)]
    turned: list[tuple[Stage, int]] = []
    for stage, end in reversed(ends):
        if not turned or turned[-1][0] is not _STAGES[stage]:
            turned.append((_STAGES[stage], total - end))
    return tuple(turned)


def _columns(span: Span) -> tuple[list[Stage], list[int]]:
    """Return the stages of a span, and where each of them ends."""
    starts = [step for _, step in span.stages]
    return [stage for stage, _ in span.stages], [*starts[1:], span.end][: len(starts)]
