import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from failgym.cli.generate import certificates, frame_steps
from failgym.episodes import Severity, Status
from failgym.episodes.files import load_triplet

TOY = ("generate", "--env", "PointPick", "--workers", 1, "--frames", "none", "--out")


def digests(folder):
    return {(c.seed, c.perturbation["name"]): (c.status, c.digests) for c in certificates(Path(folder))}


def test_what_holds_is_exported_and_the_rest_is_counted(failgym, tmp_path):
    # An offset that small changes states and fails nothing.
    tiny = '{"name": "translation", "distance": 0.001}'
    ran = failgym(*TOY, tmp_path / "out", "--perturbations", "slip", tiny, "--seeds", "0:3", "--frames", "boundaries")
    assert ran.code == 0
    assert "3 certified triplets of 6 attempts" in ran.out
    found = certificates(tmp_path / "out")
    assert [c.status for c in found].count(Status.CERTIFIED) == 3
    assert [c.status for c in found].count(Status.SURVIVED) == 3
    triplet = load_triplet(tmp_path / "out" / "certified" / "PointPick-v0" / "slip" / "seed-000001")
    assert triplet.certificate.holds
    assert all(episode.frames for episode in triplet.episodes.values())
    assert len(list((tmp_path / "out" / "rejected").rglob("*.json"))) == 3
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["attempts"], summary["certified"]) == (6, 3)
    settings = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert settings["content"]["mount"] == "keypose"
    assert "mujoco" in settings["versions"]


PLACED = ("--severity", "near_miss", "just_failing", "gross")


def test_severities_are_placed_counted_and_replayed(failgym, tmp_path):
    out = tmp_path / "out"
    asked = (*TOY, out, "--perturbations", "translation,slip", "--seeds", "0:2", "--frames", "boundaries")
    ran = failgym(*asked, *PLACED)
    assert ran.code == 0
    assert "4 certified triplets and 2 near misses of 12 attempts" in ran.out
    assert re.search(r"translation +near_miss +0\.0\d+ m", ran.out)
    assert re.search(r"slip +gross +- ", ran.out)
    assert sorted(path.name for path in out.glob("certified/PointPick-v0/*/*")) == [
        "seed-000000-gross",
        "seed-000000-just_failing",
        "seed-000001-gross",
        "seed-000001-just_failing",
    ]
    rows = json.loads((out / "summary.json").read_text())["by_env_and_perturbation"]
    assert [(row["perturbation"], row["severity"]) for row in rows] == [
        (name, severity) for name in ("slip", "translation") for severity in PLACED[1:]
    ]
    assert all(row["not_applicable"] == 2 for row in rows[:3])
    assert 0.005 < rows[3]["boundary"]["m"] == rows[5]["boundary"]["m"]
    assert all("no magnitude" in c.reason for c in certificates(out) if c.perturbation["name"] == "slip")
    replayed = failgym("replay", out, "--workers", 1)
    assert (replayed.code, replayed.out) == (0, "12 of 12 bit-identical\n")


def test_near_misses_are_kept_as_successes(failgym, tmp_path):
    failgym(
        *TOY, tmp_path / "out", "--perturbations", "translation", "--seeds", "0", "--frames", "boundaries", *PLACED[:2]
    )
    (folder,) = (tmp_path / "out" / "near_misses").glob("*/*/*")
    made = load_triplet(folder)
    assert made.certificate.near_miss
    assert list(made.episodes) == ["nominal", "injected"]
    assert made.injected.outcome.success
    assert made.injected.outcome.failure is made.certificate.failure is None
    assert made.injected.injections[0].severity.label is made.certificate.severity is Severity.NEAR_MISS
    assert made.injected.frames


def test_a_folder_may_grow_by_severities(failgym, tmp_path):
    asked = (*TOY, tmp_path / "out", "--perturbations", "translation", "--seeds", "0")
    failgym(*asked)
    assert "severity" not in failgym(*asked).out
    ran = failgym(*asked, "--severity", "gross", "just_failing")
    assert "2 of 2, " in ran.err
    assert re.search(r"translation +as drawn", ran.out)
    assert "1 of 3 are there already" not in ran.err
    assert "2 of 2 are there already" in failgym(*asked, "--severity", "gross", "just_failing").err


def test_another_robot(failgym, tmp_path):
    asked = ("--perturbations", "no_close", "--seeds", "0", "--frames", "none", "--workers", 1)
    failgym("generate", "--env", "PickCube", "--out", tmp_path / "out", "--robot", "ur5e", *asked)
    (certificate,) = certificates(tmp_path / "out")
    assert certificate.holds
    assert certificate.env_kwargs == {"robot": "ur5e"}


def test_what_exists_is_skipped(failgym, tmp_path):
    out = tmp_path / "out"
    failgym(*TOY, out, "--perturbations", "slip", "--seeds", "0:2")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("certificate.json")}
    ran = failgym(*TOY, out, "--perturbations", "slip,no_close", "--seeds", "0:3")
    assert "2 of 6 are there already" in ran.err
    assert len(certificates(out)) == 6
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())


def test_other_settings_need_another_folder(failgym, tmp_path):
    failgym(*TOY, tmp_path / "out", "--perturbations", "slip", "--seeds", "0")
    ran = failgym(*TOY, tmp_path / "out", "--perturbations", "slip", "--seeds", "1", "--mount", "control")
    assert ran.code == 2
    assert "mount 'keypose' and not 'control'" in ran.err


@pytest.mark.parametrize("kind", ["file", "foreign"])
def test_a_folder_of_somebody_else_is_left_alone(failgym, tmp_path, kind):
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").write_text("mine")
    ran = failgym(*TOY, target, "--seeds", "0")
    assert ran.code == 2
    assert "--out" in ran.err
    assert (target if kind == "file" else target / "mine").read_text() == "mine"


def test_the_number_of_workers_does_not_show(failgym, tmp_path):
    arguments = ("--perturbations", "slip,wrong_object", "--seeds", "0:3")
    assert failgym(*TOY, tmp_path / "one", *arguments).code == 0
    assert failgym(*TOY, tmp_path / "two", *arguments, "--workers", 2).code == 0
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize(("text", "steps"), [("none", None), ("boundaries", 0), ("every-1", 1), ("every-12", 12)])
def test_frames(text, steps):
    assert frame_steps(text) == steps


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished(failgym, tmp_path, workers):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "failgym.cli.main", "generate", "--env", "PointPick", "--out", str(out)]
    command += ["--seeds", "0:500", "--workers", str(workers), "--image-size", "32", "32"]
    running = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(list(out.glob("certified/*/*/seed-*/certificate.json"))) < 10:
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # A terminal sends Ctrl-C to every process of the group.
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130, told
    assert "the same command goes on from there" in told
    assert "Traceback" not in told
    finished = list(out.glob("certified/*/*/*"))
    assert len(finished) >= 10
    for folder in finished:
        if not folder.name.startswith(".part-"):
            assert len(load_triplet(folder).episodes) == 4
    before = len(certificates(out))
    assert json.loads((out / "summary.json").read_text())["attempts"] == before
    ran = failgym(
        "generate", "--env", "PointPick", "--out", out, "--seeds", "0:2", "--image-size", 32, 32, "--workers", 1
    )
    assert ran.code == 0
    assert "are there already" in ran.err
    assert not list(out.rglob(".part-*"))
    assert len(certificates(out)) >= before
