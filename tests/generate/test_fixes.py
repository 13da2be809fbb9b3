"""Fixes of every kind, executed."""

import numpy as np
import pytest

from failgym.agents.policy import continue_subtask, run_subtask
from failgym.envs.registration import make_base
from failgym.episodes import Recorder
from failgym.generate import Generator
from failgym.generate.fixes import _TAKE_OVER, take_over
from failgym.labels import Fix, FixKind, Stage
from failgym.perturbations import build, inject


def test_every_kind_of_fix_can_be_executed():
    assert set(_TAKE_OVER) == set(FixKind)


@pytest.fixture(scope="module", params=["keypose", "ee_delta"])
def pick(request):
    env = make_base("FailGym/PickCube-v0", control_mode=request.param)
    yield env
    env.close()


def lifted(env, fix=None, seed=3):
    """Grasp, then lift with a fix; return how high the cube is held, m."""
    base = env.unwrapped
    env.reset(seed=seed)
    base.recorder = recorder = Recorder(None, False)
    grasp, lift = base.plan.subtasks[:2]
    run_subtask(env, base.expert(), recorder, (0, 0, grasp))
    policy = base.expert()
    recorder.begin(base, 1, 0, lift)
    policy.reset(env, lift)
    if fix is not None:
        policy, _ = take_over(env, fix, policy, base.plan, 1)
    continue_subtask(env, policy, recorder, (1, 0, lift))
    base.idle(10)
    assert base.scene.holding == lift.object
    return float(base.scene.position(lift.object)[2])


@pytest.mark.parametrize("metres", [0.05, -0.06])
def test_a_stroke_goes_further_or_less_far_along_the_way(pick, metres):
    usual = lifted(pick)
    assert lifted(pick, Fix.stroke(metres, stage=Stage.LIFT)) == pytest.approx(usual + metres, abs=0.006)


def test_a_stroke_of_a_stage_that_never_comes_changes_nothing(pick):
    assert lifted(pick, Fix.stroke(0.05, stage=Stage.PLACE)) == pytest.approx(lifted(pick), abs=1e-9)


def test_what_was_left_out_of_a_push_is_made_up_for_by_a_stroke():
    with Generator("FailGym/SlideBlockToTarget-v0") as generator:
        recipe = build({"name": "undershoot", "share": [0.5, 0.5]})
        failed = generator.triplet(recipe, 2)
        injection = failed.certificate.injection
        assert failed.certificate.holds
        params = injection.params
        way = float(np.linalg.norm(params["detour"][:3]))
        stroke = Fix.stroke(way, stage=Stage(params["stage"]), subtask=params["subtask"])
        env, base = generator.env, generator.env.unwrapped
        for fix, works in ((None, False), (Fix.stroke(0.3 * way, stage=stroke.stage), False), (stroke, True)):
            env.reset(seed=2)
            env.arm([(recipe, inject(recipe, params))])
            base.recorder = recorder = Recorder(None, False)
            for index, subtask in enumerate(base.plan.subtasks):
                policy = base.expert()
                recorder.begin(base, index, 0, subtask)
                policy.reset(env, subtask)
                if fix is not None and index == params["subtask"]:
                    policy, _ = take_over(env, fix, policy, base.plan, index)
                continue_subtask(env, policy, recorder, (index, 0, subtask))
            base.idle(10)
            assert base.evaluate()["success"] is works, fix


def test_rewind_goes_back_the_way_the_hand_came_and_begins_again(pick):
    base = pick.unwrapped
    pick.reset(seed=4)
    recipe = build("no_close")
    pick.arm([(recipe, inject(recipe, recipe.sample(np.random.default_rng(0), base.facts())))])
    base.recorder = recorder = Recorder(None, False)
    grasp = base.plan.subtasks[0]
    home = base.scene.hand().pose.position
    run_subtask(pick, base.expert(), recorder, (0, 0, grasp))
    away = np.linalg.norm(base.scene.hand().pose.position - home)
    assert not base.achieved(grasp)
    policy, plan = take_over(pick, Fix.rewind(subtask=0), base.expert(), base.plan, 0)
    assert np.linalg.norm(base.scene.hand().pose.position - home) < 0.03 < away
    recorder.begin(base, 0, 1, grasp)
    continue_subtask(pick, policy, recorder, (0, 1, grasp))
    for index, subtask in enumerate(plan.subtasks[1:], 1):
        run_subtask(pick, base.expert(), recorder, (index, 0, subtask))
    base.idle(10)
    assert base.evaluate()["success"]


def test_hold_waits_for_what_is_in_the_way_and_no_longer():
    with Generator("FailGym/PickCube-v0") as generator:
        found = next(
            triplet
            for triplet in (
                generator.triplet({"name": "human_intervention", "kind": "block"}, seed) for seed in range(9)
            )
            if triplet.certificate.holds
        )
        assert found.certificate.fix.kind is FixKind.HOLD
        acted = found.avoid.injections[0]
        spans = [span for span in found.avoid.spans if span.start <= acted.t_last]
        assert spans[-1].end > acted.t_last, "it goes on once the way is free"


@pytest.mark.parametrize("arm", ["left", "right"])
def test_a_motion_fix_moves_the_arm_that_it_names(arm):
    with make_base("FailGym/LiftTray-v0", control_mode="keypose") as env:
        base = env.unwrapped
        env.reset(seed=0)
        other = {"left": "right", "right": "left"}[arm]
        before = {name: base.scene.of(name).hand().pose.position for name in (arm, other)}
        take_over(env, Fix.translation((0.0, 0.0, 0.04), arm=arm), base.expert(), base.plan, 0)
        moved = {name: base.scene.of(name).hand().pose.position - before[name] for name in (arm, other)}
        np.testing.assert_allclose(moved[arm], [0.0, 0.0, 0.04], atol=0.005)
        np.testing.assert_allclose(moved[other], 0.0, atol=0.005)
