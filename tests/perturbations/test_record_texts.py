"""Instructions, a word at a time: relations swapped, things swapped, and what stays as it is."""

import re

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from failgym.episodes import Event, EventKind
from failgym.errors import NotApplicableError
from failgym.perturbations import build, facts_of, relabel, stream
from failgym.perturbations.record.facts import thing_of
from failgym.perturbations.record.names import mentions
from failgym.perturbations.record.relations import _SWAPS, swaps
from failgym.perturbations.record.words import clauses, matches, replaced, words_of
from tests.perturbations.records import planned, real

pytestmark = pytest.mark.nogl

THINGS = ("carrot", "blue cloth", "metal pot", "Orange-handled knife", "chef's spoon")
PAIRS = [
    (phrase, rule.by)
    for phrase, rules in _SWAPS.items()
    for rule in rules
    if any(back.by == phrase for back in _SWAPS.get(rule.by, ()))
]
PLACED = ["on", "under", "on top of", "above", "in", "next to", "into", "inside", "in front of", "behind", "near"]
STATES = ["open", "close", "turn on", "switch off", "pick up", "put down", "fold", "unfold", "lock", "raise", "lower"]

things = st.sampled_from(THINGS)
articles = st.sampled_from(["the", "a", "The", "my"])
cases = st.sampled_from([str, str.upper, lambda text: text[:1].upper() + text[1:]])
ends = st.sampled_from(["", ".", "!", " ", " please"])


@st.composite
def sentences(draw):
    """A sentence in which exactly one relation or state can be swapped, with that one."""
    thing, place, article = draw(things), draw(things), draw(articles)
    if draw(st.booleans()):
        phrase = draw(st.sampled_from(PLACED))
        text = f"put {article} {thing} {phrase} {article} {place}"
    else:
        phrase = draw(st.sampled_from(STATES))
        text = f"{phrase} {article} {thing}"
    return draw(cases)(text) + draw(ends), phrase


# -- words -------------------------------------------------------------------------------------------------------------


@given(st.text())
def test_words_are_where_they_say(text):
    for word in words_of(text):
        assert text[word.start : word.end].lower() == word.text
    assert replaced(text, []) == text
    assert len(clauses(text, words_of(text))) == len(words_of(text))


def test_longer_phrases_win_and_none_is_inside_a_word():
    words = words_of("stand it upon the option on top of it")
    assert [match.phrase for match in matches(words, ["on", "on top of", "top"])] == ["on top of"]


def test_replacements_keep_the_case():
    assert replaced("Put it ON top", [(0, 3, "take"), (7, 9, "under")]) == "Take it UNDER top"


# -- relations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("put the carrot on the plate", ["put the carrot under the plate"]),
        ("move the blue cloth to the left of the pot", ["move the blue cloth to the right of the pot"]),
        ("Put the spoon in the pot.", ["Put the spoon next to the pot."]),
        ("take the spoon out of the pot", ["take the spoon into the pot"]),
        ("somebody left the cup here: move it to the left", ["somebody left the cup here: move it to the right"]),
        ("open the microwave", ["close the microwave"]),
        ("Turn on the faucet", ["Turn off the faucet"]),
        ("switch the orange lamp on", ["switch the orange lamp off"]),
        ("pull the door open by its handle", ["pull the door shut by its handle"]),
        ("flip the pot upright", ["flip the pot upside down"]),
        ("move the cup from the sink to the stove", ["move the cup to the sink from the stove"]),
        ("fold the cloth from right to left", ["fold the cloth from left to right"]),
        (
            "place the pan on the left burner",
            ["place the pan under the left burner", "place the pan on the right burner"],
        ),
        (
            "take the sushi out of the pan and put it in the bowl",
            ["take the sushi out of the pan and put it next to the bowl"],
        ),
        (
            "put the cup in the drawer, then close it",
            ["put the cup next to the drawer, then close it", "put the cup in the drawer, then open it"],
        ),
    ],
)
def test_each_relation_is_swapped_alone(text, others):
    assert [way.text for way in swaps(text)] == others


@pytest.mark.parametrize(
    "text",
    [
        "leave the other one open",  # `open` says how it is found
        "bring the spoon close to the bowl",  # no verb
        "somebody left the door ajar",  # no side
        "turn it right away",  # no side
        "hold it in the air",  # no place
        "press them in this order",  # no relation
        "raise the cup into the air",  # `lower it into the air` says nothing
        "use the rake to drag the cube to the pad",  # no way from here to there
        "take the spoon in the cup",  # where it was, not where it goes
        "flip the pot which is in the sink",  # the same
        "pick up the knife and put it away",  # later clauses undo what the first one asks for
        "open the box, take it and drop it",
        "hang up the phone",
        "",
    ],
)
def test_words_that_only_look_like_relations_stay(text):
    assert swaps(text) == []


def test_what_a_later_clause_moves_again_is_not_swapped():
    (way,) = swaps("put the lid on the pot and move it to the right")
    assert way.text == "put the lid on the pot and move it to the left"


@given(sentences())
def test_a_swap_changes_that_phrase_and_nothing_else(sentence):
    text, phrase = sentence
    (way,) = swaps(text)
    assert way.phrase == phrase
    assert way.text != text
    start = re.search(rf"\b{phrase}\b", text.lower()).start()
    assert way.text[:start] == text[:start]
    assert way.text[start:].lower() == way.by + text[start + len(phrase) :].lower()
    assert way.text.endswith(text[start + len(phrase) :])


@given(sentences())
def test_swapping_twice_gives_back_the_sentence(sentence):
    text, phrase = sentence
    (way,) = swaps(text)
    assert (phrase, way.by) in PAIRS
    assert text in [back.text for back in swaps(way.text)]


@given(things, things, st.sampled_from(["left", "right"]), st.sampled_from(["left", "right"]))
def test_sides_change_together_and_back(thing, other, first, second):
    text = f"move the {thing} to the {first} of the {other}, then to the {second} side"
    (way,) = swaps(text)
    opposite = {"left": "right", "right": "left"}
    assert way.text == f"move the {thing} to the {opposite[first]} of the {other}, then to the {opposite[second]} side"
    assert [back.text for back in swaps(way.text)] == [text]


def test_the_table_says_nothing_for_itself():
    for phrase, rules in _SWAPS.items():
        assert phrase == phrase.lower()
        assert all(rule.by != phrase for rule in rules)
    assert len(PAIRS) >= 40


def test_the_plan_changes_where_its_grammar_can_say_so():
    episode = planned("close the drawer", "close the drawer")
    altered = relabel(episode, "preposition_swap")
    assert (altered.instruction, altered.plan.text) == ("open the drawer", "1. open the drawer")
    assert altered.plan.instruction == altered.instruction
    assert [(span.subtask.text, span.achieved) for span in altered.spans] == [("open the drawer", False)]
    assert altered.outcome.onset == altered.spans[0].start == 0
    assert altered.injections[0].subtask == 0
    assert altered.arrays is episode.arrays
    assert altered.frames == episode.frames, "the drawer is still what is acted on"


def test_arms_change_with_the_sides():
    lines = ("grasp the bar with the left arm", "place the bar in the tray with the right arm")
    altered = relabel(planned("give the bar from the left hand to the right hand", *lines), "preposition_swap", seed=1)
    if altered.injections[0].params["swapped"] != "left":
        altered = relabel(planned("take the bar with the left hand", *lines), "preposition_swap", seed=1)
    assert [subtask.arm for subtask in altered.plan.subtasks] == ["right", "left"]


def test_where_the_grammar_cannot_say_it_the_record_goes_without_plan():
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    altered = relabel(episode, "preposition_swap")
    assert altered.instruction == "put the cup under the tray"
    assert altered.plan.subtasks == altered.spans == ()
    assert altered.injections[0].subtask is None
    assert all(set(frame.points) == {"gripper"} for frame in altered.frames)
    assert [frame.image for frame in altered.frames] == [frame.image for frame in episode.frames]


def test_a_plan_that_could_not_work_is_left_out():
    lines = ("open the drawer", "grasp the cup", "place the cup in the drawer", "close the drawer")
    episode = planned("put the cup in the drawer and close it", *lines)
    for seed in range(20):
        altered = relabel(episode, "preposition_swap", seed)
        assert altered.instruction in (
            "put the cup next to the drawer and close it",
            "put the cup in the drawer and open it",
        )
        assert altered.plan.subtasks == ()


def test_evidence_is_what_was_measured():
    lines = ("close the drawer",)
    signature = relabel(planned("close the drawer", *lines), "preposition_swap").injections[0].params["evidence"]
    assert signature == "measured: at the end stands instead: close the drawer"
    silent = planned("close the drawer", *lines, effects={})
    assert (
        "the task's predicate held for: close the drawer"
        in relabel(silent, "preposition_swap").injections[0].params["evidence"]
    )
    both = {"close the drawer": True, "open the drawer": True}
    with pytest.raises(NotApplicableError, match="true at the end as well: open the drawer"):
        relabel(planned("close the drawer", *lines, effects=both), "preposition_swap")


# -- things ------------------------------------------------------------------------------------------------------------


def swapped(episode, seeds=range(30)):
    """All instructions that swapping things in an episode gives."""
    return {relabel(episode, "object_swap", seed).instruction for seed in seeds}


def test_a_thing_becomes_another_that_can_be_seen():
    assert swapped(real("put the carrot on the plate", ["carrot", "plate", "spoon", "towel", "table", "sink"])) == {
        "put the spoon on the plate",
        "put the towel on the plate",
        "put the carrot on the towel",
    }
    assert swapped(real("pick up a carrot", ["carrot", "orange", "pot"])) == {"pick up an orange", "pick up a pot"}
    assert swapped(real("PICK UP THE CUP", ["cup", "red ball"])) == {"PICK UP THE RED BALL"}


def test_things_of_the_same_kind_come_first():
    visible = ["red block", "green block", "spoon", "left drawer", "right drawer", "microwave"]
    assert swapped(real("pick up the red block", visible)) == {"pick up the green block"}
    assert swapped(real("open the left drawer", visible)) == {"open the right drawer"}


def test_a_thing_is_swapped_wherever_it_is_named():
    text = "pick up the red peg, and push the red peg into the hole"
    assert swapped(real(text, ["red peg", "blue peg"])) == {text.replace("red", "blue")}


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("open the drawer", ["drawer", "cabinet"]),  # a part of it
        ("put the cup on the tray", ["cup", "tray", "table"]),  # everything stands on the table
        ("pick up the orange carrot", ["carrot"]),  # the same carrot
        ("pick up the carrot", ["orange carrot"]),  # may be the same one
        ("move it to the left side", ["spoon"]),  # names nothing
        ("press the button", ["spoon", "cup"]),  # nothing else is pressed
        ("put all of them away", ["spoon"]),
    ],
)
def test_what_could_be_true_as_well_is_not_asked_for(text, visible):
    with pytest.raises(NotApplicableError, match="object_swap"):
        relabel(real(text, visible), "object_swap")


@given(st.lists(st.sampled_from(["cup", "red ball", "spoon", "tray", "pot", "towel"]), min_size=3, unique=True))
def test_only_the_name_changes(visible):
    thing, target = visible[:2]
    text = f"Put the {thing}, please, on the {target}!"
    perturbation = build("object_swap")
    for seed in range(3):
        try:
            params = perturbation.sample(stream(seed, "object_swap"), facts_of(real(text, visible)))
        except NotApplicableError:
            reject()
        assert params["by"] in visible[2:]
        assert params["instruction"] == re.sub(rf"\b{params['object']}\b", params["by"], text) != text


def test_plan_and_spans_name_the_other_thing():
    episode = planned(
        "stack the red block on the blue block",
        "grasp the red block",
        "place the red block on the blue block",
        visible=("red block", "blue block", "pink block", "table"),
    )
    seen = set()
    for seed in range(20):
        altered = relabel(episode, "object_swap", seed)
        old = altered.injections[0].params["object"]
        seen.add(old)
        assert altered.plan.text == episode.plan.text.replace(old, "pink block")
        assert [span.achieved for span in altered.spans] == [old == "blue block", False]
        assert altered.outcome.onset == (0 if old == "red block" else 10)
        assert altered.injections[0].subtask == (0 if old == "red block" else 1)
        for frame in altered.frames:
            gone = {"target"} if old == "red block" else {"goal"} if frame.step > 10 else set()
            assert set(frame.points) == {"target", "goal", "gripper"} - gone
    assert seen == {"red block", "blue block"}


def test_with_a_plan_only_what_it_works_with_is_swapped():
    episode = planned("lift the lid of the box", "open the box", visible=("box", "spoon", "cup"))
    with pytest.raises(NotApplicableError, match="object_swap"):
        relabel(episode, "object_swap")


def test_what_was_handled_as_well_is_refused():
    event = Event(4, EventKind.GRASPED, "blue disc")
    episode = planned("pick up the red disc", "grasp the red disc", visible=("red disc", "blue disc"), events=(event,))
    with pytest.raises(NotApplicableError, match="the blue disc was handled as well, in step 4"):
        relabel(episode, "object_swap")


def test_the_fix_of_a_swapped_thing_names_it():
    episode = planned("pick up the red disc", "grasp the red disc", visible=("red disc", "blue disc"))
    altered = relabel(episode, "object_swap")
    fix = build("object_swap").fix(altered.injections[0].params)
    assert (fix.object, fix.subtask) == ("blue disc", 0)


def test_names_alone_tell_what_a_thing_is_for():
    assert thing_of("top drawers").strokes == ("open", "close")
    assert thing_of("cutting board").receives == ("on",)
    assert not thing_of("kitchen sink").graspable
    assert thing_of("frobnicator").graspable


def test_mentions_say_what_is_wanted():
    wanted = {m.text: m.needs for m in mentions(facts_of(real("take the lid off the pot and put it in the sink")))}
    assert wanted == {"lid": {"carry"}, "pot": {"source"}, "sink": {"in"}}
