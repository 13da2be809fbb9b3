"""Native tasks, and when a subtask is done. The tasks, which need MuJoCo, are loaded when one is first asked for."""

import importlib
from typing import TYPE_CHECKING, Any

from failgym.tasks.index import NATIVE
from failgym.tasks.predicates import holds, needs_hold, progress
from failgym.tasks.variation import COLOURS

if TYPE_CHECKING:
    from failgym.tasks.native import TASKS
    from failgym.tasks.task import Task

__all__ = ["COLOURS", "NATIVE", "TASKS", "Task", "holds", "needs_hold", "progress"]

_LAZY = {"TASKS": "failgym.tasks.native", "Task": "failgym.tasks.task"}


def __getattr__(name: str) -> Any:
    """Load the native tasks at the first use of one."""
    if name not in _LAZY:
        raise AttributeError(f"module 'failgym.tasks' has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)
