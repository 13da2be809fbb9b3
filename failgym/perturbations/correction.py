"""How a controller executes a structured fix: at the action seat, after whatever is injected there."""

import math
from dataclasses import dataclass

import numpy as np

from failgym.episodes import StepContext
from failgym.episodes.action_layout import Action, ActionLayout
from failgym.labels import Fix
from failgym.perturbations.base import RAMP_STEPS

METRES_PER_STEP, RADIANS_PER_STEP = 0.03, 0.15
"""How fast a correction grows, at most: a hand that turns faster leaves its place, and what it holds may slip."""


@dataclass(frozen=True)
class Correction:
    """A gripper, translation or rotation fix under way; the injection that it answers goes on.

    The offset grows over a few control steps (more where it is large), holds to the end of the subtask that the fix
    names, and fades like the injection's own. A fix that does not fit the failure therefore corrects nothing.

    Source: Dream2Fix, section on recovery execution (axis-aligned adjustment; closing command at the keyframe).
    """

    fix: Fix
    start: int
    """First control step."""

    @property
    def steps(self) -> int:
        """Control steps over which it grows."""
        metres = math.hypot(*(self.fix.translation_m or (0.0,))) / METRES_PER_STEP
        radians = math.hypot(*(self.fix.rotation_rad or (0.0,))) / RADIANS_PER_STEP
        return max(RAMP_STEPS, math.ceil(metres), math.ceil(radians))

    def apply(self, action: Action, told: Action, context: StepContext) -> Action:
        """Return the corrected action; `told` is what the policy said before injection."""
        fix, layout = self.fix, context.layout
        if fix.gripper_closure is not None:
            action = self._gripped(action, told, layout, fix.gripper_closure)
        now, before = self._profile(context, context.step), self._profile(context, context.step - 1)
        if fix.translation_m is not None and (now or before):
            metres = np.array(fix.translation_m)
            action = layout.with_offset(action, now * metres, before * metres)
        if fix.rotation_rad is not None and (now or before):
            turn = np.array(fix.rotation_rad)
            action = layout.with_rotation(action, now * turn, before * turn)
        return action

    @staticmethod
    def _gripped(action: Action, told: Action, layout: ActionLayout, closure: float) -> Action:
        """A closing fix speaks where the policy closes, an opening one where the policy opens and the hand does not."""
        closes = layout.closure(told) > 0.5
        if closes if closure > 0.5 else not closes and layout.closure(action) > 0.5:
            return layout.with_closure(action, closure)
        return action

    def _profile(self, context: StepContext, at: int) -> float:
        if at < self.start:
            return 0.0
        end = None if self.fix.subtask is None else context.ended.get(self.fix.subtask)
        if end is None or at < end:
            return min(1.0, (at - self.start + 1) / self.steps)
        return max(0.0, min(1.0, (end - self.start) / self.steps) - (at - end + 1) / self.steps)
