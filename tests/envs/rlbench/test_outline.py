"""Plans read from demonstrations: in the words of the published grouping, else from waypoints and conditions alone."""

from dataclasses import replace

import pytest

from failgym.envs.rlbench.errors import PlacementError
from failgym.envs.rlbench.outline import outline, readable
from failgym.envs.rlbench.protocol import Settings
from failgym.envs.rlbench.templates import outline_of
from tests.envs.rlbench.fake import FakeSimulator

PLAIN = {
    "pick_and_lift": ["grasp the target", "move the target to the goal"],
    "open_drawer": ["open the drawer"],
    "push_buttons": ["press the target button joint0", "press the target button joint1"],
    "stack_blocks": [
        "grasp the target0", "place the target0 on the goal", "grasp the target1", "place the target1 on the goal",
        "grasp the target2", "place the target2 on the goal",
    ],
    "put_money_in_safe": ["grasp the dollar stack", "place the dollar stack in the goal"],
}  # fmt: skip
WORDED = {
    "pick_and_lift": ["grasp the green block", "move the green block to the target"],
    "open_drawer": ["open the middle drawer"],
    "push_buttons": ["press the maroon button", "press the green button"],
    "stack_blocks": [
        "grasp the first red block", "place the first red block on the target", "grasp the second red block",
        "place the second red block on the first red block", "grasp the third red block",
        "place the third red block on the second red block",
    ],
    "put_money_in_safe": ["grasp the money", "place the money on the middle shelf"],
}  # fmt: skip


def begun(task):
    simulator = FakeSimulator()
    simulator.launch(Settings())
    simulator.load(task)
    for seed in range(20):
        try:
            return simulator.reset(1, seed), simulator.state()
        except PlacementError:
            continue
    raise AssertionError("no seed was placed")


def texts(found):
    return [part.subtask.text for part in found.parts]


@pytest.mark.parametrize("task", PLAIN)
def test_a_plan_is_read_from_waypoints_and_conditions_alone(task):
    episode, state = begun(task)
    found = outline(task, episode, state)
    assert texts(found) == PLAIN[task]
    visited = [waypoint for part in found.parts for waypoint in part.waypoints]
    assert visited == [waypoint for waypoint in episode.waypoints if not waypoint.skip], "every waypoint is used once"
    assert set(found.names.values()) <= {item.name for item in episode.items}


@pytest.mark.parametrize("task", WORDED)
def test_a_published_grouping_words_it(task):
    episode, state = begun(task)
    found = outline_of(task, episode, state)
    assert texts(found) == WORDED[task]
    assert found.instruction == episode.descriptions[0]
    assert sum(len(part.waypoints) for part in found.parts) == len(episode.waypoints)
    assert [part.item for part in found.parts] == [part.item for part in outline(task, episode, state).parts]


def test_another_fork_calls_its_task_otherwise():
    episode, state = begun("stack_blocks")
    assert texts(outline_of("stack_blocks_peract", episode, state)) == WORDED["stack_blocks"]


def test_what_does_not_fit_the_grouping_is_read_from_the_demonstration():
    episode, state = begun("pick_and_lift")
    nameless = replace(episode, descriptions=("take it",))
    assert texts(outline_of("pick_and_lift", nameless, state)) == PLAIN["pick_and_lift"]
    never = tuple(replace(waypoint, gripper=None) for waypoint in episode.waypoints)
    assert len(outline_of("pick_and_lift", replace(episode, waypoints=never), state).parts) == 1
    assert texts(outline_of("phone_on_base", episode, state))[0] == "grasp the pick lift target"


def test_a_task_without_waypoints_has_an_empty_plan():
    episode, state = begun("open_drawer")
    assert outline_of("open_drawer", replace(episode, waypoints=()), state).parts == ()


def test_skipped_waypoints_are_left_out():
    episode, state = begun("stack_blocks")
    last = replace(episode.waypoints[-1], skip=True)
    found = outline_of("stack_blocks", replace(episode, waypoints=(*episode.waypoints[:-1], last)), state)
    assert not any(waypoint.skip for part in found.parts for waypoint in part.waypoints)


@pytest.mark.parametrize(
    ("name", "task", "said"),
    [
        ("pick_and_lift_target", "pick_and_lift", "target"),
        ("jar_lid0", "close_jar", "jar lid0"),
        ("put_in_the_box", "x", "put box"),
        ("__", "x", "thing"),
    ],
)
def test_names_are_made_readable(name, task, said):
    assert readable(name, task) == said
