"""Episodes of ours, native ones too, in the layout of RLBench's saved demonstrations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from failgym.data.rlbench import geometry, layout
from failgym.data.rlbench.convert import COMMANDED, HAND, NATIVE
from failgym.data.rlbench.pickles import PICTURE_FIELDS, STATE_FIELDS, Demo, Observation, dumped
from failgym.data.rlbench.pictures import Depth, Mask, Pictures
from failgym.episodes import Episode
from failgym.episodes.files import save, written
from failgym.errors import ConfigurationError

Array = NDArray[np.float64]


def write(
    episode: Episode, root: str | Path, entry: layout.Entry, depth: Depth | None = None, mask: Mask | None = None
) -> Path:
    """Write one episode as a demonstration; one that lies there already is replaced.

    An observation is written for every step of which all cameras of the episode have a picture; without any picture,
    for every step. What an episode of RLBench's holds in `native/*` is written unchanged. Of others, poses, gripper and
    joints are translated, and the state after the first control step stands for the one before it, which was not
    recorded. RLBench's loader insists on five cameras with depths: what the episode lacks is written black and as far
    away as can be, and named in `misc["failgym_blank"]`. Pictures that are no PNG files are encoded again. What has no
    place in RLBench's layout (outcome, injections, spans, ...) is kept beside it, where our reader finds it: a failure
    does not come back as one of RLBench's demonstrations, which all succeed.

    Args:
        episode: Of one arm.
        root: Folder of the data set.
        entry: Where in it: task, variation (None for `all_variations`), number.
        depth: Returns the depths, (H, W) m, for one of our cameras and a step; what lies beyond 4.5 m is stored as that
            far away.
        mask: Returns the handles of what is seen, (H, W), likewise.

    Returns:
        The folder of the demonstration.

    Raises:
        ConfigurationError: The episode has no state of a single arm; no step has a picture of every camera; a depth or
            mask has another size than its picture; or something else lies in the folder.
    """
    columns = _columns(episode)
    pictures = Pictures.of(episode, depth, mask)
    steps = pictures.steps or tuple(range(len(columns["gripper_pose"])))
    descriptions = [str(text) for text in episode.variation.get("descriptions", ())] or [episode.instruction]
    number = episode.variation.get("number") or 0 if entry.variation is None else entry.variation
    demo = Demo(
        _observations=[_observation(columns, pictures, step, number) for step in steps],
        random_seed=None,
        variation_number=number,
    )

    def fill(part: Path) -> None:
        pictures.save(part, steps)
        (part / layout.DESCRIPTIONS).write_bytes(dumped(descriptions))
        (part / layout.VARIATION_NUMBER).write_bytes(dumped(number))
        (part / layout.LOW_DIM).write_bytes(dumped(demo))
        save(replace(episode, frames=()), part / layout.OURS)

    folder = written(Path(root) / entry.folder, layout.LOW_DIM, fill)
    if entry.variation is not None:
        (folder.parent.parent / layout.DESCRIPTIONS).write_bytes(dumped(descriptions))
    return folder


def _observation(columns: Mapping[str, Array], pictures: Pictures, step: int, variation: int) -> Observation:
    misc = pictures.misc(step) | {"variation_index": variation, layout.STEP: step}
    told = columns.get(COMMANDED)
    if told is not None and not np.isnan(told[step]).any():
        misc[COMMANDED] = told[step].copy()
    fields = {name: column[step].copy() for name, column in columns.items() if name != COMMANDED}
    fields["gripper_open"] = float(fields["gripper_open"])
    return Observation(**dict.fromkeys((*PICTURE_FIELDS, *STATE_FIELDS)) | fields, misc=misc)


def _columns(episode: Episode) -> dict[str, Array]:
    """What RLBench calls its numbers, one row for the start and one after each control step."""
    native = {
        name.removeprefix(NATIVE): array
        for name, array in episode.arrays.items()
        if name.startswith(NATIVE) and len(array) == episode.steps + 1
    }
    if {"gripper_pose", "gripper_open"} <= set(native):
        return native
    if not episode.steps or not {*HAND, "gripper_closure"} <= set(episode.state_names):
        raise ConfigurationError(
            "episode", episode.uid, "one with the state of a single arm: ee_x .. ee_qz, gripper_closure"
        )
    columns = _translated(episode)
    return {name: np.concatenate([column[:1], column]) for name, column in columns.items()}


def _translated(episode: Episode) -> dict[str, Array]:
    """The state after each control step in RLBench's terms."""
    closure = episode.column("gripper_closure")
    pose = geometry.pose_to(episode.columns(*HAND[:3]), episode.columns(*HAND[3:]))
    columns = {
        "gripper_open": (closure < layout.OPEN_BELOW).astype(np.float64),
        "gripper_pose": pose,
        "gripper_matrix": np.stack([geometry.matrix_of(row) for row in pose]),
        "gripper_joint_positions": np.repeat(layout.FINGER_TRAVEL * (1.0 - closure)[:, None], 2, axis=1),
    }
    for name, field in (("joint_", "joint_positions"), ("joint_speed_", "joint_velocities")):
        joints = [column for column in episode.state_names if column.removeprefix(name).isdigit()]
        if joints:
            columns[field] = episode.columns(*joints)
    return columns
