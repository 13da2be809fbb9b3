import json
import math
from dataclasses import asdict, replace

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failgym.episodes import Episode, Event, EventKind, Frame, Outcome, Point
from failgym.episodes.files import (
    ARRAYS,
    CERTIFICATE,
    EPISODE,
    load,
    load_certificate,
    load_triplet,
    save,
    save_certificate,
    save_triplet,
    sweep,
)
from failgym.errors import CertificateError, ConfigurationError
from failgym.generate import Generator, Recording
from failgym.loop import rollout
from failgym.plans import Plan
from tests.helpers import POINT_PICK, same

PLAN = Plan.parse("grasp the red disc", "pick up the red disc")
floats = st.floats(allow_nan=False)


@pytest.fixture(scope="module")
def triplet():
    with Generator(POINT_PICK, recording=Recording(every_steps=5)) as generator:
        return generator.triplet("slip", 3)


def listed(episode):
    """All that an episode holds, in types that can be compared bit for bit."""
    return vars(episode) | {
        "frames": [asdict(frame) | {"image": list(frame.image)} for frame in episode.frames],
        "outcome": asdict(episode.outcome),
    }


def blank(**content):
    return Episode("uid", POINT_PICK, {}, 7, PLAN.instruction, PLAN, Outcome(False), **content)


def test_triplet_round_trip(triplet, tmp_path):
    assert triplet.certificate.holds
    read = load_triplet(save_triplet(triplet, tmp_path / "deep" / "triplet"))
    assert read.certificate == triplet.certificate
    assert list(read.episodes) == ["nominal", "injected", "avoid", "recover"]
    for name, episode in triplet.episodes.items():
        assert episode.frames
        assert same(listed(read.episodes[name]), listed(episode)), name


def test_rollout_round_trip(tmp_path):
    env = gym.make(f"failgym:{POINT_PICK}", control_mode="keypose", perturbations=["no_close"])
    episode = rollout(env, verifier="gripper-rules", recovery="replan", seed=2)
    assert episode.verdicts
    # What JSON cannot tell apart is read back as JSON has it: here the arguments of gym.make.
    episode = replace(episode, env_kwargs=json.loads(json.dumps(episode.env_kwargs)))
    assert same(listed(load(save(episode, tmp_path / "episode"))), listed(episode))


@given(
    st.lists(st.tuples(floats, floats, floats, floats), max_size=3),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(EventKind), st.text(), st.text(), floats), max_size=3),
    st.text(),
)
def test_any_number_and_text_survives(tmp_path_factory, points, events, text):
    named = {f"p{index}": Point(*point) for index, point in enumerate(points)}
    intrinsics = np.array([point[:3] for point in points], dtype=np.float64)
    frame = Frame(3, "front", b"\xff\xd8", (4, 3), intrinsics, np.eye(4), named)
    episode = blank(frames=(frame,), events=tuple(Event(*event) for event in events), digest=text)
    assert same(listed(load(save(episode, tmp_path_factory.mktemp("any") / "episode"))), listed(episode))


def test_frames_of_one_moment_keep_apart(tmp_path):
    frames = tuple(Frame(3, "front", bytes([n]), (4, 3), np.eye(3), np.eye(4)) for n in range(3))
    assert [frame.image for frame in load(save(blank(frames=frames), tmp_path / "e")).frames] == [b"\0", b"\1", b"\2"]


def test_an_episode_is_replaced(tmp_path):
    save(blank(digest="first"), tmp_path / "episode")
    save(blank(digest="second"), tmp_path / "episode")
    assert load(tmp_path / "episode").digest == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["episode"]


def test_what_is_no_episode_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigurationError, match="a new or empty folder"):
        save(blank(), tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_an_interrupted_write_leaves_nothing(tmp_path, triplet, monkeypatch):
    written = []

    def interrupted(*arguments, **keywords):
        written.append(arguments)
        if len(written) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_triplet(triplet, tmp_path / "triplet")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_write_keeps_what_was_there(tmp_path, monkeypatch):
    save(blank(digest="first"), tmp_path / "episode")
    monkeypatch.setattr(np, "savez_compressed", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save(blank(digest="second"), tmp_path / "episode")
    assert np.load(tmp_path / "episode" / ARRAYS).files == []
    assert json.loads((tmp_path / "episode" / EPISODE).read_text())["digest"] == "first"


def test_sweep_removes_what_killed_writers_left(tmp_path):
    (tmp_path / "a" / ".part-xyz" / "frames").mkdir(parents=True)
    (tmp_path / "a" / ".part-file").write_text("")
    save(blank(), tmp_path / "a" / "episode")
    sweep(tmp_path)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["episode"]


@pytest.mark.parametrize("damage", ["nothing there", "no JSON", "cut", "no arrays", "broken arrays", "other format"])
def test_a_damaged_episode_is_named(tmp_path, damage):
    folder = tmp_path / "episode"
    if damage != "nothing there":
        save(blank(arrays={"state": np.zeros((3, 2))}), folder)
    text = (folder / EPISODE).read_text() if folder.is_dir() else ""
    if damage == "no JSON":
        (folder / EPISODE).write_text("hello")
    elif damage == "cut":
        (folder / EPISODE).write_text(text[: len(text) // 2])
    elif damage == "no arrays":
        (folder / ARRAYS).unlink()
    elif damage == "broken arrays":
        (folder / ARRAYS).write_bytes(b"PK not a zip")
    elif damage == "other format":
        (folder / EPISODE).write_text(text.replace('"format": 1', '"format": 99'))
    with pytest.raises(ConfigurationError, match="episode"):
        load(folder)


def test_certificates_alone(tmp_path, triplet):
    path = save_certificate(triplet.certificate, tmp_path / "deep" / CERTIFICATE)
    assert load_certificate(path) == triplet.certificate


@pytest.mark.parametrize("content", [None, "hello", "[]", "{}", '{"format": 1}'])
def test_what_is_no_certificate_is_named(tmp_path, content):
    path = tmp_path / CERTIFICATE
    if content is not None:
        path.write_text(content)
    with pytest.raises(CertificateError, match=CERTIFICATE):
        load_certificate(path)


def test_an_altered_certificate_is_refused(tmp_path, triplet):
    path = save_certificate(triplet.certificate, tmp_path / CERTIFICATE)
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(CertificateError, match="altered"):
        load_certificate(path)


def test_numbers_are_written_in_full(tmp_path):
    points = {"gripper": Point(math.pi, 1e-300, -0.1, 1 / 3)}
    frame = Frame(0, "front", b"", (1, 1), np.full((3, 3), 0.1 + 0.2), np.eye(4), points)
    read = load(save(blank(frames=(frame,)), tmp_path / "episode")).frames[0]
    assert read.points == points
    assert read.intrinsics[0, 0] == 0.1 + 0.2
