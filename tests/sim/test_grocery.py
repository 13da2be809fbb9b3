import math

import numpy as np
import pytest

from failgym.rotations import conjugate, multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import Pose
from failgym.sim.entities.grocery import Packet, Tin
from failgym.sim.entities.tilted import GRIPPED, REACHING

BOX = Packet("box", (0.034, 0.022, 0.065))
CUBE = Packet("cube", (0.02, 0.02, 0.02))
CAN = Tin("can", 0.03, 0.05)
LYING = {
    "standing": (0.0, 0.0, 0.0), "on a side": (np.pi / 2, 0.0, 0.0), "on the other": (0.0, np.pi / 2, 0.0),
    "on its head": (np.pi, 0.0, 0.0),
}  # fmt: skip
every_way = pytest.mark.parametrize("fallen", LYING.values(), ids=LYING)


def pose(fallen, heading, y=0.15):
    return Pose(np.array([0.5, y, 0.05]), multiply(quat_about_z(heading), quat_from_rotvec(fallen)))


@every_way
@pytest.mark.parametrize("thing", [BOX, CUBE, CAN], ids=lambda thing: thing.body)
@pytest.mark.parametrize("heading", [-2.5, -0.7, 0.0, 0.4, 1.9])
def test_grasps_are_tilted_away_from_the_robot_and_open_across_what_is_thin_enough(thing, fallen, heading):
    at = pose(fallen, heading)
    hands = thing.grasps(at)
    assert hands
    half = thing.half if isinstance(thing, Packet) else (thing.radius, thing.radius, thing.half_height)
    away = at.position[:2] / np.linalg.norm(at.position[:2])
    for index, hand in enumerate(hands):
        points, across = rotate(hand.quat_wxyz, (0.0, 0.0, 1.0)), rotate(hand.quat_wxyz, (0.0, 1.0, 0.0))
        assert points[2] == pytest.approx(-math.cos(REACHING))
        assert across[2] == pytest.approx(0.0, abs=1e-9)
        assert index == 0 or points[:2] @ away > 0.0
        assert hand.position[2] >= at.position[2] - 1e-9
        local = np.abs(rotate(conjugate(at.quat_wxyz), across))
        # A round thing is as thick across any level direction; a box only across its faces.
        thickness = thing.radius if isinstance(thing, Tin) and local[2] < 0.1 else float(local @ half)
        assert thickness < GRIPPED


@every_way
def test_the_best_grasp_points_away_as_well_as_the_faces_allow(fallen):
    for heading in np.linspace(-3.0, 3.0, 13):
        at = pose(fallen, heading)
        points = rotate(CUBE.grasps(at)[0].quat_wxyz, (0.0, 0.0, 1.0))
        away = math.atan2(at.position[1], at.position[0])
        off = math.atan2(points[1], points[0]) - away
        assert abs((off + np.pi) % (2 * np.pi) - np.pi) < np.pi / 4 + 1e-6
