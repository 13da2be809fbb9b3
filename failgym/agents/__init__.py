"""What acts: policies, planners, recoveries."""

from failgym.agents.policy import Policy, run_subtask
from failgym.agents.waypoint_expert import WaypointExpert

__all__ = ["Policy", "WaypointExpert", "run_subtask"]
