"""`failgym envs`: what can be made to fail."""

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

import tyro

from failgym.cli.console import dump, say, wrapped
from failgym.cli.names import env_ids
from failgym.envs.registration import ENTRIES

_LISTS = {
    "control_mode": ("CONTROL_MODES", "LAYOUTS"),
    "obs_mode": ("OBS_MODES",),
    "reward_mode": ("REWARD_MODES",),
    "cameras": ("CAMERAS", "CAMERA"),
    "render_profile": ("PROFILES",),
    "renderer": ("RENDERERS",),
}
"""Argument -> names under which modules list its values."""


@dataclass(frozen=True)
class Envs:
    """List the environments: seats of perturbations, robots, modes. With a name, all about one."""

    name: tyro.conf.Positional[str | None] = None
    """Environment, such as PickCube."""
    json: bool = False
    """Print JSON."""

    def run(self) -> int:
        """Print them."""
        chosen = tuple(ENTRIES) if self.name is None else env_ids([self.name])
        about = [describe(env_id) for env_id in chosen]
        if self.json:
            dump(about)
            return 0
        for entry in about:
            _print(entry)
        if self.name is None:
            say('Make one:  gym.make("failgym:FailGym/PickCube-v0", perturbations=["slip"])')
        else:
            say(about[0]["doc"])
        return 0


def describe(env_id: str) -> dict[str, Any]:
    """Return what is known of an environment without building it."""
    entry = ENTRIES[env_id]
    module, name = entry.env.split(":")
    built = getattr(importlib.import_module(module), name)
    arguments = {
        argument: parameter.default
        for argument, parameter in inspect.signature(built.__init__).parameters.items()
        if argument != "self" and argument not in entry.kwargs
    }
    return {
        "id": env_id,
        "summary": entry.summary,
        "seats": list(built.seats),
        "robots": _robots() if "robot" in arguments else [],
        "modes": {name: list(_choices(built, name)) for name in _LISTS if name in arguments},
        "arguments": arguments,
        "max_episode_steps": entry.max_episode_steps,
        "doc": inspect.cleandoc(_task_doc(entry.kwargs.get("task")) or built.__doc__ or ""),
    }


def _print(entry: dict[str, Any]) -> None:
    say(entry["id"])
    say(wrapped(entry["summary"], 4))
    lines = {"seats": entry["seats"], "robots": entry["robots"] or ["-"]} | entry["modes"]
    for name, values in lines.items():
        say(f"    {name:<15} {', '.join(map(str, values)) or '-'}")
    say()


def _robots() -> list[str]:
    return list(importlib.import_module("failgym.sim.robots").ROBOTS.names())


def _task_doc(task: str | None) -> str | None:
    if task is None:
        return None
    doc: str | None = importlib.import_module("failgym.tasks.native").TASKS.get(task).__doc__
    return doc


def _choices(built: Any, argument: str) -> tuple[str, ...]:
    """Return the possible values of an argument: the environment's module lists them, or one that it builds on."""
    for module in (built.__module__, "failgym.envs.observation", "failgym.envs.base"):
        for name in _LISTS[argument]:
            found = getattr(importlib.import_module(module), name, None)
            if found is not None:
                return (found,) if isinstance(found, str) else tuple(found)
    return ()
