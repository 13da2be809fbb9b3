import math

import pytest

from failgym.episodes import Status
from failgym.generate.audit import attempts, catalogue_median, cells

pytestmark = pytest.mark.nogl
MODES = ("no_close", {"name": "translation", "distance": 0.001}, "wrong_order")


@pytest.fixture(scope="module")
def found():
    return {cell.mode: cell for cell in cells(attempts("PickCube", MODES, range(3)))}


def test_every_attempt_is_counted_under_what_came_of_it(found):
    assert found["no_close"].counts == {Status.CERTIFIED: 3}
    assert found["translation"].counts[Status.SURVIVED] == 3
    assert found["wrong_order"].counts[Status.NOT_APPLICABLE] + found["wrong_order"].counts[Status.CERTIFIED] == 3


def test_rates_leave_out_what_could_not_act(found):
    assert found["no_close"].labelled.value == 1.0
    assert (found["translation"].labelled.successes, found["translation"].labelled.trials) == (0, 3)
    assert 0.0 <= catalogue_median(list(found.values())) <= 1.0
    assert math.isnan(catalogue_median([]))


def test_cells_are_json_with_intervals_onset_and_reasons(found):
    told = found["no_close"].to_json()
    assert told["avoid"] == {"value": 1.0, "n": 3, "wilson": [0.4385, 1.0]}
    assert told["observable"]["value"] == 1.0
    assert told["median_onset"] > 10
    assert told["reasons"] == {}
    assert found["translation"].to_json()["failed_as_labelled"]["value"] == 0.0
    assert next(iter(found["translation"].to_json()["reasons"])).startswith("survived")
