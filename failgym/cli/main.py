"""Entry point of `failgym`: reads the command line, runs one command, turns mistakes into one clear line."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, Union

import tyro

from failgym.errors import FailGymError, UnknownNameError

COMMANDS: dict[str, str] = {
    "demo": "Demo",
    "generate": "Generate",
    "rollout": "Rollout",
    "replay": "Replay",
    "envs": "Envs",
    "splits": "Splits",
    "audit": "Audit",
    "perturbations": "Perturbations",
    "doctor": "Doctor",
}
"""Sub-command -> its class, in the module `failgym.cli` of the same name."""
ABOUT = """Robot manipulation that fails on purpose, for a known reason, at a known step, with a known correction.

Begin with `failgym doctor` (does everything work here?) or `failgym demo` (two to three minutes, one HTML report)."""
MISTAKE, STOPPED = 2, 130
"""Exit codes: a mistake in what was asked for; stopped by Ctrl-C."""


class Command(Protocol):
    """One sub-command: a frozen dataclass whose fields are its options."""

    def run(self) -> int:
        """Do it; return the exit code."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None takes those of this process.

    Returns:
        0, or 1 where a check failed, 2 for a mistake in what was asked for, 130 after Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _command(given or ["--help"]).run()
    except FailGymError as error:
        print(f"failgym: {error}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt as stop:
        print(f"failgym: stopped. {stop}".rstrip(), file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # Whoever read has gone, as `| head` does; Python must not stumble over it again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _command(arguments: list[str]) -> Command:
    name = arguments[0]
    if name == "--version":
        return _Version()
    if not name.startswith("-") and name not in COMMANDS:
        raise UnknownNameError("command", name, COMMANDS)
    classes: dict[str, Any] = {
        command: getattr(importlib.import_module(f"failgym.cli.{command}"), class_)
        for command, class_ in COMMANDS.items()
        if name.startswith("-") or command == name
    }
    if len(classes) == 1:
        config = (tyro.conf.FlagCreatePairsOff,)
        parsed: Any = tyro.cli(classes[name], prog=f"failgym {name}", args=arguments[1:], config=config)
    else:
        overview: Any = Union[tuple(_listed(command, class_) for command, class_ in classes.items())]  # noqa: UP007
        parsed = tyro.cli(overview, prog="failgym", description=ABOUT, args=arguments)
    return parsed  # type: ignore[no-any-return]


def _listed(command: str, class_: Any) -> Any:
    """Return a command as the overview shows it: the first line of what it says about itself."""
    summary = " ".join(class_.__doc__.split("\n\n")[0].split())
    return Annotated[class_, tyro.conf.subcommand(command, description=summary)]


class _Version:
    def run(self) -> int:
        """Print the version."""
        from importlib.metadata import version

        print(version("failgym"))
        return 0


if __name__ == "__main__":
    sys.exit(main())
