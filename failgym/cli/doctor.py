"""`failgym doctor`: does everything work here, and what to do where it does not."""

import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from failgym.cli.console import dump, say, wrapped
from failgym.cli.folders import versions
from failgym.cli.workers import usable_cpus

CORE = ("failgym", "gymnasium", "mujoco", "numpy", "pillow", "av", "imageio", "tqdm", "tyro")
OPTIONAL = {
    "stable-baselines3": ("rl", "train and evaluate RL policies"),
    "torch": ("train", "small networks and RL"),
    "robosuite": ("robosuite", "robosuite's tasks, best in an environment of their own: ./run setup-robosuite"),
    "transformers": ("vlm", "vision-language verifiers"),
}
"""Package -> extra of FailGym that installs it, and what it is for."""
ROBOSUITE_NEEDS = {"cv2": "opencv-python-headless", "numba": "numba", "scipy": "scipy", "termcolor": "termcolor"}
"""What robosuite imports at start-up -> package."""
MARKS = {"ok": "ok     ", "absent": "-      ", "warning": "WARNING", "problem": "PROBLEM"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    level: Literal["ok", "absent", "warning", "problem"]
    text: str
    remedy: str = ""
    """What to do; a command where one does it."""


@dataclass(frozen=True)
class Doctor:
    """Check versions, OpenGL, optional packages, known conflicts, and that FailGym works; exit code 1 if not."""

    json: bool = False
    """Print JSON."""
    backend: Literal["rlbench"] | None = None
    """Look at another simulator instead: say what is missing, then try everything that FailGym promises of it."""
    report: Path = Path("failgym-rlbench-report.md")
    """With --backend: file for what was found."""
    tasks: tuple[str, ...] = ()
    """With --backend: tasks to try; five that differ unless given."""

    def run(self) -> int:
        """Look at everything and say what was found."""
        if self.backend is not None:
            from failgym.cli.doctor_rlbench import examine

            return examine(self.report, self.tasks, self.json)
        findings = [finding for check in CHECKS for finding in check()]
        healthy = all(finding.level != "problem" for finding in findings)
        if self.json:
            dump({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
        else:
            for finding in findings:
                _print(finding)
            say("\nFailGym works here." if healthy else "\nFailGym does not work here yet: see PROBLEM above.")
        return 0 if healthy else 1


def system() -> Iterator[Finding]:
    """Python and the machine."""
    text = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    old = sys.version_info < (3, 11)
    yield Finding("python", "problem" if old else "ok", text, "use Python 3.11 or newer" if old else "")
    yield Finding("processors", "ok", f"{usable_cpus()} usable")


def core() -> Iterator[Finding]:
    """What FailGym itself needs."""
    found = versions(CORE)
    for package in CORE:
        if package in found:
            yield Finding(package, "ok", found[package])
        else:
            yield Finding(package, "problem", "missing", f"pip install {package}")


def optional() -> Iterator[Finding]:
    """What the extras install."""
    found = versions(tuple(OPTIONAL))
    for package, (extra, purpose) in OPTIONAL.items():
        if package in found:
            yield Finding(package, "ok", f"{found[package]} ({purpose})")
        else:
            yield Finding(package, "absent", f"not installed ({purpose})", f"pip install 'failgym[{extra}]'")


def conflicts() -> Iterator[Finding]:
    """Versions that are known not to work together."""
    found = {name: _numbers(text) for name, text in versions((*CORE, *OPTIONAL, "mink")).items()}
    mujoco, numpy, robosuite = found.get("mujoco"), found.get("numpy"), found.get("robosuite")
    if mujoco == (4, 0, 0):
        text, remedy = "mujoco 4.0.0 factorises sparse matrices wrongly", "pip install 'mujoco>=3.5,!=4.0.0'"
        yield Finding("mujoco", "problem", text, remedy)
    if mujoco is not None and mujoco < (3, 5):
        yield Finding("mujoco", "problem", "older than 3.5", "pip install 'mujoco>=3.5,!=4.0.0'")
    if numpy is not None and numpy < (1, 26):
        yield Finding("numpy", "problem", "older than 1.26", "pip install 'numpy>=1.26'")
    if (gymnasium := found.get("gymnasium")) is not None and not (1, 2) <= gymnasium < (2,):
        yield Finding("gymnasium", "problem", "outside 1.2 .. 2", "pip install 'gymnasium>=1.2,<2'")
    if robosuite is not None:
        yield from _robosuite(robosuite, mujoco or ())
    if found.get("mink") == (0, 0, 5) and numpy is not None and numpy < (2,):
        text = "mink 0.0.5, which robosuite asks for and does not need, holds numpy below 2"
        yield Finding("mink", "warning", text, "pip install --no-deps 'mink>=1,<1.3' && pip install 'numpy>=2'")
    if "stable-baselines3" in found and "torch" not in found:
        yield Finding("stable-baselines3", "warning", "installed without torch", "pip install 'failgym[rl]'")


def graphics() -> Iterator[Finding]:
    """What draws pictures."""
    from failgym.sim.render.backend import HOW_TO_GET_GL, find_backend

    found = find_backend()
    asked = os.environ.get("MUJOCO_GL")
    if found.name is not None:
        yield Finding("OpenGL", "ok", found.name + (f" (MUJOCO_GL={asked})" if asked else ""))
    else:
        yield Finding("OpenGL", "absent", f"none ({found.reason}): pictures are drawn by ray casting", HOW_TO_GET_GL)


def smoke() -> Iterator[Finding]:
    """FailGym itself: an environment, a triplet, a picture."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("environment", _environment),
        ("triplet", _triplet),
        ("picture", _picture),
        *((("robosuite", _lift),) if _present("robosuite") else ()),
    )
    for topic, check in checks:
        start = time.perf_counter()
        try:
            text = check()
        except Exception as error:  # whatever it is, it is what the user came to hear
            yield Finding(
                topic,
                "problem",
                f"{type(error).__name__}: {error}",
                "please report this with the output of failgym doctor --json",
            )
        else:
            yield Finding(topic, "ok", f"{text} ({time.perf_counter() - start:.1f} s)")


CHECKS = (system, core, optional, conflicts, graphics, smoke)


def _robosuite(found: tuple[int, ...], mujoco: tuple[int, ...]) -> Iterator[Finding]:
    if found != (1, 5, 2):
        text = "FailGym was only ever run with robosuite 1.5.2"
        yield Finding("robosuite", "warning", text, "pip install --no-deps robosuite==1.5.2")
    if mujoco >= (3, 10):
        text = "robosuite 1.5.2 cannot make an environment with mujoco 3.10 or newer"
        yield Finding("robosuite", "problem", text, "pip install 'mujoco>=3.5,<3.8'")
    elif mujoco >= (3, 8):
        text = "robosuite's Robotiq 85 grippers (UR5e, Kinova3) jam with mujoco 3.8 and 3.9; its Panda works"
        yield Finding("robosuite", "warning", text, "pip install 'mujoco>=3.5,<3.8'")
    missing = [package for module, package in ROBOSUITE_NEEDS.items() if not _present(module)]
    if missing:
        text = f"robosuite cannot be imported without {', '.join(missing)}"
        yield Finding("robosuite", "problem", text, f"pip install {' '.join(missing)}")
    if not _present("h5py"):
        text = "robosuite.wrappers, which FailGym does not use, cannot be imported without h5py"
        yield Finding("robosuite", "absent", text, "pip install h5py")


def _present(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _environment() -> str:
    import gymnasium as gym

    env = gym.make("failgym:FailGym/PickCube-v0", perturbations=["slip"])
    env.reset(seed=0)
    env.step(env.action_space.sample() * 0)
    env.close()
    return "PickCube makes, resets and steps"


def _lift() -> str:
    import gymnasium as gym

    env = gym.make("failgym:FailGym/Robosuite.Lift-v0", perturbations=["slip"])
    env.reset(seed=0)
    env.step(env.action_space.sample() * 0)
    env.close()
    return "Lift makes, resets and steps"


def _triplet() -> str:
    from failgym.generate import triplet

    certificate = triplet("FailGym/PickCube-v0", "no_close", 0).certificate
    if not certificate.holds:
        raise RuntimeError(f"the triplet of no_close at seed 0 is {certificate.status}: {certificate.reason}")
    return "no_close is certified"


def _picture() -> str:
    import gymnasium as gym

    env = gym.make("failgym:FailGym/PickCube-v0", render_mode="rgb_array", image_size=(64, 64))
    env.reset(seed=0)
    picture = env.render()
    env.close()
    if picture is None or getattr(picture, "max", int)() == 0:
        raise RuntimeError("the picture is black")
    return "64 x 64 drawn"


def _numbers(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    numbers = []
    for part in text.split("+")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _print(finding: Finding) -> None:
    say(f"{MARKS[finding.level]}  {finding.topic:<18} {finding.text}")
    if finding.remedy:
        say(wrapped(f"-> {finding.remedy}", 29))
