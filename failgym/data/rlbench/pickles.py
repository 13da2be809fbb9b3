"""RLBench's pickled objects: stand-ins that are read safely, and written so that RLBench reads them."""

import pickle
import pickletools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from failgym.data import restricted_pickle
from failgym.data.errors import DataError
from failgym.data.rlbench.layout import CAMERAS

STATE_FIELDS = (
    "joint_velocities",
    "joint_positions",
    "joint_forces",
    "gripper_open",
    "gripper_pose",
    "gripper_matrix",
    "gripper_joint_positions",
    "gripper_touch_forces",
    "task_low_dim_state",
)
"""Fields of an observation that are numbers: rad/s, rad, Nm, 0 or 1, m and xyzw, -, m, N, a task's own."""
PICTURE_FIELDS = tuple(
    f"{camera}_{kind}" for camera in CAMERAS.values() for kind in ("rgb", "depth", "mask", "point_cloud")
)
"""Fields of an observation that are pictures; None where those lie in files of their own."""
PROTOCOL = 3
"""Of Python's pickles: the first that knows bytes, and the last that names globals in the open."""


_OWN = ("get", "name")
"""Attributes of `Stored` itself."""


class Stored:
    """An object of RLBench: its attributes and nothing else."""

    name: ClassVar[str]

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __setstate__(self, state: Any) -> None:
        """Take over plain attributes.

        Raises:
            UnpicklingError: it is filled with something else.
        """
        if not isinstance(state, dict):
            raise pickle.UnpicklingError(f"a {self.name} filled with a {type(state).__name__}")
        strange = [name for name in state if not isinstance(name, str) or name.startswith("__") or name in _OWN]
        if strange:
            raise pickle.UnpicklingError(f"a {self.name} with an attribute {strange[0]!r}")
        self.__dict__.update({name: _plain(value) for name, value in state.items()})

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute; versions of RLBench differ in which there are."""
        return self.__dict__.get(name, default)


class Observation(Stored):
    """One frame of a demonstration."""

    name = "rlbench.backend.observation.Observation"

    @property
    def misc(self) -> dict[str, Any]:
        """Cameras, and what versions of RLBench add."""
        misc = self.get("misc")
        return misc if isinstance(misc, dict) else {}


class Demo(Stored):
    """A demonstration: `_observations`, and the generator's state it began with."""

    name = "rlbench.demo.Demo"


_ALLOWED: dict[str, Any] = restricted_pickle.NUMPY | {kind.name: kind for kind in (Demo, Observation)}


def read_demo(path: Path) -> Demo:
    """Read `low_dim_obs.pkl`; a bare list of observations is taken as well.

    Raises:
        DataError: The file is broken, unsafe, or holds something else.
    """
    found = restricted_pickle.load(path, _ALLOWED)
    demo = Demo(_observations=found) if isinstance(found, list) else found
    observations = demo.get("_observations") if isinstance(demo, Demo) else None
    if not isinstance(observations, list) or not observations:
        raise DataError(path, f"holds a {type(found).__name__}, not a demonstration with observations")
    strangers = {type(each).__name__ for each in observations if not isinstance(each, Observation)}
    if strangers:
        raise DataError(path, f"holds a {', a '.join(sorted(strangers))} where an observation should be")
    return demo


def read_descriptions(path: Path) -> tuple[str, ...]:
    """Read `variation_descriptions.pkl`.

    Old ones hold what a reset returned, in which there may be an observation beside, or instead of, descriptions.

    Raises:
        DataError: The file is broken, unsafe, or holds something else.
    """
    found = restricted_pickle.load(path, _ALLOWED)
    if isinstance(found, Observation):
        return ()
    texts = found[0] if isinstance(found, tuple) and found else found
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise DataError(path, f"holds a {type(texts).__name__}, not a list of descriptions")
    return tuple(texts)


def read_number(path: Path) -> int:
    """Read `variation_number.pkl`.

    Raises:
        DataError: The file is broken, unsafe, or holds something else.
    """
    found = restricted_pickle.load(path, _ALLOWED)
    if isinstance(found, bool) or not isinstance(found, (int, np.integer)) or found < 0:
        raise DataError(path, f"holds {found!r}, not the number of a variation")
    return int(found)


def dumped(value: Any) -> bytes:
    """Return the pickle of plain data, arrays and stored objects, as RLBench under NumPy 1 or 2 reads it."""
    content, parts, done = pickle.dumps(value, protocol=PROTOCOL), [], 0
    for opcode, ours, position in pickletools.genops(content):
        if opcode.name == "GLOBAL" and position is not None and ours is not None:
            parts += [content[done:position], b"c", _theirs(ours).replace(" ", "\n").encode(), b"\n"]
            done = position + len(ours) + 2
    return b"".join([*parts, content[done:]])


def _theirs(ours: str) -> str:
    """The global, as `module name`, that stands in their pickles for one of ours."""
    for kind in (Demo, Observation):
        if ours == f"{kind.__module__} {kind.__name__}":
            return " ".join(kind.name.rsplit(".", 1))
    return ours.replace("numpy._core.", "numpy.core.")  # the name before NumPy 2, which later versions know too


def _plain(value: Any) -> Any:
    """Arrays of NumPy's own class, in lists and mappings as well."""
    if isinstance(value, np.ndarray):
        return np.array(value, subok=False)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(entry) for entry in value)
    return value
