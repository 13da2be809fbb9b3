"""Buttons spring back, and what was pressed is remembered and shines."""

import numpy as np
import pytest

from failgym.sim.entities import DARK
from failgym.sim.entities.button import PRELOAD, STIFFNESS, TRAVEL, Button
from failgym.sim.robots import ROBOTS
from failgym.sim.world import LIT, World
from failgym.tasks.native.lamp_on import DeskLamp

pytestmark = pytest.mark.nogl

FULL = STIFFNESS * (TRAVEL + PRELOAD)
"""Force that holds a cap down, N."""


@pytest.fixture(params=[Button("button"), DeskLamp("lamp")], ids=lambda entity: entity.body)
def world(request):
    made = World(ROBOTS.build("ur5e"), (request.param,))
    made.clear()
    made.add("it", request.param.key, (0.5, 0.0, 0.0), rgba=(0.8, 0.1, 0.1, 1.0))
    made.begin()
    return made


def push(world, force):
    dof = world.model.joint(world.entity("it").joint).dofadr[0]
    world.data.qfrc_applied[dof] = force
    for step in range(15):
        world.advance(step)


def shining(world, colour):
    return int(np.isclose(world.model.geom_rgba, colour, atol=1e-3).all(axis=1).sum())


def test_a_cap_rests_up_and_a_light_touch_is_no_press(world):
    push(world, 0.0)
    assert abs(world.opening("it")) < 0.05
    push(world, 0.6 * FULL)
    assert 0.2 < world.opening("it") < 0.8
    assert world.pressed == ()


def test_what_was_pressed_springs_back_and_goes_on_shining(world):
    lamps = shining(world, DARK)
    assert lamps > 0
    before = world.snapshot()
    push(world, 1.2 * FULL)
    assert world.opening("it") > 0.8
    assert world.pressed == ("it",)
    push(world, 0.0)
    assert abs(world.opening("it")) < 0.05
    assert world.pressed == ("it",)
    assert (shining(world, DARK), shining(world, LIT)) == (0, lamps)
    world.restore(before)
    assert (shining(world, DARK), shining(world, LIT)) == (lamps, 0)


def test_the_hand_ends_lower_than_a_cap_can_sink(world):
    for stroke in world.strokes("it", "press"):
        heights = [pose.position[2] for pose in stroke.path]
        assert heights[0] - heights[-1] > TRAVEL
        assert not stroke.grip
