"""Textures made by NumPy, in shades of grey: what wears one keeps its colour, and shows the pattern in it."""

from collections.abc import Callable

import mujoco
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 64
"""Width and height of a pattern, px; it goes on without a seam."""
DARKEST = 0.35
"""Brightness of the darkest part of a pattern, 0..1; the brightest has 1."""
PER_METRE = 2.5
"""How often a pattern is repeated over a metre of table or floor."""
Image = NDArray[np.float64]


def _checks(x: Image, y: Image) -> Image:
    return np.asarray((np.floor(4 * x) + np.floor(4 * y)) % 2)


def _stripes(x: Image, y: Image) -> Image:
    return np.asarray(np.floor(8 * x) % 2)


def _dots(x: Image, y: Image) -> Image:
    row = np.floor(4 * y)
    return np.asarray(np.hypot((4 * x + row / 2) % 1 - 0.5, (4 * y) % 1 - 0.5) > 0.32, dtype=np.float64)


def _bricks(x: Image, y: Image) -> Image:
    row = np.floor(6 * y)
    joint = ((3 * x + row / 2) % 1 < 0.08) | ((6 * y) % 1 < 0.16)
    return np.asarray(1.0 - joint * 1.0 - 0.25 * ((np.floor(3 * x + row / 2) + 2 * row) % 3 == 0))


def _grain(x: Image, y: Image) -> Image:
    """Rings of wood, cut along: lines that wander."""
    rings = 5 * x + 0.6 * _clouds(x, y, seed=1, finest=4)
    return 0.5 + 0.5 * np.sin(2 * np.pi * rings) * (0.6 + 0.4 * _clouds(x, y, seed=2, finest=8))


def _marble(x: Image, y: Image) -> Image:
    veins = np.abs(np.sin(2 * np.pi * (x + y) + 5.0 * _clouds(x, y, seed=3, finest=8)))
    return np.asarray(np.sqrt(veins))


def _clouds(x: Image, y: Image, seed: int, finest: int) -> Image:
    """Smooth noise of waves that end where they begin, about -1..1."""
    rng, noise = np.random.default_rng(seed), np.zeros_like(x)
    for across in range(finest + 1):
        for along in range(-finest, finest + 1):
            if across + abs(along) > 0:
                phase, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.0) / np.hypot(across, along) ** 1.5
                noise += size * np.cos(2 * np.pi * (across * x + along * y) + phase)
    return np.asarray(noise / np.abs(noise).max())


_PATTERNS: dict[str, Callable[[Image, Image], Image]] = {
    "checks": _checks,
    "stripes": _stripes,
    "dots": _dots,
    "bricks": _bricks,
    "grain": _grain,
    "marble": _marble,
}
PATTERNS = tuple(_PATTERNS)
"""Names of the patterns, in the order in which `texture` numbers them."""


def pattern(name: str) -> NDArray[np.uint8]:
    """Return a pattern, (64, 64, 3) uint8 grey."""
    x, y = np.meshgrid(*[(np.arange(SIDE_PX) + 0.5) / SIDE_PX] * 2)
    grey = DARKEST + (1.0 - DARKEST) * np.clip(_PATTERNS[name](x, y), 0.0, 1.0)
    return np.repeat(np.rint(255 * grey).astype(np.uint8)[..., None], 3, axis=2)


def material_of(name: str, flat: bool) -> str:
    """Name of the material that shows a pattern: on what is flat and wide, or around a thing."""
    return f"{name} {'spread' if flat else 'wrapped'}"


def add_patterns(spec: mujoco.MjSpec) -> None:
    """Add two materials of each pattern to a model: one to spread over a table or floor, one to wrap around things."""
    for name in PATTERNS:
        image = pattern(name)
        for flat in (True, False):
            called = material_of(name, flat)
            texture = spec.add_texture(name=called, nchannel=3, width=SIDE_PX, height=SIDE_PX * (1 if flat else 6))
            texture.type = mujoco.mjtTexture.mjTEXTURE_2D if flat else mujoco.mjtTexture.mjTEXTURE_CUBE
            texture.data = (image if flat else np.tile(image, (6, 1, 1))).tobytes()
            material = spec.add_material(name=called, specular=0.1, shininess=0.2)
            material.textures[int(mujoco.mjtTextureRole.mjTEXROLE_RGB)] = called
            if flat:
                # MuJoCo counts repetitions over the two units of length from -1 to 1.
                material.texuniform, material.texrepeat = True, [2 * PER_METRE, 2 * PER_METRE]


__all__ = ["PATTERNS", "PER_METRE", "add_patterns", "material_of", "pattern"]
