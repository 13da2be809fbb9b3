"""Parts of a scene, after what they are to the plan: what a factor of looks or size is drawn for."""

from collections.abc import Sequence

from failgym.errors import ConfigurationError
from failgym.scene import SceneFacts

PARTS = ("object", "receiver", "table", "floor", "other")
"""What the hand works with, what something is brought to, the table top, what is seen beyond it, and all else."""


def part_of(name: str, facts: SceneFacts) -> str:
    """Return which of `PARTS` something is."""
    if name in ("table", "floor"):
        return name
    if any(step.object == name for step in facts.plan.subtasks):
        return "object"
    return "receiver" if any(step.target == name for step in facts.plan.subtasks) else "other"


def chosen_parts(field: str, parts: Sequence[str], possible: Sequence[str] = PARTS) -> tuple[str, ...]:
    """Return the parts, all that are possible where none is named.

    Raises:
        ConfigurationError: one that is not possible.
    """
    for part in parts:
        if part not in possible:
            raise ConfigurationError(field, part, ", ".join(possible))
    return tuple(parts) or tuple(possible)


__all__ = ["PARTS", "chosen_parts", "part_of"]
