import numpy as np
import pytest

from failgym.agents import Policy, WaypointExpert, run_subtask
from failgym.agents.waypoint_expert import SKILLS
from failgym.envs.registration import ENTRIES, NATIVE_ENV, make_base
from failgym.episodes import EventKind, Recorder
from failgym.errors import PlanError, UnknownNameError
from failgym.labels import Stage
from failgym.plans import Plan, Subtask
from failgym.rotations import multiply, quat_about_z, quat_from_rotvec
from tests.helpers import PICK_CUBE, POINT_PICK, run_plan

pytestmark = pytest.mark.nogl

STACK, DRAWER = "FailGym/StackBlocks-v0", "FailGym/PutItemInDrawer-v0"
NATIVE = (PICK_CUBE, STACK, DRAWER)
MODES = ("ee_delta", "joint_delta", "keypose")


def finish(env):
    """Do what is left to do, as recovery does."""
    base = env.unwrapped
    base.plan = base.remaining_plan()
    return run_plan(env)


def teleport(env, position, quat_wxyz):
    """Bring the hand somewhere by key poses alone."""
    env.step(np.concatenate([position, quat_wxyz, [env.unwrapped.commanded_closure]]))


@pytest.mark.parametrize("control_mode", MODES)
@pytest.mark.parametrize("env_id", NATIVE)
def test_succeeds_at_every_task_in_every_control_mode(env_id, control_mode):
    env = make_base(env_id, control_mode=control_mode)
    done = []
    for seed in range(6):
        env.reset(seed=seed)
        recorder = run_plan(env)
        done.append(env.unwrapped.evaluate()["success"])
        assert not done[-1] or all(span.achieved for span in recorder.spans)
        assert not done[-1] or env.unwrapped.remaining_plan().subtasks == () or env_id == PICK_CUBE
    assert sum(done) >= 5


@pytest.mark.parametrize("env_id", [POINT_PICK, *(name for name, entry in ENTRIES.items() if entry.env == NATIVE_ENV)])
def test_actions_are_in_range_and_stages_in_order(env_id):
    for control_mode in MODES[: 1 if env_id == POINT_PICK else 2]:
        env = make_base(env_id, control_mode=control_mode)
        env.reset(seed=1)
        recorder = run_plan(env)
        layout = env.unwrapped.action_layout
        for told in recorder.told:
            layout.checked(told)
        order = list(Stage)
        for span in recorder.spans:
            stages = [order.index(stage) for stage, _ in span.stages if stage is not Stage.RETREAT]
            assert stages == sorted(stages)
            assert all(span.start <= step < span.end for _, step in span.stages)


def test_is_a_policy():
    assert isinstance(WaypointExpert(), Policy)
    assert WaypointExpert().stage is None


def test_the_same_state_gives_the_same_actions():
    env = make_base(PICK_CUBE)
    told = []
    for _ in range(2):
        env.reset(seed=3)
        told.append(np.array(run_plan(env).told))
    assert np.array_equal(*told)


def test_looks_once_when_a_subtask_begins():
    env = make_base(POINT_PICK)
    env.reset(seed=0)
    base, expert = env.unwrapped, WaypointExpert()
    target = base.target
    expert.reset(env, Subtask("grasp", target))
    env.step(expert.act(None))
    there = base.world.pose(target).position + np.array([0.1, 0.0, 0.0])
    base.world.set_pose(target, there)
    while (action := expert.act(None)) is not None:
        env.step(action)
    assert base.world.holding is None, "what moves while it acts it does not see"
    run_subtask(env, expert, Recorder(None, boundaries=False), (0, 1, Subtask("grasp", target)))
    assert base.world.holding == target


# -- odd states --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
@pytest.mark.parametrize("env_id", [POINT_PICK, PICK_CUBE])
def test_puts_down_the_wrong_thing_first(env_id, control_mode):
    env = make_base(env_id, control_mode=control_mode)
    for seed in range(3):
        env.reset(seed=seed)
        base = env.unwrapped
        target = base.plan.subtasks[0].object
        other = next(name for name in base.facts().names if name not in (target, "table"))
        base.plan = Plan("", (Subtask("grasp", other), Subtask("lift", other)))
        run_plan(env)
        assert base.scene.holding == other
        story = finish(env).events
        assert base.evaluate()["success"]
        assert base.scene.pose(other).position[2] < 0.03
        assert EventKind.RELEASED in {event.kind for event in story}
        assert EventKind.DROPPED not in {event.kind for event in story}


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
@pytest.mark.parametrize("env_id", [POINT_PICK, PICK_CUBE])
def test_opens_a_hand_that_closed_on_nothing(env_id, control_mode):
    env = make_base(env_id, ["delay_close"], control_mode=control_mode)
    for seed in range(3):
        env.reset(seed=seed)
        run_plan(env)
        base = env.unwrapped
        assert not base.evaluate()["success"]
        assert base.scene.hand().closure > 0.9
        env.disarm()
        finish(env)
        assert base.evaluate()["success"]


@pytest.mark.parametrize("env_id", [POINT_PICK, PICK_CUBE])
def test_grasps_with_a_hand_that_was_turned_and_low(env_id):
    env = make_base(env_id, control_mode="keypose")
    for seed in range(3):
        env.reset(seed=seed)
        base = env.unwrapped
        hand = base.scene.hand().pose
        tilted = multiply(quat_from_rotvec([0.5, 0.2, 0.0]), multiply(quat_about_z(0.7), hand.quat_wxyz))
        teleport(env, np.array([0.45, 0.02, 0.12]), tilted)
        finish(env)
        assert base.evaluate()["success"]


@pytest.mark.parametrize("env_id", [POINT_PICK, PICK_CUBE])
def test_finds_a_thing_that_was_moved(env_id):
    env = make_base(env_id)
    for seed in range(3):
        env.reset(seed=seed)
        base = env.unwrapped
        target = base.plan.subtasks[0].object
        run_plan(env)
        assert base.evaluate()["success"]
        height = base.facts().positions[target][2]
        for part in (np.zeros(7), np.array([0, 0, 0.05, 0, 0, 0, 0])):
            for _ in range(8):
                env.step(part)
        base.scene.set_pose(target, np.array([0.42, -0.25, height]))
        base.idle(5)
        finish(env)
        assert base.evaluate()["success"]


def test_a_subtask_that_is_done_needs_no_action():
    env = make_base(POINT_PICK)
    env.reset(seed=0)
    run_plan(env)
    expert = WaypointExpert()
    expert.reset(env, Subtask("grasp", env.unwrapped.target))
    assert expert.act(None) is None


def test_goes_on_with_half_a_drawer_task():
    env = make_base(DRAWER, control_mode="keypose")
    env.reset(seed=0)
    base = env.unwrapped
    whole = base.plan
    assert [subtask.verb for subtask in whole.subtasks] == ["open", "grasp", "place", "close"]
    run_subtask(env, WaypointExpert(), Recorder(None, boundaries=False), (0, 0, whole.subtasks[0]))
    assert base.remaining_plan().subtasks == whole.subtasks[1:]
    finish(env)
    assert base.evaluate()["success"]


# -- corrections -------------------------------------------------------------------------------------------------------


# -- what it refuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env_id", "subtask", "words"),
    [
        (POINT_PICK, Subtask("grasp", "red disk"), "no object named 'red disk'"),
        (STACK, Subtask("place", "{object}", "on", "moon"), "no object named 'moon'"),
        (STACK, Subtask("grasp", "table"), "cannot grasp the table: it is not graspable"),
        (STACK, Subtask("lift", "table"), "cannot lift the table"),
        (STACK, Subtask("open", "{object}"), "cannot open the .*: it can be moved only as a whole"),
        (STACK, Subtask("close", "{object}"), "cannot close the .*: it can be moved only as a whole"),
        (STACK, Subtask("place", "{object}", "in", "{object}"), "cannot place anything in the .*: it offers on"),
        (DRAWER, Subtask("grasp", "drawer"), "cannot grasp the drawer"),
        (DRAWER, Subtask("place", "{object}", "on", "drawer"), "cannot place anything on the drawer: it offers in"),
    ],
    ids=lambda value: value.text if isinstance(value, Subtask) else None,
)
def test_what_cannot_be_done_is_said_before_anything_moves(env_id, subtask, words):
    env = make_base(env_id)
    env.reset(seed=0)
    name = next(thing.name for thing in env.unwrapped.facts().things if thing.graspable)
    filled = Subtask(
        subtask.verb,
        subtask.object.format(object=name),
        subtask.relation,
        subtask.target and subtask.target.format(object=name),
    )
    with pytest.raises(PlanError, match=words):
        WaypointExpert().reset(env, filled)
    assert env.unwrapped.ticks == 0


def test_an_unknown_verb_is_said(monkeypatch):
    env = make_base(POINT_PICK)
    env.reset(seed=0)
    monkeypatch.delitem(SKILLS, "lift")
    with pytest.raises(UnknownNameError, match="no skill for verb named 'lift'"):
        WaypointExpert().reset(env, Subtask("lift", env.unwrapped.target))
