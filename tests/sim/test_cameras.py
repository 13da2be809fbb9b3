"""Cameras: placing, projecting, and how much of an object is seen."""

from typing import Any

import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.errors import UnknownNameError
from failgym.sim.cameras import (
    CAMERAS,
    CameraSpec,
    add_camera,
    body_geoms,
    extrinsics,
    intrinsics,
    project,
    sample_points,
    visibility,
)
from failgym.sim.robots import ROBOTS

pytestmark = pytest.mark.nogl

SIZE = (320, 240)


def _world(*extra: CameraSpec, wall: str = "") -> tuple[Any, Any]:
    spec = mujoco.MjSpec.from_string(f"""
        <mujoco><worldbody>
          <body name="box" pos=".5 0 .05"><freejoint/><geom name="box" type="box" size=".05 .05 .05"/>
            <body name="knob" pos="0 0 .06"><geom name="knob" size=".02"/></body>
            <geom name="hull" type="sphere" size=".2" group="3"/>
          </body>
          <body name="gripper" pos=".4 0 .6" quat="0 1 0 0"><geom size=".01"/></body>
          {wall}
        </worldbody></mujoco>""")
    for camera in (*CAMERAS.values(), *extra):
        add_camera(spec, camera, hand="gripper")
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def _see(model: Any, data: Any, camera: str = "front") -> float:
    geoms = body_geoms(model, "box")
    return visibility(model, data, camera, sample_points(model, data, geoms), geoms, SIZE)


def test_the_rig_is_complete() -> None:
    assert tuple(CAMERAS) == ("front", "left", "right", "wrist")
    assert CAMERAS["left"].pos[1] > 0 > CAMERAS["right"].pos[1]


@pytest.mark.parametrize("size", [SIZE, (256, 256)])
@pytest.mark.parametrize("camera", ["front", "left", "right"])
def test_fixed_cameras_see_the_whole_workspace(camera: str, size: tuple[int, int]) -> None:
    model, data = _world()
    # What stands tall and far out, the front camera sees whole only where the picture is wider than high.
    top = 0.45 if camera != "front" or size[0] > size[1] else 0.10
    corners = [(x, y, z) for x in (0.30, 0.80) for y in (-0.35, 0.35) for z in (0.0, top)]
    pixels, depth = project(corners, intrinsics(model, camera, size), extrinsics(model, data, camera))
    assert (depth > 0.3).all()
    assert ((pixels > 0) & (pixels < size)).all()


@pytest.mark.parametrize("camera", ["left", "right"])
def test_shoulder_cameras_see_what_faces_the_robot(camera: str) -> None:
    model, data = _world(wall='<geom type="box" size=".1 .2 .15" pos=".75 0 .15"/>')
    front_face = [(0.6499, y, z) for y in (-0.18, 0.0, 0.18) for z in (0.05, 0.15, 0.28)]
    assert visibility(model, data, camera, front_face, (), SIZE) == 1.0
    assert visibility(model, data, "front", front_face, (), SIZE) == 0.0


@pytest.mark.parametrize("camera", ["front", "left", "right"])
@pytest.mark.parametrize("robot", ROBOTS.names())
def test_the_resting_arm_hides_little_of_the_table(robot: str, camera: str) -> None:
    arms = ROBOTS.build(robot).arms
    spec = mujoco.MjSpec()
    for arm in arms:
        arm.build(spec)
    add_camera(spec, CAMERAS[camera])
    model = spec.compile()
    data = mujoco.MjData(model)
    for arm in arms:
        for joint, angle in zip(arm.arm_joints, arm.home, strict=True):
            data.joint(joint).qpos[:] = angle
    mujoco.mj_forward(model, data)
    points = [(x, y, 0.02) for x in np.linspace(0.30, 0.80, 21) for y in np.linspace(-0.35, 0.35, 29)]
    # The arms of a pair stand beside the table's middle, one of them before each shoulder camera.
    assert visibility(model, data, camera, points, (), SIZE) > (0.98 if len(arms) == 1 else 0.8)


def test_the_wrist_camera_sees_the_fingertips() -> None:
    model, data = _world()
    tip = data.body("gripper").xpos + data.body("gripper").xmat.reshape(3, 3) @ (0, 0, 0.1034)
    pixels, depth = project(tip, intrinsics(model, "wrist", (256, 256)), extrinsics(model, data, "wrist"))
    assert 0.05 < depth[0] < 0.2
    assert ((pixels > 0) & (pixels < 256)).all()


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=list(CAMERAS))
def test_cameras_look_at_their_target_with_up_upwards(camera: CameraSpec) -> None:
    model, data = _world()
    body = data.body("gripper" if camera.body == "hand" else "world")
    rotation = body.xmat.reshape(3, 3)
    above = np.add(camera.target, np.multiply(camera.up, 0.01))
    points = np.array([camera.target, above]) @ rotation.T + body.xpos
    pixels, depth = project(points, intrinsics(model, camera.name, SIZE), extrinsics(model, data, camera.name))
    np.testing.assert_allclose(pixels[0], ((SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2), atol=1e-6)
    assert depth[0] == pytest.approx(np.linalg.norm(np.subtract(camera.pos, camera.target)))
    assert pixels[1, 0] == pytest.approx(pixels[0, 0], abs=1e-6)
    assert pixels[1, 1] < pixels[0, 1]


def test_camera_axes_follow_opencv() -> None:
    model, data = _world(CameraSpec("straight", pos=(0, 0, 1), target=(1, 0, 1)))
    pose = extrinsics(model, data, "straight")
    np.testing.assert_allclose(pose[:3, :3].T, [[0, -1, 0], [0, 0, -1], [1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(pose[:3, 3], (0, 0, 1))


@given(
    column=st.floats(0, SIZE[0]),
    row=st.floats(0, SIZE[1]),
    depth=st.floats(0.01, 10),
    camera=st.sampled_from(sorted(CAMERAS)),
)
def test_projection_is_undone_by_the_inverse(column: float, row: float, depth: float, camera: str) -> None:
    model, data = _world()
    k, pose = intrinsics(model, camera, SIZE), extrinsics(model, data, camera)
    point = pose[:3, :3] @ (np.linalg.inv(k) @ (column, row, 1.0) * depth) + pose[:3, 3]
    pixels, depths = project(point, k, pose)
    np.testing.assert_allclose(pixels[0], (column, row), atol=1e-6)
    assert depths[0] == pytest.approx(depth)


def test_points_behind_the_camera_have_no_pixel() -> None:
    model, data = _world()
    pixels, depth = project([(3, 0, 1)], intrinsics(model, "front", SIZE), extrinsics(model, data, "front"))
    assert depth[0] < 0
    assert np.isnan(pixels).all()


def test_field_of_view_spans_the_height() -> None:
    model, _ = _world(CameraSpec("right_angle", pos=(1, 0, 1), target=(0, 0, 0), fovy_deg=90))
    k = intrinsics(model, "right_angle", SIZE)
    np.testing.assert_allclose(k, [[120, 0, 159.5], [0, 120, 119.5], [0, 0, 1]])


def test_unknown_names_are_told() -> None:
    model, data = _world()
    with pytest.raises(UnknownNameError, match="front"):
        intrinsics(model, "fron", SIZE)
    with pytest.raises(UnknownNameError, match="box"):
        body_geoms(model, "bos")
    with pytest.raises(UnknownNameError, match="hand"):
        add_camera(mujoco.MjSpec(), CAMERAS["wrist"])
    with pytest.raises(UnknownNameError, match="wrist"):
        extrinsics(model, data, "wirst")


def test_body_geoms_take_in_what_hangs_below_and_leave_out_collision_shapes() -> None:
    model, _ = _world()
    assert {model.geom(i).name for i in body_geoms(model, "box")} == {"box", "knob"}
    assert {model.geom(i).name for i in body_geoms(model, "knob")} == {"knob"}


def test_sample_points_lie_in_their_geoms() -> None:
    model, data = _world()
    data.joint(0).qpos[3:] = (0.9, 0.3, 0.3, 0.1)
    mujoco.mj_forward(model, data)
    points = sample_points(model, data, (model.geom("box").id,))
    local = (points - data.geom("box").xpos) @ data.geom("box").xmat.reshape(3, 3)
    assert points.shape == (9, 3)
    np.testing.assert_allclose(np.abs(local).max(), 0.04)
    np.testing.assert_allclose(local.mean(axis=0), 0, atol=1e-12)


def test_an_object_in_the_open_is_seen_whole_also_through_itself() -> None:
    assert _see(*_world()) == 1.0


def test_a_wall_hides_what_is_behind_it() -> None:
    model, data = _world(wall='<geom name="wall" type="box" size=".01 .5 .5" pos=".8 0 .3"/>')
    assert _see(model, data) == 0.0
    assert _see(model, data, "wrist") > 0


def test_a_wall_half_way_hides_half() -> None:
    model, data = _world(wall='<geom name="wall" type="box" size=".01 .5 .5" pos=".8 .5 .3"/>')
    assert 0.3 < _see(model, data) < 0.7


def test_collision_shapes_hide_nothing() -> None:
    assert _see(*_world(wall='<geom name="wall" type="box" size=".01 .5 .5" pos=".8 0 .3" group="3"/>')) == 1.0


def test_what_is_outside_the_image_is_not_seen() -> None:
    model, data = _world()
    data.joint(0).qpos[:3] = (0.5, 3.0, 0.05)
    mujoco.mj_forward(model, data)
    assert _see(model, data) == 0.0
    data.joint(0).qpos[:3] = (3.0, 0.0, 0.6)
    mujoco.mj_forward(model, data)
    assert _see(model, data) == 0.0
    assert visibility(model, data, "front", np.empty((0, 3)), (0,)) == 0.0
