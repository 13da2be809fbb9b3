import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.plans import VERBS, Plan, Subtask, check, required

STORE = """
    open the drawer
    grasp the block
    lift the block
    place the block in the drawer
    close the drawer
"""

steps = st.sampled_from([Subtask.parse(line) for line in STORE.split("\n") if line.strip()])
plans = st.builds(Plan, st.just(""), st.lists(steps, max_size=7).map(tuple))


def reasons(text, closed=()):
    return [(violation.index, violation.reason) for violation in check(Plan.parse(text), closed)]


def test_every_verb_has_a_rule():
    for verb in VERBS.values():
        where = {"relation": verb.relations[0], "target": "table"} if verb.needs_target else {}
        check(Plan("", (Subtask(verb.name, "block", **where),)))


def test_a_plan_that_works():
    assert check(Plan.parse(STORE), closed=["drawer"]) == ()


@pytest.mark.parametrize(
    ("text", "closed", "expected"),
    [
        ("grasp block\ngrasp cup", (), [(1, "the hand already holds the block")]),
        ("lift block", (), [(0, "the hand does not hold the block")]),
        ("grasp block\nlift cup", (), [(1, "the hand does not hold the cup")]),
        ("place block on table", (), [(0, "the hand does not hold the block")]),
        ("grasp block\nplace block in drawer", ("drawer",), [(1, "the drawer is closed")]),
        ("grasp block\nplace block on drawer", ("drawer",), []),
        ("grasp block\nplace block on block", (), [(1, "the block cannot be placed on itself")]),
        ("grasp block\nopen drawer", ("drawer",), [(1, "the hand already holds the block")]),
        ("open drawer", (), [(0, "the drawer is already open")]),
        ("close drawer", ("drawer",), [(0, "the drawer is already closed")]),
        ("open drawer\nclose drawer", ("drawer",), []),
        (
            "grasp block\nplace block in drawer\nclose drawer\ngrasp block",
            (),
            [(3, "the block is inside the closed drawer")],
        ),
        ("grasp block\nplace block on drawer\nclose drawer\ngrasp block", (), []),
        ("grasp block\nplace block in drawer\ngrasp block\nclose drawer with the left arm", (), []),
    ],
)
def test_rules(text, closed, expected):
    assert reasons(text, closed) == expected


def test_a_violated_step_has_no_effect():
    text = "grasp block\nplace block in drawer\ngrasp cup\nopen drawer"
    assert reasons(text, ["drawer"]) == [
        (1, "the drawer is closed"),
        (2, "the hand already holds the block"),
        (3, "the hand already holds the block"),
    ]


def test_each_arm_has_a_hand():
    assert reasons("grasp block with the left arm\ngrasp cup with the right arm\nlift block with the left arm") == []
    assert reasons("grasp block with the left arm\nlift block with the right arm") == [
        (1, "the hand does not hold the block")
    ]


def test_a_violation_says_which_step():
    (violation,) = check(Plan.parse("lift block"))
    assert violation.subtask == Subtask("lift", "block")


def test_the_world_at_the_start_is_not_changed():
    closed = {"drawer"}
    check(Plan.parse(STORE), closed)
    assert closed == {"drawer"}


@pytest.mark.parametrize(
    ("text", "closed", "expected"),
    [
        ("grasp block\nlift block", (), (0, 1)),
        ("grasp block\nlift block\nplace block on table", (), (0, 2)),
        (STORE, ("drawer",), (0, 1, 3, 4)),
        ("open drawer", ("drawer",), (0,)),
        ("open drawer", (), ()),
        ("grasp block\nlift block\nlift block", (), (0,)),
    ],
)
def test_required(text, closed, expected):
    assert required(Plan.parse(text), closed) == expected


@given(plans)
def test_without_a_step_that_is_not_required_a_working_plan_still_works(plan):
    if check(plan, ["drawer"]):
        return
    needed = required(plan, ["drawer"])
    for index in set(range(len(plan.subtasks))) - set(needed):
        assert check(plan.without(index), ["drawer"]) == ()


@given(plans)
def test_violations_are_in_order_and_of_this_plan(plan):
    violations = check(plan, ["drawer"])
    indices = [violation.index for violation in violations]
    assert indices == sorted(set(indices))
    assert all(plan.subtasks[violation.index] == violation.subtask for violation in violations)
