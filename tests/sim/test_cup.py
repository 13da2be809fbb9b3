"""Hollow things really are hollow: cups nest, mugs and hangers hang, plates stand in their slots."""

import numpy as np
import pytest

from failgym.rotations import multiply, quat_about_z, quat_from_rotvec
from failgym.scene import Pose
from failgym.sim.entities import Can
from failgym.sim.entities.cup import Cup, Mug, stands
from failgym.sim.entities.dish_rack import Plate, Slot
from failgym.sim.entities.mug_tree import SPOKES, planted
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World
from failgym.tasks.native.move_hanger import Hanger, Rack

TURN = quat_about_z(0.4)
pytestmark = pytest.mark.nogl


def world_of(*entities):
    world = World(ROBOTS.build("panda"), entities)
    world.clear()
    return world


def settle(world, steps=30):
    world.begin()
    for step in range(steps):
        world.advance(step)
    return world


@pytest.mark.parametrize("aside", [0.0, 0.004])
def test_cups_fall_into_each_other_and_nest(aside):
    cups = Cup("one"), Cup("two"), Cup("three")
    world = world_of(*cups)
    for index, cup in enumerate(cups):
        height = cup.height / 2 + index * (cup.floor + 0.02)
        world.add(cup.key, cup.key, (0.5, index * aside, height), TURN.tolist())
    settle(world)
    assert world.related("two", "in", "one")
    assert world.related("three", "in", "two")
    assert not world.related("three", "in", "one")
    assert not world.related("one", "in", "two")
    assert stands(world.pose("one"))
    rise = world.position("two")[2] - world.position("one")[2]
    assert rise == pytest.approx(cups[0].floor, abs=0.003)


def test_what_falls_into_a_cup_stays_inside():
    cup, can = Cup("cup"), Can("can", 0.012, 0.015)
    world = world_of(cup, can)
    world.add("cup", "cup", (0.5, 0.0, cup.height / 2))
    world.add("can", "can", (0.5, 0.0, 0.12))
    settle(world)
    assert world.related("can", "in", "cup")


@pytest.mark.parametrize("name", SPOKES)
def test_a_mug_that_is_let_go_hangs_on_its_spoke_only(name):
    mug = Mug("mug")
    world = world_of(*SPOKES.values(), mug)
    for part in planted(0.6, 0.0, 0.1)[1:]:
        world.add(*part)
    world.add("mug", "mug", (0.4, 0.0, mug.height / 2))
    world.begin()
    goal = world.place("mug", "on", name)
    assert not world.related("mug", "on", name)
    world.set_pose("mug", goal.position, goal.quat_wxyz)
    for step in range(60):
        world.advance(step)
    assert [other for other in SPOKES if world.related("mug", "on", other)] == [name]
    assert world.position("mug")[2] > mug.height
    world.set_pose("mug", goal.position + goal.approach, goal.quat_wxyz)
    assert not world.related("mug", "on", name)


def test_a_hanger_that_is_let_go_hangs_on_the_rod():
    world = world_of(Rack("rack"), Hanger())
    world.add("rack", "rack", (0.5, 0.2, 0.0), quat_about_z(-1.4).tolist())
    world.add("hanger", "hanger", (0.4, -0.2, 0.01), quat_from_rotvec((np.pi / 2, 0.0, 0.0)).tolist())
    world.begin()
    goal = world.place("hanger", "on", "rack")
    world.set_pose("hanger", goal.position, goal.quat_wxyz)
    for step in range(40):
        world.advance(step)
    assert world.related("hanger", "on", "rack")
    assert abs(world.position("hanger")[2] - Rack("rack").hung(world.pose("rack")).position[2]) < 0.003
    world.set_pose("hanger", goal.position + goal.approach, goal.quat_wxyz)
    assert not world.related("hanger", "on", "rack")


def test_a_plate_stands_in_its_slot_and_a_lying_one_is_not_in_it():
    slot = Slot("slot")
    world = world_of(slot, Plate())
    world.add("slot", "slot", (0.5, 0.1, 0.0), TURN.tolist())
    leaning = multiply(TURN, quat_from_rotvec((0.05, 0.0, 0.0)))
    world.add("plate", "plate", (0.5, 0.1, slot.rest + 0.005), leaning.tolist())
    settle(world)
    assert world.related("plate", "in", "slot")
    lying = multiply(TURN, quat_from_rotvec((np.pi / 2, 0.0, 0.0)))
    there = Pose(world.position("plate").copy(), lying)
    assert not slot.holds(world.pose("slot"), "in", Plate().describe("plate"), there, 0.0)
