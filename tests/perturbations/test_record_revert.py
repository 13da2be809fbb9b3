"""Records that end as they began."""

from dataclasses import replace

import numpy as np
import pytest

from failgym.episodes import Event, EventKind
from failgym.errors import NotApplicableError
from failgym.generate import Generator, Recording
from failgym.labels import FailureMode, Stage
from failgym.perturbations import build, facts_of, relabel, stream
from failgym.perturbations.record.revert_action import changed
from failgym.plans import Plan
from failgym.scene import SceneFacts
from failgym.verifiers.evidence import of_subtask
from tests.helpers import POINT_PICK
from tests.perturbations.records import picture, planned, real

pytestmark = pytest.mark.nogl

LINES = ("grasp the cup", "place the cup on the tray", "close the drawer")


def hit(episode, subtask):
    """The record in which that subtask is reverted, from the first seed that draws it."""
    found = (relabel(episode, "revert_action", seed) for seed in range(50))
    return next(altered for altered in found if altered.injections[0].subtask == subtask)


def test_pictures_and_states_stay_from_the_hit_subtask_on_and_there_the_record_ends():
    events = (
        Event(3, EventKind.GRASPED, "cup"),
        Event(10, EventKind.SUBTASK_DONE, "grasp the cup"),
        Event(14, EventKind.RELEASED, "cup"),
    )
    episode = planned("put the cup on the tray and close the drawer", *LINES, events=events)
    altered = hit(episode, 1)
    assert [frame.step for frame in altered.frames] == [0, 5, 10, 15, 20]
    assert [frame.image for frame in altered.frames] == [b"front 0", b"front 5", *[b"front 10"] * 3]
    assert altered.steps == len(altered.arrays["action"]) == 20
    rows = altered.arrays["state"]
    assert (rows[:10] == episode.arrays["state"][:10]).all()
    assert (rows[10:, [0, 2]] == episode.arrays["state"][9, [0, 2]]).all()
    assert (rows[10:, 1] == 0).all(), "what stands still has no speed"
    assert (altered.arrays["action"] == episode.arrays["action"][:20]).all(), "it was told so all the same"
    assert altered.events == events[:2]
    assert [(span.subtask.verb, span.achieved) for span in altered.spans] == [("grasp", True), ("place", False)]
    assert altered.spans[0] is episode.spans[0]
    assert altered.spans[1].stages == ((Stage.APPROACH, 10),)
    assert (altered.outcome.success, altered.outcome.failure, altered.outcome.onset) == (
        False,
        FailureMode.NO_PROGRESS,
        10,
    )
    assert (altered.instruction, altered.plan) == (episode.instruction, episode.plan)
    assert (altered.effects, altered.digest) == ({}, "")
    assert (altered.injections[0].t_first, altered.injections[0].t_last) == (10, 20)


def test_before_and_after_of_the_hit_subtask_are_one_picture():
    with Generator(POINT_PICK, recording=Recording(every_steps=5)) as generator:
        for seed in range(4):
            altered = relabel(generator.triplet("no_close", seed).nominal, "revert_action", seed)
            evidence = of_subtask(altered, altered.spans[-1])
            assert evidence.before
            assert evidence.before == evidence.after
            assert np.ptp(evidence.proprioception.position, axis=0).max() == 0
            assert not changed(altered, altered.spans[-1].start, altered.spans[-1].end)


def test_each_subtask_that_left_a_trace_is_drawn():
    episode = planned("put the cup on the tray and close the drawer", *LINES)
    still = replace(episode, arrays={name: array.copy() for name, array in episode.arrays.items()})
    still.arrays["state"][10:20, 2] = still.arrays["state"][9, 2]
    assert {relabel(episode, "revert_action", seed).injections[0].subtask for seed in range(30)} == {0, 1, 2}
    assert {relabel(still, "revert_action", seed).injections[0].subtask for seed in range(30)} == {0, 2}
    assert changed(episode, 10, 20)
    assert not changed(still, 10, 20)


def test_the_arm_alone_is_no_trace():
    moved = planned("grasp the cup", "grasp the cup", state_names=("ee_x", "joint_0", "left_joint_speed_3"))
    with pytest.raises(NotApplicableError, match="the record shows no subtask whose end differs"):
        relabel(moved, "revert_action")


def test_subtasks_without_a_picture_of_their_beginning_are_not_drawn():
    episode = planned("put the cup on the tray", *LINES[:2], arrays={}, state_names=())
    frames = tuple(frame for frame in episode.frames if frame.step != 10)
    numbers = {
        relabel(replace(episode, frames=frames), "revert_action", seed).injections[0].subtask for seed in range(20)
    }
    assert numbers == {0}


def test_a_record_without_spans_stays_as_it_begins():
    episode = real("put the carrot on the plate", steps=(1, 10, 20))
    altered = relabel(episode, "revert_action")
    assert [frame.step for frame in altered.frames] == [frame.step for frame in episode.frames]
    assert {(frame.camera, frame.image) for frame in altered.frames} == {("front", b"front 1"), ("wrist", b"wrist 1")}
    assert altered.injections[0].subtask is None
    assert altered.outcome.onset == 1
    assert altered.injections[0].params["evidence"] == "by construction: the last pictures are the first ones"


@pytest.mark.parametrize(
    "frames", [(), (picture(0, image=b"same"), picture(9, image=b"same")), (picture(3),)], ids=["none", "equal", "one"]
)
def test_what_shows_no_change_cannot_be_reverted(frames):
    with pytest.raises(NotApplicableError, match="ends as it begins"):
        relabel(real("put the carrot on the plate", frames=frames), "revert_action")


def test_cameras_that_did_not_see_the_beginning_see_nothing_later():
    frames = (picture(0), picture(10), picture(12, "wrist"), picture(20), picture(20, "wrist"))
    episode = planned("put the cup on the tray", *LINES[:2], frames=frames)
    assert [(frame.camera, frame.step) for frame in hit(episode, 1).frames] == [
        ("front", 0),
        ("front", 10),
        ("front", 20),
    ]


def test_facts_without_a_record_name_a_subtask_of_the_plan():
    facts = SceneFacts((), {}, plan=Plan.parse("\n".join(LINES), "tidy up"))
    perturbation = build("revert_action")
    drawn = [perturbation.sample(stream(seed, "revert_action"), facts)["subtask"] for seed in range(30)]
    assert set(drawn) == {0, 1, 2}


def test_the_fix_is_the_rest_of_the_plan():
    altered = hit(planned("put the cup on the tray and close the drawer", *LINES), 1)
    fix = build("revert_action").fix(altered.injections[0].params)
    assert (fix.plan_text, fix.subtask) == ("place the cup on the tray\nclose the drawer", 1)
    said = build("revert_action").fix(relabel(real("open the pot"), "revert_action").injections[0].params)
    assert said.plan_text == "open the pot"


def test_a_record_that_goes_on_changing_does_not_bear_the_signature():
    episode = planned("put the cup on the tray", *LINES[:2])
    altered = hit(episode, 1)
    perturbation, params = build("revert_action"), altered.injections[0].params
    assert perturbation.signature(altered, episode, params).matches
    broken = replace(altered, arrays=episode.arrays)
    assert not perturbation.signature(broken, episode, params).matches
    assert not perturbation.signature(altered, altered, params).matches
    assert perturbation.perturb(episode, {"span": 7, "subtask": 7}) is episode
    assert facts_of(episode).episode is episode
