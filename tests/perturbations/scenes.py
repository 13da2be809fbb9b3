"""What tests of the scene seat share."""

from typing import Any

from failgym.perturbations import build, inject, stream


def arm(env: Any, spec: Any, seed: int = 0, **changed: Any) -> dict[str, Any]:
    """Furnish, reset, draw one and let it act; return its parameters."""
    perturbation = build(spec)
    env.furnish((perturbation,))
    env.reset(seed=seed)
    params = perturbation.sample(stream(seed, perturbation.name), env.unwrapped.facts()) | changed
    env.arm([(perturbation, inject(perturbation, params))])
    return params
