import numpy as np
import pytest

from failgym.agents import ReplayPolicy, run_subtask
from failgym.envs.registration import make_base
from failgym.episodes import Outcome, Recorder, blank
from failgym.errors import ConfigurationError
from failgym.plans import Subtask
from tests.helpers import PICK_CUBE, POINT_PICK, run_plan

pytestmark = pytest.mark.nogl


def record(env, seed):
    env.reset(seed=seed)
    base = env.unwrapped
    recorder = run_plan(env)
    return recorder.finish(blank("id", {}, seed, base.plan, base.state_names), Outcome(True))


def repeat(env, episode, first=0):
    base, policy, recorder = env.unwrapped, ReplayPolicy(episode, first), Recorder(None, boundaries=False)
    base.recorder = recorder
    for index, subtask in list(enumerate(base.plan.subtasks))[first:]:
        run_subtask(env, policy, recorder, (index, 0, subtask))
    base.idle(10)
    base.recorder = None
    return recorder


@pytest.mark.parametrize("env_id", [POINT_PICK, PICK_CUBE])
@pytest.mark.parametrize("control_mode", ["ee_delta"])
def test_repeats_an_episode_bit_for_bit(env_id, control_mode):
    env = make_base(env_id, control_mode=control_mode)
    episode = record(env, 2)
    env.reset(seed=2)
    again = repeat(env, episode)
    assert again._digest.hexdigest() == episode.digest
    assert [span.stages for span in again.spans] == [span.stages for span in episode.spans]


def test_repeats_whatever_the_scene_looks_like():
    env = make_base(POINT_PICK)
    episode = record(env, 2)
    env.reset(seed=2)
    base = env.unwrapped
    base.world.set_pose(base.target, base.world.pose(base.target).position + np.array([0.1, 0, 0]))
    again = repeat(env, episode)
    assert np.array_equal(again.told, episode.arrays["action_told"])
    assert not base.evaluate()["success"]


def test_another_subtask_than_the_recorded_one_is_refused():
    env = make_base(POINT_PICK)
    episode = record(env, 2)
    policy = ReplayPolicy(episode)
    with pytest.raises(ConfigurationError, match="the recorded one at index 0: grasp the"):
        policy.reset(env, Subtask("lift", env.unwrapped.target))
    with pytest.raises(ConfigurationError, match="nothing"):
        ReplayPolicy(episode, first=5).reset(env, Subtask("lift", env.unwrapped.target))
