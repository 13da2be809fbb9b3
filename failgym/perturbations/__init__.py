"""Ways to make an episode fail on purpose."""

from failgym.perturbations.action.delay_close import DelayClose
from failgym.perturbations.action.no_close import NoClose
from failgym.perturbations.action.rotation import Rotation
from failgym.perturbations.action.slip import Slip
from failgym.perturbations.action.translation import Translation
from failgym.perturbations.action.weak_close import WeakClose
from failgym.perturbations.action.wrong_object import WrongObject
from failgym.perturbations.base import (
    PERTURBATIONS,
    ActionPerturbation,
    ObservationPerturbation,
    Perturbation,
    PlanPerturbation,
    RecordPerturbation,
    ScenePerturbation,
    Seat,
    Signature,
    build,
    inject,
    stream,
)
from failgym.perturbations.compose import SUITES, Maybe, OneOf, maybe, one_of, suite
from failgym.perturbations.correction import Correction
from failgym.perturbations.plan.missing_subtask import MissingSubtask
from failgym.perturbations.plan.wrong_order import WrongOrder
from failgym.perturbations.scene.human_intervention import HumanIntervention

CATALOGUE = tuple(name for name in PERTURBATIONS.names() if name not in ("one_of", "maybe"))
"""Names of the perturbations that act, without the compositions."""

__all__ = [
    "CATALOGUE",
    "PERTURBATIONS",
    "SUITES",
    "ActionPerturbation",
    "Correction",
    "DelayClose",
    "HumanIntervention",
    "Maybe",
    "MissingSubtask",
    "NoClose",
    "ObservationPerturbation",
    "OneOf",
    "Perturbation",
    "PlanPerturbation",
    "RecordPerturbation",
    "Rotation",
    "ScenePerturbation",
    "Seat",
    "Signature",
    "Slip",
    "Translation",
    "WeakClose",
    "WrongObject",
    "WrongOrder",
    "build",
    "inject",
    "maybe",
    "one_of",
    "stream",
    "suite",
]
