"""What a verifier may see: pictures, text and proprioception; no simulator, no injection, no outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, Span
from failgym.plans import Plan, Subtask

Pictures = Mapping[str, bytes]
"""JPEG by camera name."""


@dataclass(frozen=True)
class Proprioception:
    """What the robot felt, one row per control step (20 per second)."""

    position: NDArray[np.float64]
    """(T, 3) hand, m, base frame."""
    closure: NDArray[np.float64]
    """(T,) measured gripper, 0 open .. 1 closed."""
    command: NDArray[np.float64]
    """(T,) commanded gripper, 0 open .. 1 closed."""
    force: NDArray[np.float64]
    """(T,) smallest finger force, N."""


@dataclass(frozen=True)
class PlanEvidence:
    """A plan before it is executed."""

    id: str
    plan: Plan
    before: Pictures = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`plan`."""
        return "plan"


@dataclass(frozen=True)
class SubtaskEvidence:
    """A subtask after it was executed."""

    id: str
    plan: Plan
    index: int
    subtask: Subtask
    before: Pictures
    after: Pictures
    proprioception: Proprioception

    @property
    def kind(self) -> str:
        """`subtask`."""
        return "subtask"


@dataclass(frozen=True)
class EpisodeEvidence:
    """A whole episode."""

    id: str
    plan: Plan
    frames: Mapping[str, tuple[bytes, ...]]
    """JPEGs by camera name, in time."""
    proprioception: Proprioception

    @property
    def kind(self) -> str:
        """`episode`."""
        return "episode"


Evidence = PlanEvidence | SubtaskEvidence | EpisodeEvidence


def of_plan(episode: Episode, number: int = 0) -> PlanEvidence:
    """Return the evidence on an episode's plan; `number` counts its plans."""
    return PlanEvidence(f"{episode.uid}/plan/{number}", episode.plan, _pictures(episode))


def of_subtask(episode: Episode, span: Span) -> SubtaskEvidence:
    """Return the evidence on one execution of a subtask."""
    return SubtaskEvidence(
        f"{episode.uid}/subtask/{span.index}/{span.attempt}/{span.start}",
        episode.plan,
        span.index,
        span.subtask,
        {frame.camera: frame.image for frame in episode.frames if frame.step == span.start},
        {frame.camera: frame.image for frame in episode.frames if frame.step == span.end},
        proprioception(episode, span.start, span.end, span.subtask.arm),
    )


def of_episode(episode: Episode) -> EpisodeEvidence:
    """Return the evidence on a whole episode."""
    cameras = dict.fromkeys(frame.camera for frame in episode.frames)
    frames = {camera: tuple(frame.image for frame in episode.frames if frame.camera == camera) for camera in cameras}
    return EpisodeEvidence(f"{episode.uid}/episode", episode.plan, frames, proprioception(episode, 0, episode.steps))


def proprioception(episode: Episode, start: int, end: int, arm: str | None = None) -> Proprioception:
    """Return what the robot felt from a step to another, the state before the first step included where it is known.

    Of a pair, what that arm felt, the left one by default; of both arms, the left hand's place and the looser grip.
    """
    rows = slice(max(0, start - 1), end)
    arms = ("left", "right") if arm == "both" else (arm,)

    def felt(name: str) -> list[NDArray[np.float64]]:
        return [episode.column(name, each)[rows] for each in arms]

    return Proprioception(
        episode.columns("ee_x", "ee_y", "ee_z", arm=arms[0])[rows],
        np.maximum.reduce(felt("gripper_closure")),
        np.minimum.reduce(felt("gripper_command")),
        np.minimum.reduce(felt("gripper_force")),
    )


def _pictures(episode: Episode) -> dict[str, bytes]:
    step = min((frame.step for frame in episode.frames), default=0)
    return {frame.camera: frame.image for frame in episode.frames if frame.step == step}
