"""Whether RLBench can run here, and what to do where it cannot. Imports nothing of it."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from failgym.envs.rlbench.errors import MissingSimulatorError
from failgym.envs.rlbench.process import worker_environment

SOURCES = {
    "rlbench": "https://github.com/stepjam/RLBench.git",
    "pyrep": "https://github.com/stepjam/PyRep.git",
}
"""Where the packages come from: neither is on the package index."""
NEEDED = ("gymnasium", "natsort", "PIL", "pyquaternion", "scipy")
"""What `import rlbench` imports."""
LIBRARY = "libcoppeliaSim.so"
SCRIPT = "simAddOnScript_PyRep.lua"
"""With which PyRep calls CoppeliaSim's planner."""
IMPORT_S = 120
"""Time that importing RLBench in another process may take, s."""
_IMPORT = """
import pyrep, rlbench
print(rlbench.__version__, getattr(pyrep, "__version__", "?"))
"""


class Found(NamedTuple):
    """One thing that was looked at."""

    topic: str
    level: Literal["ok", "warning", "problem"]
    text: str
    remedy: str = ""


def file_of(task: str) -> str:
    """Return the name of a task's file: `OpenDrawer` and `open_drawer` are the same task."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task).lower().removesuffix(".py")


def look(environment: Mapping[str, str] | None = None) -> Iterator[Found]:
    """Look for everything that RLBench needs, in the order in which it is installed."""
    known = os.environ if environment is None else environment
    yield from _coppeliasim(known)
    yield from _display(known)
    yield from _packages()


def missing() -> list[Found]:
    """Return what keeps RLBench from running; cheap, since it imports nothing."""
    return [found for found in look() if found.level == "problem"]


def require() -> None:
    """Refuse to go on where something is missing.

    Raises:
        MissingSimulatorError: naming everything that is missing, each with what to do.
    """
    lacking = missing()
    if lacking:
        raise MissingSimulatorError([(f"{found.topic}: {found.text}", found.remedy) for found in lacking])


def imports() -> Found:
    """Import RLBench in another process, which a wrong library may take down."""
    try:
        ran = subprocess.run(
            [sys.executable, "-c", _IMPORT],
            env=worker_environment({}),
            capture_output=True,
            text=True,
            timeout=IMPORT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Found("import", "problem", f"importing rlbench took longer than {IMPORT_S} s", "try it by hand")
    if ran.returncode != 0:
        last = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
        remedy = "install PyRep again with COPPELIASIM_ROOT set: its extension is built against CoppeliaSim"
        return Found("import", "problem", f"import rlbench fails: {last}", remedy)
    rlbench, pyrep = ran.stdout.split()[-2:]
    text = f"rlbench {rlbench}, pyrep {pyrep}"
    if not pyrep.startswith("4.1."):
        return Found("import", "warning", text, f"FailGym was written against PyRep 4.1.0.3: {_install('pyrep')}")
    return Found("import", "ok", text)


def _coppeliasim(environment: Mapping[str, str]) -> Iterator[Found]:
    root = environment.get("COPPELIASIM_ROOT")
    get = "unpack CoppeliaSim_Edu_V4_1_0_Ubuntu20_04.tar.xz of coppeliarobotics.com and set COPPELIASIM_ROOT to it"
    if not root:
        yield Found("COPPELIASIM_ROOT", "problem", "not set", get)
        return
    if not (Path(root) / LIBRARY).exists():
        yield Found("COPPELIASIM_ROOT", "problem", f"there is no {LIBRARY} in {root}", get)
        return
    if not (Path(root) / f"{LIBRARY}.1").exists():
        remedy = f"ln -s {LIBRARY} {Path(root) / LIBRARY}.1"
        yield Found("COPPELIASIM_ROOT", "warning", f"{root} has no {LIBRARY}.1, the name that PyRep links", remedy)
    else:
        yield Found("COPPELIASIM_ROOT", "ok", root)
    if not (Path(root) / SCRIPT).exists():
        text = f"{root} has no {SCRIPT}, which the installation of PyRep puts there"
        yield Found(SCRIPT, "problem", text, f"with COPPELIASIM_ROOT set: {_install('pyrep')}")
    for name in ("LD_LIBRARY_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
        here = root in environment.get(name, "").split(os.pathsep)
        yield Found(name, "ok", "contains it" if here else "does not contain it: FailGym adds it for its simulators")


def _display(environment: Mapping[str, str]) -> Iterator[Found]:
    display = environment.get("DISPLAY")
    if display:
        yield Found("DISPLAY", "ok", display)
    else:
        remedy = "run it as: xvfb-run -a -s '-screen 0 1280x1024x24' failgym doctor --backend rlbench"
        yield Found("DISPLAY", "problem", "not set: CoppeliaSim needs an X display, also when it is headless", remedy)


def _packages() -> Iterator[Found]:
    pyrep = _found("pyrep")
    if pyrep is None:
        yield Found("pyrep", "problem", "missing", _install("pyrep"))
    elif not (pyrep / "backend" / "sim.py").exists():
        text = f"the package in {pyrep} is another one of the same name"
        yield Found("pyrep", "problem", text, f"pip uninstall pyrep && {_install('pyrep')}")
    elif not list((pyrep / "backend").glob("_sim_cffi*")):
        text = "its compiled part is missing"
        yield Found("pyrep", "problem", text, f"with COPPELIASIM_ROOT set: {_install('pyrep')}")
    else:
        yield Found("pyrep", "ok", str(pyrep))
    rlbench = _found("rlbench")
    if rlbench is None:
        yield Found("rlbench", "problem", "missing", _install("rlbench"))
    elif not (rlbench / "task_design.ttt").exists():
        text = f"{rlbench} lacks task_design.ttt: it was installed without its scenes"
        yield Found("rlbench", "problem", text, _install("rlbench"))
    else:
        yield Found("rlbench", "ok", str(rlbench))
    for module in NEEDED:
        if importlib.util.find_spec(module) is None:
            package = "pillow" if module == "PIL" else module
            yield Found(module, "problem", "missing, and RLBench imports it", f"pip install {package}")


def _found(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _install(package: str) -> str:
    return f"pip install git+{SOURCES[package]}"


__all__ = ["Found", "file_of", "imports", "look", "missing", "require"]
