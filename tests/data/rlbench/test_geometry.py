import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from failgym.data.rlbench.geometry import camera_from, camera_to, matrix_of, point_cloud, pose_from, pose_to
from failgym.data.rlbench.layout import ORIGIN
from failgym.rotations import DOWN, multiply, normalised, quat_from_rotvec, rotate
from tests.data.rlbench.recordings import LENS, LOOKS_BACK

numbers = st.floats(-2, 2)
poses = arrays.arrays(np.float64, (7,), elements=numbers).filter(lambda pose: np.linalg.norm(pose[3:]) > 0.1)


def unit(pose):
    return np.concatenate([pose[:3], pose[3:] / np.linalg.norm(pose[3:])])


@given(poses)
def test_poses_come_back(pose):
    position, quat = pose_from(pose)
    back = pose_to(position, quat)
    np.testing.assert_array_equal(back[3:], pose[3:])
    np.testing.assert_allclose(back[:3], pose[:3], atol=1e-15)


@given(poses)
def test_the_hand_points_where_it_pointed(pose):
    """Their hand frame is ours, turned by half a turn about the way it points."""
    matrix, (position, quat) = matrix_of(unit(pose)), pose_from(unit(pose))
    np.testing.assert_allclose(rotate(quat, (0, 0, 1)), matrix[:3, 2], atol=1e-12)
    np.testing.assert_allclose(rotate(quat, (1, 0, 0)), -matrix[:3, 0], atol=1e-12)
    np.testing.assert_allclose(position, matrix[:3, 3] - ORIGIN, atol=1e-12)


def test_a_hand_that_points_down_is_ours():
    """RLBench's robot at rest, but straight: xyzw of half a turn about the lateral axis."""
    position, quat = pose_from(np.array([-0.309, 0.0, 1.252, 0.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(position, [0.0, 0.0, 0.5])
    np.testing.assert_array_equal(quat, DOWN)


@given(arrays.arrays(np.float64, (3,), elements=st.floats(-3, 3)))
def test_turning_ours_turns_theirs(rotvec):
    pose = np.array([0.1, 0.2, 1.0, 0.0, 1.0, 0.0, 0.0])
    turned = pose_to(pose_from(pose)[0], multiply(quat_from_rotvec(rotvec), pose_from(pose)[1]))
    turn = matrix_of([0, 0, 0, *np.roll(normalised(quat_from_rotvec(rotvec)), -1)])
    np.testing.assert_allclose(matrix_of(turned)[:3, :3], turn[:3, :3] @ matrix_of(pose)[:3, :3], atol=1e-9)


def test_many_poses_at_once():
    rows = np.array([[0.1, 0.2, 1.0, 0.0, 1.0, 0.0, 0.0], [0.3, 0.1, 0.9, 0.6, 0.0, 0.0, 0.8]])
    position, quat = pose_from(rows)
    for index, row in enumerate(rows):
        np.testing.assert_array_equal(position[index], pose_from(row)[0])
        np.testing.assert_array_equal(quat[index], pose_from(row)[1])


def test_cameras_come_back():
    extrinsics, intrinsics = camera_to(*camera_from(LOOKS_BACK, LENS))
    np.testing.assert_allclose(extrinsics, LOOKS_BACK, atol=1e-15)
    np.testing.assert_array_equal(intrinsics, LENS)


@given(arrays.arrays(np.float64, (3,), elements=st.floats(-0.5, 0.5)))
def test_a_point_is_seen_where_rlbench_sees_it(offset):
    """Half a pixel apart: theirs are counted from the corner of the first pixel, ours from its middle."""
    point = np.array([0.2, 0.0, 1.0]) + offset
    theirs = LENS @ (np.linalg.inv(LOOKS_BACK) @ [*point, 1])[:3]
    k, pose = camera_from(LOOKS_BACK, LENS)
    seen = np.linalg.inv(pose) @ [*(point - ORIGIN), 1]
    ours = k @ seen[:3]
    assert seen[2] > 0
    np.testing.assert_allclose(ours[:2] / ours[2], theirs[:2] / theirs[2] - 0.5, atol=1e-9)


def test_a_cloud_is_where_its_pixels_look():
    k, pose = camera_from(LOOKS_BACK, LENS)
    metres = np.random.default_rng(0).uniform(0.5, 2.0, (12, 16))
    cloud = point_cloud(metres, k, pose)
    row, column = 3, 11
    seen = np.linalg.inv(pose) @ [*cloud[row, column], 1]
    assert seen[2] == pytest.approx(metres[row, column])
    np.testing.assert_allclose((k @ seen[:3] / seen[2])[:2], [column, row], atol=1e-9)


def test_their_camera_axes_are_left_up_forward():
    """The front camera looks back at the robot and down: its image's right is the robot's left."""
    _, pose = camera_from(LOOKS_BACK, LENS)
    np.testing.assert_allclose(pose[:3, 0], [0, 1, 0], atol=1e-12)
    assert pose[2, 1] < 0
    assert pose[0, 2] < 0
    np.testing.assert_allclose(pose[:3, 3], [1.659, 0.0, 0.828], atol=1e-12)
