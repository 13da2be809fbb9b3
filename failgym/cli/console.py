"""How commands speak: tables, JSON, progress."""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

WIDTH = 100
"""Columns that fit most terminals."""


def kept(folder: object) -> KeyboardInterrupt:
    """Return what to raise after Ctrl-C: says where the finished part is."""
    return KeyboardInterrupt(f"What is finished lies in {folder}; the same command goes on from there.")


class Bar(Protocol):
    """Something that counts what is done."""

    def update(self, n: int = 1) -> object:
        """Count that many more."""
        ...


def say(text: str = "") -> None:
    """Print one line, now: what is piped must not lag behind."""
    print(text, flush=True)


def note(text: str) -> None:
    """Print one line beside the results, to stderr."""
    print(text, file=sys.stderr, flush=True)


def dump(data: Any) -> None:
    """Print JSON."""
    print(json.dumps(data, indent=2, default=str))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows in aligned columns: the first to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    right = [bool(cells) and all(_numeric(row[column]) for row in cells) for column in range(len(head))]
    lines = [list(head), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def wrapped(text: str, indent: int = 0, width: int = WIDTH) -> str:
    """Return a paragraph within the width of a terminal."""
    return textwrap.fill(" ".join(text.split()), width, initial_indent=" " * indent, subsequent_indent=" " * indent)


@contextmanager
def progress(what: str, total: int, unit: str) -> Iterator[Bar]:
    """Show a bar on a terminal; elsewhere one line at the end says what was done."""
    from time import perf_counter

    from tqdm import tqdm

    start = perf_counter()
    with tqdm(total=total, desc=what, unit=unit, disable=None, dynamic_ncols=True, smoothing=0.05) as bar:
        count = _Count(bar)
        plain = bar.disable
        yield count
    if plain and total:
        note(f"{what}: {count.done} of {total}, {perf_counter() - start:.0f} s")


class _Count:
    """Counts whether or not there is a bar."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self.done = 0

    def update(self, n: int = 1) -> None:
        """Count that many more."""
        self.done += n
        self._bar.update(n)


def _numeric(cell: str) -> bool:
    return cell[:1].isdigit() or cell in ("", "-")
