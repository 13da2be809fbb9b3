"""The contract suite: on the fake always, so that it is itself tested, and on a real RLBench where there is one."""

import pytest

from failgym.cli import rlbench_contract
from failgym.cli.doctor_rlbench import examine
from failgym.cli.rlbench_contract import CHECKS, FAILS_AT, TASKS, Bench, report, run

FAKE = "tests.envs.rlbench.fake:FakeSimulator"


@pytest.mark.parametrize("check", [check for check in CHECKS if check.__name__ != "check_certificate"])
def test_on_the_fake(check, monkeypatch):
    monkeypatch.setattr(rlbench_contract, "CHECKS", (check,))
    tasks = ("pick_and_lift", "push_buttons") if check.__name__ == "check_execution_failures" else TASKS[:2]
    (result,) = run(Bench(FAKE, tasks, seeds=2))
    assert result.level == "ok", result.text


def test_the_report_of_the_fake_says_that_it_is_none(tmp_path, monkeypatch, capsys):
    checks = [check for check in CHECKS if check.__name__ in ("check_execution_failures", "check_certificate")]
    monkeypatch.setattr(rlbench_contract, "CHECKS", tuple(checks))
    file = tmp_path / "report.md"
    assert examine(file, ("OpenDrawer",), simulator=FAKE) == 0, capsys.readouterr().out
    text = file.read_text()
    assert text.startswith(f"# FailGym on {FAKE}: not RLBench")
    assert all(f"| open_drawer | {mode} | True | True |" in text for mode in FAILS_AT["open_drawer"])
    assert "| certificate | ok |" in text


def test_what_breaks_is_a_result(monkeypatch):
    def check_nothing(bench):
        raise OSError("no such library")

    monkeypatch.setattr(rlbench_contract, "CHECKS", (check_nothing,))
    bench = Bench(FAKE)
    (result,) = run(bench)
    assert (result.name, result.level) == ("nothing", "problem")
    assert "OSError in check_nothing" in result.text
    assert "no such library" in report(bench, [result])


@pytest.mark.rlbench
@pytest.mark.timeout(3600)
def test_on_rlbench():
    bench = Bench()
    results = list(run(bench))
    text = report(bench, results)
    assert all(result.level != "problem" for result in results), text
