"""Which OpenGL works on this machine, found out without risk to the process that asks."""

import os
import platform
import subprocess
import sys
from typing import NamedTuple

HOW_TO_GET_GL = "To draw by OpenGL on Linux, install the packages libegl1 and libgl1, or libosmesa6."
PROBE_VARIABLE = "FAILGYM_GL_PROBE"
"""Environment variable that tells child processes what was found out already."""

MODULES: dict[str, dict[str, str]] = {
    "Linux": {"egl": "mujoco.egl", "osmesa": "mujoco.osmesa"},
    "Darwin": {"cgl": "mujoco.cgl"},
    "Windows": {"wgl": "mujoco.glfw"},
}
"""Platform -> name of the backend, as `MUJOCO_GL` has it -> module that provides its `GLContext`."""
_OFF = ("none", "disable", "disabled", "off", "false", "0")
_PROBE_TIMEOUT = 60.0
_PROBE = """
import importlib, os, sys
os.environ["MUJOCO_GL"] = "disabled"
import mujoco
context = importlib.import_module(sys.argv[1]).GLContext(8, 8)
context.make_current()
visual = "<quality shadowsize='0'/><global offwidth='8' offheight='8'/>"
model = mujoco.MjModel.from_xml_string(f"<mujoco><visual>{visual}</visual></mujoco>")
mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_50)
os._exit(0)
"""


class Backend(NamedTuple):
    """Outcome of looking for OpenGL."""

    name: str | None
    """"egl", "osmesa" or the platform's own; None if there is none."""
    reason: str
    """Why there is none, else empty."""


def find_backend() -> Backend:
    """Find out which OpenGL works here, without risk to this process.

    `MUJOCO_GL`, where set to a backend that draws off screen, is the only one tried. A trial runs in a process of its
    own, because a broken driver may abort it, and once per tree of processes.
    """
    modules = MODULES.get(platform.system(), {})
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if wanted in _OFF:
        return Backend(None, f"MUJOCO_GL is {wanted!r}")
    candidates = (wanted,) if wanted in modules else tuple(modules)
    request = f"{platform.node()}/{'+'.join(candidates)}"
    known, _, outcome = os.environ.get(PROBE_VARIABLE, "").rpartition("=")
    if known != request or not outcome:
        outcome = next((name for name in candidates if _works(modules[name])), "none")
        os.environ[PROBE_VARIABLE] = f"{request}={outcome}"
    if outcome in modules:
        return Backend(outcome, "")
    return Backend(None, f"tried {', '.join(candidates) or 'nothing'} on {platform.system()}")


def _works(module: str) -> bool:
    try:
        trial = subprocess.run(
            [sys.executable, "-c", _PROBE, module],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return trial.returncode == 0
