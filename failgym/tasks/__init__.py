"""Native tasks."""

from failgym.registry import Registry
from failgym.tasks.pick_cube import PickCube
from failgym.tasks.predicates import holds, needs_hold, progress
from failgym.tasks.put_item_in_drawer import PutItemInDrawer
from failgym.tasks.stack_blocks import StackBlocks
from failgym.tasks.task import COLOURS, Task

TASKS: Registry[type[Task]] = Registry("task", "failgym.tasks")
"""Every native task by name."""

for _task in (PickCube, StackBlocks, PutItemInDrawer):
    TASKS.register(_task.name)(_task)

__all__ = ["COLOURS", "TASKS", "PickCube", "PutItemInDrawer", "StackBlocks", "Task", "holds", "needs_hold", "progress"]
