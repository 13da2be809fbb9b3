"""The physics gate: what the hand holds stays held, and the arm goes where it is told."""

import mujoco
import numpy as np
import pytest

from benchmarks.bench_shake import Bench, down, shake
from failgym.sim.arena import build_arena
from failgym.sim.robots import ROBOTS
from failgym.sim.robots.robot import ARM, WORLD

ARMS = [arm for name in ROBOTS.names() for arm in ROBOTS.build(name).arms]


@pytest.fixture(params=ARMS, ids=lambda arm: arm.prefix)
def robot(request):
    return request.param


def roominess(robot):
    """How far an arm reaches, as a fraction of what a single arm does."""
    return 1.0 if robot.arm is None else 0.75


def test_shaken_cubes_stay_in_the_hand(robot):
    runs = [shake(seed, width, robot) for width in (0.03, 0.04, 0.05) for seed in range(12)]
    assert all(run.grasped for run in runs)
    assert np.mean([run.held for run in runs]) >= 0.95
    assert np.median([run.slip for run in runs]) < 0.01
    assert all(15.0 < run.force < 45.0 for run in runs)


def test_home_points_straight_down_and_stays(robot):
    bench = Bench(robot, ())
    bench.step(40)
    np.testing.assert_allclose(bench.tool, bench.home, atol=1e-4)
    rotation = bench.data.site(robot.tcp_site).xmat.reshape(3, 3)
    np.testing.assert_allclose(rotation, np.diag([1.0, -1.0, -1.0]), atol=1e-4)
    assert bench.data.ncon == 0


@pytest.mark.parametrize(("ahead", "aside", "height"), [(-0.1, -0.25, 0.1), (0.0, 0.0, 0.2), (0.2, 0.25, 0.3)])
def test_droop_under_load_is_below_3_mm(robot, ahead, aside, height):
    bench = Bench(robot, ((0.04, 0.15),))
    start = bench.spot(0.0, 0.0, 0.02)
    position = bench.spot(roominess(robot) * ahead, roominess(robot) * aside, height)
    bench.move(bench.home, start, down(0.0), 16)
    bench.grip(0.0)
    bench.move(start, position, down(0.0), 24)
    bench.step(20)
    assert np.linalg.norm(bench.tool - position) < 3e-3
    assert bench.data.body("cube0").xpos[2] > position[2] - 0.01


def test_aloha_droops_less_than_3_mm_under_300_g_at_full_reach():
    for robot in ROBOTS.build("aloha").arms:
        bench = Bench(robot, ((0.04, 0.3),))
        start, position = bench.spot(0.0, 0.0, 0.02), bench.spot(0.28, 0.0, 0.15)
        bench.move(bench.home, start, down(0.0), 16)
        bench.grip(0.0)
        bench.move(start, position, down(0.0), 24)
        bench.step(20)
        assert np.linalg.norm(bench.tool - position) < 3e-3
        assert bench.data.body("cube0").xpos[2] > position[2] - 0.01


def test_follows_a_line_at_600_mm_per_second(robot):
    bench = Bench(robot, ())
    half = 0.3 * roominess(robot)
    start, end = bench.spot(0.0, -half, 0.2), bench.spot(0.0, half, 0.2)
    along = (end - start) / (2 * half)
    bench.move(bench.home, start, down(0.0), 30)
    lag, aside = [], []
    for travel in np.arange(0.0, 2 * half, 0.03):
        target = start + travel * along
        bench.reach(target, down(0.0))
        bench.step()
        behind = target - bench.tool
        lag.append(behind @ along)
        aside.append(np.linalg.norm(behind - lag[-1] * along))
    bench.reach(end, down(0.0))
    assert max(lag) < 0.06
    assert max(aside) < 0.015
    bench.step(6)
    assert np.linalg.norm(bench.tool - end) < 3e-3


def test_pressing_into_the_table_is_physical(robot):
    bench = Bench(robot, ())
    bench.move(bench.home, bench.spot(0.0, 0.0, -0.05), down(0.0), 20)
    bench.step(20)
    assert bench.tool[2] > 0.0
    assert np.abs(bench.data.qvel).max() < 0.05


def test_gripper_opens_and_closes_fully(robot):
    bench = Bench(robot, ())
    travel = [bench.data.joint(name) for name in robot.finger_joints]
    bench.step(4)
    assert sum(joint.qpos[0] for joint in travel) == pytest.approx(robot.max_opening, abs=1e-3)
    bench.grip(0.0, steps=8)
    assert sum(joint.qpos[0] for joint in travel) == pytest.approx(0.0, abs=2e-3)


def test_half_closed_hand_does_not_lift(robot):
    bench = Bench(robot, ((0.04, 0.1),))
    start = bench.spot(0.0, 0.0, 0.02)
    bench.move(bench.home, start, down(0.0), 16)
    bench.grip(0.022)
    bench.move(start, bench.home, down(0.0), 16)
    assert bench.data.body("cube0").xpos[2] < 0.03


def test_contact_classes(robot):
    bench = Bench(robot, ((0.04, 0.1),))
    model = bench.model

    def meet(first: str, second: str) -> bool:
        a, b = model.geom(first).id, model.geom(second).id
        types, masks = model.geom_contype, model.geom_conaffinity
        return bool((types[a] & masks[b]) | (types[b] & masks[a]))

    arm = [name for side in robot.finger_pads for name in side] + list(robot.hand_geoms)
    assert not any(meet(first, second) for first in arm for second in arm)
    assert all(meet(name, "table") and meet(name, "cube0") for name in arm)
    assert meet("cube0", "table")
    assert meet("cube0", "cube0")
    assert {int(kind) for kind in model.geom_contype} <= {0, ARM, WORLD}


def test_names_of_the_model_exist(robot):
    spec = mujoco.MjSpec()
    build_arena(spec)
    robot.build(spec)
    model = spec.compile()
    for name in (*robot.arm_joints, *robot.finger_joints):
        assert model.joint(name).range[0] < model.joint(name).range[1]
    for name in (*robot.arm_actuators, *robot.finger_actuators):
        assert model.actuator(name).id >= 0
    for name in (robot.base_body, robot.hand_body):
        assert model.body(name).id > 0
    assert model.narena <= 4 << 20
    assert np.count_nonzero(model.geom_contype) <= 20
    assert np.count_nonzero(model.geom_group <= 2) <= 80
