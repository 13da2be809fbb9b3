"""Every script in examples/ runs as it stands."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = [
    pytest.param("01_make.py", (), "instruction: take the pink cube", id="make"),
    pytest.param("02_perturb.py", (), "a paper's set", id="perturb"),
    pytest.param("03_triplet.py", (), "executed again, bit-identical: True", id="triplet"),
    pytest.param("04_rollout.py", (), "oracle", id="rollout"),
    pytest.param("05_train_ppo.py", ("512",), "after 512 steps", id="ppo", marks=pytest.mark.sb3),
]


@pytest.mark.parametrize(("script", "arguments", "told"), SCRIPTS)
def test_example(script, arguments, told, tmp_path):
    command = [sys.executable, EXAMPLES / script, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert told in ran.stdout


@pytest.mark.slow
def test_the_clip_of_the_readme(tmp_path):
    command = [sys.executable, EXAMPLES / "03_triplet.py", tmp_path / "clip.webp"]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "clip.webp").read_bytes()[8:12] == b"WEBP"


def test_every_script_is_tested():
    assert {param.values[0] for param in SCRIPTS} == {path.name for path in EXAMPLES.glob("*.py")}
