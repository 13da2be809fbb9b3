import pytest

from failgym.errors import PlanError
from failgym.plans import VERBS, check, required
from failgym.plans.rlbench import (
    GEMBENCH,
    GEMBENCH_VARIATIONS,
    RLBENCH_18,
    RLBENCH_TASKS,
    TEMPLATES,
    env_id,
    plain_name,
    task_plan,
)
from failgym.plans.rlbench.template import VOCABULARY, read_words

EVERYTHING = (
    "two things: red and blue; top, then left; tall; chicken; cube; block and moon; the crackers box",
    "nothing of interest",
)
"""Words of every kind."""


def texts(task, *descriptions):
    return [subtask.text for subtask in task_plan(task, descriptions).plan.subtasks]


def test_the_published_lists_have_their_published_sizes():
    assert len(RLBENCH_18) == len(set(RLBENCH_18)) == 18
    assert len(GEMBENCH) == len(set(GEMBENCH)) == 44
    counts = {name: sum(map(len, tasks.values())) for name, tasks in GEMBENCH_VARIATIONS.items()}
    assert counts == {"train": 31, "test_l2": 28, "test_l3": 21, "test_l4": 12}
    assert {name: len(tasks) for name, tasks in GEMBENCH_VARIATIONS.items()}["train"] == 16
    assert len(RLBENCH_TASKS) == len(set(map(plain_name, RLBENCH_TASKS))) == 53
    assert {plain_name(task) for task in (*RLBENCH_18, *GEMBENCH)} == set(map(plain_name, RLBENCH_TASKS))


def test_no_test_variation_is_trained_on():
    pairs = {name: {(t, v) for t, vs in tasks.items() for v in vs} for name, tasks in GEMBENCH_VARIATIONS.items()}
    assert sum(map(len, pairs.values())) == len(set.union(*pairs.values())) == 92


def test_every_task_has_a_template_and_no_template_is_without_task():
    assert set(TEMPLATES) == set(map(plain_name, RLBENCH_TASKS))


@pytest.mark.parametrize("task", RLBENCH_TASKS)
def test_plans_can_work_and_every_step_is_needed(task):
    planned = task_plan(task, EVERYTHING)
    assert planned.plan.instruction == EVERYTHING[0]
    assert len(planned.until) == len(planned.plan.subtasks) > 0
    assert not check(planned.plan, planned.closed)
    assert required(planned.plan, planned.closed) == tuple(range(len(planned.plan.subtasks)))
    named = {name for subtask in planned.plan.subtasks for name in (subtask.object, subtask.target)}
    assert not [name for name in named if name and "{" in name]


def test_all_verbs_of_the_tasks_are_in_use():
    verbs = {step.verb for task in RLBENCH_TASKS for step in task_plan(task, EVERYTHING).plan.subtasks}
    assert verbs == set(VERBS) - {"pull", "wipe"}


@pytest.mark.parametrize(
    ("task", "description", "plan"),
    [
        ("close_jar_peract", "shut the azure jar", ["grasp the lid", "place the lid on the azure jar",
                                                  "screw the lid on the azure jar"]),
        ("push_buttons", "press rose, then teal, then rose", ["press the rose button", "press the teal button"]),
        ("stack_blocks", "make a pile of 2 olive blocks", [
            "grasp the first olive block", "place the first olive block on the target",
            "grasp the second olive block", "place the second olive block on the first olive block"]),
        ("tower4", "white on the green marker, teal on the white one", [
            "grasp the white block", "place the white block on the target",
            "grasp the teal block", "place the teal block on the white block"]),
        ("open_drawer_long", "pull out the middle top drawer", [
            "grasp the middle top drawer", "open the middle top drawer", "release the middle top drawer"]),
        ("put_items_in_drawer", "moon, block and cylinder into the middle drawer", [
            "grasp the middle drawer", "open the middle drawer", "release the middle drawer",
            "grasp the moon", "place the moon in the middle drawer",
            "grasp the block", "place the block in the middle drawer",
            "grasp the cylinder", "place the cylinder in the middle drawer"]),
        ("place_cups", "hang up one mug", ["grasp the first cup", "place the first cup on the cup holder"]),
        ("put_groceries_in_cupboard", "store the strawberry jello", [
            "grasp the strawberry jello", "place the strawberry jello in the cupboard"]),
        ("place_wine_at_rack_location", "wine to the right of the rack", [
            "grasp the wine bottle", "place the wine bottle in the right place of the rack"]),
    ],
)  # fmt: skip
def test_words_find_their_places(task, description, plan):
    assert texts(task, description) == plan


def test_words_are_read_from_the_first_description_that_has_them():
    assert texts("stack_cups", "stack the other two on the odd one", "use the navy cup as base")[1] == (
        "place the first other cup in the navy cup"
    )
    assert task_plan("stack_cups", ["stack them", "on the navy cup"]).plan.instruction == "stack them"


def test_the_longest_word_counts():
    assert read_words("the middle bottom one")["level"] == ("middle bottom",)
    assert read_words("Put the  SOUP can away")["grocery"] == ("soup can",)
    assert read_words("a reddish thing, infrared")["colour"] == ()


def test_what_is_closed_at_the_start_is_told():
    assert task_plan("open_drawer", ["open the top drawer"]).closed == ("top drawer",)
    assert task_plan("close_drawer", ["close the top drawer"]).closed == ()


def test_missing_words_are_an_error_that_names_them():
    with pytest.raises(PlanError, match=r"'close_jar'.*shut it.*a colour \(red, maroon"):
        task_plan("close_jar", ["shut it"])


def test_other_tasks_have_no_plan():
    assert task_plan("beat_the_buzz", ["move the ring along the wire"]) is None


def test_ids_hold_the_name_of_the_task_class():
    assert env_id("close_jar") == "FailGym/RLBench.CloseJar-v0"
    assert env_id("push_buttons4") == "FailGym/RLBench.PushButtons4-v0"
    assert len({env_id(task) for task in RLBENCH_TASKS}) == len(RLBENCH_TASKS)


def test_no_word_belongs_to_two_groups_of_one_kind():
    for words in VOCABULARY.values():
        assert len(words) == len(set(words))
