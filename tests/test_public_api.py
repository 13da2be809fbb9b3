"""The names that examples, documentation and users rely on: a change here is a change for all of them."""

import importlib.metadata
import subprocess
import sys

import gymnasium as gym
import pytest

import failgym
from failgym.plans.rlbench import RLBENCH_18, RLBENCH_TASKS, env_id
from failgym.tasks import NATIVE
from failgym.tasks.robosuite.index import SUITED

pytestmark = pytest.mark.nogl

NAMES = [
    "ActionLayout",
    "Certificate",
    "Episode",
    "FailGymError",
    "FailureMode",
    "Fix",
    "Injection",
    "Outcome",
    "Perturbation",
    "Plan",
    "Stage",
    "Subtask",
    "Triplet",
    "Verdict",
    "WaypointExpert",
    "__version__",
    "agents",
    "data",
    "during",
    "episodes",
    "generate",
    "labels",
    "make_vec",
    "maybe",
    "metrics",
    "one_of",
    "perturbations",
    "plans",
    "report",
    "rollout",
    "suite",
    "verifiers",
]
ROOMS = {
    "agents": ["Planner", "Policy", "Recovery", "ReplayPolicy", "WaypointExpert", "run_subtask"],
    "episodes": [
        "Certificate",
        "Episode",
        "Event",
        "EventKind",
        "Injection",
        "Recorder",
        "Status",
        "StepContext",
        "Triplet",
    ],
    "generate": ["Generator", "Recording", "Replay", "replay", "tally", "triplet"],
    "labels": ["FailureMode", "Fix", "FixKind", "Judgement", "Stage", "Verdict"],
    "perturbations": ["CATALOGUE", "Perturbation", "Slip", "build", "maybe", "one_of", "suite"],
    "plans": ["Plan", "Subtask", "check", "required"],
    "verifiers": ["build"],
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)


def test_the_public_names():
    assert sorted(failgym.__all__) == NAMES
    assert dir(failgym) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name):
    assert getattr(failgym, name) is not None
    assert getattr(failgym, name) is getattr(failgym, name)


@pytest.mark.parametrize(("room", "names"), ROOMS.items(), ids=ROOMS)
def test_every_room_offers_what_is_documented(room, names):
    module = getattr(failgym, room)
    assert [name for name in names if not hasattr(module, name)] == []
    assert set(getattr(module, "__all__", names)) >= set(names)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="module 'failgym' has no attribute 'rollouts'"):
        failgym.rollouts  # noqa: B018


def test_the_version_is_that_of_the_package():
    assert failgym.__version__ == importlib.metadata.version("failgym")


def test_registered_ids():
    registered = sorted(env_id for env_id in gym.registry if env_id.startswith("FailGym/"))
    robosuite = ["Robosuite", *(f"Robosuite.{name}" for name in SUITED)]
    rlbench = ["FailGym/RLBench-v0", *map(env_id, {*RLBENCH_TASKS, *RLBENCH_18})]
    assert registered == sorted([*(f"FailGym/{name}-v0" for name in (*NATIVE, "PointPick", *robosuite)), *rlbench])
    assert (len(NATIVE), len(SUITED), len(RLBENCH_TASKS)) == (48, 8, 53)


def test_ids_import_failgym_themselves():
    result = run("import gymnasium; print(gymnasium.make('failgym:FailGym/PointPick-v0').spec.id)")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "FailGym/PointPick-v0"


def test_what_needs_no_simulator_loads_none():
    rooms = "agents, episodes, generate, labels, perturbations, plans, tasks, verifiers"
    code = f"import sys; from failgym import {rooms}; print(*({{'mujoco', 'PIL', 'torch'}} & set(sys.modules)))"
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
