"""From the columns of a demonstration to an episode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from failgym.data.rlbench.geometry import pose_from
from failgym.data.rlbench.keyposes import spans_of
from failgym.data.rlbench.layout import FINGER_TRAVEL, Entry
from failgym.episodes import Episode, Event, EventKind, Frame, Outcome, Span
from failgym.errors import PlanError
from failgym.plans import Plan
from failgym.plans.rlbench import TaskPlan, env_id, plain_name, task_plan

Array = NDArray[np.float64]

COMMANDED = "joint_position_action"
"""What newer versions of RLBench note in `misc`: joint angles, rad, and gripper, 1 open, that were commanded last."""
NATIVE = "native/"
"""What the names of arrays begin with that are as RLBench stored them, one row an observation."""
HAND = ("ee_x", "ee_y", "ee_z", "ee_qw", "ee_qx", "ee_qy", "ee_qz")
GRIPPER = ("gripper_closure", "gripper_command", "gripper_force")


@dataclass(frozen=True)
class Source:
    """What is known of a demonstration beside its pictures."""

    entry: Entry
    descriptions: tuple[str, ...]
    columns: Mapping[str, Array]
    """By RLBench's names, one row an observation; `gripper_pose` (N, 7) and `gripper_open` (N,) among them."""
    key_poses: tuple[int, ...]
    """Indices of observations."""


def episode_of(source: Source, frames: Sequence[Frame]) -> Episode:
    """Return a successful demonstration as an episode; see `StoredDemo.episode`."""
    entry, columns = source.entry, source.columns
    planned = plan_of(source)
    grip = columns["gripper_open"]
    spans = spans_of(planned, source.key_poses, grip)
    names, rows = _states(columns)
    position, quat = pose_from(columns["gripper_pose"])
    actions = np.column_stack([position, quat, _command(columns)])[1:]
    return Episode(
        uid=f"{env_id(entry.task)}/variation{entry.variation}/episode{entry.number}",
        env_id=env_id(entry.task),
        env_kwargs={"control_mode": "keypose"},
        seed=entry.number,
        instruction=planned.plan.instruction,
        plan=planned.plan,
        outcome=Outcome(True, {"success": True}),
        arrays={
            "state": rows[1:],
            "action_told": actions,
            "action": actions.copy(),
            **{f"{NATIVE}{name}": column for name, column in columns.items()},
        },
        state_names=names,
        events=_events(grip, spans),
        spans=spans,
        frames=tuple(frames),
        variation={
            "task": entry.task,
            "number": entry.variation,
            "descriptions": list(source.descriptions),
            "key_poses": list(source.key_poses),
        },
    )


def plan_of(source: Source) -> TaskPlan:
    """Return the plan of a demonstration; without subtasks where its description does not tell them."""
    descriptions = source.descriptions or (plain_name(source.entry.task).replace("_", " "),)
    try:
        planned = task_plan(source.entry.task, descriptions)
    except PlanError:
        planned = None
    return planned or TaskPlan(Plan(descriptions[0], ()), (), ())


def _states(columns: Mapping[str, Array]) -> tuple[tuple[str, ...], Array]:
    """Names and rows, one an observation, of the state as our own environments record it."""
    position, quat = pose_from(columns["gripper_pose"])
    parts = [position, quat, _closure(columns), _command(columns), _force(columns)]
    names = [*HAND, *GRIPPER]
    for field, name in (("joint_positions", "joint"), ("joint_velocities", "joint_speed")):
        if field in columns:
            names += [f"{name}_{joint}" for joint in range(columns[field].shape[1])]
            parts.append(columns[field])
    return tuple(names), np.column_stack(parts)


def _closure(columns: Mapping[str, Array]) -> Array:
    """Measured closure, 0 open .. 1 closed; by the fingers of the Panda where they were recorded."""
    fingers = columns.get("gripper_joint_positions")
    if fingers is None or fingers.ndim != 2 or fingers.shape[1] != 2:
        return 1.0 - columns["gripper_open"]
    opened: Array = np.clip(fingers.mean(axis=1) / FINGER_TRAVEL, 0.0, 1.0)
    return 1.0 - opened


def _command(columns: Mapping[str, Array]) -> Array:
    """Commanded closure; where it was not recorded, what the gripper's state shows."""
    shown = 1.0 - columns["gripper_open"]
    if COMMANDED not in columns:
        return shown
    told = 1.0 - columns[COMMANDED][:, -1]
    return np.where(np.isnan(told), shown, told)


def _force(columns: Mapping[str, Array]) -> Array:
    """The smaller force on a finger, N; NaN where it was not recorded."""
    touch = columns.get("gripper_touch_forces")
    if touch is None or touch.ndim != 2 or touch.shape[1] != 6:
        return np.full(len(columns["gripper_open"]), np.nan)
    smaller: Array = np.linalg.norm(touch.reshape(-1, 2, 3), axis=2).min(axis=1)
    return smaller


def _events(grip: Array, spans: Sequence[Span]) -> tuple[Event, ...]:
    """When the gripper closed and opened, and when a subtask was done."""
    events = [
        Event(
            int(step),
            EventKind.OPENING if grip[step] > 0.5 else EventKind.CLOSING,
            "gripper",
            "",
            float(1.0 - grip[step]),
        )
        for step in np.flatnonzero(np.diff(grip)) + 1
    ]
    events += [Event(span.end, EventKind.SUBTASK_DONE, span.subtask.text, "", span.index) for span in spans]
    return tuple(sorted(events, key=lambda event: event.step))
