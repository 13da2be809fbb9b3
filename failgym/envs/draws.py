"""What acts in an episode: drawn from its seed, or read from receipts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from failgym.episodes import Injection
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.perturbations import Perturbation, build, inject, stream

Draw = tuple[Perturbation, Injection]
"""A recipe, and what was drawn from it for this episode."""


def draw(base: Any, perturbations: Sequence[Perturbation]) -> list[Draw]:
    """Draw what acts in the episode that an environment has just begun."""
    counts, drawn = dict[str, int](), list[Draw]()
    for listed in perturbations:
        number = counts[listed.name] = counts.get(listed.name, -1) + 1
        for part in _parts(listed, base.episode_seed, number):
            occurrence = counts[f"/{part.name}"] = counts.get(f"/{part.name}", -1) + 1
            try:
                params = part.sample(stream(base.episode_seed, part.name, occurrence), base.facts())
            except NotApplicableError as error:
                params = {"not_applicable": str(error)}
            drawn.append((part, inject(part, params)))
    return drawn


def _parts(listed: Perturbation, seed: int, number: int) -> Sequence[Perturbation]:
    # Making a random stream takes a tenth of a reset: only compositions need one to choose.
    if type(listed).resolve is Perturbation.resolve:
        return (listed,)
    return listed.resolve(stream(seed, f"resolve/{listed.name}", number))


def read(receipt: Any) -> Draw:
    """Return what a receipt, as found in `info["injections"]`, says.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        injection = receipt if isinstance(receipt, Injection) else Injection.from_json(dict(receipt))
    except (TypeError, KeyError, ValueError) as error:
        raise ConfigurationError("options['injections']", receipt, "receipts as found in info['injections']") from error
    return build(injection.spec or injection.name), replace(injection, t_first=None, t_last=None)


def applies(injection: Injection) -> bool:
    """Whether the draw found anything to act on."""
    return "not_applicable" not in injection.params


__all__ = ["Draw", "applies", "draw", "read"]
