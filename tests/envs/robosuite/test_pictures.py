"""What cameras show of robosuite's scenes: the right way up, where projection says, and what robosuite itself draws."""

import subprocess
import sys

import numpy as np
import pytest

from failgym.envs.registration import make_base
from tests.helpers import LIFT

pytestmark = [pytest.mark.robosuite, pytest.mark.gl]

CAMERAS = ("front", "left", "right", "wrist", "agentview", "sideview")
SIZE = (192, 160)


def red(picture):
    """Middle of what is red, px from the left and from the top, and how many pixels are."""
    r, g, b = (picture[..., channel].astype(float) for channel in range(3))
    rows, columns = np.nonzero((r > 90) & (r > 2 * g) & (r > 2 * b))
    return np.array([columns.mean(), rows.mean()]), len(rows)


@pytest.fixture(scope="module")
def lift():
    env = make_base(LIFT, cameras=CAMERAS, image_size=SIZE, renderer="gl")
    env.reset(seed=3)
    yield env.unwrapped
    env.close()


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_cube_is_where_projection_says(lift, camera):
    target = lift.points(camera, lift.plan.subtasks[0])["target"]
    found, count = red(lift.picture(camera))
    assert count >= 8
    assert target.visible > 0.5
    assert np.abs(found - (target.u, target.v)).max() < 4.0
    # A picture that is upside down or mirrored must not pass: the cube is not in the middle of it.
    for mirrored in (lift.picture(camera)[::-1], lift.picture(camera)[:, ::-1]):
        if np.abs(red(mirrored)[0] - found).max() > 8.0:
            assert np.abs(red(mirrored)[0] - (target.u, target.v)).max() > 4.0


def test_frames_carry_cameras_in_failgyms_frame(lift):
    cube = lift.scene.position("red cube")
    for frame in lift.frames(lift.plan.subtasks[0]):
        point = np.linalg.inv(frame.world_from_camera) @ np.r_[cube, 1.0]
        u, v, depth = frame.intrinsics @ point[:3]
        target = frame.points["target"]
        assert (u / depth, v / depth) == pytest.approx((target.u, target.v), abs=0.6), frame.camera
        assert depth == pytest.approx(target.depth, abs=0.02)


def test_front_looks_at_the_robot_and_its_right_is_the_picture_left(lift):
    front = lift.points("front", None)["gripper"]
    cube = lift.world.position("red cube").copy()
    try:
        lift.scene.set_pose("red cube", cube - np.array([0.0, 0.15, 0.0]))
        assert red(lift.picture("front"))[0][0] < SIZE[0] / 2 - 10
        lift.scene.set_pose("red cube", cube + np.array([0.12, 0.0, 0.0]))
        near = red(lift.picture("front"))[0][1]
        assert near > front.v + 20, "what is nearer to the camera is lower in the picture"
    finally:
        lift.scene.set_pose("red cube", cube)


_THEIRS = """
import sys
import numpy as np
import robosuite

where, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
env = robosuite.make("Lift", robots="Panda", use_camera_obs=False, hard_reset=False, renderer="mujoco")
env.reset()
env.sim.data.qpos[:] = np.load(where + "/qpos.npy")
env.sim.model._model.geom_size[:] = np.load(where + "/sizes.npy")
env.sim.forward()
np.save(where + "/picture.npy", env.sim.render(width=width, height=height, camera_name="agentview"))
env.close()
"""


def test_robosuite_sees_the_same_but_upside_down(lift, tmp_path):
    lift.reset(seed=3)
    ours = lift.picture("agentview").astype(float)
    np.save(tmp_path / "qpos.npy", lift.world.data.qpos)
    np.save(tmp_path / "sizes.npy", lift.world.model.geom_size)
    # In a process of its own: its OpenGL context is not ours.
    subprocess.run([sys.executable, "-c", _THEIRS, str(tmp_path), *map(str, SIZE)], check=True, capture_output=True)
    theirs = np.load(tmp_path / "picture.npy").astype(float)
    # robosuite smooths edges and lets the table shine.
    assert np.abs(theirs[::-1] - ours).mean() < 8.0
    assert np.abs(theirs - ours).mean() > 3 * np.abs(theirs[::-1] - ours).mean()


def test_rays_and_opengl_agree(lift):
    lift.reset(seed=3)
    rays = make_base(LIFT, cameras=CAMERAS, image_size=SIZE, renderer="ray").unwrapped
    rays.reset(seed=3)
    for camera in CAMERAS:
        assert np.abs(red(lift.picture(camera))[0] - red(rays.picture(camera))[0]).max() < 1.5, camera


def test_pictures_in_observations_are_fresh_and_repeat():
    env = make_base(LIFT, obs_mode="rgb+depth+segmentation", cameras=("front", "wrist"), image_size=(48, 40))
    first, _ = env.reset(seed=3)
    kept = {name: part.copy() for name, part in first.items()}
    env.step(np.r_[0.02, 0, 0, 0, 0, 0, 1.0].astype(np.float32))
    again, _ = env.reset(seed=3)
    for name, part in again.items():
        assert part.dtype == env.observation_space[name].dtype
        assert not np.may_share_memory(part, first[name])
        assert np.array_equal(part, kept[name])
        assert np.array_equal(first[name], kept[name])
    env.close()
