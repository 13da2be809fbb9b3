import json
import pickle
from contextlib import closing

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from failgym.envs.inject import InjectFailures
from failgym.envs.registration import make_base
from failgym.envs.rlbench.env import RLBenchEnv
from failgym.envs.rlbench.errors import SimulatorDiedError
from failgym.episodes import Status
from failgym.errors import ActionError, ConfigurationError, PlanError, UnknownNameError
from failgym.generate import Generator, replay
from failgym.loop import rollout
from failgym.perturbations import build
from failgym.plans import Subtask
from tests.helpers import run_plan, same

FAKE = "tests.envs.rlbench.fake:FakeSimulator"
ENV_ID = "FailGym/RLBench-v0"


@pytest.fixture
def opened():
    made = []

    def make(task="pick_and_lift", perturbations=None, **kwargs):
        env = RLBenchEnv(task, simulator=FAKE, **kwargs)
        made.append(env)
        return env if perturbations is None else InjectFailures(env, perturbations)

    yield make
    for env in made:
        env.close()


@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value is -?infinity:UserWarning")
@pytest.mark.filterwarnings("ignore:.*we recommend using a symmetric and normalized space:UserWarning")
@pytest.mark.parametrize("control_mode", ["keypose", "ee_delta", "joint_delta"])
def test_gymnasium_finds_no_fault(control_mode):
    pictures = {"obs_mode": "rgb+state", "image_size": (48, 40)}
    with closing(
        gym.make(f"failgym:{ENV_ID}", task="open_drawer", simulator=FAKE, control_mode=control_mode, **pictures)
    ) as env:
        check_env(env.unwrapped, skip_close_check=True)


def test_gym_make_declares_it_nondeterministic_and_cuts(monkeypatch):
    with closing(gym.make(f"failgym:{ENV_ID}", task="OpenDrawer", simulator=FAKE, max_episode_steps=3)) as env:
        assert gym.spec(ENV_ID).nondeterministic
        env.reset(seed=0)
        stay = np.concatenate([*env.unwrapped.told, [0.0]]).astype(np.float32)
        assert [env.step(stay)[3] for _ in range(3)] == [False, False, True]
        again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
        again.reset(seed=0)
        again.close()


def test_a_seed_fixes_scene_variation_and_failures(opened):
    env = opened(perturbations=["translation"])
    first = env.reset(seed=11)
    env.reset(seed=5)
    assert same(env.reset(seed=11), first)
    assert not same(env.reset(seed=12), first)
    assert same(opened(perturbations=["translation"]).reset(seed=11), first)


def test_info_is_json_and_has_the_same_keys(opened):
    env = opened("stack_blocks", ["no_close"])
    _, info = env.reset(seed=1)
    keys = set(info)
    assert {"error", "unreachable", "is_success", "instruction", "plan"} <= keys
    stay = np.concatenate([*env.unwrapped.told, [0.0]]).astype(np.float32)
    *_, terminated, truncated, info = env.step(stay)
    json.dumps(info)
    assert set(info) == keys
    assert (terminated, truncated, info["error"]) == (False, False, "")


def test_variations_are_chosen_from_those_asked_for(opened):
    env = opened("open_drawer", variations=[1])
    assert {env.reset(seed=seed)[1]["instruction"] for seed in range(4)} == {"open the middle drawer"}
    with pytest.raises(ConfigurationError, match="variations cannot be 7"):
        opened("open_drawer", variations=[7])


@pytest.mark.parametrize(
    ("argument", "given", "error"),
    [
        ("robot", "pandas", ConfigurationError),
        ("control_mode", "pose", ConfigurationError),
        ("cameras", ("fron",), UnknownNameError),
        ("obs_mode", "pixels", ConfigurationError),
        ("render_profile", "slow", ConfigurationError),
    ],
)
def test_wrong_arguments_are_named(argument, given, error):
    with pytest.raises(error, match=str(given[0] if isinstance(given, tuple) else given)):
        RLBenchEnv("open_drawer", simulator=FAKE, **{argument: given})


def test_an_unknown_task_ends_its_process():
    with pytest.raises(Exception, match="no task 'tie_shoe'"):
        RLBenchEnv("tie_shoe", simulator=FAKE)


def test_what_cannot_be_reached_is_a_normal_step(opened):
    env = opened()
    env.reset(seed=0)
    before, ticks = env.told, env.ticks
    action = np.concatenate([*env.told, [1.0]]).astype(np.float32)
    action[:3] = (-0.8, 0.8, 1.0)
    *_, terminated, truncated, info = env.step(action)
    assert info["unreachable"]
    assert not terminated
    assert not truncated
    assert env.ticks == ticks + 1
    assert env.told is before, "the hand stays where it was told to be"
    assert env.commanded_closure == 0.0, "the gripper does not act elsewhere"
    with pytest.raises(ActionError, match="not finite"):
        env.step(np.full(8, np.nan))


@pytest.mark.parametrize("control_mode", ["keypose", "ee_delta", "joint_delta"])
@pytest.mark.parametrize("task", ["pick_and_lift", "open_drawer", "push_buttons", "stack_blocks", "put_money_in_safe"])
def test_the_expert_succeeds_in_every_mode(opened, task, control_mode):
    env = opened(task, [], control_mode=control_mode)
    env.reset(seed=2)
    recorder = run_plan(env)
    assert env.unwrapped.evaluate()["success"]
    assert all(span.achieved for span in recorder.spans)


def test_success_ends_the_episode(opened):
    env = opened("open_drawer")
    env.reset(seed=0)
    run_plan(InjectFailures(env))
    stay = np.concatenate([*env.told, [1.0]]).astype(np.float32)
    _, reward, terminated, truncated, info = env.step(stay)
    assert (reward, terminated, truncated, info["is_success"]) == (1.0, True, False, True)
    assert env.render() is None


def test_a_dead_simulator_truncates_and_the_next_reset_starts_another(opened):
    env = opened("stack_blocks", [], obs_mode="rgb+state", image_size=(32, 32))
    base = env.unwrapped
    env.reset(seed=3)
    stay = np.concatenate([*base.told, [0.0]]).astype(np.float32)
    snapshot = env.snapshot()
    base.session.remote.kill()
    for _ in range(2):
        observation, reward, terminated, truncated, info = env.step(stay)
        assert (reward, terminated, truncated) == (0.0, False, True)
        assert "SIGKILL" in info["error"]
        assert env.observation_space.contains(observation)
    base.idle(5)
    with pytest.raises(SimulatorDiedError, match="nothing to keep a snapshot of"):
        env.snapshot()
    env.reset(seed=3)
    assert base.session.remote.starts == 2
    with pytest.raises(SimulatorDiedError, match="has ended since"):
        env.restore(snapshot)
    env.release(snapshot)
    *_, truncated, info = env.step(stay)
    assert (truncated, info["error"]) == (False, "")


def test_a_rollout_survives_a_death(opened):
    env = opened("pick_and_lift", [])
    base, original = env.unwrapped, RLBenchEnv.step

    def step(action):
        if base.ticks > 5:
            base.session.remote.kill()
        return original(base, action)

    base.step = step
    episode = rollout(env, seed=0)
    assert not episode.outcome.success
    assert base.error


def test_it_pickles_as_its_arguments(opened):
    env = opened("open_drawer", variations=[2])
    with closing(pickle.loads(pickle.dumps(env))) as again:
        assert again.session.remote.pid != env.session.remote.pid
        assert same(again.reset(seed=4), env.reset(seed=4))


def test_a_snapshot_holds_what_is_in_the_hand(opened):
    env = opened("stack_blocks", [])
    env.reset(seed=1)
    marks = []
    run_plan(env, after=lambda: marks.append((env.snapshot(), env.unwrapped.state_row(), env.unwrapped.scene.holding)))
    for snapshot, row, holding in reversed(marks):
        env.restore(snapshot)
        assert env.unwrapped.scene.holding == holding
        np.testing.assert_allclose(env.unwrapped.state_row(), row)


# -- failures ----------------------------------------------------------------------------------------------------------

HOLDS = [
    ("pick_and_lift", "no_close"),
    ("pick_and_lift", "translation"),
    ("pick_and_lift", "rotation"),
    ("pick_and_lift", "wrong_object"),
    ("pick_and_lift", "wrong_placement"),
    ("pick_and_lift", "slip"),
    ("pick_and_lift", "human_intervention"),
    ("open_drawer", "no_close"),
    ("open_drawer", "wrong_object"),
    ("open_drawer", "wrong_placement"),
    ("push_buttons", "wrong_object"),
    ("put_money_in_safe", "wrong_placement"),
    ("stack_blocks", "missing_subtask"),
    ("stack_blocks", "wrong_object_planned"),
]


@pytest.mark.parametrize(("task", "mode"), HOLDS)
def test_failures_fail_as_labelled_and_are_corrected(task, mode):
    with Generator(ENV_ID, task=task, simulator=FAKE) as generator:
        made = generator.triplet(mode, 0)
        if made.certificate.status is Status.NOMINAL_FAILED:
            made = generator.triplet(mode, 1)
    assert made.certificate.holds, made.certificate.reason
    assert made.certificate.replay == "outcome"
    assert made.certificate.versions["fake"] == "1"
    assert made.certificate.env_kwargs["simulator"] == FAKE, "nobody may take it for RLBench"


def test_runs_of_one_seed_share_their_nominal_run_and_are_never_bit_identical():
    with Generator(ENV_ID, task="pick_and_lift", simulator=FAKE) as generator:
        first = generator.triplet("no_close", 0).certificate
        second = generator.triplet("slip", 0).certificate
        assert first.digests["nominal"] == second.digests["nominal"]
    assert first.holds
    result = replay(first)
    assert result.matches, result.differences
    assert not result.bitwise
    assert result.certificate.digests != first.digests


def test_what_was_taken_by_mistake_is_attached(opened):
    env = opened("pick_and_lift", ["wrong_object"])
    env.reset(seed=0)
    receipt = env.injections[0]
    run_plan(env)
    other = receipt.params["object"]
    assert env.unwrapped.scene.holding == other
    assert not env.unwrapped.evaluate()["success"]
    assert np.linalg.norm(env.unwrapped.scene.position(other) - env.unwrapped.facts().positions[other]) > 0.05


def test_what_the_demonstration_does_nothing_like_is_refused(opened):
    env = opened("pick_and_lift", [])
    env.reset(seed=0)
    expert = env.unwrapped.expert()
    with pytest.raises(PlanError, match="does nothing like: open the target"):
        expert.reset(env, Subtask("open", "target"))
    with pytest.raises(PlanError, match="spoon"):
        expert.reset(env, Subtask("grasp", "spoon"))


def test_what_cannot_be_altered_is_not_applicable(opened):
    env = opened("stack_blocks", [])
    env.reset(seed=0)
    scene = env.unwrapped.scene
    with pytest.raises(ConfigurationError, match=r"friction cannot be 'target0'. Possible: camera, colour, mass"):
        scene.alter("friction", "target0", [0.1])
    with pytest.raises(Exception, match="no friction can be altered"):
        build("friction").sample(np.random.default_rng(0), env.unwrapped.facts())


def test_remaining_plan_begins_with_what_is_missing(opened):
    env = opened("stack_blocks", [], variations=[0])
    env.reset(seed=0)
    whole = env.unwrapped.plan.subtasks
    left = []
    run_plan(env, after=lambda: left.append(env.unwrapped.remaining_plan().subtasks))
    assert left == [whole[1:], whole[2:], whole[3:], ()]


def test_base_environments_do_without_a_simulator_that_is_asked_for_by_name():
    with pytest.raises(ConfigurationError, match="argument of FailGym/RLBench-v0 cannot be 'colour'"):
        make_base(ENV_ID, colour="red")
