import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.data.rlbench.keyposes import REST, STILL, key_poses, spans_of
from failgym.labels import Stage
from failgym.plans.rlbench import RLBENCH_TASKS, TaskPlan, task_plan
from tests.data.rlbench.recordings import LEG, motion


def marks_of(task_plan: TaskPlan, between: int = 1) -> list[str]:
    """How an arm would move that does such a plan, with so many stops on the way to each boundary."""
    marks: list[str] = []
    for boundary in task_plan.until:
        if isinstance(boundary, int):
            marks += ["stop"] * boundary
        elif boundary == "end":
            marks += ["stop"] * between + ["go"]
        elif boundary != "lets_go":
            marks += ["stop"] * between + [boundary.removesuffix("s")]
    return marks


def found(*marks):
    grip, speeds = motion(*marks)
    return key_poses(grip, speeds), grip


def spans(task, description, *marks):
    return spans_of(task_plan(task, [description]), *found(*marks))


def test_stops_changes_of_the_gripper_and_the_end_are_key_poses():
    assert found("stop", "close", "stop", "stop", "open", "go")[0] == tuple(range(LEG, 6 * LEG + 1, LEG))


def test_the_gripper_counts_where_it_changes_not_where_it_is_closed():
    grip = [1, 1, 1, 0, 0, 0, 1, 1, 1, 1]
    assert key_poses(grip, np.ones((10, 7))) == (3, 6, 9)


def test_an_arm_at_rest_stops_once_in_a_while():
    count = 30
    keys = key_poses(np.ones(count), np.zeros((count, 7)))
    assert keys == (*range(REST + 1, count - 2, REST + 1), count - 1)


@pytest.mark.parametrize(("speed", "still"), [(STILL, True), (-STILL, True), (STILL * 1.001, False)])
def test_one_moving_joint_is_no_stop(speed, still):
    speeds = np.ones((20, 7))
    speeds[10] = 0.0
    speeds[10, 3] = speed
    assert key_poses(np.ones(20), speeds) == ((10, 19) if still else (19,))


@pytest.mark.parametrize("change", [9, 10, 11, 12])
def test_no_stop_close_to_a_change_of_the_gripper(change):
    """The arm stands still at frame 10; the gripper's state is another from `change` on."""
    speeds = np.ones((30, 7))
    speeds[10] = 0.0
    grip = np.where(np.arange(30) < change, 1.0, 0.0)
    assert (10 in key_poses(grip, speeds)) == (change in (10, 12))
    assert change in key_poses(grip, speeds)


def test_of_two_key_poses_at_the_end_the_last_one_counts():
    assert key_poses([1, 1, 1, 1, 0, 0], np.ones((6, 7))) == (5,)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_key_poses_rise_end_with_the_last_frame_and_hold_every_change(grip, random):
    speeds = np.array([[random.choice([0.0, 0.5])] * 7 for _ in grip])
    keys = key_poses(grip, speeds)
    last = len(grip) - 1
    assert list(keys) == sorted(set(keys))
    assert (keys[-1:] == (last,)) == (last > 0)
    changes = {frame for frame in range(1, len(grip)) if grip[frame] != grip[frame - 1]}
    assert changes - {last - 1} <= set(keys)
    stops = set(keys) - changes - {last}
    assert all(not speeds[frame].any() for frame in stops)
    assert all(b - a > REST for a, b in zip(sorted(stops), sorted(stops)[1:], strict=False))


@pytest.mark.parametrize("between", [0, 1, 2])
@pytest.mark.parametrize("task", RLBENCH_TASKS)
def test_a_demonstration_of_each_task_falls_into_its_subtasks(task, between):
    planned = task_plan(task, ["two: red, blue; top; left; tall; chicken; cube; block and moon; crackers"])
    keys, grip = found(*marks_of(planned, between))
    cut = spans_of(planned, keys, grip)
    assert [span.subtask for span in cut] == list(planned.plan.subtasks)
    assert [span.index for span in cut] == list(range(len(cut)))
    assert (cut[0].start, cut[-1].end) == (0, len(grip) - 1)
    assert all(a.end == b.start for a, b in itertools.pairwise(cut))
    for span in cut:
        steps = [step for _, step in span.stages]
        assert span.achieved
        assert steps[0] == span.start
        assert steps == sorted(set(steps))
        assert steps[-1] < span.end
        if span.subtask.verb == "grasp":
            assert (grip[span.end - 1], grip[span.end]) == (1.0, 0.0)
            assert span.stages[-1] == (Stage.GRASP, span.end - 1)
        if span.subtask.verb == "release":
            assert (grip[span.start], grip[span.start + 1]) == (0.0, 1.0)


def test_gembench_groups_of_key_poses():
    """Source: GemBench's published groups: close_jar [0, 2, 5, end], stack_blocks of two [0, 2, 5, 8, end]."""
    jar = spans("close_jar_peract", "azure", "stop", "close", "stop", "stop", "stop", "open")
    assert [span.end // LEG for span in jar] == [2, 5, 6]
    blocks = ("stop", "close", "stop", "stop", "open", "stop", "stop", "close", "stop", "stop", "open")
    stack = spans("stack_blocks", "2 red", *blocks)
    assert [span.end // LEG for span in stack] == [2, 5, 8, 11]
    drawer = spans("open_drawer", "top", "stop", "close", "open")
    assert [(span.start, span.end) for span in drawer] == [(0, 16), (16, 23), (23, 24)]


def test_stages_of_grasp_and_place():
    marks = ("stop", "close", "stop", "stop", "open", "go")
    grasp, place = spans("insert_onto_square_peg", "red", *marks)
    assert grasp.stages == ((Stage.APPROACH, 0), (Stage.PRE_GRASP, 8), (Stage.GRASP, 15))
    assert place.stages == (
        (Stage.LIFT, 16), (Stage.TRANSPORT, 24), (Stage.PLACE, 32), (Stage.RELEASE, 39), (Stage.RETREAT, 40),
    )  # fmt: skip


def test_a_press_with_a_closed_gripper_is_no_grasp():
    first, second = spans("push_buttons", "red, blue", "close", "stop", "stop", "stop")
    assert first.stages == (*second.stages[:0], (Stage.APPROACH, 0), (Stage.TRANSPORT, 8))
    assert [stage for stage, _ in second.stages] == [Stage.APPROACH, Stage.TRANSPORT]


@pytest.mark.parametrize(
    ("task", "marks"),
    [
        ("insert_onto_square_peg", ("stop", "stop")),
        ("insert_onto_square_peg", ("stop", "close", "stop")),
        ("push_buttons", ("stop", "stop", "stop")),
        ("push_buttons", ("stop", "stop", "stop", "stop", "stop")),
        ("close_jar", ("stop", "close", "stop", "open")),
        ("open_drawer", ("close", "stop")),
    ],
)
def test_key_poses_that_do_not_fit_give_no_spans(task, marks):
    assert spans(task, "red, blue, top", *marks) == ()


def test_the_gripper_may_open_in_the_last_frame_but_one():
    grip = np.array([1.0] * 8 + [0.0] * 8 + [1.0, 1.0])
    keys = key_poses(grip, np.ones((18, 7)))
    assert keys == (8, 17)
    planned = task_plan("open_drawer", ["top"])
    assert [(span.start, span.end) for span in spans_of(planned, keys, grip)] == [(0, 8), (8, 15), (15, 17)]


def test_a_plan_without_subtasks_has_no_spans():
    planned = task_plan("open_drawer", ["top"])
    assert spans_of(TaskPlan(planned.plan, (), ()), (3,), np.ones(4)) == ()
