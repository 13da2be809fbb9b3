"""The scene seat: factors of sight, which leave physics as it is."""

import math

import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.errors import ConfigurationError
from failgym.perturbations import build
from failgym.sim.patterns import PATTERNS, pattern
from tests.helpers import PICK_CUBE
from tests.perturbations.scenes import arm

KINDS = [pytest.param("gl", marks=pytest.mark.gl), pytest.param("ray", marks=pytest.mark.nogl)]


@pytest.fixture(scope="module")
def pick():
    return make_base(PICK_CUBE, [], control_mode="keypose")


def test_what_is_called_by_its_colour_keeps_it(pick):
    for seed in range(5):
        assert set(arm(pick, "colour", seed)["colours"]) <= {"table", "floor"}


@pytest.mark.parametrize("name", ["colour", "texture"])
@pytest.mark.parametrize("part", ["object", "receiver", "table", "floor"])
def test_looks_are_drawn_for_the_part_that_is_wanted(name, part):
    env = make_base("FailGym/OpenDrawer-v0" if part == "object" else "FailGym/PutGroceriesInCupboard-v0")
    params = arm(env, {"name": name, "parts": [part], "count": 9}, 1)
    plan, (names,) = env.unwrapped.plan, (value for value in params.values() if isinstance(value, dict))
    possible = {"object": {step.object for step in plan.subtasks}, "receiver": {step.target for step in plan.subtasks}}
    assert names
    assert set(names) <= possible.get(part, {part})


@pytest.mark.parametrize("name", ["colour", "texture", "object_size"])
def test_an_unknown_part_is_refused(name):
    with pytest.raises(ConfigurationError, match=rf"{name}.parts.*object, receiver"):
        build({"name": name, "parts": ["sky"]})


def test_patterns_differ_and_go_on_without_a_seam():
    images = {name: pattern(name).astype(int) for name in PATTERNS}
    assert len({image.tobytes() for image in images.values()}) == len(images) == 6
    for image in images.values():
        assert image.std() > 20.0
        for axis in (0, 1):
            steps = np.abs(np.diff(image[..., 0], axis=axis, append=image[:1, :, 0] if axis == 0 else image[:, :1, 0]))
            assert steps.take(-1, axis).mean() <= steps.mean(axis=1 - axis).max() + 1e-9


def test_a_pattern_keeps_the_colour(pick):
    arm(pick, "texture", 1)
    world = pick.unwrapped.world
    before = world.model.geom_rgba[world.geoms(world.names[0])].copy()
    world.alter("texture", world.names[0], (3.0,))
    assert np.array_equal(world.model.geom_rgba[world.geoms(world.names[0])], before)
    world.alter("texture", "table", (3.0,))
    table = world.model.geom("table")
    assert table.rgba == pytest.approx(world.model.material("table_top").rgba)
    assert world.model.material(int(table.matid[0])).name == "bricks spread"


def test_all_light_has_the_tinge(pick):
    params = arm(pick, {"name": "lighting", "tinge": 0.3}, 2)
    model, (before,) = pick.unwrapped.world.model, [make_base(PICK_CUBE).unwrapped.world.model]
    assert min(params["tint"]) == pytest.approx(0.7 * max(params["tint"]))
    ratio = model.light_diffuse / before.light_diffuse
    assert ratio == pytest.approx(np.tile(params["brightness"] * np.array(params["tint"]), (len(ratio), 1)), rel=1e-5)


def grey(picture):
    """Brightness of a picture, (H, W)."""
    return picture.astype(float).mean(axis=2)


@pytest.mark.gl
@pytest.mark.parametrize("part", ["table", "fridge"])
def test_both_renderers_show_the_same_pattern(part):
    pictures = {}
    for kind in ("gl", "ray"):
        env = make_base("FailGym/OpenFridge-v0", renderer=kind)
        env.furnish((build("texture"),))
        env.reset(seed=1)
        for shown in (False, True):
            env.unwrapped.world.alter("texture", part, (PATTERNS.index("bricks"),) if shown else None)
            pictures[kind, shown] = grey(env.unwrapped.picture("front", (320, 240)))
    shown = {kind: pictures[kind, True] / np.maximum(pictures[kind, False], 1.0) for kind in ("gl", "ray")}
    patterned = np.abs(shown["gl"] - 1.0) > 0.05
    assert patterned.sum() > 100
    assert np.corrcoef(shown["gl"][patterned], shown["ray"][patterned])[0, 1] > 0.6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "spec",
    [
        "lighting",
        {"name": "lighting", "change": 0.0, "turn": 0.0, "tinge": 0.3},
        {"name": "colour", "parts": ["table"]},
        {"name": "texture", "parts": ["table"]},
        {"name": "texture", "parts": ["floor"]},
        "camera_pose",
    ],
)
def test_factors_of_sight_change_pictures_from_the_reset_on_and_nothing_else(spec, kind):
    env, plain = (
        make_base(PICK_CUBE, perturbations, obs_mode="rgb", cameras=["front"], image_size=(64, 48), renderer=kind)
        for perturbations in ([spec], [])
    )
    (first, _), (reference, _) = env.reset(seed=3), plain.reset(seed=3)
    difference = np.abs(first["pixels/front"].astype(int) - reference["pixels/front"])
    assert difference.mean() > 3.0
    assert env.unwrapped.last_observation is first
    for part in (env, plain):
        part.unwrapped.idle(5)
    assert env.unwrapped.state_bytes() == plain.unwrapped.state_bytes()


def test_cameras_move_by_what_was_drawn(pick):
    pick.reset(seed=0)
    data, before = pick.unwrapped.world.data, {}
    for camera in ("front", "left", "right"):
        before[camera] = data.camera(camera).xpos.copy(), data.camera(camera).xmat.reshape(3, 3).copy()
    params = arm(pick, {"name": "camera_pose", "shift": 0.07, "turn": 0.04, "cameras": ["front", "left"]})
    for camera, (position, axes) in before.items():
        moved = np.linalg.norm(data.camera(camera).xpos - position)
        cosine = (np.trace(axes.T @ data.camera(camera).xmat.reshape(3, 3)) - 1) / 2
        expected = (0.07, 0.04) if camera in params["moves"] else (0.0, 0.0)
        assert (moved, math.acos(min(1.0, cosine))) == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ConfigurationError, match=r"camera_pose.cameras.*wrist"):
        arm(pick, {"name": "camera_pose", "cameras": ["wrist"]})
