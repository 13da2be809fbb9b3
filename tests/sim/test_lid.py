"""Hinged lids: the hand's arc is that of the handle, lids stay where they are left, boxes hold what falls in."""

import numpy as np
import pytest

from failgym.rotations import quat_about_z, rotate
from failgym.sim.entities import Block
from failgym.sim.entities.lid import LidBox
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World
from failgym.tasks.native.close_laptop_lid import Laptop
from failgym.tasks.native.toilet_seat_up import Toilet

PLACE, TURN = (0.5, 0.1, 0.0), quat_about_z(0.4)
pytestmark = pytest.mark.nogl

LIDS = (LidBox(), Laptop(), Toilet())
every_lid = pytest.mark.parametrize("entity", LIDS, ids=lambda entity: entity.body)


def stood(entity, opening, *others):
    world = World(ROBOTS.build("panda"), (entity, *others))
    world.clear()
    world.add("lid", entity.key, PLACE, TURN.tolist())
    world.set_opening("lid", opening)
    for other in others:
        world.add(other.key, other.key, (0.35, -0.3, 0.02))
    world.begin()
    return world


@every_lid
@pytest.mark.parametrize("opening", [0.0, 0.4, 1.0])
def test_the_handle_is_where_physics_has_it(entity, opening):
    world = stood(entity, opening)
    lid = world.data.body(entity.joint)
    forward, up = entity.handle
    expected = lid.xpos + rotate(lid.xquat, (-forward, 0.0, up))
    np.testing.assert_allclose(entity.point(world.pose("lid"), opening, forward, up), expected, atol=1e-9)


@every_lid
def test_strokes_end_open_or_shut_and_bend_gently(entity):
    world = stood(entity, 0.5)
    pose = world.pose("lid")
    for verb in entity.describe("lid").strokes:
        for stroke in world.strokes("lid", verb):
            points = np.array([each.position for each in stroke.path])
            assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() < 0.08
            end = entity.point(pose, 0.96 if verb == "open" else 0.0, *entity.handle)
            assert np.linalg.norm(points[-1] - end) < 0.02


@every_lid
@pytest.mark.parametrize("opening", [0.0, 0.86])
def test_stays_where_it_is_left(entity, opening):
    world = stood(entity, opening)
    assert world.data.contact.dist[: world.data.ncon].min(initial=0.0) > -1e-3
    for step in range(40):
        world.advance(step)
    assert abs(world.opening("lid") - opening) < 0.02


def test_a_box_holds_what_falls_in():
    block = Block("cube")
    world = stood(LidBox(), 1.0, block)
    goal = world.place("cube", "in", "lid")
    assert not world.related("cube", "in", "lid")
    world.set_pose("cube", np.add(goal.position, (0.0, 0.0, 0.05)))
    assert not world.related("cube", "in", "lid")
    for step in range(40):
        world.advance(step)
    assert world.related("cube", "in", "lid")
    assert world.position("cube")[2] == pytest.approx(LidBox().wall + 0.02, abs=0.002)
