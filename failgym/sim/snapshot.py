"""Exact moments of a simulation."""

from typing import Any

import mujoco


class Snapshot:
    """Everything that decides the future, in memory."""

    __slots__ = ("data", "pool", "python")

    def __init__(self, data: mujoco.MjData, python: tuple[Any, ...], pool: list[mujoco.MjData]) -> None:
        """Hold a copy of the simulator's data and of the objects around it; `pool` is where the memory goes back to."""
        self.data = data
        self.python = python
        self.pool = pool
