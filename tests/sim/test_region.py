import numpy as np
import pytest

from failgym.rotations import quat_about_z
from failgym.scene import Pose, Thing
from failgym.sim.entities.region import Pad, Region

HERE = Pose(np.array([0.5, 0.1, 0.0]), quat_about_z(np.pi / 4))
CUBE = Thing("cube", height=0.04)


def at(x, y, z):
    return Pose(np.array([x, y, z]), quat_about_z(0.0))


@pytest.mark.parametrize("relation", Pad("pad").describe("pad").receives)
def test_what_a_pad_receives_is_there_when_it_is_put_there(relation):
    pad = Pad("pad")
    goal = pad.place(HERE, relation, CUBE, 0.0)
    assert pad.holds(HERE, relation, CUBE, Pose(goal.position, goal.quat_wxyz), 0.0)


def test_a_pad_measures_along_its_own_sides():
    pad = Pad("pad", reach=0.03)
    # 4 cm along a diagonal are 2.8 cm along both sides; 4 cm along a side are too far.
    assert pad.holds(HERE, "to", CUBE, at(0.54, 0.1, 0.02), 0.0)
    assert not pad.holds(HERE, "to", CUBE, at(0.5 + 0.04 / np.sqrt(2), 0.1 + 0.04 / np.sqrt(2), 0.02), 0.0)


def test_what_is_above_a_pad_is_not_on_it():
    assert not Pad("pad").holds(HERE, "on", CUBE, at(0.5, 0.1, 0.06), 0.0)


def test_a_region_is_as_wide_as_it_looks():
    region, middle = Region("bubble", radius=0.05), Pose(np.array([0.5, 0.0, 0.3]), quat_about_z(0.0))
    goal = region.place(middle, "to", CUBE, 0.0)
    assert region.holds(middle, "to", CUBE, Pose(goal.position, goal.quat_wxyz), 0.0)
    assert region.holds(middle, "to", CUBE, at(0.5, 0.0, 0.349), 0.0)
    assert not region.holds(middle, "to", CUBE, at(0.5, 0.0, 0.351), 0.0)
