import dataclasses
import json

import pytest

from failgym.episodes.files import CERTIFICATE, load_certificate, save_certificate


@pytest.fixture
def made(failgym, tmp_path):
    out = tmp_path / "made"
    arguments = ("--perturbations", "slip,wrong_order", "--seeds", "0:2", "--frames", "none", "--workers", 1)
    assert failgym("generate", "--env", "PointPick", "--out", out, *arguments).code == 0
    return out


def first(folder):
    return sorted(folder.rglob(CERTIFICATE))[0]


def test_a_folder_repeats_bit_for_bit(failgym, made):
    ran = failgym("replay", made, "--workers", 1)
    assert (ran.code, ran.out) == (0, "4 of 4 bit-identical\n")


def test_one_file(failgym, made):
    ran = failgym("replay", first(made))
    assert ran.code == 0
    assert "bit-identical, certified" in ran.out


def test_limit(failgym, made):
    assert failgym("replay", made, "--limit", 2, "--workers", 1).out == "2 of 2 bit-identical\n"


def test_a_difference_is_listed(failgym, made):
    path = first(made)
    certificate = load_certificate(path)
    false = dataclasses.replace(certificate, digests=certificate.digests | {"injected": "0" * 32})
    save_certificate(false, path)
    ran = failgym("replay", made, "--workers", 1)
    assert ran.code == 1
    assert f"{path}: differs" in ran.out
    assert f"digest of injected: {'0' * 32} before" in ran.out
    assert "3 of 4 bit-identical" in ran.out


def test_other_versions_compare_outcomes(failgym, made):
    path = first(made)
    certificate = load_certificate(path)
    older = certificate.versions | {"failgym": "0.0.1", "robosuite": "1.5.1"}
    save_certificate(dataclasses.replace(certificate, versions=older, digests={}), path)
    ran = failgym("replay", path)
    assert ran.code == 0
    assert "the same outcomes (bits not compared: failgym 0.0.1 before, " in ran.out
    assert "robosuite 1.5.1 before, none now)" in ran.out
    save_certificate(dataclasses.replace(certificate, versions=older, nominal_success=False), path)
    ran = failgym("replay", path)
    assert ran.code == 1
    assert "nominal_success: False before, True now" in ran.out
    assert "made otherwise: failgym 0.0.1 before, " in ran.out


@pytest.mark.parametrize("damage", ["altered", "cut", "unknown environment"])
def test_what_cannot_be_executed_is_named_and_stops_nothing(failgym, made, damage):
    path = first(made)
    text = path.read_text()
    if damage == "altered":
        path.write_text(text.replace('"seed": 0', '"seed": 5'))
    elif damage == "cut":
        path.write_text(text[:200])
    else:
        save_certificate(dataclasses.replace(load_certificate(path), env_id="FailGym/Juggle-v0"), path)
        assert json.loads(path.read_text())["env_id"] == "FailGym/Juggle-v0"
    ran = failgym("replay", made, "--workers", 1)
    assert ran.code == 2
    assert str(path) in ran.err
    assert "Traceback" not in ran.err
    assert "3 of 4 bit-identical" in ran.out
