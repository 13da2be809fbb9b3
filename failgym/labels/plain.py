"""What the label classes share: members of a vocabulary, and plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from failgym.errors import ConfigurationError, UnknownNameError

__all__ = ["Reading", "check_fields", "member", "plain"]

Vocabulary = TypeVar("Vocabulary", bound=StrEnum)
Read = TypeVar("Read")


class Reading(NamedTuple, Generic[Read]):
    """What a lenient reader made of a text that somebody, or some model, wrote freely."""

    value: Read | None
    """What it most likely means; None if nothing in it could be used."""
    problems: tuple[str, ...] = ()
    """What was missing, unreadable or left out; empty if the text is as it should be."""


def member(vocabulary: type[Vocabulary], name: str, given: Any) -> Vocabulary:
    """The member of a vocabulary that a value stands for.

    Raises:
        ConfigurationError: If it stands for none; `name` is the argument it was given for.
    """
    try:
        return vocabulary(given)
    except ValueError:
        raise ConfigurationError(name, given, ", ".join(vocabulary)) from None


def plain(value: Any) -> Any:
    """The value as JSON has it: strings for members, lists for tuples, mappings for labels."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return value.to_json() if hasattr(value, "to_json") else value


def check_fields(label: type, data: Mapping[str, Any]) -> None:
    """Refuse a mapping with a field the label does not have.

    Raises:
        UnknownNameError: If it has one.
    """
    known = [field.name for field in fields(label)]
    for name in data:
        if name not in known:
            raise UnknownNameError(f"field of {label.__name__}", name, known)
