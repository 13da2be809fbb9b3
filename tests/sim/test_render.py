"""Both renderers draw the same scene, follow its changes, and behave where there is no OpenGL or it cannot be used."""

import copy
import os
import subprocess
import sys
import threading
from typing import Any

import mujoco
import numpy as np
import pytest

from failgym.errors import ConfigurationError, RenderError, UnknownNameError
from failgym.sim import rays
from failgym.sim.cameras import extrinsics, intrinsics, project
from failgym.sim.render import backend, decode, gl, jpeg, make_renderer, png

SIZE = (160, 120)
ALL = ("rgb", "depth", "segmentation")
SCENE = """
<mujoco>
  <visual><headlight ambient=".3 .3 .3" diffuse=".2 .2 .2" specular="0 0 0"/><map znear=".01" zfar="10"/></visual>
  <statistic extent="1"/>
  <asset>
    <texture name="sky" type="skybox" builtin="gradient" rgb1=".9 .9 .9" rgb2=".5 .6 .7" width="32" height="192"/>
    <texture name="plain" type="2d" builtin="flat" rgb1=".6 .5 .4" width="8" height="8"/>
    <texture name="other" type="2d" builtin="flat" rgb1=".1 .2 .9" width="8" height="8"/>
    <material name="table" texture="plain" specular="0"/>
  </asset>
  <worldbody>
    <light type="directional" pos="-.5 0 2" dir=".7 .2 -1" diffuse=".6 .6 .6" specular="0 0 0"/>
    <camera name="front" pos="1 .1 .6" xyaxes="-.08 1 0 -.5 -.04 1.006" fovy="50"/>
    <camera name="real" pos="1 .1 .6" xyaxes="-.08 1 0 -.5 -.04 1.006"
            resolution="160 120" sensorsize=".004 .003" focal=".004 .0042" principal=".0003 .0002"/>
    <geom name="table" type="plane" size="1 1 .1" material="table"/>
    <body name="shelf" pos="-.2 -.35 .05"><geom name="shelf" type="box" size=".1 .05 .05" rgba=".4 .3 .2 1"/></body>
    <body name="cube" pos="0 .15 .1"><freejoint/>
      <geom name="cube" type="box" size=".05 .05 .05" rgba=".9 .1 .1 1"/>
      <geom name="hull" type="sphere" size=".2" group="3" rgba="0 0 0 1"/>
    </body>
    <body name="ball" pos=".2 -.1 .3"><freejoint/><geom name="ball" type="sphere" size=".06" rgba=".1 .8 .1 1"/></body>
    <body name="pill" pos="-.1 -.05 .1"><freejoint/>
      <geom name="pill" type="capsule" size=".03 .06" euler="40 20 0" rgba=".2 .2 .9 1"/>
      <camera name="riding" pos="0 0 .5" xyaxes="0 -1 0 1 0 0" fovy="60"/>
    </body>
    <body name="can" pos=".1 .05 .2"><freejoint/>
      <geom name="can" type="cylinder" size=".03 .05" euler="70 0 30" rgba=".9 .8 .1 1"/>
    </body>
  </worldbody>
</mujoco>
"""
KINDS = [pytest.param("gl", marks=pytest.mark.gl), pytest.param("ray", marks=pytest.mark.nogl)]


@pytest.fixture
def model() -> Any:
    return mujoco.MjModel.from_xml_string(SCENE)


@pytest.fixture
def data(model: Any) -> Any:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return data


def _pixel_of(model: Any, data: Any, geom: str) -> tuple[int, int]:
    pixels, _ = project(data.geom(geom).xpos, intrinsics(model, "front", SIZE), extrinsics(model, data, "front"))
    column, row = np.rint(pixels[0]).astype(int)
    return int(row), int(column)


def _python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("MUJOCO_GL", backend.PROBE_VARIABLE)}
    prelude = (
        "import mujoco\nfrom failgym.sim.render import make_renderer\n"
        f"model = mujoco.MjModel.from_xml_string({SCENE!r})\ndata = mujoco.MjData(model)\n"
        "mujoco.mj_forward(model, data)\n"
    )
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + code],
        env=clean | environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_channels_have_their_shapes_and_types(model: Any, data: Any, kind: Any) -> None:
    renderer = make_renderer(kind)
    images = renderer.render(model, data, "front", SIZE, ALL)
    width, height = SIZE
    assert renderer.kind == kind
    assert {name: (image.shape, image.dtype) for name, image in images.items()} == {
        "rgb": ((height, width, 3), np.uint8),
        "depth": ((height, width), np.float32),
        "segmentation": ((height, width), np.int32),
    }
    assert all(image.flags.c_contiguous for image in images.values())
    np.testing.assert_array_equal(images["rgb"], renderer.rgb(model, data, "front", SIZE))
    np.testing.assert_array_equal(images["depth"], renderer.depth(model, data, "front", SIZE))
    np.testing.assert_array_equal(images["segmentation"], renderer.segmentation(model, data, "front", SIZE))
    renderer.close()


@pytest.mark.parametrize("kind", KINDS)
def test_images_share_no_memory(model: Any, data: Any, kind: Any) -> None:
    renderer = make_renderer(kind)
    first, second = (renderer.render(model, data, "front", SIZE, ALL) for _ in range(2))
    assert not any(np.shares_memory(first[name], second[name]) for name in ALL)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("geom", ["cube", "ball", "pill", "can", "shelf"])
def test_geoms_are_where_projection_puts_them(model: Any, data: Any, kind: Any, geom: str) -> None:
    ids = make_renderer(kind).segmentation(model, data, "front", SIZE)
    assert ids[_pixel_of(model, data, geom)] == model.geom(geom).id


@pytest.mark.parametrize("kind", KINDS)
def test_origin_is_top_left(model: Any, data: Any, kind: Any) -> None:
    images = make_renderer(kind).render(model, data, "front", SIZE, ALL)
    assert (images["segmentation"][0] == -1).all()
    assert (images["segmentation"][-1] == model.geom("table").id).all()
    # The camera looks towards -x, so +y is on its right.
    rows, columns = np.nonzero(images["segmentation"] == model.geom("cube").id)
    assert columns.mean() > np.nonzero(images["segmentation"] == model.geom("shelf").id)[1].mean()
    red = images["rgb"][int(rows.mean()), int(columns.mean())].astype(int)
    assert red[0] > 2 * red[1:].max()


@pytest.mark.parametrize("kind", KINDS)
def test_depth_is_metric_and_far_where_nothing_is(model: Any, data: Any, kind: Any) -> None:
    depth = make_renderer(kind).depth(model, data, "front", SIZE)
    _, along = project(data.geom("ball").xpos, intrinsics(model, "front", SIZE), extrinsics(model, data, "front"))
    assert depth[_pixel_of(model, data, "ball")] == pytest.approx(along[0] - 0.06, abs=5e-3)
    assert depth[0, 0] == depth.max() == np.float32(model.vis.map.zfar * model.stat.extent)


@pytest.mark.gl
@pytest.mark.parametrize("camera", ["front", "real", "riding"])
@pytest.mark.parametrize("profile", ["fast", "shadow"])
def test_renderers_agree(model: Any, data: Any, camera: str, profile: Any) -> None:
    drawn = make_renderer("gl", profile).render(model, data, camera, SIZE, ALL)
    cast = make_renderer("ray").render(model, data, camera, SIZE, ALL)
    for geom in range(-1, model.ngeom):
        one, two = drawn["segmentation"] == geom, cast["segmentation"] == geom
        if two.sum() >= 100:
            assert (one & two).sum() / (one | two).sum() > 0.93, geom
    assert np.mean(drawn["segmentation"] == cast["segmentation"]) > 0.99
    same = (drawn["segmentation"] == cast["segmentation"]) & (cast["segmentation"] >= 0)
    # Round shapes are polygons in OpenGL.
    assert np.quantile(np.abs(drawn["depth"] - cast["depth"])[same], 0.95) < 3e-3
    if profile == "fast":
        assert np.abs(drawn["rgb"].astype(int) - cast["rgb"])[same].mean() < 12


@pytest.mark.parametrize("kind", KINDS)
def test_collision_shapes_are_not_drawn(model: Any, data: Any, kind: Any) -> None:
    ids = make_renderer(kind).segmentation(model, data, "front", SIZE)
    assert model.geom("hull").id not in ids
    assert model.geom("cube").id in ids


@pytest.mark.parametrize("kind", KINDS)
def test_recolouring_is_followed(model: Any, data: Any, kind: Any) -> None:
    renderer = make_renderer(kind)
    pixel = _pixel_of(model, data, "cube")
    red = renderer.rgb(model, data, "front", SIZE)[pixel]
    model.geom("cube").rgba = (0.1, 0.1, 0.9, 1)
    blue = renderer.rgb(model, data, "front", SIZE)[pixel]
    assert int(red.argmax()) == 0
    assert int(blue.argmax()) == 2
    model.geom("cube").rgba[3] = 0
    assert renderer.segmentation(model, data, "front", SIZE)[pixel] != model.geom("cube").id


@pytest.mark.parametrize("kind", KINDS)
def test_retexturing_is_followed(model: Any, data: Any, kind: Any) -> None:
    renderer = make_renderer(kind)
    before = renderer.rgb(model, data, "front", SIZE)[-1, 0]
    model.mat_texid[model.mat_texid >= 0] = model.texture("other").id
    after = renderer.rgb(model, data, "front", SIZE)[-1, 0]
    assert int(before.argmax()) == 0
    assert int(after.argmax()) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_resizing_is_followed(model: Any, data: Any, kind: Any, factor: float) -> None:
    renderer = make_renderer(kind)
    ball, table = model.geom("ball").id, model.geom("table").id
    before = renderer.segmentation(model, data, "front", SIZE)
    model.geom_size[ball] *= factor
    model.geom_size[table, :2] *= factor
    after = renderer.segmentation(model, data, "front", SIZE)
    assert (after == ball).sum() == pytest.approx((before == ball).sum() * factor**2, rel=0.25)
    assert np.sign((after == table).sum() - (before == table).sum()) == np.sign(factor - 1)


@pytest.mark.nogl
@pytest.mark.parametrize("camera", ["front", "riding"])
def test_kept_rays_give_the_same_picture_as_new_ones(model: Any, data: Any, camera: str) -> None:
    kept = make_renderer("ray")
    rng = np.random.default_rng(3)
    for step in range(12):
        for joint in range(4):
            data.qpos[7 * joint : 7 * joint + 3] += rng.normal(scale=0.08, size=3)
            data.qpos[7 * joint + 3 : 7 * joint + 7] = rng.normal(size=4)
        if step % 4 == 2:
            model.body("shelf").pos = rng.normal(scale=0.2, size=3)
        if step % 4 == 3:
            model.camera("front").fovy = rng.uniform(30, 70)
        mujoco.mj_forward(model, data)
        expected = make_renderer("ray").render(model, data, camera, SIZE, ALL)
        for name, image in kept.render(model, data, camera, SIZE, ALL).items():
            np.testing.assert_array_equal(image, expected[name])


@pytest.mark.nogl
def test_moving_geoms_in_front_of_the_lens_are_not_missed(model: Any, data: Any) -> None:
    kept = make_renderer("ray")
    kept.segmentation(model, data, "front", SIZE)
    data.qpos[:3] = data.cam("front").xpos - 0.02 * data.cam("front").xmat.reshape(3, 3)[:, 2]
    mujoco.mj_forward(model, data)
    assert (kept.segmentation(model, data, "front", SIZE) == model.geom("cube").id).all()


@pytest.mark.nogl
def test_shading_without_normals_looks_alike(model: Any, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with_normals = make_renderer("ray").rgb(model, data, "front", SIZE)
    cast = rays.cast
    monkeypatch.setattr(rays, "cast", lambda *args, **kwargs: cast(*args, **kwargs)._replace(normals=None))
    without = make_renderer("ray").rgb(model, data, "front", SIZE)
    assert np.abs(with_normals.astype(int) - without).mean() < 4


@pytest.mark.gl
def test_shadow_profile_draws_shadows_and_leaves_the_model_alone(model: Any, data: Any) -> None:
    settings = model.vis.quality.shadowsize, model.vis.quality.offsamples, model.vis.global_.offwidth
    fast = make_renderer("gl", "fast").rgb(model, data, "front", SIZE).astype(int)
    shadow = make_renderer("gl", "shadow").rgb(model, data, "front", SIZE).astype(int)
    assert settings == (model.vis.quality.shadowsize, model.vis.quality.offsamples, model.vis.global_.offwidth)
    assert ((fast - shadow).sum(axis=2) > 60).mean() > 0.01


@pytest.mark.gl
def test_renderers_share_one_context_and_copies_one_upload(model: Any, data: Any) -> None:
    make_renderer("gl").rgb(model, data, "front", (64, 64))
    context = gl._context()
    uploads = list(context._uploads)
    twin = copy.copy(model)
    twin.geom("cube").rgba = (0, 0, 1, 1)
    make_renderer("gl").rgb(twin, data, "front", (200, 150))
    assert gl._context() is context
    assert sorted(map(hash, context._uploads)) == sorted(map(hash, uploads))


@pytest.mark.gl
def test_many_models_do_not_pile_up(data: Any) -> None:
    renderer = make_renderer("gl")
    alive = len(gl._context()._fingerprints)
    for sides in range(gl._MAX_UPLOADS + 3):
        model = mujoco.MjModel.from_xml_string(SCENE.replace('width="8"', f'width="{8 + sides}"'))
        renderer.rgb(model, data, "front", (32, 32))
        del model
    context = gl._context()
    assert len(context._uploads) == gl._MAX_UPLOADS
    assert len(context._fingerprints) <= alive + 1


@pytest.mark.gl
def test_threads_take_turns(model: Any, data: Any) -> None:
    renderer = make_renderer("gl")
    expected = renderer.rgb(model, data, "front", SIZE)
    images: list[Any] = []
    threads = [threading.Thread(target=lambda: images.append(renderer.rgb(model, data, "front", SIZE))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(images) == 2
    for image in (*images, renderer.rgb(model, data, "front", SIZE)):
        np.testing.assert_array_equal(image, expected)


@pytest.mark.gl
def test_context_is_made_at_the_first_image() -> None:
    done = _python(
        "from failgym.sim.render import gl\nr = make_renderer('gl')\nassert gl._shared is None\n"
        "r.rgb(model, data, 'front', (32, 32))\nassert gl._shared is not None"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.gl
@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_forked_child_gets_an_error_and_does_not_hang(leave: str) -> None:
    done = _python(
        "import os, sys, warnings\nwarnings.simplefilter('ignore')\nfrom failgym.errors import RenderError\n"
        "r = make_renderer('gl')\nr.rgb(model, data, 'front', (32, 32))\npid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n        r.rgb(model, data, 'front', (32, 32))\n"
        f"    except RenderError as error:\n        print(error, flush=True)\n        r.close()\n        {leave}\n"
        "    os._exit(1)\n"
        "print(os.waitpid(pid, 0)[1], r.rgb(model, data, 'front', (32, 32)).shape)",
        **({"MUJOCO_GL": "egl"} if backend.find_backend().name == "egl" else {}),
    )
    assert done.returncode == 0, done.stderr
    assert "forkserver" in done.stdout
    if backend.find_backend().name == "egl" or "_exit" in leave:
        assert "0 (32, 32, 3)" in done.stdout


@pytest.mark.nogl
def test_auto_falls_back_to_rays_and_says_so_once() -> None:
    done = _python(
        "import logging\nlogging.basicConfig(format='%(name)s %(levelname)s %(message)s')\n"
        "for r in (make_renderer(), make_renderer('auto', 'shadow')):\n"
        "    print(r.kind, r.rgb(model, data, 'front', (32, 24)).shape)",
        MUJOCO_GL="disabled",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["ray (24, 32, 3)"] * 2
    assert done.stderr.count("failgym WARNING") == 1
    assert "libosmesa6" in done.stderr


@pytest.mark.nogl
def test_gl_without_opengl_says_what_to_install(monkeypatch: pytest.MonkeyPatch, model: Any, data: Any) -> None:
    monkeypatch.setattr(gl, "_shared", None)
    monkeypatch.setenv("MUJOCO_GL", "disabled")
    with pytest.raises(RenderError, match=r"MUJOCO_GL is 'disabled'.*libegl1.*renderer='ray'"):
        make_renderer("gl").rgb(model, data, "front", SIZE)


@pytest.mark.nogl
def test_backends_are_tried_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def works(module: str) -> bool:
        tried.append(module)
        return module == "mujoco.osmesa"

    monkeypatch.setattr(backend, "_works", works)
    monkeypatch.setattr(backend.platform, "system", lambda: "Linux")
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setenv(backend.PROBE_VARIABLE, "")
    assert backend.find_backend() == ("osmesa", "")
    assert backend.find_backend() == ("osmesa", "")
    assert tried == ["mujoco.egl", "mujoco.osmesa"]
    monkeypatch.setenv("MUJOCO_GL", "egl")
    assert backend.find_backend().name is None
    assert tried[2:] == ["mujoco.egl"]


@pytest.mark.nogl
def test_a_backend_that_aborts_is_only_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_PROBE", "import os; os.abort()")
    assert not backend._works("mujoco.egl")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_cameras_and_impossible_requests(model: Any, data: Any, kind: Any) -> None:
    renderer = make_renderer(kind)
    with pytest.raises(UnknownNameError, match="front"):
        renderer.rgb(model, data, "frnt", SIZE)
    with pytest.raises(ConfigurationError, match="size"):
        renderer.rgb(model, data, "front", (0, 10))
    with pytest.raises(ConfigurationError, match="segmentation"):
        renderer.render(model, data, "front", SIZE, ("normals",))  # type: ignore[arg-type]


@pytest.mark.nogl
def test_unknown_renderers_and_profiles() -> None:
    with pytest.raises(ConfigurationError, match="'auto' or 'gl' or 'ray'"):
        make_renderer("vulkan")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="'fast' or 'shadow'"):
        make_renderer("ray", "pretty")  # type: ignore[arg-type]


@pytest.mark.nogl
def test_encoding_round_trips(model: Any, data: Any) -> None:
    image = make_renderer("ray").rgb(model, data, "front", SIZE)
    np.testing.assert_array_equal(decode(png(image)), image)
    assert np.abs(decode(jpeg(image)).astype(int) - image).mean() < 4
    assert len(jpeg(image, quality=50)) < len(jpeg(image))
    assert len(png(image, level=9)) < len(png(image))
