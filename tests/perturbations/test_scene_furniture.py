"""The scene seat: what a scene is furnished with where a perturbation needs it, and somebody who blocks the way."""

import math

import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.episodes import Status
from failgym.generate import Generator, replay
from failgym.labels import FixKind
from failgym.perturbations import build
from failgym.perturbations.room import Room
from failgym.scene import PATTERNS, PROPS, SOMEBODY, Box
from tests.helpers import PICK_CUBE, run_plan
from tests.perturbations.scenes import arm

pytestmark = pytest.mark.nogl


@pytest.fixture(scope="module")
def pick():
    return make_base(PICK_CUBE, [], control_mode="keypose")


BLOCK = {"name": "human_intervention", "kind": "block"}


@pytest.mark.parametrize("mount", ["keypose", "control", "twin"])
def test_what_is_held_in_the_way_makes_the_hand_fail_that_does_not_wait(mount):
    with Generator(PICK_CUBE, mount=mount) as generator:
        triplet = generator.triplet(BLOCK, 1)
    certificate = triplet.certificate
    assert certificate.status is Status.CERTIFIED
    assert certificate.fix.kind is FixKind.HOLD
    assert SOMEBODY in {event.other for event in triplet.injected.events}
    assert SOMEBODY not in {event.other for event in triplet.avoid.events}
    assert triplet.avoid.steps > triplet.nominal.steps + 20


@pytest.mark.parametrize("task", ["StackBlocks", "PutGroceriesInCupboard", "TurnTap", "OpenMicrowave", "HandOverBar"])
def test_a_board_keeps_the_hand_from_grasps_and_strokes(task):
    with Generator(f"FailGym/{task}-v0") as generator:
        certificate = generator.triplet(BLOCK, 2).certificate
    assert certificate.status is Status.CERTIFIED
    assert "board" in certificate.reason


def test_a_board_is_brought_held_and_taken_away_and_touches_nothing_but_the_robot(pick):
    params = arm(pick, BLOCK, 1)
    world, seen = pick.unwrapped.world, []
    body, stands = world.model.body(SOMEBODY).id, world.model.geom_bodyid

    def look(told):
        seen.append((world.data.xpos[body].copy(), [stands[pair].tolist() for pair in world.data.contact.geom]))
        return told

    act = pick.unwrapped.command_filter
    pick.unwrapped.command_filter = lambda told: look(act(told))
    unseen = world.data.xpos[body].copy()
    run_plan(pick)
    pick.unwrapped.idle(params["stay_steps"])
    places = np.array([place for place, _ in seen])
    held = np.linalg.norm(places - params["pose"][:3], axis=1) < 1e-9
    assert abs(held.sum() - params["stay_steps"]) <= 1
    assert np.array_equal(places[0], unseen)
    assert np.array_equal(places[-1], unseen)
    met = {other for _, pairs in seen for pair in pairs if body in pair for other in pair if other != body}
    assert met
    assert {int(world.model.body_rootid[other]) for other in met} == {
        int(world.model.body(world.robot.base_body).rootid[0])
    }


def test_a_board_that_is_not_held_is_none(pick):
    zero = dict(build(BLOCK).severity_zero)
    arm(pick, BLOCK, 1, **zero)
    run_plan(pick)
    assert not pick.injections[0].acted
    assert pick.unwrapped.evaluate()["success"]


@pytest.mark.parametrize("spec", [BLOCK, "distractors", "texture"])
def test_furnished_episodes_replay_bit_for_bit(spec):
    with Generator(PICK_CUBE) as generator:
        certificate = generator.triplet(spec, 4).certificate
    again = replay(certificate)
    assert (again.matches, again.bitwise) == (True, True)


def test_furniture_leaves_other_episodes_alone():
    with Generator(PICK_CUBE) as generator:
        before = generator.triplet("slip", 1).certificate
        bodies = generator.env.unwrapped.world.model.nbody
        assert generator.triplet("distractors", 1).certificate.status is Status.SURVIVED
        assert generator.env.unwrapped.world.model.nbody > bodies
        after = generator.triplet("slip", 1).certificate
        assert generator.env.unwrapped.world.model.nbody == bodies
    assert after.digests == before.digests


def test_receipts_bring_their_furniture():
    env = make_base(PICK_CUBE, [BLOCK, "distractors"])
    receipts = env.reset(seed=3)[1]["injections"]
    assert env.unwrapped.extras == {SOMEBODY, PROPS}
    other = make_base(PICK_CUBE)
    info = other.reset(seed=3, options={"injections": receipts})[1]
    assert other.unwrapped.extras == {SOMEBODY, PROPS}
    assert info["injections"] == receipts
    assert other.unwrapped.state_bytes() == env.unwrapped.state_bytes()
    other.reset(seed=3)
    assert other.unwrapped.extras == frozenset()


def test_a_snapshot_of_a_scene_furnished_otherwise_is_refused(pick):
    pick.furnish(())
    pick.reset(seed=0)
    plain = pick.snapshot()
    arm(pick, "texture")
    assert pick.unwrapped.extras == {PATTERNS}
    with pytest.raises(ValueError, match="furnished otherwise"):
        pick.restore(plain)


def test_room_is_measured_to_the_nearest_box():
    turned = math.cos(math.pi / 8), 0.0, 0.0, math.sin(math.pi / 8)
    room = Room(
        [Box((0.0, 0.0, 0.0), (0.1, 0.1, 0.1), (1.0, 0.0, 0.0, 0.0)), Box((1.0, 0.0, 0.0), (0.1, 0.1, 0.1), turned)]
    )
    points = np.array([(0.3, 0.0, 0.0), (0.05, 0.0, 0.0), (0.2, 0.2, 0.1), (0.8, 0.0, 0.0)])
    expected = [0.2, 0.0, math.hypot(0.1, 0.1), 0.2 - 0.1 * math.sqrt(2)]
    assert room.distances(points) == pytest.approx(expected)
    assert Room([]).distances(points).min() == math.inf
