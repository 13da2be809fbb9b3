"""What the episodes of a task differ in: colours and places."""

import math
from collections.abc import Sequence

import numpy as np

from failgym.errors import ConfigurationError

COLOURS: dict[str, tuple[float, float, float, float]] = {
    "red": (0.80, 0.13, 0.13, 1.0),
    "green": (0.15, 0.58, 0.24, 1.0),
    "blue": (0.12, 0.32, 0.78, 1.0),
    "yellow": (0.93, 0.76, 0.10, 1.0),
    "purple": (0.48, 0.22, 0.65, 1.0),
    "orange": (0.95, 0.47, 0.08, 1.0),
    "cyan": (0.10, 0.68, 0.74, 1.0),
    "pink": (0.92, 0.48, 0.66, 1.0),
}
"""What a colour word looks like, RGBA."""


def scatter(
    rng: np.random.Generator,
    count: int,
    x: tuple[float, float],
    y: tuple[float, float],
    distance: float,
    avoid: Sequence[Sequence[float]] = (),
) -> list[tuple[float, float]]:
    """Return points on the table, m, each at least `distance` from all others and from `avoid`."""
    for _ in range(200):
        points: list[tuple[float, float]] = []
        for _ in range(60 * count):
            point = (float(rng.uniform(*x)), float(rng.uniform(*y)))
            if all(math.hypot(point[0] - p[0], point[1] - p[1]) >= distance for p in (*points, *avoid)):
                points.append(point)
                if len(points) == count:
                    return points
    raise ConfigurationError("count", count, f"as many points as fit into {x} x {y} m at {distance} m from each other")


def pick_colours(rng: np.random.Generator, count: int, first: str | None = None) -> list[str]:
    """Return that many different colour words, beginning with `first`."""
    words = [str(word) for word in rng.permutation(list(COLOURS))]
    if first is not None:
        words = [first, *(word for word in words if word != first)]
    return words[:count]
