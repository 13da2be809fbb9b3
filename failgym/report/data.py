"""What a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from failgym.episodes import Certificate, Triplet
from failgym.metrics import Rate

ARMS = ("nominal", "no verifier", "blind retry", "gripper-rules", "oracle")
"""Arms in the order in which they are shown; others follow."""
BASELINE, BEST = "no verifier", "oracle"
"""The pair that the paired test compares."""


@dataclass(frozen=True)
class ArmResult:
    """One episode of one arm: the same seed under the same injection is run once in each."""

    env_id: str
    perturbation: str
    """Registered name; also in the nominal arm, where it says which episodes it is paired with."""
    arm: str
    """Who watched and what was done about it: one of `ARMS`, or a name of your own."""
    seed: int
    success: bool
    interventions: int = 0
    """How often recovery acted."""
    verdicts: int = 0
    """How often a verifier was asked."""
    false_alarms: int = 0
    """Verdicts of failure where the truth was success."""
    misses: int = 0
    """Verdicts of success where the truth was failure."""
    latency_s: float = 0.0
    """Mean time of one verdict, s; 0 where none was asked for."""
    steps: int = 0
    """Control steps."""


@dataclass(frozen=True)
class Sample:
    """A triplet to be shown, with frames recorded every few control steps."""

    triplet: Triplet


@dataclass(frozen=True)
class ReportData:
    """Everything that one page shows; each part may be empty."""

    title: str
    created: Mapping[str, str] = field(default_factory=dict)
    """Versions and settings of the run, shown as they are; the key `command` is the command that made the report."""
    triplets: Sequence[Certificate] = ()
    """Of every attempt, whatever came of it."""
    arms: Sequence[ArmResult] = ()
    samples: Sequence[Sample] = ()
    replayed: Rate | None = None
    """How many certificates were executed again and agreed in everything; None: nobody tried."""
