import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

from failgym.data.errors import DataError
from failgym.data.readers.rlbench import demos, read
from failgym.data.rlbench.codecs import decoded
from failgym.data.rlbench.geometry import pose_to
from failgym.data.rlbench.layout import ORIGIN
from failgym.episodes import EventKind
from failgym.episodes.files import load, save
from failgym.errors import UnknownNameError
from failgym.perturbations.record.relabel import relabel
from tests.data.rlbench.recordings import (
    CAMERAS,
    FAR,
    LEG,
    LENS,
    LOOKS_BACK,
    NEAR,
    SIZE,
    Demo,
    Observation,
    dumps,
    lay,
    observation,
    recording,
)
from tests.helpers import same

MARKS = ("stop", "close", "stop", "stop", "open")
PEG = ["thread the ring over the red peg", "red it is"]
OURS = {"left_shoulder": "left", "right_shoulder": "right"}


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def place(root, task="insert_onto_square_peg", variation="variation3", episode=2):
    return root / task / variation / "episodes" / f"episode{episode}"


def describe(folder, texts=tuple(PEG)):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "variation_descriptions.pkl").write_bytes(pickle.dumps(list(texts)))


@pytest.fixture
def made(tmp_path, rng):
    """A demonstration in RLBench 1.2's layout: folder, observations, pictures by folder and step."""
    folder, observations = place(tmp_path), recording(rng, *MARKS)
    drawn = lay(folder, observations, rng)
    describe(folder.parent.parent)
    return folder, observations, drawn


def test_task_variation_number_and_plan(made):
    demo = read(made[0])
    assert demo.entry == ("insert_onto_square_peg", 3, 2)
    assert demo.descriptions == tuple(PEG)
    episode = demo.episode()
    assert episode.uid == "FailGym/RLBench.InsertOntoSquarePeg-v0/variation3/episode2"
    assert episode.instruction == PEG[0]
    assert [step.text for step in episode.plan.subtasks] == ["grasp the ring", "place the ring on the red spoke"]
    assert [(span.start, span.end) for span in episode.spans] == [(0, 2 * LEG), (2 * LEG, 5 * LEG)]
    assert episode.variation["key_poses"] == [LEG, 2 * LEG, 3 * LEG, 4 * LEG, 5 * LEG]
    assert episode.outcome.success
    assert [(event.step, event.kind) for event in episode.events] == [
        (2 * LEG, EventKind.CLOSING),
        (2 * LEG, EventKind.SUBTASK_DONE),
        (5 * LEG, EventKind.OPENING),
        (5 * LEG, EventKind.SUBTASK_DONE),
    ]


def test_states_and_actions_are_in_our_terms(made):
    episode, observations = read(made[0]).episode(), made[1]
    assert episode.steps == len(observations) - 1
    for row, seen in enumerate(observations[1:]):
        hand = episode.columns("ee_x", "ee_y", "ee_z", "ee_qw", "ee_qx", "ee_qy", "ee_qz")[row]
        np.testing.assert_allclose(hand[:3], seen.gripper_pose[:3] - ORIGIN, atol=1e-15)
        np.testing.assert_allclose(pose_to(hand[:3], hand[3:]), seen.gripper_pose, atol=1e-15)
        np.testing.assert_array_equal(episode.arrays["action"][row], [*hand, 1.0 - seen.gripper_open])
        joints = [f"joint_{index}" for index in range(7)]
        np.testing.assert_array_equal(episode.columns(*joints)[row], seen.joint_positions)
    closed = np.array([seen.gripper_open for seen in observations[1:]]) == 0.0
    np.testing.assert_array_equal(episode.column("gripper_closure"), closed)
    np.testing.assert_allclose(episode.column("gripper_force"), 2.0 * closed)
    assert not np.shares_memory(episode.arrays["action"], episode.arrays["action_told"])


def test_native_numbers_are_kept_to_the_last_bit(made):
    arrays, observations = read(made[0]).episode().arrays, made[1]
    fields = [name for name, value in vars(observations[0]).items() if name != "misc" and value is not None]
    assert {name for name in arrays if name.startswith("native/")} == {f"native/{name}" for name in fields}
    for name in fields:
        assert same(arrays[f"native/{name}"], np.array([getattr(seen, name) for seen in observations]))


def test_pictures_are_read_only_when_looked_at(made):
    folder, observations, drawn = made
    episode = read(folder).episode(cameras=("wrist", "left"))
    assert {frame.camera for frame in episode.frames} == {"wrist", "left"}
    assert len(episode.frames) == 2 * len(observations)
    for frame in episode.frames:
        name = {ours: theirs for theirs, ours in OURS.items()}.get(frame.camera, frame.camera)
        np.testing.assert_array_equal(decoded(frame.image), drawn[f"{name}_rgb", frame.step])
        assert frame.size == SIZE
    moved = replace(episode.frames[3], step=77)
    assert (moved.step, moved.image) == (77, episode.frames[3].image)
    frame = episode.frames[0]
    shutil.rmtree(folder / "wrist_rgb")
    with pytest.raises(DataError, match=r"wrist_rgb.*No such file"):
        _ = frame.image


@pytest.mark.parametrize(("every", "steps"), [(None, {0, 8, 16, 24, 32, 40}), (10, {0, 8, 10, 16, 20, 24, 30, 32, 40})])
def test_key_poses_always_have_pictures(made, every, steps):
    frames = read(made[0]).episode(every_steps=every).frames
    assert {frame.step for frame in frames} == steps
    assert [frame.step for frame in frames] == sorted(frame.step for frame in frames)


def test_depths_masks_and_clouds(made):
    folder, _, drawn = made
    demo = read(folder)
    for camera in CAMERAS:
        ours = OURS.get(camera, camera)
        packed = drawn[f"{camera}_depth", 4].astype(np.int64) @ [65536, 256, 1]
        metres = NEAR + packed / (2**24 - 1) * (FAR - NEAR)
        np.testing.assert_allclose(demo.depth(ours, 4), metres, rtol=1e-12)
        handles = drawn[f"{camera}_mask", 4].astype(np.int64) @ [1, 256, 65536]
        np.testing.assert_array_equal(demo.mask(ours, 4), handles)
    k, pose = demo.camera("front", 4)
    seen = np.linalg.inv(pose) @ [*demo.point_cloud("front", 4)[2, 5], 1]
    np.testing.assert_allclose((k @ seen[:3]) / seen[2], [5, 2, 1], atol=1e-9)


def test_episodes_are_saved_and_loaded_as_any_other(made, tmp_path):
    episode = read(made[0]).episode(cameras=("front",), every_steps=None)
    again = load(save(episode, tmp_path / "saved"))
    for name, value in vars(again).items():
        if name != "frames":
            assert same(value, getattr(episode, name)), name
    assert [frame.image for frame in again.frames] == [frame.image for frame in episode.frames]


def test_peract_layout(tmp_path, rng):
    """All variations in one folder; number and descriptions in every episode's; two fields more."""
    folder = place(tmp_path, variation="all_variations")
    observations = [Observation(**vars(seen), ignore_collisions=True) for seen in recording(rng, *MARKS)]
    lay(
        folder, observations, rng, pickled=dumps(Demo(observations, random_seed=None, variation_number=7), numpy_1=True)
    )
    describe(folder)
    (folder / "variation_number.pkl").write_bytes(pickle.dumps(7))
    demo = read(folder)
    assert (demo.entry.variation, demo.descriptions) == (7, tuple(PEG))
    episode = demo.episode()
    assert episode.spans
    assert episode.arrays["native/ignore_collisions"].all()


def test_gembench_microsteps_without_pictures(tmp_path, rng):
    """Only the pickle was published: links of the robot in `misc`, no folder of pictures."""
    observations = recording(rng, *MARKS)
    for seen in observations:
        seen.misc |= {"Panda_link0_visual_bbox": [0.0, 1.0] * 3, "Panda_link0_visual_pose": np.zeros(7)}
    folder = place(tmp_path, task="close_jar_peract", variation="variation15", episode=0)
    lay(folder, observations)
    demo = read(folder)
    assert demo.cameras == ()
    assert demo.observations[0].misc["Panda_link0_visual_bbox"] == [0.0, 1.0] * 3
    episode = demo.episode()
    assert episode.frames == ()
    assert episode.plan.subtasks == ()
    assert episode.instruction == "close jar"
    with pytest.raises(UnknownNameError, match="front"):
        demo.picture("front", 0)


def test_rlbench_1_2_tells_what_was_commanded(tmp_path, rng):
    observations = recording(rng, *MARKS)
    for index, seen in enumerate(observations[1:], start=1):
        seen.misc |= {
            "variation_index": 4,
            "joint_position_action": np.append(seen.joint_positions, 0.25 * (index % 2)),
        }
    folder = place(tmp_path)
    lay(folder, observations)
    episode = read(folder).episode()
    np.testing.assert_array_equal(episode.column("gripper_command")[:4], [0.75, 1.0, 0.75, 1.0])
    native = episode.arrays["native/joint_position_action"]
    assert np.isnan(native[0]).all()
    np.testing.assert_array_equal(native[1:, :7], episode.arrays["native/joint_positions"][1:])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_is_read(tmp_path, rng, protocol):
    observations = recording(rng, *MARKS)
    state = ("MT19937", np.arange(624, dtype=np.uint32), 3, 0, 0.0)
    lay(place(tmp_path), observations, pickled=dumps(Demo(observations, random_seed=state), protocol))
    demo = read(place(tmp_path))
    assert same(demo.observations[5].joint_positions, observations[5].joint_positions)
    assert same(demo.demo.get("random_seed"), state)


def test_old_recordings_lack_fields_and_cameras(tmp_path, rng):
    """No misc, no fingers, no forces, three cameras, one of them an empty folder, another's matrices unknown."""
    observations = recording(rng, *MARKS, cameras=("front",))
    for seen in observations:
        del seen.gripper_joint_positions, seen.gripper_touch_forces
    folder = place(tmp_path)
    lay(folder, observations, rng, cameras=("front", "wrist"))
    (folder / "overhead_rgb").mkdir()
    (folder / "front_rgb" / ".DS_Store").write_bytes(b"")
    demo = read(folder)
    assert demo.cameras == ("wrist", "front")
    episode = demo.episode(every_steps=None)
    assert np.isnan(episode.column("gripper_force")).all()
    assert set(episode.column("gripper_closure")) == {0.0, 1.0}
    assert np.isnan(episode.frames[0].intrinsics).all()
    assert np.isfinite(episode.frames[1].world_from_camera).all()
    with pytest.raises(DataError, match="near and far plane of the wrist"):
        demo.depth("wrist", 0)


def test_pictures_may_lie_in_the_pickle(tmp_path, rng):
    observations = recording(rng, *MARKS)
    for seen in observations:
        seen.front_rgb = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    lay(place(tmp_path), observations)
    frames = read(place(tmp_path)).episode().frames
    assert {(frame.camera, frame.size) for frame in frames} == {("front", (8, 6))}
    np.testing.assert_array_equal(decoded(frames[7].image), observations[7].front_rgb)


def test_a_variation_in_which_a_reset_was_stored(tmp_path, rng):
    folder = place(tmp_path)
    lay(folder, recording(rng, *MARKS))
    path = folder.parent.parent / "variation_descriptions.pkl"
    path.write_bytes(dumps((PEG, observation(rng, 1, np.zeros(7)))))
    assert read(folder).descriptions == tuple(PEG)
    path.write_bytes(dumps(observation(rng, 1, np.zeros(7))))
    assert read(folder).descriptions == ()


def test_all_demonstrations_of_a_data_set_in_natural_order(tmp_path, rng):
    for task, variation, episode in (("b", "variation2", 10), ("b", "variation2", 9), ("a", "variation10", 0)):
        lay(place(tmp_path, task, variation, episode), recording(rng, "stop"))
    assert [demo.entry for demo in demos(tmp_path)] == [("a", 10, 0), ("b", 2, 9), ("b", 2, 10)]
    assert [demo.entry.number for demo in demos(tmp_path / "b" / "variation2")] == [9, 10]
    assert [demo.entry.number for demo in demos(place(tmp_path, "b", "variation2", 9))] == [9]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: holds no demonstration"):
        demos(tmp_path / "empty")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rgb: (rgb / "3.png").unlink(), "40 pictures of 41 observations: no 3.png"),
        (lambda rgb: (rgb / "41.png").write_bytes(b""), "42 pictures of 41 observations: more"),
    ],
)
def test_missing_and_extra_pictures_are_errors(made, spoil, words):
    spoil(made[0] / "front_rgb")
    with pytest.raises(DataError, match=rf"front_rgb: {words}"):
        read(made[0])


def test_no_such_camera_step_or_file(made):
    demo = read(made[0])
    with pytest.raises(UnknownNameError, match="sideways"):
        demo.depth("sideways", 0)
    for step in (-1, 41):
        with pytest.raises(DataError, match=f"has 41 observations.*no {step}"):
            demo.mask("front", step)
    (made[0] / "front_mask" / "1.png").unlink()
    with pytest.raises(DataError, match=r"front_mask.1\.png: cannot be read"):
        demo.mask("front", 1)
    with pytest.raises(DataError, match=r"nowhere.low_dim_obs\.pkl: cannot be read"):
        read(made[0] / "nowhere")


def broken(**fields):
    """Sixteen observations, some fields of the fourth one another."""

    def change(observations):
        vars(observations[3]).update(fields)
        return Demo(observations)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda seen: Demo([]), "not a demonstration with observations"),
        (lambda seen: {"observations": seen}, "holds a dict, not a demonstration"),
        (lambda seen: Demo([*seen, "end"]), "holds a str where an observation"),
        (lambda seen: Demo({0: seen[0]}), "not a demonstration with observations"),
        (broken(gripper_pose=np.zeros(6)), "gripper_pose is missing in some observation; each has"),
        (broken(gripper_pose=None), "gripper_pose is missing in some observation"),
        (broken(gripper_open="open"), "gripper_open is not recorded alike"),
        (broken(joint_velocities=np.zeros(3)), "joint_velocities is not recorded alike"),
        (broken(misc={"front_camera_extrinsics": np.eye(3), "front_camera_intrinsics": LENS}), "of shape \\(3, 3\\)"),
        (broken(misc={"front_camera_extrinsics": LOOKS_BACK, "front_camera_intrinsics": "sharp"}), "of shape \\(\\)"),
    ],
)
def test_broken_recordings_are_errors_that_name_the_file(tmp_path, rng, change, words):
    observations = recording(rng, "stop", "stop")
    folder = place(tmp_path)
    lay(folder, observations, rng, cameras=("front",), pickled=dumps(change(observations)))
    with pytest.raises(DataError, match=rf"low_dim_obs\.pkl: .*{words}"):
        read(folder).episode()


def test_nothing_recorded_of_the_gripper(tmp_path, rng):
    observations = recording(rng, "stop")
    for seen in observations:
        seen.gripper_open = None
    lay(place(tmp_path), observations)
    with pytest.raises(DataError, match="gripper_open was not recorded"):
        _ = read(place(tmp_path)).key_poses


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("variation_number.pkl", -1, "holds -1, not the number of a variation"),
        ("variation_number.pkl", True, "holds True"),
        ("variation_number.pkl", "three", "holds 'three'"),
        ("variation_descriptions.pkl", ["text", 3], "not a list of descriptions"),
        ("variation_descriptions.pkl", 3, "holds a int, not"),
    ],
)
def test_other_files_of_wrong_types(made, name, content, words):
    (made[0] / name).write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match=rf"{name}: .*{words}"):
        read(made[0])


@pytest.mark.parametrize("name", ["__class__", "get", "name"])
def test_attributes_that_would_change_our_classes_are_refused(tmp_path, rng, name):
    observations = recording(rng, "stop")
    vars(observations[0])[name] = "mine"
    lay(place(tmp_path), observations)
    with pytest.raises(DataError, match=f"attribute '{name}'"):
        read(place(tmp_path))


@pytest.mark.parametrize("name", ["preposition_swap", "revert_action", "object_swap"])
def test_a_demonstration_is_relabelled_like_any_episode(made, name):
    episode = read(made[0]).episode()
    wrong = relabel(episode, name, seed=1, visible=("wooden star", "green peg"))
    assert episode.outcome.success
    assert not wrong.outcome.success
    receipt = wrong.injections[-1]
    assert (receipt.name, receipt.params["recorded"]["instruction"]) == (name, PEG[0])
    assert receipt.params["evidence"]
    assert wrong.instruction != PEG[0] or [frame.step for frame in wrong.frames] != [f.step for f in episode.frames]
