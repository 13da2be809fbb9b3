"""What every arm must offer, so that controller, expert and cameras need not know which one it is."""

import mujoco
import numpy as np
import pytest

from benchmarks.bench_shake import down
from failgym.scene import Pose, SceneFacts
from failgym.sim.arena import build_arena
from failgym.sim.controller import Kinematics
from failgym.sim.robots import ROBOTS

HOME = np.array([0.45, 0.0, 0.35])


@pytest.fixture(params=ROBOTS.names())
def robot(request):
    return ROBOTS.build(request.param)


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
    assert robot is ROBOTS.build(robot.name)
    assert len(robot.home) == len(robot.arm_joints) == len(robot.arm_actuators)
    assert len(robot.finger_joints) == len(robot.finger_actuators) == 2
    own = (*robot.arm_joints, *robot.arm_actuators, *robot.finger_joints, *robot.finger_actuators)
    assert len(set(own)) == len(own)
    assert all(name.startswith(f"{robot.name}_") for name in own)


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
    np.testing.assert_allclose(reached.position, HOME, atol=1e-4)
    np.testing.assert_allclose(np.abs(reached.quat_wxyz), (0.0, 1.0, 0.0, 0.0), atol=1e-4)
    data = at_home(robot, model)
    left, right = (data.geom(pads[0]).xpos[1] for pads in robot.finger_pads)
    # The opening axis is y of the tool point, which points to the right when the hand points down.
    assert left < -robot.max_opening / 2 < robot.max_opening / 2 < right
    np.testing.assert_allclose(data.body(robot.base_body).xpos, robot.base_pos, atol=1e-9)


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
