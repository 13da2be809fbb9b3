"""From the numbers of a demonstration to its key poses, and from those to the spans of a plan's subtasks."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from failgym.episodes import Span
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.plans.rlbench import Boundary, TaskPlan

STILL = 0.1
"""Speed up to which a joint stands still, rad/s."""
REST = 4
"""Frames after a stop in which there is no other."""

_STROKES = ("press", "push", "turn")
"""Verbs for which it does not matter whether the gripper is closed."""


def key_poses(gripper_open: ArrayLike, joint_speeds: ArrayLike) -> tuple[int, ...]:
    """Find the frames that a planner would have to be told to go through.

    A frame is a key pose if the gripper's state differs from the frame before, if the arm stands still while the
    gripper's state stays what it is, or if it is the last one. Standing still counts once in a while (see `REST`), not
    in the last two frames, and not if the gripper's state changes within the two frames before or with the next one.
    Of two key poses in the last two frames only the last counts.

    Args:
        gripper_open: (N,) 1 open, 0 closed.
        joint_speeds: (N, J) rad/s.

    Returns:
        Indices of frames, rising; the first frame is never among them.

    Source: the heuristic of ARM (James and Abbeel, RA-L 2022), as GemBench applies it. PerAct's compares the first two
    frames with the last ones, which differs only where the gripper begins and ends in different states.
    """
    grip = np.asarray(gripper_open, dtype=np.float64)
    still = np.abs(np.asarray(joint_speeds, dtype=np.float64)).max(axis=-1, initial=0.0) <= STILL
    count, rest, found = len(grip), 0, []
    for frame in range(count):
        around = grip[[max(0, frame - 2), max(0, frame - 1), frame, min(frame + 1, count - 1)]]
        stops = rest <= 0 and still[frame] and frame < count - 2 and bool((around == around[0]).all())
        rest = REST if stops else rest - 1
        if frame and (stops or frame == count - 1 or grip[frame] != grip[frame - 1]):
            found.append(frame)
    if len(found) > 1 and found[-1] - 1 == found[-2]:
        del found[-2]
    return tuple(found)


def spans_of(task_plan: TaskPlan, keys: Sequence[int], gripper_open: ArrayLike) -> tuple[Span, ...]:
    """Assign the steps of a successful demonstration to the subtasks of its plan.

    Args:
        task_plan: The plan, and where each subtask ends.
        keys: Key poses, from `key_poses`.
        gripper_open: (N,) 1 open, 0 closed.

    Returns:
        One span for each subtask; none at all if the key poses do not fit the plan.
    """
    grip = np.asarray(gripper_open, dtype=np.float64) > 0.5
    ends = _ends(task_plan.until, keys, grip)
    if ends is None:
        return ()
    starts = (0, *ends[:-1])
    subtasks = task_plan.plan.subtasks
    return tuple(
        Span(index, 0, subtask, start, end, True, _stages(subtask, start, end, keys, grip))
        for index, (subtask, start, end) in enumerate(zip(subtasks, starts, ends, strict=True))
    )


def _ends(until: Sequence[Boundary], keys: Sequence[int], grip: NDArray[np.bool_]) -> tuple[int, ...] | None:
    """The frame at which each subtask ends, or None; the last one lasts to the end, whatever follows its boundary."""
    if not until or not keys:
        return None
    passed, ends = 0, [0]
    for boundary in until:
        if isinstance(boundary, int):
            passed += boundary
        elif boundary == "end":
            passed = len(keys)
        else:
            event = _change(keys, passed, grip, to_open=boundary != "closes")
            if event is None:
                return None
            if boundary == "lets_go":  # the release itself is the next subtask's
                ends.append(int(np.flatnonzero(~grip[: keys[event]])[-1]))
                continue
            passed = event + 1
        if not 0 < passed <= len(keys):
            return None
        ends.append(keys[passed - 1])
    if isinstance(until[-1], int) and passed != len(keys):
        return None
    ends[-1] = keys[-1]
    return tuple(ends[1:]) if all(a < b for a, b in itertools.pairwise(ends)) else None


def _change(keys: Sequence[int], first: int, grip: NDArray[np.bool_], to_open: bool) -> int | None:
    """Index of the first key pose from `first` on at which the gripper has become open, or closed."""
    before = [0, *keys]
    return next((i for i in range(first, len(keys)) if grip[keys[i]] == to_open and grip[before[i]] != to_open), None)


def _stages(
    subtask: Subtask, start: int, end: int, keys: Sequence[int], grip: NDArray[np.bool_]
) -> tuple[tuple[Stage, int], ...]:
    """The stages of a span: what the hand does from one key pose to the next."""
    stroke = subtask.verb in _STROKES or (subtask.verb in ("open", "close") and bool(grip[start]))
    marks = [start, *(key for key in keys if start < key < end), end]
    found: list[tuple[Stage, int]] = []
    for number, (here, there) in enumerate(itertools.pairwise(marks)):
        if stroke:
            legs = [(Stage.TRANSPORT if number else Stage.APPROACH, here)]
        elif grip[here] and grip[there]:
            legs = [(Stage.RETREAT if any(stage is Stage.RELEASE for stage, _ in found) else Stage.APPROACH, here)]
        elif grip[here]:
            legs = [(Stage.PRE_GRASP if number else Stage.APPROACH, here), (Stage.GRASP, there - 1)]
        elif grip[there]:
            legs = [(Stage.PLACE, here), (Stage.RELEASE, there - 1)]
        else:
            first = number == 0 and subtask.verb in ("lift", "place", "move")
            legs = [(Stage.LIFT if first else Stage.TRANSPORT, here)]
        for stage, step in legs:
            if found and found[-1][1] == step:
                found.pop()
            if not found or found[-1][0] is not stage:
                found.append((stage, step))
    return tuple(found)
