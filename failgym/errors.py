"""Every error FailGym raises on purpose. Each one says what was given, what exists and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

__all__ = [
    "ActionError",
    "CertificateError",
    "ConfigurationError",
    "FailGymError",
    "MissingExtraError",
    "NotApplicableError",
    "PlanError",
    "RenderError",
    "SeatError",
    "UnknownNameError",
]


class _ErrorType(type):
    """Lets ``type(error)(error)`` return the error itself."""

    # Gymnasium's asynchronous vector environment re-raises what a worker raised as ``type(error)(error)``.
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if [type(given) for given in args] == [cls] and not kwargs:
            return args[0]
        return super().__call__(*args, **kwargs)


class FailGymError(Exception, metaclass=_ErrorType):
    """Base of every error FailGym raises on purpose; survives pickling between processes."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the finished message, since the children take arguments and not a message."""
        return _restore, (type(self), self.args, self.__dict__)


class UnknownNameError(FailGymError):
    """A name that nobody registered.

    Args:
        kind: What the name was taken for, in words ("perturbation").
        given: The name that was asked for.
        known: The names that exist.
    """

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        self.kind, self.given, self.known = kind, given, tuple(sorted(known))
        super().__init__(f"there is no {kind} named {given!r}. {_choices(given, self.known)}")


class SeatError(FailGymError):
    """A perturbation mounted on an environment that does not serve its seat.

    Args:
        perturbation: Registered name of the perturbation.
        seat: The seat it acts at ("action").
        env: Id of the environment.
        seats: The seats this environment serves.
    """

    def __init__(self, perturbation: str, seat: str, env: str, seats: Iterable[str]) -> None:
        served = _listed(seats)
        super().__init__(
            f"{perturbation!r} acts at the {seat} seat, which {env} does not serve. It serves: {served}. "
            "Choose a perturbation of one of these seats, or another environment."
        )


class ActionError(FailGymError):
    """An action the environment cannot execute.

    Args:
        problem: What is wrong, in a few words ("the action is not finite").
        given: The offending action, or the property of it that is wrong.
        expected: What would have been accepted.
    """

    def __init__(self, problem: str, given: object, expected: object) -> None:
        super().__init__(f"{problem}: given {given}, expected {expected}.")


class PlanError(FailGymError):
    """A plan or subtask that cannot be read, or that speaks of something that does not exist."""

    @classmethod
    def unknown_object(cls, name: str, known: Iterable[str]) -> PlanError:
        """Error for an object that is not in the scene.

        Args:
            name: The name in the plan.
            known: Names of the objects that are in the scene.
        """
        return cls(f"the scene has no object named {name!r}. {_choices(name, known)}")

    @classmethod
    def unknown_verb(cls, name: str, known: Iterable[str]) -> PlanError:
        """Error for a verb outside the plan grammar.

        Args:
            name: The verb in the subtask.
            known: The verbs of the grammar.
        """
        return cls(f"the plan grammar has no verb {name!r}. {_choices(name, known)}")


class ConfigurationError(FailGymError):
    """An argument with a value that cannot work.

    Args:
        argument: Name of the argument.
        given: Its value.
        possible: What is possible instead, in words.
    """

    def __init__(self, argument: str, given: object, possible: str) -> None:
        super().__init__(f"{argument} cannot be {given!r}. Possible: {possible}.")


class NotApplicableError(FailGymError):
    """A perturbation that cannot act on this episode; draw another one or another seed.

    Args:
        perturbation: Registered name of the perturbation.
        reason: Why it cannot act, in words ("the plan has no second object").
    """

    def __init__(self, perturbation: str, reason: str) -> None:
        super().__init__(
            f"{perturbation!r} cannot act on this episode: {reason}. Reset with another seed, or choose another one."
        )


class CertificateError(FailGymError):
    """A certificate that is corrupted, or that this version cannot execute."""


class MissingExtraError(FailGymError):
    """An optional dependency that is not installed.

    Args:
        package: The package that was needed.
        extra: The extra of FailGym that installs it.
        advice: What else there is to know about installing it.
    """

    def __init__(self, package: str, extra: str, advice: str = "") -> None:
        super().__init__(
            " ".join([f"{package} is not installed. Install it with: pip install 'failgym[{extra}]'", advice]).rstrip()
        )


class RenderError(FailGymError):
    """A picture that could not be rendered."""


def _restore(cls: type[FailGymError], args: tuple[Any, ...], state: dict[str, Any]) -> FailGymError:
    """Rebuild a pickled error without calling its constructor."""
    error: FailGymError = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _choices(given: str, known: Iterable[str]) -> str:
    """Name the nearest known name, if any is near, and all of them."""
    names = sorted(known)
    nearest = get_close_matches(given, names, n=1)
    hint = f"Did you mean {nearest[0]!r}? " if nearest else ""
    return f"{hint}Known: {_listed(names)}."
