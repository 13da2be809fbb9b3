import math

import numpy as np
import pytest

from failgym.envs.rlbench.frames import Frames, camera, matrix, quat_from_euler, tip_from_hand
from failgym.envs.rlbench.observation import seen
from failgym.envs.rlbench.presence import file_of
from failgym.rotations import DOWN, rotate
from failgym.scene import Pose

REST = [0.28, 0.0, 1.47, 0.0, 1.0, 0.0, 0.0]
"""A tip that points down as RLBench's Panda does at rest: half a turn about y."""


def test_the_hand_at_rest_points_down_and_forward():
    hand = Frames().hand(REST)
    np.testing.assert_allclose(hand.position, [0.589, 0.0, 0.718], atol=1e-9)
    np.testing.assert_allclose(np.abs(hand.quat_wxyz @ DOWN), 1.0)
    np.testing.assert_allclose(rotate(hand.quat_wxyz, (1, 0, 0)), [1, 0, 0], atol=1e-9)


def test_there_and_back():
    frames, rng = Frames(), np.random.default_rng(0)
    for _ in range(20):
        quat = rng.normal(size=4)
        pose = Pose(rng.uniform(-1, 1, 3), quat / np.linalg.norm(quat))
        for there, back in ((frames.tip, frames.hand), (frames.world, frames.pose)):
            again = back(there(pose))
            np.testing.assert_allclose(again.position, pose.position, atol=1e-12)
            assert abs(again.quat_wxyz @ pose.quat_wxyz) == pytest.approx(1.0)


@pytest.mark.parametrize("turn", [0.0, 0.3, -0.3, math.pi / 2 - 0.1])
def test_fingers_open_along_y_however_the_tip_is_built(turn):
    tip = matrix(np.eye(4))[:3, :3]
    axis = np.array([math.cos(turn + math.pi / 2), math.sin(turn + math.pi / 2), 0.0])
    y = rotate(tip_from_hand(tip, axis), (0, 1, 0))
    assert abs(y @ axis) == pytest.approx(1.0)
    assert rotate(tip_from_hand(tip, axis), (1, 0, 0))[0] <= 1e-9, "the hand's x is opposite to the tip's"


def test_euler_angles_turn_about_their_own_axes():
    np.testing.assert_allclose(rotate(quat_from_euler((math.pi, 0, 0)), (0, 1, 0)), [0, -1, 0], atol=1e-12)
    turned = rotate(quat_from_euler((0, math.pi / 2, math.pi / 2)), (1, 0, 0))
    np.testing.assert_allclose(turned, [0, 1, 0], atol=1e-12)


def test_the_front_camera_sees_the_middle_of_the_table():
    forward = np.array([-math.cos(math.radians(25)), 0.0, -math.sin(math.radians(25))])
    left = np.cross((0, 0, 1.0), forward)
    turned = np.stack([left / np.linalg.norm(left), np.cross(forward, left / np.linalg.norm(left)), forward], axis=1)
    extrinsics = np.column_stack([turned, [1.35, 0.0, 1.58]])
    for focal in (-175.84, 175.84):
        k, pose = camera(extrinsics.ravel(), np.array([[focal, 0, 64], [0, focal, 64], [0, 0, 1.0]]))
        point = seen(np.array([0.5, 0.0, 0.0]), k, pose, (128, 128))
        assert point.visible == 1.0
        right = seen(np.array([0.5, 0.1, 0.0]), k, pose, (128, 128))
        assert right.u > point.u, "what is to the robot's left is to the right of a camera that faces it"
        assert seen(np.array([0.5, 0.0, 0.1]), k, pose, (128, 128)).v < point.v
        assert seen(np.array([2.5, 0.0, 0.8]), k, pose, (128, 128)).visible == 0.0


@pytest.mark.parametrize(
    ("given", "file"),
    [("OpenDrawer", "open_drawer"), ("open_drawer", "open_drawer"), ("PushButtons4", "push_buttons4"), ("a.py", "a")],
)
def test_a_task_is_named_as_its_class_or_its_file(given, file):
    assert file_of(given) == file
