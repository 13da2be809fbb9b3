"""Who decides what is to be done."""

from typing import Any, Protocol, runtime_checkable

import gymnasium as gym

from failgym.errors import PlanError
from failgym.labels import Verdict
from failgym.plans import Plan


@runtime_checkable
class Planner(Protocol):
    """Makes a plan from the present state."""

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def plan(self, env: gym.Env[Any, Any], feedback: Verdict | None = None) -> Plan:
        """Return the subtasks that are left; `feedback` is what a verifier said of the last ones.

        Privileged planners look into `env`.
        """
        ...


class TaskPlanner:
    """The task's own plan from the present state: privileged, always right about the scene."""

    def reset(self) -> None:
        """Nothing to forget."""

    def plan(self, env: gym.Env[Any, Any], feedback: Verdict | None = None) -> Plan:
        """Return what the task says is left to do."""
        base: Any = env.unwrapped
        plan: Plan = base.remaining_plan()
        return plan


def check_objects(plan: Plan, env: gym.Env[Any, Any]) -> Plan:
    """Return the plan if everything that it names is in the scene.

    Raises:
        PlanError: it names something that is not there.
    """
    base: Any = env.unwrapped
    known = base.scene.facts().names
    for name in plan.objects:
        if name not in known:
            raise PlanError.unknown_object(name, known)
    return plan
