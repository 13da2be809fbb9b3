"""What environments promise; what each native task promises is in `tests/tasks`."""

import itertools
import json
import os
import pickle
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

import failgym
from failgym.envs.registration import ENTRIES, make_base
from failgym.errors import ActionError, ConfigurationError, SeatError, UnknownNameError
from failgym.labels import Stage
from failgym.perturbations import CATALOGUE, RecordPerturbation, Slip, Translation, build
from tests.helpers import LIFT, PICK_CUBE, POINT_PICK, given, run_plan, same, shares_memory

pytestmark = pytest.mark.nogl

IDS = (POINT_PICK, PICK_CUBE, "FailGym/StackBlocks-v0", "FailGym/PutItemInDrawer-v0", LIFT)
"""One of each kind of backend and scene: every other task differs from them in its things alone."""
SMALL = (48, 40)
MODES = {
    env_id: ("ee_delta", "keypose") if env_id in (POINT_PICK, LIFT) else ("ee_delta", "joint_delta", "keypose")
    for env_id in IDS
}
OBS_MODES = {
    POINT_PICK: ("state", "state_dict", "rgb", "rgb+state"),
    PICK_CUBE: ("state", "state_dict", "rgb", "rgb+state", "rgb+depth+segmentation"),
    LIFT: ("state_dict", "rgb+state", "rgb+depth+segmentation"),
}
INFO_KEYS = {
    *(
        "instruction",
        "plan",
        "variation",
        "action_layout",
        "success",
        "is_success",
        "subtask",
        "stage",
        "events",
        "injections",
    ),
}

every = pytest.mark.parametrize("env_id", [given(env_id) for env_id in IDS])
every_mode = pytest.mark.parametrize(("env_id", "control_mode"), [given(i, mode) for i in IDS for mode in MODES[i]])
every_picture = pytest.mark.parametrize(
    ("env_id", "obs_mode"), [given(i, mode) for i in OBS_MODES for mode in OBS_MODES[i]]
)


def arguments(env_id: str, **kwargs: Any) -> dict[str, Any]:
    """Pictures that need no OpenGL, and small ones."""
    return kwargs | {"image_size": SMALL} | ({} if env_id == POINT_PICK else {"renderer": "ray"})


def make(env_id: str, **kwargs: Any) -> gym.Env[Any, Any]:
    return gym.make(f"failgym:{env_id}", **arguments(env_id, **kwargs))


def failures(control_mode: str) -> list[str]:
    """Every perturbation that actions of this mode can carry."""
    return [name for name in CATALOGUE if control_mode != "joint_delta" or not getattr(build(name), "steers", None)]


def trace(env: Any, seed: int, steps: int = 6) -> list[Any]:
    """Everything that an episode of pseudo-random actions shows."""
    actions = np.random.default_rng(seed)
    space = env.action_space
    seen = [env.reset(seed=seed)]
    for _ in range(steps):
        seen.append(env.step(actions.uniform(space.low, space.high).astype(np.float32)))
    return seen


def centre(env: gym.Env[Any, Any]) -> np.ndarray:
    space: Any = env.action_space
    return ((space.low + space.high) / 2).astype(np.float32)


# -- Gymnasium's rules -------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value is -?infinity:UserWarning")
@pytest.mark.filterwarnings("ignore:.*we recommend using a symmetric and normalized space:UserWarning")
@every_mode
def test_gymnasium_finds_no_fault(env_id, control_mode):
    check_env(make(env_id, control_mode=control_mode, obs_mode="state").unwrapped)


@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value is -?infinity:UserWarning")
@every_picture
def test_gymnasium_finds_no_fault_with_pictures(env_id, obs_mode):
    check_env(make(env_id, obs_mode=obs_mode, render_mode="rgb_array").unwrapped)


@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value is -?infinity:UserWarning")
@pytest.mark.filterwarnings("ignore:.*is different from the unwrapped version:UserWarning")
@every
def test_gymnasium_finds_no_fault_with_failures(env_id):
    check_env(make(env_id, perturbations=list(CATALOGUE)))


@pytest.mark.sb3
@pytest.mark.filterwarnings("ignore:.*we recommend you to use a symmetric and normalized Box action space:UserWarning")
@pytest.mark.parametrize(
    ("env_id", "obs_mode"), [*(given(env_id, "state") for env_id in IDS), (POINT_PICK, "rgb+state")]
)
def test_stable_baselines3_finds_no_fault(env_id, obs_mode):
    from stable_baselines3.common.env_checker import check_env as check

    check(make(env_id, obs_mode=obs_mode, perturbations=["slip"]).unwrapped)
    check(make_base(env_id, ["slip"], **arguments(env_id, obs_mode=obs_mode)))


@every
def test_metadata_declares_pictures_as_arrays_only(env_id):
    env = make(env_id, render_mode="rgb_array")
    assert env.metadata["render_modes"] == ["rgb_array"]
    assert env.metadata["render_fps"] == 20
    env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (SMALL[1], SMALL[0], 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture)) > 8
    env.close()
    env.close()


@every
def test_without_a_render_mode_nothing_is_rendered(env_id):
    env = make_base(env_id)
    env.reset(seed=0)
    assert env.render() is None


@every
def test_the_time_limit_cuts(env_id):
    env = make(env_id)
    env.reset(seed=0)
    for step in range(1, ENTRIES[env_id].max_episode_steps + 1):
        _, _, terminated, truncated, info = env.step(np.zeros(7, dtype=np.float32))
        assert not terminated
        assert truncated is (step == ENTRIES[env_id].max_episode_steps)
    assert set(info) == INFO_KEYS


# -- reset and step ----------------------------------------------------------------------------------------------------


@every_mode
def test_a_seed_fixes_the_episode(env_id, control_mode):
    first, second = (make(env_id, control_mode=control_mode, perturbations=failures(control_mode)) for _ in range(2))
    steps = 2 if control_mode == "keypose" else 6
    whole = trace(first, 11, steps)
    trace(second, 5, steps)
    assert same(whole, trace(second, 11, steps)), "what came before must not matter"
    assert same(whole, trace(first, 11, steps))
    assert not same(whole, trace(first, 12, steps))


@every
def test_resets_without_a_seed_go_on_from_the_last_one(env_id):
    first, second = make(env_id), make(env_id)
    rows = []
    for env in (first, second):
        env.reset(seed=4)
        rows.append([env.reset()[0] for _ in range(3)])
    assert same(rows[0], rows[1])
    assert not same(rows[0][0], rows[0][1])


_ACROSS = """
import sys, hashlib, pickle
sys.path.insert(0, {root!r})
from tests.envs.test_contract import CATALOGUE, make, trace
print(hashlib.sha256(repr(trace(make({env_id!r}, perturbations=list(CATALOGUE)), 3)).encode()).hexdigest())
"""


@every
def test_a_seed_fixes_the_episode_across_processes(env_id, pytestconfig):
    import hashlib

    here = hashlib.sha256(repr(trace(make(env_id, perturbations=list(CATALOGUE)), 3)).encode()).hexdigest()
    code = _ACROSS.format(root=str(pytestconfig.rootpath), env_id=env_id)
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert there.returncode == 0, there.stderr
    assert there.stdout.split() == [here]


@every_picture
def test_observations_are_what_the_space_says(env_id, obs_mode):
    env = make_base(env_id, ["slip"], **arguments(env_id, obs_mode=obs_mode))
    for observation, *_ in trace(env, 0):
        assert env.observation_space.contains(observation)
        parts = observation if isinstance(observation, dict) else {"state": observation}
        spaces = env.observation_space if isinstance(observation, dict) else {"state": env.observation_space}
        for key, part in parts.items():
            assert part.dtype == spaces[key].dtype
            if part.dtype == np.uint8:
                assert part.shape == (SMALL[1], SMALL[0], 3)


@every_picture
def test_results_share_no_memory(env_id, obs_mode):
    env = make(env_id, obs_mode=obs_mode, perturbations=list(CATALOGUE))
    seen = trace(env, 0, steps=3) + trace(env, 0, steps=1)
    for earlier, later in itertools.combinations([(result[0], result[-1]) for result in seen], 2):
        assert not shares_memory(earlier, later)


@every
def test_spoiling_results_does_not_spoil_the_episode(env_id):
    clean, spoiled = (make(env_id, perturbations=list(CATALOGUE)) for _ in range(2))
    reference = trace(clean, 9)
    actions = np.random.default_rng(9)
    space: Any = spoiled.action_space
    result = spoiled.reset(seed=9)
    for expected in reference[1:]:
        result[0][...] = np.nan
        for injection in result[-1]["injections"]:
            injection["params"].clear()
        result[-1].clear()
        result = spoiled.step(actions.uniform(space.low, space.high).astype(np.float32))
        assert same(result, expected)


@every_mode
def test_info_has_the_same_keys_and_types_always(env_id, control_mode):
    infos = [result[-1] for result in trace(make(env_id, control_mode=control_mode, perturbations=["slip"]), 2)]
    for info in infos:
        assert set(info) == INFO_KEYS
        assert {key: type(value) for key, value in info.items()} == {
            key: type(value) for key, value in infos[0].items()
        }
        assert info["success"] is info["is_success"]
        assert info["action_layout"] == control_mode
        assert Stage(info["stage"])
        assert info["plan"].startswith("1. ")
        json.dumps(info)
    assert [injection["name"] for injection in infos[0]["injections"]] == ["slip"]


@every
def test_reports_success_in_the_last_step(env_id):
    env = make_base(env_id, control_mode="keypose", reward_mode="sparse")
    env.reset(seed=1)
    run_plan(env)
    _, reward, terminated, truncated, info = env.step(
        np.r_[np.concatenate(env.unwrapped.scene.hand().target), env.unwrapped.commanded_closure]
    )
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["success"] is True
    assert env.unwrapped.evaluate()["success"]


@every
def test_dense_rewards_rise_to_one(env_id):
    env = make_base(env_id, reward_mode="dense")
    env.reset(seed=1)
    base = env.unwrapped
    rewards, original = [], base.step

    def step(action):
        result = original(action)
        rewards.append(result[1])
        return result

    base.step = step
    run_plan(env)
    assert all(0.0 <= reward <= 1.0 for reward in rewards)
    assert rewards[0] < 0.5
    assert rewards[-1] > 0.95
    assert len({round(reward, 3) for reward in rewards}) > 15


# -- actions that cannot be executed -----------------------------------------------------------------------------------


@every_mode
@pytest.mark.filterwarnings("ignore:.*was not within the:UserWarning")
def test_wrong_actions_are_refused_and_change_nothing(env_id, control_mode):
    env = make_base(env_id, ["slip"], control_mode=control_mode)
    env.reset(seed=0)
    good = centre(env)
    before = env.unwrapped.state_bytes(), env.unwrapped.ticks
    for spoil, words in (
        (np.nan, "not finite"),
        (np.inf, "not finite"),
        (env.action_space.high[0] + 0.01, "out of range"),
    ):
        bad = good.copy()
        bad[0] = spoil
        with pytest.raises(ActionError, match=words):
            env.step(bad)
    for bad in (good[:-1], np.append(good, 0), good[None], np.float32(0), []):
        with pytest.raises(ActionError, match=f"wrong shape.*{control_mode}"):
            env.step(bad)
    assert (env.unwrapped.state_bytes(), env.unwrapped.ticks) == before
    env.step(good)


@every_mode
def test_the_whole_action_space_is_accepted(env_id, control_mode):
    env = make_base(env_id, control_mode=control_mode)
    env.reset(seed=0)
    env.step(env.action_space.low)
    env.step(env.action_space.high)
    env.step(env.action_space.high.astype(np.float64))
    assert np.isfinite(env.unwrapped.state_row()).all()


# -- snapshots ---------------------------------------------------------------------------------------------------------


@every_mode
def test_a_snapshot_continues_bit_for_bit(env_id, control_mode):
    env = make_base(env_id, failures(control_mode), control_mode=control_mode)
    env.reset(seed=6)
    env.action_space.seed(6)
    actions = [env.action_space.sample() for _ in range(30 if control_mode != "keypose" else 4)]
    half = len(actions) // 2
    for action in actions[:half]:
        env.step(action)
    snapshot = env.snapshot()
    straight = [(env.step(action), env.unwrapped.state_bytes()) for action in actions[half:]]
    for _ in range(2):
        env.restore(snapshot)
        assert same([(env.step(action), env.unwrapped.state_bytes()) for action in actions[half:]], straight)
    env.reset(seed=7)
    env.restore(snapshot)
    env.release(snapshot)


@every
def test_a_snapshot_forks_in_the_middle_of_a_grasp(env_id):
    env = make_base(env_id, ["translation"])
    env.reset(seed=2)
    run_plan(env)
    end = env.unwrapped.state_bytes(), env.injections
    env.reset(seed=2)
    snapshot = env.snapshot()
    for _ in range(2):
        env.restore(snapshot)
        run_plan(env)
        assert (env.unwrapped.state_bytes(), env.injections) == end


# -- specs -------------------------------------------------------------------------------------------------------------

MIXED = ["delay_close", {"name": "weak_close", "fraction": [0.85, 0.9]}, Translation(distance=(0.05, 0.055))]
FORMS = {"mixed": MIXED, "name": "slip", "instance": Slip(), "mapping": {"name": "slip", "delay_steps": [1, 2]}}


@every
@pytest.mark.parametrize("form", [*FORMS, "one_of"])
def test_the_spec_builds_the_same_environment_again(env_id, form):
    perturbations = failgym.one_of(*MIXED) if form == "one_of" else FORMS[form]
    env = make(env_id, perturbations=perturbations, control_mode="ee_delta", cameras=("front",))
    text = env.spec.to_json()
    assert json.loads(text)["kwargs"]["image_size"] == list(SMALL)
    reference = [trace(env, seed, steps=2) for seed in (0, 1)]
    for spec in (EnvSpec.from_json(text), env.spec):
        again = gym.make(spec)
        assert str(again) == str(env), "the wrappers must be there once"
        assert same([trace(again, seed, steps=2) for seed in (0, 1)], reference)
        assert again.spec.to_json() == text


def test_further_wrappers_are_part_of_the_spec():
    env = gym.wrappers.FlattenObservation(make(POINT_PICK, perturbations=[Slip()], obs_mode="state_dict"))
    again = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert isinstance(again, gym.wrappers.FlattenObservation)
    assert same(trace(again, 0), trace(env, 0))


@every
def test_pickles(env_id):
    env = make(env_id, perturbations=MIXED)
    trace(env, 1)
    assert same(trace(pickle.loads(pickle.dumps(env)), 3), trace(env, 3))


# -- vectors -----------------------------------------------------------------------------------------------------------


def vector_trace(env: Any) -> list[Any]:
    seen = [env.reset(seed=3)]
    seen += [env.step(np.full(env.action_space.shape, 0.01, dtype=np.float32)) for _ in range(3)]
    env.close()
    return seen


def check_vector(seen: list[Any], env_id: str) -> None:
    for index, seed in enumerate((3, 4)):
        env = make(env_id, perturbations=["translation"])
        observation, info = env.reset(seed=seed)
        for step, found in enumerate(seen):
            assert same(found[0][index], observation), step
            assert found[-1]["instruction"][index] == info["instruction"]
            assert found[-1]["injections"][index] == info["injections"]
            observation, *_, info = env.step(np.full(env.action_space.shape, 0.01, dtype=np.float32))


@every
def test_steps_as_a_vector_in_this_process(env_id):
    env = failgym.make_vec(
        f"failgym:{env_id}", 2, asynchronous=False, **arguments(env_id, perturbations=["translation"])
    )
    check_vector(vector_trace(env), env_id)


@pytest.mark.parametrize("env_id", [given(env_id) for env_id in (POINT_PICK, PICK_CUBE, LIFT)])
def test_steps_as_a_vector_of_clean_processes(env_id):
    env = failgym.make_vec(env_id, 2, **arguments(env_id, perturbations=[Translation()]))
    check_vector(vector_trace(env), env_id)


def test_steps_as_a_vector_of_spawned_processes():
    env = gym.make_vec(
        f"failgym:{POINT_PICK}",
        2,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        **arguments(POINT_PICK, perturbations=["translation"]),
    )
    check_vector(vector_trace(env), POINT_PICK)


@pytest.mark.filterwarnings(
    "ignore:.*ERROR. (Received the following error|Traceback|Raising the last exception):UserWarning"
)
def test_a_worker_passes_its_error_on():
    env = failgym.make_vec(POINT_PICK, 1)
    env.reset(seed=0)
    with pytest.raises(ActionError, match="not finite"):
        env.step(np.full((1, 7), np.nan, dtype=np.float32))
    env.close(terminate=True)


# -- wrong arguments ---------------------------------------------------------------------------------------------------


def test_an_unknown_environment_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'FailGym/PickCube-v0'"):
        make_base("FailGym/PickCubes-v0")
    with pytest.raises(UnknownNameError, match="Did you mean 'FailGym/PointPick-v0'"):
        failgym.make_vec("failgym:FailGym/PointPick-v1", 2)
    with pytest.raises(gym.error.NameNotFound):
        gym.make("FailGym/PickCubes-v0")


@every
@pytest.mark.parametrize(
    ("argument", "given", "error", "words"),
    [
        ("control_mode", "ee_deltas", ConfigurationError, "control_mode cannot be 'ee_deltas'.*ee_delta, "),
        ("obs_mode", "pixels", ConfigurationError, "obs_mode cannot be 'pixels'.*state, state_dict, rgb"),
        ("reward_mode", "shaped", ConfigurationError, "reward_mode cannot be 'shaped'.*sparse, dense"),
        ("cameras", ("fron",), UnknownNameError, "no camera named 'fron'.*Did you mean 'front'"),
        ("image_size", (64,), ConfigurationError, "image_size"),
        ("image_size", (0, 64), ConfigurationError, "image_size"),
        ("image_size", (64, 5000), ConfigurationError, "image_size"),
        ("image_size", "big", ConfigurationError, "image_size"),
        ("perturbations", ["slipp"], UnknownNameError, "no perturbation named 'slipp'.*Did you mean 'slip'"),
        ("perturbations", [3], ConfigurationError, "perturbations cannot be 3"),
        ("colour", "red", ConfigurationError, "argument of FailGym/.* cannot be 'colour'.*control_mode"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_wrong_arguments_are_named(env_id, argument, given, error, words):
    with pytest.raises(error, match=words):
        make_base(env_id, **{argument: given})


@pytest.mark.parametrize("env_id", [env_id for env_id in IDS if "joint_delta" in MODES[env_id]])
def test_an_unknown_robot_and_a_task_are_refused(env_id):
    with pytest.raises(UnknownNameError, match=r"no robot named 'pandas'.*Did you mean 'panda'"):
        make_base(env_id, robot="pandas")
    with pytest.raises(ConfigurationError, match="'task'"):
        make_base(env_id, task="PickCube")


@every
@pytest.mark.filterwarnings("ignore:.*is not in the possible render_modes:UserWarning")
def test_an_unknown_render_mode_is_refused(env_id):
    with pytest.raises(ConfigurationError, match="render_mode cannot be 'ascii'"):
        make(env_id, render_mode="ascii")


@every
@pytest.mark.parametrize("obs_mode", ["rgb", "rgb+state"])
def test_pictures_need_a_camera(env_id, obs_mode):
    with pytest.raises(ConfigurationError, match="cameras"):
        make_base(env_id, obs_mode=obs_mode, cameras=())


@pytest.mark.parametrize("env_id", [env_id for env_id in IDS if "joint_delta" in MODES[env_id]])
@pytest.mark.parametrize(
    ("name", "what"), [("translation", "position"), ("wrong_object", "position"), ("rotation", "rotation")]
)
def test_joint_actions_cannot_carry_a_cartesian_failure(env_id, name, what):
    with pytest.raises(ConfigurationError, match=f"'joint_delta'.*'{name}'.*Cartesian {what}: ee_delta, keypose"):
        make_base(env_id, failgym.maybe(name, 0.5), control_mode="joint_delta")


@every
def test_a_seat_that_is_not_served_is_refused(env_id, monkeypatch):
    class Relabel(RecordPerturbation):
        name = "relabel"

        def sample(self, rng, facts): ...
        def fix(self, params): ...
        def signature(self, failed, nominal, params): ...
        def perturb(self, episode, params): ...

    with pytest.raises(SeatError, match="'relabel' acts at the record seat"):
        make_base(env_id, [Relabel()])
    monkeypatch.setattr(type(make_base(env_id).unwrapped), "seats", ("plan", "record"))
    with pytest.raises(SeatError, match=r"'slip' acts at the action seat.*serves: plan, record"):
        make_base(env_id, ["slip"])
    make_base(env_id, ["wrong_order"])
