"""The receipt of one draw of one perturbation."""

import functools
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from failgym.labels import FailureMode

_ATOMS = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True)
class Injection:
    """One draw of a perturbation, recorded: label, fix and replay all come from here."""

    name: str
    """Registered name of the perturbation."""
    seat: str
    failure: FailureMode | None
    """None where what it makes is meant to succeed: a record played backwards."""
    params: dict[str, Any] = field(default_factory=dict)
    """What was drawn; JSON."""
    subtask: int | None = None
    """Index in the plan of the subtask that is hit."""
    spec: dict[str, Any] = field(default_factory=dict)
    """The perturbation itself, as JSON."""
    t_first: int | None = None
    """First control step at which it really changed something; None: never."""
    t_last: int | None = None

    @property
    def acted(self) -> bool:
        """Whether it changed anything at all."""
        return self.t_first is not None

    def at(self, step: int) -> "Injection":
        """Return the receipt with `step` added to the window in which it acted."""
        return replace(self, t_first=step if self.t_first is None else self.t_first, t_last=step)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**self._plain, "params": _fresh(self.params), "spec": _fresh(self.spec)}

    @functools.cached_property
    def _plain(self) -> dict[str, Any]:
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {"failure": None if self.failure is None else str(self.failure)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        failure = data["failure"]
        return cls(**(data | {"failure": None if failure is None else FailureMode(failure)}))


def _fresh(value: Any) -> Any:
    """Copy JSON; much faster than `copy.deepcopy`, and this is done at every step."""
    kind = type(value)
    if kind is dict:
        return {key: entry if type(entry) in _ATOMS else _fresh(entry) for key, entry in value.items()}
    if kind is list or kind is tuple:
        return [entry if type(entry) in _ATOMS else _fresh(entry) for entry in value]
    return value
