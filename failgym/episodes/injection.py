"""The receipt of one draw of one perturbation."""

import functools
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from failgym.labels import FailureMode

_ATOMS = frozenset((str, int, float, bool, type(None)))


class Severity(StrEnum):
    """Where a magnitude lies, relative to the boundary of its episode."""

    NEAR_MISS = "near_miss"
    """Just below: the task succeeds all the same."""
    JUST_FAILING = "just_failing"
    """The smallest that fails."""
    GROSS = "gross"
    """Twice as much or more."""


@dataclass(frozen=True)
class Graded:
    """How severe an injection is, and the boundary of its episode that this was measured against."""

    label: Severity
    magnitude: dict[str, float]
    """How far it is from changing nothing, by unit: m, rad, s, kg; 1 where it has none."""
    boundary: dict[str, float]
    """Smallest magnitude found with which this episode fails as labelled, by unit."""
    share: float
    """The boundary, relative to what was drawn."""
    runs: int
    """Injected runs in which it was found."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {"label": str(self.label)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        return cls(**(data | {"label": Severity(data["label"])}))


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
    severity: Graded | None = None
    """None where its magnitude is as drawn."""

    @property
    def acted(self) -> bool:
        """Whether it changed anything at all."""
        return self.t_first is not None

    def at(self, step: int) -> "Injection":
        """Return the receipt with `step` added to the window in which it acted."""
        return replace(self, t_first=step if self.t_first is None else self.t_first, t_last=step)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        severity = None if self.severity is None else self.severity.to_json()
        return {**self._plain, "params": _fresh(self.params), "spec": _fresh(self.spec), "severity": severity}

    @functools.cached_property
    def _plain(self) -> dict[str, Any]:
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {"failure": None if self.failure is None else str(self.failure)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        failure, severity = data["failure"], data.get("severity")
        read = {
            "failure": None if failure is None else FailureMode(failure),
            "severity": None if severity is None else Graded.from_json(severity),
        }
        return cls(**(data | read))


def _fresh(value: Any) -> Any:
    """Copy JSON; much faster than `copy.deepcopy`, and this is done at every step."""
    kind = type(value)
    if kind is dict:
        return {key: entry if type(entry) in _ATOMS else _fresh(entry) for key, entry in value.items()}
    if kind is list or kind is tuple:
        return [entry if type(entry) in _ATOMS else _fresh(entry) for entry in value]
    return value
