import numpy as np
import pytest

from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Pose
from failgym.sim.entities import Block
from failgym.sim.entities.tool import LOWEST, Broom, Rake
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World

pytestmark = pytest.mark.nogl

TOOLS = {"rake": Rake(), "broom": Broom()}


@pytest.fixture(scope="module")
def world():
    return World(ROBOTS.build("panda"), (*TOOLS.values(), Block("cube")))


def standing(world, name, turn=0.0):
    world.clear()
    world.add(name, name, (0.5, 0.1, TOOLS[name].height / 2), quat_about_z(turn).tolist())
    world.add("cube", "cube", (0.5, -0.3, 0.02))
    world.begin()
    return world.pose(name)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_stands_where_it_is_put(world, name):
    before = standing(world, name, 0.4)
    for step in range(20):
        world.advance(step)
    after = world.pose(name)
    np.testing.assert_allclose(after.position, before.position, atol=1e-3)
    np.testing.assert_allclose(after.quat_wxyz, before.quat_wxyz, atol=1e-3)


@pytest.mark.parametrize("name", TOOLS)
def test_the_edge_is_on_the_table_and_the_hand_above_it(world, name):
    pose = standing(world, name, -0.7)
    tip = pose.position + rotate(pose.quat_wxyz, TOOLS[name].describe(name).tip)
    assert abs(tip[2]) < 1e-9
    for grasp in world.grasps(name):
        assert grasp.position[2] > 0.05


@pytest.mark.parametrize("name", TOOLS)
def test_a_fallen_tool_is_grasped_above_the_table(name):
    lying = multiply(quat_about_z(1.0), quat_from_rotvec((np.pi / 2, 0.0, 0.0)))
    for grasp in TOOLS[name].grasps(Pose(np.array([0.5, 0.0, 0.02]), lying)):
        assert grasp.position[2] >= LOWEST


def test_a_cube_fits_under_the_stick_of_the_rake(world):
    standing(world, "rake")
    world.set_pose("cube", np.array([0.55, 0.1, 0.02]))
    world.advance(0)
    np.testing.assert_allclose(world.position("cube"), (0.55, 0.1, 0.02), atol=1e-3)
    np.testing.assert_allclose(world.position("rake")[:2], (0.5, 0.1), atol=1e-3)
