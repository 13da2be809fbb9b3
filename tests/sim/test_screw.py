import math

import mujoco
import numpy as np
import pytest

from failgym.rotations import quat_about_z, rotation_between, yaw
from failgym.sim.entities import Entity
from failgym.sim.entities.screw import FRICTION_TORQUE, LUGS, PLAY, SINK, TURN
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World
from failgym.tasks.native.close_jar import Jar, Lid
from failgym.tasks.native.light_bulb_in import Bulb, Lamp

pytestmark = pytest.mark.nogl

PANDA = ROBOTS.build("panda")
PLACE = (0.5, 0.1, 0.0)
Pair = tuple[Entity, Entity, str]

every_pair = pytest.mark.parametrize(
    "pair", [(Jar("jar"), Lid(), "on"), (Lamp(), Bulb("bulb"), "in")], ids=["lid on jar", "bulb in lamp"]
)


def seated(pair: Pair, off: float = 0.0) -> World:
    """The thing where the expert lets it go, turned by `off` rad from there."""
    base, thing, relation = pair
    world = World(PANDA, (base, thing))
    world.clear()
    world.add("base", base.key, PLACE, quat_about_z(0.4).tolist())
    world.add("thing", thing.key, (0.5, -0.2, 0.1))
    world.begin()
    goal = world.place("thing", relation, "base")
    turned = quat_about_z(yaw(goal.quat_wxyz) + off)
    lift = np.array([0.0, 0.0, 0.015 if off else 0.002])
    world.set_pose("thing", goal.position + lift, turned)
    steps(world, 100)
    return world


def steps(world: World, count: int, torque: float = 0.0) -> None:
    body = world.body("thing")
    for _ in range(count):
        world.data.xfrc_applied[body] = (0, 0, 0, 0, 0, torque)
        mujoco.mj_step(world.model, world.data)


@every_pair
def test_it_stays_as_it_was_left(pair):
    world = seated(pair)
    height = world.position("thing")[2]
    steps(world, 400)
    assert world.opening("base") < 0.01
    assert abs(world.position("thing")[2] - height) < 2e-4
    assert world.related("thing", pair[2], "base")


@every_pair
def test_turned_clockwise_it_sinks_to_the_end_and_stays_there(pair):
    world = seated(pair)
    height = world.position("thing")[2]
    # Friction under its weight is far less than what the spindle needs: it is the lugs that turn it.
    assert 9.81 * world.model.body_mass[world.body("thing")] * 0.012 < 0.5 * FRICTION_TORQUE
    steps(world, 700, torque=-0.03)
    steps(world, 200)
    assert world.opening("base") > 0.98
    assert height - world.position("thing")[2] == pytest.approx(SINK, abs=1e-3)
    assert world.related("thing", pair[2], "base")


@every_pair
def test_turned_the_other_way_it_does_not_sink(pair):
    world = seated(pair)
    steps(world, 200, torque=0.05)
    assert world.opening("base") < 0.02


@every_pair
def test_lug_on_lug_it_does_not_sit(pair):
    world = seated(pair, off=math.pi / LUGS)
    assert world.position("thing")[2] > world.place("thing", pair[2], "base").position[2] + 0.006
    assert not world.related("thing", pair[2], "base")


@every_pair
def test_strokes_turn_what_is_left_to_turn(pair):
    world = seated(pair)
    whole = world.strokes("thing", "screw")
    assert len(whole) == 12
    for stroke in whole:
        turns = [rotation_between(a.quat_wxyz, b.quat_wxyz) for a, b in zip(stroke.path, stroke.path[1:], strict=False)]
        assert all(-math.radians(21) < turn[2] < 0 for turn in turns)
        assert np.allclose([turn[:2] for turn in turns], 0, atol=1e-9)
        assert sum(turn[2] for turn in turns) == pytest.approx(-TURN - PLAY, abs=0.05)
        assert stroke.path[0].position[2] - stroke.path[-1].position[2] == pytest.approx(SINK, abs=4e-4)
    steps(world, 700, torque=-0.03)
    steps(world, 200)
    rest = world.strokes("thing", "screw")[0]
    assert rest.path[0].position[2] - rest.path[-1].position[2] < 5e-4
