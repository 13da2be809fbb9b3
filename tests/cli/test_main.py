import subprocess
import sys

import pytest

from failgym.cli.main import COMMANDS

MISTAKES = {
    "rolout": "'rollout'",
    "generate --env PickCub --out x": "'PickCube-v0'",
    "generate --env PointPick --perturbations slipp --out x": "'slip'",
    "generate --env PointPick --perturbations gaurdian --out x": "'guardian'",
    'generate --env PointPick --perturbations {"name":"slip","delay":3} --out x': "delay_steps",
    "generate --env PointPick --perturbations {slip} --out x": "JSON",
    "generate --env PointPick --seeds 5:2:1 --out x": "0:50",
    "generate --env PointPick --seeds -3 --out x": "0:50",
    "generate --env PointPick --frames every-0 --out x": "every-K",
    "generate --env PointPick --workers 0 --out x": "1 or more",
    "generate --env PointPick --workers 1 --cameras top --out x": "'top'",
    "generate --env PointPick --workers 1 --renderer ray --out x": "renderer",
    "rollout --env PointPick --verifier orakle": "'oracle'",
    "rollout --env PointPick --recovery retri": "'retry'",
    "rollout --env PointPick --arms blind_retry": "'blind-retry'",
    "replay nowhere": "nowhere",
    "envs PickCubes": "'PickCube-v0'",
    "perturbations no_open": "'no_close'",
    "demo --seeds 0": "1 to",
    "demo --clips -1": "0 or more",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_clear_line(failgym, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    ran = failgym(*line.split())
    assert ran.code == 2
    assert ran.out == ""
    told = [text for text in ran.err.splitlines() if text.startswith("failgym: ")]
    assert len(told) == 1, ran.err
    assert MISTAKES[line] in told[0]
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("line", ["generate", "generate --env PointPick --outt x", "envs --jsn", "demo --seeds many"])
def test_options_that_do_not_exist_end_with_2(failgym, line):
    ran = failgym(*line.split())
    assert ran.code == 2
    assert "Traceback" not in ran.out + ran.err


def test_help_names_every_command(failgym):
    for arguments in ((), ("--help",)):
        ran = failgym(*arguments)
        assert ran.code == 0
        assert all(command in ran.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(failgym, command):
    ran = failgym(command, "--help")
    assert ran.code == 0
    assert f"usage: failgym {command}" in ran.out


def test_version(failgym):
    assert failgym("--version").out.startswith("0.")


def test_help_loads_neither_simulator_nor_codec():
    check = """
import sys
from failgym.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"mujoco", "av", "imageio", "torch", "PIL"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", check], check=True, stdout=subprocess.DEVNULL)


def test_whoever_stops_reading_causes_no_traceback():
    command = f"{sys.executable} -m failgym.cli.main perturbations --json | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("[")
    assert ran.stderr == ""
