"""Optional test groups: skipped where this machine cannot run them, and named with the reason when the run ends."""

import functools
import importlib.util
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

# A loaded machine must not fail a property, and a change must not fail by an example that only CI happened to draw.
hypothesis.settings.register_profile("failgym", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("failgym")

_GROUP = "optional_group"
ONLY = "FAILGYM_ONLY"
"""Environment variable: run the tests of this group alone, as `./run test` does in the group's own environment."""
LEFT_OUT = "FAILGYM_LEFT_OUT"
"""Environment variable: a file to list the groups in that were left out, for `./run test` to run them elsewhere."""
_GL_PROBE = """
import mujoco
context = mujoco.GLContext(8, 8)
context.make_current()
mujoco.MjrContext(mujoco.MjModel.from_xml_string("<mujoco/>"), mujoco.mjtFontScale.mjFONTSCALE_100)
context.free()
"""


def _missing(*packages: str) -> bool:
    return any(importlib.util.find_spec(package) is None for package in packages)


def _gl_renders(backend: str) -> bool:
    # In a process of its own: a wrong backend can abort Python instead of raising.
    probe = subprocess.run(
        [sys.executable, "-c", _GL_PROBE], env=os.environ | {"MUJOCO_GL": backend}, capture_output=True, check=False
    )
    return probe.returncode == 0


def _why_no_gl() -> str | None:
    chosen = os.environ.get("MUJOCO_GL")
    if any(_gl_renders(backend) for backend in ([chosen] if chosen else ["egl", "osmesa"])):
        return None
    return f"MUJOCO_GL={chosen} does not render" if chosen else "neither EGL nor OSMesa renders; install libosmesa6"


def _why_no_sb3() -> str | None:
    return "torch CPU build not at hand" if _missing("torch", "stable_baselines3") else None


def _why_no_robosuite() -> str | None:
    return "robosuite is not in this environment" if _missing("robosuite") else None


def _why_no_rlbench() -> str | None:
    from failgym.envs.rlbench.presence import missing

    lacking = missing()
    return f"{lacking[0].topic}: {lacking[0].text}" if lacking else None


_GROUPS: dict[str, Callable[[], str | None]] = {
    "gl": functools.cache(_why_no_gl),
    "rlbench": functools.cache(_why_no_rlbench),
    "robosuite": functools.cache(_why_no_robosuite),
    "sb3": functools.cache(_why_no_sb3),
}
_TITLES = {"gl": "OpenGL", "rlbench": "RLBench", "robosuite": "robosuite", "sb3": "stable-baselines3"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests of each group that cannot run here; trylast, so that what -m left out is not probed for."""
    if only := os.environ.get(ONLY):
        config.hook.pytest_deselected(items=[item for item in items if not item.get_closest_marker(only)])
        items[:] = [item for item in items if item.get_closest_marker(only)]
    for item in items:
        for group, why_not in _GROUPS.items():
            if item.get_closest_marker(group) and (reason := why_not()):
                item.add_marker(pytest.mark.skip(reason=reason))
                item.user_properties.append((_GROUP, (group, reason)))


def _not_run(reports: list[pytest.TestReport]) -> Iterator[tuple[str, str]]:
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == _GROUP:
                yield tuple(value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which optional groups were not run, why, and how many tests that left out."""
    counts = Counter(_not_run(terminalreporter.getreports("skipped")))
    if not counts:
        return
    if left_out := os.environ.get(LEFT_OUT):
        Path(left_out).write_text("".join(f"{group}\n" for (group, _), _ in counts.items()), encoding="utf-8")
    terminalreporter.section("optional groups not run")
    for (group, reason), number in sorted(counts.items()):
        tests = "1 test" if number == 1 else f"{number} tests"
        terminalreporter.line(f"not run: {_TITLES[group]} tests ({reason}): {tests}")
