import numpy as np
import pytest

from failgym.agents import WaypointExpert
from failgym.envs.registration import make_base
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import quat_about_z

pytestmark = pytest.mark.nogl


@pytest.fixture(scope="module")
def sliding():
    return make_base("FailGym/SlideBlockToTarget-v0", control_mode="keypose")


def pushed(env, subtask):
    """The directions of the straight pushes that the expert plans."""
    expert = WaypointExpert()
    expert.reset(env, subtask)
    ways, before = [], None
    while (action := expert.act(None)) is not None:
        if expert.stage is Stage.TRANSPORT and before is Stage.PRE_GRASP:
            start = env.unwrapped.scene.hand().pose.position
        if expert.stage is Stage.RETREAT and before is Stage.TRANSPORT:
            way = env.unwrapped.scene.hand().pose.position - start
            ways.append(way / np.linalg.norm(way))
        before = expert.stage
        env.step(action)
    return ways


@pytest.mark.parametrize(("askew", "pushes"), [(0.0, 1), (0.2, 1), (0.6, 2)])
def test_a_block_is_pushed_across_its_faces(sliding, askew, pushes):
    base = sliding.unwrapped
    sliding.reset(seed=1)
    (step,) = base.plan.subtasks
    goal = base.scene.position(step.target).copy()
    start = np.array([0.5, 0.0, 0.022])
    heading = np.arctan2(*(goal - start)[1::-1])
    base.scene.set_pose(step.object, start, quat_about_z(heading + askew))
    ways = pushed(sliding, step)
    assert len(ways) == pushes
    if pushes == 2:
        assert abs(ways[0] @ ways[1]) < 0.1
    assert base.achieved(step)


def test_without_a_tool_in_the_hand_a_drag_moves_nothing():
    env = make_base("FailGym/ReachAndDrag-v0", control_mode="keypose")
    base = env.unwrapped
    env.reset(seed=3)
    drag = base.plan.subtasks[-1]
    assert drag == Subtask("drag", "cube", "to", drag.target)
    before = base.scene.position("cube").copy()
    expert = WaypointExpert()
    expert.reset(env, drag)
    while (action := expert.act(None)) is not None:
        env.step(action)
    np.testing.assert_allclose(base.scene.position("cube"), before, atol=0.003)
