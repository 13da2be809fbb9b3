import itertools

import mujoco
import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.errors import PlanError
from failgym.rotations import DOWN, quat_about_z, rotate
from failgym.scene import Scene
from failgym.sim.entities import PARKED, Block, Drawer
from failgym.sim.robots import ROBOTS
from failgym.sim.world import TABLE, World
from failgym.tasks import TASKS

pytestmark = pytest.mark.nogl

PANDA = ROBOTS.build("panda")
RED, BRICK = "red block", "brick"
ENTITIES = (Block("one"), Block("two", (0.016, 0.03, 0.016)), Block("spare"), Drawer())


def built():
    world = World(PANDA, ENTITIES)
    world.clear()
    world.add(RED, "one", (0.45, 0.1, 0.02), rgba=(1, 0, 0, 1))
    world.add(BRICK, "two", (0.5, -0.1, 0.016), quat_about_z(0.5).tolist())
    world.add("drawer", "cabinet", (0.73, 0.0, 0.0))
    world.begin()
    return world


@pytest.fixture
def world():
    return built()


def state(world):
    return world.data.qpos.tobytes() + world.data.qvel.tobytes() + world.data.act.tobytes()


def drive(world, start, steps, seed=0):
    """Move at random, opening and closing; return states and events."""
    rng = np.random.default_rng([seed, start])
    seen = []
    for step in range(start, start + steps):
        world.arm.controller.command_closure(float(step // 5 % 2))
        world.arm.controller.move_by(rng.uniform(-0.03, 0.03, 3) - (0, 0, 0.01), rng.uniform(-0.1, 0.1, 3))
        world.advance(step)
        seen.append((state(world), tuple(world.tracker.events)))
    return seen


# -- snapshots ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS.names())
def test_a_snapshot_continues_bit_for_bit_for_60_steps(task):
    env = make_base(f"FailGym/{task}-v0").unwrapped
    env.reset(seed=8)
    world = env.world
    drive(world, 0, 60)
    snapshot = world.snapshot()
    straight = drive(world, 60, 60)
    assert len({entry[0] for entry in straight}) == 60
    for _ in range(2):
        world.restore(snapshot)
        assert drive(world, 60, 60) == straight


def test_contacts_warm_starts_and_clocks_are_part_of_a_snapshot(world):
    drive(world, 0, 40)
    snapshot = world.snapshot()
    time, warm = world.data.time, world.data.qacc_warmstart.copy()
    drive(world, 40, 20)
    world.restore(snapshot)
    assert world.data.time == time
    assert np.array_equal(world.data.qacc_warmstart, warm)


def test_released_memory_is_used_again_and_live_snapshots_stay(world):
    drive(world, 0, 10)
    live, spent = world.snapshot(), world.snapshot()
    world.release(spent)
    drive(world, 10, 10)
    other = world.snapshot()
    assert other.data is spent.data
    assert live.data is not other.data
    straight = drive(world, 20, 10)
    world.restore(live)
    first = drive(world, 10, 10)
    world.restore(other)
    assert drive(world, 20, 10) == straight
    world.restore(live)
    assert drive(world, 10, 10) == first


def test_two_worlds_of_one_model_do_not_touch_each_other():
    first, second = built(), built()
    assert drive(first, 0, 5) == drive(second, 0, 5)
    before = state(second), second.model.geom_rgba.tobytes(), second.model.body_pos.tobytes()
    first.clear()
    first.add(RED, "one", (0.4, 0.0, 0.02), rgba=(0, 0, 1, 1))
    first.add("drawer", "cabinet", (0.7, 0.1, 0.0))
    first.begin()
    drive(first, 0, 5, seed=1)
    assert (state(second), second.model.geom_rgba.tobytes(), second.model.body_pos.tobytes()) == before


def test_clearing_forgets_the_last_episode(world):
    fresh = built()
    drive(world, 0, 30)
    world.clear()
    world.add(RED, "one", (0.45, 0.1, 0.02), rgba=(1, 0, 0, 1))
    world.add(BRICK, "two", (0.5, -0.1, 0.016), quat_about_z(0.5).tolist())
    world.add("drawer", "cabinet", (0.73, 0.0, 0.0))
    world.begin()
    assert world.model.geom_rgba.tobytes() == fresh.model.geom_rgba.tobytes()
    assert drive(world, 0, 20) == drive(fresh, 0, 20)


# -- the scene ---------------------------------------------------------------------------------------------------------


def test_is_a_scene_with_facts(world):
    assert isinstance(world, Scene)
    facts = world.facts()
    assert facts.names == (RED, BRICK, "drawer", TABLE)
    assert facts.positions[RED] == pytest.approx((0.45, 0.1, 0.02))
    assert set(facts.positions) == {RED, BRICK, "drawer"}
    assert facts.closed == ("drawer",)
    assert facts.max_opening == PANDA.max_opening
    brick = facts.thing(BRICK)
    assert (brick.graspable, brick.width, brick.height, brick.receives) == (True, 0.032, 0.032, ("on",))
    assert (facts.thing("drawer").opens, facts.thing("drawer").receives) == (True, ("in",))
    assert facts.thing(TABLE).receives == ("on",)
    drive(world, 0, 10)
    assert world.facts() is facts, "facts tell how it was at reset"


def test_the_hand_begins_open_at_home_pointing_down(world):
    hand = world.hand()
    np.testing.assert_allclose(hand.pose.position, (0.45, 0.0, 0.35), atol=2e-3)
    np.testing.assert_allclose(np.abs(hand.pose.quat_wxyz @ DOWN), 1.0, atol=1e-6)
    assert hand.width == pytest.approx(PANDA.max_opening)
    assert (hand.closure, hand.force, hand.holding) == (0.0, 0.0, None)
    assert world.speed() == 0.0


def test_what_it_hands_out_is_a_copy(world):
    pose, hand = world.pose(RED), world.hand()
    before = state(world)
    pose.position[:] = 9.0
    hand.pose.position[:] = 9.0
    assert state(world) == before
    np.testing.assert_allclose(world.pose(RED).position, (0.45, 0.1, 0.02))
    assert world.hand().pose.position[0] < 1.0


def test_set_pose_puts_one_thing_elsewhere_at_rest(world):
    drive(world, 0, 10)
    others = [world.pose(name) for name in (BRICK, "drawer")]
    speeds = world.data.qvel[:9].copy()
    world.set_pose(RED, np.array([0.6, 0.2, 0.02]), quat_about_z(1.0))
    assert world.pose(RED).position.tolist() == [0.6, 0.2, 0.02]
    np.testing.assert_allclose(world.pose(RED).quat_wxyz, quat_about_z(1.0))
    for name, pose in zip((BRICK, "drawer"), others, strict=True):
        np.testing.assert_allclose(world.pose(name).position, pose.position, atol=1e-6)
    assert np.array_equal(world.data.qvel[:9], speeds)
    world.advance(10)
    np.testing.assert_allclose(world.pose(RED).position, (0.6, 0.2, 0.02), atol=1e-3)
    world.set_pose(RED, np.array([0.6, 0.1, 0.02]))
    np.testing.assert_allclose(world.pose(RED).quat_wxyz, quat_about_z(1.0), atol=1e-3, err_msg="it keeps its heading")
    (event,) = [event for step in (11, 12) for event in (world.advance(step), *world.tracker.events)[1:]]
    assert (event.kind, event.subject, event.other) == ("displaced", RED, "other")


def test_furniture_and_what_is_not_there_cannot_be_moved(world):
    with pytest.raises(PlanError, match="'drawer' is furniture"):
        world.set_pose("drawer", np.zeros(3))
    with pytest.raises(PlanError, match=r"no object named 'red blok'.*Did you mean 'red block'"):
        world.set_pose("red blok", np.zeros(3))
    for ask in (world.pose, world.opening, world.grasps, world.position):
        with pytest.raises(PlanError, match="no object named 'spare'"):
            ask("spare")


def test_parked_things_stay_away_and_touch_nothing(world):
    body = world._slots["spare"].body
    geoms = world._slots["spare"].geoms
    parked = world.data.xpos[body].copy()
    assert "spare" not in world.names
    assert parked[0] == PARKED[0]
    assert not world.model.geom_contype[geoms].any()
    assert world.model.geom_contype[world.geoms(RED)].all()
    drive(world, 0, 60)
    np.testing.assert_allclose(world.data.xpos[body], parked, atol=1e-9)
    pairs = {frozenset(pair) for pair in world.data.contact.geom[: world.data.ncon].tolist()}
    assert not any(int(geom) in pair for pair in pairs for geom in geoms)


def test_parked_things_do_not_meet_each_other():
    world = World(PANDA, [Block(f"block_{index}") for index in range(6)])
    world.clear()
    world.begin()
    spots = [world.data.xpos[body].copy() for body in world.free_bodies()]
    assert all(np.linalg.norm(a - b) > 0.2 for a, b in itertools.combinations(spots, 2))
    assert world.names == ()


def test_the_drawer_opens_and_contains(world):
    drawer = world._slots["cabinet"]
    assert world.opening("drawer") == 0.0
    assert world.opening(RED) == 0.0
    (shut,) = world.strokes("drawer", "open")
    assert shut.grip
    world.data.qpos[drawer.joint] = 0.5 * Drawer().travel
    mujoco.mj_forward(world.model, world.data)
    assert world.opening("drawer") == pytest.approx(0.5)
    half, again = world.strokes("drawer", "open")[0].path, world.strokes("drawer", "close")[0].path
    np.testing.assert_allclose(shut.path[0].position - half[0].position, (0.5 * Drawer().travel, 0, 0), atol=1e-9)
    np.testing.assert_allclose(half[-1].position, shut.path[-1].position, atol=1e-9)
    np.testing.assert_allclose(again[-1].position, shut.path[0].position, atol=1e-9)
    assert not world.related(RED, "in", "drawer")
    goal = world.place(RED, "in", "drawer").position
    world.set_pose(RED, goal - (0, 0, 0.05))
    assert world.related(RED, "in", "drawer")
    assert not world.related(BRICK, "in", "drawer")
    assert not world.related(RED, "in", BRICK)


def test_places_and_grasps(world):
    on = world.place(RED, "on", BRICK)
    np.testing.assert_allclose(on.position, (0.5, -0.1, 0.032 + 0.02), atol=1e-6)
    spot = world.place(RED, "on", TABLE).position
    assert spot[2] == pytest.approx(0.02)
    assert min(np.linalg.norm(spot[:2] - world.position(name)[:2]) for name in (BRICK, "drawer")) >= 0.11
    for name, ways in ((RED, 4), (BRICK, 2)):
        grasps = world.grasps(name)
        assert len(grasps) == ways
        for grasp in grasps:
            np.testing.assert_allclose(grasp.position, world.position(name))
            np.testing.assert_allclose(rotate(grasp.quat_wxyz, (0, 0, 1)), (0, 0, -1), atol=1e-9)
    narrow = np.array([np.cos(0.5), np.sin(0.5), 0.0])
    openings = [rotate(grasp.quat_wxyz, (0, 1, 0)) for grasp in world.grasps(BRICK)]
    np.testing.assert_allclose([abs(opening @ narrow) for opening in openings], 1.0, atol=1e-6)


def test_joint_increments_lead_to_a_pose(world):
    hand = world.hand()
    goal = type(hand.pose)(hand.pose.position + np.array([0.05, -0.03, -0.1]), hand.pose.quat_wxyz)
    for _ in range(12):
        increments = world.joints_to(goal)
        world.arm.controller.move_joints(np.clip(increments, -0.2, 0.2))
        world.advance(0)
    np.testing.assert_allclose(world.hand().pose.position, goal.position, atol=3e-3)
    assert world.joints_to(type(goal)(np.array([2.0, 0.0, 0.5]), goal.quat_wxyz)) is None


def test_state_addresses_begin_with_the_named_things(world):
    addresses = world.state_addresses()
    assert len(addresses) == 7 * 3 + 1
    np.testing.assert_allclose(world.data.qpos[addresses[:3]], (0.45, 0.1, 0.02))
    np.testing.assert_allclose(world.data.qpos[addresses[7:10]], (0.5, -0.1, 0.016))
    assert world.data.qpos[addresses[14]] == PARKED[0]
