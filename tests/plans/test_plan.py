import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import PlanError
from failgym.plans import Plan, Subtask

GRASP = Subtask("grasp", "red block")
LIFT = Subtask("lift", "red block")
PLACE = Subtask("place", "red block", "on", "green block")
STACK = Plan("stack the red block on the green block", (GRASP, LIFT, PLACE))

names = st.lists(st.sampled_from(["red", "green", "block", "drawer", "12", "1."]), min_size=1).map(" ".join)
names = names.filter(lambda name: not name.endswith("."))
simple = st.builds(Subtask, st.sampled_from(["grasp", "lift", "open", "close"]), names)
placing = st.builds(Subtask, st.just("place"), names, st.sampled_from(["on", "in"]), names)
plans = st.builds(Plan, st.text(), st.lists(simple | placing, max_size=12).map(tuple))


@given(plans.filter(lambda plan: plan.subtasks))
def test_text_round_trip(plan):
    assert Plan.parse(plan.text, plan.instruction) == plan


@given(plans)
def test_json_round_trip(plan):
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_text():
    assert STACK.text == "1. grasp the red block\n2. lift the red block\n3. place the red block on the green block"


@pytest.mark.parametrize(
    "text",
    [
        "grasp the red block\nlift the red block\nplace the red block on the green block",
        "1) Grasp the red block.\n\n2) Lift it".replace("it", "the red block")
        + "\n3) Place red block on green block.\n",
        "  - grasp red block\r\n * lift red block\r\n3: place the red block on the green block",
    ],
)
def test_parse_takes_what_planners_write(text):
    assert Plan.parse(text, STACK.instruction) == STACK


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_text_is_no_plan(text):
    with pytest.raises(PlanError, match="one subtask a line"):
        Plan.parse(text)


def test_a_line_outside_the_grammar_is_named():
    with pytest.raises(PlanError, match="'dance around'"):
        Plan.parse("1. grasp the red block\n2. dance around")


def test_objects_once_each_in_order():
    assert STACK.objects == ("red block", "green block")
    assert Plan("", ()).objects == ()


def test_without():
    assert STACK.without(1).subtasks == (GRASP, PLACE)


@pytest.mark.parametrize(("first", "second"), [(0, 2), (2, 0)])
def test_swapped(first, second):
    assert STACK.swapped(first, second).subtasks == (PLACE, LIFT, GRASP)


def test_replaced():
    other = Subtask("grasp", "blue block")
    changed = STACK.replaced(0, other)
    assert changed.subtasks == (other, LIFT, PLACE)
    assert changed.instruction == STACK.instruction
    assert STACK.subtasks[0] is GRASP


@pytest.mark.parametrize(
    "edit",
    [
        lambda: STACK.without(3),
        lambda: STACK.without(-1),
        lambda: STACK.swapped(0, 3),
        lambda: STACK.swapped(-1, 0),
        lambda: STACK.replaced(3, GRASP),
    ],
)
def test_an_index_that_is_not_there(edit):
    with pytest.raises(PlanError, match="3 subtasks"):
        edit()


def test_a_list_of_subtasks_is_taken():
    plan = Plan("", [GRASP])
    assert plan == Plan("", (GRASP,))
    assert hash(plan) == hash(Plan("", (GRASP,)))


@pytest.mark.parametrize("data", [{}, {"subtasks": []}, {"instruction": "", "subtasks": [], "goal": ""}])
def test_json_that_is_no_plan(data):
    with pytest.raises(PlanError, match="instruction and subtasks"):
        Plan.from_json(data)
