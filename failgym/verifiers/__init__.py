"""Who judges plans, subtasks and episodes, from evidence alone."""

from failgym.verifiers.evidence import (
    EpisodeEvidence,
    Evidence,
    PlanEvidence,
    Proprioception,
    SubtaskEvidence,
    of_episode,
    of_plan,
    of_subtask,
)
from failgym.verifiers.gripper_rules import GripperRules
from failgym.verifiers.oracle import OracleVerifier
from failgym.verifiers.verifier import VERIFIERS, Verifier, build

__all__ = [
    "VERIFIERS",
    "EpisodeEvidence",
    "Evidence",
    "GripperRules",
    "OracleVerifier",
    "PlanEvidence",
    "Proprioception",
    "SubtaskEvidence",
    "Verifier",
    "build",
    "of_episode",
    "of_plan",
    "of_subtask",
]
