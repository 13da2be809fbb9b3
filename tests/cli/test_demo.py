import json
import re

import pytest

from failgym.cli import arms, demo, demo_jobs
from failgym.episodes.files import load_triplet

TOY = ("demo", "--seeds", 2, "--clips", 3, "--workers", 1, "--out")


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setattr(demo, "TASKS", ("PointPick",))
    monkeypatch.setattr(demo, "pictures", lambda: {"image_size": (64, 48)})


def test_one_page_from_certified_triplets_and_the_loop(failgym, tmp_path):
    ran = failgym(*TOY, tmp_path / "demo")
    assert ran.code == 0, ran.err
    page = (tmp_path / "demo" / "report.html").read_text()
    assert page.count("data:video/mp4") == 3
    assert str(tmp_path / "demo" / "report.html") in ran.out
    assert re.search(r"(\d+) of \1 replays bit-identical", ran.out)
    for name in ("missing_subtask", "no verifier", "blind retry", "gripper-rules", "oracle"):
        assert name in ran.out
    assert max(map(len, ran.out.splitlines()[:20])) <= 100


def test_a_second_run_makes_nothing_again(failgym, tmp_path, monkeypatch):
    first = failgym(*TOY, tmp_path / "demo")

    def never(*_, **__):
        raise AssertionError("this is known already")

    for module, name in ((demo_jobs, "triplets"), (demo_jobs, "replayed"), (demo_jobs, "clip"), (arms, "run")):
        monkeypatch.setattr(module, name, never)
    again = failgym(*TOY, tmp_path / "demo")
    assert again.code == 0, again.err
    assert again.out.splitlines()[:-1] == first.out.splitlines()[:-1]


def test_a_stopped_run_is_gone_on_with(failgym, tmp_path, monkeypatch):
    made = []

    def stopped(job):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(job)
        return run(job)

    run = arms.run
    monkeypatch.setattr(arms, "run", stopped)
    ran = failgym(*TOY, tmp_path / "demo")
    assert ran.code == 130
    assert "goes on from there" in ran.err
    monkeypatch.setattr(arms, "run", run)
    again = failgym(*TOY, tmp_path / "demo")
    assert again.code == 0
    assert "loop: 3 of 20 are there already" in again.err


def test_seeds_of_triplets_and_loop_never_meet(failgym, tmp_path):
    failgym(*TOY, tmp_path / "demo")
    (results,) = (tmp_path / "demo").glob("results-*.jsonl")
    keys = [json.loads(line)["key"].split("/") for line in results.read_text().splitlines()]
    triplets = {int(key[-1]) for key in keys if key[0] == "triplet"}
    loop = [int(key[-1]) for key in keys if key[0] == "arms"]
    assert triplets == {0, 1}
    assert min(loop) >= demo.HELD_OUT
    assert len(set(loop)) == len(loop)


def test_the_gallery_shows_each_perturbation(failgym, tmp_path):
    failgym("demo", "--seeds", 1, "--clips", 10, "--workers", 1, "--out", tmp_path / "demo")
    shown = [load_triplet(path).certificate for path in (tmp_path / "demo").glob("clips-*/*")]
    assert len({certificate.perturbation["name"] for certificate in shown}) == len(shown)
    assert all(certificate.holds for certificate in shown)


def test_source_changes_the_key():
    assert demo.run_id() == demo.run_id()
    assert len(demo.run_id()) == 8
