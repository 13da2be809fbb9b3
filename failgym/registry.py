"""One small registry: names to callables that build, with plug-ins from entry points."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from failgym.errors import ConfigurationError, UnknownNameError

__all__ = ["Registry"]

T = TypeVar("T", bound=Callable[..., Any])
"""What is registered: a class or function that builds."""

Builder = TypeVar("Builder", bound=Callable[..., Any])


class Registry(Generic[T]):
    """Names to callables that build, with plug-ins found at the first name that is missing.

    Example:
        >>> verifiers = Registry("verifier", group="failgym.verifiers")
        >>> @verifiers.register("coin")
        ... class Coin:
        ...     def __init__(self, bias: float = 0.5) -> None:
        ...         self.bias = bias
        >>> verifiers.build({"name": "coin", "bias": 0.9}).bias
        0.9
    """

    def __init__(self, kind: str, group: str | None = None) -> None:
        """Start empty.

        Args:
            kind: What is registered, one word for messages ("perturbation").
            group: Entry-point group of plug-ins; each entry point gives a name and the callable behind it.
        """
        self.kind = kind
        self.group = group
        self._builders: dict[str, T] = {}
        self._searched = False

    def register(self, name: str) -> Callable[[Builder], Builder]:
        """Decorator that files a class or function under a name.

        Args:
            name: The name users write.

        Raises:
            ConfigurationError: If the name is taken.
        """

        def decorate(builder: Builder) -> Builder:
            if name in self._builders:
                raise ConfigurationError("name", name, f"a name that no other {self.kind} has")
            self._builders[name] = builder  # type: ignore[assignment]
            return builder

        return decorate

    def get(self, name: str) -> T:
        """The callable filed under a name.

        Raises:
            UnknownNameError: If nothing is; it suggests the nearest name.
        """
        if name not in self:
            raise UnknownNameError(self.kind, name, self._builders)
        return self._builders[name]

    def names(self) -> tuple[str, ...]:
        """All names, plug-ins included, sorted."""
        self._search()
        return tuple(sorted(self._builders))

    def __contains__(self, name: object) -> bool:
        """Whether something is filed under this name."""
        if name not in self._builders:
            self._search()
        return name in self._builders

    def build(self, spec: Any) -> Any:
        """Build from a name, from a mapping, or pass an instance through.

        Args:
            spec: A name; or a mapping with ``name`` and keyword arguments; or an instance, returned as it is.

        Raises:
            UnknownNameError: If the name is not registered.
            ConfigurationError: If the mapping has no name, the arguments do not fit, or a class was given.
        """
        if isinstance(spec, str):
            return self._call(spec, {})
        if isinstance(spec, Mapping):
            arguments = dict(spec)
            if not isinstance(name := arguments.pop("name", None), str):
                raise ConfigurationError(self.kind, spec, f"a mapping with 'name', one of {', '.join(self.names())}")
            return self._call(name, arguments)
        if spec is None or isinstance(spec, type):
            raise ConfigurationError(self.kind, spec, "a name, a mapping with 'name', or an instance (not a class)")
        return spec

    def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        builder = self.get(name)
        signature = inspect.signature(builder)
        try:
            signature.bind(**arguments)
        except TypeError as error:
            raise ConfigurationError(f"arguments of {self.kind} {name!r}", arguments, f"{name}{signature}") from error
        return builder(**arguments)

    def _search(self) -> None:
        """Load the plug-ins, once."""
        if self._searched or self.group is None:
            return
        self._searched = True
        for entry in entry_points(group=self.group):
            self._load(entry)

    def _load(self, entry: EntryPoint) -> None:
        try:
            builder = entry.load()
        except Exception as error:  # whatever a plug-in raises, the others must still work
            self._warn(entry, f"it could not be imported: {type(error).__name__}: {error}")
            return
        if self._builders.setdefault(entry.name, builder) is not builder:
            self._warn(entry, "its name is taken")

    def _warn(self, entry: EntryPoint, reason: str) -> None:
        warnings.warn(
            f"{self.kind} plug-in {entry.name!r} ({entry.value}) is left out: {reason}", RuntimeWarning, stacklevel=2
        )
