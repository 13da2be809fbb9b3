"""What to do when a verifier says that something failed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from failgym.labels import Verdict
from failgym.plans import Plan
from failgym.registry import Registry


@dataclass(frozen=True)
class Continuation:
    """Go on with this plan at this index."""

    plan: Plan
    index: int


@dataclass(frozen=True)
class Setback:
    """What a recovery may know."""

    plan: Plan
    index: int | None
    """Subtask that was judged a failure; None where the plan itself was."""
    verdict: Verdict
    replan: Callable[[Verdict], Plan]
    """Asks the planner for a plan from the present state."""


@runtime_checkable
class Recovery(Protocol):
    """Decides how to go on after a failure."""

    passes: int
    """How often the whole plan is run without being asked: 2 for blind retry."""

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def propose(self, setback: Setback) -> Continuation | None:
        """Return how to go on; None goes on as if nothing had happened."""
        ...


RECOVERIES: Registry[Callable[[], Recovery]] = Registry("recovery", "failgym.recoveries")
"""Every recovery by name."""


class _Stateless:
    passes = 1

    def reset(self) -> None:
        """Nothing to forget."""


@RECOVERIES.register("none")
class NoRecovery(_Stateless):
    """Verdicts are recorded and change nothing."""

    def propose(self, setback: Setback) -> Continuation | None:
        """Go on."""
        return None


@RECOVERIES.register("blind-retry")
class BlindRetry(_Stateless):
    """Runs the whole plan once more, whatever happened: the control arm of every verifier."""

    passes = 2

    def propose(self, setback: Setback) -> Continuation | None:
        """Go on: no verdict is heard."""
        return None


@RECOVERIES.register("retry")
class Retry(_Stateless):
    """Does the subtask again; one that needs something in the hand begins again with its grasp."""

    def propose(self, setback: Setback) -> Continuation | None:
        """Go back to the failed subtask, or to the grasp that it builds on; a plan cannot be retried."""
        if setback.index is None:
            return None
        subtasks = setback.plan.subtasks
        failed = subtasks[setback.index]
        if failed.verb in ("lift", "place"):
            grasps = [
                index
                for index in range(setback.index)
                if subtasks[index].verb == "grasp" and subtasks[index].object == failed.object
            ]
            if grasps:
                return Continuation(setback.plan, grasps[-1])
        return Continuation(setback.plan, setback.index)


@RECOVERIES.register("replan")
class Replan(_Stateless):
    """Asks the planner for a plan from the present state."""

    def propose(self, setback: Setback) -> Continuation | None:
        """Go on with a new plan."""
        return Continuation(setback.replan(setback.verdict), 0)


def build(recovery: str | Recovery | None) -> Recovery:
    """Return a recovery from its name, itself, or None for none.

    Raises:
        UnknownNameError: no recovery of that name.
    """
    built: Any = RECOVERIES.build("none" if recovery is None else recovery)
    return built  # type: ignore[no-any-return]
