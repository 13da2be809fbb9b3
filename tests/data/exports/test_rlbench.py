import io
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from failgym.data.errors import DataError
from failgym.data.exports.rlbench import write
from failgym.data.readers.rlbench import demos, read
from failgym.data.rlbench.codecs import decoded
from failgym.data.rlbench.geometry import camera_from, pose_from
from failgym.data.rlbench.layout import Entry
from failgym.episodes import Episode, Frame, Outcome
from failgym.errors import ConfigurationError
from failgym.generate import Generator, Recording
from failgym.labels import FailureMode
from failgym.plans import Plan
from failgym.rotations import DOWN
from tests.data.rlbench.recordings import (
    CAMERAS,
    LENS,
    LOOKS_BACK,
    SIZE,
    Demo,
    Observation,
    lay,
    recording,
    rlbench_names,
)
from tests.helpers import POINT_PICK, same

PLAN = Plan.parse("grasp the lid\nplace the lid on the red jar", "close the red jar")
ENTRY = Entry("close_jar", 3, 1)
NAMES = ("ee_x", "ee_y", "ee_z", "ee_qw", "ee_qx", "ee_qy", "ee_qz", "gripper_closure", "joint_0", "joint_speed_0")


def unpickled(folder):
    """As RLBench does it: by the names of its own classes."""
    with rlbench_names():
        return pickle.loads((folder / "low_dim_obs.pkl").read_bytes())


def picture(rng, kind="PNG", size=SIZE):
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def native(rng, steps=5, shown=(0, 2, 5), cameras=("wrist", "front"), kind="PNG", outcome=None):
    """An episode of one of our own environments, with pictures of some steps."""
    rows = np.column_stack(
        [
            rng.uniform(-0.3, 0.3, (steps, 3)),
            np.tile(DOWN, (steps, 1)),
            rng.uniform(0, 1, steps),
            rng.normal(size=(steps, 2)),
        ]
    )
    k, pose = camera_from(LOOKS_BACK, LENS)
    frames = [Frame(step, camera, picture(rng, kind), SIZE, k, pose) for step in shown for camera in cameras]
    arrays = {"state": rows, "action": rng.normal(size=(steps, 7)), "action_told": rng.normal(size=(steps, 7))}
    return Episode(
        "uid", "FailGym/CloseJar-v0", {}, 7, PLAN.instruction, PLAN, outcome or Outcome(True),
        arrays=arrays, state_names=NAMES, frames=tuple(frames),
    )  # fmt: skip


def alike(read_again, written, but=()):
    for name, value in vars(written).items():
        if name not in ("frames", *but):
            assert same(getattr(read_again, name), value), name
    assert [(frame.step, frame.camera, frame.size) for frame in read_again.frames] == [
        (frame.step, frame.camera, frame.size) for frame in written.frames
    ]
    for ours, theirs in zip(read_again.frames, written.frames, strict=True):
        assert ours.image == theirs.image
        np.testing.assert_allclose(ours.intrinsics, theirs.intrinsics, atol=1e-12)
        np.testing.assert_allclose(ours.world_from_camera, theirs.world_from_camera, atol=1e-12)


@settings(max_examples=25)
@given(
    st.integers(0, 2**32), st.integers(1, 6), st.sets(st.sampled_from(["left", "right", "overhead", "wrist", "front"]))
)
def test_native_episodes_come_back(tmp_path_factory, seed, steps, cameras):
    rng = np.random.default_rng(seed)
    shown = sorted(rng.choice(steps + 1, size=int(rng.integers(1, steps + 2)), replace=False).tolist())
    order = [camera for camera in ("left", "right", "overhead", "wrist", "front") if camera in cameras]
    episode = native(rng, steps, shown, order)
    root = tmp_path_factory.mktemp("export")
    demo = read(write(episode, root, ENTRY))
    assert demo.entry == ENTRY
    alike(demo.episode(), episode)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(["stop", "close", "open"]), min_size=1, max_size=3))
def test_rlbenchs_own_come_back_through_both_episodes(tmp_path_factory, seed, marks):
    """Files of theirs -> episode -> files of ours -> the same episode, numbers, pictures, depths and masks."""
    rng, root = np.random.default_rng(seed), tmp_path_factory.mktemp("export")
    theirs = root / "theirs" / "close_jar" / "variation3" / "episodes" / "episode1"
    observations = recording(rng, *marks)
    lay(theirs, observations, rng)
    (theirs / "variation_descriptions.pkl").write_bytes(pickle.dumps(["close the red jar", "shut it"]))
    first = read(theirs)
    second = read(write(first.episode(), root / "ours", first.entry, first.depth, first.mask))
    assert second.descriptions == first.descriptions
    alike(second.episode(), first.episode())
    step = len(observations) // 2
    for name, value in vars(observations[step]).items():
        if name != "misc":
            assert same(second.observations[step].get(name), value), name
    for camera in second.cameras:
        np.testing.assert_allclose(second.depth(camera, step), first.depth(camera, step), atol=2e-7)
        np.testing.assert_array_equal(second.mask(camera, step), first.mask(camera, step))
        np.testing.assert_allclose(second.point_cloud(camera, step), first.point_cloud(camera, step), atol=1e-6)


def test_rlbenchs_loader_finds_what_it_insists_on(tmp_path):
    """Fifteen folders with one file an observation, its own classes, descriptions in a list."""
    folder = write(native(np.random.default_rng(0)), tmp_path, ENTRY)
    assert folder == tmp_path / "close_jar" / "variation3" / "episodes" / "episode1"
    for camera in CAMERAS:
        for kind in ("rgb", "depth", "mask"):
            files = {path.name for path in (folder / f"{camera}_{kind}").iterdir()}
            assert files == {"0.png", "1.png", "2.png"}
            for file in files:
                with Image.open(folder / f"{camera}_{kind}" / file) as image:
                    assert (image.mode, image.size) == ("RGB", SIZE)
    demo = unpickled(folder)
    assert type(demo) is Demo
    assert [type(seen) for seen in demo._observations] == [Observation] * 3
    assert demo._observations[0].front_rgb is None
    for place in (folder, folder.parent.parent):
        assert pickle.loads((place / "variation_descriptions.pkl").read_bytes()) == [PLAN.instruction]
    assert pickle.loads((folder / "variation_number.pkl").read_bytes()) == 3


def test_numbers_are_in_their_terms(tmp_path):
    episode = native(np.random.default_rng(1))
    seen = unpickled(write(episode, tmp_path, ENTRY))._observations
    for index, row in ((0, 0), (1, 1), (2, 4)):  # steps 0, 2 and 5; nothing was recorded before the first step
        state, observation = episode.arrays["state"][row], seen[index]
        position, quat = pose_from(observation.gripper_pose)
        np.testing.assert_allclose(position, state[:3], atol=1e-15)
        np.testing.assert_array_equal(quat, state[3:7])
        assert observation.gripper_open == (state[7] < 0.1)
        assert type(observation.gripper_open) is float
        np.testing.assert_allclose(observation.gripper_joint_positions, 0.04 * (1 - state[7]))
        np.testing.assert_allclose(observation.gripper_matrix[:3, 3], observation.gripper_pose[:3])
        np.testing.assert_array_equal(observation.joint_positions, state[8:9])
        assert observation.joint_forces is None
        np.testing.assert_allclose(observation.misc["front_camera_extrinsics"], LOOKS_BACK, atol=1e-15)
        np.testing.assert_array_equal(observation.misc["front_camera_intrinsics"], LENS)


def test_arrays_are_named_as_every_numpy_knows_them(tmp_path):
    content = (write(native(np.random.default_rng(0)), tmp_path, ENTRY) / "low_dim_obs.pkl").read_bytes()
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in content
    assert b"numpy._core" not in content


def test_a_failure_stays_a_failure(tmp_path):
    outcome = Outcome(False, {"success": False}, FailureMode.SLIP, 3)
    episode = native(np.random.default_rng(0), outcome=outcome)
    assert read(write(episode, tmp_path, ENTRY)).episode().outcome == outcome


def test_what_nobody_saw_is_blank_and_said_to_be(tmp_path):
    folder = write(native(np.random.default_rng(0)), tmp_path, ENTRY)
    demo = read(folder)
    assert demo.cameras == ("wrist", "front")
    assert decoded((folder / "overhead_rgb" / "0.png").read_bytes()).max() == 0
    assert decoded((folder / "front_depth" / "0.png").read_bytes()).min() == 255
    assert np.isnan(demo.observations[0].misc["overhead_camera_extrinsics"]).all()
    for look in (demo.depth, demo.mask):
        with pytest.raises(DataError, match="shows nothing"):
            look("front", 0)


def test_jpegs_become_pngs_and_pngs_stay_what_they_are(tmp_path):
    episode = native(np.random.default_rng(0), kind="JPEG")
    frames = read(write(episode, tmp_path, ENTRY)).episode().frames
    for ours, theirs in zip(frames, episode.frames, strict=True):
        assert ours.image.startswith(b"\x89PNG")
        np.testing.assert_array_equal(decoded(ours.image), decoded(theirs.image))


def test_only_steps_that_all_cameras_saw(tmp_path):
    episode = native(np.random.default_rng(0))
    short = replace(episode, frames=episode.frames[:3])
    assert [frame.step for frame in read(write(short, tmp_path, ENTRY)).episode().frames] == [0, 0]
    with pytest.raises(ConfigurationError, match="some step has a picture of every camera"):
        write(replace(episode, frames=(episode.frames[0], episode.frames[3])), tmp_path, ENTRY)


def test_without_pictures_every_step_is_written(tmp_path):
    folder = write(replace(native(np.random.default_rng(0)), frames=()), tmp_path, ENTRY)
    assert {path.name for path in folder.iterdir()} == {
        "low_dim_obs.pkl", "variation_descriptions.pkl", "variation_number.pkl", "failgym",
    }  # fmt: skip
    assert len(read(folder)) == 6


def test_all_variations(tmp_path):
    episode = replace(native(np.random.default_rng(0)), variation={"number": 12, "descriptions": ["a", "b"]})
    folder = write(episode, tmp_path, Entry("close_jar", None, 4))
    assert folder == tmp_path / "close_jar" / "all_variations" / "episodes" / "episode4"
    assert not (folder.parent.parent / "variation_descriptions.pkl").exists()
    demo = read(folder)
    assert (demo.entry, demo.descriptions) == (Entry("close_jar", 12, 4), ("a", "b"))


def test_writing_again_replaces_but_only_demonstrations(tmp_path):
    write(native(np.random.default_rng(0)), tmp_path, ENTRY)
    folder = write(native(np.random.default_rng(1), shown=(0,)), tmp_path, ENTRY)
    assert len(read(folder)) == 1
    other = tmp_path / "close_jar" / "variation3" / "episodes" / "episode2"
    other.mkdir()
    (other / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="episode2"):
        write(native(np.random.default_rng(0)), tmp_path, ENTRY._replace(number=2))
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("wrong", [{"depth": lambda *_: np.ones((4, 4))}, {"mask": lambda *_: np.ones((16, 12), int)}])
def test_depths_and_masks_of_another_size(tmp_path, wrong):
    with pytest.raises(ConfigurationError, match=r"\(12, 16\), the size of the \w+ camera's picture at step 0"):
        write(native(np.random.default_rng(0)), tmp_path, ENTRY, **wrong)
    assert list(tmp_path.rglob("low_dim_obs.pkl")) == []


@pytest.mark.parametrize("change", [{"state_names": ("left_ee_x", *NAMES[1:])}, {"arrays": {}}])
def test_episodes_without_the_state_of_one_arm(tmp_path, change):
    with pytest.raises(ConfigurationError, match="state of a single arm"):
        write(replace(native(np.random.default_rng(0)), **change), tmp_path, ENTRY)


def test_all_runs_of_a_triplet(tmp_path):
    with Generator(POINT_PICK, recording=Recording(every_steps=5)) as generator:
        triplet = generator.triplet("slip", 3)
    assert triplet.certificate.holds
    for number, episode in enumerate(triplet.episodes.values()):
        write(episode, tmp_path, Entry("pick_up_disc", 0, number))
    found = {demo.entry.number: demo.episode() for demo in demos(tmp_path)}
    for number, episode in enumerate(triplet.episodes.values()):
        assert found[number].outcome == episode.outcome
        assert same(found[number].arrays, episode.arrays)
        assert same(found[number].events, episode.events)
        assert found[number].injections == episode.injections
