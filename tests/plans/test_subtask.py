import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import PlanError
from failgym.plans import ARMS, VERBS, Subtask

words = st.sampled_from(
    ["red", "green", "block", "drawer", "top", "lid", "pot-2", "mug", "on", "in", "the", "with", "An"]
)
names = st.lists(words, min_size=1, max_size=4).map(" ".join) | st.text()


@st.composite
def arguments(draw):
    verb = VERBS[draw(st.sampled_from(sorted(VERBS)))]
    where = {"relation": draw(st.sampled_from(verb.relations)), "target": draw(names)} if verb.needs_target else {}
    return {"verb": verb.name, "object": draw(names), "arm": draw(st.none() | st.sampled_from(ARMS)), **where}


@given(arguments())
def test_what_is_accepted_is_read_back(given_arguments):
    try:
        subtask = Subtask(**given_arguments)
    except PlanError:
        return
    assert Subtask.parse(subtask.text) == subtask
    assert Subtask.parse(f"  {subtask.text.capitalize()}. ") == subtask
    assert Subtask.from_json(json.loads(json.dumps(subtask.to_json()))) == subtask


@pytest.mark.parametrize(
    ("text", "subtask"),
    [
        ("grasp the red block", Subtask("grasp", "red block")),
        ("Grasp red block.", Subtask("grasp", "red block")),
        ("LIFT A MUG WITH HANDLE", Subtask("lift", "mug with handle")),
        ("open an  oven", Subtask("open", "oven")),
        ("close the top drawer with right arm.", Subtask("close", "top drawer", arm="right")),
        ("place lid on the pot", Subtask("place", "lid", "on", "pot")),
        ("place the lid in the box on the table", Subtask("place", "lid", "in", "box on the table")),
        ("place the lid in the box with the left arm", Subtask("place", "lid", "in", "box", "left")),
    ],
)
def test_parse(text, subtask):
    assert Subtask.parse(text) == subtask


@pytest.mark.parametrize("subtask", [Subtask("grasp", "red block"), Subtask("place", "lid", "on", "pot", "left")])
def test_json_says_only_what_is_known(subtask):
    assert None not in subtask.to_json().values()


@pytest.mark.parametrize("text", ["", "grasp", "dance", "place the lid", "place the lid under the pot"])
def test_what_is_not_in_the_grammar_says_what_is(text):
    with pytest.raises(PlanError, match=r"Possible: grasp the {object}; lift"):
        Subtask.parse(text)


@pytest.mark.parametrize(
    ("given_arguments", "said"),
    [
        (("grab", "block"), "Did you mean 'grasp'"),
        (("grasp", "block", "on", "table"), "takes no relation"),
        (("grasp", "block", None, "table"), "takes no relation"),
        (("place", "block"), r"needs a target and a relation \(on, in\)"),
        (("place", "block", "under", "table"), r"needs a target and a relation \(on, in\)"),
        (("grasp", "block", None, None, "third"), "left, right"),
        (("grasp", "the block"), "read back"),
        (("grasp", "Block"), "read back"),
        (("grasp", ""), "read back"),
        (("grasp", "block."), "read back"),
        (("grasp", "red  block"), "read back"),
        (("grasp", "block with the left arm"), "read back"),
        (("place", "lid on pot", "in", "box"), "read back"),
    ],
)
def test_refuses_what_cannot_be_said(given_arguments, said):
    with pytest.raises(PlanError, match=said):
        Subtask(*given_arguments)


@pytest.mark.parametrize("data", [{}, {"verb": "grasp"}, {"verb": "grasp", "object": "block", "where": "here"}])
def test_json_that_is_no_subtask(data):
    with pytest.raises(PlanError, match="as a subtask"):
        Subtask.from_json(data)


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_every_verb_can_be_read(verb):
    where = {"relation": verb.relations[0], "target": "table"} if verb.needs_target else {}
    subtask = Subtask(verb.name, "red block", **where)
    assert subtask.text.startswith(f"{verb.name} the red block")
    assert bool(verb.relations) == verb.needs_target
