"""Who judges: the Verifier protocol and its registry."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from failgym.labels import Verdict
from failgym.registry import Registry
from failgym.verifiers.evidence import Evidence


@runtime_checkable
class Verifier(Protocol):
    """Judges evidence; `unsure` is an answer."""

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def verify(self, evidence: Evidence) -> Verdict:
        """Return an opinion on whether this plan will work, or this subtask or episode did."""
        ...


VERIFIERS: Registry[Callable[..., Verifier]] = Registry("verifier", "failgym.verifiers")
"""Every verifier by name."""


def build(spec: str | Mapping[str, Any] | Verifier) -> Verifier:
    """Return a verifier from its name, a mapping with `name`, or itself.

    Raises:
        UnknownNameError: no verifier of that name.
        ConfigurationError: arguments that it does not take.
    """
    built: Any = VERIFIERS.build(spec)
    return built  # type: ignore[no-any-return]
