"""What goes wrong: our fine vocabulary of failures."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

__all__ = ["FailureMode"]


class FailureMode(StrEnum):
    """What goes wrong in an episode, whatever mechanism made it go wrong.

    *Wrong object* may come from the plan, from the target pose or from a relabelled text: the mode is the same.

    Source: Guardian, section III-B; Dream2Fix, "failure types"; ViFailback, section 3; AHA's failure families.
    """

    NO_CLOSE = "no_close"
    DELAY_CLOSE = "delay_close"
    WEAK_CLOSE = "weak_close"
    EARLY_CLOSE = "early_close"
    TRANSLATION = "translation"
    ROTATION = "rotation"
    SLIP = "slip"
    EARLY_RELEASE = "early_release"
    NO_RELEASE = "no_release"
    UNDERSHOOT = "undershoot"
    OVERSHOOT = "overshoot"
    COLLISION = "collision"
    NO_PROGRESS = "no_progress"
    BAD_CONTROL = "bad_control"
    WRONG_OBJECT = "wrong_object"
    WRONG_PLACEMENT = "wrong_placement"
    HUMAN_INTERVENTION = "human_intervention"
    MISSING_SUBTASK = "missing_subtask"
    WRONG_ORDER = "wrong_order"
    CONTRADICTION = "contradiction"
    MISMATCH = "mismatch"

    @property
    def family(self) -> Literal["planning", "execution"]:
        """``planning`` if the intention is wrong, ``execution`` if it is right and its motion fails."""
        return "planning" if self in _PLANNING else "execution"

    @property
    def description(self) -> str:
        """One sentence that says what is seen."""
        return _DESCRIPTIONS[self]


_PLANNING = frozenset(
    {
        FailureMode.WRONG_OBJECT,
        FailureMode.WRONG_PLACEMENT,
        FailureMode.MISSING_SUBTASK,
        FailureMode.WRONG_ORDER,
        FailureMode.CONTRADICTION,
    }
)

_DESCRIPTIONS = {
    FailureMode.NO_CLOSE: "The gripper is in the right place but does not close.",
    FailureMode.DELAY_CLOSE: "The gripper closes too late, after it should have held the object.",
    FailureMode.WEAK_CLOSE: "The gripper closes too little to hold the object.",
    FailureMode.EARLY_CLOSE: "The gripper closes before it is around the object.",
    FailureMode.TRANSLATION: "The gripper acts at a position shifted from the right one.",
    FailureMode.ROTATION: "The gripper acts with an orientation turned from the right one.",
    FailureMode.SLIP: "The object is grasped and then lost on the way.",
    FailureMode.EARLY_RELEASE: "The gripper lets go before the object is where it belongs.",
    FailureMode.NO_RELEASE: "The gripper does not let go of the object.",
    FailureMode.UNDERSHOOT: "A motion that pushes, presses, turns or carries ends too early.",
    FailureMode.OVERSHOOT: "A motion that pushes, presses, turns or carries goes too far.",
    FailureMode.COLLISION: "The robot runs into something beside its way.",
    FailureMode.NO_PROGRESS: "The robot stands still, or ends where it began.",
    FailureMode.BAD_CONTROL: "Commands reach the robot late, noisy or at a wrong speed.",
    FailureMode.WRONG_OBJECT: "The robot acts on another object than the one asked for.",
    FailureMode.WRONG_PLACEMENT: "The right object ends in a wrong place or state.",
    FailureMode.HUMAN_INTERVENTION: "Somebody changes the scene while the robot acts.",
    FailureMode.MISSING_SUBTASK: "The plan leaves out a step that the task needs.",
    FailureMode.WRONG_ORDER: "The plan has the right steps in an order that cannot work.",
    FailureMode.CONTRADICTION: "Two steps of the plan contradict each other.",
    FailureMode.MISMATCH: "What is done is not what the instruction says.",
}
