"""The whole flow, end to end, on the toy. It stays green for life."""

import json
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import failgym
from failgym.agents import run_subtask
from failgym.episodes import Outcome, Recorder, blank

pytestmark = pytest.mark.nogl

ENV_ID = "FailGym/PointPick-v0"
SEED = 7


def test_from_an_environment_to_a_proof_that_replays(tmp_path: Path):
    # An environment that fails on purpose, driven like any other.
    env = gym.make(f"failgym:{ENV_ID}", perturbations=["delay_close"], obs_mode="rgb+state")
    observation, info = env.reset(seed=SEED)
    assert env.observation_space.contains(observation)
    plan = failgym.Plan.parse(info["plan"], info["instruction"])
    recorder, expert = Recorder(), failgym.WaypointExpert()
    env.unwrapped.recorder = recorder
    for index, subtask in enumerate(plan.subtasks):
        run_subtask(env, expert, recorder, (index, 0, subtask))
    *_, info = env.step(np.array([0, 0, 0, 0, 0, 0, 1], dtype=np.float32))
    env.unwrapped.recorder = None
    assert info["success"] is False
    (receipt,) = info["injections"]
    assert receipt["name"] == "delay_close"
    assert receipt["t_first"] is not None

    # What was recorded tells what went wrong.
    base = env.unwrapped
    episode = recorder.finish(
        blank(ENV_ID, {}, SEED, plan, base.state_names), Outcome(False), env.get_wrapper_attr("injections")
    )
    assert [span.achieved for span in episode.spans] == [False, False]
    assert len(episode.frames) >= 3
    assert episode.frames[0].image[:2] == b"\xff\xd8"

    # The proof: nominal success, injected failure for the labelled reason, corrected success.
    triplet = failgym.generate.triplet(ENV_ID, "delay_close", seed=SEED, recording=failgym.generate.Recording())
    certificate = triplet.certificate
    assert certificate.holds
    assert certificate.recoverable
    assert certificate.failure is failgym.FailureMode.DELAY_CLOSE
    assert certificate.injection.params == receipt["params"]
    assert certificate.fix.text
    assert [run.outcome.success for run in triplet.episodes.values()] == [True, False, True, True]
    assert all(run.frames for run in triplet.episodes.values())

    # Anybody can check it from a file.
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(certificate.to_json()))
    again = failgym.generate.replay(failgym.Certificate.from_json(json.loads(path.read_text())))
    assert again.matches
    assert again.bitwise


def test_from_a_verifier_in_the_loop_to_a_page(tmp_path: Path):
    arms = {"nobody": (None, None), "rules": ("gripper-rules", "retry"), "oracle": ("oracle", "replan")}
    env = gym.make(f"failgym:{ENV_ID}", perturbations=["no_close"])
    episodes = {
        arm: failgym.rollout(env, verifier=verifier, recovery=recovery, seed=SEED)
        for arm, (verifier, recovery) in arms.items()
    }
    assert [episode.outcome.success for episode in episodes.values()] == [False, True, True]
    assert [episode.interventions for episode in episodes.values()] == [0, 1, 1]
    told = episodes["oracle"].verdicts
    assert all((judged.verdict.outcome == "success") == judged.truth for judged in told)

    triplet = failgym.generate.triplet(
        ENV_ID, "no_close", seed=SEED, recording=failgym.generate.Recording(boundaries=False, every_steps=2)
    )
    results = [
        failgym.report.ArmResult(ENV_ID, "no_close", arm, SEED, episode.outcome.success, episode.interventions)
        for arm, episode in episodes.items()
    ]
    sample = failgym.report.Sample(triplet)
    data = failgym.report.ReportData("tracer", {}, [triplet.certificate], results, [sample])
    page = failgym.report.write_report(data, tmp_path / "report.html").read_text()
    assert triplet.certificate.reason.capitalize() in page or triplet.certificate.reason in page
    assert "data:video/mp4;base64," in page
