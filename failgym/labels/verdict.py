"""What a verifier thinks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from failgym.errors import ConfigurationError
from failgym.labels.fix import Fix
from failgym.labels.plain import check_fields, member, plain
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode

__all__ = ["Judgement", "Verdict"]


class Judgement(StrEnum):
    """What a verifier may answer; not deciding is an answer."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verifier's opinion of a plan, a subtask or an episode.

    Raises:
        ConfigurationError: If a value is out of range or not one of its vocabulary.
    """

    outcome: Judgement
    """Success, failure or unsure."""
    probability: float | None = None
    """Probability of *success*, 0 .. 1; None if the verifier gives none."""
    failure_mode: FailureMode | None = None
    """What went wrong, if it failed."""
    stage: Stage | None = None
    """When it went wrong."""
    fix: Fix | None = None
    """What to do about it."""
    rationale: str = ""
    """Why, in the verifier's words."""
    latency_s: float = 0.0
    """Time the verifier took, seconds."""
    cited_frames: tuple[int, ...] = ()
    """Indices of the frames the verifier points at, from 0."""

    def __post_init__(self) -> None:
        """Check the values and make them members of their vocabulary."""
        for name, vocabulary in _VOCABULARIES.items():
            given = getattr(self, name)
            if given is not None or name == "outcome":
                _set(self, name, member(vocabulary, name, given))
        if self.probability is not None:
            if not 0.0 <= self.probability <= 1.0:
                raise ConfigurationError("probability", self.probability, "0 .. 1, or None")
            _set(self, "probability", float(self.probability))
        if not 0.0 <= self.latency_s < math.inf:
            raise ConfigurationError("latency_s", self.latency_s, "seconds, 0 or more")
        _set(self, "latency_s", float(self.latency_s))
        _set(self, "cited_frames", tuple(int(frame) for frame in self.cited_frames))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON mapping; fields at their default are left out."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {name: plain(value) for name, value in said.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """Inverse of `to_json`.

        Raises:
            UnknownNameError: If a field does not exist.
            ConfigurationError: If a value cannot be.
        """
        check_fields(cls, data)
        arguments = {"outcome": None, **data}
        if arguments.get("fix") is not None:
            arguments["fix"] = Fix.from_json(arguments["fix"])
        return cls(**arguments)


_VOCABULARIES: dict[str, type[StrEnum]] = {"outcome": Judgement, "failure_mode": FailureMode, "stage": Stage}

_set = object.__setattr__
