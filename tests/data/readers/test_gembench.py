import pickle
import sys

import numpy as np
import pytest

from failgym.data.errors import DataError
from failgym.data.readers.gembench import CAMERAS, KeystepDemo, keysteps
from failgym.data.rlbench.codecs import decoded
from failgym.data.rlbench.layout import ORIGIN, Entry
from failgym.errors import UnknownNameError

KEYS = 7
JAR = ("screw the lid onto the azure jar",)


@pytest.fixture
def content():
    rng = np.random.default_rng(2)
    action = np.zeros((KEYS, 8), dtype=np.float32)
    action[:, :3], action[:, 4] = rng.uniform(0, 1, (KEYS, 3)), 1.0
    action[:, 7] = [1, 1, 0, 0, 0, 0, 1]
    return {
        "key_frameids": [0, 20, 41, 60, 83, 99, 130],
        "rgb": rng.integers(0, 256, (KEYS, 4, 6, 8, 3), dtype=np.uint8),
        "pc": rng.uniform(-1, 1, (KEYS, 4, 6, 8, 3)).astype(np.float32),
        "depth": rng.uniform(0, 1, (KEYS, 4, 6, 8)),
        "action": action,
        "gripper_pose": [{"front": [3, 4]}] * KEYS,
        "bbox_info": {"Panda_link0_visual_bbox": rng.uniform(-1, 1, (KEYS, 6))},
        "pose_info": {},
    }


def packable(value, text_keys=False):
    """Arrays as msgpack-numpy spells them; older versions of msgpack made text of the keys."""
    if isinstance(value, np.ndarray):
        fields = {"nd": True, "type": value.dtype.str, "kind": b"", "shape": value.shape, "data": value.tobytes()}
        return fields if text_keys else {name.encode(): entry for name, entry in fields.items()}
    raise TypeError(value)


@pytest.fixture
def database(tmp_path, content):
    lmdb, msgpack = pytest.importorskip("lmdb"), pytest.importorskip("msgpack")

    def write(records=None, name="close_jar_peract+15", text_keys=False):
        folder = tmp_path / name
        with lmdb.open(str(folder), map_size=1 << 20, sync=False) as base, base.begin(write=True) as transaction:
            for key, value in ({"episode3": content} if records is None else records).items():
                packed = msgpack.packb(value, default=lambda entry: packable(entry, text_keys))
                transaction.put(key.encode(), value if isinstance(value, bytes) else packed)
        return folder

    return write


def test_steps_lead_from_key_pose_to_key_pose(content):
    episode = KeystepDemo("nowhere", Entry("close_jar_peract", 15, 3), content).episode(JAR)
    assert episode.uid == "FailGym/RLBench.CloseJarPeract-v0/variation15/episode3"
    assert episode.steps == KEYS - 1
    assert [(span.subtask.verb, span.start, span.end) for span in episode.spans] == [
        ("grasp", 0, 2), ("place", 2, 5), ("screw", 5, 6),
    ]  # fmt: skip
    np.testing.assert_allclose(episode.columns("ee_x", "ee_y", "ee_z"), content["action"][1:, :3] - ORIGIN, atol=1e-7)
    np.testing.assert_array_equal(episode.column("gripper_closure"), 1 - content["action"][1:, 7])
    np.testing.assert_array_equal(episode.arrays["native/key_frameids"], content["key_frameids"])


def test_pictures_are_those_of_the_cameras(content):
    demo = KeystepDemo("nowhere", Entry("close_jar_peract", 15, 3), content)
    frames = demo.episode(JAR).frames
    assert [(frame.step, frame.camera) for frame in frames[:5]] == [*((0, camera) for camera in CAMERAS), (1, "left")]
    for frame in frames:
        expected = content["rgb"][frame.step, CAMERAS.index(frame.camera)]
        np.testing.assert_array_equal(decoded(frame.image), expected)
        assert frame.size == (8, 6)
        assert np.isnan(frame.intrinsics).all()
    with pytest.raises(UnknownNameError, match="overhead"):
        demo.picture("overhead", 0)


def test_point_clouds_in_place_of_pictures(content):
    del content["rgb"], content["key_frameids"]
    content["xyz"] = [np.zeros((5, 3))] * KEYS
    episode = KeystepDemo("nowhere", Entry("close_jar_peract", 15, 3), content).episode()
    assert episode.frames == ()
    assert episode.plan.subtasks == ()
    assert episode.steps == KEYS - 1


@pytest.mark.parametrize("text_keys", [False, True])
def test_databases_are_read(database, content, text_keys):
    (demo,) = keysteps(database(text_keys=text_keys))
    assert demo.entry == ("close_jar_peract", 15, 3)
    assert set(demo.content) == set(content)
    for name in ("rgb", "pc", "depth", "action"):
        np.testing.assert_array_equal(demo.content[name], content[name])
        assert demo.content[name].dtype == content[name].dtype
    np.testing.assert_array_equal(
        demo.content["bbox_info"]["Panda_link0_visual_bbox"], content["bbox_info"]["Panda_link0_visual_bbox"]
    )


def test_the_package_that_made_them_agrees(database, content):
    packing = pytest.importorskip("msgpack_numpy")
    msgpack = pytest.importorskip("msgpack")
    content["scalar"] = np.float32(0.25)
    (demo,) = keysteps(database({"episode0": msgpack.packb(content, default=packing.encode)}))
    assert demo.content["scalar"] == np.float32(0.25)
    np.testing.assert_array_equal(demo.content["pc"], content["pc"])


def test_pickled_arrays_are_refused(database, content):
    content["action"] = {b"nd": True, b"type": "|O", b"kind": b"O", b"shape": (1,), b"data": pickle.dumps([1])}
    with pytest.raises(DataError, match=r"only numbers are read"):
        list(keysteps(database()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"action": np.zeros((7, 7))}, r"actions of shape \(7, 7\)"),
        ({"action": "none"}, "cannot be read"),
        ({"action": np.zeros((6, 8))}, "holds 6 actions, but"),
        ({"rgb": np.zeros((3, 4, 6, 8, 3), np.uint8)}, "holds 7 actions, but"),
    ],
)
def test_incomplete_records_are_errors(database, content, change, words):
    with pytest.raises(DataError, match=words):
        list(keysteps(database({"episode0": content | change})))


def test_damaged_databases_are_errors(database, tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        list(keysteps(database({"episode0": b"\xc1"})))
    with pytest.raises(DataError, match="not of an episode"):
        list(keysteps(database({"summary": b"\x80"}, "close_jar+1")))
    with pytest.raises(DataError, match="no database"):
        list(keysteps(tmp_path / "nowhere+0"))
    with pytest.raises(DataError, match=r"not called <task>\+<variation>"):
        list(keysteps(tmp_path / "nowhere"))


def test_missing_packages_name_their_install_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(DataError, match="pip install lmdb msgpack"):
        list(keysteps(tmp_path / "close_jar+0"))
