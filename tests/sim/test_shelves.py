import itertools

import numpy as np
import pytest

from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import Pose, Thing
from failgym.sim.entities.shelves import SHELVES, Cupboard, Safe, SafeDoor, shelves
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World

pytestmark = pytest.mark.nogl

SAFE = Safe()
DOOR = SafeDoor(SAFE)
CUBE = Thing("cube", graspable=True, height=0.04)
PLACE, TURN = (0.68, 0.14, 0.0), quat_about_z(0.1)


@pytest.fixture(scope="module")
def world():
    world = World(ROBOTS.build("panda"), (SAFE, DOOR, *shelves(SAFE)))
    world.clear()
    world.add("safe", SAFE.body, PLACE, TURN.tolist())
    for level in SHELVES:
        world.add(level, level)
    world.begin()
    return world


@pytest.mark.parametrize("shelf", shelves(SAFE), ids=SHELVES)
def test_what_is_put_on_a_shelf_lies_on_that_one_only(world, shelf):
    goal = shelf.place(world.pose(shelf.level), "on", CUBE, 0.0)
    at = Pose(goal.position, goal.quat_wxyz)
    held = [each.level for each in shelves(SAFE) if each.holds(world.pose(each.level), "on", CUBE, at, 0.0)]
    assert held == [shelf.level]
    outside = Pose(goal.position + goal.approach, goal.quat_wxyz)
    assert not shelf.holds(world.pose(shelf.level), "on", CUBE, outside, 0.0)


def test_each_shelf_reaches_out_past_what_lies_above_it(world):
    for lower, higher in itertools.pairwise(SHELVES):
        places = [rotate(conjugate(TURN), world.position(level) - np.array(PLACE)) for level in (lower, higher)]
        edge_above = SAFE.front(SHELVES.index(higher))
        assert places[0][0] < edge_above - 0.015
        assert places[1][2] - places[0][2] == pytest.approx(SAFE.pitch)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_open_door_stands_beside_the_safe_on_the_table(side):
    position, quat = DOOR.beside(PLACE, TURN.tolist(), side)
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * DOOR.half
    placed = np.array([position + rotate(quat, corner) for corner in corners])
    assert placed[:, 2].min() > 0.0
    local = np.array([rotate(conjugate(TURN), point - np.array(PLACE)) for point in placed])
    assert (side * local[:, 1]).min() > SAFE.width / 2


def test_a_cupboard_keeps_a_place_for_each_thing():
    cupboard = Cupboard(places=(("tall", -1), ("small", 1)))
    pose = Pose(np.array([0.75, 0.0, 0.0]), quat_about_z(0.05))
    tall, small, other = (
        Thing(name, height=height) for name, height in (("tall", 0.13), ("small", 0.06), ("else", 0.1))
    )
    goals = [cupboard.place(pose, "in", thing, 0.0) for thing in (tall, other, small)]
    across = [rotate(conjugate(pose.quat_wxyz), goal.position - pose.position)[1] for goal in goals]
    assert across == pytest.approx([-cupboard.spacing, 0.0, cupboard.spacing])
    for thing, goal in zip((tall, other, small), goals, strict=True):
        assert cupboard.holds(pose, "in", thing, Pose(goal.position, goal.quat_wxyz), 0.0)
        assert not cupboard.holds(pose, "in", thing, Pose(goal.position + goal.approach, goal.quat_wxyz), 0.0)
        assert not cupboard.holds(
            pose, "in", thing, Pose(goal.position + np.array([0.0, 0.0, 0.2]), goal.quat_wxyz), 0.0
        )
