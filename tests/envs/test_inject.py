import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from failgym.agents import WaypointExpert
from failgym.envs.clock import Clock
from failgym.envs.inject import InjectFailures
from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, EventKind, Injection, Intent, Recorder
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations import CATALOGUE, ObservationPerturbation, Signature, inject
from failgym.plans import Plan
from tests.helpers import POINT_PICK, on_toy, run_plan, same

pytestmark = pytest.mark.nogl


def digest(recorder: Recorder) -> str:
    return recorder._digest.hexdigest()


def pick(perturbations: Any = (), **kwargs: Any) -> InjectFailures:
    return make_base(POINT_PICK, perturbations, **kwargs)


def events(recorder: Recorder, kind: EventKind) -> list[Any]:
    return [event for event in recorder.events if event.kind is kind]


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_the_clock_counts_steps_since_the_stage_began_and_since_the_gripper_closed():
    clock = Clock()
    script = [
        (0, (0, 0), Stage.APPROACH, 0.0),
        (1, (0, 0), Stage.APPROACH, 0.0),
        (2, (0, 0), Stage.GRASP, 1.0),
        (3, (0, 0), Stage.GRASP, 1.0),
        (4, (1, 0), Stage.LIFT, 1.0),
        (5, (1, 0), Stage.LIFT, 0.2),
        (6, (1, 0), Stage.LIFT, 0.9),
        (7, (1, 1), Stage.LIFT, 0.9),
    ]
    seen = [clock.context(EE_DELTA, *moment) for moment in script]
    assert [context.stage_steps for context in seen] == [0, 1, 0, 1, 0, 1, 2, 0]
    assert [context.since_close for context in seen] == [None, None, 0, 1, 2, None, 0, 1]
    assert [context.closing for context in seen] == [None, None, (0, 0), (0, 0), (0, 0), None, (1, 0), (1, 0)]
    assert dict(seen[-1].began) == {0: 0, 1: 4}
    assert {subtask: step for subtask, step in seen[-1].ended.items() if subtask >= 0} == {0: 4, 1: 7}


def test_letting_go_of_something_else_does_not_begin_a_subtask():
    clock = Clock()
    clock.context(EE_DELTA, 0, (0, 0), Stage.RETREAT, 1.0)
    assert 0 not in clock.began
    assert clock.context(EE_DELTA, 3, (0, 0), Stage.APPROACH, 0.0).began[0] == 3


def test_the_clock_counts_attempts_by_reopenings_and_returns():
    clock = Clock()
    closures = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.2]
    assert [clock.attempt(0, closure) for closure in closures] == [0, 0, 0, 1, 1, 1, 2]
    assert [clock.attempt(1, closure) for closure in (1.0, 1.0, 0.0)] == [0, 0, 1]
    assert [clock.attempt(0, closure) for closure in (0.0, 1.0)] == [3, 3]
    state = clock.state()
    assert clock.attempt(1, 1.0) == 2
    clock.set_state(state)
    assert clock.attempt(1, 1.0) == 2


def test_the_clock_goes_back():
    clock = Clock()
    clock.context(EE_DELTA, 0, (0, 0), Stage.GRASP, 1.0)
    state = clock.state()
    first = clock.context(EE_DELTA, 1, (1, 0), Stage.LIFT, 1.0)
    first = first._replace(began=dict(first.began), ended=dict(first.ended))
    clock.context(EE_DELTA, 2, (1, 1), Stage.PLACE, 0.0)
    clock.set_state(state)
    assert clock.context(EE_DELTA, 1, (1, 0), Stage.LIFT, 1.0) == first
    clock.set_state(state)
    assert dict(clock.began) == {0: 0}, "a restored state must not see what came later"


# -- receipts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CATALOGUE if on_toy(name)])
def test_nothing_differs_before_the_first_step_that_the_receipt_names(name):
    nominal, injected = pick(control_mode="keypose"), pick([name], control_mode="keypose")
    reports = [env.reset(seed=5)[1]["injections"] for env in (nominal, injected)]
    assert reports[0] == ()
    reference, altered = run_plan(nominal), run_plan(injected)
    (receipt,) = injected.injections
    steps = min(reference.step, altered.step)
    differing = [step for step in range(steps) if not np.array_equal(reference.rows[step], altered.rows[step])]
    assert differing[0] >= receipt.t_first
    # An altered plan may begin as the nominal one does.
    assert differing[0] <= receipt.t_first + (40 if receipt.seat == "plan" else 12)
    assert digest(reference) != digest(altered)


@pytest.mark.parametrize(
    "name", ["no_close", "delay_close", "weak_close", "slip", "translation", "rotation", "wrong_object"]
)
def test_the_receipt_spans_exactly_the_steps_whose_action_was_altered(name):
    env = pick([name], control_mode="keypose")
    env.reset(seed=5)
    recorder = run_plan(env)
    (receipt,) = env.injections
    pairs = zip(recorder.told, recorder.executed, strict=True)
    altered = [step for step, (told, executed) in enumerate(pairs) if not np.array_equal(told, executed)]
    assert receipt.t_first == altered[0]
    assert altered[-1] <= receipt.t_last <= altered[-1] + 1


def test_receipts_replay_the_episode():
    drawing = pick(list(CATALOGUE))
    _, info = drawing.reset(seed=3)
    reference = digest(run_plan(drawing))
    receipts = json.loads(json.dumps(drawing.injections, default=Injection.to_json))
    assert any(receipt["t_first"] is not None for receipt in receipts)
    replaying = pick()
    for given in (receipts, list(drawing.injections), list(info["injections"])):
        _, again = replaying.reset(seed=3, options={"injections": given})
        assert again["injections"] == info["injections"]
        assert digest(run_plan(replaying)) == reference
    assert replaying.reset(seed=3)[1]["injections"] == ()
    assert digest(run_plan(replaying)) != reference


def test_a_receipt_carries_its_parameters_to_another_seed():
    env = pick(["translation"])
    (receipt,) = env.reset(seed=3)[1]["injections"]
    (other,) = env.reset(seed=4)[1]["injections"]
    (given,) = env.reset(seed=4, options={"injections": [receipt]})[1]["injections"]
    assert given["params"] == receipt["params"] != other["params"]


@pytest.mark.parametrize("wrong", ["slip", {"seat": "action"}, 3, {"name": "slip", "colour": "red"}])
def test_what_is_no_receipt_is_refused(wrong):
    env = pick()
    with pytest.raises(ConfigurationError, match="injections"):
        env.reset(seed=0, options={"injections": [wrong]})
    env.reset(seed=0)


def test_a_receipt_of_an_unknown_perturbation_is_refused():
    receipt = {"name": "slipp", "seat": "action", "failure": "slip"}
    with pytest.raises(UnknownNameError, match="Did you mean 'slip'"):
        pick().reset(seed=0, options={"injections": [receipt]})


def test_a_draw_without_anything_to_act_on_is_reported_and_the_episode_goes_on():
    env = pick([{"name": "human_intervention", "distance": 2.0}, "missing_subtask"])
    _, info = env.reset(seed=0)
    first, _ = info["injections"]
    assert "no free place" in first["params"]["not_applicable"]
    run_plan(env)
    assert not env.injections[0].acted
    assert env.injections[1].acted
    nominal = pick([{"name": "human_intervention", "distance": 2.0}])
    nominal.reset(seed=0)
    run_plan(nominal)
    assert nominal.unwrapped.evaluate()["success"]


# -- acting ------------------------------------------------------------------------------------------------------------


def test_without_perturbations_nothing_stands_between_policy_and_robot():
    env = pick()
    env.reset(seed=0)
    assert env.unwrapped.command_filter is None
    recorder = run_plan(env)
    assert all(told is executed for told, executed in zip(recorder.told, recorder.executed, strict=True))


def test_several_act_together():
    env = pick(["translation", "rotation", "weak_close"], control_mode="keypose")
    env.reset(seed=2)
    recorder = run_plan(env)
    shift, turn, grip = env.injections
    close = events(recorder, EventKind.CLOSING)[0]
    told, executed = recorder.told[close.step], recorder.executed[close.step]
    np.testing.assert_allclose(executed[:3] - told[:3], shift.params["offset"], atol=1e-12)
    assert np.abs(executed[3:7] - told[3:7]).max() > 0.1
    assert executed[7] == grip.params["closure"]
    assert turn.acted


def test_what_is_executed_stays_within_bounds():
    env = pick([{"name": "translation", "distance": 0.5}, "wrong_object"])
    env.reset(seed=0)
    recorder = Recorder(None, boundaries=False)
    env.unwrapped.recorder = recorder
    for _ in range(20):
        env.step(env.action_space.high)
    executed = np.array(recorder.executed)
    assert env.injections[0].acted
    assert (executed <= np.array(EE_DELTA.high) + 1e-9).all()
    assert (executed >= np.array(EE_DELTA.low) - 1e-9).all()


def test_the_first_of_several_plan_perturbations_acts():
    both, alone = pick(["wrong_order", "missing_subtask"]), pick(["wrong_order"])
    for seed in range(5):
        _, info = both.reset(seed=seed)
        assert info["plan"] == alone.reset(seed=seed)[1]["plan"]
        assert [injection["t_first"] for injection in info["injections"]] == [0, None]


def test_an_altered_plan_is_what_reset_hands_out():
    env, nominal = pick(["missing_subtask"]), pick()
    _, info = env.reset(seed=0)
    _, reference = nominal.reset(seed=0)
    assert info["instruction"] == reference["instruction"]
    assert info["plan"] != reference["plan"]
    (injection,) = info["injections"]
    assert injection["params"]["plan"] == reference["plan"]
    assert Plan.parse(info["plan"]) == Plan.parse(reference["plan"]).without(injection["subtask"])
    assert env.unwrapped.remaining_plan().text == reference["plan"], "the task itself knows better"
    assert env.step(np.zeros(7))[-1]["plan"] == info["plan"]


def test_disarmed_nothing_acts_and_the_receipts_stay():
    env = pick(["no_close"])
    env.reset(seed=0)
    env.disarm()
    run_plan(env)
    assert env.unwrapped.evaluate()["success"]
    assert [injection.name for injection in env.injections] == ["no_close"]
    assert not env.injections[0].acted
    env.reset(seed=0)
    run_plan(env)
    assert not env.unwrapped.evaluate()["success"]


def test_a_snapshot_holds_the_receipts_of_its_moment():
    env = pick(["no_close"])
    env.reset(seed=0)
    before = env.snapshot()
    run_plan(env)
    assert env.injections[0].acted
    after = env.snapshot()
    env.restore(before)
    assert not env.injections[0].acted
    env.restore(after)
    assert env.injections[0].acted


def test_a_snapshot_holds_the_clock_of_its_moment():
    env = pick([{"name": "delay_close", "steps": 9}])
    env.reset(seed=0)
    shut, wide = np.array([0, 0, 0, 0, 0, 0, 1.0]), np.zeros(7)

    def closures(actions):
        recorder = env.unwrapped.recorder = Recorder(None, boundaries=False)
        for action in actions:
            env.step(action)
        return [float(executed[-1]) for executed in recorder.executed]

    closures([wide] * 3 + [shut] * 5)
    snapshot = env.snapshot()
    ahead = closures([shut] * 10)
    assert ahead == [0.0] * 4 + [1.0] * 6
    env.restore(snapshot)
    assert closures([wide, shut, shut]) == [0.0, 1.0, 1.0], "another try is spared"
    env.restore(snapshot)
    assert closures([shut] * 10) == ahead


# -- policies that say nothing -----------------------------------------------------------------------------------------


def silently(env: InjectFailures) -> None:
    """Grasp and lift with the expert's actions, announcing nothing."""
    base: Any = env.unwrapped
    for subtask in base.remaining_plan().subtasks:
        expert = WaypointExpert()
        expert.reset(env, subtask)
        while (action := expert.act(None)) is not None:
            env.step(action)
    base.idle(5)


@pytest.mark.parametrize("name", ["no_close", "delay_close", "weak_close", "slip", "human_intervention"])
def test_failures_reach_a_policy_that_says_nothing_and_spare_its_second_try(name):
    for seed in range(5):
        env = pick([name])
        env.reset(seed=seed)
        assert env.unwrapped.intent is None
        silently(env)
        assert env.injections[0].acted
        assert not env.unwrapped.evaluate()["success"]
        window = env.injections[0].t_last
        silently(env)
        assert env.unwrapped.evaluate()["success"]
        assert env.injections[0].t_last <= window + 40


def test_what_a_policy_announces_decides_the_stage():
    env = pick()
    env.reset(seed=0)
    env.announce(Intent(1, 2, Stage.TRANSPORT))
    assert env.step(np.zeros(7))[-1]["stage"] == "transport"


# -- the observation seat ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Blackout(ObservationPerturbation):
    """All numbers read zero from some control step on."""

    name = "blackout"
    failure = FailureMode.NO_CLOSE

    start: int = 3

    def sample(self, rng, facts):
        return {"start": self.start}

    def perturb(self, observation, context, params):
        return np.zeros_like(observation) if context.step >= params["start"] else observation

    def fix(self, params):
        return Fix.gripper(1.0)

    def signature(self, failed, nominal, params):
        return Signature(False, "never asked")


@pytest.mark.parametrize("start", [0, 3])
def test_observations_are_altered_for_the_policy_alone(start):
    env, plain = pick([Blackout(start)]), pick()
    seen = [env.reset(seed=0)[0]] + [env.step(np.zeros(7))[0] for _ in range(5)]
    reference = [plain.reset(seed=0)[0]] + [plain.step(np.zeros(7))[0] for _ in range(5)]
    for step, (altered, clean) in enumerate(zip(seen, reference, strict=True)):
        assert same(altered, clean if step < start else np.zeros_like(clean))
    (receipt,) = env.injections
    assert (receipt.t_first, receipt.t_last) == (start, 5)
    assert env.unwrapped.state_bytes() == plain.unwrapped.state_bytes()


def test_draws_can_be_armed_by_hand():
    env = pick()
    env.reset(seed=0)
    perturbation = Blackout(0)
    env.arm([(perturbation, inject(perturbation, {"start": 0}))])
    assert not env.step(np.zeros(7))[0].any()
