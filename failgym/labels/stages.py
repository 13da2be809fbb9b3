"""When it happens: the stages of a manipulation."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Stage"]


class Stage(StrEnum):
    """Stages of a manipulation, in the order in which they occur.

    Source: Dream2Fix's ``STAGE`` field (``pre_grasp``), refined.
    """

    APPROACH = "approach"
    PRE_GRASP = "pre_grasp"
    GRASP = "grasp"
    LIFT = "lift"
    TRANSPORT = "transport"
    PLACE = "place"
    RELEASE = "release"
    RETREAT = "retreat"
