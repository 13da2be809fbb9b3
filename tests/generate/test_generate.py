"""Triplets, certificates and their replay: on the toy for speed, and a few on MuJoCo."""

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from failgym.episodes import Certificate, Event, EventKind, Status
from failgym.errors import CertificateError, ConfigurationError, UnknownNameError
from failgym.generate import MOUNTS, Generator, Recording, replay, tally, triplet
from failgym.labels import FailureMode, Fix, FixKind, Stage
from failgym.perturbations import CATALOGUE, PlanPerturbation, ScenePerturbation, Translation, build
from tests.helpers import PICK_CUBE, POINT_PICK, on_toy

pytestmark = pytest.mark.nogl

SEED = 3
STEERING = ("translation", "rotation", "undershoot", "wrong_object")
"""What a closed-loop policy notices and corrects at once on the toy, which has no lag."""
PLANS = tuple(name for name in CATALOGUE if isinstance(build(name), PlanPerturbation))
SCENES = tuple(name for name in CATALOGUE if isinstance(build(name), ScenePerturbation))
TOYS = tuple(name for name in CATALOGUE if on_toy(name))
SOMEWHERE = {name: PICK_CUBE if name in TOYS else "FailGym/StackBlocks-v0" for name in CATALOGUE} | {
    "no_rotation": "FailGym/UnplugCharger-v0"  # its bars must be taken as they lie
}
"""A native task at which each can act."""


@pytest.fixture(scope="module")
def toy():
    with Generator(POINT_PICK) as generator:
        yield generator


@pytest.fixture(scope="module")
def certified(toy):
    return toy.triplet("translation", SEED)


def expected(name: str, mount: str) -> set[Status]:
    if mount == "control" and name == "action_noise":  # corrected in the next step, and new in each
        return {Status.SURVIVED, Status.CERTIFIED}
    if mount == "control" and name in STEERING:
        return {Status.SURVIVED}
    if mount == "twin" and name in PLANS:
        return {Status.NOT_APPLICABLE}
    return {Status.CERTIFIED}


# -- what a triplet proves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", MOUNTS)
def test_every_perturbation_at_every_mount(mount):
    with Generator(POINT_PICK, mount=mount) as generator:
        for name in TOYS:
            made = [generator.triplet(name, seed).certificate for seed in range(3)]
            assert {certificate.status for certificate in made} <= expected(name, mount), name
            for certificate in made:
                assert certificate.mount == mount
                assert certificate.holds is (certificate.status is Status.CERTIFIED)


def test_a_certified_triplet_says_all_of_it(certified):
    certificate = certified.certificate
    assert certificate.holds
    assert certificate.recoverable
    assert certified.nominal.outcome.success
    assert not certified.injected.outcome.success
    assert certified.avoid.outcome.success
    assert certified.recover.outcome.success
    assert list(certified.episodes) == ["nominal", "injected", "avoid", "recover"]
    assert certificate.failure is FailureMode.TRANSLATION
    assert certified.injected.outcome.failure is FailureMode.TRANSLATION
    assert certified.injected.outcome.onset == certificate.onset
    assert certificate.stage is Stage.GRASP
    assert certificate.keyframe <= certificate.onset < certified.injected.steps
    assert certificate.digests == {name: episode.digest for name, episode in certified.episodes.items()}
    assert len(set(certificate.digests.values())) == 4
    assert certified.injected.injections == (certificate.injection,)
    assert certificate.injection.acted
    assert certificate.injection.t_first <= certificate.keyframe
    assert certified.avoid.uid == f"{POINT_PICK}/{SEED}/avoid"


def test_the_runs_share_one_past_and_part_at_the_named_steps(certified):
    certificate, runs = certified.certificate, certified.episodes
    states = {name: episode.arrays["state"] for name, episode in runs.items()}

    def parting(first: str, second: str) -> int:
        steps = min(len(states[first]), len(states[second]))
        return int(np.flatnonzero((states[first][:steps] != states[second][:steps]).any(axis=1))[0])

    assert parting("nominal", "injected") == certificate.injection.t_first
    assert parting("injected", "avoid") >= certificate.keyframe
    assert parting("injected", "avoid") <= certificate.keyframe + 2
    assert np.array_equal(states["recover"][: len(states["injected"])], states["injected"])
    assert len(states["recover"]) > len(states["injected"])
    assert len(runs["recover"].spans) > len(runs["injected"].spans)


def test_without_its_injection_an_action_is_executed_as_told(certified):
    window = range(certified.certificate.injection.t_first, certified.certificate.injection.t_last + 1)
    for name, episode in certified.episodes.items():
        told, executed = episode.arrays["action_told"], episode.arrays["action"]
        altered = np.flatnonzero((told != executed).any(axis=1))
        assert set(altered.tolist()) <= (set() if name == "nominal" else set(window)), name
        assert len(altered) == 0 or name != "nominal"
    assert (certified.injected.arrays["action_told"] != certified.injected.arrays["action"]).any()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("no_close", FixKind.GRIPPER),
        ("translation", FixKind.TRANSLATION),
        ("rotation", FixKind.ROTATION),
        ("wrong_object", FixKind.RETARGET),
        ("human_intervention", FixKind.RETARGET),
        ("wrong_order", FixKind.REPLAN),
    ],
)
def test_the_fix_is_of_the_right_kind(toy, name, kind):
    certificate = toy.triplet(name, SEED).certificate
    assert certificate.fix.kind is kind
    assert certificate.fix == build(name).fix(certificate.injection.params)


@pytest.mark.parametrize("name", TOYS)
def test_the_same_seed_gives_the_same_certificate(toy, name):
    first = toy.triplet(name, SEED).certificate
    toy.triplet("no_close", SEED + 1)
    assert toy.triplet(name, SEED).certificate == first
    assert triplet(POINT_PICK, name, SEED).certificate == first
    assert toy.triplet(name, SEED + 2).certificate.digests != first.digests


def test_frames_are_kept_only_when_asked_for():
    assert triplet(POINT_PICK, "slip", SEED).injected.frames == ()
    made = triplet(POINT_PICK, "slip", SEED, recording=Recording(every_steps=5))
    steps = [frame.step for frame in made.injected.frames]
    assert len(steps) == len(set(steps))
    assert set(range(5, made.injected.steps + 1, 5)) <= set(steps)
    span = made.injected.span(made.certificate.injection.subtask)
    assert {span.start, span.end} <= set(steps)
    assert made.certificate == triplet(POINT_PICK, "slip", SEED).certificate, "recording must not change what happens"


@pytest.mark.parametrize("name", ["translation", "slip", "missing_subtask", "wrong_order"])
def test_boundary_frames_surround_the_hit_subtask_in_every_run(name):
    made = triplet(POINT_PICK, name, SEED, recording=Recording())
    for run in ("nominal", "injected", "avoid"):
        assert len(made.episodes[run].frames) >= 2, run


# -- how an attempt can end --------------------------------------------------------------------------------------------


def test_an_injection_that_changes_nothing_is_no_effect(toy):
    certificate = toy.triplet({"name": "translation", "distance": 0.0}, SEED).certificate
    assert certificate.status is Status.NO_EFFECT
    assert "changed no state" in certificate.reason
    assert not certificate.holds
    certificate = toy.triplet({"name": "delay_close", "steps": 0}, SEED).certificate
    assert certificate.status is Status.NO_EFFECT
    assert "never acted" in certificate.reason
    assert certificate.injected_success is True


@pytest.mark.parametrize(
    "mild",
    [
        {"name": "translation", "distance": 0.008},
        {"name": "rotation", "angle": 0.3},
        {"name": "delay_close", "steps": 2},
        {"name": "weak_close", "fraction": 1.2},
        {"name": "human_intervention", "distance": 0.005},
    ],
    ids=lambda spec: spec["name"],
)
def test_a_mild_injection_is_survived(toy, mild):
    made = toy.triplet(mild, SEED)
    assert made.certificate.status is Status.SURVIVED
    assert made.certificate.injected_success is True
    assert made.certificate.injection.acted
    assert made.certificate.failure is build(mild).failure
    assert made.injected.outcome.failure is None, "a success bears no label"
    assert (made.avoid, made.recover) == (None, None)
    assert not made.certificate.holds


def test_a_failure_of_another_kind_is_another_cause(toy):
    late = toy.triplet({"name": "slip", "delay_steps": 100}, SEED).certificate
    assert late.status in (Status.NO_EFFECT, Status.SURVIVED, Status.OTHER_CAUSE)
    certificate = toy.triplet({"name": "weak_close", "fraction": 0.1}, SEED).certificate
    assert certificate.status is Status.OTHER_CAUSE
    assert certificate.injected_success is False
    assert "did not close on time" in certificate.reason
    assert not certificate.holds
    assert certificate.fix is None


def test_a_label_that_physics_does_not_bear_out_is_refused(monkeypatch, toy):
    """The signature decides, not the receipt: here the gripper stays open while the label says translation."""
    original = Translation.perturb

    def perturb(self: Any, action: Any, context: Any, params: Any) -> Any:
        original(self, action, context, params)
        return context.layout.with_closure(action, 0.0)

    monkeypatch.setattr(Translation, "perturb", perturb)
    certificate = toy.triplet("translation", SEED).certificate
    assert certificate.status is Status.OTHER_CAUSE
    assert "beside its nominal place" in certificate.reason


def test_a_draw_with_nothing_to_act_on_is_not_applicable(toy):
    made = toy.triplet({"name": "human_intervention", "distance": 3.0}, SEED)
    assert made.certificate.status is Status.NOT_APPLICABLE
    assert "no free place" in made.certificate.reason
    assert made.episodes == {}


def test_a_failing_nominal_run_is_never_blamed_on_the_injection(monkeypatch):
    with Generator(POINT_PICK) as generator:
        evaluate = type(generator.env.unwrapped).evaluate
        monkeypatch.setattr(type(generator.env.unwrapped), "evaluate", lambda env: evaluate(env) | {"success": False})
        made = generator.triplet("translation", SEED)
    assert made.certificate.status is Status.NOMINAL_FAILED
    assert not made.certificate.nominal_success
    assert list(made.episodes) == ["nominal"]


@pytest.mark.parametrize("share", [0.0, -0.5, 1.0], ids=["nothing", "half the way", "the wrong way"])
def test_a_fix_that_does_not_save_it_is_uncorrected(monkeypatch, toy, share):
    original = Translation.fix

    def fix(self: Any, params: Any) -> Any:
        return replace(original(self, params), translation_m=tuple(share * entry for entry in params["offset"]))

    monkeypatch.setattr(Translation, "fix", fix)
    made = toy.triplet("translation", SEED)
    assert made.certificate.status is Status.UNCORRECTED
    assert made.certificate.signature
    assert made.certificate.avoid_success is False
    assert not made.certificate.holds


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("no_close", Fix.translation((0.0, 0.02, 0.0), subtask=0)),
        ("translation", Fix.gripper(1.0, subtask=0)),
        ("weak_close", Fix.gripper(0.2, subtask=0)),
        ("delay_close", Fix.rotation((0.0, 0.0, 0.3), subtask=0)),
        ("rotation", Fix.gripper(1.0, subtask=0)),
    ],
)
def test_a_fix_for_another_failure_corrects_nothing(monkeypatch, toy, name, fix):
    """The injection goes on in the corrected run: only what answers it can save the task."""
    recipe = build(name)
    monkeypatch.setattr(type(recipe), "fix", lambda self, params: fix)
    assert toy.triplet(recipe, SEED).certificate.status is Status.UNCORRECTED


def test_the_tally_lists_every_status(toy):
    made = [toy.triplet(spec, SEED) for spec in ("slip", "no_close", {"name": "translation", "distance": 0.0})]
    assert tally(made) == {str(status): 0 for status in Status} | {"certified": 2, "no_effect": 1}
    assert tally([]) == {str(status): 0 for status in Status}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            (POINT_PICK, "slip", 0, {"mount": "keyposes"}),
            ConfigurationError,
            "mount cannot be 'keyposes'.*keypose, control, twin",
        ),
        ((POINT_PICK, "slip", 0, {"control_mode": "keypose"}), ConfigurationError, "control_mode"),
        ((POINT_PICK, "slip", 0, {"perturbations": []}), ConfigurationError, "perturbations"),
        ((POINT_PICK, "slip", 0, {"colour": "red"}), ConfigurationError, "colour"),
        ((POINT_PICK, "slipp", 0, {}), UnknownNameError, "slip"),
        (("FailGym/PointPic-v0", "slip", 0, {}), UnknownNameError, "PointPick"),
    ],
    ids=["mount", "control_mode", "perturbations", "argument", "perturbation", "environment"],
)
def test_wrong_arguments_are_named(arguments, error, words):
    *positional, keywords = arguments
    with pytest.raises(error, match=words):
        triplet(*positional, **keywords)


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_certificate_survives_json(toy, name):
    for spec in (name, {"name": "translation", "distance": 0.0}):
        certificate = toy.triplet(spec, SEED).certificate
        data = json.loads(json.dumps(certificate.to_json()))
        assert Certificate.from_json(data) == certificate
        assert data["versions"].keys() >= {"failgym", "mujoco", "numpy"}


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, (*path, key))]
    if isinstance(data, list):
        return [leaf for index, value in enumerate(data) for leaf in leaves(value, (*path, index))]
    return [path]


def test_whatever_is_altered_in_a_certificate_is_noticed(certified):
    data = json.loads(json.dumps(certified.certificate.to_json()))
    paths = leaves(data)
    assert len(paths) > 30
    for path in paths:
        altered = copy.deepcopy(data)
        inner = altered
        for key in path[:-1]:
            inner = inner[key]
        value = inner[path[-1]]
        inner[path[-1]] = (
            not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else f"{value}x"
        )
        with pytest.raises(CertificateError):
            Certificate.from_json(altered)
    for key in data:
        with pytest.raises(CertificateError):
            Certificate.from_json({name: value for name, value in data.items() if name != key})
    with pytest.raises(CertificateError):
        Certificate.from_json({})


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("name", ["translation", "human_intervention", "slip"])
def test_replay_is_bit_identical(mount, name):
    certificate = triplet(POINT_PICK, name, SEED, mount=mount).certificate
    again = replay(Certificate.from_json(json.loads(json.dumps(certificate.to_json()))))
    assert again.matches
    assert again.bitwise
    assert again.differences == ()
    assert again.certificate == certificate


def test_certificates_of_one_environment_may_share_a_generator(toy, certified):
    for _ in range(2):
        again = replay(certified.certificate, toy)
        assert (again.matches, again.bitwise, again.certificate) == (True, True, certified.certificate)
    with Generator(POINT_PICK, mount="twin") as other, pytest.raises(ConfigurationError, match="generator"):
        replay(certified.certificate, other)


def test_replay_uses_the_receipt_and_not_a_new_draw(toy, monkeypatch):
    certificate = toy.triplet("translation", SEED).certificate
    monkeypatch.setattr(Translation, "sample", lambda self, rng, facts: pytest.fail("a replay must not draw"))
    assert replay(certificate).matches


def test_replay_notices_another_outcome_and_another_state(certified):
    certificate = certified.certificate
    forged = replay(replace(certificate, digests=certificate.digests | {"avoid": "0" * 32}))
    assert not forged.matches
    assert len(forged.differences) == 1
    assert "digest of avoid" in forged.differences[0]
    assert forged.same_outcomes
    wrong = replay(replace(certificate, onset=certificate.onset + 1, recover_success=False))
    assert not wrong.matches
    assert not wrong.same_outcomes
    assert {difference.split(":")[0] for difference in wrong.differences} == {"onset", "recover_success"}
    shifted = replace(certificate.injection, params=certificate.injection.params | {"offset": [0.0, 0.0, 0.0]})
    assert "status" in " ".join(replay(replace(certificate, injection=shifted)).differences)


def test_on_other_versions_outcomes_are_compared(certified):
    certificate = replace(
        certified.certificate, versions=certified.certificate.versions | {"numpy": "1.0"}, digests={"nominal": "?"}
    )
    again = replay(certificate)
    assert again.matches
    assert not again.bitwise
    assert again.other_versions == (f"numpy 1.0 before, {np.__version__} now",)


@pytest.mark.parametrize(
    "change",
    [{"env_id": "FailGym/Gone-v0"}, {"perturbation": {"name": "gone"}}, {"mount": "gone"}, {"env_kwargs": {"gone": 1}}],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_exist_here_cannot_be_replayed(certified, change):
    with pytest.raises(CertificateError, match=r"gone|Gone"):
        replay(replace(certified.certificate, **change))


def test_arguments_of_the_environment_are_part_of_the_certificate():
    certificate = triplet(POINT_PICK, "slip", SEED, image_size=(48, 32), obs_mode="state_dict").certificate
    assert certificate.env_kwargs == {"image_size": [48, 32], "obs_mode": "state_dict"}
    assert replay(certificate).certificate == certificate


# -- MuJoCo ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_native_task_is_certified_and_replays(name):
    with Generator(SOMEWHERE[name]) as generator:
        certificates = [generator.triplet(name, seed).certificate for seed in range(4)]
    assert sum(certificate.holds for certificate in certificates) >= 3, [c.reason for c in certificates]
    proof = next(certificate for certificate in certificates if certificate.holds)
    assert proof.onset is not None
    if name not in (*PLANS, *SCENES):  # these show before the step at which they can be corrected
        assert 0 <= proof.keyframe <= proof.onset
    again = replay(proof)
    assert (again.matches, again.bitwise) == (True, True), again.differences


@pytest.mark.parametrize("mount", ["control", "twin"])
@pytest.mark.parametrize("name", ["no_close", "weak_close", "slip", "human_intervention"])
def test_pick_cube_at_the_other_mounts(mount, name):
    with Generator(PICK_CUBE, mount=mount) as generator:
        certificates = [generator.triplet(name, seed).certificate for seed in range(3)]
    assert sum(certificate.holds for certificate in certificates) >= 2, [c.reason for c in certificates]


def test_events_tell_the_failure_on_mujoco():
    made = triplet(PICK_CUBE, "slip", SEED)
    target = made.injected.plan.subtasks[0].object
    assert made.nominal.happened(EventKind.LIFTED, target)
    assert not made.nominal.happened(EventKind.RELEASED, target)
    (lost, *_) = made.injected.happened(EventKind.RELEASED, target)
    assert isinstance(lost, Event)
    assert made.certificate.onset == lost.step
