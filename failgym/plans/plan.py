"""What is to be done, step by step."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from failgym.errors import PlanError
from failgym.plans.subtask import Subtask

__all__ = ["Plan"]

_NUMBER = re.compile(r"\s*(?:\d+\s*[.):]|[-*])?\s*")


@dataclass(frozen=True)
class Plan:
    r"""An instruction and its ordered subtasks.

    Example:
        >>> plan = Plan.parse("1. grasp the red block\n2. lift the red block", instruction="pick up the red block")
        >>> plan.objects
        ('red block',)
    """

    instruction: str
    """The task as a person would say it."""
    subtasks: tuple[Subtask, ...]
    """The steps, in order; may be empty where only the instruction is known."""

    def __post_init__(self) -> None:
        """Accept any sequence of subtasks."""
        object.__setattr__(self, "subtasks", tuple(self.subtasks))

    @functools.cached_property
    def text(self) -> str:
        """Numbered lines, from 1; the instruction is not part of them."""
        return "\n".join(f"{number}. {subtask.text}" for number, subtask in enumerate(self.subtasks, start=1))

    @property
    def objects(self) -> tuple[str, ...]:
        """Every object and target the plan names, once each, in order of appearance."""
        named = (name for subtask in self.subtasks for name in (subtask.object, subtask.target) if name is not None)
        return tuple(dict.fromkeys(named))

    @classmethod
    def parse(cls, text: str, instruction: str = "") -> Plan:
        """Inverse of `text`: one subtask a line, numbers and bullets optional, empty lines skipped.

        Raises:
            PlanError: If a line is not in the grammar, or there is none.
        """
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            raise PlanError("cannot read an empty text as a plan. Write one subtask a line: 1. grasp the red block")
        return cls(instruction, tuple(Subtask.parse(_NUMBER.sub("", line, count=1)) for line in lines))

    def without(self, index: int) -> Plan:
        """The plan with one subtask left out."""
        self._check(index)
        return replace(self, subtasks=self.subtasks[:index] + self.subtasks[index + 1 :])

    def swapped(self, first: int, second: int) -> Plan:
        """The plan with two subtasks in each other's place."""
        return self.replaced(first, self._check(second)).replaced(second, self._check(first))

    def replaced(self, index: int, subtask: Subtask) -> Plan:
        """The plan with another subtask at one index."""
        self._check(index)
        return replace(self, subtasks=(*self.subtasks[:index], subtask, *self.subtasks[index + 1 :]))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON mapping."""
        return {"instruction": self.instruction, "subtasks": [subtask.to_json() for subtask in self.subtasks]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Inverse of `to_json`.

        Raises:
            PlanError: If the mapping is not a plan.
        """
        if set(data) != {"instruction", "subtasks"}:
            raise PlanError(f"a plan has the fields instruction and subtasks: given {', '.join(data) or 'none'}.")
        return cls(data["instruction"], tuple(map(Subtask.from_json, data["subtasks"])))

    def _check(self, index: int) -> Subtask:
        """The subtask at an index; negative ones are refused, since they end up in records."""
        if not 0 <= index < len(self.subtasks):
            raise PlanError(f"the plan has {len(self.subtasks)} subtasks, counted from 0: there is no subtask {index}.")
        return self.subtasks[index]
