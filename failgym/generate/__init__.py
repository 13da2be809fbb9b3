"""Certified triplets: nominal, injected, corrected, all from one exact snapshot; and how severe a failure is."""

from failgym.generate.boundary import Boundary, boundary, graded
from failgym.generate.generator import MOUNTS, Generator, triplet, versions
from failgym.generate.replay import Replay, replay, tally
from failgym.generate.runs import SETTLE_STEPS, Recording

__all__ = [
    "MOUNTS", "SETTLE_STEPS", "Boundary", "Generator", "Recording", "Replay", "boundary", "graded", "replay", "tally",
    "triplet", "versions",
]  # fmt: skip
