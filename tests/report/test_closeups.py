import numpy as np
import pytest

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.generate import Generator
from failgym.report.closeups import CAMERA, Shot, concerned, film, look, span
from failgym.sim.cameras import project

pytestmark = pytest.mark.gl
ENV = "FailGym/PickCube-v0"
SEED = 1


@pytest.fixture(scope="module")
def scout():
    with Generator(ENV) as made:
        yield made.env.unwrapped, made.triplet("slip", SEED)


@pytest.fixture(scope="module")
def filmed():
    return film(ENV, "slip", SEED, Shot(every=8), size=(40, 32))


def test_what_is_filmed_is_what_happens_without_a_camera(scout, filmed):
    _, triplet = scout
    assert triplet.certificate.holds
    assert filmed.certificate.digests == triplet.certificate.digests


def test_frames_lie_around_the_failure(scout, filmed):
    steps = span(scout[1], Shot())
    certificate = filmed.certificate
    assert steps.start <= certificate.keyframe < certificate.onset < steps.stop
    for run in (filmed.nominal, filmed.injected, filmed.avoid):
        assert [frame.step for frame in run.frames] == [step for step in steps if step % 8 == 0 and step <= run.steps]
        assert {(frame.camera, frame.size) for frame in run.frames} == {(CAMERA, (40, 32))}


@pytest.mark.parametrize("azimuth", [0.0, 40.0, 140.0])
def test_things_are_in_the_picture_from_everywhere(scout, azimuth):
    base, triplet = scout
    shot = Shot(azimuth_deg=azimuth)
    camera = look(base, triplet, span(triplet, shot), shot)
    assert np.arctan2(*np.subtract(camera.pos, camera.target)[1::-1]) == pytest.approx(np.radians(azimuth), abs=1e-6)
    back = np.subtract(camera.pos, camera.target) / np.linalg.norm(np.subtract(camera.pos, camera.target))
    right = np.cross((0, 0, 1), back) / np.linalg.norm(np.cross((0, 0, 1), back))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.column_stack([right, -np.cross(back, right), -back]), camera.pos
    focal = 108 / np.tan(np.radians(camera.fovy_deg) / 2)
    k = np.array([[focal, 0, 134.5], [0, focal, 107.5], [0, 0, 1]])
    cube = triplet.nominal.columns("object_0_x", "object_0_y", "object_0_z")[list(span(triplet, shot))[:-1]]
    pixels, _ = project(cube, k, pose)
    assert (pixels > 0).all()
    assert (pixels < (270, 216)).all()


def test_it_looks_at_what_is_handled(scout):
    base, triplet = scout
    (handled,) = {subtask.object for subtask in triplet.nominal.plan.subtasks}
    assert concerned(triplet, base.world.names) == (handled,)
    assert len(base.world.names) > 1


def test_without_a_failure_there_is_nothing_to_film():
    found = film("FailGym/PushButtons-v0", "slip", 0, size=(40, 32))
    assert not found.certificate.holds
    assert not any(run.frames for run in found.episodes.values())


def test_views_that_cannot_be(scout):
    with pytest.raises(ConfigurationError, match="elevation_deg"):
        Shot(elevation_deg=95.0)
    with pytest.raises(ConfigurationError, match="every"):
        Shot(every=0)
    base, triplet = scout
    with pytest.raises(UnknownNameError, match="teapot"):
        look(base, triplet, range(4), Shot(things=("teapot",)))
