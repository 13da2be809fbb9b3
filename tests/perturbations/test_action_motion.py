"""When the hand goes wrong: beside, turned, too short, too far, elsewhere, to another thing, or into one."""

import math
from functools import cache

import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.episodes import EventKind, Status
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate import Generator
from failgym.perturbations import build, stream
from failgym.rotations import multiply, quat_from_rotvec, rotate
from tests.helpers import POINT_PICK

pytestmark = pytest.mark.nogl


@cache
def generator(task, mount="keypose"):
    return Generator(f"FailGym/{task}-v0", mount=mount)


def facts_of(task, seed=0):
    env = make_base(f"FailGym/{task}-v0")
    env.reset(seed=seed)
    return env.unwrapped.facts()


def drawn(spec, task, seed=0):
    recipe = build(spec)
    return recipe.sample(stream(seed, recipe.name), facts_of(task, seed))


# -- what the facts say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["StackBlocks", "CloseJar", "HandOverBar", "PutItemInDrawer"])
def test_looking_ahead_leaves_everything_where_it_was(task):
    env = make_base(f"FailGym/{task}-v0")
    env.reset(seed=1)
    base = env.unwrapped
    before = base.state_bytes(), base.scene.data.xpos.tobytes(), base.scene.data.xquat.tobytes()
    facts = base.facts()
    assert (base.state_bytes(), base.scene.data.xpos.tobytes(), base.scene.data.xquat.tobytes()) == before
    assert base.facts() is facts
    count = len(facts.plan.subtasks)
    for name in ("ways", "hands", "paths", "aims", "rivals"):
        assert len(getattr(facts, name)) == count, name


def test_a_stack_is_seen_as_high_as_it_will_be():
    facts = facts_of("StackBlocks")
    heights = [way[2] for subtask, way in zip(facts.plan.subtasks, facts.ways, strict=True) if subtask.verb == "place"]
    assert heights == pytest.approx([0.04 * (level + 1) for level in range(len(heights))], abs=0.005)


def test_a_drawer_that_will_be_open_goes_back_the_way_it_came():
    facts = facts_of("PutItemInDrawer")
    verbs = [subtask.verb for subtask in facts.plan.subtasks]
    opens, closes = facts.ways[verbs.index("open")], facts.ways[verbs.index("close")]
    assert np.add(opens, closes) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert math.hypot(*opens) > 0.1


def test_rivals_are_of_one_kind_free_and_elsewhere():
    facts = facts_of("StackBlocks", 2)
    target = [subtask.target for subtask in facts.plan.subtasks]
    carried = set()
    for subtask, rivals in zip(facts.plan.subtasks, facts.rivals, strict=True):
        assert subtask.object not in rivals
        if subtask.verb == "place":
            assert not {subtask.target, "table", *target[: target.index(subtask.target)]} & rivals.keys()
            carried.add(subtask.object)
        else:
            assert not carried & rivals.keys()
            assert rivals
    shelves = facts_of("PutCubeInSafe").rivals[-1]
    assert len(shelves) == 2
    assert all("shelf" in name for name in shelves)


# -- the draws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "task", "key"), [
    ("translation", "PickCube", "offset"), ("rotation", "PhoneOnBase", "rotvec"),
])  # fmt: skip
def test_an_axis_of_the_base_frame_can_be_asked_for(name, task, key):
    for index, axis in enumerate("xyz"):
        params = drawn({"name": name, "axis": axis}, task)
        shift = np.array(params[key])
        assert np.flatnonzero(shift).tolist() == [index]
    with pytest.raises(ConfigurationError, match=f"{name}.axis"):
        build({"name": name, "axis": "w"})


def test_an_offset_along_an_axis_misses_a_long_handle_by_as_much_as_one_across_it():
    found = 0
    for seed in range(12):
        hand = facts_of("ReachAndDrag", seed).hands[0][3:]
        for index, axis in enumerate("xy"):
            opening = abs(float(rotate(hand, (0.0, 1.0, 0.0))[index]))
            try:
                params = drawn({"name": "translation", "axis": axis, "distance": 0.05}, "ReachAndDrag", seed)
            except NotApplicableError:
                assert opening <= 0.75
                continue
            if params["subtask"] == 0:
                found += 1
                assert opening > 0.75
                assert np.linalg.norm(params["offset"]) == pytest.approx(0.05 / opening)
    assert found >= 3


def test_a_hand_that_is_off_along_z_stays_too_high():
    made = generator("PickCube").triplet({"name": "translation", "axis": "z", "distance": 0.05}, 4)
    assert made.certificate.status is Status.CERTIFIED
    lowest = [episode.columns("ee_z").min() for episode in (made.injected, made.nominal)]
    assert lowest[0] - lowest[1] == pytest.approx(0.05, abs=0.01)
    assert made.certificate.fix.translation_m == pytest.approx((0.0, 0.0, -0.05))


def test_fingers_miss_a_long_thing_sideways():
    for seed in range(6):
        facts = facts_of("HandOverBar", seed)
        params = drawn("translation", "HandOverBar", seed)
        along = rotate(facts.hands[params["subtask"]][3:], (1.0, 0.0, 0.0))
        offset = np.array(params["offset"])
        assert 0.035 <= np.linalg.norm(offset) <= 0.06
        assert abs(offset @ along) < 0.5 * np.linalg.norm(offset)


def test_fingers_close_above_what_fills_the_hand():
    for task in ("PlaceCups", "CloseJar"):
        for seed in range(3):
            params, facts = drawn("translation", task, seed), facts_of(task, seed)
            x, y, z = params["offset"]
            thing = facts.thing(facts.plan.subtasks[params["subtask"]].object)
            assert thing.width > 0.7 * facts.max_opening
            assert math.hypot(x, y) == pytest.approx(0.0, abs=1e-6)
            assert 0.035 <= z <= 0.06


def test_a_hand_that_could_be_turned_so_or_so_is_not_turned_into_line_with_its_forearm():
    turned = []
    for seed in range(12):
        params, facts = drawn("rotation", "PutCubeInSafe", seed), facts_of("PutCubeInSafe", seed)
        x, y, _, *quat = facts.hands[params["subtask"]]
        outwards = []
        for sign in (1.0, -1.0):
            points = rotate(multiply(quat_from_rotvec(sign * np.array(params["rotvec"])), quat), (0.0, 0.0, 1.0))
            outwards.append(float(points[:2] @ (x, y)) / math.hypot(x, y))
        assert outwards[0] < 0.5 or min(outwards) > 0.5
        turned.append(outwards[1] > 0.5)
    assert any(turned)


def test_a_push_is_missed_across_its_way_and_what_is_shut_from_too_far_off():
    params, facts = drawn("translation", "SlideBlockToTarget"), facts_of("SlideBlockToTarget")
    assert abs(np.dot(params["offset"], facts.ways[0])) < 1e-9
    params, facts = drawn("translation", "CloseMicrowave"), facts_of("CloseMicrowave")
    cosine = np.dot(params["offset"], facts.ways[0]) / np.linalg.norm(params["offset"]) / np.linalg.norm(facts.ways[0])
    assert cosine == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("mode", "task"),
    [
        ("overshoot", "OpenDrawer"),
        ("overshoot", "PutItemInDrawer"),
        ("overshoot", "PushButtons"),
        ("wrong_placement", "PickCube"),
        ("wrong_placement", "SlideBlockToTarget"),
        ("no_rotation", "PickCube"),
        ("no_rotation", "StackBlocks"),
        ("no_rotation", "MoveHanger"),
        ("no_rotation", "PlaceCups"),
        ("collision", "OpenDrawer"),
        ("collision", "PointPick"),
        ("wrong_object", "SlideBlockToTarget"),
        ("wrong_object", "OpenMicrowave"),
        ("rotation", "CloseDrawer"),
        ({"name": "rotation", "axis": "z"}, "PickCube"),
        ({"name": "rotation", "axis": "z"}, "PickUpCup"),
        ({"name": "rotation", "axis": "x"}, "OpenDrawer"),
        ({"name": "translation", "axis": "x"}, "PutPlateInRack"),
        ({"name": "translation", "axis": "y"}, "CloseLaptopLid"),
    ],
    ids=str,
)
def test_what_cannot_go_wrong_in_a_task_is_refused(mode, task):
    with pytest.raises(NotApplicableError, match=build(mode).name):
        drawn(mode, task)


def test_a_drawer_with_a_pad_behind_its_handle_is_pulled_by_a_turned_hand():
    for seed in range(8):
        params = drawn("rotation", "PutItemInDrawer", seed)
        assert facts_of("PutItemInDrawer", seed).plan.subtasks[params["subtask"]].verb == "grasp"


def test_a_door_is_left_where_the_drawn_share_says_and_a_block_as_far_beside_as_the_drawn_distance():
    facts = facts_of("OpenDrawer")
    for share in (0.4, 0.6):
        params = drawn({"name": "wrong_placement", "share": share}, "OpenDrawer")
        np.testing.assert_allclose(params["detour"][:3], -share * np.array(facts.ways[0]), atol=1e-9)
        assert params["since"] == pytest.approx(1.0 - share)
    for distance in (0.12, 0.16):
        params = drawn({"name": "wrong_placement", "distance": distance}, "HandOverBar")
        assert params["to"] is None
        assert np.linalg.norm(params["detour"]) >= distance - 1e-9


def test_another_hand_comes_to_meet_a_hand_that_stops_short():
    for seed in range(8):
        for mode in ("undershoot", "overshoot", "wrong_placement"):
            assert (
                facts_of("HandOverBar", seed).plan.subtasks[drawn(mode, "HandOverBar", seed)["subtask"]].verb == "place"
            )


# -- in physics --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "task"),
    [
        ("undershoot", "OpenDrawer"),
        ("undershoot", "SlideBlockToTarget"),
        ("undershoot", "TurnTap"),
        ("undershoot", "CloseLaptopLid"),
        ("undershoot", "UnplugCharger"),
        ("overshoot", "SlideBlockToTarget"),
        ("overshoot", "StackBlocks"),
        ("wrong_placement", "InsertOntoSquarePeg"),
        ("wrong_placement", "HandOverBar"),
        ("collision", "PickCube"),
        ("no_rotation", "PhoneOnBase"),
        ("translation", "CloseMicrowave"),
        ("translation", "PushButtons"),
        ("rotation", "OpenDrawer"),
        ("rotation", "PutMoneyInSafe"),
        ("translation", "PlaceCups"),
        ("undershoot", "OpenDoor"),
        ("wrong_object", "OpenDrawer"),
        ("wrong_object", "PushButtons"),
    ],
)
def test_the_failure_is_certified(mode, task):
    for seed in (0, 1):
        certificate = generator(task).triplet(mode, seed).certificate
        assert certificate.status is Status.CERTIFIED, f"seed {seed}: {certificate.reason}"


@pytest.mark.parametrize(
    ("mode", "task", "axes"),
    [
        ("translation", "PickCube", "xyz"),
        ("translation", "StackBlocks", "xyz"),
        ("translation", "OpenDrawer", "xyz"),
        ("rotation", "PhoneOnBase", "xyz"),
        ("rotation", "StackBlocks", "xy"),
        ("rotation", "OpenDrawer", "yz"),
    ],
)
def test_every_axis_bites_that_is_not_refused(mode, task, axes):
    for axis in axes:
        certificate = generator(task).triplet({"name": mode, "axis": axis}, 1).certificate
        assert certificate.status is Status.CERTIFIED, f"{axis}: {certificate.reason}"


@pytest.mark.parametrize("mode", ["undershoot", "collision", "translation", "rotation", "wrong_object"])
def test_open_loop_it_fails_the_same_way_and_a_hand_that_watches_itself_makes_up_for_it(mode):
    seed = 1
    assert generator("PickCube", "twin").triplet(mode, seed).certificate.status is Status.CERTIFIED
    if mode != "collision":
        assert generator("PickCube", "control").triplet(mode, seed).certificate.status is Status.SURVIVED


def test_a_drawer_that_is_opened_too_little_stays_in_between():
    made = generator("OpenDrawer").triplet({"name": "undershoot", "share": 0.5}, 2)
    drawer = made.nominal.plan.subtasks[0].object
    widest = max(event.value for event in made.injected.happened(EventKind.PART_MOVED, drawer))
    assert 0.3 < widest < 0.7
    assert not made.injected.happened(EventKind.OPENED, drawer)
    assert made.nominal.happened(EventKind.OPENED, drawer)


def test_the_other_button_is_pressed():
    made = generator("PushButtons").triplet("wrong_object", 1)
    params = made.certificate.injection.params
    pressed = [event.subject for event in made.injected.events if event.kind is EventKind.PRESSED]
    assert params["object"] in pressed
    assert params["target"] not in pressed


def test_a_thing_that_slipped_was_not_brought_too_short():
    made = generator("StackBlocks").triplet("slip", 0)
    index = made.certificate.injection.subtask
    recipe = build("undershoot")
    for seed in range(20):
        params = drawn(recipe, "StackBlocks", seed)
        if params["subtask"] == index:
            signature = recipe.signature(made.injected, made.nominal, params)
            assert not signature.matches
            return
    pytest.fail("no draw hits that subtask")


def test_a_hand_beside_its_way_did_not_collide():
    made = generator("PickCube").triplet("no_close", 0)
    recipe = build("collision")
    params = drawn(recipe, "PickCube", 0)
    assert recipe.signature(made.injected, made.nominal, params).reason == "the hand ran into nothing"


def test_the_toy_is_lifted_too_little():
    with Generator(POINT_PICK) as toy:
        for seed in range(5):
            certificate = toy.triplet({"name": "undershoot", "share": 0.6}, seed).certificate
            assert certificate.status is Status.CERTIFIED
            assert certificate.fix.translation_m[2] > 0.05


def test_magnitudes_are_of_the_size_that_the_receipt_says():
    recipe = build({"name": "overshoot", "distance": 0.09})
    made = generator("SlideBlockToTarget").triplet(recipe, 3)
    shift = made.injected.columns("ee_x", "ee_y")[-1] - made.nominal.columns("ee_x", "ee_y")[-1]
    assert np.linalg.norm(shift) == pytest.approx(0.09, abs=0.02)
    assert np.linalg.norm(made.certificate.injection.params["detour"]) == pytest.approx(0.09)
