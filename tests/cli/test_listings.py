import dataclasses
import json

from failgym.cli.perturbations import field_docs
from failgym.envs.registration import ENTRIES
from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE, PERTURBATIONS


def test_every_environment_is_listed(failgym):
    ran = failgym("envs")
    assert ran.code == 0
    assert all(env_id in ran.out for env_id in ENTRIES)
    assert "ee_delta" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


def test_environments_as_json(failgym):
    about = {entry["id"]: entry for entry in json.loads(failgym("envs", "--json").out)}
    assert list(about) == list(ENTRIES)
    native, toy = about["FailGym/PickCube-v0"], about["FailGym/PointPick-v0"]
    assert "panda" in native["robots"]
    assert native["modes"]["cameras"] == ["front", "left", "right", "wrist"]
    assert toy["modes"]["cameras"] == ["front"]
    assert toy["modes"]["control_mode"] == ["ee_delta", "keypose"]
    assert "action" in toy["seats"]


def test_one_environment(failgym):
    ran = failgym("envs", "StackBlocks")
    assert "Randomisation" in ran.out
    assert "Variants: 2 blocks, 3 blocks, 4 blocks." in ran.out
    assert "PickCube" not in ran.out


def test_every_perturbation_is_listed_with_its_ranges(failgym):
    ran = failgym("perturbations")
    assert ran.code == 0
    for name in (*CATALOGUE, *CONDITIONS, *OFFLINE):
        assert f"{name}  (" in ran.out
    assert 'dream2fix "force_open"' in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


def test_perturbations_as_json(failgym):
    about = json.loads(failgym("perturbations", "--json").out)
    assert [entry["name"] for entry in about] == [*CATALOGUE, *CONDITIONS, *OFFLINE]
    one = json.loads(failgym("perturbations", "translation", "--json").out)
    assert one["fields"][0]["doc"].startswith("Length of the offset")


def test_one_perturbation(failgym):
    ran = failgym("perturbations", "slip")
    assert "Source: AHA" in ran.out
    assert 'perturbations=[{"name": "slip", "delay_steps": [1, 2]}]' in ran.out


def test_one_perturbation_of_records(failgym):
    ran = failgym("perturbations", "reversal")
    assert "failure_mode   none" in ran.out
    assert 'failgym.perturbations.relabel(episode, "reversal", seed=0)' in ran.out


def test_every_field_of_every_perturbation_says_what_it_is():
    for name in (*CATALOGUE, *CONDITIONS, *OFFLINE):
        built = PERTURBATIONS.get(name)
        assert set(field_docs(built)) == {field.name for field in dataclasses.fields(built)}, name
