import math

import pytest

from failgym.episodes import Status
from failgym.generate import Generator
from failgym.generate.audit import attempts, catalogue_median, cells, totals
from failgym.metrics import Rate
from failgym.perturbations import CATALOGUE

pytestmark = pytest.mark.nogl
MODES = ("no_close", {"name": "translation", "distance": 0.001}, "wrong_order")
CROSS_SECTION = ("PickCube", "StackBlocks", "OpenDrawer", "PushButtons", "SlideBlockToTarget", "HandOverBar")
"""A task of each kind: grasp, place, pull on a handle, press, push, two arms."""


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


def test_cells_are_json_with_intervals_onset_and_reasons(found):
    told = found["no_close"].to_json()
    assert told["avoid"] == {"value": 1.0, "n": 3, "wilson": [0.4385, 1.0]}
    assert told["observable"]["value"] == 1.0
    assert told["median_onset"] > 10
    assert told["reasons"] == {}
    assert found["translation"].to_json()["failed_as_labelled"]["value"] == 0.0
    assert next(iter(found["translation"].to_json()["reasons"])).startswith("survived")


def test_modes_are_added_up_over_tasks():
    def cell(mode, labelled, number):
        rate = {"value": labelled, "n": number, "wilson": [0, 1]} if number else None
        return {"mode": mode, "failed_as_labelled": rate, "avoid": rate, "recover": None, "observable": None}

    some = [cell("a", 1.0, 3), cell("b", 0.5, 2), cell("a", 0.6667, 3), cell("a", 0.0, 0), cell("c", 0.0, 0)]
    assert totals(some)["a"] == {
        "failed_as_labelled": Rate(5, 6),
        "avoid": Rate(5, 6),
        "recover": Rate(0, 0),
        "observable": Rate(0, 0),
    }
    assert totals(some)["c"]["failed_as_labelled"].trials == 0
    assert catalogue_median(some) == pytest.approx((5 / 6 + 0.5) / 2)
    assert math.isnan(catalogue_median([]))


def ends(task, modes):
    """How one episode of a task ended under each mode."""
    with Generator(f"FailGym/{task}-v0") as generator:
        made = [generator.triplet(mode, 1, corrected=False).certificate for mode in modes]
    return {(task, str(certificate.perturbation["name"])): certificate.status for certificate in made}


def silent(found):
    """What acted on nothing, or changed nothing."""
    return [pair for pair, status in found.items() if status is Status.NO_EFFECT]


def test_no_mode_has_silent_no_ops():
    found = {}
    for task in CROSS_SECTION:
        found |= ends(task, CATALOGUE)
    assert silent(found) == []
    acted = {mode for (_, mode), status in found.items() if status is not Status.NOT_APPLICABLE}
    assert acted == set(CATALOGUE), "else the cross-section says nothing of them"


def test_a_silent_no_op_is_noticed():
    modes = ("slip", {"name": "translation", "distance": 0.0}, {"name": "freeze", "duration_steps": 0})
    assert silent(ends("PickCube", modes)) == [("PickCube", "translation"), ("PickCube", "freeze")]
