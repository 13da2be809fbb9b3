"""Plan failures whose every remaining step worked: the label needs a lost effect, measured at the end of both runs."""

from dataclasses import replace

import pytest

from failgym.generate import Generator
from failgym.perturbations import build
from tests.helpers import POINT_PICK

pytestmark = pytest.mark.nogl


@pytest.fixture(scope="module")
def runs():
    with Generator(POINT_PICK) as generator:
        for seed in range(20):
            made = generator.triplet("missing_subtask", seed)
            if all(span.achieved for span in made.injected.spans):
                return made
    raise AssertionError("no seed leaves out the last step")


def test_a_missing_step_is_known_by_the_effect_that_the_end_lacks(runs):
    recipe, params = build("missing_subtask"), runs.certificate.injection.params
    assert runs.nominal.effects[params["missing"]]
    assert not runs.injected.effects[params["missing"]]
    assert recipe.signature(runs.injected, runs.nominal, params).matches


@pytest.mark.parametrize("name", ["missing_subtask", "wrong_order"])
def test_where_no_effect_is_lost_it_failed_for_another_reason(runs, name):
    params = runs.certificate.injection.params | {"second": 1}
    intact = replace(runs.injected, effects=dict(runs.nominal.effects))
    assert not build(name).signature(intact, runs.nominal, params).matches
