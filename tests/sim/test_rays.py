"""Casting many rays finds what casting each ray alone finds, on models on which MuJoCo's own pruning does not."""

from typing import Any

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from failgym.sim import rays

pytestmark = pytest.mark.nogl

_TYPES = ("sphere", "capsule", "cylinder", "ellipsoid", "box", 'mesh" mesh="stone')


def _scene(rng: np.random.Generator) -> Any:
    """Bodies with odd inertial frames, of which some geoms collide, some are only seen and some only collide."""
    bodies = []
    for _ in range(6):
        geoms = [
            '<geom type="{}" size="{}" pos="{}" quat="{}" {}/>'.format(
                rng.choice(_TYPES),
                _numbers(rng.uniform(0.02, 0.15, 3)),
                _numbers(rng.normal(scale=0.15, size=3)),
                _numbers(rng.normal(size=4)),
                rng.choice(["", 'contype="0" conaffinity="0" group="2"', 'group="3"']),
            )
            for _ in range(rng.integers(1, 4))
        ]
        bodies.append(
            f'<body pos="{_numbers(rng.normal(scale=0.4, size=3))}" quat="{_numbers(rng.normal(size=4))}"><freejoint/>'
            f'<inertial pos="{_numbers(rng.normal(scale=0.1, size=3))}" quat="{_numbers(rng.normal(size=4))}" mass="1"'
            f' diaginertia=".1 .2 .25"/>{"".join(geoms)}</body>'
        )
    floor = '<geom type="plane" size="3 3 .1" pos="0 0 -.5"/><geom type="box" size=".5 .5 .02" pos="0 0 -.3"/>'
    stone = f'<asset><mesh name="stone" vertex="{_numbers(rng.uniform(-0.15, 0.15, 60))}"/></asset>'
    return mujoco.MjModel.from_xml_string(f"<mujoco>{stone}<worldbody>{floor}{''.join(bodies)}</worldbody></mujoco>")


def _numbers(values: Any) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def _one_by_one(model: Any, data: Any, origin: Any, directions: Any) -> tuple[Any, Any]:
    groups = np.array(rays.VISIBLE_GROUPS, dtype=np.uint8)
    geom = np.zeros(1, dtype=np.int32)
    found = [(mujoco.mj_ray(model, data, origin, ray, groups, True, -1, geom), int(geom[0])) for ray in directions]
    distances, ids = zip(*found, strict=True)
    return np.array(ids), np.array(distances)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), distance=st.floats(0.05, 1.5), growth=st.sampled_from([0.5, 1.0, 2.5]))
def test_no_ray_misses_what_it_should_meet(seed: int, distance: float, growth: float) -> None:
    rng = np.random.default_rng(seed)
    model = _scene(rng)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    directions = rng.normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    origin = data.xpos[rng.integers(1, model.nbody)] + distance * directions[0]
    before = rays.cast(model, data, origin, directions)
    ids, distances = _one_by_one(model, data, origin, directions)
    np.testing.assert_array_equal(before.geom_ids, ids)
    np.testing.assert_allclose(before.distances, distances)
    model.geom_size[2:] *= growth
    ids, _ = _one_by_one(model, data, origin, directions)
    np.testing.assert_array_equal(rays.cast(model, data, origin, directions).geom_ids, ids)


def test_casting_leaves_the_model_alone() -> None:
    model = _scene(np.random.default_rng(0))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    fields = ("geom_aabb", "bvh_aabb", "body_bvhadr", "geom_rbound")
    before = {name: getattr(model, name).copy() for name in fields}
    rays.cast(model, data, (0, 0, 1), [(0, 0, -1)])
    for name in fields:
        np.testing.assert_array_equal(getattr(model, name), before[name])


def test_many_rays_are_cast_in_parts_and_normals_point_outwards(monkeypatch: pytest.MonkeyPatch) -> None:
    model = mujoco.MjModel.from_xml_string('<mujoco><worldbody><geom size="1"/></worldbody></mujoco>')
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    directions = np.array([-2, 0, 0]) + np.random.default_rng(0).uniform(-0.4, 0.4, (1000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    monkeypatch.setattr(rays, "_MAX_RAYS_PER_CALL", 64)
    hits = rays.cast(model, data, (2, 0, 0), directions, normals=True)
    assert (hits.geom_ids == 0).all()
    points = np.array([2, 0, 0]) + hits.distances[:, None] * directions
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1)
    if hits.normals is not None:
        np.testing.assert_allclose(hits.normals, points, atol=1e-6)
    assert rays.cast(model, data, (2, 0, 0), directions).normals is None


def test_no_rays_meet_nothing() -> None:
    model = _scene(np.random.default_rng(1))
    data = mujoco.MjData(model)
    hits = rays.cast(model, data, (0, 0, 1), np.empty((0, 3)))
    assert len(hits.geom_ids) == len(hits.distances) == 0


@pytest.mark.parametrize(
    ("kind", "size", "half"),
    [
        ("sphere", (0.1, 0.1, 0.1), (0.1, 0.1, 0.1)),
        ("capsule", (0.1, 0.3, 0.1), (0.1, 0.1, 0.4)),
        ("cylinder", (0.1, 0.3, 0.1), (0.1, 0.1, 0.3)),
        ("ellipsoid", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
        ("box", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
    ],
)
def test_boxes_follow_sizes(kind: str, size: tuple[float, ...], half: tuple[float, ...]) -> None:
    xml = f'<mujoco><worldbody><geom type="{kind}" size="{_numbers(size)}"/></worldbody></mujoco>'
    model = mujoco.MjModel.from_xml_string(xml)
    np.testing.assert_allclose(rays.boxes(model), model.geom_aabb)
    np.testing.assert_allclose(rays.boxes(model)[0, 3:], half)
    model.geom_size *= 2
    np.testing.assert_allclose(rays.boxes(model, np.array([0]))[0, 3:], np.multiply(half, 2))
