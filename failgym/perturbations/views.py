"""Parts of observations, for what alters them: pictures by camera, the state, and what was seen before."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.perturbations.base import PIXELS

KINDS = (PIXELS, "depth/", "segmentation/")
"""What the keys of everything that a camera shows begin with."""


def cameras_of(observation: Any, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the cameras of an observation, those that are wanted if any are named, in a fixed order."""
    if not isinstance(observation, dict):
        return ()
    cameras = sorted(key.removeprefix(PIXELS) for key in observation if key.startswith(PIXELS))
    return tuple(camera for camera in cameras if not wanted or camera in wanted)


def entries_of(observation: dict[str, Any], camera: str) -> Iterator[str]:
    """Give the keys of everything that a camera shows."""
    return (kind + camera for kind in KINDS if kind + camera in observation)


def seen_by(seen: Sequence[tuple[int, Any]], step: int) -> Any:
    """Return the newest observation not later than a step, else the oldest there is; None where there is none."""
    known = [observation for at, observation in seen if at <= step]
    return known[-1] if known else seen[0][1] if seen else None


def whole(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return grey levels as whole numbers within 0..255."""
    grey: NDArray[np.uint8] = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return grey


__all__ = ["KINDS", "cameras_of", "entries_of", "seen_by", "whole"]
