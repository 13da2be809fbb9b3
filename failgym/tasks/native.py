"""Every native task; importing this loads MuJoCo."""

from failgym.registry import Registry
from failgym.tasks.pick_cube import PickCube
from failgym.tasks.put_item_in_drawer import PutItemInDrawer
from failgym.tasks.stack_blocks import StackBlocks
from failgym.tasks.task import Task

TASKS: Registry[type[Task]] = Registry("task", "failgym.tasks")
"""Every native task by name."""

for _task in (PickCube, StackBlocks, PutItemInDrawer):
    TASKS.register(_task.name)(_task)

__all__ = ["TASKS", "PickCube", "PutItemInDrawer", "StackBlocks", "Task"]
