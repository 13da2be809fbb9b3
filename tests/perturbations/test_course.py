"""Courses of hands: how they are left, at each step and in each layout, and how that is put right."""

import math

import numpy as np
import pytest

from failgym.episodes import EE_DELTA, KEYPOSE, StepContext
from failgym.labels import FixKind, Stage
from failgym.perturbations.course import Course, back, travelled, veer
from failgym.rotations import DOWN, multiply, quat_from_rotvec, rotation_between

pytestmark = pytest.mark.nogl

FORWARD = {
    "subtask": 0,
    "stage": "transport",
    "way": [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    "since": 0.5,
    "detour": [-0.1, 0.0, 0.0, 0.0, 0.0, 0.0],
    "again": None,
    "anchor": "transport",
}
TURNING = FORWARD | {"way": [0.0, 0.0, 0.0, 0.0, 0.0, 1.0], "detour": [0.0, 0.0, 0.0, 0.0, 0.0, -0.5]}


def quarter():
    """A quarter circle of 30 cm about the vertical, along which the hand turns."""
    angles = np.linspace(0.0, math.pi / 2, 10)
    return tuple((0.3 * math.sin(a), 0.3 * (1 - math.cos(a)), 0.0, 0.0, 0.0, a) for a in angles.tolist())


def went(layout, params, told, stage=Stage.TRANSPORT, ended=None):
    """What comes of commands that begin with a stage, and where the hand is after each of them, m and rad."""
    start = np.array([0.4, 0.1, 0.2, *DOWN, 0.0])
    before = start if layout is KEYPOSE else np.zeros(7)
    found, places, place = [], [], np.zeros(6)
    for step, shift in enumerate(told):
        if layout is KEYPOSE:
            quat = multiply(quat_from_rotvec(shift[3:]), DOWN)
            action = np.concatenate([start[:3] + shift[:3], quat, [0.0]])
        else:
            action = np.append(np.subtract(shift, told[step - 1] if step else np.zeros(6)), 0.0)
        over = ended is not None and step >= ended
        context = StepContext(
            layout,
            step,
            int(over),
            0,
            Stage.APPROACH if over else stage,
            step - ended if over else step,
            began={0: 0},
            ended={0: ended} if over else {},
            told=(before, *(each[0] for each in found)),
        )
        changed = veer(action, context, params)
        found.append((action, changed))
        if layout is KEYPOSE:
            turn = rotation_between(DOWN, changed[3:7])
            place = np.concatenate([changed[:3] - start[:3], turn])
        else:
            place = place + changed[:6]
        places.append(place)
    return np.array(places), [changed is action for action, changed in found]


@pytest.mark.parametrize("layout", [KEYPOSE, EE_DELTA], ids=lambda layout: layout.kind)
@pytest.mark.parametrize(("params", "entry"), [(FORWARD, 0), (TURNING, 5)], ids=["straight", "turning"])
def test_a_hand_stops_where_it_should_go_on_in_absolute_and_in_relative_commands(layout, params, entry):
    way = np.array(params["way"])
    told = [share * way for share in (0.25, 0.5, 0.75, 1.0, 1.0)]
    places, same = went(layout, params, told)
    assert same == [True, True, False, False, False]
    np.testing.assert_allclose(places[:, entry] / way[entry], [0.25, 0.5, 0.5, 0.5, 0.5], atol=1e-9)


@pytest.mark.parametrize("layout", [KEYPOSE, EE_DELTA], ids=lambda layout: layout.kind)
def test_it_stays_off_in_later_stages_and_comes_back_after_the_subtask(layout):
    way = np.array(FORWARD["way"])
    places, same = went(layout, FORWARD, [way] * 20, ended=3)
    assert places[2][0] == pytest.approx(0.1)
    assert np.all(np.diff(places[2:, 0]) >= -1e-9)
    assert places[-1][0] == pytest.approx(0.2)
    assert same[-1]


def test_no_detour_is_the_action_itself():
    action = np.zeros(8)
    context = StepContext(KEYPOSE, 5, 0, 0, Stage.PLACE, 2, began={0: 0}, told=(action, action, action))
    assert veer(action, context, FORWARD | {"detour": [0.0] * 6}) is action
    assert veer(action, context, FORWARD) is not action


def test_before_its_stage_a_hand_is_not_led_anywhere():
    action = np.zeros(8)
    for stage in (Stage.APPROACH, Stage.PRE_GRASP, Stage.GRASP, Stage.LIFT):
        context = StepContext(KEYPOSE, 5, 0, 0, stage, 2, began={0: 0}, told=(action, action, action))
        assert veer(action, context, FORWARD) is action
    # A hand that rises before it sets out has not begun.
    context = StepContext(KEYPOSE, 5, 0, 0, Stage.RETREAT, 2, told=(action, action, action))
    assert veer(action, context, FORWARD) is action


def test_what_a_policy_told_since_the_stage_began_adds_up():
    told = tuple(np.append(np.array([0.01, 0.0, 0.02, 0.0, 0.0, 0.1]), 0.0) for _ in range(5))
    context = StepContext(EE_DELTA, 5, 0, 0, Stage.TRANSPORT, 3, told=told)
    now, before = travelled(told[0], context)
    np.testing.assert_allclose(before, [0.03, 0.0, 0.06, 0.0, 0.0, 0.3])
    np.testing.assert_allclose(now, [0.04, 0.0, 0.08, 0.0, 0.0, 0.4])


def test_a_part_that_is_left_out_of_a_bent_way_ends_on_it():
    way = Course(Stage.TRANSPORT, quarter())
    there = way.way + way.short_of(0.5)
    angle = math.pi / 4
    np.testing.assert_allclose(there[:2], [0.3 * math.sin(angle), 0.3 * (1 - math.cos(angle))], atol=2e-3)
    assert there[5] == pytest.approx(angle, abs=1e-2)
    assert way.bent
    assert not Course(Stage.TRANSPORT, ((0.0,) * 6, (0.1, 0.1, 0.0, 0.0, 0.0, 1.0))).bent


def test_the_motion_back_undoes_a_detour_and_where_none_can_it_takes_another_look():
    assert back(FORWARD).translation_m == (0.1, 0.0, 0.0)
    assert back(TURNING).kind is FixKind.ROTATION
    both = back(FORWARD | {"detour": [0.1, 0.0, 0.0, 0.0, 0.0, 0.5]})
    assert (both.translation_m[0], both.rotation_rad[2]) == (-0.1, -0.5)
    again = back(FORWARD | {"again": "drawer"})
    assert (again.kind, again.object) == (FixKind.RETARGET, "drawer")
