"""Certified triplets: nominal, injected, corrected, all from one exact snapshot; and how severe a failure is."""

from failgym.generate.boundary import Boundary, boundary
from failgym.generate.generator import MOUNTS, SETTLE_STEPS, Generator, Recording, triplet, versions
from failgym.generate.replay import Replay, replay, tally

__all__ = [
    "MOUNTS", "SETTLE_STEPS", "Boundary", "Generator", "Recording", "Replay", "boundary", "replay", "tally", "triplet",
    "versions",
]  # fmt: skip
