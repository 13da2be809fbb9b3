"""RLBench's and GemBench's tasks: their published names, and the plan of each in our grammar."""

from failgym.plans.rlbench.names import (
    GEMBENCH,
    GEMBENCH_VARIATIONS,
    RLBENCH_18,
    RLBENCH_TASKS,
    env_id,
    plain_name,
)
from failgym.plans.rlbench.task_plan import TaskPlan, task_plan
from failgym.plans.rlbench.template import Boundary, Line
from failgym.plans.rlbench.templates import TEMPLATES

__all__ = [
    "GEMBENCH",
    "GEMBENCH_VARIATIONS",
    "RLBENCH_18",
    "RLBENCH_TASKS",
    "TEMPLATES",
    "Boundary",
    "Line",
    "TaskPlan",
    "env_id",
    "plain_name",
    "task_plan",
]
