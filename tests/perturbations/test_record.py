"""What everything at the record seat promises, on recorded episodes of the toy and on such as real data gives."""

import copy
import json
from dataclasses import asdict, replace

import pytest

from failgym.envs.registration import make_base
from failgym.episodes import Injection, Judged, Outcome
from failgym.episodes.files import load, save
from failgym.errors import NotApplicableError, SeatError
from failgym.generate import Generator, Recording, triplet
from failgym.labels import FailureMode, Fix, Judgement, Verdict
from failgym.perturbations import (
    CATALOGUE,
    OFFLINE,
    PERTURBATIONS,
    RecordPerturbation,
    build,
    facts_of,
    maybe,
    one_of,
    relabel,
    stream,
)
from failgym.scene import SceneFacts
from tests.helpers import POINT_PICK, same
from tests.perturbations.records import planned, real

pytestmark = pytest.mark.nogl

offline = pytest.mark.parametrize("name", OFFLINE)
CARROT = real("put the carrot on the plate")


@pytest.fixture(scope="module")
def recorded():
    with Generator(POINT_PICK, recording=Recording(every_steps=5)) as generator:
        return [generator.triplet("slip", seed).nominal for seed in range(4)]


def listed(episode):
    """All that an episode holds, in types that can be compared bit for bit."""
    frames = [asdict(frame) | {"image": list(frame.image)} for frame in episode.frames]
    return vars(episode) | {"frames": frames, "outcome": asdict(episode.outcome)}


def test_the_offline_ones_are_those_of_the_record_seat():
    assert set(OFFLINE) == {"object_swap", "preposition_swap", "reversal", "revert_action"}
    assert all(isinstance(build(name), RecordPerturbation) for name in OFFLINE)
    assert set(OFFLINE).isdisjoint(CATALOGUE)
    assert set(PERTURBATIONS.names()) - {*CATALOGUE, *OFFLINE} >= {"one_of", "maybe", "llm_instruction"}


@offline
@pytest.mark.parametrize("kind", ["simulated", "real"])
def test_a_record_is_relabelled_and_left_as_it_is(name, kind, recorded):
    for episode in recorded if kind == "simulated" else [CARROT]:
        before = copy.deepcopy(listed(episode))
        altered = relabel(episode, name, seed=3)
        assert same(listed(episode), before)
        receipt = altered.injections[-1]
        assert receipt.acted
        assert (receipt.name, receipt.seat, receipt.spec) == (name, "record", {"name": name})
        assert receipt.failure is build(name).failure is altered.outcome.failure
        assert altered.outcome.success is (name == "reversal")
        assert altered.outcome.checks == {"success": altered.outcome.success}
        assert altered.uid == f"{episode.uid}/{name}/3"
        assert receipt.params["recorded"]["outcome"] == asdict(episode.outcome)
        assert receipt.params["recorded"]["instruction"] == episode.instruction
        assert receipt.params["recorded"]["uid"] == episode.uid
        assert receipt.params["evidence"].startswith(("measured: ", "by construction: "))
        if kind == "real":
            assert receipt.params["evidence"].startswith("by construction: "), "nothing was measured there"
        assert 0 <= receipt.t_first <= receipt.t_last


@offline
def test_the_draw_follows_from_the_seed_and_is_json(name, recorded):
    episode = planned(
        "put the red block on the tray and close the drawer",
        "grasp the red block",
        "place the red block on the tray",
        "close the drawer",
        visible=("red block", "tray", "drawer", "blue block", "green block", "board"),
    )
    perturbation = build(name)
    for subject in (episode, recorded[0], CARROT):
        for seed in range(20):
            params = perturbation.sample(stream(seed, name), facts_of(subject))
            assert same(params, perturbation.sample(stream(seed, name), facts_of(subject)))
            assert same(json.loads(json.dumps(params)), params)
            assert params["subtask"] in (None, *range(len(subject.plan.subtasks)))
    draws = {json.dumps(perturbation.sample(stream(seed, name), facts_of(episode))) for seed in range(30)}
    assert (len(draws) > 1) is (name != "reversal"), "all of them choose, but for the reversal"
    again = relabel(episode, name, seed=5)
    assert same(listed(again), listed(relabel(episode, name, seed=5)))
    assert {relabel(episode, name, 5, occurrence=number).uid for number in range(3)} == {
        f"sim/1/{name}/{number}" for number in ("5", "5.1", "5.2")
    }


@offline
def test_the_receipt_makes_the_same_again(name, recorded):
    altered = relabel(recorded[1], name, seed=2)
    receipt = Injection.from_json(json.loads(json.dumps(altered.injections[-1].to_json())))
    assert receipt == altered.injections[-1]
    again = build(receipt.spec).perturb(recorded[1], receipt.params)
    kept = {"uid": altered.uid, "injections": altered.injections, "verdicts": ()}
    assert same(listed(replace(again, **kept)), listed(altered))


@offline
def test_a_relabelled_record_is_saved_and_read(name, recorded, tmp_path):
    altered = relabel(recorded[0], name)
    assert same(listed(load(save(altered, tmp_path / name))), listed(altered))


@offline
def test_where_there_is_nothing_to_act_on_it_says_so(name):
    perturbation = build(name)
    for facts in (SceneFacts((), {}), facts_of(real("", visible=()))):
        with pytest.raises(NotApplicableError, match=name):
            perturbation.sample(stream(0, name), facts)


@offline
def test_only_successes_are_relabelled(name):
    failed = replace(CARROT, outcome=Outcome(False, {"success": False}, FailureMode.SLIP))
    with pytest.raises(NotApplicableError, match=f"'{name}'.*no success"):
        relabel(failed, name)


@offline
def test_verdicts_on_other_evidence_do_not_stay(name, recorded):
    judged = Judged("x/episode", "episode", Verdict(Judgement.SUCCESS, 0.9), True, 3)
    assert relabel(replace(recorded[0], verdicts=(judged,)), name).verdicts == ()


@offline
def test_the_fix_says_how_to_do_what_is_asked(name, recorded):
    for episode in (recorded[0], CARROT):
        params = relabel(episode, name).injections[-1].params
        if build(name).failure is None:
            with pytest.raises(NotApplicableError, match="needs no correction"):
                build(name).fix(params)
            continue
        fix = build(name).fix(params)
        assert Fix.from_json(json.loads(json.dumps(fix.to_json()))) == fix
        assert fix.subtask == params["subtask"]
        asked = params.get("instruction", episode.instruction)
        assert (fix.object or fix.plan_text.split("\n")[-1].split(" ", 1)[1]) in asked or fix.plan_text == asked


@offline
def test_environments_and_triplets_refuse_it(name):
    with pytest.raises(SeatError, match=f"'{name}' acts at the record seat, which .* does not serve"):
        triplet(POINT_PICK, name, 0)
    with pytest.raises(SeatError, match="record seat"):
        make_base(POINT_PICK, [name])
    env = make_base(POINT_PICK, [])
    receipt = relabel(CARROT, name).injections[-1] if name != "object_swap" else Injection(name, "record", None)
    with pytest.raises(SeatError, match="record seat"):
        env.reset(seed=0, options={"injections": [receipt.to_json()]})


def test_other_seats_are_refused(recorded):
    with pytest.raises(SeatError, match="'slip' acts at the action seat, which a recorded episode does not serve"):
        relabel(recorded[0], "slip")


def test_compositions_choose(recorded):
    spec = one_of("object_swap", "preposition_swap", "revert_action")
    names = {relabel(recorded[0], spec, seed).injections[-1].name for seed in range(20)}
    assert names == {"object_swap", "preposition_swap", "revert_action"}
    assert relabel(recorded[0], maybe("object_swap", 0.0)) is recorded[0]
    both = relabel(relabel(recorded[0], "reversal"), "object_swap")
    assert [receipt.name for receipt in both.injections] == ["reversal", "object_swap"]
    assert not both.outcome.success
    assert both.injections[-1].params["recorded"]["uid"].endswith("/reversal/0")


def test_facts_of_a_record_are_its_names():
    episode = planned("close the drawer", "open the drawer", "close the drawer", visible=("Red  block",))
    facts = facts_of(episode, visible=["a_spoon", "drawer"])
    assert facts.names == ("a_spoon", "drawer", "red block")
    assert facts.closed == ("drawer",)
    assert facts.plan.instruction == "close the drawer"
    assert facts.episode is episode
    assert facts.thing("drawer").opens
    assert not facts.thing("drawer").graspable
    assert facts.thing("red block").graspable
    assert facts_of(real("pick up the cup", visible=())).things == ()


def test_visible_things_may_come_from_the_caller():
    blind = real("put the carrot on the plate", visible=())
    with pytest.raises(NotApplicableError, match="visible"):
        relabel(blind, "object_swap")
    said = {relabel(blind, "object_swap", seed, visible=["carrot", "spoon", "plate"]).instruction for seed in range(5)}
    assert said == {"put the spoon on the plate"}


def test_simulated_episodes_list_what_is_visible(recorded):
    for episode in recorded:
        assert set(episode.plan.objects) < set(episode.visible)
        assert len(episode.visible) == 4
