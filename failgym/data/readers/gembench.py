"""GemBench's key steps: demonstrations cut down to their key poses, in one LMDB a variation.

Needs `pip install lmdb msgpack`. GemBench's `microsteps` are RLBench's own layout: `failgym.data.readers.rlbench`.
Source: GemBench (Garcia et al., ICRA 2025), its scripts that write them, by reading.
"""

import functools
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.data.errors import DataError
from failgym.data.rlbench import codecs
from failgym.data.rlbench.convert import Source, episode_of
from failgym.data.rlbench.layout import Entry
from failgym.data.stored_frame import StoredFrame
from failgym.episodes import Episode
from failgym.errors import UnknownNameError

CAMERAS = ("left", "right", "wrist", "front")
"""Our names of the cameras, in the order in which pictures are stored."""

_FOLDER = re.compile(r"(?P<task>\w+)\+(?P<variation>\d+)")
_KEY = re.compile(r"episode(\d+)")
_PLAIN = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f[248])")


@dataclass(frozen=True)
class KeystepDemo:
    """One demonstration, one observation for each key pose and one for the start."""

    path: Path
    entry: Entry
    content: Mapping[str, Any]
    """As stored: `action` (T, 8), `key_frameids`, `rgb` (T, C, H, W, 3), `pc` (T, C, H, W, 3), `bbox_info` and so on;
    versions made for training hold point clouds in place of pictures."""
    cameras: tuple[str, ...] = CAMERAS
    """Our names of the cameras, in the order of the pictures."""

    @property
    def gripper(self) -> NDArray[np.float64]:
        """The gripper's pose and state, (T, 8): m in RLBench's world, xyzw, 1 open."""
        return np.asarray(self.content["action"], dtype=np.float64)

    def __len__(self) -> int:
        """Number of observations."""
        return len(self.content["action"])

    def picture(self, camera: str, step: int) -> bytes:
        """Return a picture as a PNG file.

        Raises:
            UnknownNameError: No such camera.
        """
        if camera not in self._pictured:
            raise UnknownNameError("camera of this demonstration", camera, self._pictured)
        return codecs.png(np.asarray(self.content["rgb"][step][self.cameras.index(camera)], dtype=np.uint8))

    def episode(self, descriptions: tuple[str, ...] = ()) -> Episode:
        """Return the demonstration as an episode of ours whose steps lead from one key pose to the next.

        Camera matrices were not stored and are NaN. `native/key_frameids` tells the frames of the whole demonstration.

        Args:
            descriptions: What RLBench says of the variation; it is not stored here, and the plan is read from it.
        """
        gripper = self.gripper
        columns = {"gripper_pose": gripper[:, :7], "gripper_open": gripper[:, 7]}
        if "key_frameids" in self.content:
            columns["key_frameids"] = np.asarray(self.content["key_frameids"], dtype=np.float64)
        unknown = np.full((3, 3), np.nan), np.full((4, 4), np.nan)
        frames = []
        for step in range(len(self)):
            for camera in self._pictured:
                read: Any = functools.partial(self.picture, camera, step)
                frames.append(StoredFrame(step, camera, read, self._size, *unknown))
        return episode_of(Source(self.entry, descriptions, columns, tuple(range(1, len(self)))), frames)

    @property
    def _pictured(self) -> tuple[str, ...]:
        rgb = self.content.get("rgb")
        return self.cameras if isinstance(rgb, np.ndarray) and rgb.ndim == 5 else ()

    @property
    def _size(self) -> tuple[int, int]:
        height, width = self.content["rgb"].shape[2:4]
        return int(width), int(height)


def keysteps(folder: str | Path, cameras: tuple[str, ...] = CAMERAS) -> Iterator[KeystepDemo]:
    """Read the key steps of one variation.

    Args:
        folder: `<task>+<variation>`, with `data.mdb` in it.
        cameras: Our names of the cameras in the order in which they were stored.

    Raises:
        DataError: lmdb or msgpack is not installed; the folder has another name or no database; a record is broken,
            incomplete, or not safe to open.
    """
    path = Path(folder)
    lmdb, named = _package("lmdb", path), _FOLDER.fullmatch(path.name)
    if named is None:
        raise DataError(path, "is not called <task>+<variation>, as GemBench's folders of key steps are")
    try:
        with lmdb.open(str(path), readonly=True, lock=False, create=False) as database, database.begin() as records:
            for key, value in records.cursor():
                episode = _KEY.fullmatch(bytes(key).decode("ascii", "replace"))
                if episode is None:
                    raise DataError(path, f"holds a record {bytes(key)!r}, not of an episode")
                entry = Entry(named["task"], int(named["variation"]), int(episode[1]))
                yield KeystepDemo(path, entry, unpacked(bytes(value), path), cameras)
    except lmdb.Error as error:
        raise DataError(path, f"is no database of key steps ({error})") from error


def unpacked(record: bytes, path: Path) -> dict[str, Any]:
    """Read one record: msgpack, with arrays as msgpack-numpy writes them.

    Raises:
        DataError: msgpack is not installed; the record is broken, incomplete, or holds pickled objects.
    """
    msgpack = _package("msgpack", path)
    try:
        content = msgpack.unpackb(record, object_hook=_array, raw=False, strict_map_key=False)
        action = np.asarray(content["action"], dtype=np.float64)
    except Exception as error:  # a damaged record raises anything
        raise DataError(path, f"holds a record that cannot be read ({type(error).__name__}: {error})") from error
    if action.ndim != 2 or action.shape[1] != 8 or not len(action):
        raise DataError(path, f"holds actions of shape {action.shape}; they are (T, 8), pose and gripper")
    stored = {name: len(content[name]) for name in ("key_frameids", "rgb") if name in content}
    if any(length != len(action) for length in stored.values()):
        raise DataError(path, f"holds {len(action)} actions, but {stored}")
    return dict(content)


def _array(entry: dict[Any, Any]) -> Any:
    """What msgpack-numpy writes as a mapping; older versions of msgpack make text of its keys."""
    fields = {key.decode() if isinstance(key, bytes) else key: value for key, value in entry.items()}
    if "nd" not in fields:
        return entry
    kind = fields["type"].decode() if isinstance(fields["type"], bytes) else fields["type"]
    if not isinstance(kind, str) or not _PLAIN.fullmatch(kind):
        raise ValueError(f"an array of type {kind!r}: only numbers are read")
    flat = np.frombuffer(fields["data"], np.dtype(kind))
    return flat.reshape(fields["shape"]) if fields["nd"] else flat[0]


def _package(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(path, f"reading it needs {name}, which is not installed: pip install lmdb msgpack") from error
