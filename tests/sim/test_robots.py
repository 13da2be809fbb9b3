"""What every arm must offer, so that controller, expert and cameras need not know which one it is."""

import mujoco
import numpy as np
import pytest

from benchmarks.bench_shake import down
from failgym.rotations import conjugate, multiply, quat_from_rotvec, rotate
from failgym.scene import Pose, SceneFacts
from failgym.sim.arena import build_arena
from failgym.sim.controller import Kinematics
from failgym.sim.robots import ROBOTS

HOMES = {None: (0.45, 0.0, 0.35), "left": (0.48, 0.18, 0.28), "right": (0.48, -0.18, 0.28)}
SIDES = {None: 0.0, "left": 1.0, "right": -1.0}
ARMS = [arm for name in ROBOTS.names() for arm in ROBOTS.build(name).arms]
PAIR = ROBOTS.build("aloha").arms


@pytest.fixture(params=ARMS, ids=lambda arm: arm.prefix)
def robot(request):
    return request.param


@pytest.fixture(params=PAIR, ids=lambda arm: arm.prefix)
def one_of_two(request):
    return request.param


@pytest.fixture
def model(robot):
    spec = mujoco.MjSpec()
    build_arena(spec)
    robot.build(spec)
    return spec.compile()


@pytest.fixture
def kinematics(robot):
    return Kinematics(robot)


def at_home(robot, model):
    data = mujoco.MjData(model)
    for name, angle in zip(robot.arm_joints, robot.home, strict=True):
        data.joint(name).qpos[0] = angle
    for name in robot.finger_joints:
        data.joint(name).qpos[0] = robot.max_opening / 2
    mujoco.mj_forward(model, data)
    return data


def smallest_stretch(kinematics, joints):
    """Smallest singular value of the Jacobian: how far from a singularity."""
    kinematics.forward(joints)
    mujoco.mj_comPos(kinematics.model, kinematics.data)
    whole = np.zeros((6, kinematics.model.nv))
    mujoco.mj_jacSite(kinematics.model, kinematics.data, whole[:3], whole[3:], kinematics.site)
    return np.linalg.svd(whole[:, kinematics.dofs], compute_uv=False)[-1]


def test_name_and_counts(robot):
    assert robot in ROBOTS.build(robot.name).arms
    assert len(robot.home) == len(robot.arm_joints) == len(robot.arm_actuators)
    assert len(robot.finger_joints) == len(robot.finger_actuators) == 2
    own = (*robot.arm_joints, *robot.arm_actuators, *robot.finger_joints, *robot.finger_actuators)
    assert len(set(own)) == len(own)
    assert all(name.startswith(f"{robot.prefix}_") for name in own)


def test_joints_and_servos_come_in_order(robot, model):
    joints = [model.joint(name) for name in (*robot.arm_joints, *robot.finger_joints)]
    servos = [model.actuator(name) for name in (*robot.arm_actuators, *robot.finger_actuators)]
    assert [joint.qposadr[0] for joint in joints] == list(range(len(joints)))
    assert [servo.id for servo in servos] == list(range(len(servos)))
    for joint, servo in zip(joints, servos, strict=True):
        assert servo.trnid[0] == joint.id
        np.testing.assert_array_equal(servo.ctrlrange, joint.range)
        assert servo.forcerange[1] == -servo.forcerange[0] > 0.0
        assert model.dof_damping[joint.dofadr[0]] > 0.0


def test_limits_leave_room_at_home(robot, model):
    for name, angle in zip(robot.arm_joints, robot.home, strict=True):
        low, high = model.joint(name).range
        assert low + 0.3 < angle < high - 0.3
    for name in robot.finger_joints:
        np.testing.assert_allclose(model.joint(name).range, (0.0, robot.max_opening / 2))


def test_home_pose(robot, model, kinematics):
    reached = kinematics.forward(np.array(robot.home))
    np.testing.assert_allclose(reached.position, HOMES[robot.arm], atol=1e-4)
    np.testing.assert_allclose(np.abs(reached.quat_wxyz), (0.0, 1.0, 0.0, 0.0), atol=1e-4)
    data = at_home(robot, model)
    middle = reached.position[1]
    left, right = (data.geom(pads[0]).xpos[1] - middle for pads in robot.finger_pads)
    # The opening axis is y of the tool point, which points to the right when the hand points down.
    assert left < -robot.max_opening / 2 < robot.max_opening / 2 < right
    np.testing.assert_allclose(data.body(robot.base_body).xpos, robot.base_pos, atol=1e-9)


def test_base_frame_looks_ahead(robot, model):
    data = at_home(robot, model)
    ahead = data.site(robot.tcp_site).xpos - robot.base_pos
    np.testing.assert_allclose(rotate(conjugate(np.array(robot.base_quat_wxyz)), ahead)[1], 0.0, atol=1e-3)
    assert rotate(conjugate(np.array(robot.base_quat_wxyz)), ahead)[0] > 0.2


def test_hand_is_as_slim_as_the_expert_takes_it_to_be(robot, model):
    data = at_home(robot, model)
    tool = data.site(robot.tcp_site).xpos
    pads = [pad for finger in robot.finger_pads for pad in finger]
    palm = robot.hand_geoms[0]
    for name in (*pads, *robot.hand_geoms):
        centre, half = data.geom(name).xpos - tool, model.geom(name).size
        outside = np.abs(centre) + half
        assert outside[0] < 0.035
        assert outside[1] < (0.055 if name in pads else 0.105)
        assert centre[2] - half[2] > (0.03 if name == palm else -0.015)


def test_wrist_camera_can_be_mounted_in_front_of_the_hand(robot, model):
    data = at_home(robot, model)
    hand, tool = data.body(robot.hand_body), data.site(robot.tcp_site)
    np.testing.assert_allclose(hand.xmat.reshape(3, 3), tool.xmat.reshape(3, 3), atol=1e-6)
    assert 0.08 < np.linalg.norm(hand.xpos - tool.xpos) < 0.13


@pytest.mark.parametrize("robot", [arm for arm in ARMS if arm.arm is None], ids=lambda arm: arm.prefix)
def test_reaches_the_workspace_hand_down_at_any_heading(robot, kinematics):
    (low_x, high_x), (low_y, high_y) = SceneFacts((), {}).workspace
    for x in np.linspace(low_x, high_x, 4):
        for y in np.linspace(low_y - 0.02, high_y + 0.02, 4):
            for z in (0.0, 0.15, 0.3):
                for turn in np.linspace(-np.pi / 2, np.pi / 2, 5):
                    target = Pose(np.array([x, y, z]), down(turn))
                    joints = kinematics.solve(target, kinematics.home)
                    assert joints is not None, (x, y, z, turn)
                    assert smallest_stretch(kinematics, joints) > 0.03


def test_ur5e_has_the_makers_kinematics():
    robot = ROBOTS.build("ur5e")
    kinematics = Kinematics(robot)
    flange = kinematics.model.body("ur5e_link6").id
    d = (0.1625, 0.0, 0.0, 0.1333, 0.0997, 0.0996)
    a = (0.0, -0.425, -0.3922, 0.0, 0.0, 0.0)
    alpha = (np.pi / 2, 0.0, 0.0, np.pi / 2, -np.pi / 2, 0.0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        angles = rng.uniform(-3.0, 3.0, 6)
        pose = np.diag([-1.0, -1.0, 1.0, 1.0])  # the maker's base frame, turned by half a turn: +x is forward
        for shift, length, twist, angle in zip(d, a, alpha, angles, strict=True):
            c, s, ct, st = np.cos(angle), np.sin(angle), np.cos(twist), np.sin(twist)
            pose = pose @ np.array(
                [
                    [c, -s * ct, s * st, length * c],
                    [s, c * ct, -c * st, length * s],
                    [0.0, st, ct, shift],
                    [0.0, 0.0, 0.0, 1.0],
                ]
            )
        kinematics.forward(angles)
        np.testing.assert_allclose(kinematics.data.xpos[flange], pose[:3, 3], atol=1e-9)
        np.testing.assert_allclose(kinematics.data.xmat[flange].reshape(3, 3), pose[:3, :3], atol=1e-9)


def test_ur5e_has_the_makers_limits_and_mass():
    robot = ROBOTS.build("ur5e")
    model = Kinematics(robot).model
    limits = [model.joint(name).range[1] for name in robot.arm_joints]
    np.testing.assert_allclose(limits, np.pi * np.array([2, 2, 1, 2, 2, 2]))
    torques = [model.actuator(name).forcerange[1] for name in robot.arm_actuators]
    np.testing.assert_array_equal(torques, [150, 150, 150, 28, 28, 28])
    assert 20.0 < sum(model.body_mass) < 24.0


def leaning(robot, angle):
    """Orientation of a hand that leans from straight down towards the other arm, by `angle` rad."""
    return multiply(quat_from_rotvec(np.array([-SIDES[robot.arm] * angle, 0.0, 0.0])), down(0.0))


def spots(robot, beyond, own, heights):
    """Points from so far beyond the middle, m, to so far on the arm's own side."""
    for x in np.linspace(0.35, 0.62, 4):
        for y in np.linspace(-beyond, own, 4):
            for z in heights:
                yield np.array([x, SIDES[robot.arm] * y, z])


@pytest.mark.parametrize(("beyond", "heights"), [(0.12, (0.0, 0.1)), (0.10, (0.2,)), (0.07, (0.3,))])
def test_each_of_two_reaches_past_the_middle_hand_down_at_any_heading(one_of_two, beyond, heights):
    kinematics = Kinematics(one_of_two)
    for spot in spots(one_of_two, beyond, 0.30, heights):
        for turn in np.linspace(-np.pi / 2, np.pi / 2, 5):
            joints = kinematics.solve(Pose(spot, down(turn)), kinematics.home)
            assert joints is not None, (spot, turn)
            assert smallest_stretch(kinematics, joints) > 0.02


@pytest.mark.parametrize(("degrees", "heights"), [(45, (0.03, 0.15, 0.3)), (90, (0.1, 0.2, 0.3))])
def test_each_of_two_reaches_the_middle_leaning_towards_the_other(one_of_two, degrees, heights):
    kinematics = Kinematics(one_of_two)
    home = kinematics.forward(kinematics.home).position
    quat = leaning(one_of_two, np.radians(degrees))
    for spot in spots(one_of_two, 0.12, 0.12, heights):
        assert kinematics.follows([Pose(home, quat), Pose(spot, quat)], kinematics.home), spot


def test_pair_stands_on_one_table_and_rests(one_of_two):
    spec = mujoco.MjSpec()
    build_arena(spec)
    for arm in PAIR:
        arm.build(spec)
    model = spec.compile()
    data = at_home(one_of_two, model)
    other = PAIR[1 - PAIR.index(one_of_two)]
    np.testing.assert_array_equal([data.joint(name).qpos[0] for name in other.arm_joints], 0.0)
    for arm in PAIR:
        for name, servo, angle in zip(arm.arm_joints, arm.arm_actuators, arm.home, strict=True):
            data.joint(name).qpos[0] = data.actuator(servo).ctrl[0] = angle
    mujoco.mj_step(model, data, 200)
    assert data.ncon == 0
    np.testing.assert_allclose(data.site(one_of_two.tcp_site).xpos, HOMES[one_of_two.arm], atol=1e-4)
    places = [[model.joint(name).qposadr[0] for name in (*arm.arm_joints, *arm.finger_joints)] for arm in PAIR]
    assert places == [list(range(8)), list(range(8, 16))]


def test_pair_is_the_mirror_image_of_itself():
    left, right = (Kinematics(arm) for arm in PAIR)
    rng = np.random.default_rng(0)
    mirror = np.array([1.0, -1.0, 1.0])
    flip = np.array([-1.0, 1.0, 1.0, -1.0, 1.0, -1.0])
    for _ in range(20):
        joints = rng.uniform(left.low, left.high)
        reached, mirrored = left.forward(joints), right.forward(flip * joints)
        np.testing.assert_allclose(mirror * reached.position, mirrored.position, atol=1e-9)


def test_each_of_two_has_the_makers_kinematics(one_of_two):
    kinematics = Kinematics(one_of_two)
    tool = np.array([0.1034, 0.0, 0.0])
    shifts = ((0, 0, 0.079), (0, 0, 0.04805), (0.05955, 0, 0.3), (0.2, 0, 0), (0.1, 0, 0), (0.069744, 0, 0))
    axes = ((0, 0, 1), (0, 1, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0), (1, 0, 0))
    rng = np.random.default_rng(0)
    for _ in range(20):
        angles = rng.uniform(kinematics.low, kinematics.high)
        position, quat = np.array(one_of_two.base_pos), np.array(one_of_two.base_quat_wxyz)
        for shift, axis, angle in zip(shifts, axes, angles, strict=True):
            position = position + rotate(quat, np.array(shift, float))
            quat = multiply(quat, quat_from_rotvec(angle * np.array(axis, float)))
        reached = kinematics.forward(angles)
        np.testing.assert_allclose(reached.position, position + rotate(quat, tool), atol=1e-9)
        approach = rotate(reached.quat_wxyz, np.array([0.0, 0.0, 1.0]))
        np.testing.assert_allclose(approach, rotate(quat, np.array([1.0, 0.0, 0.0])), atol=1e-9)


def test_each_of_two_has_the_makers_limits_and_mass(one_of_two):
    model = Kinematics(one_of_two).model
    limits = np.degrees([model.joint(name).range for name in one_of_two.arm_joints])
    maker = [(-180, 180), (-106, 72), (-101, 92), (-180, 180), (-107, 128), (-180, 180)]
    np.testing.assert_allclose(limits, maker, atol=0.01)
    assert 3.5 < sum(model.body_mass) < 4.6
