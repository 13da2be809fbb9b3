import json

import pytest

from failgym.cli.doctor_rlbench import examine
from failgym.envs.registration import make_base
from failgym.envs.rlbench import presence
from failgym.envs.rlbench.errors import MissingSimulatorError


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("libcoppeliaSim.so", "libcoppeliaSim.so.1", "simAddOnScript_PyRep.lua"):
        (tmp_path / name).touch()
    monkeypatch.setenv("COPPELIASIM_ROOT", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":99")
    return tmp_path


def test_what_is_missing_is_named_with_what_to_do(monkeypatch):
    monkeypatch.delenv("COPPELIASIM_ROOT", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    topics = {found.topic: found for found in presence.missing()}
    assert "set COPPELIASIM_ROOT" in topics["COPPELIASIM_ROOT"].remedy
    assert "xvfb-run" in topics["DISPLAY"].remedy
    with pytest.raises(MissingSimulatorError, match=r"COPPELIASIM_ROOT: not set.*failgym doctor --backend rlbench"):
        make_base("FailGym/RLBench-v0", task="open_drawer")


def test_coppeliasim_is_recognised(root):
    levels = {found.topic: found.level for found in presence.look()}
    assert levels["COPPELIASIM_ROOT"] == "ok"
    assert levels["DISPLAY"] == "ok"
    (root / "libcoppeliaSim.so.1").unlink()
    (root / "simAddOnScript_PyRep.lua").unlink()
    levels = {found.topic: found for found in presence.look()}
    assert levels["COPPELIASIM_ROOT"].level == "warning"
    assert "ln -s" in levels["COPPELIASIM_ROOT"].remedy
    assert levels["simAddOnScript_PyRep.lua"].level == "problem"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "another one of the same name"),
        (("backend/sim.py",), "compiled part is missing"),
        (("backend/sim.py", "backend/_sim_cffi.abi3.so"), ""),
    ],
)
def test_an_unrelated_pyrep_is_told_from_the_right_one(tmp_path, monkeypatch, files, words):
    package = tmp_path / "pyrep"
    (package / "backend").mkdir(parents=True)
    (package / "__init__.py").touch()
    for name in files:
        (package / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    found = next(each for each in presence.look() if each.topic == "pyrep")
    assert words in found.text
    assert found.level == ("problem" if words else "ok")


def test_the_doctor_says_that_nothing_was_run(failgym_root, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COPPELIASIM_ROOT", raising=False)
    assert examine(tmp_path / "report.md") == 1
    printed = capsys.readouterr().out
    assert "PROBLEM  COPPELIASIM_ROOT" in printed
    assert "The contract suite was not run" in printed
    assert not (tmp_path / "report.md").exists()
    assert examine(tmp_path / "report.md", as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["healthy"] is False


@pytest.fixture
def failgym_root(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
