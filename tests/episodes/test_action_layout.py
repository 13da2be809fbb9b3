import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.episodes import EE_DELTA, KEYPOSE, ActionLayout, joint_delta
from failgym.errors import ActionError, ConfigurationError
from failgym.rotations import multiply, quat_from_rotvec, rotation_between

pytestmark = pytest.mark.nogl

JOINTS = joint_delta(7)
LAYOUTS = (EE_DELTA, KEYPOSE, JOINTS)
EVERY = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.kind)
DOWN = (0.0, 1.0, 0.0, 0.0)
closures = st.floats(0.0, 1.0)
numbers = st.floats(-0.04, 0.04)


def key_pose(position=(0.4, 0.1, 0.2), closure=0.0):
    return np.array([*position, *DOWN, closure])


@EVERY
def test_describes_every_entry(layout):
    assert len(layout.low) == len(layout.high) == layout.size
    assert all(low < high for low, high in zip(layout.low, layout.high, strict=True))
    assert (layout.low[layout.gripper], layout.high[layout.gripper]) == (0.0, 1.0)
    parts = [range(*part) for part in (layout.position, layout.rotation) if part]
    if parts:
        assert sorted([*(index for part in parts for index in part), layout.gripper]) == list(range(layout.size))


@EVERY
@given(closure=closures)
def test_closure_round_trip(layout, closure):
    action = np.full(layout.size, 0.01)
    changed = layout.with_closure(action, closure)
    assert layout.closure(changed) == pytest.approx(closure)
    assert np.array_equal(np.delete(changed, layout.gripper), np.delete(action, layout.gripper))
    assert (action == 0.01).all()


def test_another_gripper_convention_is_translated():
    signed = ActionLayout(
        "signed", 2, (-1, -1), (1, 1), None, None, None, 1, delta=True, open_value=1.0, closed_value=-1.0
    )
    assert signed.closure(np.array([0.0, 1.0])) == 0.0
    assert signed.closure(np.array([0.0, -1.0])) == 1.0
    assert signed.closure(np.array([0.0, 0.0])) == 0.5
    assert signed.with_closure(np.zeros(2), 0.75)[1] == -0.5


def test_an_absolute_pose_takes_the_whole_offset():
    action, offset = key_pose(), np.array([0.03, 0.0, -0.01])
    changed = KEYPOSE.with_offset(action, offset, np.array([9.0, 9.0, 9.0]))
    assert np.array_equal(changed[:3], action[:3] + offset)
    assert np.array_equal(changed[3:], action[3:])


@given(profile=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12))
def test_increments_add_up_to_the_offset(profile):
    """Whatever the profile, the commanded hand stands off by exactly the present offset."""
    straight, led = np.zeros(3), np.zeros(3)
    before = np.zeros(3)
    for entry in profile:
        offset = np.array(entry)
        told = np.array([0.01, -0.02, 0.0, 0.0, 0.0, 0.0, 1.0])
        led += EE_DELTA.with_offset(told, offset, before)[:3]
        straight += told[:3]
        before = offset
        np.testing.assert_allclose(led - straight, offset, atol=1e-12)


def test_rotations_turn_in_the_base_frame():
    turn = np.array([0.0, 0.4, 0.0])
    changed = KEYPOSE.with_rotation(key_pose(), turn, np.zeros(3))
    np.testing.assert_allclose(rotation_between(DOWN, changed[3:7]), turn, atol=1e-12)
    np.testing.assert_allclose(changed[3:7], multiply(quat_from_rotvec(turn), DOWN))
    told = np.array([0, 0, 0, 0.1, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(EE_DELTA.with_rotation(told, turn, 0.5 * turn)[3:6], [0.1, 0.2, 0.0])


def test_joint_actions_have_no_cartesian_entries():
    for change, what in ((JOINTS.with_offset, "position"), (JOINTS.with_rotation, "rotation")):
        with pytest.raises(ConfigurationError, match=f"'joint_delta'.*{what}: ee_delta, keypose"):
            change(np.zeros(8), np.zeros(3), np.zeros(3))


@EVERY
def test_checks_actions(layout):
    good = (np.array(layout.low) + np.array(layout.high)) / 2
    assert np.array_equal(layout.checked(good.tolist()), good)
    assert layout.checked(good.astype(np.float32)).dtype == np.float64
    for bound in (layout.low, layout.high):
        layout.checked(np.array(bound, dtype=np.float32))
    for index in range(layout.size):
        for spoil, words in (
            (np.nan, "not finite"),
            (-np.inf, "not finite"),
            (layout.low[index] - 0.01, "out of range"),
        ):
            bad = good.copy()
            bad[index] = spoil
            with pytest.raises(ActionError, match=f"{words}.*{layout.kind}"):
                layout.checked(bad)
    for bad in (good[:-1], [good], 3.0, []):
        with pytest.raises(ActionError, match=f"wrong shape.*\\({layout.size},\\)"):
            layout.checked(bad)


@EVERY
def test_clips_into_the_bounds_and_keeps_the_type(layout):
    for dtype in (np.float32, np.float64):
        clipped = layout.clipped(np.full(layout.size, 9.0, dtype=dtype))
        assert clipped.dtype == dtype
        layout.checked(clipped)
    inside = np.array(layout.low)
    assert np.array_equal(layout.clipped(inside), inside)
