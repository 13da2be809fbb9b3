"""From what RLBench says of a task to its plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from failgym.errors import PlanError
from failgym.plans.plan import Plan
from failgym.plans.rlbench.names import plain_name
from failgym.plans.rlbench.template import VOCABULARY, Boundary, filled, read_words
from failgym.plans.rlbench.templates import TEMPLATES
from failgym.plans.subtask import Subtask


@dataclass(frozen=True)
class TaskPlan:
    """The plan of one variation."""

    plan: Plan
    until: tuple[Boundary, ...]
    """Where each subtask ends in a demonstration."""
    closed: tuple[str, ...]
    """Names of what is closed at the start, as `failgym.plans.check` takes them."""


def task_plan(task: str, descriptions: Sequence[str]) -> TaskPlan | None:
    """Return the plan of a task's variation; None for a task that has no template.

    Args:
        task: Name of RLBench's task file, with or without `_peract`.
        descriptions: What RLBench says of the variation. The first one is the plan's instruction; the words are read
            from the first one that holds all of them.

    Raises:
        PlanError: No description holds the words that the plan needs.
    """
    template = TEMPLATES.get(plain_name(task))
    if template is None:
        return None
    words = next(
        (found for found in map(read_words, descriptions) if all(found[kind] for kind in template.needs)), None
    )
    if words is None:
        wanted = "; ".join(f"a {kind} ({', '.join(VOCABULARY[kind])})" for kind in template.needs)
        raise PlanError(f"cannot plan {task!r} from {list(descriptions)!r}: no description names {wanted}.")
    lines = template.lines(words)
    plan = Plan(descriptions[0] if descriptions else "", tuple(Subtask.parse(line.text) for line in lines))
    closed = (filled(template.closed, words),) if template.closed else ()
    return TaskPlan(plan, tuple(line.until for line in lines), closed)
