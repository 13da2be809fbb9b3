"""`failgym envs`: what can be made to fail."""

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from failgym.cli.console import dump, say, wrapped
from failgym.cli.names import env_ids
from failgym.envs.registration import ENTRIES
from failgym.errors import ConfigurationError

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
    gallery: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Write gallery.jpg, a contact sheet of every native task (or of the one named), index.html and the pictures."""
    clips: bool = False
    """With --gallery: let the expert do each task, and show it with how it really ended."""
    seed: int = 7
    """With --gallery: which episode of each task is shown."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """With --gallery: processes; one for each processor unless given."""

    def run(self) -> int:
        """Print them, or draw them."""
        chosen = tuple(ENTRIES) if self.name is None else env_ids([self.name])
        if self.gallery is not None:
            return self._draw(chosen, self.gallery)
        if self.clips:
            raise ConfigurationError("--clips", True, "together with --gallery FOLDER")
        about = [describe(env_id) for env_id in chosen]
        if self.json:
            dump(about)
            return 0
        for entry in about:
            _print(entry)
        if self.name is None:
            say('Make one:  gym.make("failgym:FailGym/PickCube-v0", perturbations=["slip"])')
        else:
            if about[0]["variants"]:
                say(wrapped(f"Variants: {', '.join(about[0]['variants'])}.") + "\n")
            say(about[0]["doc"])
        return 0

    def _draw(self, chosen: tuple[str, ...], folder: Path) -> int:
        from failgym.cli.envs_gallery import hang

        if self.json:
            raise ConfigurationError("--json", True, "without --gallery")
        if self.seed < 0:
            raise ConfigurationError("--seed", self.seed, "0 or more")
        return hang(chosen, folder, self.seed, self.clips, self.workers)


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
    task = built.find_task(entry.kwargs["task"]) if "task" in entry.kwargs and hasattr(built, "find_task") else None
    modes = {name: list(_choices(built, name)) for name in _LISTS if name in arguments}
    if task is not None:
        modes["cameras"] = list(built.cameras_of(task))
    return {
        "id": env_id,
        "summary": entry.summary,
        "seats": list(built.seats),
        "robots": list(getattr(built, "robots", ()) if task is None else task.robots),
        "variants": list(task.variants) if task is not None else [],
        "modes": modes,
        "arguments": arguments,
        "max_episode_steps": entry.max_episode_steps,
        "doc": inspect.cleandoc((built if task is None else task).__doc__ or ""),
    }


def _print(entry: dict[str, Any]) -> None:
    say(entry["id"])
    say(wrapped(entry["summary"], 4))
    lines = {"seats": entry["seats"], "robots": entry["robots"] or ["-"]} | entry["modes"]
    for name, values in lines.items():
        say(f"    {name:<15} {', '.join(map(str, values)) or '-'}")
    say()


def _choices(built: Any, argument: str) -> tuple[str, ...]:
    """Return the possible values of an argument: the environment's module lists them, or one that it builds on."""
    own = [base.__module__ for base in built.__mro__ if base.__module__.startswith("failgym.")]
    for module in (*own, "failgym.envs.observation"):
        for name in _LISTS[argument]:
            found = getattr(importlib.import_module(module), name, None)
            if found is not None:
                return (found,) if isinstance(found, str) else tuple(found)
    return ()
