"""The process in which a simulator lives: `python -m failgym.envs.rlbench.worker MODULE:FACTORY FD`.

It answers calls of `failgym.envs.rlbench.protocol.Simulator` that come through an inherited socket, one at a time.
Whatever the simulator prints goes to the log that the parent gave it; when the parent goes away, it ends.
"""

import faulthandler
import importlib
import os
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

from failgym.envs.rlbench.errors import BY_NAME, SimulatorError
from failgym.envs.rlbench.protocol import MEMBERS, Simulator


def build(factory: str) -> Simulator:
    """Return the simulator that `module:name` makes."""
    module, name = factory.split(":")
    built: Simulator = getattr(importlib.import_module(module), name)()
    return built


def answer(simulator: Simulator, name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    """Return `("value", result)` of a call, or the name of an error and its message."""
    if name not in MEMBERS:
        return SimulatorError.__name__, f"there is no call {name!r}"
    try:
        return "value", getattr(simulator, name)(*arguments)
    except tuple(BY_NAME.values()) as error:
        return type(error).__name__, str(error)
    except Exception as error:  # a user far away must see where it broke
        text = traceback.format_exc(limit=-6)
        return SimulatorError.__name__, f"{name} failed: {type(error).__name__}: {error}\n{text}"


def serve(connection: Connection, factory: str) -> None:
    """Answer calls until the parent closes the connection or asks for the end."""
    simulator: Simulator | None = None
    while True:
        try:
            name, arguments = connection.recv()
        except (EOFError, OSError):
            break
        if simulator is None:
            try:
                simulator = build(factory)
            except Exception as error:  # most often an import: the parent says what is missing
                connection.send((SimulatorError.__name__, f"{type(error).__name__}: {error}"))
                continue
        connection.send(answer(simulator, name, arguments))
        if name == "shutdown":
            break


def main() -> None:
    """Serve, then leave without tidying up: CoppeliaSim's threads outlive a shutdown and may crash in theirs."""
    faulthandler.enable()
    serve(Connection(int(sys.argv[2])), sys.argv[1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
