"""Results as JSON lines: one line each, added when it is known, read back by the next run."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Store:
    """A file of results by key; a line that was cut off when a run was stopped is left out."""

    def __init__(self, path: Path) -> None:
        """Read what is there; the file is made if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Any] = {}
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                self._known[entry["key"]] = entry["value"]
            except (ValueError, KeyError, TypeError):
                continue
        self._file = path.open("a", encoding="utf-8")
        if text and not text.endswith("\n"):
            self._file.write("\n")

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def __contains__(self, key: str) -> bool:
        """Whether a result is known."""
        return key in self._known

    def __getitem__(self, key: str) -> Any:
        """Return a result."""
        return self._known[key]

    def add(self, key: str, value: Any) -> None:
        """Write a result down."""
        self._known[key] = value
        self._file.write(json.dumps({"key": key, "value": value}) + "\n")
        self._file.flush()
