"""The pictures of an episode as RLBench's folders of PNG files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from failgym.data.rlbench import codecs, geometry, layout
from failgym.episodes import Episode, Frame
from failgym.errors import ConfigurationError

NEAR, FAR = 0.01, 4.5
"""Range in which depths are stored, m."""

Depth = Callable[[str, int], NDArray[np.floating[Any]]]
Mask = Callable[[str, int], NDArray[np.integer[Any]]]

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Pictures:
    """What the cameras of an episode saw, where all of them saw something."""

    frames: Mapping[tuple[str, int], Frame]
    """By our name of the camera and step."""
    cameras: tuple[str, ...]
    """Our names of those that took pictures; the others of RLBench's five are blank."""
    steps: tuple[int, ...]
    """Steps with a picture of every camera; none if there are no pictures at all."""
    depth: Depth | None
    mask: Mask | None

    @classmethod
    def of(cls, episode: Episode, depth: Depth | None, mask: Mask | None) -> Self:
        """Take an episode's pictures; the last one counts where a camera took two in a step.

        Raises:
            ConfigurationError: There are pictures, but no step of which every camera has one.
        """
        frames = {(frame.camera, frame.step): frame for frame in episode.frames if frame.camera in layout.CAMERAS}
        cameras = tuple(camera for camera in layout.CAMERAS if any(taken == camera for taken, _ in frames))
        steps = sorted({step for _, step in frames})
        complete = tuple(step for step in steps if all((camera, step) in frames for camera in cameras))
        if frames and not complete:
            raise ConfigurationError("episode", episode.uid, "one in which some step has a picture of every camera")
        return cls(frames, cameras, complete, depth, mask)

    @property
    def blank(self) -> tuple[str, ...]:
        """Names of the folders that hold nothing that was seen."""
        if not self.cameras:
            return ()
        kinds = {layout.RGB: True, layout.DEPTH: self.depth is not None, layout.MASK: self.mask is not None}
        return tuple(
            f"{theirs}_{kind}"
            for ours, theirs in layout.CAMERAS.items()
            for kind, known in kinds.items()
            if ours not in self.cameras or not known
        )

    def misc(self, step: int) -> dict[str, Any]:
        """Return what an observation says of the cameras; matrices of blank ones are NaN."""
        misc: dict[str, Any] = {layout.BLANK: list(self.blank)} if self.cameras else {}
        for ours, theirs in layout.CAMERAS.items() if self.cameras else ():
            frame = self.frames.get((ours, step))
            extrinsics, intrinsics = np.full((4, 4), np.nan), np.full((3, 3), np.nan)
            if frame is not None:
                extrinsics, intrinsics = geometry.camera_to(frame.intrinsics, frame.world_from_camera)
            values = {"extrinsics": extrinsics, "intrinsics": intrinsics, "near": NEAR, "far": FAR}
            misc |= {f"{theirs}_camera_{name}": value for name, value in values.items()}
        return misc

    def save(self, folder: Path, steps: Sequence[int]) -> None:
        """Write all folders, one file an observation.

        Raises:
            ConfigurationError: A depth or mask has another size than its picture.
        """
        if not self.cameras:
            return
        width, height = self.frames[self.cameras[0], steps[0]].size
        nothing = codecs.png(np.zeros((height, width, 3), dtype=np.uint8))
        far = codecs.png(np.full((height, width, 3), 255, dtype=np.uint8))
        for ours, theirs in layout.CAMERAS.items():
            for kind, empty in ((layout.RGB, nothing), (layout.DEPTH, far), (layout.MASK, nothing)):
                place = folder / f"{theirs}_{kind}"
                place.mkdir()
                for index, step in enumerate(steps):
                    content = empty if place.name in self.blank else self._content(kind, ours, step)
                    (place / f"{index}.png").write_bytes(content)

    def _content(self, kind: str, camera: str, step: int) -> bytes:
        frame = self.frames[camera, step]
        if kind == layout.DEPTH and self.depth is not None:
            return codecs.png(codecs.depth_image(_sized(self.depth(camera, step), frame), NEAR, FAR))
        if kind == layout.MASK and self.mask is not None:
            return codecs.png(codecs.mask_image(_sized(self.mask(camera, step), frame)))
        return frame.image if frame.image.startswith(_PNG) else codecs.png(codecs.decoded(frame.image))


def _sized(values: NDArray[Any], frame: Frame) -> NDArray[Any]:
    if values.shape != frame.size[::-1]:
        possible = f"{frame.size[::-1]}, the size of the {frame.camera} camera's picture at step {frame.step}"
        raise ConfigurationError("shape of a depth or mask", values.shape, possible)
    return values
