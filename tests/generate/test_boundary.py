import json

import pytest

from failgym.episodes import CONTROL_HZ, Certificate, Injection, Severity, Status
from failgym.episodes.files import load_triplet, save_triplet
from failgym.errors import ConfigurationError, NotApplicableError, UnknownNameError
from failgym.generate import Generator, Recording, boundary, graded, replay, triplet
from failgym.generate.boundary import GROSS, UNITS, find, magnitude, scaled
from failgym.perturbations import CATALOGUE, build, inject, stream
from tests.helpers import PICK_CUBE, POINT_PICK

pytestmark = pytest.mark.nogl
CONTINUOUS = [name for name in CATALOGUE if build(name).severity_zero is not None]


@pytest.fixture(scope="module")
def cube():
    with Generator(PICK_CUBE) as generator:
        yield generator


@pytest.fixture(scope="module")
def placed(cube):
    return dict(zip(Severity, graded(cube, "translation", 2, list(Severity)), strict=True))


@pytest.mark.parametrize(
    ("env_id", "mode"), [(PICK_CUBE, "translation"), (PICK_CUBE, "delay_close"), (POINT_PICK, "rotation")]
)
def test_the_boundary_separates_what_succeeds_from_what_fails(env_id, mode):
    with Generator(env_id) as generator:
        found = find(generator, build(mode), 2)
        assert 0.0 < found.below < found.share
        assert found.below > 0.5 * found.share
        statuses = {
            severity: generator.triplet(mode, 2, found.at(severity)).certificate.status for severity in Severity
        }
    assert statuses[Severity.NEAR_MISS] is Status.SURVIVED
    assert statuses[Severity.JUST_FAILING] is Status.CERTIFIED
    assert statuses[Severity.GROSS] in (Status.CERTIFIED, Status.UNCORRECTED)


def test_it_is_the_same_every_time():
    assert boundary(PICK_CUBE, "translation", 4) == boundary(PICK_CUBE, "translation", 4)


def test_severities_are_told_apart_by_the_boundary():
    found = boundary(POINT_PICK, "translation", 1)
    assert found.severity(0.9 * found.share) is Severity.NEAR_MISS
    assert found.severity(found.share) is Severity.JUST_FAILING
    assert found.severity(GROSS * found.share) is Severity.GROSS


def test_scaling_to_nothing_is_the_identity(cube):
    recipe = build("translation")
    cube.env.reset(seed=0)
    drawn = inject(recipe, recipe.sample(stream(0, recipe.name), cube.env.unwrapped.facts()))
    assert scaled(drawn, 0.0).params["offset"] == [0.0, 0.0, 0.0]
    assert scaled(drawn, 1.0).params == drawn.params
    half = scaled(drawn, 0.5).params["offset"]
    assert half == pytest.approx([value / 2 for value in drawn.params["offset"]])
    assert cube.triplet(recipe, 0, scaled(drawn, 0.0)).certificate.status is Status.NO_EFFECT


def test_what_has_no_magnitude_is_refused():
    with pytest.raises(ConfigurationError, match="one with a magnitude"):
        boundary(PICK_CUBE, "missing_subtask", 0)


def test_what_never_fails_is_said():
    with pytest.raises(NotApplicableError, match="does not make this episode fail"):
        boundary(PICK_CUBE, {"name": "translation", "distance": 0.0005}, 0)


# -- magnitudes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("translation", {"offset": [0.03, 0.0, -0.04]}, {"m": 0.05}),
        ("rotation", {"rotvec": [0.0, -0.5, 0.0]}, {"rad": 0.5}),
        ("wrong_object", {"offset": [0.0, 0.1, 0.0, 0.0, 0.0, 0.2]}, {"m": 0.1, "rad": 0.2}),
        ("delay_close", {"steps": 12}, {"s": 12 / CONTROL_HZ}),
        ("weak_close", {"closure": 0.4}, {"1": 0.6}),
        ("action_noise", {"position_std": 0.02, "rotation_std": 0.1}, {"m": 0.02, "rad": 0.1}),
        ("translation", {"offset": [0.0, 0.0, 0.0]}, {}),
        ("no_close", {}, {}),
    ],
)
def test_magnitudes_have_units(name, params, expected):
    assert magnitude(Injection(name, "action", None, params)) == pytest.approx(expected)


def test_every_parameter_with_a_unit_is_known_to_have_it():
    plain = {"closure", "fraction", "friction", "scale", "deviation"}
    for name in CONTINUOUS:
        assert set(build(name).severity_zero) <= UNITS.keys() | plain, name


# -- samples of a severity ---------------------------------------------------------------------------------------------


def test_each_sample_says_how_severe_it_is_and_what_that_was_measured_against(placed):
    least = placed[Severity.JUST_FAILING].certificate.injection.severity
    for label, made in placed.items():
        certificate, severity = made.certificate, made.certificate.injection.severity
        assert certificate.severity is severity.label is label
        assert severity.boundary == least.magnitude
        assert severity.magnitude == magnitude(certificate.injection)
        assert severity.runs == least.runs > 5
        assert made.injected.injections == (certificate.injection,)
    sizes = [made.certificate.injection.severity.magnitude["m"] for made in placed.values()]
    assert 0.005 < sizes[0] < sizes[1]
    assert sizes[2] == pytest.approx(GROSS * sizes[1])


def test_a_near_miss_is_a_success_and_bears_no_label_of_a_failure(placed):
    made = placed[Severity.NEAR_MISS]
    assert made.certificate.near_miss
    assert not made.certificate.holds
    assert made.certificate.failure is None
    assert made.injected.outcome.success
    assert made.injected.outcome.failure is None
    assert made.certificate.injection.acted
    assert (made.avoid, made.recover) == (None, None)
    for label in (Severity.JUST_FAILING, Severity.GROSS):
        certificate = placed[label].certificate
        assert certificate.holds
        assert not certificate.near_miss
        assert str(certificate.failure) == "translation"


def test_a_survivor_that_was_not_placed_is_no_near_miss(cube):
    certificate = cube.triplet({"name": "translation", "distance": 0.001}, 2).certificate
    assert certificate.status is Status.SURVIVED
    assert not certificate.near_miss
    assert certificate.severity is None
    assert certificate.injection.severity is None


@pytest.mark.parametrize("label", Severity)
def test_it_is_kept_on_disk_and_replays_bit_for_bit(placed, label, tmp_path):
    made = placed[label]
    read = load_triplet(save_triplet(made, tmp_path / "made"))
    assert read.certificate == made.certificate
    assert read.injected.injections == made.injected.injections
    again = replay(read.certificate)
    assert (again.matches, again.bitwise, again.certificate) == (True, True, made.certificate)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [("no_close", "has no magnitude"), ({"name": "translation", "distance": 0.0005}, "4 times what was drawn")],
    ids=["no magnitude", "never fails"],
)
def test_what_cannot_be_placed_says_why_and_replays(cube, spec, reason):
    made = graded(cube, spec, 0, ["just_failing", "gross"])
    assert [one.certificate.severity for one in made] == [Severity.JUST_FAILING, Severity.GROSS]
    for one in made:
        assert one.certificate.status is Status.NOT_APPLICABLE
        assert reason in one.certificate.reason
        assert one.episodes == {}
    read = Certificate.from_json(json.loads(json.dumps(made[1].certificate.to_json())))
    assert replay(read).matches
    assert replay(read).certificate == read


def test_a_failing_nominal_run_is_said(monkeypatch):
    with Generator(POINT_PICK) as generator:
        evaluate = type(generator.env.unwrapped).evaluate
        monkeypatch.setattr(type(generator.env.unwrapped), "evaluate", lambda env: evaluate(env) | {"success": False})
        certificate = graded(generator, "translation", 0, ["gross"])[0].certificate
        assert (certificate.status, certificate.severity) == (Status.NOMINAL_FAILED, Severity.GROSS)
        assert replay(certificate, generator).certificate == certificate


def test_one_call_makes_one():
    made = triplet(POINT_PICK, "translation", 1, severity="just_failing")
    assert made.certificate.holds
    assert made.certificate.severity is Severity.JUST_FAILING
    with pytest.raises(UnknownNameError, match="Did you mean 'gross'"):
        triplet(POINT_PICK, "translation", 1, severity="gros")


def test_the_search_keeps_no_pictures_and_the_samples_do():
    made = triplet(POINT_PICK, "translation", 1, severity="gross", recording=Recording(boundaries=False, every_steps=5))
    assert all(len(run.frames) > 3 for run in made.episodes.values())
