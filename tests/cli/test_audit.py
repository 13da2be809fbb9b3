import json

from failgym.cli.audit import _tasks, shortfalls
from failgym.episodes import Status
from failgym.tasks import NATIVE

ASKED = ("audit", "--tasks", "PickCube", "--modes", "no_close", "slip", "--seeds", "0:2", "--workers", 1, "--out")


def test_writes_counts_and_a_heat_map_and_goes_on(failgym, tmp_path):
    ran = failgym(*ASKED, tmp_path / "audit", "--check")
    assert ran.code == 0
    assert "0 goals missed" in ran.out
    result = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert [(cell["task"], cell["mode"]) for cell in result["cells"]] == [
        ("PickCube", "no_close"),
        ("PickCube", "slip"),
    ]
    for cell in result["cells"]:
        assert cell["counts"]["certified"] == 2
        assert cell["median_onset"] > 0
        for name in ("failed_as_labelled", "avoid", "recover", "observable"):
            assert cell[name]["n"] == 2
            low, high = cell[name]["wilson"]
            assert low <= cell[name]["value"] <= high
    assert result["modes"]["slip"]["failed_as_labelled"] == {"value": 1.0, "n": 2, "wilson": [0.3424, 1.0]}
    page = (tmp_path / "audit" / "index.html").read_text()
    assert "no_close at PickCube" in page
    again = failgym(*ASKED, tmp_path / "audit")
    assert "1 of 1 tasks are there already" in again.err


def test_another_robot(failgym, tmp_path):
    ran = failgym(*ASKED, tmp_path / "audit", "--robot", "ur5e", "--modes", "no_close")
    assert ran.code == 0
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["cells"][0]["counts"]["certified"] == 2
    assert "robot 'ur5e' and not None" in failgym(*ASKED, tmp_path / "audit", "--modes", "no_close").err
    assert "panda, ur5e" in failgym(*ASKED, tmp_path / "other", "--robot", "aloha").err
    assert "Did you mean 'ur5e'" in failgym(*ASKED, tmp_path / "other", "--robot", "ur5").err
    assert not (tmp_path / "other").exists()


def test_all_tasks_are_those_that_the_robot_can_do():
    single, pair = _tasks(("all",), "ur5e"), _tasks(("all",), "aloha")
    assert set(single).isdisjoint(pair)
    assert sorted((*single, *pair)) == sorted(_tasks(("all",), None)) == sorted(NATIVE)


def test_what_misses_a_goal_is_named():
    counts = {str(status): 0 for status in Status}

    def cell(mode, labelled, avoid=1.0, **extra):
        rates = {"value": labelled, "n": 10, "wilson": [0, 1]}, {"value": avoid, "n": 10, "wilson": [0, 1]}
        named = {"failed_as_labelled": rates[0], "avoid": rates[1], "recover": None, "observable": None}
        return {"mode": mode, "task": "T", "counts": counts | extra} | named

    assert shortfalls([cell("a", 1.0)]) == []
    assert shortfalls([cell("a", 0.5)]) == [
        "a at T: 50% of 10 failed as labelled",
        "the median mode failed as labelled in 50%",
    ]
    assert shortfalls([cell("a", 1.0, avoid=0.9)]) == ["a at T: the fix saved 90% of 10"]
    assert shortfalls([cell("a", 1.0, no_effect=2)]) == ["a at T: 2 injections changed nothing"]


def test_unknown_tasks_and_modes_are_named(failgym, tmp_path):
    assert "PickCube" in failgym("audit", "--tasks", "PickCub", "--out", tmp_path / "a").err
    assert "slip" in failgym("audit", "--tasks", "PickCube", "--modes", "slipp", "--out", tmp_path / "b").err
