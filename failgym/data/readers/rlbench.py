"""RLBench's saved demonstrations, read from disk without RLBench.

Read are the layouts of RLBench 1.0 to 1.2, of PerAct (`all_variations`, descriptions in every episode) and of GemBench
(`microsteps`, with or without pictures). Folders that are absent or empty are cameras that were not recorded.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.data.errors import DataError
from failgym.data.rlbench import codecs, geometry, layout
from failgym.data.rlbench.convert import COMMANDED, Source, episode_of
from failgym.data.rlbench.keyposes import key_poses
from failgym.data.rlbench.pickles import Demo, Observation, read_demo, read_descriptions, read_number
from failgym.data.stored_frame import StoredFrame
from failgym.episodes import Episode
from failgym.episodes.files import load
from failgym.errors import UnknownNameError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StoredDemo:
    """One demonstration: its numbers in memory, its pictures on disk."""

    folder: Path
    entry: layout.Entry
    """Task, variation and number, from the folder's path; the variation from the episode's own file where it has one.
    """
    descriptions: tuple[str, ...]
    """What RLBench says of the variation; empty where nobody wrote it down."""
    demo: Demo
    """What was pickled."""
    cameras: tuple[str, ...]
    """Our names of the cameras that have a picture for every observation."""

    @property
    def observations(self) -> list[Observation]:
        """What was observed, in RLBench's own units and frames."""
        found: list[Observation] = self.demo.get("_observations")
        return found

    def __len__(self) -> int:
        """Number of observations, one more than there are control steps."""
        return len(self.observations)

    def picture(self, camera: str, step: int) -> bytes:
        """Return a picture as it lies on disk, a PNG file.

        Raises:
            UnknownNameError: No such camera.
            DataError: No such step.
        """
        self._check(camera, step)
        stored = self.observations[step].get(f"{layout.CAMERAS[camera]}_{layout.RGB}")
        if isinstance(stored, np.ndarray):
            return codecs.png(stored)
        return self._read(camera, layout.RGB, step)

    def depth(self, camera: str, step: int) -> Array:
        """Return the depth along the optical axis, (H, W) m.

        Raises:
            UnknownNameError: No such camera.
            DataError: The depth, or the range in which it was stored, was not recorded.
        """
        self._check(camera, step)
        near, far = (self._stored(camera, step, plane, ()) for plane in ("near", "far"))
        if near is None or far is None:
            raise DataError(self.folder / layout.LOW_DIM, f"has no near and far plane of the {camera} camera")
        return codecs.depth_metres(codecs.decoded(self._read(camera, layout.DEPTH, step)), float(near), float(far))

    def mask(self, camera: str, step: int) -> NDArray[np.int32]:
        """Return the handle of the object that each pixel shows, (H, W).

        Raises:
            UnknownNameError: No such camera.
            DataError: The mask was not recorded.
        """
        self._check(camera, step)
        return codecs.mask_handles(codecs.decoded(self._read(camera, layout.MASK, step)))

    def camera(self, camera: str, step: int) -> tuple[Array, Array]:
        """Return pinhole matrix, (3, 3) px, and pose, (4, 4) world from camera; NaN where they were not recorded.

        Raises:
            UnknownNameError: No such camera.
        """
        self._check(camera, step)
        extrinsics = self._stored(camera, step, "extrinsics", (4, 4))
        intrinsics = self._stored(camera, step, "intrinsics", (3, 3))
        if extrinsics is None or intrinsics is None:
            return np.full((3, 3), np.nan), np.full((4, 4), np.nan)
        return geometry.camera_from(extrinsics, intrinsics)

    def point_cloud(self, camera: str, step: int) -> Array:
        """Return what each pixel shows, (H, W, 3) m in our world; errors as in `depth`."""
        return geometry.point_cloud(self.depth(camera, step), *self.camera(camera, step))

    @functools.cached_property
    def key_poses(self) -> tuple[int, ...]:
        """Indices of the observations at which the arm stops or the gripper changes.

        Raises:
            DataError: The gripper's state or the joints' speeds were not recorded.
        """
        return key_poses(self._column("gripper_open"), self._column("joint_velocities"))

    def episode(self, cameras: Sequence[str] | None = None, every_steps: int | None = 1) -> Episode:
        """Return the demonstration as an episode of ours; its pictures are read when somebody looks at them.

        Rows of `state` and `action` are control steps of 0.05 s; row i leads to observation i + 1, the first
        observation is in `native/*`, which holds one row an observation, unchanged. A demonstration records no
        actions, so an action is the pose that the next observation has (`keypose`). RLBench stores a demonstration
        only if the task succeeded, so the outcome is a success, and so is every subtask that its key poses show. Of a
        demonstration that our own export wrote, the episode that it was made of is returned, with these pictures.

        Args:
            cameras: Our names of those to take; all by default.
            every_steps: Take pictures of every so many observations beside those of key poses; None for those only.

        Raises:
            UnknownNameError: No such camera.
            DataError: What every episode needs was not recorded.
        """
        chosen = self.cameras if cameras is None else tuple(cameras)
        for camera in chosen:
            self._check(camera)
        if (self.folder / layout.OURS).is_dir():
            every = range(0, len(self), every_steps or 1)
            return replace(load(self.folder / layout.OURS), frames=self._frames(every, chosen))
        shown = {0, *self.key_poses, *(range(0, len(self), every_steps) if every_steps else ())}
        source = Source(self.entry, self.descriptions, self._columns(), self.key_poses)
        return episode_of(source, self._frames(sorted(shown), chosen))

    def _frames(self, indices: Iterable[int], cameras: Sequence[str]) -> tuple[StoredFrame, ...]:
        return tuple(self._frame(camera, index) for index in indices for camera in cameras)

    def _frame(self, camera: str, index: int) -> StoredFrame:
        read: Any = functools.partial(self.picture, camera, index)
        step = int(self.observations[index].misc.get(layout.STEP, index))
        return StoredFrame(step, camera, read, self._sizes[camera], *self.camera(camera, index))

    @functools.cached_property
    def _sizes(self) -> dict[str, tuple[int, int]]:
        return {camera: codecs.size_of(self.picture(camera, 0)) for camera in self.cameras}

    def _stored(self, camera: str, step: int, what: str, shape: tuple[int, ...]) -> Array | None:
        """What an observation says of a camera; None where it says nothing."""
        name = f"{layout.CAMERAS[camera]}_camera_{what}"
        value = self.observations[step].misc.get(name)
        if value is not None and (np.shape(value) != shape or np.asarray(value).dtype.kind not in "fiu"):
            wrong = f"holds {name} of shape {np.shape(value)}; it is made of {shape or 'one'} numbers"
            raise DataError(self.folder / layout.LOW_DIM, wrong)
        return None if value is None else np.asarray(value, dtype=np.float64)

    def _read(self, camera: str, kind: str, step: int) -> bytes:
        name = f"{layout.CAMERAS[camera]}_{kind}"
        path = self.folder / name / f"{step}.png"
        if name in self.observations[step].misc.get(layout.BLANK, ()):
            raise DataError(path, "shows nothing: it is only there because RLBench's loader insists on it")
        try:
            return path.read_bytes()
        except OSError as error:
            raise DataError(path, f"cannot be read ({error.strerror or error})") from error

    def _check(self, camera: str, step: int = 0) -> None:
        if camera not in self.cameras:
            raise UnknownNameError("camera of this demonstration", camera, self.cameras)
        if not 0 <= step < len(self):
            raise DataError(self.folder, f"has {len(self)} observations, counted from 0: there is no {step}")

    def _columns(self) -> dict[str, Array]:
        """All numbers that every observation holds; what was commanded is not known of the first one."""
        columns = {name: self._column(name) for name in _numbers(self.observations)}
        for name, width in (("gripper_pose", (7,)), ("gripper_open", ())):
            if name not in columns or columns[name].shape[1:] != width:
                wrong = f"of shape {columns[name].shape[1:]}" if name in columns else "missing in some observation"
                raise DataError(self.folder / layout.LOW_DIM, f"{name} is {wrong}; each has {width or 'one'} numbers")
        commanded = [each.misc.get(COMMANDED) for each in self.observations]
        known = next((row for row in commanded if row is not None), None)
        if known is not None:
            blank = np.full(np.shape(known), np.nan)
            rows = [blank if row is None else row for row in commanded]
            columns[COMMANDED] = _stacked(self.folder / layout.LOW_DIM, COMMANDED, rows)
        return columns

    def _column(self, field: str) -> Array:
        return _stacked(self.folder / layout.LOW_DIM, field, [each.get(field) for each in self.observations])


def read(folder: str | Path) -> StoredDemo:
    """Read one demonstration, but for its pictures.

    Args:
        folder: That of the episode, with `low_dim_obs.pkl` in it.

    Raises:
        DataError: It is incomplete, broken, or not safe to open.
    """
    path = Path(folder)
    demo = read_demo(path / layout.LOW_DIM)
    entry = layout.entry_of(path) or layout.Entry("unknown_task", None, 0)
    if (path / layout.VARIATION_NUMBER).is_file():
        entry = entry._replace(variation=read_number(path / layout.VARIATION_NUMBER))
    elif entry.variation is None:
        index = demo.get("_observations")[0].misc.get("variation_index", demo.get("variation_number"))
        entry = entry._replace(variation=None if index is None else int(index))
    return StoredDemo(path, entry, _descriptions(path), demo, _cameras(path, demo))


def demos(root: str | Path) -> Iterator[StoredDemo]:
    """Read all demonstrations below a folder: a data set, a task, a variation, or one episode; in natural order.

    Raises:
        DataError: There is none, or one is broken.
    """
    found = layout.find(root)
    if not found:
        raise DataError(root, f"holds no demonstration: no */{layout.EPISODES}/*/{layout.LOW_DIM} lies there")
    return map(read, found)


def _descriptions(folder: Path) -> tuple[str, ...]:
    """The episode's own, else its variation's."""
    for path in (folder / layout.DESCRIPTIONS, folder.parent.parent / layout.DESCRIPTIONS):
        if path.is_file():
            return read_descriptions(path)
    return ()


def _cameras(folder: Path, demo: Demo) -> tuple[str, ...]:
    """The cameras that recorded every observation; one that missed some is an error."""
    observations = demo.get("_observations")
    blank = observations[0].misc.get(layout.BLANK, ())
    found = []
    for ours, theirs in layout.CAMERAS.items():
        name = f"{theirs}_{layout.RGB}"
        names = {path.name for path in (folder / name).glob("*.png")} if name not in blank else set()
        if names:
            missing = [f"{step}.png" for step in range(len(observations)) if f"{step}.png" not in names]
            if missing or len(names) != len(observations):
                wrong = f"no {missing[0]}" if missing else "more pictures than that"
                raise DataError(folder / name, f"{len(names)} pictures of {len(observations)} observations: {wrong}")
        if names or all(isinstance(each.get(name), np.ndarray) for each in observations):
            found.append(ours)
    return tuple(found)


def _numbers(observations: Sequence[Observation]) -> list[str]:
    """Names of what all observations hold as numbers of one shape, pictures aside."""
    pictures = tuple(f"{camera}_" for camera in layout.CAMERAS.values())
    return [
        name
        for name, first in vars(observations[0]).items()
        if isinstance(first, (float, int, np.ndarray)) and not name.startswith(pictures)
        if all(each.get(name) is not None and np.shape(each.get(name)) == np.shape(first) for each in observations)
    ]


def _stacked(path: Path, field: str, values: Sequence[Any]) -> Array:
    try:
        stacked = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(path, f"{field} is not recorded alike in all observations ({error})") from error
    if np.isnan(stacked).all():
        raise DataError(path, f"{field} was not recorded")
    return stacked
