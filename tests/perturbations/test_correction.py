"""Fixes at the action seat."""

import numpy as np
import pytest

from failgym.episodes import EE_DELTA, KEYPOSE, StepContext
from failgym.labels import Fix, Stage
from failgym.perturbations import Correction
from failgym.perturbations.base import RAMP_STEPS

OFFSET = np.array([0.03, -0.02, 0.0])
POSE = np.array([0.5, 0.0, 0.2, 0.0, 1.0, 0.0, 0.0, 1.0])


def at(step, layout=KEYPOSE, ended=None):
    began = {0: 0}
    return StepContext(
        layout, step, 0, 0, Stage.PRE_GRASP, step, None, None, began, {} if ended is None else {0: ended}
    )


def test_an_offset_grows_holds_and_fades():
    correction = Correction(Fix.translation(tuple(OFFSET), subtask=0), start=10)
    shift = [correction.apply(POSE, POSE, at(step, ended=40))[:3] - POSE[:3] for step in range(60)]
    np.testing.assert_allclose(shift[9], 0.0)
    np.testing.assert_allclose(shift[10], OFFSET / RAMP_STEPS)
    np.testing.assert_allclose(shift[39], OFFSET)
    np.testing.assert_allclose(shift[39 + RAMP_STEPS], 0.0, atol=1e-12)


def test_increments_of_a_delta_layout_add_up_to_the_offset_and_back():
    correction = Correction(Fix.translation(tuple(OFFSET), subtask=0), start=3)
    idle = np.zeros(7)
    moves = [correction.apply(idle, idle, at(step, EE_DELTA, ended=30))[:3] for step in range(60)]
    np.testing.assert_allclose(np.sum(moves[:20], axis=0), OFFSET)
    np.testing.assert_allclose(np.sum(moves, axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize(("told", "executed"), [(1.0, 0.7), (0.0, 0.0)])
def test_a_gripper_fix_speaks_only_where_the_policy_closes(told, executed):
    correction = Correction(Fix.gripper(0.7, subtask=0), start=0)
    action = KEYPOSE.with_closure(POSE, told)
    injected = KEYPOSE.with_closure(POSE, 0.0)
    assert KEYPOSE.closure(correction.apply(injected, action, at(5))) == pytest.approx(executed)


def test_a_rotation_fix_undoes_the_same_rotation():
    turn = np.array([0.9, 0.2, 0.0])
    correction = Correction(Fix.rotation(tuple(-turn), subtask=0), start=0)
    turned = KEYPOSE.with_rotation(POSE, turn, turn)
    np.testing.assert_allclose(correction.apply(turned, POSE, at(20))[3:7], POSE[3:7], atol=1e-12)
