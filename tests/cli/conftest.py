"""Running commands as a person does, in this process: the toy environment makes them quick."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from failgym.cli.main import main


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def failgym(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run one command and return its exit code and what it printed."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code, *capsys.readouterr())

    return run
