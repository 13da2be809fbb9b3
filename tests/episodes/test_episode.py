import json

import numpy as np
import pytest

from failgym.episodes import Episode, Event, EventKind, Injection, Outcome, Span, Status, Triplet, blank
from failgym.episodes.certificate import Certificate
from failgym.errors import CertificateError, UnknownNameError
from failgym.labels import FailureMode, Stage
from failgym.plans import Plan, Subtask

pytestmark = pytest.mark.nogl

GRASP, LIFT = Subtask("grasp", "red disc"), Subtask("lift", "red disc")
SPAN = Span(0, 0, GRASP, 2, 9, True, ((Stage.APPROACH, 2), (Stage.PRE_GRASP, 5), (Stage.GRASP, 7)))
RETRY = Span(0, 1, GRASP, 9, 12, False, ((Stage.APPROACH, 9),))


@pytest.fixture
def episode():
    return Episode(
        "uid",
        "FailGym/PointPick-v0",
        {},
        0,
        "pick up the red disc",
        Plan("", (GRASP, LIFT)),
        Outcome(True),
        arrays={"state": np.arange(24, dtype=np.float64).reshape(8, 3)},
        state_names=("ee_x", "ee_y", "gripper_closure"),
        events=(
            Event(1, EventKind.GRASPED, "red disc"),
            Event(3, EventKind.RELEASED, "red disc"),
            Event(5, EventKind.GRASPED, "blue disc"),
            Event(7, EventKind.GRASPED, "red disc"),
        ),
        spans=(SPAN, RETRY),
    )


def test_columns_by_name(episode):
    assert episode.steps == 8
    assert episode.column("ee_y").tolist() == [1, 4, 7, 10, 13, 16, 19, 22]
    assert episode.columns("gripper_closure", "ee_x")[1].tolist() == [5, 3]
    for read in (episode.column, episode.columns):
        with pytest.raises(UnknownNameError, match=r"no state column named 'ee_z'.*Did you mean 'ee_"):
            read("ee_z")


def test_an_episode_without_states_has_no_steps():
    assert blank("id", {}, 0, Plan("", ()), ()).steps == 0


def test_events_by_kind_subject_and_time(episode):
    def steps(*arguments):
        return [event.step for event in episode.happened(*arguments)]

    assert steps(EventKind.GRASPED) == [1, 5, 7]
    assert steps(EventKind.GRASPED, "red disc") == [1, 7]
    assert steps(EventKind.GRASPED, None, 1, 5) == [1]
    assert steps(EventKind.GRASPED, "red disc", 2) == [7]
    assert steps(EventKind.GRASPED, "red disc", 2, 7) == []
    assert steps(EventKind.SHUT) == []


def test_spans_by_index_and_attempt(episode):
    assert episode.span(0) is SPAN
    assert episode.span(0, 1) is RETRY
    assert episode.span(0, 2) is None
    assert episode.span(1) is None


def test_stages_of_a_span():
    assert SPAN.first(Stage.GRASP) == 7
    assert SPAN.first(Stage.GRASP, Stage.PRE_GRASP) == 5
    assert SPAN.first(Stage.PLACE) is None
    assert [SPAN.stage_at(step) for step in (2, 4, 5, 6, 7, 20)] == [
        *(Stage.APPROACH, Stage.APPROACH, Stage.PRE_GRASP, Stage.PRE_GRASP, Stage.GRASP, Stage.GRASP)
    ]


def test_a_receipt_widens_its_window():
    injection = Injection("slip", "action", FailureMode.SLIP, {"delay_steps": 2}, 1, {"name": "slip"})
    assert not injection.acted
    acted = injection.at(4).at(5).at(9)
    assert (acted.t_first, acted.t_last, acted.acted) == (4, 9, True)
    assert not injection.acted, "receipts are frozen"
    assert Injection.from_json(json.loads(json.dumps(acted.to_json()))) == acted
    with pytest.raises(ValueError, match="gone"):
        Injection.from_json(acted.to_json() | {"failure": "gone"})


def certificate(**changes):
    proved = {
        "status": Status.CERTIFIED,
        "nominal_success": True,
        "injected_success": False,
        "signature": True,
        "avoid_success": True,
    }
    return Certificate("id", {}, 0, {"name": "slip"}, "keypose", versions={}, **(proved | changes))


def test_a_certificate_holds_only_with_all_of_its_parts():
    assert certificate().holds
    for change in (
        {"status": Status.SURVIVED},
        {"nominal_success": False},
        {"injected_success": True},
        {"injected_success": None},
        {"signature": False},
        {"avoid_success": False},
        {"avoid_success": None},
    ):
        assert not certificate(**change).holds, change
    assert not certificate().recoverable
    assert certificate(recover_success=True).recoverable


def test_a_certificate_of_another_format_is_refused():
    data = certificate().to_json()
    assert Certificate.from_json(data) == certificate()
    with pytest.raises(CertificateError, match="format 2"):
        Certificate.from_json(data | {"format": 2})
    with pytest.raises(CertificateError, match="altered or cut"):
        Certificate.from_json(data | {"seed": 1})


def test_a_triplet_lists_the_runs_that_took_place(episode):
    assert Triplet(certificate()).episodes == {}
    assert list(Triplet(certificate(), nominal=episode, avoid=episode).episodes) == ["nominal", "avoid"]
