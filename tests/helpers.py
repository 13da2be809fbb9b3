"""What several test modules need: running a plan with the expert, and comparing nested results exactly."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from failgym.agents import WaypointExpert, run_subtask
from failgym.envs.registration import make_base
from failgym.episodes import Recorder
from failgym.errors import NotApplicableError
from failgym.perturbations import build, stream

POINT_PICK = "FailGym/PointPick-v0"
PICK_CUBE = "FailGym/PickCube-v0"
LIFT = "FailGym/Robosuite.Lift-v0"


def given(env_id: str, *others: Any) -> Any:
    """Arguments of a test; those of an environment of robosuite belong to its group."""
    return pytest.param(env_id, *others, marks=[pytest.mark.robosuite] if "Robosuite" in env_id else [])


@functools.cache
def applies(name: str, env_id: str) -> bool:
    """Whether a perturbation finds something to act on in an environment, in the episode of seed 3."""
    env: Any = make_base(env_id)
    env.furnish((build(name),))
    env.reset(seed=3)
    try:
        build(name).sample(stream(3, name), env.unwrapped.facts())
    except NotApplicableError:
        return False
    return True


def on_toy(name: str) -> bool:
    """Whether the toy, where one disc is grasped and lifted, has something for a perturbation to act on."""
    return applies(name, POINT_PICK)


def run_plan(env: Any, recorder: Recorder | None = None, after: Callable[[], None] | None = None) -> Recorder:
    """Execute the present plan with the expert, as the generator does; the caller has reset the environment.

    `after` is called at the end of each subtask.
    """
    base = env.unwrapped
    recorder = recorder or Recorder(None, boundaries=False)
    base.recorder = recorder
    for index, subtask in enumerate(base.plan.subtasks):
        run_subtask(env, WaypointExpert(), recorder, (index, 0, subtask))
        if after is not None:
            after()
    base.idle(10)
    base.recorder = None
    return recorder


def same(first: Any, second: Any) -> bool:
    """Whether two nested results are equal to the last bit, types included."""
    if type(first) is not type(second):
        return False
    if isinstance(first, Mapping):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(same(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
    return bool(first == second)


def mutable_parts(value: Any) -> Iterator[Any]:
    """Every array, list and mapping inside a nested result, itself included."""
    if isinstance(value, (np.ndarray, list, Mapping)):
        yield value
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    for child in children:
        yield from mutable_parts(child)


def shares_memory(first: Any, second: Any) -> bool:
    """Whether changing something inside one result could change the other."""
    for a in mutable_parts(first):
        for b in mutable_parts(second):
            if a is b or (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.may_share_memory(a, b)):
                return True
    return False
