"""A simulator in a process of its own, which may die without taking this one along."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from failgym.envs.rlbench.errors import BY_NAME, SimulatorDiedError
from failgym.envs.rlbench.protocol import MEMBERS

LOG_TAIL = 1500
"""Characters of a dead simulator's output that its error repeats."""
GRACE_S = 10.0
"""Time that a simulator gets to shut down, s."""


class RemoteSimulator:
    """Speaks `Simulator` with a worker process; every call is one request and one answer.

    Args:
        factory: What makes the simulator in the worker, `module:name`.
        timeout_s: How long one call may take before its process counts as hung and is killed, s. Planning is slow.
        environment: Variables of the worker's environment, besides this process's own.
    """

    def __init__(self, factory: str, timeout_s: float = 300.0, environment: Mapping[str, str] | None = None) -> None:
        """Start nothing yet: the first call does."""
        self.factory, self._timeout, self._environment = factory, timeout_s, dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._log: Path | None = None
        self.starts = 0
        """How often a process was started."""

    @property
    def alive(self) -> bool:
        """Whether there is a process, and it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Number of the process."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, if it does not run."""
        if self.alive:
            return
        self._clear()
        ours, theirs = socket.socketpair()
        with tempfile.NamedTemporaryFile("wb", prefix="failgym-rlbench-", suffix=".log", delete=False) as log, theirs:
            self._log = Path(log.name)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "failgym.envs.rlbench.worker", self.factory, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                env=worker_environment(self._environment),
            )
        self._connection = Connection(ours.detach())
        self.starts += 1

    def call(self, name: str, *arguments: Any) -> Any:
        """Call the simulator.

        Raises:
            SimulatorError: it refused, or broke and lives on.
            SimulatorDiedError: the process is gone, or did not answer in time.
        """
        if self._connection is None or self._process is None:
            raise SimulatorDiedError("no simulator is running: reset starts one")
        try:
            self._connection.send((name, arguments))
            if not self._connection.poll(self._timeout):
                self.kill()
                raise SimulatorDiedError(f"the simulator did not answer {name!r} within {self._timeout:g} s")
            kind, value = self._connection.recv()
        except (EOFError, OSError) as error:
            raise SimulatorDiedError(self._obituary(name)) from error
        if kind == "value":
            return value
        raise BY_NAME[kind](value)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Ask the simulator to end, and see to it that it does."""
        if self.alive:
            assert self._connection is not None
            assert self._process is not None
            try:
                self._connection.send(("shutdown", ()))
                self._process.wait(GRACE_S)
            except (OSError, subprocess.TimeoutExpired):
                self.kill()
        self._clear()

    def __getattr__(self, name: str) -> Any:
        """Return a call of the protocol."""
        if name not in MEMBERS:
            raise AttributeError(name)
        return lambda *arguments: self.call(name, *arguments)

    def _obituary(self, name: str) -> str:
        assert self._process is not None
        try:
            code = self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        tail = self._log.read_text("utf-8", "replace")[-LOG_TAIL:].strip() if self._log is not None else ""
        return f"the simulator's process ended in {name!r} ({how})" + (f"; it said last: {tail}" if tail else "")

    def _clear(self) -> None:
        self.kill()
        if self._connection is not None:
            self._connection.close()
        if self._log is not None:
            self._log.unlink(missing_ok=True)
        self._connection = self._process = self._log = None


def worker_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment: it imports what this process imports, and finds CoppeliaSim's libraries."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    root = environment.get("COPPELIASIM_ROOT")
    if root:
        known = environment.get("LD_LIBRARY_PATH", "")
        # The loader reads it at the start of a process, where this one may have been started without.
        if root not in known.split(os.pathsep):
            environment["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, (known, root)))
        environment.setdefault("QT_QPA_PLATFORM_PLUGIN_PATH", root)
    return environment | dict(more)


__all__ = ["RemoteSimulator", "worker_environment"]
