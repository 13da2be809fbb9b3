"""The event stream that physics writes while an episode runs."""

from enum import StrEnum
from typing import NamedTuple


class EventKind(StrEnum):
    """What physics can report; the second column of each line says what `subject`, `other` and `value` are."""

    CONTACT_GAINED = "contact_gained"  # finger (left_finger, right_finger, hand), thing
    CONTACT_LOST = "contact_lost"  # finger, thing
    GRASPED = "grasped"  # thing, -, pad distance m
    RELEASED = "released"  # thing, -, pad distance m
    CLOSING = "closing"  # gripper, -, commanded closure
    OPENING = "opening"  # gripper, -, commanded closure
    CLOSED = "closed"  # gripper, -, pad distance m once the fingers stand still
    LIFTED = "lifted"  # thing, -, height gained m
    DROPPED = "dropped"  # thing, -, height m at which it was lost
    DISPLACED = "displaced"  # thing, who (robot, other), distance m
    PRESSED = "pressed"  # thing, -, depth 0..1
    OPENED = "opened"  # thing, -, opening 0..1
    SHUT = "shut"  # thing, -, opening 0..1
    PART_MOVED = "part_moved"  # thing, -, opening 0..1
    SUBTASK_DONE = "subtask_done"  # subtask text, -, index


class Event(NamedTuple):
    """One thing that happened."""

    step: int
    """Control step, 20 per second."""
    kind: EventKind
    subject: str
    other: str = ""
    value: float = 0.0
