"""Figures with robosuite's meshes: another look, the same physics."""

import sys
from typing import Any

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from failgym.errors import ConfigurationError, MissingExtraError
from failgym.sim.arena import build_arena
from failgym.sim.cameras import CameraSpec, add_camera
from failgym.sim.render.ray import RayRenderer
from failgym.sim.robots import ROBOTS, RobotModel
from failgym.sim.robots.meshes import dress
from failgym.sim.robots.robot import VISUAL_GROUP

DRESSED = ("panda", "ur5e")
INERTIAL = ("body_mass", "body_inertia", "body_ipos", "body_iquat", "body_subtreemass", "dof_M0", "jnt_range")


def _compiled(arm: RobotModel, *, visual: str) -> Any:
    spec = mujoco.MjSpec()
    build_arena(spec)
    arm.build(spec)
    block = spec.worldbody.add_body(name="block", pos=[0.47, 0.0, 0.11])
    block.add_freejoint()
    block.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.025, 0.025, 0.11], mass=0.1)
    add_camera(spec, CameraSpec("front", pos=(1.6, 0.6, 0.9), target=(0.2, 0.0, 0.4), fovy_deg=45.0))
    if visual == "mesh":
        dress(spec, arm)
    return spec.compile()


def _rollout(model: Any, arm: RobotModel) -> NDArray[np.float64]:
    """Positions while the arm comes down on the block, knocks it over and swings away with closing fingers."""
    data = mujoco.MjData(model)
    servos = [model.actuator(name).id for name in arm.arm_actuators]
    fingers = [model.actuator(name).id for name in arm.finger_actuators]
    for joint, angle in zip(arm.arm_joints, arm.home, strict=True):
        data.joint(joint).qpos[:] = angle
    rows = []
    for step in range(600):
        swing = step / 200
        data.ctrl[servos] = arm.home
        data.ctrl[servos[1]] += 0.35 * min(swing, 1.0)
        data.ctrl[servos[0]] += 0.3 * max(0.0, swing - 1.5)
        data.ctrl[fingers] = 0.04 * max(0.0, 1.0 - swing / 2)
        mujoco.mj_step(model, data)
        rows.append(np.concatenate([data.qpos, data.qvel]))
    return np.array(rows)


def _silhouettes(model: Any, arm: RobotModel, poses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(poses, H, W) where a camera sees the arm in each pose."""
    data = mujoco.MjData(model)
    robot = np.array([model.body_rootid[body] == model.body(arm.base_body).id for body in model.geom_bodyid])
    seen = []
    for joints in poses:
        for name, angle in zip(arm.arm_joints, joints, strict=True):
            data.joint(name).qpos[:] = angle
        mujoco.mj_forward(model, data)
        ids = RayRenderer().segmentation(model, data, "front", (96, 96))
        seen.append(robot[ids] & (ids >= 0))
    return np.array(seen)


@pytest.mark.nogl
def test_a_missing_robosuite_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "robosuite", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'failgym\[robosuite\]'"):
        _compiled(ROBOTS.build("panda"), visual="mesh")


@pytest.mark.nogl
def test_another_robosuite_is_told_from_the_known_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.delitem(sys.modules, "robosuite", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    assets = tmp_path / "robosuite" / "models" / "assets"
    (assets / "robots" / "panda").mkdir(parents=True)
    (tmp_path / "robosuite" / "__init__.py").write_text("raise ImportError('must not be imported')")
    with pytest.raises(ConfigurationError, match=r"robot\.xml has no meshes of link0"):
        _compiled(ROBOTS.build("panda"), visual="mesh")
    (assets / "robots" / "panda" / "robot.xml").write_text(
        '<mujoco model="panda"><asset><mesh name="a" file="a.stl"/></asset><worldbody><body name="link0">'
        '<geom type="mesh" mesh="a" contype="0" conaffinity="0"/></body></worldbody></mujoco>'
    )
    with pytest.raises(ConfigurationError, match=r"robot\.xml has no meshes of link0"):
        _compiled(ROBOTS.build("panda"), visual="mesh")


@pytest.mark.nogl
def test_robots_without_meshes_are_told_which_have_some() -> None:
    import dataclasses

    home_made = dataclasses.replace(ROBOTS.build("panda"), name="home_made")
    with pytest.raises(ConfigurationError, match="panda, ur5e"):
        _compiled(home_made, visual="mesh")


@pytest.mark.nogl
@pytest.mark.robosuite
@pytest.mark.parametrize("robot", DRESSED)
def test_a_rollout_is_the_same_to_the_last_bit(robot: str) -> None:
    arm = ROBOTS.build(robot)
    plain, dressed = _compiled(arm, visual="shells"), _compiled(arm, visual="mesh")
    assert dressed.nmesh > 10
    for name in INERTIAL:
        np.testing.assert_array_equal(getattr(dressed, name), getattr(plain, name), err_msg=name)
    before, after = _rollout(plain, arm), _rollout(dressed, arm)
    block = plain.joint(plain.body("block").jntadr[0]).qposadr[0]
    assert np.ptp(before[:, block : block + 3], axis=0).max() > 0.02, "the arm must touch something"
    np.testing.assert_array_equal(after, before)


@pytest.mark.nogl
@pytest.mark.robosuite
@pytest.mark.parametrize("robot", DRESSED)
def test_dressed_arms_have_the_outline_of_the_shells(robot: str) -> None:
    arm = ROBOTS.build(robot)
    turns = np.random.default_rng(0).uniform(-0.6, 0.6, (6, len(arm.home)))
    plain, dressed = (
        _silhouettes(_compiled(arm, visual=visual), arm, arm.home + turns) for visual in ("shells", "mesh")
    )
    overlap = (plain & dressed).sum(axis=(1, 2)) / (plain | dressed).sum(axis=(1, 2))
    assert (overlap > 0.8).all()


@pytest.mark.nogl
@pytest.mark.robosuite
@pytest.mark.parametrize("robot", DRESSED)
def test_meshes_are_drawn_and_never_collide(robot: str) -> None:
    model = _compiled(ROBOTS.build(robot), visual="mesh")
    meshes = model.geom_type == int(mujoco.mjtGeom.mjGEOM_MESH)
    assert not model.geom_contype[meshes].any()
    assert not model.geom_conaffinity[meshes].any()
    assert (model.geom_group[meshes] == VISUAL_GROUP).all()
