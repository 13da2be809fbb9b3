"""What acts: policies, planners, recoveries."""

from failgym.agents.planner import Planner, TaskPlanner
from failgym.agents.policy import Policy, run_subtask
from failgym.agents.recovery import RECOVERIES, Continuation, Recovery, Setback
from failgym.agents.replay import ReplayPolicy
from failgym.agents.waypoint_expert import WaypointExpert

__all__ = [
    "RECOVERIES",
    "Continuation",
    "Planner",
    "Policy",
    "Recovery",
    "ReplayPolicy",
    "Setback",
    "TaskPlanner",
    "WaypointExpert",
    "run_subtask",
]
