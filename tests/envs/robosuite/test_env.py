"""What robosuite's environments promise beside the contract of `tests/envs/test_contract.py`."""

import os
import random  # noqa: TID251 - robosuite may draw from it
import subprocess
import sys

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from failgym.envs.registration import ENTRIES, make_base
from failgym.errors import ConfigurationError, MissingExtraError, UnknownNameError
from failgym.tasks.robosuite.index import SUITED
from tests.helpers import LIFT, run_plan, same

ANY = "FailGym/Robosuite-v0"
FULL = int(mujoco.mjtState.mjSTATE_INTEGRATION)

suite = pytest.mark.robosuite
every_task = pytest.mark.parametrize("task", list(SUITED))


def physics(env):
    """All that decides the future of physics: state, controls, warm start, and the model that resets alter."""
    model, data = env.unwrapped.world.model, env.unwrapped.world.data
    state = np.empty(mujoco.mj_stateSize(model, FULL))
    mujoco.mj_getState(model, data, state, FULL)
    altered = ("geom_friction", "geom_size", "geom_rgba", "body_mass", "body_pos", "body_quat", "site_pos", "cam_pos")
    return state.tobytes(), *(getattr(model, name).tobytes() for name in altered)


def steps(env, seed, count=20):
    """Take pseudo-random actions; return everything they show, and physics."""
    actions, space = np.random.default_rng(seed), env.action_space
    return [(env.step(actions.uniform(space.low, space.high).astype(np.float32)), physics(env)) for _ in range(count)]


def seed_everybody(seed):
    """Seed the generators that belong to nobody: an environment neither follows nor advances them."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002, TID251


def everybodys_state():
    return random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002


# -- making one --------------------------------------------------------------------------------------------------------


@suite
def test_both_ids_make_the_same_environment():
    named = gym.make(f"failgym:{LIFT}", robots="UR5e")
    general = gym.make(f"failgym:{ANY}", task="Lift", robots=["UR5e"])
    assert same(named.reset(seed=3), general.reset(seed=3))
    assert named.unwrapped.world.robot.name == "UR5e"
    assert named.spec.max_episode_steps < general.spec.max_episode_steps


def test_every_task_has_an_id():
    for task, entry in SUITED.items():
        assert ENTRIES[f"FailGym/Robosuite.{task}-v0"].max_episode_steps == entry.max_steps
        assert ENTRIES[f"FailGym/Robosuite.{task}-v0"].kwargs == {"task": task}


@suite
@pytest.mark.parametrize(
    ("env_id", "arguments", "error", "words"),
    [
        (ANY, {"task": "Lifts"}, UnknownNameError, "no robosuite task named 'Lifts'.*Did you mean 'Lift'"),
        (LIFT, {"task": "Stack"}, ConfigurationError, "argument of FailGym/Robosuite.Lift-v0 cannot be 'task'"),
        (LIFT, {"robot": "Panda"}, ConfigurationError, "cannot be 'robot'.*robots, "),
        (LIFT, {"robots": "Pandas"}, UnknownNameError, "no robosuite robot named 'Pandas'.*Did you mean 'Panda'"),
        (LIFT, {"robots": ["Panda", "UR5e"]}, ConfigurationError, "robots of Lift cannot be .*Possible: 1 "),
        (LIFT, {"robots": ["Panda"] * 3}, ConfigurationError, "robots of Lift cannot be .*Possible: 1 "),
        (LIFT, {"robots": []}, ConfigurationError, "robots of Lift cannot be .*Possible: 1 "),
        (LIFT, {"control_mode": "joint_delta"}, ConfigurationError, "'joint_delta'.*Possible: ee_delta, keypose"),
        (LIFT, {"cameras": ["agentviews"]}, UnknownNameError, "'agentviews'.*Did you mean 'agentview'"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_wrong_arguments_are_named(env_id, arguments, error, words):
    with pytest.raises(error, match=words):
        make_base(env_id, **arguments)


@suite
@pytest.mark.parametrize("count", [1, 3])
def test_a_pair_is_two_robots(count):
    env = make_base("FailGym/Robosuite.TwoArmLift-v0", robots=["Panda"] * 2)
    assert env.action_space.shape == (14,)
    if count == 3:
        with pytest.raises(ConfigurationError, match="Possible: 2 "):
            make_base("FailGym/Robosuite.TwoArmLift-v0", robots=["Panda"] * count)


def test_where_robosuite_is_missing_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "robosuite", None)
    with pytest.raises(MissingExtraError) as caught:
        gym.make(f"failgym:{LIFT}")
    assert "robosuite is not installed" in str(caught.value)
    assert "pip install 'failgym[robosuite]'" in str(caught.value)
    assert "./run setup-robosuite" in str(caught.value)


_LOUD = """
import logging, os
handlers = list(logging.getLogger().handlers)
chosen = os.environ.get("MUJOCO_GL")
import gymnasium
env = gymnasium.make("failgym:FailGym/Robosuite.Lift-v0", robots="UR5e", render_mode="rgb_array", renderer="ray")
env.reset(seed=0)
env.step(0 * env.action_space.low)
env.render()
env.close()
assert logging.getLogger().handlers == handlers
assert os.environ.get("MUJOCO_GL") == chosen, "robosuite's choice of OpenGL must not become this process's"
"""


@suite
@pytest.mark.parametrize("chosen", [None, "disabled"])
def test_is_quiet_and_leaves_the_process_as_it_was(chosen, tmp_path):
    # As at the very first import, when Python has to compile robosuite's source and dislikes some of it.
    environment = {name: value for name, value in os.environ.items() if name != "MUJOCO_GL"}
    environment |= {"PYTHONPYCACHEPREFIX": str(tmp_path)} | ({} if chosen is None else {"MUJOCO_GL": chosen})
    ran = subprocess.run([sys.executable, "-c", _LOUD], capture_output=True, text=True, check=False, env=environment)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@suite
def test_robosuite_keeps_its_own_environments():
    make_base(LIFT)
    from robosuite.environments.base import REGISTERED_ENVS

    assert REGISTERED_ENVS["Lift"].__module__.startswith("robosuite.")
    assert "_controllers" not in vars(REGISTERED_ENVS["Lift"])


# -- seeds and state ---------------------------------------------------------------------------------------------------


@suite
@every_task
def test_a_soft_reset_gives_the_state_of_a_new_environment(task):
    used, fresh = (make_base(f"FailGym/Robosuite.{task}-v0") for _ in range(2))
    used.reset(seed=8)
    steps(used, 8, 40)
    world = used.unwrapped.world
    for what, names in world.facts().alterable.items():
        for name in names[:1] if what in ("mass", "friction") else ():
            world.alter(what, name, [1.7])
    seed_everybody(1)
    known = everybodys_state()
    first = used.reset(seed=5)
    assert everybodys_state() == known
    seed_everybody(2)
    assert same(fresh.reset(seed=5), first)
    assert physics(fresh) == physics(used)
    assert same(steps(fresh, 5, 2), steps(used, 5, 2))
    assert physics(fresh) == physics(used)
    assert not same(fresh.reset(seed=6), first)


@suite
@every_task
def test_a_snapshot_in_the_middle_of_a_motion_continues_bit_for_bit(task):
    env = make_base(f"FailGym/Robosuite.{task}-v0", ["translation"])
    env.reset(seed=2)
    base = env.unwrapped
    close = base.still()
    close[[base.action_layout.of(arm).gripper for arm in base.action_layout.arms or (None,)]] = 1.0
    for _ in range(3):
        env.step(close)
    told = [arm.controller.state()[2] for arm in base.world.arms]
    assert all(np.abs(command).max(initial=0.0) < 1.0 for command in told), "the grippers are closing, and not closed"
    snapshot = env.snapshot()
    straight = steps(env, 2)
    env.restore(snapshot)
    assert same([arm.controller.state()[2] for arm in base.world.arms], told)
    assert same(steps(env, 2), straight)
    # What robosuite keeps outside its physics, such as the posture that an arm tends to, it draws at each reset.
    env.reset(seed=9)
    env.restore(snapshot)
    assert [now for _, now in steps(env, 2)] == [now for _, now in straight]


@suite
@every_task
def test_a_snapshot_right_after_reset_continues_bit_for_bit(task):
    env = make_base(f"FailGym/Robosuite.{task}-v0")
    env.reset(seed=2)
    snapshot = env.snapshot()
    straight = steps(env, 2, 4)
    env.restore(snapshot)
    assert same(steps(env, 2, 4), straight)


@suite
def test_rendering_changes_nothing():
    blind = make_base(LIFT)
    seeing = make_base(LIFT, obs_mode="rgb+state", cameras=("front", "agentview"), image_size=(32, 24), renderer="ray")
    for env in (blind, seeing):
        env.reset(seed=4)
    assert physics(blind) == physics(seeing)
    assert [now for _, now in steps(blind, 4, 8)] == [now for _, now in steps(seeing, 4, 8)]


@suite
def test_success_is_robosuites():
    env = make_base(LIFT, control_mode="keypose")
    env.reset(seed=0)
    suite_env = env.unwrapped.task.env
    assert not suite_env._check_success()
    run_plan(env)
    assert suite_env._check_success()
    assert env.unwrapped.evaluate()["success"]


# -- frames and motion -------------------------------------------------------------------------------------------------


@suite
@every_task
def test_the_origin_is_at_the_robots_base_on_the_table(task):
    env = make_base(f"FailGym/Robosuite.{task}-v0")
    env.reset(seed=1)
    scene = env.unwrapped.scene
    facts = scene.facts()
    for name, place in facts.positions.items():
        thing = facts.thing(name)
        if name not in facts.fixed and thing is not None:
            assert -0.01 < place[2] - thing.height / 2 < 0.03, (name, place, thing.height)
            assert 0.2 < place[0] < 1.0
            assert abs(place[1]) < 0.5
    (low_x, high_x), (low_y, high_y) = facts.workspace
    assert 0.2 < low_x < high_x < 1.0
    assert -0.7 < low_y < high_y < 0.7


@suite
@pytest.mark.parametrize("robot", ["Panda", "UR5e"])
@pytest.mark.parametrize("axis", range(3))
def test_the_hand_goes_where_it_is_told(robot, axis):
    env = make_base(LIFT, robots=robot)
    env.reset(seed=1)
    base = env.unwrapped
    start = base.scene.hand().pose.position
    action = np.zeros(7, dtype=np.float32)
    action[axis] = 0.01
    for _ in range(6):
        env.step(action)
    for _ in range(25):
        env.step(base.still().astype(np.float32))
    moved = base.scene.hand().pose.position - start
    assert np.abs(moved - 0.06 * np.eye(3)[axis]).max() < 0.006
    assert base.scene.hand().target.position - start == pytest.approx(0.06 * np.eye(3)[axis], abs=0.004)


@suite
@pytest.mark.parametrize("robot", ["Panda", "UR5e"])
def test_the_gripper_closes_as_far_as_it_is_told(robot):
    env = make_base(LIFT, robots=robot)
    env.reset(seed=1)
    widest = env.unwrapped.world.robot.max_opening
    widths = []
    for closure in (0.0, 0.5, 1.0):
        action = np.zeros(7, dtype=np.float32)
        action[6] = closure
        for _ in range(30):
            env.step(action)
        widths.append(env.unwrapped.world.arm.width)
    assert widths[0] == pytest.approx(widest, abs=0.003)
    assert 0.3 * widest < widths[1] < 0.7 * widest
    assert widths[2] < 0.05 * widest
