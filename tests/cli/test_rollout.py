import pytest

from failgym.episodes.files import EPISODE, load

TOY = ("rollout", "--env", "PointPick", "--seeds", "0:3", "--workers", 1)


def rates(text):
    """Arm -> successes of its row in the last table."""
    lines = text.split("\n\n")[0].splitlines()
    return {line[:13].strip(): line[13:].split()[0] for line in lines if "/" in line}


def test_the_arms(failgym):
    ran = failgym(*TOY, "--perturbations", "no_close", "--verifier", "gripper-rules", "oracle")
    assert ran.code == 0
    found = rates(ran.out)
    assert list(found) == ["nominal", "no verifier", "blind retry", "gripper-rules", "oracle"]
    assert found["nominal"] == found["oracle"] == "3/3"
    assert found["no verifier"] == "0/3"


def test_episodes_are_saved_and_read_again(failgym, tmp_path, monkeypatch):
    out = tmp_path / "out"
    first = failgym(*TOY, "--perturbations", "slip", "--out", out, "--arms", "none", "gripper-rules")
    assert first.code == 0
    episodes = sorted(out.rglob(EPISODE))
    assert len(episodes) == 6
    assert [judged.kind for judged in load(episodes[0].parent).verdicts]

    def never(*_, **__):
        raise AssertionError("this episode exists already")

    monkeypatch.setattr("failgym.cli.arms._episode", never)
    again = failgym(*TOY, "--perturbations", "slip", "--out", out, "--arms", "none", "gripper-rules")
    assert (again.code, again.out) == (0, first.out)


def test_one_table_for_each_perturbation(failgym):
    ran = failgym(*TOY, "--perturbations", "slip,no_close", "--arms", "none", "--by-perturbation")
    assert [table.split()[0] for table in ran.out.split("\n\n")] == ["no_close", "slip", "arm"]


@pytest.mark.parametrize("arm", ["nominal", "none", "blind-retry", "gripper-rules"])
def test_each_arm_alone(failgym, arm):
    ran = failgym(*TOY, "--perturbations", "no_close", "--arms", arm)
    assert ran.code == 0
    assert len(rates(ran.out)) == 1
