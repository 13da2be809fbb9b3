"""Every native task, one file each; importing this loads MuJoCo."""

import importlib

from failgym.registry import Registry
from failgym.tasks.index import NATIVE
from failgym.tasks.task import Task

TASKS: Registry[type[Task]] = Registry("task", "failgym.tasks")
"""Every native task by name."""

for _name, _entry in NATIVE.items():
    TASKS.register(_name)(getattr(importlib.import_module(f"{__name__}.{_entry.module}"), _name))

__all__ = ["TASKS"]
