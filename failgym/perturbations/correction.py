"""How a controller executes a structured fix: at the action seat, after whatever is injected there."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import Fix
from failgym.perturbations.base import RAMP_STEPS


@dataclass(frozen=True)
class Correction:
    """A gripper, translation or rotation fix under way; the injection that it answers goes on.

    The offset grows over a few control steps, holds to the end of the subtask that the fix names, and fades like the
    injection's own. A fix that does not fit the failure therefore corrects nothing.

    Source: Dream2Fix, section on recovery execution (axis-aligned adjustment; closing command at the keyframe).
    """

    fix: Fix
    start: int
    """First control step."""

    def apply(self, action: Action, told: Action, context: StepContext) -> Action:
        """Return the corrected action; `told` is what the policy said before injection."""
        fix, layout = self.fix, context.layout
        if fix.gripper_closure is not None and layout.closure(told) > 0.5:
            action = layout.with_closure(action, fix.gripper_closure)
        now, before = self._profile(context, context.step), self._profile(context, context.step - 1)
        if fix.translation_m is not None and (now or before):
            metres = np.array(fix.translation_m)
            action = layout.with_offset(action, now * metres, before * metres)
        if fix.rotation_rad is not None and (now or before):
            turn = np.array(fix.rotation_rad)
            action = layout.with_rotation(action, now * turn, before * turn)
        return action

    def _profile(self, context: StepContext, at: int) -> float:
        if at < self.start:
            return 0.0
        end = None if self.fix.subtask is None else context.ended.get(self.fix.subtask)
        if end is None or at < end:
            return min(1.0, (at - self.start + 1) / RAMP_STEPS)
        return max(0.0, min(1.0, (end - self.start) / RAMP_STEPS) - (at - end + 1) / RAMP_STEPS)
