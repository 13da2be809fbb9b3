"""The life of an environment's simulator: launched when needed, started anew when it died."""

from collections.abc import Sequence

import numpy as np

from failgym.envs.rlbench.errors import PlacementError, SimulatorError
from failgym.envs.rlbench.process import RemoteSimulator
from failgym.envs.rlbench.protocol import Begun, Launched, Settings, State
from failgym.errors import ConfigurationError

TRIES = 4
"""Attempts at beginning an episode: tasks that find no place, and simulators that die, are tried again."""


class Session:
    """One simulator process with one task, as long as it lives.

    Args:
        remote: Speaks with the process.
        settings: How the simulator is launched.
        task: Name of the task's file.
        variations: Variations that episodes draw from; None takes all.
    """

    def __init__(
        self, remote: RemoteSimulator, settings: Settings, task: str, variations: Sequence[int] | None
    ) -> None:
        """Start nothing yet."""
        self.remote, self.settings, self.task = remote, settings, task
        self.asked = None if variations is None else tuple(int(number) for number in variations)
        self.episode = 0
        """How many episodes were begun."""
        self.launched: Launched
        self.count = 0
        """Number of variations of the task."""

    def begin(self, rng: np.random.Generator) -> tuple[Begun, State]:
        """Begin an episode, with another simulator where there is none.

        Raises:
            SimulatorError: it could not be begun; the last of several reasons.
            ConfigurationError: a variation that the task does not have.
        """
        draw, seed = float(rng.uniform()), int(rng.integers(2**31))
        last: SimulatorError | None = None
        for _ in range(TRIES):
            try:
                self._ensure()
                choices = range(self.count) if self.asked is None else self.asked
                begun: Begun = self.remote.reset(choices[int(draw * len(choices))], seed)
                state: State = self.remote.state()
            except PlacementError as error:
                last, seed = error, int(rng.integers(2**31))
            except SimulatorError as error:
                last = error
                self.remote.kill()
            else:
                self.episode += 1
                return begun, state
        assert last is not None
        raise last

    def current(self, starts: int, episode: int) -> bool:
        """Whether a snapshot of that start and episode can be gone back to."""
        return (starts, episode) == (self.remote.starts, self.episode) and self.remote.alive

    def _ensure(self) -> None:
        if self.remote.alive:
            return
        self.remote.start()
        self.launched = self.remote.launch(self.settings)
        self.count = self.remote.load(self.task)
        unknown = [number for number in self.asked or () if not 0 <= number < self.count]
        if unknown:
            raise ConfigurationError("variations", unknown[0], f"0 .. {self.count - 1} for {self.task}")
