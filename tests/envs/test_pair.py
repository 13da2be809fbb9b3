"""What the core promises for two arms: each has its part of an action, its closure, its failures."""

from typing import Any

import numpy as np
import pytest

from failgym.agents import WaypointExpert, run_subtask
from failgym.envs.clock import Clock
from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, KEYPOSE, Intent, Outcome, Recorder, blank, joint_delta, pair_of
from failgym.errors import PlanError
from failgym.generate import Generator
from failgym.labels import Judgement, Stage
from failgym.perturbations import NoClose, Translation, inject
from failgym.plans import Plan, check
from failgym.verifiers import build, of_subtask
from tests.helpers import run_plan, same

pytestmark = pytest.mark.nogl

HAND_OVER, TRAY, BOX = (f"FailGym/{name}-v0" for name in ("HandOverBar", "LiftTray", "PutItemInLiddedBox"))
ARMS = ("left", "right")
MODES = ("ee_delta", "joint_delta", "keypose")

every_mode = pytest.mark.parametrize("control_mode", MODES)
every_layout = pytest.mark.parametrize("single", [EE_DELTA, KEYPOSE, joint_delta(6)], ids=lambda layout: layout.kind)


def begun(env_id: str, seed: int = 0, **kwargs: Any) -> tuple[Any, Any]:
    """An environment after its reset, and what is under its wrapper."""
    env = make_base(env_id, **kwargs)
    env.reset(seed=seed)
    return env, env.unwrapped


@every_layout
def test_each_arm_has_an_equal_part_of_the_action(single):
    pair = pair_of(single, ARMS)
    assert pair.size == 2 * single.size
    assert pair.part("left") == slice(0, single.size)
    assert pair.part("right") == slice(single.size, 2 * single.size)
    assert pair.part("both") == pair.part(None) == pair.part("left")
    action = np.zeros(pair.size)
    closed = pair.of("right").with_closure(action, 1.0)
    assert np.flatnonzero(closed).tolist() == [pair.size - 1]
    assert (pair.of("left").closure(closed), pair.of("right").closure(closed)) == (0.0, 1.0)
    if single.position is not None:
        shifted = pair.of("right").with_offset(action, np.ones(3), np.zeros(3))
        assert np.flatnonzero(shifted).tolist() == [single.size, single.size + 1, single.size + 2]


@every_mode
def test_standing_still_keeps_both_hands_and_both_closures(control_mode):
    env, base = begun(HAND_OVER, control_mode=control_mode)
    closing = base.action_layout.of("right").with_closure(base.still(), 1.0)
    env.step(closing)
    before = [base.scene.of(arm).hand().target for arm in ARMS]
    assert base.commanded_closures == (0.0, 1.0)
    for _ in range(5):
        env.step(base.still())
    assert base.commanded_closures == (0.0, 1.0)
    for arm, was in zip(ARMS, before, strict=True):
        assert np.abs(base.scene.of(arm).hand().target.position - was.position).max() < 1e-6
    widths = [base.scene.of(arm).hand().width for arm in ARMS]
    assert widths[0] > 0.08
    assert widths[1] < 0.01


def test_the_acting_arm_is_the_announced_one_or_that_of_the_plan():
    env, base = begun(HAND_OVER)
    first, last = base.plan.subtasks[0], base.plan.subtasks[-1]
    assert {first.arm, last.arm} == set(ARMS)
    assert base.acting_arm == first.arm
    env.announce(Intent(4, 0, Stage.APPROACH, last.arm))
    assert base.acting_arm == last.arm
    env.step(base.action_layout.of(last.arm).with_closure(base.still(), 1.0))
    assert base.commanded_closure == 1.0
    env.announce(Intent(0, 0, Stage.APPROACH, first.arm))
    assert base.commanded_closure == 0.0


def test_there_are_two_arms_and_no_other():
    _, base = begun(HAND_OVER)
    with pytest.raises(PlanError, match="left, right, both"):
        base.scene.of("middle")


def test_each_arm_is_observed_and_each_hand_carries_a_camera():
    env, base = begun(HAND_OVER, obs_mode="state_dict")
    shown = env.reset(seed=0)[0]
    assert env.observation_space.contains(shown)
    for arm in ARMS:
        hand = base.scene.of(arm).hand()
        assert np.allclose(shown[f"{arm}_ee_position"], hand.pose.position, atol=1e-6)
        assert shown[f"{arm}_joint_positions"].shape == (6,)
    assert base.cameras == ("front", "left_wrist", "right_wrist")
    left, right = (base.points(f"{arm}_wrist", base.plan.subtasks[0])["target"] for arm in ARMS)
    assert left.depth != right.depth


@every_mode
def test_a_snapshot_continues_bit_for_bit(control_mode):
    env, base = begun(HAND_OVER, control_mode=control_mode, obs_mode="state_dict")
    subtasks = base.plan.subtasks
    scratch = Recorder(boundaries=False)
    for index in range(2):
        run_subtask(env, WaypointExpert(), scratch, (index, 0, subtasks[index]))
    snapshot = env.snapshot()

    def finish() -> tuple[str, Any]:
        recorder = base.recorder = Recorder(boundaries=False)
        for index in range(2, len(subtasks)):
            run_subtask(env, WaypointExpert(), recorder, (index, 0, subtasks[index]))
        base.recorder = None
        return recorder._digest.hexdigest(), base.last_observation

    first = finish()
    env.restore(snapshot)
    assert same(first, finish())
    assert base.evaluate()["success"]


def test_hands_that_move_as_one_keep_their_distance():
    env, base = begun(TRAY, control_mode="ee_delta")
    between = []
    *grasps, lift = base.plan.subtasks
    assert lift.arm == "both"
    for index, subtask in enumerate(grasps):
        run_subtask(env, WaypointExpert(), Recorder(boundaries=False), (index, 0, subtask))
    expert = WaypointExpert()
    expert.reset(env, lift)
    start = [base.scene.of(arm).hand().target.position for arm in ARMS]
    while (action := expert.act(base.last_observation)) is not None:
        env.step(action)
        left, right = (base.scene.of(arm).hand().target.position for arm in ARMS)
        between.append(right - left)
    assert left[2] - start[0][2] > 0.1
    assert np.abs(np.array(between) - (start[1] - start[0])).max() < 0.005
    assert base.scene.of("both").holding == "tray"


@every_mode
def test_an_empty_hand_beyond_the_middle_goes_home_when_the_other_arm_acts(control_mode):
    env, base = begun(TRAY, control_mode=control_mode)
    left, right = (base.scene.of(arm) for arm in ARMS)
    home, there = right.home, right.hand().target
    assert np.allclose(home.position, there.position, atol=0.01)
    part = base.action_layout.part("right")
    goal = there._replace(position=np.array([0.5, 0.07, 0.2]))
    for _ in range(1 if control_mode == "keypose" else 30):
        action = base.still()
        target = right.hand().target
        entries = {
            "keypose": np.concatenate(goal),
            "ee_delta": np.r_[np.clip(goal.position - target.position, -0.03, 0.03), np.zeros(3)],
            "joint_delta": np.clip(right.joints_to(goal), -0.1, 0.1),
        }
        action[part.start : part.stop - 1] = entries[control_mode]
        env.step(action)
    assert right.hand().pose.position[1] > 0.05
    run_subtask(env, WaypointExpert(), Recorder(boundaries=False), (0, 0, base.plan.subtasks[0]))
    assert left.holding == "tray"
    assert np.abs(right.hand().target.position - home.position).max() < 0.01


def test_each_arm_grasps_a_thing_at_its_own_end():
    _, base = begun(TRAY)
    for arm, side in zip(ARMS, (1.0, -1.0), strict=True):
        first, *_, last = base.scene.of(arm).grasps("tray")
        assert side * first.position[1] > 0.1 > -0.1 > side * last.position[1]


def test_a_hand_that_holds_the_lid_opens_it_and_keeps_hold_until_it_is_released():
    env, base = begun(BOX, control_mode="keypose")
    opener = base.plan.subtasks[0].arm
    assert "box" in base.facts().fixed
    held = []
    run_plan(env, after=lambda: held.append((base.scene.of(opener).holding, base.scene.opening("box") > 0.8)))
    assert held[:4] == [("box", False), *[("box", True)] * 3]
    assert base.scene.opening("box") < 0.05
    assert base.evaluate()["success"]


def test_what_is_held_may_be_opened():
    lines = "grasp the box{0}\nopen the box{0}\ngrasp the cube{1}\nplace the cube in the box{1}\nrelease the box{0}"
    two = Plan.parse(lines.format(" with the left arm", " with the right arm"))
    assert check(two, closed=("box",)) == ()
    one = Plan.parse(lines.format("", ""))
    assert "already holds" in check(one, closed=("box",))[0].reason


# -- failures ---------------------------------------------------------------------------------------------------------


def test_the_clock_follows_each_gripper():
    layout = pair_of(EE_DELTA, ARMS)
    clock = Clock()
    clock.context(layout, 0, (0, 0), Stage.GRASP, 1.0, 0.0, arm=0)
    left, right = (clock.context(layout, 4, (1, 0), Stage.GRASP, 1.0, 1.0, arm=arm) for arm in (0, 1))
    assert (left.closing, left.since_close) == ((0, 0), 4)
    assert (right.closing, right.since_close) == ((1, 0), 0)
    state = clock.state()
    assert clock.context(layout, 5, (2, 0), Stage.RELEASE, 0.0, 1.0, arm=0).closing is None
    clock.set_state(state)
    assert clock.context(layout, 5, (2, 0), Stage.RELEASE, 1.0, 1.0, arm=0).closing == (0, 0)


def altered(env_id: str, recipe: Any, params: dict[str, Any], control_mode: str) -> tuple[Any, Any, Any]:
    """Columns of the action that an injection altered, the run, and the environment after it."""
    env, base = begun(env_id, control_mode=control_mode)
    env.arm([(recipe, inject(recipe, params))])
    recorder = run_plan(env)
    changed = np.array(recorder.told) != np.array(recorder.executed)
    return np.flatnonzero(changed.any(axis=0)), recorder, base


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
@pytest.mark.parametrize("hit", [0, 1])
def test_a_failure_of_one_arm_alters_only_that_arms_part(hit, control_mode):
    part = pair_of(EE_DELTA if control_mode == "ee_delta" else KEYPOSE, ARMS).part(ARMS[hit])
    columns, recorder, base = altered(TRAY, NoClose(), {"subtask": hit}, control_mode)
    assert columns.tolist() == [part.stop - 1]
    assert base.plan.subtasks[hit].arm == ARMS[hit]
    assert not base.evaluate()["success"]
    assert not recorder.spans[hit].achieved
    columns, _, _ = altered(TRAY, Translation(), {"subtask": hit, "offset": [0.03, 0.03, 0.0]}, control_mode)
    assert set(columns.tolist()) <= set(range(part.start, part.stop - 1))
    assert {part.start, part.start + 1} <= set(columns.tolist())


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
def test_a_gripper_that_stays_open_stays_open_while_the_other_arm_acts(control_mode):
    columns, recorder, base = altered(TRAY, NoClose(), {"subtask": 0}, control_mode)
    told, executed = (np.array(rows)[:, columns[0]] for rows in (recorder.told, recorder.executed))
    assert told[recorder.spans[1].start :].min() == 1.0
    assert executed.max() == 0.0
    assert base.scene.of("left").holding is None


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
def test_an_offset_of_one_arm_is_taken_back_by_that_arm(control_mode):
    columns, recorder, _ = altered(TRAY, Translation(), {"subtask": 0, "offset": [0.02, 0.0, 0.0]}, control_mode)
    moved = (np.array(recorder.executed) - np.array(recorder.told))[:, columns].sum(axis=1)
    if control_mode == "ee_delta":
        assert abs(moved.sum()) < 1e-9
    else:
        assert np.abs(moved[recorder.spans[1].start + 8 :]).max() == 0.0


@pytest.mark.parametrize("mount", ["keypose", "control", "twin"])
@pytest.mark.parametrize("hit", [0, 1])
def test_a_triplet_of_either_arm_is_certified_and_can_be_replayed(mount, hit):
    with Generator(TRAY, mount=mount) as generator:
        receipt = inject(NoClose(), {"subtask": hit})
        first = generator.triplet(NoClose(), 0, receipt)
        assert first.certificate.holds
        assert f"{ARMS[hit]} arm" in first.injected.span(hit).subtask.text
        again = generator.triplet(NoClose(), 0, receipt).certificate
        assert again.digests == first.certificate.digests


def test_the_rules_of_the_gripper_feel_the_looser_of_two_hands():
    env, base = begun(TRAY, control_mode="keypose")
    rules = build("gripper-rules")
    for recipe in (None, NoClose()):
        env.reset(seed=0)
        env.arm([] if recipe is None else [(recipe, inject(recipe, {"subtask": 1}))])
        episode = run_plan(env).finish(blank(TRAY, {}, 0, base.plan, base.state_names), Outcome(recipe is None))
        verdicts = [rules.verify(of_subtask(episode, span)).outcome for span in episode.spans]
        expected = Judgement.SUCCESS if recipe is None else Judgement.FAILURE
        assert verdicts == [Judgement.SUCCESS, expected, expected]
