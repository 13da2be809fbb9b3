"""Portraits drawn without OpenGL: the right scene, framed, and an expert whose outcome is not embellished."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from failgym.envs.registration import ENTRIES
from failgym.episodes import Outcome
from failgym.errors import PlanError
from failgym.report import portraits
from failgym.report.portraits import CLOSEST, SIZE, native_tasks, portrait
from failgym.sim.model import rig
from failgym.sim.robots import ROBOTS
from failgym.tasks import TASKS

pytestmark = pytest.mark.nogl

PICK = "FailGym/PickCube-v0"


def test_every_native_task_has_a_portrait() -> None:
    named = native_tasks()
    assert {env_id for env_id in ENTRIES if "." not in env_id} - set(named) == {
        "FailGym/PointPick-v0",
        "FailGym/Robosuite-v0",
        "FailGym/RLBench-v0",
    }
    for env_id, name in named.items():
        task = TASKS.get(name)
        cameras = [camera.name for robot in task.robots for camera, _ in rig(ROBOTS.build(robot))]
        assert cameras.count(task.portrait) == len(task.robots), env_id


def test_a_portrait_is_of_that_episode() -> None:
    one, again, other = (portrait(PICK, seed, renderer="ray") for seed in (7, 7, 8))
    assert one == again
    assert other.picture != one.picture
    assert (one.task, one.robot, one.clip, one.succeeded) == ("PickCube", "panda", None, None)
    assert one.plan[0].startswith("grasp the ")
    assert one.plan[0].removeprefix("grasp the ") in one.instruction
    with Image.open(io.BytesIO(one.picture)) as image:
        assert image.size == SIZE


def test_what_matters_is_in_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, Any]] = []
    crop = portraits._around

    def watched(pixels: Any, size: Any) -> Any:
        seen.append((pixels, crop(pixels, size)))
        return seen[-1][1]

    monkeypatch.setattr(portraits, "_around", watched)
    portrait(PICK, 7, renderer="ray")
    pixels, (left, top, right, bottom) = seen[0]
    whole = np.multiply(portraits.FINER, SIZE)
    shown = pixels[((pixels >= 0) & (pixels <= whole)).all(axis=1)]
    assert len(shown) > 0.8 * len(pixels)
    assert ((shown >= (left, top)) & (shown <= (right, bottom))).all()
    assert right - left < 0.9 * whole[0]


@given(
    points=st.lists(st.tuples(st.floats(-500, 1500), st.floats(-500, 1500)), max_size=6),
    size=st.sampled_from([(960, 720), (300, 300)]),
)
def test_a_crop_is_in_the_picture_and_of_its_proportions(points: Any, size: tuple[int, int]) -> None:
    pixels = np.array(points, dtype=float).reshape(-1, 2)
    left, top, right, bottom = portraits._around(pixels, size)
    assert -1e-6 <= left < right <= size[0] + 1e-6
    assert -1e-6 <= top < bottom <= size[1] + 1e-6
    assert (right - left) / size[0] == pytest.approx((bottom - top) / size[1])
    assert right - left >= CLOSEST * size[0] - 1e-6
    visible = pixels[((pixels >= 0) & (pixels <= size)).all(axis=1)]
    assert ((visible >= (left - 1e-6, top - 1e-6)) & (visible <= (right + 1e-6, bottom + 1e-6))).all()


@pytest.fixture
def expert(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Replace what the loop returns by what a function makes of it."""
    from failgym import loop

    run = loop.rollout

    def install(change: Callable[[Any], Any]) -> None:
        monkeypatch.setattr(loop, "rollout", lambda *args, **kwargs: change(run(*args, **kwargs)))

    return install


def test_the_expert_is_shown_with_its_success() -> None:
    one = portrait(PICK, 7, clip=True, renderer="ray")
    assert one.succeeded is True
    assert one.ending.startswith("succeeded after ")
    assert one.clip is not None
    assert one.clip[4:8] == b"ftyp"


def test_a_failure_is_shown_with_what_was_not_met(expert: Callable[[Callable[[Any], Any]], None]) -> None:
    checks = {"grasped": True, "in_order": False, "steady": False, "success": False}
    expert(lambda episode: replace(episode, outcome=Outcome(False, checks)))
    one = portrait(PICK, 7, clip=True, renderer="ray")
    assert one.succeeded is False
    assert one.ending == "failed: not in order, not steady"
    assert one.clip is not None


def test_an_expert_that_gives_up_has_failed(expert: Callable[[Callable[[Any], Any]], None]) -> None:
    def give_up(_: Any) -> Any:
        raise PlanError("the cube is out of reach")

    expert(give_up)
    one = portrait(PICK, 7, clip=True, renderer="ray")
    assert (one.succeeded, one.clip) == (False, None)
    assert one.ending == "failed: the cube is out of reach"
    assert one.picture
