"""Plans: ordered subtasks, as data and as text, and a check of whether their order can work."""

from failgym.plans.causality import Violation, check, required, same_end
from failgym.plans.plan import Plan
from failgym.plans.subtask import ARMS, Subtask
from failgym.plans.verbs import VERBS, Verb

__all__ = ["ARMS", "VERBS", "Plan", "Subtask", "Verb", "Violation", "check", "required", "same_end"]
