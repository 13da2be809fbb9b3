"""Records for the tests of the record seat: as an adapter makes them from real data, and from the toy."""

import numpy as np

from failgym.episodes import Episode, Frame, Outcome, Point, Span
from failgym.labels import Stage
from failgym.plans import Plan

KITCHEN = ("carrot", "plate", "spoon", "pot", "blue cloth", "banana", "sink")


def picture(step, camera="front", image=None, points=()):
    size = (4, 4)
    named = {name: Point(1.0, 1.0, 1.0, 1.0) for name in points}
    return Frame(step, camera, image or f"{camera} {step}".encode(), size, np.eye(3), np.eye(4), named)


def real(instruction, visible=KITCHEN, steps=(0, 10, 20), **content):
    """A real episode: pictures, an instruction, things that can be seen, and nothing else."""
    frames = tuple(picture(step, camera) for step in steps for camera in ("front", "wrist"))
    given = {"frames": frames, "source": "bridge", "visible": tuple(visible)} | content
    return Episode("bridge/1", "", {}, 0, instruction, Plan(instruction, ()), Outcome(True), **given)


def planned(instruction, *lines, span_steps=10, effects=None, **content):
    """A simulated episode of these subtasks, each as long as the next; a thing moves all the time."""
    plan = Plan.parse("\n".join(lines), instruction)
    total = span_steps * len(plan.subtasks)
    stages = ((Stage.APPROACH, 0), (Stage.GRASP, span_steps // 2))
    spans = tuple(
        Span(
            index,
            0,
            subtask,
            index * span_steps,
            (index + 1) * span_steps,
            True,
            tuple((stage, index * span_steps + first) for stage, first in stages),
        )
        for index, subtask in enumerate(plan.subtasks)
    )
    rows = np.arange(total, dtype=np.float64)
    actions = np.stack([0.01 * rows, *[np.zeros(total)] * 5, (rows > 2) * 1.0], axis=1)
    arrays = {
        "state": np.stack([rows, 0.1 * rows, 0.1 * rows + 1], axis=1),
        "action": actions,
        "action_told": actions.copy(),
    }
    steps = range(0, total + 1, span_steps // 2)
    given = {
        "arrays": arrays,
        "state_names": ("ee_x", "joint_speed_0", "object_0_x"),
        "spans": spans,
        "frames": tuple(picture(step, points=("target", "goal", "gripper")) for step in steps),
        "effects": dict.fromkeys((subtask.text for subtask in plan.subtasks), True) if effects is None else effects,
    } | content
    return Episode("sim/1", "FailGym/X-v0", {}, 1, instruction, plan, Outcome(True, {"success": True}), **given)
