"""The baseline that people really use: finger width after closing, force, motion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from failgym.labels import FailureMode, Judgement, Stage, Verdict
from failgym.verifiers.evidence import Evidence, Proprioception, SubtaskEvidence
from failgym.verifiers.verifier import VERIFIERS


@dataclass(frozen=True)
class _Reading:
    """One rule's opinion."""

    success: bool
    why: str
    failure: FailureMode | None = None
    stage: Stage | None = None


@VERIFIERS.register("gripper-rules")
@dataclass(frozen=True)
class GripperRules:
    """Judges subtasks from proprioception alone; unsure about plans and episodes.

    It cannot tell one object from another, nor where something was put: a closed gripper that holds anything passes.
    """

    empty_closure: float = 0.95
    """Measured closure from which the pads count as closed on nothing, 0..1."""
    open_command: float = 0.05
    """Commanded closure below which the gripper is told to be open, 0..1."""
    grip_newtons: float = 3.0
    """Finger force from which something counts as held, N."""
    travel_m: float = 0.05
    """Motion of the hand that lifting, opening or closing needs at least, m."""

    def reset(self) -> None:
        """Nothing to forget."""

    def verify(self, evidence: Evidence) -> Verdict:
        """Apply the rule of the subtask's verb."""
        if not isinstance(evidence, SubtaskEvidence) or evidence.subtask.verb not in _RULES:
            return Verdict(Judgement.UNSURE, None, rationale="proprioception says nothing about this")
        if not len(evidence.proprioception.closure):
            return Verdict(Judgement.UNSURE, None, rationale="nothing was recorded")
        reading = _RULES[evidence.subtask.verb](self, evidence.proprioception)
        if reading is None:
            return Verdict(Judgement.UNSURE, None, rationale="the fingers are closed on nothing: they may push")
        outcome = Judgement.SUCCESS if reading.success else Judgement.FAILURE
        return Verdict(outcome, 0.9 if reading.success else 0.1, reading.failure, reading.stage, rationale=reading.why)

    def _held(self, felt: Proprioception, row: int) -> bool:
        told = felt.command[row] >= self.open_command
        return bool(told and felt.force[row] >= self.grip_newtons and felt.closure[row] < self.empty_closure)

    def _grasp(self, felt: Proprioception) -> _Reading:
        if felt.command[-1] < self.open_command or felt.closure[-1] < 0.05:
            return _Reading(False, "the gripper did not close", FailureMode.NO_CLOSE, Stage.GRASP)
        if felt.closure[-1] >= self.empty_closure:
            return _Reading(False, "the pads met: nothing between them", FailureMode.TRANSLATION, Stage.GRASP)
        if felt.force[-1] < self.grip_newtons:
            return _Reading(
                False, f"the fingers press with {felt.force[-1]:.1f} N only", FailureMode.WEAK_CLOSE, Stage.GRASP
            )
        return _Reading(True, f"something {1 - felt.closure[-1]:.0%} of the opening wide is held")

    def _lift(self, felt: Proprioception) -> _Reading:
        if not self._held(felt, -1):
            return _Reading(False, "the hand is empty after lifting", FailureMode.SLIP, Stage.LIFT)
        return _Reading(True, "something is still held")

    def _place(self, felt: Proprioception) -> _Reading:
        opening = np.flatnonzero(felt.command < 0.5)
        before = int(opening[0]) if len(opening) else len(felt.command)
        held = [self._held(felt, row) for row in range(before)]
        if not any(held[:2]):
            return _Reading(False, "the hand was empty from the start", FailureMode.SLIP, Stage.TRANSPORT)
        if not all(held[2:]):
            return _Reading(False, "the thing was lost on the way", FailureMode.SLIP, Stage.TRANSPORT)
        if not len(opening):
            return _Reading(False, "the gripper never let go", None, Stage.RELEASE)
        heights = felt.position[before:, 2]
        if float(heights[0] - heights.min()) > 0.02:
            return _Reading(False, "the hand let go before it had come down", FailureMode.SLIP, Stage.TRANSPORT)
        return _Reading(True, "it was held until the hand let go")

    def _pull(self, felt: Proprioception) -> _Reading:
        gripping = np.flatnonzero((felt.command > 0.5) & (felt.closure > 0.3))
        if not len(gripping):
            return _Reading(False, "the gripper did not close on a handle", FailureMode.NO_CLOSE, Stage.GRASP)
        moved = float(np.ptp(felt.position[gripping], axis=0)[:2].max())
        if moved < self.travel_m:
            return _Reading(False, f"the hand moved only {100 * moved:.0f} cm while it gripped", None, Stage.TRANSPORT)
        if felt.closure[gripping].max() >= self.empty_closure:
            return _Reading(False, "the pads met: no handle between them", FailureMode.TRANSLATION, Stage.GRASP)
        return _Reading(True, f"the hand pulled something {100 * moved:.0f} cm")

    def _shut(self, felt: Proprioception) -> _Reading | None:
        pushes = felt.closure[felt.command > 0.5].max(initial=0.0) >= self.empty_closure
        return None if pushes else self._pull(felt)


_RULES: dict[str, Callable[[GripperRules, Proprioception], _Reading | None]] = {
    "grasp": GripperRules._grasp,
    "lift": GripperRules._lift,
    "place": GripperRules._place,
    "open": GripperRules._pull,
    "close": GripperRules._shut,
    "turn": GripperRules._shut,
    "screw": GripperRules._shut,
    "move": GripperRules._lift,
}
