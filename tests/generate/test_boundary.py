import pytest

from failgym.episodes import Status
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate import Generator, boundary
from failgym.generate.boundary import MARGINS, Severity, find, scaled
from failgym.perturbations import build, inject, stream
from tests.helpers import PICK_CUBE, POINT_PICK

pytestmark = pytest.mark.nogl


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
    assert statuses[Severity.NEAR_MISS] in (Status.SURVIVED, Status.NO_EFFECT)
    assert statuses[Severity.JUST_FAILING] is Status.CERTIFIED
    assert statuses[Severity.GROSS] in (Status.CERTIFIED, Status.UNCORRECTED)


def test_it_is_the_same_every_time():
    assert boundary(PICK_CUBE, "translation", 4) == boundary(PICK_CUBE, "translation", 4)


def test_severities_are_told_apart_by_the_boundary():
    found = boundary(POINT_PICK, "translation", 1)
    assert found.severity(0.9 * found.share) is Severity.NEAR_MISS
    assert found.severity(found.share) is Severity.JUST_FAILING
    assert found.severity(MARGINS[Severity.GROSS] * found.share) is Severity.GROSS


def test_scaling_to_nothing_is_the_identity():
    with Generator(PICK_CUBE) as generator:
        recipe = build("translation")
        generator.env.reset(seed=0)
        drawn = inject(recipe, recipe.sample(stream(0, recipe.name), generator.env.unwrapped.facts()))
        assert scaled(drawn, 0.0).params["offset"] == [0.0, 0.0, 0.0]
        assert scaled(drawn, 1.0).params == drawn.params
        half = scaled(drawn, 0.5).params["offset"]
        assert half == pytest.approx([value / 2 for value in drawn.params["offset"]])
        assert generator.triplet(recipe, 0, scaled(drawn, 0.0)).certificate.status is Status.NO_EFFECT


def test_what_has_no_magnitude_is_refused():
    with pytest.raises(ConfigurationError, match="one with a magnitude"):
        boundary(PICK_CUBE, "missing_subtask", 0)


def test_what_never_fails_is_said():
    with pytest.raises(NotApplicableError, match="does not make this episode fail"):
        boundary(PICK_CUBE, {"name": "translation", "distance": 0.0005}, 0)
