"""`import failgym` must stay cheap: no simulator, no model library, no image codec."""

import subprocess
import sys

import pytest

_HEAVY = ("PIL", "av", "imageio", "mujoco", "robosuite", "stable_baselines3", "torch", "transformers", "tyro")


@pytest.mark.nogl
def test_importing_failgym_loads_nothing_heavy() -> None:
    code = f"import failgym, sys; print(*sorted(set(sys.modules) & set({_HEAVY!r})))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
