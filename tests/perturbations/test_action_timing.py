"""When gripper and arm act: too soon, too late, too slowly, not at all, for a while, and only where that matters."""

import json
from functools import cache

import numpy as np
import pytest

from failgym.envs.clock import Clock
from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, KEYPOSE, EventKind, Status, StepContext
from failgym.episodes.action_layout import pair_of
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate import MOUNTS, Generator
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations import Correction, build, during, stream
from tests.helpers import PICK_CUBE, POINT_PICK, run_plan

pytestmark = pytest.mark.nogl

DOWN = (0.0, 1.0, 0.0, 0.0)
PAIR = pair_of(KEYPOSE, ("left", "right"))
STEERED = {"subtask": 0, "object": "cube", "stage": "pre_grasp"}


def pose(x, closure=0.0):
    return np.array([x, 0.0, 0.2, *DOWN, closure])


def motion(x, closure=0.0):
    return np.array([x, 0.0, 0.0, 0.0, 0.0, 0.0, closure])


def executed(recipe, told, params, layout, began=0, ended=None):
    """What comes of commands that begin with the hit subtask and go on after it."""
    found = []
    for step, action in enumerate(told):
        context = StepContext(
            layout,
            step,
            0 if ended is None or step < ended else 1,
            0,
            Stage.APPROACH,
            step,
            began={0: began} if step >= began else {},
            ended={0: ended} if ended is not None and step >= ended else {},
            told=tuple(told[:step]),
            executed=found[-1] if found else None,
        )
        found.append(recipe.perturb(action, context, params))
    return found


# -- arms that stop, delay, crawl and shake ----------------------------------------------------------------------------


@pytest.mark.parametrize(("layout", "make"), [(KEYPOSE, pose), (EE_DELTA, motion)], ids=["keypose", "ee_delta"])
def test_a_frozen_arm_keeps_place_and_gripper_for_as_long_as_it_is_frozen(layout, make):
    told = [make(0.01 * step, closure=float(step > 4)) for step in range(12)]
    freeze = STEERED | {"delay_steps": 3, "duration_steps": 4}
    found = executed(build("freeze"), told, freeze, layout)
    acted = [step for step in range(12) if found[step] is not told[step]]
    assert acted == [3, 4, 5, 6]
    for step in acted:
        assert found[step][0] == (0.0 if layout.delta else told[2][0])
        assert layout.closure(found[step]) == 0.0
    assert executed(build("freeze"), told, freeze, layout, ended=5)[5] is told[5]


def test_only_the_arm_of_the_hit_subtask_is_frozen():
    told = [np.concatenate([pose(0.1 * step), pose(-0.1 * step)]) for step in range(4)]
    params = STEERED | {"delay_steps": 2, "duration_steps": 9}
    found = executed(build("freeze"), told, params, PAIR.of("right"))
    assert found[3][:8].tolist() == told[3][:8].tolist()
    assert found[3][8:].tolist() == told[1][8:].tolist()


def test_a_frozen_arm_forgets_what_it_was_told_until_it_is_told_something_else():
    at_work = [pose(-0.1 * step) for step in range(10)]
    frozen = [pose(x) for x in (0.0, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.5, 0.3, 0.3)]
    told = [np.concatenate(pair) for pair in zip(at_work, frozen, strict=True)]
    params = STEERED | {"delay_steps": 2, "duration_steps": 50}
    found = executed(build("freeze"), told, params, PAIR.of("right"), ended=4)
    assert [action[8] for action in found] == pytest.approx([0.0, *[0.1] * 6, 0.5, 0.3, 0.3])
    assert [action[0] for action in found] == pytest.approx([-0.1 * step for step in range(10)])


def test_a_late_pose_is_that_of_some_steps_ago_and_the_gripper_is_on_time():
    told = [pose(0.01 * step, closure=float(step > 9)) for step in range(30)]
    found = executed(build("action_latency"), told, STEERED | {"steps": 4}, KEYPOSE, began=5, ended=20)
    x = [round(float(action[0]), 6) for action in found]
    assert x[5:9] == [0.04] * 4, "the delay grows by a step in each step"
    assert x[9:20] == [round(0.01 * (step - 4), 6) for step in range(9, 20)]
    assert x[20:24] == [0.17, 0.19, 0.21, 0.23], "and is caught up in as many"
    assert found[24] is told[24]
    assert [float(action[-1]) for action in found] == [float(action[-1]) for action in told]


@pytest.mark.parametrize("ended", [6, 8, 20])
def test_late_increments_are_neither_lost_nor_doubled(ended):
    told = [motion(0.001 * (step + 1) ** 2) for step in range(40)]
    found = executed(build("action_latency"), told, STEERED | {"steps": 5}, EE_DELTA, began=4, ended=ended)
    assert sum(found)[0] == pytest.approx(sum(told)[0])
    assert sum(found[:ended])[0] < sum(told[:ended])[0] - 0.01


def test_a_slow_hand_covers_a_fraction_of_what_is_left():
    params = STEERED | {"fraction": 0.25}
    turned = np.array([0.4, 0.0, 0.2, 0.0, np.cos(0.2), np.sin(0.2), 0.0, 1.0])
    found = executed(build("slow_motion"), [pose(0.0), *[turned] * 3], params, KEYPOSE)
    assert [action[0] for action in found] == pytest.approx([0.0, 0.1, 0.175, 0.23125])
    angles = [2 * np.arctan2(action[5], action[4]) for action in found]
    assert angles == pytest.approx([0.0, 0.1, 0.175, 0.23125])
    assert [action[-1] for action in found[1:]] == [1.0] * 3
    assert executed(build("slow_motion"), [motion(0.04)], params, EE_DELTA)[0][0] == pytest.approx(0.01)


def test_noise_follows_from_its_seed_has_its_size_and_leaves_nothing_behind():
    params = {"subtask": 0, "position_std": 0.02, "rotation_std": 0.1, "hold_steps": 1, "seed": 3}
    still = [pose(0.5) for _ in range(600)]
    first = executed(build("action_noise"), still, params, KEYPOSE, ended=590)
    shift = np.array(first)[:590, :3] - still[0][:3]
    assert shift.std(axis=0) == pytest.approx([0.02] * 3, rel=0.15)
    assert abs(shift.mean(axis=0)).max() < 0.004
    assert np.array_equal(first, executed(build("action_noise"), still, params, KEYPOSE, ended=590))
    assert not np.array_equal(first, executed(build("action_noise"), still, params | {"seed": 4}, KEYPOSE, ended=590))
    assert first[591] is still[591]
    moves = executed(build("action_noise"), [motion(0.0) for _ in range(60)], params, EE_DELTA, ended=50)
    np.testing.assert_allclose(np.cumsum(moves, axis=0)[:50, :3], shift[:50], atol=1e-12)
    np.testing.assert_allclose(np.sum(moves, axis=0), 0.0, atol=1e-12)
    held = executed(build("action_noise"), still[:9], params | {"hold_steps": 3}, KEYPOSE)
    assert len({action.tobytes() for action in held}) == 3


# -- grippers ----------------------------------------------------------------------------------------------------------


def test_the_clock_knows_in_which_subtask_the_policy_let_go():
    clock, seen = Clock(), []
    for step, (subtask, closure) in enumerate([(0, 0.0), (0, 1.0), (1, 1.0), (1, 0.0), (2, 0.3), (2, 1.0)]):
        seen.append(clock.context(KEYPOSE, step, (subtask, 0), Stage.GRASP, closure).opening)
    assert seen == [None, None, None, (1, 0), (1, 0), None]


@pytest.mark.parametrize(
    ("told", "injected", "closure"), [(0.0, 1.0, 0.0), (0.3, 1.0, 0.0), (0.3, 0.3, 0.3), (1.0, 1.0, 1.0)]
)
def test_an_opening_fix_speaks_only_where_the_hand_is_kept_closed(told, injected, closure):
    correction = Correction(Fix.gripper(0.0, subtask=0), start=0)
    context = StepContext(KEYPOSE, 5, 0, 0, Stage.RELEASE, 0)
    assert KEYPOSE.closure(correction.apply(pose(0.0, injected), pose(0.0, told), context)) == closure


# -- windows -----------------------------------------------------------------------------------------------------------


def test_a_window_comes_again_and_again():
    recipe = during("freeze", 4, 3, 10)
    params = STEERED | {"delay_steps": 0, "duration_steps": 400}
    params["window"] = {"start_steps": 4, "duration_steps": 3, "period_steps": 10}
    told = [pose(0.01 * step) for step in range(30)]
    found = executed(recipe, told, params, KEYPOSE, began=2)
    acted = [step for step in range(30) if found[step] is not told[step]]
    assert acted == [6, 7, 8, 16, 17, 18, 26, 27, 28]


@pytest.mark.parametrize("period", [0, 15])
def test_an_offset_grows_and_fades_with_its_window(period):
    recipe = during("translation", 3, 8, period)
    window = {"start_steps": 3, "duration_steps": 8, "period_steps": period}
    params = {"subtask": 0, "offset": [0.05, 0.0, 0.0], "window": window}
    moves = executed(recipe, [motion(0.0) for _ in range(40)], params, EE_DELTA, ended=35)
    place = np.cumsum(moves, axis=0)[:, 0]
    assert place[:3].tolist() == [0.0] * 3
    assert place[10] == pytest.approx(0.05)
    assert place[17] == pytest.approx(0.0)
    assert place[25] == pytest.approx(0.05 if period else 0.0)
    assert place[-1] == pytest.approx(0.0)


def test_a_window_is_json_and_takes_after_what_it_limits():
    recipe = during({"name": "translation", "distance": 0.05}, (1, 3), 20)
    assert build(json.loads(json.dumps(recipe.spec()))) == recipe
    assert hash(build(recipe.spec())) == hash(recipe)
    assert recipe.failure is FailureMode.TRANSLATION
    assert recipe.steers == "position"
    assert during("no_close").failure is FailureMode.NO_CLOSE


def test_what_has_no_window_is_refused():
    with pytest.raises(ConfigurationError, match="action seat"):
        during("missing_subtask")
    with pytest.raises(ConfigurationError, match="period_steps"):
        during("freeze", 0, (5, 10), 10)


def test_receipts_of_an_episode_name_each_window():
    noise = {"name": "action_noise", "position_std": 0.005, "rotation_std": 0.02, "hold_steps": 1}
    env = make_base(POINT_PICK, [during(noise, 5, 4), during(noise, 12, 3), "slip"])
    env.reset(seed=1)
    recorder = run_plan(env)
    windows = [(receipt.t_first, receipt.t_last) for receipt in env.injections]
    assert windows[:2] == [(5, 9), (12, 15)], "the last noise is taken back one step later"
    moved = [step for step in range(recorder.step) if np.any(recorder.told[step][:6] != recorder.executed[step][:6])]
    assert moved == [5, 6, 7, 8, 9, 12, 13, 14, 15]
    assert windows[2][0] > 15


# -- where it matters --------------------------------------------------------------------------------------------------


@cache
def facts_of(task, seed=0):
    env = make_base(f"FailGym/{task}-v0")
    env.reset(seed=seed)
    return env.unwrapped.facts()


def test_an_open_hand_is_known_to_take_some_handles_along():
    assert facts_of("OpenMicrowave").slacks[0] < 0.12
    assert 0.15 < facts_of("PutItemInDrawer").slacks[0] < 0.3
    assert facts_of("OpenBox").slacks == (1.0,)
    assert facts_of("PickCube").slacks == (1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "task", "reason"),
    [
        ("no_close", "OpenMicrowave", "moves the microwave all the same"),
        ("slip", "OpenMicrowave", "moves the microwave all the same"),
        ("weak_close", "OpenFridge", "without pressing on it"),
        ("early_close", "TurnTap", "turn the .* all the same"),
        ("action_latency", "TurnTap", "late all the same"),
        ("no_release", "OpenDrawer", "does not need letting go"),
        ("no_release", "PickCube", "does not need letting go"),
        ("action_noise", "CloseDrawer", "hard enough"),
    ],
)
def test_what_would_change_nothing_is_not_applicable(name, task, reason):
    with pytest.raises(NotApplicableError, match=reason):
        build(name).sample(stream(0, name), facts_of(task))


def drawn_of(name, facts, seed):
    return build(name).sample(stream(seed, name), facts)


@pytest.mark.parametrize("name", ["no_close", "delay_close", "weak_close", "slip"])
def test_of_several_subtasks_those_are_hit_that_can_fail(name):
    facts = facts_of("PutItemInDrawer")
    hit = {build(name).sample(stream(seed, name), facts)["subtask"] for seed in range(20)}
    assert {facts.plan.subtasks[index].verb for index in hit} <= {"grasp", "place"}


def test_a_lid_that_one_arm_holds_stays_shut_if_that_arm_freezes_and_is_open_in_time_if_it_is_slow():
    facts = facts_of("PutItemInLiddedBox")
    opens = [subtask.verb for subtask in facts.plan.subtasks].index("open")
    hit = {name: {drawn_of(name, facts, seed)["subtask"] for seed in range(40)} for name in ("freeze", "slow_motion")}
    assert opens in hit["freeze"]
    assert opens not in hit["slow_motion"]
    stages = {drawn_of("freeze", facts, seed)["stage"] for seed in range(40)} - {"pre_grasp"}
    assert stages == {"transport"}, "a hand that holds it sets out at once"


def test_a_late_closing_waits_for_half_of_a_stroke():
    alone = build({"name": "delay_close", "steps": 11})
    assert alone.sample(stream(0, "delay_close"), facts_of("PickCube"))["steps"] == 11
    assert alone.sample(stream(0, "delay_close"), facts_of("TurnTap"))["steps"] > 15


def test_what_another_arm_takes_up_is_not_let_go_of():
    facts = facts_of("HandOverBar")
    for name in ("slip", "early_release"):
        hit = {build(name).sample(stream(seed, name), facts)["subtask"] for seed in range(20)}
        assert {facts.plan.subtasks[index].verb for index in hit} == {"place"}


# -- on real physics ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=MOUNTS)
def picker(request):
    with Generator(PICK_CUBE, mount=request.param) as generator:
        yield generator


@pytest.mark.parametrize(
    "name", ["early_close", "early_release", "freeze", "action_latency", "action_noise", "slow_motion"]
)
def test_it_bites_and_is_undone_in_every_mount(name, picker):
    triplet = picker.triplet(name, 1)
    certificate = triplet.certificate
    assert certificate.status is Status.CERTIFIED, certificate.reason
    assert certificate.onset >= certificate.injection.t_first
    assert certificate.failure is build(name).failure
    assert not build(name).signature(triplet.nominal, triplet.nominal, certificate.injection.params).matches


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_hand_that_does_not_let_go_takes_the_thing_away_again(mount):
    with Generator("FailGym/PutRubbishInBin-v0", mount=mount) as generator:
        triplet = generator.triplet("no_release", 0)
    assert triplet.certificate.status is Status.CERTIFIED, triplet.certificate.reason
    span = triplet.injected.span(triplet.certificate.injection.subtask)
    assert not triplet.injected.happened(EventKind.OPENING, None, span.first(Stage.RELEASE))
    assert triplet.avoid.happened(EventKind.OPENING, None, span.first(Stage.RELEASE))


@pytest.mark.parametrize("name", ["early_close", "no_release", "freeze", "action_latency", "slow_motion"])
def test_one_arm_of_a_pair_fails_and_the_other_does_not(name):
    with Generator("FailGym/HandOverBar-v0") as generator:
        triplet = generator.triplet(name, 1)
    certificate, injected = triplet.certificate, triplet.injected
    assert certificate.status is Status.CERTIFIED, certificate.reason
    arm = injected.span(certificate.injection.subtask).subtask.arm
    other = slice(0, 8) if arm == "right" else slice(8, 16)
    assert np.array_equal(injected.arrays["action"][:, other], injected.arrays["action_told"][:, other])


def test_a_lid_that_a_frozen_arm_should_hold_open_is_shut_when_the_other_arm_comes():
    with Generator("FailGym/PutItemInLiddedBox-v0") as generator:
        triplet = generator.triplet("freeze", 5)
    certificate, injected = triplet.certificate, triplet.injected
    assert certificate.status is Status.CERTIFIED, certificate.reason
    assert injected.span(certificate.injection.subtask).subtask.verb == "open"
    assert not injected.happened(EventKind.OPENED, "box")


def test_a_window_that_is_over_before_the_keyframe_is_harmless():
    with Generator(PICK_CUBE) as generator:
        early, late = (generator.triplet(during("no_close", 0, steps), 1).certificate for steps in (10, 80))
    assert early.status is Status.NO_EFFECT
    assert late.status is Status.CERTIFIED
    assert late.injection.spec["of"]["name"] == "no_close"
