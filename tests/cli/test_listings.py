import dataclasses
import json

import pytest

from failgym.cli.perturbations import HEADS, field_docs, groups
from failgym.envs.registration import ENTRIES
from failgym.perturbations import PERTURBATIONS


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
    heads = [ran.out.index(head) for head in HEADS.values()]
    assert heads == sorted(heads)
    for name in PERTURBATIONS.names():
        assert f"\n{name}  (" in ran.out
    assert 'dream2fix "force_open"' in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


def test_perturbations_as_json(failgym):
    about = json.loads(failgym("perturbations", "--json").out)
    assert sorted(entry["name"] for entry in about) == list(PERTURBATIONS.names())
    assert [entry["group"] for entry in about] == [group for group, members in groups().items() for _ in members]
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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("llm_plan", 'perturbations=[{"name": "llm_plan", "base_url": "...", "model": "...", "kind": "..."}]'),
        ("llm_instruction", 'relabel(episode, {"name": "llm_instruction", "base_url": "...", "model": "..."}, seed=0)'),
        ("one_of", 'perturbations=[{"name": "one_of", "of": ["slip"]}]'),
        ("occlusion", "family         condition"),
    ],
)
def test_one_that_is_no_failure_by_itself(failgym, name, told):
    ran = failgym("perturbations", name)
    assert ran.code == 0
    assert told in ran.out


def test_an_unknown_name_is_compared_with_all(failgym):
    for command in (("perturbations",), ("generate", "--env", "PointPick", "--out", "never", "--perturbations")):
        ran = failgym(*command, "llm_plam")
        assert ran.code == 2
        assert "Did you mean 'llm_plan'" in ran.err


def test_every_field_of_every_perturbation_says_what_it_is():
    for name in PERTURBATIONS.names():
        built = PERTURBATIONS.get(name)
        assert set(field_docs(built)) == {field.name for field in dataclasses.fields(built)}, name
