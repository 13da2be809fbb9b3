"""What every registered perturbation promises; a new one is covered by being registered."""

import ast
import copy
import dataclasses
import inspect
import json
import math
import re
import textwrap
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import failgym
from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, KEYPOSE, Injection, StepContext
from failgym.errors import ConfigurationError, NotApplicableError, UnknownNameError
from failgym.generate import Generator
from failgym.labels import FailureMode, Fix, Stage
from failgym.labels.dream2fix import Dream2FixLabel
from failgym.labels.sentences import read_sentence, sentence
from failgym.perturbations import (
    CATALOGUE,
    CONDITIONS,
    OFFLINE,
    PERTURBATIONS,
    ActionPerturbation,
    Perturbation,
    PlanPerturbation,
    ScenePerturbation,
    Seat,
    build,
    inject,
    relabel,
    stream,
)
from failgym.perturbations.base import Range
from failgym.plans import Plan
from failgym.rotations import DOWN
from failgym.scene import SceneFacts, Thing
from tests.helpers import POINT_PICK, applies, run_plan, same
from tests.labels.strategies import close_to
from tests.perturbations.records import real

pytestmark = pytest.mark.nogl

BLOCKS = ("red block", "green block", "blue block", "pink block")
FACTS = SceneFacts(
    things=(
        *(Thing(name, graspable=True, width=0.04, height=0.04, receives=("on",), symmetry=2) for name in BLOCKS),
        Thing("table"),
    ),
    positions={
        "red block": (0.4, -0.15, 0.02),
        "green block": (0.5, 0.0, 0.02),
        "blue block": (0.6, 0.15, 0.02),
        "pink block": (0.4, 0.2, 0.02),
    },
    alterable={
        **dict.fromkeys(("friction", "mass", "size"), BLOCKS),
        **dict.fromkeys(("colour", "texture"), ("table", *BLOCKS, "drawer", "shelf")),
        "light": ("room",),
        "camera": ("front", "left"),
        "spare": ("spare_0", "spare_1", "spare_2"),
        "somebody": ("somebody",),
    },
    rivals=(
        {"green block": (0.1, 0.15, 0.0, 0.0, 0.0, 0.0), "pink block": (0.0, 0.35, 0.0, 0.0, 0.0, 0.0)},
        {},
        {"pink block": (-0.2, 0.05, 0.0, 0.0, 0.0, 0.0), "green block": (-0.1, -0.15, 0.0, 0.0, 0.0, 0.0)},
        {},
    ),
    ways=((0.0, 0.0, 0.0), (0.1, 0.15, 0.04), (0.0, 0.0, 0.0), (-0.1, -0.15, 0.08)),
    hands=((0.4, -0.15, 0.02, *DOWN), (), (0.6, 0.15, 0.02, *DOWN), ()),
    paths=((), (), (), ()),
    aims=((0.0, 0.0, 1.2), (0.0, 0.0, 0.0), (0.0, 0.0, -1.2), (0.0, 0.0, 0.0)),
    plan=Plan.parse(
        "grasp the red block\n"
        "place the red block on the green block\n"
        "grasp the blue block\n"
        "place the blue block on the red block"
    ),
)
UNTOUCHED = copy.deepcopy(FACTS)
SEEDS = range(40)
STREAM_7 = 0.8577282789203605
UNITS = re.compile(r"\b(m|rad|steps?|N|s|px)\b|0\.\.1|relative to")
LLM_PLAN = {"name": "llm_plan", "base_url": "http://localhost:8000/v1", "model": "m", "kind": "wrong_order"}
CONSTRUCTIBLE = {
    "one_of": {"name": "one_of", "of": ["slip"]},
    "maybe": {"name": "maybe", "of": ["slip"]},
    "during": {"name": "during", "of": "slip"},
    "llm_plan": LLM_PLAN,
    "llm_instruction": {"name": "llm_instruction", "base_url": "http://localhost:8000/v1", "model": "m"},
}

OF_A_KIND = {"stay_steps": {"kind": "block"}}
"""Ranges that only one kind of a perturbation draws from."""

every = pytest.mark.parametrize("name", PERTURBATIONS.names())
acting = pytest.mark.parametrize("name", CATALOGUE)
drawing = pytest.mark.parametrize("name", [*CATALOGUE, *CONDITIONS])
# What acts offline has records for subjects: the rest of its contract is in test_record.py.
named = pytest.mark.parametrize("name", [*CATALOGUE, *CONDITIONS, *OFFLINE])


arranging = [name for name in CONDITIONS if isinstance(build(name), ScenePerturbation)]


def at_seat(kind: type[Perturbation]) -> Any:
    return pytest.mark.parametrize("name", [name for name in CATALOGUE if isinstance(build(name), kind)])


def made(name: str) -> Perturbation:
    return build(CONSTRUCTIBLE.get(name, name))


def drawn(perturbation: Perturbation, seed: int = 0, facts: SceneFacts = FACTS) -> dict[str, Any]:
    return perturbation.sample(stream(seed, perturbation.name), facts)


def ground(name: str) -> str:
    """The toy, or a task in which there is more to go wrong, where the toy has nothing for a perturbation."""
    grounds = (POINT_PICK, "FailGym/StackBlocks-v0", "FailGym/PhoneOnBase-v0")
    return next(env_id for env_id in grounds if applies(name, env_id))


def range_fields(perturbation: Perturbation) -> list[str]:
    return [field.name for field in dataclasses.fields(perturbation) if field.type in (Range, "Range")]


def ranged() -> list[tuple[str, str]]:
    return [(name, field) for name in (*CATALOGUE, *CONDITIONS) for field in range_fields(build(name))]


def test_the_catalogue_is_not_empty():
    assert len(CATALOGUE) >= 10
    assert len(ranged()) >= 7


# -- the class ---------------------------------------------------------------------------------------------------------


@every
def test_is_a_frozen_dataclass_filed_under_its_own_name(name):
    perturbation = made(name)
    assert perturbation.name == name
    assert isinstance(perturbation.seat, Seat)
    assert isinstance(perturbation.failure, FailureMode) or (
        perturbation.failure is None and (name in OFFLINE or not perturbation.breaks)
    )
    assert hash(perturbation) == hash(made(name))
    field = next((field.name for field in dataclasses.fields(perturbation)), "anything")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(perturbation, field, 1)


@named
def test_lives_in_a_file_of_its_own_name_in_the_room_of_its_seat(name):
    perturbation = made(name)
    path = Path(inspect.getfile(type(perturbation)))
    assert path.stem == name
    assert path.parent.name == perturbation.seat
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(perturbation).__name__).lower()
    assert words == name


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS.names() if name not in ("one_of", "maybe")])
def test_says_where_it_comes_from(name):
    assert re.search(r"Source: \w+", type(made(name)).__doc__ or ""), "the class needs a `Source:` line"


@named
def test_says_in_which_units_its_ranges_are(name):
    cls = type(made(name))
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    documented = {}
    for line, following in zip(body.body, body.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(following, ast.Expr):
            documented[line.target.id] = ast.literal_eval(following.value)
    for field in dataclasses.fields(cls):
        assert field.name in documented, f"{field.name} has no doc line under it"
        assert UNITS.search(documented[field.name]), f"{field.name} has no unit: {documented[field.name]}"


@every
def test_json_form_builds_an_equal_one(name):
    perturbation = made(name)
    assert build(json.loads(json.dumps(perturbation.spec()))) == perturbation
    assert build(perturbation) is perturbation


@pytest.mark.parametrize(("name", "field"), ranged())
def test_json_form_keeps_fields_that_are_not_the_defaults(name, field):
    low, high = np.atleast_1d(getattr(build(name), field))[[0, -1]].tolist()
    for value in (low, [low, low], [low, high + 1]):
        perturbation = build({"name": name, field: value})
        assert build(json.loads(json.dumps(perturbation.spec()))) == perturbation
        assert perturbation.spec()[field] == value
    assert build({"name": name, field: high + 1}) != build(name)


@pytest.mark.parametrize(("name", "field"), ranged())
@pytest.mark.parametrize(
    "wrong",
    [
        (2.0, 1.0),
        (1.0,),
        (1.0, 2.0, 3.0),
        "much",
        ("1", "2"),
        None,
        {"low": 1},
        float("nan"),
        (0.0, float("inf")),
        True,
    ],
)
def test_a_wrong_range_is_refused_by_name(name, field, wrong):
    with pytest.raises(ConfigurationError, match=f"{name}.{field}"):
        build({"name": name, field: wrong})


@every
def test_a_wrong_field_is_refused(name):
    with pytest.raises(ConfigurationError, match="no_such_field"):
        build({"name": name, "no_such_field": 1})


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'delay_close'"):
        build("delay_clos")
    with pytest.raises(UnknownNameError, match="Did you mean 'weak_close'"):
        gym.make(f"failgym:{POINT_PICK}", perturbations=["weak_clos"])


@pytest.mark.parametrize("wrong", [7, None, ["slip"], {"steps": 3}, failgym.perturbations.Slip])
def test_what_is_no_perturbation_is_refused(wrong):
    with pytest.raises(ConfigurationError):
        build(wrong)


# -- the draw ----------------------------------------------------------------------------------------------------------


@drawing
def test_the_draw_is_json_and_follows_from_the_seed(name):
    perturbation = made(name)
    for seed in SEEDS:
        params = drawn(perturbation, seed)
        assert params == drawn(perturbation, seed)
        assert same(json.loads(json.dumps(params)), params), "params must be plain JSON: no tuples, no numpy numbers"
        assert 0 <= params["subtask"] < len(FACTS.plan.subtasks)
    assert FACTS == UNTOUCHED, "a draw must leave the facts as they are"


def test_random_streams_are_told_apart_by_seed_name_and_occurrence():
    keys = [(0, "slip", 0), (1, "slip", 0), (0, "no_close", 0), (0, "slip", 1)]
    assert len({stream(*key).random() for key in keys}) == len(keys)
    assert stream(7, "translation").random() == pytest.approx(STREAM_7, abs=1e-12), "seeds must mean the same for ever"


@drawing
def test_seeds_and_occurrences_differ(name):
    perturbation = made(name)
    by_seed = [json.dumps(drawn(perturbation, seed)) for seed in SEEDS]
    by_occurrence = [json.dumps(perturbation.sample(stream(0, name, number), FACTS)) for number in SEEDS]
    assert len(set(by_seed)) > 1
    assert len(set(by_occurrence)) > 1


@pytest.mark.parametrize(("name", "field"), ranged())
def test_the_draw_follows_its_range(name, field):
    low, high = np.atleast_1d(getattr(build(name), field))[[0, -1]].tolist()
    high = high if high > low else low + 1
    draws = {}
    for value in (low, high, (low, high)):
        found = [drawn(build({"name": name, field: value} | OF_A_KIND.get(field, {})), seed) for seed in SEEDS]
        draws[value] = {json.dumps(params) for params in found}
        for params in found:
            if field in params:
                assert np.min(value) <= params[field] <= np.max(value)
    assert draws[low].isdisjoint(draws[high]), f"{field} has no influence on the draw"
    assert draws[low, high] != draws[low]


@drawing
def test_nothing_to_act_on_is_said(name):
    with pytest.raises(NotApplicableError, match=name):
        drawn(made(name), facts=SceneFacts((), {}))


@pytest.mark.parametrize("name", [*CATALOGUE, *arranging])
def test_other_perturbations_shift_neither_draw_nor_scene(name):
    others = [other for other in CATALOGUE if other != name]
    alone = gym.make(f"failgym:{ground(name)}", perturbations=[name])
    among = gym.make(f"failgym:{ground(name)}", perturbations=[*others[:4], name, *others[4:], name])
    repeats = []
    for seed in range(5):
        observation, info = alone.reset(seed=seed)
        other_observation, other_info = among.reset(seed=seed)
        mine, again = (found["params"] for found in other_info["injections"] if found["name"] == name)
        assert info["injections"][0]["params"] == mine
        assert same(observation, other_observation) or name in arranging
        repeats.append(mine == again)
    assert not all(repeats) or len(range_fields(made(name))) == 0


# -- the act -----------------------------------------------------------------------------------------------------------


def moment(layout: Any, hit: int, *, retry: bool) -> StepContext:
    """A moment before the subtask that is hit, or in its second attempt, long after the first."""
    if not retry:
        return StepContext(layout, 0, hit - 1, 0, Stage.LIFT, 0, 0, (hit - 1, 0), {})
    began, ended = {hit: 0}, {hit: 60}
    return StepContext(layout, 200, hit, 1, Stage.LIFT, 5, 5, (hit, 1), began, ended)


@at_seat(ActionPerturbation)
@pytest.mark.parametrize("layout", [EE_DELTA, KEYPOSE], ids=lambda layout: layout.kind)
@pytest.mark.parametrize("retry", [False, True], ids=["before", "retry"])
def test_returns_the_same_object_where_it_does_not_act(name, layout, retry):
    perturbation = made(name)
    for seed in SEEDS:
        params = drawn(perturbation, seed)
        action = np.full(layout.size, 0.5)
        assert perturbation.perturb(action, moment(layout, params["subtask"], retry=retry), params) is action


class Untouchable:
    """A scene in which nothing may be moved."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"{name} was used out of time")


@pytest.mark.parametrize("name", [name for name in (*CATALOGUE, *CONDITIONS) if build(name).seat is Seat.SCENE])
@pytest.mark.parametrize("retry", [False, True], ids=["before", "retry"])
def test_leaves_the_scene_alone_where_it_does_not_act(name, retry):
    perturbation = made(name)
    for seed in SEEDS:
        params = drawn(perturbation, seed)
        assert perturbation.perturb(Untouchable(), moment(EE_DELTA, params["subtask"], retry=retry), params) is False


def spied(monkeypatch: pytest.MonkeyPatch, perturbation: Perturbation, calls: list[tuple[Any, ...]]) -> None:
    """Record every call of `perturb` with its subject before and after, and its result."""
    original = type(perturbation).perturb  # type: ignore[attr-defined]

    def perturb(self: Any, *arguments: Any) -> Any:
        before = arguments[0].copy() if isinstance(arguments[0], np.ndarray) else arguments[0]
        result = original(self, *arguments)
        calls.append((before, arguments, result))
        return result

    monkeypatch.setattr(type(perturbation), "perturb", perturb)


@acting
@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
def test_one_episode_runs_and_inputs_stay_as_they_are(name, control_mode, monkeypatch):
    perturbation, calls = made(name), []
    spied(monkeypatch, perturbation, calls)
    env = make_base(ground(name), [perturbation], control_mode=control_mode)
    env.reset(seed=3)
    run_plan(env)
    (receipt,) = env.injections
    assert receipt.acted
    assert receipt.spec == perturbation.spec()
    assert receipt.t_first <= receipt.t_last < env.unwrapped.ticks + 1
    for before, (subject, *_), result in calls:
        if isinstance(subject, np.ndarray):
            assert before.tobytes() == subject.tobytes(), "the input was changed"
            assert result is subject or not np.may_share_memory(result, subject)
    if not isinstance(perturbation, ScenePerturbation):
        assert any(result is not arguments[0] for _, arguments, result in calls)
    (reported,) = env.reset(seed=3)[1]["injections"]
    assert Injection.from_json(json.loads(json.dumps(reported))).params == receipt.params


@at_seat(PlanPerturbation)
def test_a_plan_is_left_alone(name):
    perturbation = made(name)
    text = FACTS.plan.text
    for seed in SEEDS:
        altered = perturbation.perturb(FACTS.plan, drawn(perturbation, seed))
        assert altered is not FACTS.plan
        assert altered.text != text
    assert FACTS.plan.text == text


def test_most_have_a_magnitude():
    assert len([name for name in CATALOGUE if build(name).severity_zero is not None]) >= 15


# What acts on observations has its own test in test_observation.py: no state could tell.
@pytest.mark.parametrize("name", [name for name in (*CATALOGUE, *arranging) if build(name).severity_zero is not None])
@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
def test_severity_zero_changes_nothing(name, control_mode):
    perturbation = made(name)
    assert set(perturbation.severity_zero) <= set(drawn(perturbation)), "it must name parameters that are drawn"
    digests = []
    for perturbations in ([], [perturbation]):
        env = make_base(ground(name), [], control_mode=control_mode)
        env.reset(seed=3)
        draws = [(p, inject(p, p.sample(stream(3, name), env.unwrapped.facts()))) for p in perturbations]
        env.arm([(p, dataclasses.replace(i, params=i.params | dict(p.severity_zero))) for p, i in draws])
        recorder = run_plan(env)
        digests.append((recorder._digest.hexdigest(), env.unwrapped.evaluate()["success"]))
    assert digests[0] == digests[1]
    assert digests[0][1]


# -- the fix and the label ---------------------------------------------------------------------------------------------


@drawing
def test_the_fix_is_a_fix_and_survives_json(name):
    perturbation = made(name)
    for seed in SEEDS:
        params = drawn(perturbation, seed)
        fix = perturbation.fix(params)
        assert isinstance(fix, Fix)
        assert fix == perturbation.fix(json.loads(json.dumps(params)))
        assert Fix.from_json(json.loads(json.dumps(fix.to_json()))) == fix
        assert fix.subtask == params["subtask"]
        assert len(fix.text) >= 10
        assert perturbation.anchor(params) in (None, *Stage)


def check_read_back(failure: FailureMode | None, fix: Fix) -> None:
    """What is written of a fix says the fix, to the last digit that is written."""
    angle, closure = math.radians(0.05), 0.005
    # A line names what failed; conditions make nothing fail.
    if failure is not None:
        line = Dream2FixLabel(False, failure, fix, 12).text()
        read = Dream2FixLabel.parse(line)
        assert (read.mode, read.keyframe) == (failure, 12)
        assert read.fix is not None
        assert close_to(read.fix, fix, metres=0.00005, radians=angle, closure=closure)
        assert read.text() == line
    assert close_to(read_sentence(sentence(fix)), fix, metres=0.0005, radians=angle, closure=closure)


@drawing
def test_the_fix_is_read_back_from_its_line_and_from_its_sentence(name):
    perturbation = made(name)
    for seed in SEEDS:
        check_read_back(perturbation.failure, perturbation.fix(drawn(perturbation, seed)))


@pytest.mark.parametrize("name", [name for name in OFFLINE if build(name).failure is not None])
def test_the_fix_of_a_relabelled_record_is_read_back(name):
    receipt = relabel(real("put the carrot on the plate"), name).injections[-1]
    check_read_back(receipt.failure, build(name).fix(receipt.params))


@pytest.fixture(scope="module")
def generators():
    made_once: dict[str, Generator] = {}
    yield lambda name: made_once.setdefault(ground(name), Generator(ground(name)))
    for generator in made_once.values():
        generator.env.close()


@acting
def test_its_failures_are_certified(name, generators):
    toy = ground(name) == POINT_PICK
    certificates = [generators(name).triplet(name, seed).certificate for seed in range(20 if toy else 3)]
    assert sum(certificate.holds for certificate in certificates) >= (19 if toy else 3)
    assert sum(certificate.recoverable for certificate in certificates) >= (19 if toy else 1)
    for certificate in certificates:
        assert certificate.failure is made(name).failure
        assert certificate.injection is None or certificate.injection.name == name


@pytest.mark.parametrize("name", [name for name in CATALOGUE if not isinstance(build(name), PlanPerturbation)])
def test_a_success_does_not_bear_its_signature(name, generators):
    perturbation = made(name)
    for seed in range(5 if ground(name) == POINT_PICK else 2):
        triplet = generators(name).triplet(name, seed)
        params = triplet.certificate.injection.params
        assert not perturbation.signature(triplet.nominal, triplet.nominal, params).matches
