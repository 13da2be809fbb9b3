"""Failures at every seat of a robosuite environment, their certificates, and the commands that make and check them."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from failgym.cli.main import main
from failgym.envs.registration import make_base
from failgym.episodes import Certificate
from failgym.episodes.files import save_certificate
from failgym.generate import MOUNTS, Generator, replay
from failgym.generate import versions as core_versions
from failgym.perturbations import CONDITIONS
from tests.helpers import LIFT

pytestmark = [pytest.mark.robosuite, pytest.mark.nogl]

STACK = "FailGym/Robosuite.Stack-v0"


@pytest.fixture(scope="module")
def lift():
    with Generator(LIFT) as generator:
        yield generator


# -- seats -------------------------------------------------------------------------------------------------------------


def test_a_plan_perturbation_changes_the_plan():
    nominal, injected = make_base(STACK), make_base(STACK, ["missing_subtask"])
    plan, told = nominal.reset(seed=3)[1]["plan"], injected.reset(seed=3)[1]["plan"]
    assert told != plan
    assert len(told.splitlines()) == len(plan.splitlines()) - 1


def test_a_scene_perturbation_changes_physics():
    nominal, heavy = make_base(LIFT), make_base(LIFT, ["mass"])
    for env in (nominal, heavy):
        env.reset(seed=3)
    body = nominal.unwrapped.world.body("red cube")
    assert heavy.unwrapped.world.model.body_mass[body] != nominal.unwrapped.world.model.body_mass[body]
    (receipt,) = heavy.injections
    heavy.reset(seed=3, options={"injections": []})
    assert heavy.unwrapped.world.model.body_mass[body] == nominal.unwrapped.world.model.body_mass[body]
    assert receipt.t_first == 0


def test_an_action_perturbation_changes_what_is_executed():
    nominal, injected = make_base(LIFT), make_base(LIFT, ["slow_motion"])
    move = np.r_[0.0, 0.0, -0.02, 0.0, 0.0, 0.0, 0.0].astype(np.float32)
    heights = []
    for env in (nominal, injected):
        env.reset(seed=3)
        for _ in range(8):
            env.step(move)
        heights.append(env.unwrapped.scene.hand().pose.position[2])
    assert injected.injections[0].t_first is not None
    assert heights[1] > heights[0] + 0.01


def test_an_observation_perturbation_changes_what_is_seen():
    look = {"obs_mode": "rgb", "cameras": ("front",), "image_size": (48, 40), "renderer": "ray"}
    nominal, blurred = make_base(LIFT, **look), make_base(LIFT, ["blur"], **look)
    (name,) = nominal.observation_space.spaces
    seen = [env.reset(seed=3)[0][name].astype(int) for env in (nominal, blurred)]
    rows = [env.unwrapped.state_bytes() for env in (nominal, blurred)]
    assert rows[0] == rows[1]
    assert np.abs(seen[0] - seen[1]).max() > 10


def test_every_condition_acts_or_says_why_not():
    look = {"obs_mode": "rgb+state", "cameras": ("front",), "image_size": (48, 40), "renderer": "ray"}
    env = make_base(STACK, list(CONDITIONS), **look)
    env.reset(seed=3)
    env.step(np.zeros(7, dtype=np.float32))
    idle = {injection.name for injection in env.injections if "not_applicable" in injection.params}
    assert {injection.name for injection in env.injections} == set(CONDITIONS)
    assert idle == {"distractors", "texture"}, "what needs things or patterns that are not in robosuite's models"


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["no_close", "translation", "missing_subtask", "human_intervention"])
def test_a_failure_is_certified_and_replays_bit_for_bit(lift, name):
    certificates = [lift.triplet(name, seed).certificate for seed in range(2)]
    assert any(certificate.holds for certificate in certificates), [c.reason for c in certificates]
    proof = next(certificate for certificate in certificates if certificate.holds)
    again = replay(Certificate.from_json(json.loads(json.dumps(proof.to_json()))))
    assert (again.matches, again.bitwise, again.certificate) == (True, True, proof), again.differences


@pytest.mark.parametrize("mount", [mount for mount in MOUNTS if mount != "keypose"])
def test_it_holds_at_the_other_mounts(mount):
    with Generator(LIFT, mount=mount) as generator:
        proof = generator.triplet("no_close", 1).certificate
    assert proof.holds, proof.reason
    assert replay(proof).bitwise


def test_certificates_name_robosuite(lift):
    certificate = lift.triplet("no_close", 0).certificate
    assert certificate.versions["robosuite"] == "1.5.2"
    assert certificate.versions.keys() - core_versions().keys() == {"robosuite", "numba", "linear algebra"}
    older = certificate.versions | {"robosuite": "1.5.1"}
    again = replay(replace(certificate, versions=older, digests={}), lift)
    assert (again.matches, again.bitwise) == (True, False)
    assert again.other_versions == ("robosuite 1.5.1 before, 1.5.2 now",)


_OLDER = {"OPENBLAS_CORETYPE": "Nehalem"}
"""Linear algebra without AVX2, which rounds otherwise."""


def test_another_process_repeats_every_bit_and_another_processor_says_so(lift, tmp_path):
    file = tmp_path / "certificate.json"
    save_certificate(lift.triplet("translation", 0).certificate, file)
    command = [sys.executable, "-m", "failgym.cli.main", "replay", str(file)]
    otherwise = [(_OLDER, "the same outcomes (bits not compared: linear ")] if platform.machine() == "x86_64" else []
    for environment, told in [({}, "bit-identical"), *otherwise]:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert told in ran.stdout


# -- commands ----------------------------------------------------------------------------------------------------------


def run(capsys, *arguments):
    """Run a command in this process; return its exit code and what it said."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_generate_and_replay(capsys, tmp_path):
    made = tmp_path / "made"
    where = ("--env", "Robosuite.Lift", "--perturbations", "no_close", "--seeds", "0:2", "--out", made, "--workers", 1)
    code, told = run(capsys, "generate", *where, "--frames", "none")
    assert code == 0, told
    files = sorted(made.rglob("certificate.json"))
    assert len(files) == 2
    assert json.loads(files[0].read_text())["versions"]["robosuite"] == "1.5.2"
    assert run(capsys, "replay", made, "--workers", 1) == (0, "2 of 2 bit-identical\n")


def test_rollout(capsys):
    where = ("--env", "Robosuite.Lift", "--perturbations", "no_close", "--seeds", "0:1", "--workers", 1)
    code, told = run(capsys, "rollout", *where, "--verifier", "oracle", "--arms", "nominal", "none", "oracle")
    assert code == 0, told
    shares = {line.split()[0]: line for line in told.splitlines() if line.strip()}
    assert "1/1" in shares["nominal"] or "1 of 1" in shares["nominal"], told


def test_audit(capsys, tmp_path):
    out = tmp_path / "audit"
    where = ("--tasks", "Robosuite.Lift", "--modes", "no_close", "slip", "--seeds", "0:2", "--workers", 1)
    code, told = run(capsys, "audit", "--out", out, *where)
    assert code == 0, told
    cells = {cell["mode"]: cell for cell in json.loads((out / "audit.json").read_text())["cells"]}
    assert cells["no_close"]["failed_as_labelled"]["value"] == 1.0
    assert cells["slip"]["task"] == "Robosuite.Lift"
