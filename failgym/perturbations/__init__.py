"""Ways to make an episode fail on purpose."""

from failgym.perturbations.action.action_latency import ActionLatency
from failgym.perturbations.action.action_noise import ActionNoise
from failgym.perturbations.action.collision import Collision
from failgym.perturbations.action.delay_close import DelayClose
from failgym.perturbations.action.early_close import EarlyClose
from failgym.perturbations.action.early_release import EarlyRelease
from failgym.perturbations.action.freeze import Freeze
from failgym.perturbations.action.no_close import NoClose
from failgym.perturbations.action.no_release import NoRelease
from failgym.perturbations.action.no_rotation import NoRotation
from failgym.perturbations.action.overshoot import Overshoot
from failgym.perturbations.action.rotation import Rotation
from failgym.perturbations.action.slip import Slip
from failgym.perturbations.action.slow_motion import SlowMotion
from failgym.perturbations.action.translation import Translation
from failgym.perturbations.action.undershoot import Undershoot
from failgym.perturbations.action.weak_close import WeakClose
from failgym.perturbations.action.wrong_object import WrongObject
from failgym.perturbations.action.wrong_placement import WrongPlacement
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
from failgym.perturbations.compose import SUITES, During, Maybe, OneOf, during, maybe, one_of, suite
from failgym.perturbations.correction import Correction
from failgym.perturbations.observation.blur import Blur
from failgym.perturbations.observation.dropped_frames import DroppedFrames
from failgym.perturbations.observation.image_noise import ImageNoise
from failgym.perturbations.observation.occlusion import Occlusion
from failgym.perturbations.observation.stale_state import StaleState
from failgym.perturbations.plan.contradictory_subtasks import ContradictorySubtasks
from failgym.perturbations.plan.llm_plan import LlmPlan
from failgym.perturbations.plan.missing_subtask import MissingSubtask
from failgym.perturbations.plan.wrong_object_planned import WrongObjectPlanned
from failgym.perturbations.plan.wrong_order import WrongOrder
from failgym.perturbations.plan.wrong_placement_planned import WrongPlacementPlanned
from failgym.perturbations.record.facts import facts_of
from failgym.perturbations.record.llm_instruction import LlmInstruction
from failgym.perturbations.record.object_swap import ObjectSwap
from failgym.perturbations.record.preposition_swap import PrepositionSwap
from failgym.perturbations.record.relabel import relabel
from failgym.perturbations.record.reversal import Reversal
from failgym.perturbations.record.revert_action import RevertAction
from failgym.perturbations.scene.camera_pose import CameraPose
from failgym.perturbations.scene.colour import Colour
from failgym.perturbations.scene.distractors import Distractors
from failgym.perturbations.scene.friction import Friction
from failgym.perturbations.scene.human_intervention import HumanIntervention
from failgym.perturbations.scene.lighting import Lighting
from failgym.perturbations.scene.mass import Mass
from failgym.perturbations.scene.moved_target import MovedTarget
from failgym.perturbations.scene.object_size import ObjectSize
from failgym.perturbations.scene.swapped_objects import SwappedObjects
from failgym.perturbations.scene.texture import Texture

_APART = ("one_of", "maybe", "during", "llm_plan", "llm_instruction")
"""Compositions, and such as need an address."""
OFFLINE = tuple(
    name for name in PERTURBATIONS.names() if name not in _APART and PERTURBATIONS.get(name).seat is Seat.RECORD
)
"""Names of the perturbations that `relabel` applies to a recorded episode."""
_RUNNING = tuple(name for name in PERTURBATIONS.names() if name not in (*_APART, *OFFLINE))
CATALOGUE = tuple(name for name in _RUNNING if PERTURBATIONS.get(name).breaks)
"""Names of the perturbations that act in a running environment as they are, and make the expert fail."""
CONDITIONS = tuple(name for name in _RUNNING if name not in CATALOGUE)
"""Names of those that policies, which see, have to cope with, and the expert, which knows, does not."""

__all__ = [
    "CATALOGUE",
    "CONDITIONS",
    "OFFLINE",
    "PERTURBATIONS",
    "SUITES",
    "ActionLatency",
    "ActionNoise",
    "ActionPerturbation",
    "Blur",
    "CameraPose",
    "Collision",
    "Colour",
    "ContradictorySubtasks",
    "Correction",
    "DelayClose",
    "Distractors",
    "DroppedFrames",
    "During",
    "EarlyClose",
    "EarlyRelease",
    "Freeze",
    "Friction",
    "HumanIntervention",
    "ImageNoise",
    "Lighting",
    "LlmInstruction",
    "LlmPlan",
    "Mass",
    "Maybe",
    "MissingSubtask",
    "MovedTarget",
    "NoClose",
    "NoRelease",
    "NoRotation",
    "ObjectSize",
    "ObjectSwap",
    "ObservationPerturbation",
    "Occlusion",
    "OneOf",
    "Overshoot",
    "Perturbation",
    "PlanPerturbation",
    "PrepositionSwap",
    "RecordPerturbation",
    "Reversal",
    "RevertAction",
    "Rotation",
    "ScenePerturbation",
    "Seat",
    "Signature",
    "Slip",
    "SlowMotion",
    "StaleState",
    "SwappedObjects",
    "Texture",
    "Translation",
    "Undershoot",
    "WeakClose",
    "WrongObject",
    "WrongObjectPlanned",
    "WrongOrder",
    "WrongPlacement",
    "WrongPlacementPlanned",
    "build",
    "during",
    "facts_of",
    "inject",
    "maybe",
    "one_of",
    "relabel",
    "stream",
    "suite",
]
