"""Environment ids, and how an environment of one is built. Importing this loads no simulator."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import gymnasium as gym

from failgym.errors import ConfigurationError, UnknownNameError
from failgym.plans.rlbench import RLBENCH_18, RLBENCH_TASKS
from failgym.plans.rlbench import env_id as rlbench_id
from failgym.tasks.index import NATIVE
from failgym.tasks.robosuite.index import SUITED

NATIVE_ENV = "failgym.envs.mujoco_env:MujocoEnv"
ROBOSUITE_ENV = "failgym.envs.robosuite_env:RobosuiteEnv"
RLBENCH_ENV = "failgym.envs.rlbench.env:RLBenchEnv"
MAKE_BASE = "failgym.envs.registration:make_base"
"""Entry point of every id: it adds the failures itself."""


class Entry(NamedTuple):
    """One registered environment."""

    env: str
    """Class, as `module:name`."""
    max_episode_steps: int
    """Environment steps after which an episode is cut."""
    kwargs: Mapping[str, Any]
    summary: str
    nondeterministic: bool = False
    """A seed does not fix everything: some simulators plan ways by chance."""


ENTRIES: dict[str, Entry] = {
    "FailGym/PointPick-v0": Entry(
        "failgym.envs.point_pick:PointPickEnv", 100, {}, "toy without physics: a point picks up a disc (numpy only)"
    ),
    **{
        f"FailGym/{name}-v0": Entry(NATIVE_ENV, task.max_episode_steps, {"task": name}, task.summary)
        for name, task in NATIVE.items()
    },
    "FailGym/Robosuite-v0": Entry(ROBOSUITE_ENV, 500, {}, "any task of robosuite that FailGym knows: task="),
    **{
        f"FailGym/Robosuite.{name}-v0": Entry(ROBOSUITE_ENV, suited.max_steps, {"task": name}, suited.summary)
        for name, suited in SUITED.items()
    },
    "FailGym/RLBench-v0": Entry(
        RLBENCH_ENV, 400, {}, "any task of an RLBench that is installed: task= (docs/rlbench.md)", nondeterministic=True
    ),
    **{
        rlbench_id(name): Entry(
            RLBENCH_ENV, 400, {"task": name}, f"RLBench: {name.replace('_', ' ')}", nondeterministic=True
        )
        # GemBench's fork has some of RLBench-18 under names of its own; RLBench itself does not know these.
        for name in dict.fromkeys((*RLBENCH_TASKS, *RLBENCH_18))
    },
}
"""Every environment id of FailGym."""


def register_all() -> None:
    """Make every id known to Gymnasium; registering again changes nothing."""
    for env_id, entry in ENTRIES.items():
        if env_id not in gym.registry:
            gym.register(
                env_id,
                entry_point=MAKE_BASE,
                max_episode_steps=entry.max_episode_steps,
                nondeterministic=entry.nondeterministic,
                kwargs={"env_id": env_id},
            )


def make_base(env_id: str, perturbations: Any = (), **kwargs: Any) -> gym.Env[Any, Any]:
    """Build an environment with its failures, without Gymnasium's own wrappers (time limit, order and data checks).

    Raises:
        UnknownNameError: no environment of that id, or an argument names something that does not exist.
        ConfigurationError: an argument that the environment does not take.
    """
    env_id = env_id.removeprefix("failgym:")
    if env_id not in ENTRIES:
        raise UnknownNameError("environment", env_id, ENTRIES)
    entry = ENTRIES[env_id]
    module, name = entry.env.split(":")
    built: Any = getattr(importlib.import_module(module), name)
    known = _arguments(built)
    for argument in kwargs:
        if argument not in known or argument in entry.kwargs:
            raise ConfigurationError(
                f"argument of {env_id}", argument, ", ".join(n for n in known if n not in entry.kwargs)
            )
    inject = importlib.import_module("failgym.envs.inject")
    wrapped: gym.Env[Any, Any] = inject.InjectFailures(built(**entry.kwargs, **kwargs), perturbations)
    return wrapped


make_base.metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # type: ignore[attr-defined]
"""Gymnasium reads this before it builds, to refuse render modes that do not exist."""


def make_vec(
    env_id: str, num_envs: int = 1, *, asynchronous: bool = True, **kwargs: Any
) -> gym.vector.VectorEnv[Any, Any, Any]:
    """Build a vector environment whose workers start from a clean process (forkserver) and import FailGym themselves.

    Workers that are forked from a process that has rendered hang; these do not.

    Args:
        env_id: Registered id.
        num_envs: Number of copies.
        asynchronous: One process each; False steps them in turn in this process.
        **kwargs: As in `gym.make`.
    """
    env_id = env_id.removeprefix("failgym:")
    if env_id not in ENTRIES:
        raise UnknownNameError("environment", env_id, ENTRIES)
    vector_kwargs: dict[str, Any] = {"context": "forkserver"} if asynchronous else {}
    mode = "async" if asynchronous else "sync"
    return gym.make_vec(f"failgym:{env_id}", num_envs, vectorization_mode=mode, vector_kwargs=vector_kwargs, **kwargs)


def plain(value: Any) -> Any:
    """Return a constructor argument as plain JSON: perturbations by their specs, tuples as lists."""
    spec = getattr(value, "spec", None)
    if callable(spec):
        return spec()
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(entry) for entry in value]
    return value


def _arguments(built: Any) -> list[str]:
    import inspect

    return [name for name in inspect.signature(built.__init__).parameters if name != "self"]
