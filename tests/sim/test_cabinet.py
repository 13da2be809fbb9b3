import itertools

import mujoco
import numpy as np
import pytest

from failgym.rotations import conjugate, quat_about_z, rotate
from failgym.scene import Pose, Thing
from failgym.sim.entities.cabinet import LEVELS, STANDOFFS, Cabinet, drawers
from failgym.sim.robots import ROBOTS
from failgym.sim.world import World

pytestmark = pytest.mark.nogl

CABINET = Cabinet()
UP = np.array([0.0, 0.0, 1.0])
CUBE = Thing("cube", graspable=True, height=0.04)


@pytest.fixture
def world():
    world = World(ROBOTS.build("panda"), (CABINET, *drawers(CABINET)))
    world.clear()
    world.add("cabinet", CABINET.body, (0.8, 0.05, 0.0), quat_about_z(0.2).tolist())
    for level in LEVELS:
        world.add(level, level)
    world.set_opening("middle drawer", 0.5)
    world.begin()
    return world


def test_drawers_are_things_of_their_own_that_move_with_their_slides(world):
    assert world.facts().closed == ("bottom drawer", "top drawer")
    heights = [world.position(level)[2] for level in LEVELS]
    assert heights == sorted(heights)
    out = rotate(world.pose("cabinet").quat_wxyz, (-0.5 * CABINET.travel, 0.0, 0.0))
    assert world.position("middle drawer") - world.position("top drawer") == pytest.approx(
        [*out[:2], -CABINET.pitch], abs=1e-9
    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_stroke_takes_the_handle_where_it_is_and_brings_it_to_the_end_of_the_slide(world, level):
    pose, opening = world.pose(level), world.opening(level)
    for verb, share in (("open", 1.0), ("close", 0.0)):
        for stroke in world.strokes(level, verb):
            start, end = stroke.path[0], stroke.path[-1]
            bar = pose.position + rotate(pose.quat_wxyz, (-STANDOFFS[LEVELS.index(level)], 0.0, 0.0))
            assert start.position == pytest.approx(bar)
            moved = rotate(conjugate(pose.quat_wxyz), end.position - start.position)
            assert moved == pytest.approx([-(share - opening) * CABINET.travel, 0.0, 0.0], abs=1e-9)
            across = rotate(start.quat_wxyz, (0.0, 1.0, 0.0))
            assert abs(rotate(conjugate(pose.quat_wxyz), across)[1]) == pytest.approx(1.0)


def test_the_palm_at_a_handle_clears_the_handles_above(world):
    world.data.qpos[world.slides()] = 0.0
    mujoco.mj_kinematics(world.model, world.data)
    for lower, higher in itertools.pairwise(LEVELS):
        hand = world.strokes(lower, "open")[0].path[0]
        bar = world.strokes(higher, "open")[0].path[0].position
        for end in (-0.018, 0.018):
            forward, _, along = rotate(conjugate(hand.quat_wxyz), bar + end * UP - hand.position)
            assert abs(forward) > 0.0315 + 0.006 or along > -0.037, (lower, higher)


def test_what_is_put_into_an_open_drawer_is_in_that_one_only(world):
    drawer = next(each for each in drawers(CABINET) if each.level == "middle drawer")
    pose = world.pose("middle drawer")
    goal = drawer.place(pose, "in", CUBE, 0.5)
    inside = Pose(goal.position - 0.06 * UP, np.array([1.0, 0.0, 0.0, 0.0]))
    assert not drawer.holds(pose, "in", CUBE, goal._replace(position=goal.position + 0.05 * UP), 0.5)
    held = [each.level for each in drawers(CABINET) if each.holds(world.pose(each.level), "in", CUBE, inside, 0.5)]
    assert held == ["middle drawer"]
