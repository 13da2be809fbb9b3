"""The things that native scenes share; what only one task has lives in the task's own file."""

from failgym.sim.entities.block import Block, Can, rests_on
from failgym.sim.entities.drawer import Drawer
from failgym.sim.entities.entity import (
    ABOVE,
    DARK,
    FRICTION,
    HOVER,
    PARKED,
    TINT,
    Entity,
    above,
    ball,
    box,
    cylinder,
    drawn,
    free_body,
    hand_down,
    ring,
)

__all__ = [
    "ABOVE", "DARK", "FRICTION", "HOVER", "PARKED", "TINT", "Block", "Can", "Drawer", "Entity", "above", "ball", "box",
    "cylinder", "drawn", "free_body", "hand_down", "rests_on", "ring",
]  # fmt: skip
