import json

import gymnasium as gym
import numpy as np
import pytest

import failgym
from failgym.envs.inject import InjectFailures
from failgym.envs.registration import make_base
from failgym.errors import ConfigurationError, SeatError, UnknownNameError
from failgym.perturbations import (
    CATALOGUE,
    CONDITIONS,
    SUITES,
    Maybe,
    NoClose,
    OneOf,
    Slip,
    Translation,
    build,
    stream,
    suite,
)
from failgym.scene import SceneFacts
from tests.helpers import POINT_PICK, same

pytestmark = pytest.mark.nogl

SEEDS = range(300)


def names_of(env, seed):
    return [injection["name"] for injection in env.reset(seed=seed)[1]["injections"]]


@pytest.fixture
def pick():
    def make(perturbations):
        return make_base(POINT_PICK, perturbations)

    return make


def test_a_list_means_all_of_them_in_order(pick):
    assert names_of(pick(["slip", "no_close", {"name": "translation"}]), 0) == ["slip", "no_close", "translation"]
    assert names_of(pick("slip"), 0) == ["slip"]
    assert names_of(pick(Slip()), 0) == ["slip"]
    assert names_of(pick({"name": "slip"}), 0) == ["slip"]
    assert names_of(pick([]), 0) == []


def test_one_of_picks_each_about_equally_often_and_by_seed_alone(pick):
    env = pick(failgym.one_of("slip", "no_close", Translation(distance=0.05)))
    picked = [names_of(env, seed) for seed in SEEDS]
    assert all(len(names) == 1 for names in picked)
    for name in ("slip", "no_close", "translation"):
        assert picked.count([name]) == pytest.approx(100, abs=30)
    assert picked == [names_of(env, seed) for seed in SEEDS]


def test_maybe_acts_in_its_share_of_the_episodes(pick):
    env = pick([failgym.maybe("slip", 0.25), "no_close"])
    drawn = [names_of(env, seed) for seed in SEEDS]
    assert drawn.count(["slip", "no_close"]) == pytest.approx(75, abs=25)
    assert drawn.count(["no_close"]) == len(SEEDS) - drawn.count(["slip", "no_close"])


def test_never_and_always(pick):
    never, always, plain = pick(failgym.maybe("slip", 0.0)), pick(failgym.maybe("slip", 1.0)), pick("slip")
    for seed in range(20):
        assert names_of(never, seed) == []
        assert same(always.reset(seed=seed), plain.reset(seed=seed))


def test_compositions_nest(pick):
    half = pick(failgym.maybe(failgym.one_of("slip", failgym.one_of("no_close", "translation")), 0.5))
    found = {tuple(names_of(half, seed)) for seed in range(100)}
    assert found == {(), ("slip",), ("no_close",), ("translation",)}


def test_two_compositions_of_a_kind_choose_independently(pick):
    env = pick([failgym.maybe("slip", 0.5), failgym.maybe("slip", 0.5)])
    counts = [len(names_of(env, seed)) for seed in SEEDS]
    assert counts.count(1) == pytest.approx(len(SEEDS) / 2, abs=40)


def test_two_of_a_kind_draw_differently(pick):
    env = pick(["translation", "translation"])
    first, second = env.reset(seed=1)[1]["injections"]
    assert first["params"]["offset"] != second["params"]["offset"]
    assert (
        env.reset(seed=1)[1]["injections"][0]["params"]
        == pick(["translation"]).reset(seed=1)[1]["injections"][0]["params"]
    )


def test_a_choice_does_not_shift_the_draw_of_what_is_chosen(pick):
    alone, chosen = pick(["translation"]), pick(failgym.one_of("slip", "translation"))
    for seed in range(20):
        (injection,) = chosen.reset(seed=seed)[1]["injections"]
        if injection["name"] == "translation":
            assert injection["params"] == alone.reset(seed=seed)[1]["injections"][0]["params"]


@pytest.mark.parametrize(
    "composition",
    [
        failgym.one_of("slip", Translation(distance=(0.04, 0.05))),
        failgym.maybe({"name": "delay_close", "steps": [12, 13]}, 0.3),
        failgym.maybe(failgym.one_of("slip", "no_close"), 0.3),
    ],
    ids=["one_of", "maybe", "nested"],
)
def test_json_round_trip(composition):
    rebuilt = build(json.loads(json.dumps(composition.spec())))
    assert rebuilt == composition
    assert hash(rebuilt) == hash(composition)
    choices = [[part.name for part in kind.resolve(stream(7, "x"))] for kind in (composition, rebuilt)]
    assert choices[0] == choices[1]


def test_parts_may_be_given_in_any_form():
    assert OneOf(of="slip") == OneOf(of=["slip"]) == OneOf(of=(Slip(),)) == OneOf(of={"name": "slip"})
    assert failgym.maybe(NoClose(), 0.5) == Maybe(of=["no_close"])


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_outside_0_to_1_is_refused(probability):
    with pytest.raises(ConfigurationError, match="probability"):
        failgym.maybe("slip", probability)


def test_choosing_from_nothing_is_refused():
    with pytest.raises(ConfigurationError, match="at least one"):
        failgym.one_of()
    with pytest.raises(UnknownNameError, match="Did you mean 'slip'"):
        failgym.one_of("slipp")


def test_a_composition_never_acts_itself():
    composition = failgym.one_of("slip")
    for call in (lambda: composition.sample(np.random.default_rng(), SceneFacts((), {})), lambda: composition.fix({})):
        with pytest.raises(TypeError, match="one_of"):
            call()


def test_seats_of_the_parts_are_checked(monkeypatch):
    env = make_base(POINT_PICK).unwrapped
    monkeypatch.setattr(type(env), "seats", ("plan", "action"))
    InjectFailures(env, failgym.one_of("slip", "wrong_order"))
    with pytest.raises(SeatError, match=r"'human_intervention' acts at the scene seat.*serves: action, plan"):
        InjectFailures(env, failgym.maybe(failgym.one_of("slip", "human_intervention"), 0.5))


@pytest.mark.parametrize("name", SUITES)
def test_suites_are_plain_lists_that_can_be_mounted(name):
    perturbations = suite(name)
    assert type(perturbations) is list
    assert perturbations == [build(member) for member in SUITES[name]]
    assert len(set(perturbations)) == len(perturbations)
    names = {perturbation.name for perturbation in perturbations}
    assert names <= {*CATALOGUE, *CONDITIONS}
    env = gym.make(f"failgym:{POINT_PICK}", perturbations=failgym.one_of(*perturbations))
    assert {names_of(env, seed)[0] for seed in range(100)} == names


def test_offsets_and_turns_of_aha_are_along_one_axis():
    axes = [(perturbation.name, perturbation.axis) for perturbation in suite("aha") if hasattr(perturbation, "axis")]
    assert axes == [(name, axis) for name in ("translation", "rotation") for axis in "xyz"]


def test_an_unknown_suite_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'guardian'"):
        suite("guardia")
