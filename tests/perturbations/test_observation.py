"""The observation seat: what policies see is altered, purely, within the space, and nothing else is."""

import copy
import json

import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.episodes import EE_DELTA, StepContext
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import Stage
from failgym.perturbations import CATALOGUE, CONDITIONS, ObservationPerturbation, build, stream
from failgym.scene import SceneFacts
from tests.helpers import POINT_PICK, run_plan, same, shares_memory
from tests.perturbations.test_contract import FACTS

pytestmark = pytest.mark.nogl

SEAT = [name for name in CONDITIONS if isinstance(build(name), ObservationPerturbation)]
PICTURED = ["occlusion", "blur", "image_noise", "dropped_frames"]
LOOKS_BACK = {"dropped_frames": {"frozen_steps": 3, "fresh_steps": 2}, "stale_state": {"lag_steps": 3}}


def toy(*perturbations, **kwargs):
    return make_base(POINT_PICK, list(perturbations), obs_mode="rgb+state", control_mode="ee_delta", **kwargs)


def forward(env, steps=12, seed=0):
    """Observations of a hand that goes forward."""
    action = np.zeros(7)
    action[0] = 0.01
    return [env.reset(seed=seed)[0], *(env.step(action)[0] for _ in range(steps))]


def at(step, seen=()):
    return StepContext(EE_DELTA, step, 0, 0, Stage.APPROACH, 0, seen=seen)


def specs():
    return [{"name": name} | LOOKS_BACK.get(name, {}) for name in SEAT]


def test_they_are_conditions_and_no_failures():
    assert set(SEAT) == {*PICTURED, "stale_state"}
    for name in SEAT:
        perturbation = build(name)
        assert not perturbation.breaks
        assert perturbation.failure is None
        assert name not in CATALOGUE


@pytest.mark.parametrize("spec", specs(), ids=SEAT)
def test_only_what_the_policy_sees_is_altered(spec):
    env, plain = toy(spec), toy()
    altered, clean = forward(env), forward(plain)
    assert any(not same(one, other) for one, other in zip(altered, clean, strict=True))
    for one in altered:
        assert env.observation_space.contains(one)
    assert env.unwrapped.state_bytes() == plain.unwrapped.state_bytes()
    (receipt,) = env.injections
    assert receipt.acted
    reported = env.reset(seed=0)[1]["injections"][0]
    assert json.loads(json.dumps(reported))["failure"] is None


@pytest.mark.parametrize("spec", specs(), ids=SEAT)
def test_episodes_repeat_and_share_no_memory(spec):
    env = toy(spec)
    first = forward(env)
    kept = copy.deepcopy(first)
    assert not any(shares_memory(a, b) for i, a in enumerate(first) for b in first[:i])
    for observation in first:
        for value in observation.values():
            value[...] = 0
    assert same(forward(env), kept), "what a user writes into an observation must not come back"


@pytest.mark.parametrize("spec", specs(), ids=SEAT)
def test_the_input_stays_as_it_is(spec):
    perturbation = build(spec)
    params = perturbation.sample(stream(1, perturbation.name), FACTS)
    clean = forward(toy())
    before = copy.deepcopy(clean)
    seen = tuple(enumerate(clean[:-1]))
    for _ in range(2):
        result = perturbation.perturb(clean[-1], at(13, seen), params)
        assert same(clean, before)
        changed = [key for key in result if result[key] is not clean[-1][key]]
        assert not any(shares_memory(result[key], other[key]) for key in changed for other in clean)


@pytest.mark.parametrize("name", [name for name in SEAT if build(name).severity_zero is not None])
def test_severity_zero_is_the_same_object(name):
    perturbation = build(name)
    params = perturbation.sample(stream(1, name), FACTS) | dict(perturbation.severity_zero)
    observation = toy().reset(seed=0)[0]
    seen = ((0, copy.deepcopy(observation)),)
    for step in (1, 7, 100):
        assert perturbation.perturb(observation, at(step, seen), params) is observation


def test_an_occlusion_hides_a_rectangle_of_one_colour():
    spec = {"name": "occlusion", "width": 0.5, "height": 0.25}
    (altered, *_), (clean, *_) = forward(toy(spec), 0), forward(toy(), 0)
    hidden = (altered["pixels/front"] != clean["pixels/front"]).any(axis=-1)
    rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
    assert np.ptp(rows) + 1 <= 17
    assert np.ptp(columns) + 1 <= 33
    area = altered["pixels/front"][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert len(np.unique(area.reshape(-1, 3), axis=0)) == 1


def test_what_is_before_the_lens_is_near_and_nobodys():
    picture = {
        "pixels/front": np.full((20, 40, 3), 100, np.uint8),
        "depth/front": np.full((20, 40), 2.0, np.float32),
        "segmentation/front": np.full((20, 40), 5, np.int32),
    }
    perturbation = build("occlusion")
    altered = perturbation.perturb(picture, at(0), perturbation.sample(stream(0, "occlusion"), FACTS))
    hidden = altered["segmentation/front"] == -1
    assert 0.04 < hidden.mean() < 0.25
    assert (altered["depth/front"][hidden] < 0.2).all()
    assert (altered["depth/front"][~hidden] == 2.0).all()
    assert {key: value.dtype for key, value in altered.items()} == {key: value.dtype for key, value in picture.items()}


def test_blur_spreads_a_point_and_keeps_flat_pictures():
    perturbation = build({"name": "blur", "radius": 2.0})
    params = perturbation.sample(stream(0, "blur"), FACTS)
    point = np.zeros((41, 41, 3), np.uint8)
    point[20, 20] = 255
    flat = np.full((41, 41, 3), 77, np.uint8)
    soft = perturbation.perturb({"pixels/a": point, "pixels/b": flat}, at(0), params)
    assert same(soft["pixels/b"], flat)
    assert 0 < soft["pixels/a"][20, 20, 0] < 30
    assert soft["pixels/a"][20, 22, 0] == soft["pixels/a"][22, 20, 0] > 0
    assert abs(float(soft["pixels/a"][..., 0].sum()) - 255) < 60


def test_noise_has_its_deviation_and_is_new_in_each_step():
    perturbation = build({"name": "image_noise", "deviation": 20.0})
    params = perturbation.sample(stream(0, "image_noise"), FACTS)
    grey = {"pixels/front": np.full((64, 64, 3), 128, np.uint8)}
    first, second = (perturbation.perturb(grey, at(step), params)["pixels/front"] for step in (0, 1))
    for noisy in (first, second):
        assert abs(float(np.std(noisy.astype(float))) - 20.0) < 1.0
        assert abs(float(noisy.mean()) - 128) < 1.0
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05


def test_dropped_frames_stand_still_and_come_back():
    spec = {"name": "dropped_frames", "frozen_steps": 3, "fresh_steps": 2}
    altered, clean = forward(toy(spec)), forward(toy())
    shown = [0, 1, 1, 1, 1, 5, 6, 6, 6, 6, 10, 11, 11]
    for step, source in enumerate(shown):
        assert same(altered[step]["pixels/front"], clean[source]["pixels/front"])
        assert same(altered[step]["state"], clean[step]["state"])


@pytest.mark.parametrize("obs_mode", ["state", "state_dict", "rgb+state"])
def test_a_stale_state_is_that_of_some_steps_ago(obs_mode):
    env, plain = (
        make_base(POINT_PICK, perturbations, obs_mode=obs_mode, control_mode="ee_delta")
        for perturbations in ([{"name": "stale_state", "lag_steps": 3}], [])
    )
    altered, clean = forward(env), forward(plain)
    for step, observation in enumerate(altered):
        then = clean[max(0, step - 3)]
        if obs_mode == "rgb+state":
            assert same(observation["pixels/front"], clean[step]["pixels/front"])
            assert same(observation["state"], then["state"])
        else:
            assert same(observation, then)


@pytest.mark.parametrize("spec", specs(), ids=SEAT)
def test_snapshots_hold_what_was_seen(spec):
    env = toy(spec)
    forward(env, 6)
    mark = env.snapshot()
    action = np.full(7, 0.004)
    after = [env.step(action)[0] for _ in range(6)]
    env.restore(mark)
    assert same([env.step(action)[0] for _ in range(6)], after)


def test_a_policy_that_begins_a_subtask_sees_the_same_as_in_the_last_step():
    env = toy("occlusion")
    for see in (lambda: env.reset(seed=0), lambda: env.step(np.zeros(7))):
        observation = see()[0]
        assert env.unwrapped.last_observation is observation


@pytest.mark.parametrize("name", PICTURED)
def test_observations_without_pictures_are_refused(name):
    for obs_mode in ("state", "state_dict"):
        with pytest.raises(ConfigurationError, match=r"obs_mode.*pictures"):
            make_base(POINT_PICK, [name], obs_mode=obs_mode)


def test_observations_without_a_state_are_refused():
    with pytest.raises(ConfigurationError, match=r"obs_mode.*state"):
        make_base(POINT_PICK, ["stale_state"], obs_mode="rgb")


@pytest.mark.parametrize("name", PICTURED)
def test_cameras_are_chosen_by_name(name):
    with pytest.raises(ConfigurationError, match=f"{name}.cameras.*front"):
        toy({"name": name, "cameras": ["wrist"]})
    perturbation = build({"name": name, "cameras": ["b"]} | LOOKS_BACK.get(name, {}))
    hash(perturbation)
    views = [
        {f"pixels/{camera}": np.random.default_rng(i).integers(0, 256, (16, 16, 3), np.uint8) for camera in "ab"}
        for i in range(4)
    ]
    params = perturbation.sample(stream(0, name), FACTS)
    altered = perturbation.perturb(views[3], at(3, tuple(enumerate(views[:3]))), params)
    assert altered["pixels/a"] is views[3]["pixels/a"]
    assert not same(altered["pixels/b"], views[3]["pixels/b"])


@pytest.mark.parametrize("name", SEAT)
def test_nothing_to_do_is_said(name):
    with pytest.raises(NotApplicableError, match=name):
        build(name).sample(stream(0, name), SceneFacts((), {}))


@pytest.mark.parametrize("name", SEAT)
def test_the_expert_succeeds_all_the_same(name):
    env = toy(name)
    env.reset(seed=2)
    run_plan(env)
    assert env.unwrapped.evaluate()["success"]
    perturbation = build(name)
    episode = object()
    params = env.injections[0].params
    assert not perturbation.signature(episode, episode, params).matches
    assert perturbation.fix(params).subtask == params["subtask"]
