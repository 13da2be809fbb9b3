"""Native tasks, and when a subtask is done. The tasks, which need MuJoCo, are loaded when one is first asked for."""

import importlib
from typing import TYPE_CHECKING, Any

from failgym.tasks.predicates import holds, needs_hold, progress
from failgym.tasks.variation import COLOURS

if TYPE_CHECKING:
    from failgym.tasks.native import TASKS, PickCube, PutItemInDrawer, StackBlocks, Task

__all__ = ["COLOURS", "TASKS", "PickCube", "PutItemInDrawer", "StackBlocks", "Task", "holds", "needs_hold", "progress"]


def __getattr__(name: str) -> Any:
    """Load the native tasks at the first use of one."""
    if name not in __all__:
        raise AttributeError(f"module 'failgym.tasks' has no attribute {name!r}")
    return getattr(importlib.import_module("failgym.tasks.native"), name)
