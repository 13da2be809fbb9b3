import json

import pytest

from failgym.cli import doctor
from failgym.cli.doctor import conflicts, core, graphics, optional, smoke
from failgym.sim.render import backend

HERE = {"failgym": "0.1.0", "mujoco": "3.9.0", "numpy": "2.4.6", "gymnasium": "1.4.0"}


@pytest.fixture
def installed(monkeypatch):
    def pretend(**packages):
        known = HERE | {name.replace("_", "-"): version for name, version in packages.items()}
        monkeypatch.setattr(doctor, "versions", lambda names: {n: v for n, v in known.items() if n in names})
        monkeypatch.setattr(doctor, "_present", lambda module: module != "cv2")

    return pretend


def test_it_works_here(failgym):
    ran = failgym("doctor")
    assert ran.code == 0, ran.out
    assert "FailGym works here." in ran.out
    assert "no_close is certified" in ran.out


def test_json(failgym):
    report = json.loads(failgym("doctor", "--json").out)
    assert report["healthy"] is True
    assert {"python", "mujoco", "OpenGL", "triplet"} <= {finding["topic"] for finding in report["findings"]}


def test_no_conflict_here(installed):
    installed()
    assert not list(conflicts())


@pytest.mark.parametrize(
    ("packages", "remedy"),
    [
        ({"mujoco": "4.0.0"}, "mujoco>=3.5,!=4.0.0"),
        ({"mujoco": "3.2.7"}, "mujoco>=3.5"),
        ({"numpy": "1.24.4"}, "numpy>=1.26"),
        ({"gymnasium": "0.29.1"}, "gymnasium>=1.2,<2"),
        ({"gymnasium": "2.0.0"}, "gymnasium>=1.2,<2"),
        ({"mujoco": "3.17.0", "robosuite": "1.5.2"}, "mujoco>=3.5,<3.8"),
        ({"mujoco": "3.8.1", "robosuite": "1.5.2"}, "mujoco>=3.5,<3.8"),
        ({"robosuite": "1.5.1"}, "robosuite==1.5.2"),
        ({"robosuite": "1.5.2"}, "opencv-python-headless"),
        ({"mink": "0.0.5", "numpy": "1.26.4"}, "mink>=1,<1.3"),
        ({"stable_baselines3": "2.9.2"}, "failgym[rl]"),
    ],
)
def test_conflicts_come_with_a_way_out(installed, packages, remedy):
    installed(**packages)
    assert any(remedy in finding.remedy for finding in conflicts())


def test_robosuite_with_the_mujoco_of_its_lock_has_no_conflict(installed, monkeypatch):
    installed(mujoco="3.7.0", robosuite="1.5.2")
    monkeypatch.setattr(doctor, "_present", lambda module: True)
    assert not list(conflicts())


@pytest.mark.robosuite
def test_robosuite_is_tried_where_it_is_installed(monkeypatch):
    for other in ("_environment", "_triplet", "_picture"):
        monkeypatch.setattr(doctor, other, lambda: "")
    (found,) = [finding for finding in smoke() if finding.topic == "robosuite"]
    assert found.level == "ok", found.text


def test_what_is_missing_comes_with_its_pip_line(installed):
    installed()
    absent = {finding.topic: finding for finding in optional()}
    assert absent["robosuite"].level == "absent"
    assert absent["robosuite"].remedy == "pip install 'failgym[robosuite]'"
    assert any(finding.level == "problem" and finding.remedy == "pip install tyro" for finding in core())


@pytest.mark.nogl
def test_without_opengl_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(backend, "find_backend", lambda: backend.Backend(None, "tried egl, osmesa"))
    (finding,) = graphics()
    assert finding.level == "absent"
    assert "libosmesa6" in finding.remedy


def test_what_is_broken_is_reported_and_not_raised(failgym, monkeypatch):
    def broken():
        raise OSError("no such library")

    monkeypatch.setattr(doctor, "_environment", broken)
    assert any(finding.level == "problem" and "no such library" in finding.text for finding in smoke())
    assert failgym("doctor").code == 1
