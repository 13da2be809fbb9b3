"""Records played backwards."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, KEYPOSE, Event, EventKind
from failgym.errors import NotApplicableError
from failgym.generate import Generator, Recording
from failgym.labels import Stage
from failgym.perturbations import relabel
from failgym.perturbations.record.opposites import IrreversibleError, opposite
from failgym.perturbations.record.playback import layout_of, turned_plan
from failgym.plans import Plan
from tests.helpers import POINT_PICK
from tests.perturbations.records import picture, planned, real

pytestmark = pytest.mark.nogl

MUTUAL = [
    "open {x}",
    "close {x}",
    "put {x} on {y}",
    "take {x} off {y}",
    "put {x} in {y}",
    "take {x} out of {y}",
    "put {x} under {y}",
    "put {x} next to {y}",
    "put {x} behind {y}",
    "pick up {x}",
    "put down {x}",
    "turn on {x}",
    "switch {x} off",
    "turn {x} to the left",
    "rotate {x} clockwise",
    "flip {x} upright",
    "fold {x}",
    "lower {x}",
    "plug {x} into {y}",
    "stack {x} on {y}",
    "move {x} from {y} to {z}",
    "move {x} to {y}",
    "push {x} away from {y}",
    "slide {x} to the right",
    "grasp {x}",
    "{x} should be open",
    "return {x} to {y}",
]


@pytest.mark.parametrize(
    ("text", "backwards"),
    [
        ("put the carrot on the plate", "take the carrot off the plate"),
        ("Put the spoon in the pot.", "Take the spoon out of the pot."),
        ("place the vessel on the left burner of the stove", "take the vessel off the left burner of the stove"),
        ("flip pot upright", "flip pot upside down"),
        ("OPEN DRAWER", "CLOSE DRAWER"),
        ("move the spatula from the stove to the sink", "move the spatula from the sink to the stove"),
        ("pull the door of the microwave open by its handle", "push the door of the microwave shut"),
        ("shut the drawer", "open the drawer"),
        ("lift the cube off the table", "put the cube down on the table"),
        (
            "Open the drawer, put the cup in the drawer, then close the drawer",
            "Open the drawer, take the cup out of the drawer, then close the drawer",
        ),
        ("put the cup in the drawer and close it", "open the drawer and take the cup out of the drawer"),
        (
            "take the sushi out of the pan and put it in the bowl",
            "take the sushi out of the bowl and put the sushi in the pan",
        ),
        ("unplug the charger from the strip", "plug the charger into the strip"),
    ],
)
def test_opposites(text, backwards):
    assert opposite(text).text == backwards
    assert not opposite(text).pushed


@given(st.sampled_from(MUTUAL), st.permutations(["the carrot", "a blue cloth", "the pot lid", "can"]), st.booleans())
def test_backwards_twice_is_forwards(form, names, capital):
    x, y, z, _ = names
    text = form.format(x=x, y=y, z=z)
    text = text[:1].upper() + text[1:] if capital else text
    assert opposite(text).text != text
    assert opposite(opposite(text).text).text == text
    assert opposite(text).pushed == form.startswith(("push", "slide"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pour the water into the cup", "what flows does not flow back"),
        ("pick up the ball and throw it in the bin", "what falls does not rise"),
        ("press the red button", "a stroke has no return"),
        ("wipe the table", "what was cleared stays cleared"),
        ("sort the blocks by colour", "no opposite is known of: sort the blocks by colour"),
        ("stack the red block, then the blue block on the green block", "'then'"),
        ("push the door shut until it latches", "'until'"),
        ("put the lid on the pot and move it to the sink", "'it' may be one thing or the other"),
        ("open the drawer, put the cup inside and close it", "not clear what 'it' means"),
        ("close it", "nothing says what 'it' is"),
        ("put the mug upside down on the table", "no opposite"),
        ("", "it says nothing"),
    ],
)
def test_what_has_no_way_back_says_why(text, reason):
    with pytest.raises(IrreversibleError, match=reason.replace("'", ".")):
        opposite(text)
    with pytest.raises(NotApplicableError, match="'reversal' cannot act on this episode"):
        relabel(real(text), "reversal")


def test_plans_run_backwards():
    def turned(*lines):
        steps = turned_plan(Plan.parse("\n".join(lines)).subtasks)
        return steps and [(step.subtask.text, step.first, step.last) for step in steps]

    assert turned("open the drawer", "grasp the cup", "place the cup in the drawer", "close the drawer") == [
        ("open the drawer", 3, 3),
        ("grasp the cup", 2, 2),
        ("release the cup", 1, 1),
        ("close the drawer", 0, 0),
    ]
    assert turned("grasp the cup", "lift the cup") == [("release the cup", 0, 1)]
    assert turned("grasp the plug", "pull the plug out of the socket") == [("place the plug in the socket", 0, 1)]
    assert turned("grasp the bar with the left arm", "release the bar with the left arm") == [
        ("grasp the bar with the left arm", 1, 1),
        ("release the bar with the left arm", 0, 0),
    ]
    assert turned("press the bell") is None
    assert turned("lift the cup", "close the drawer") is None, "the way there leads nowhere"


def test_everything_runs_backwards():
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    altered = relabel(episode, "reversal")
    assert altered.instruction == altered.plan.instruction == "take the cup off the tray"
    assert altered.plan.text == "1. grasp the cup\n2. release the cup"
    assert [frame.image for frame in altered.frames] == [frame.image for frame in episode.frames[::-1]]
    assert [frame.step for frame in altered.frames] == [0, 5, 10, 15, 20]
    assert all(set(frame.points) == {"target", "gripper"} for frame in altered.frames)
    old, new = episode.arrays["state"], altered.arrays["state"]
    assert (new[:-1, [0, 2]] == old[:-1][::-1][:, [0, 2]]).all()
    assert (new[-1] == new[-2]).all(), "the state before the first step was not recorded"
    assert (new[:-1, 1] == -old[:-1][::-1, 1]).all(), "what moved on moves back"
    assert [(span.start, span.end, span.achieved) for span in altered.spans] == [(0, 10, True), (10, 20, True)]
    assert altered.spans[0].stages == ((Stage.RELEASE, 0), (Stage.RETREAT, 5))
    assert altered.outcome.success
    assert altered.outcome.failure is None
    assert altered.events == ()
    assert altered.injections[0].failure is None


def test_increments_backwards_lead_back():
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    told, back = episode.arrays["action_told"], relabel(episode, "reversal").arrays["action_told"]
    assert (back[:, :6] == -told[::-1, :6]).all()
    ways = np.cumsum(told[:, 0]), np.cumsum(back[:, 0])
    assert ways[0][-1] + ways[1][-1] == pytest.approx(0, abs=1e-12)
    for step in range(1, 20):
        assert ways[0][-1] + ways[1][step - 1] == pytest.approx(ways[0][19 - step])
    # The gripper of step i is commanded where the hand was after it.
    assert back[:, 6].tolist() == [*told[:-1, 6][::-1], told[0, 6]]


def test_poses_backwards_are_one_step_further():
    poses = np.arange(20 * 8, dtype=np.float64).reshape(20, 8)
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    episode.arrays["action"] = poses
    assert (relabel(episode, "reversal").arrays["action"] == poses[[*range(18, -1, -1), 0]]).all()


def test_backwards_twice_is_the_record_again():
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    twice = relabel(relabel(episode, "reversal"), "reversal")
    assert twice.instruction == episode.instruction
    assert [(frame.step, frame.image) for frame in twice.frames] == [(f.step, f.image) for f in episode.frames]
    assert (twice.arrays["action"][:, :6] == episode.arrays["action"][:, :6]).all()
    assert (twice.arrays["state"][:-1] == episode.arrays["state"][:-1]).all()


@pytest.mark.parametrize(
    ("width", "kwargs", "names", "kind"),
    [
        (7, {}, (), "ee_delta"),
        (8, {}, (), "keypose"),
        (8, {"control_mode": "joint_delta"}, (), "joint_delta"),
        (16, {}, ("left_ee_x", "right_ee_x"), "keypose"),
        (5, {}, (), None),
    ],
)
def test_actions_are_read_by_their_layout(width, kwargs, names, kind):
    episode = replace(planned("open the box", "open the box", state_names=names), env_kwargs=kwargs)
    layout = layout_of(episode, width)
    assert (layout and layout.kind) == kind
    assert layout is None or layout.size == width
    assert layout_of(replace(episode, source="droid"), width) is None


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose", "joint_delta"])
def test_the_layouts_of_environments_are_recognised(control_mode):
    if control_mode == "joint_delta":
        env = make_base("FailGym/PickCube-v0", control_mode=control_mode)
    else:
        env = make_base(POINT_PICK, control_mode=control_mode)
    base = env.unwrapped
    episode = replace(real("x"), source="sim", env_kwargs={"control_mode": control_mode}, state_names=base.state_names)
    assert layout_of(episode, base.action_layout.size).kind == base.action_layout.kind
    env.close()
    assert (EE_DELTA.size, KEYPOSE.size) == (7, 8)


def test_actions_and_arrays_of_unknown_meaning_are_left_out():
    episode = planned("open the box", "open the box", source="droid")
    episode.arrays["torques"] = np.zeros((10, 7))
    assert set(relabel(episode, "reversal").arrays) == {"state"}


def test_of_what_was_pushed_only_the_ends_are_left():
    pushing = planned("push the block to the pad", "push the block to the pad")
    altered = relabel(pushing, "reversal")
    assert altered.instruction == "push the block away from the pad"
    assert altered.arrays == {}
    assert [(frame.step, frame.image) for frame in altered.frames] == [(0, b"front 10"), (10, b"front 0")]
    with pytest.raises(NotApplicableError, match="it has none"):
        relabel(replace(pushing, frames=()), "reversal")


def test_events_tell_whether_there_was_a_grip():
    moved = Event(5, EventKind.PART_MOVED, "drawer", "", 0.5)
    held = (Event(3, EventKind.GRASPED, "drawer"), moved, Event(8, EventKind.RELEASED, "drawer"))
    drawer = planned("close the drawer", "close the drawer", events=held)
    assert relabel(drawer, "reversal").arrays
    (span,) = relabel(replace(drawer, events=(moved,)), "reversal").spans
    assert (span.subtask.text, span.start, span.end) == ("open the drawer", 0, 10)
    assert not relabel(replace(drawer, events=(moved,)), "reversal").arrays


@pytest.mark.parametrize(
    ("kind", "reason"), [(EventKind.DROPPED, "the cup fell in step 4"), (EventKind.PRESSED, "was pressed in step 4")]
)
def test_what_fell_or_was_pressed_has_no_way_back(kind, reason):
    lines = ("grasp the cup", "place the cup on the tray")
    episode = planned("put the cup on the tray", *lines, events=(Event(4, kind, "cup"),))
    with pytest.raises(NotApplicableError, match=reason):
        relabel(episode, "reversal")


def test_spans_that_failed_or_were_repeated_are_left_out():
    episode = planned("put the cup on the tray", "grasp the cup", "place the cup on the tray")
    for change in ({"achieved": False}, {"attempt": 1}):
        altered = relabel(replace(episode, spans=(replace(episode.spans[0], **change), episode.spans[1])), "reversal")
        assert altered.spans == ()
        assert altered.plan.subtasks


def test_a_record_of_nothing_cannot_be_turned():
    with pytest.raises(NotApplicableError, match="nothing that could change"):
        relabel(real("open the pot", frames=()), "reversal")
    assert relabel(real("open the pot", frames=(picture(0), picture(4))), "reversal").frames[0].image == b"front 4"


def test_the_toy_put_down_again():
    with Generator(POINT_PICK, recording=Recording(every_steps=5)) as generator:
        episode = generator.triplet("slip", 0).nominal
    altered = relabel(episode, "reversal")
    height = altered.column("object_0_z")
    assert height[0] > height[-1] + 0.02
    assert altered.column("gripper_closure")[0] > altered.column("gripper_closure")[-1]
    assert altered.plan.text == "1. release the " + episode.plan.objects[0]
    assert altered.plan.subtasks[0].verb == "release"
