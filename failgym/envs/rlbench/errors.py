"""What can go wrong with a simulator in another process."""

from collections.abc import Sequence

from failgym.errors import FailGymError


class SimulatorError(FailGymError):
    """The simulator refused a call or broke in it; the process lives on."""


class UnreachableError(SimulatorError):
    """A pose to which the arm finds no way."""


class PlacementError(SimulatorError):
    """A task that could not be placed where the robot reaches everything."""


class SimulatorDiedError(SimulatorError):
    """The simulator's process ended, or did not answer; the next reset starts another one."""


class MissingSimulatorError(FailGymError):
    """RLBench, PyRep, CoppeliaSim or what they need is not there.

    Args:
        missing: What is missing, each with what to do.
    """

    def __init__(self, missing: Sequence[tuple[str, str]]) -> None:
        listed = "; ".join(f"{what} -> {remedy}" for what, remedy in missing)
        super().__init__(
            f"RLBench cannot run here: {listed}. `failgym doctor --backend rlbench` looks at everything, and "
            "docs/rlbench.md says how to install it (it is on no package index: what is called pyrep there is "
            "something unrelated)."
        )


BY_NAME = {each.__name__: each for each in (SimulatorError, UnreachableError, PlacementError)}
"""Errors that a worker passes on, by the name under which it does."""
