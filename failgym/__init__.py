"""FailGym: robot manipulation that fails on purpose, for a known reason, at a known step, with a known correction."""

import importlib
from typing import Any

from failgym.envs.registration import make_vec, register_all

__version__ = "0.1.0"

register_all()

_LAZY = {
    "rollout": "failgym.loop:rollout",
    "one_of": "failgym.perturbations:one_of",
    "maybe": "failgym.perturbations:maybe",
    "during": "failgym.perturbations:during",
    "suite": "failgym.perturbations:suite",
    "Perturbation": "failgym.perturbations:Perturbation",
    "Injection": "failgym.episodes:Injection",
    "Episode": "failgym.episodes:Episode",
    "Triplet": "failgym.episodes:Triplet",
    "Certificate": "failgym.episodes:Certificate",
    "Outcome": "failgym.episodes:Outcome",
    "ActionLayout": "failgym.episodes:ActionLayout",
    "FailureMode": "failgym.labels:FailureMode",
    "Stage": "failgym.labels:Stage",
    "Fix": "failgym.labels:Fix",
    "Verdict": "failgym.labels:Verdict",
    "Plan": "failgym.plans:Plan",
    "Subtask": "failgym.plans:Subtask",
    "FailGymError": "failgym.errors:FailGymError",
    "WaypointExpert": "failgym.agents:WaypointExpert",
}
_ROOMS = (
    "agents",
    "data",
    "episodes",
    "generate",
    "labels",
    "metrics",
    "perturbations",
    "plans",
    "report",
    "verifiers",
)

__all__ = ["__version__", "make_vec", *_LAZY, *_ROOMS]


def __getattr__(name: str) -> Any:
    """Load a room or a name when it is first used: `import failgym` stays as light as Gymnasium."""
    if name in _LAZY:
        module, attribute = _LAZY[name].split(":")
        return getattr(importlib.import_module(module), attribute)
    if name in _ROOMS:
        return importlib.import_module(f"failgym.{name}")
    raise AttributeError(f"module 'failgym' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public face."""
    return sorted(__all__)
