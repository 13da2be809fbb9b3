"""Builds robosuite environments: quietly, with soft resets, absolute hand poses and FailGym's cameras."""

import functools
import gc
import hashlib
import importlib
import logging
import os
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.episodes import CONTROL_HZ
from failgym.errors import ConfigurationError, FailGymError, MissingExtraError, UnknownNameError
from failgym.sim.cameras import CAMERAS, HAND, CameraSpec

ADVICE = (
    "(one of the packages that it asks for and never uses needs a compiler; without one: pip install --no-deps "
    "robosuite==1.5.2 && pip install 'mujoco>=3.5,<3.8' numba scipy opencv-python-headless termcolor, or in a checkout "
    "./run setup-robosuite, which installs requirements/robosuite.txt into .venv-robosuite)"
)
JAMMING, JAMS = "Robotiq85Gripper", (3, 8)
"""A gripper of robosuite 1.5.2, and the MuJoCo from which on its inner fingers collide with its inner knuckles."""
TOO_NEW = (3, 10)
"""The MuJoCo from which on robosuite 1.5.2 makes no environment."""
LOGGER = "robosuite_logs"
"""What robosuite's logger is called."""
PAIR_AHEAD = 0.5
"""Distance of the middle of the table from the origin, for two robots, m."""
WORKSPACE = (0.16, 0.26)
"""How far from the middle of the table the hand reaches comfortably, along x and y, m."""
BIN_SPACE = (0.13, 0.18)
"""How far from the middle of a bin things stand clear of its walls, along x and y, m."""
BIN_FLOOR = 0.02
"""Height of the floor of a bin above the bin's origin, m."""
STIFFNESS = 300.0
"""Of the operational-space controller, 1/s2; robosuite's largest."""
BEFORE_BINS = np.array([0.10, 0.12, 0.12])
"""By how much FailGym's cameras stand elsewhere before two bins, m: these are wider than a table."""
Xml = ET.Element


def load() -> Any:
    """Import robosuite without its start-up notices, without what Python thinks of its source, and without `MUJOCO_GL`.

    That variable, which robosuite sets, would decide for every renderer of this process and its children.

    Raises:
        MissingExtraError: it, or something that it imports, is not installed.
        FailGymError: it does not work with what is installed.
    """
    logger = logging.getLogger(LOGGER)
    logger.disabled = True
    chosen = os.environ.get("MUJOCO_GL")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            suite = importlib.import_module("robosuite")
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "robosuite", "robosuite", ADVICE) from error
    except ImportError as error:
        raise FailGymError(f"robosuite cannot be imported here: {error}. `failgym doctor` names conflicts.") from error
    finally:
        logger.disabled = False
        if chosen is None:
            os.environ.pop("MUJOCO_GL", None)
        else:
            os.environ["MUJOCO_GL"] = chosen
    logger.setLevel(logging.ERROR)
    return suite


@functools.cache
def versions() -> dict[str, str]:
    """Return what a bit-identical replay needs besides FailGym's own: packages, and how this processor rounds.

    robosuite's controllers invert matrices by compiled code and BLAS, which choose other instructions on other
    processors: their last bits tell which.
    """
    load()
    matrices = importlib.import_module("robosuite.utils.control_utils").opspace_matrices
    rng, seen = np.random.default_rng(0), hashlib.blake2b(digest_size=4)
    for _ in range(50):
        mass, jacobian = rng.uniform(-1.0, 1.0, (7, 7)), rng.uniform(-1.0, 1.0, (6, 7))
        # In the order in memory that robosuite's have: numba compiles anew for another.
        mass = np.asfortranarray(mass + mass.T + 7.0 * np.eye(7))
        for found in matrices(mass, jacobian, jacobian[:3].copy(), jacobian[3:].copy()):
            seen.update(np.ascontiguousarray(found).tobytes())
    return {name: version(name) for name in ("robosuite", "numba")} | {"linear algebra": seen.hexdigest()}


def make(task: str, robots: Sequence[str], **kwargs: Any) -> Any:
    """Build a robosuite environment that never renders by itself.

    The model is the same in every process: whatever robosuite draws while it builds one follows from seed 0.

    Args:
        task: Name of a robosuite environment, such as `Lift`.
        robots: One or two names of robosuite robots.
        **kwargs: Further arguments of that environment.

    Raises:
        MissingExtraError: robosuite is not installed.
        UnknownNameError: robosuite has no such environment or robot.
        ConfigurationError: robosuite refuses the combination, or does not work with the MuJoCo that is installed.
    """
    suite = load()
    _check_mujoco(TOO_NEW, "robosuite 1.5.2 makes no environment with it")
    for robot in robots:
        if robot not in suite.ALL_ROBOTS:
            raise UnknownNameError("robosuite robot", robot, sorted(suite.ALL_ROBOTS))
    if task not in suite.ALL_ENVIRONMENTS:
        raise UnknownNameError("robosuite task", task, sorted(suite.ALL_ENVIRONMENTS))
    given: dict[str, Any] = {
        "robots": list(robots),
        "controller_configs": [_controllers(suite, robot) for robot in robots],
        **{"use_camera_obs": False, "has_renderer": False, "has_offscreen_renderer": False},
        **{"hard_reset": False, "ignore_done": True, "control_freq": CONTROL_HZ, "seed": 0},
    }
    # An environment of robosuite holds 100 MB in a circle of references, and has few enough objects to be left lying.
    gc.collect()
    try:
        env = _with_cameras(suite, task)(**given | kwargs)
    except (ValueError, AssertionError) as error:
        raise ConfigurationError(f"robots of {task}", list(robots), str(error)) from error
    if any(type(robot.gripper["right"]).__name__ == JAMMING for robot in env.robots):
        _check_mujoco(JAMS, f"the grippers of {', '.join(robots)} jam with it before they are closed")
    return env


def _check_mujoco(too_new: tuple[int, int], because: str) -> None:
    here = tuple(int(part) for part in mujoco.__version__.split(".")[:2])
    if here >= too_new:
        raise ConfigurationError("mujoco", mujoco.__version__, f"3.5 to 3.7, since {because} (docs/robosuite.md)")


def _controllers(suite: Any, robot: str) -> dict[str, Any]:
    """Return robosuite's own operational-space controller of a robot, told poses instead of increments."""
    config: dict[str, Any] = suite.load_composite_controller_config(controller="BASIC", robot=robot)
    arms = {part: entry for part, entry in config["body_parts"].items() if part in ("right", "left")}
    for arm in arms.values():
        arm |= {"type": "OSC_POSE", "input_type": "absolute", "input_ref_frame": "world"}
        # Told to move and to turn as if one did not do the other, as is robosuite's default, a hand swings on by up to
        # 3 cm when it stops, and comes to rest after two seconds (UR5e).
        arm |= {"kp": STIFFNESS, "uncouple_pos_ori": False}
    # What a fixed arm does not have would only be warned about.
    config["body_parts"] = {"right": arms["right"]}
    return config


@functools.lru_cache(maxsize=32)
def _with_cameras(suite: Any, task: str) -> Any:
    """Return the class of a robosuite environment with FailGym's cameras and tool points in its models."""
    base = importlib.import_module("robosuite.environments.base")
    known = base.REGISTERED_ENVS[task]

    def edit_model_xml(self: Any, xml: str) -> str:
        root = ET.fromstring(known.edit_model_xml(self, xml))
        self.failgym_origin = find_origin(self, root)
        _name_table(root)
        _add_cameras(root, self.failgym_origin + (0.0 if hasattr(self, "table_offset") else BEFORE_BINS))
        _add_tool_points(root)
        edited = ET.tostring(root, encoding="unicode")
        self.failgym_xml = edited
        return edited

    made = type(known.__name__, (known,), {"edit_model_xml": edit_model_xml, "__module__": __name__})
    # Making a class registers it with robosuite, which shall keep its own.
    base.REGISTERED_ENVS[task] = known
    return made


def find_origin(env: Any, root: Xml) -> NDArray[np.float64]:
    """Return where FailGym's world frame begins in the model, (3,) m: at the robot's base, on the table."""
    bases = [_vector(body.get("pos")) for body in root.iter("body") if _is_base(body.get("name", ""))]
    table, _ = table_top(env)
    x, y, _ = np.mean(bases, axis=0)
    if len(bases) > 1:
        x, y = min(x, table[0] - PAIR_AHEAD), table[1]
    return np.array([x, y, table[2]])


def table_top(env: Any) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return the middle of the table's top in the frame of the model, and how far from it the hand works, m.

    Where there are bins, the floor of the first one is the table.
    """
    if hasattr(env, "table_offset"):
        return np.array(env.table_offset, dtype=np.float64), WORKSPACE
    return np.add(env.bin1_pos, (0.0, 0.0, BIN_FLOOR)), BIN_SPACE


def tool_site(arm: str) -> str:
    """Name of the tool point of an arm, given the prefix of its gripper: z out of the hand, y across the fingers."""
    return f"{arm}failgym_tcp"


def arm_only(env: Any, prefix: str, site: str) -> mujoco.MjModel:
    """Compile an arm of a robosuite environment without its scene, its geoms and its motors.

    Args:
        env: From `make`.
        prefix: Of the arm's bodies.
        site: Name of its tool point.
    """
    root = ET.fromstring(env.failgym_xml)
    for tag in ("actuator", "sensor", "equality", "contact", "tendon", "asset", "keyframe", "default", "custom"):
        for section in root.findall(tag):
            root.remove(section)
    world = root.find("worldbody")
    assert world is not None
    for child in list(world):
        if child.tag != "body" or not (child.get("name") or "").startswith(prefix):
            world.remove(child)
        else:
            child.set("pos", _text(_vector(child.get("pos")) - env.failgym_origin))
    for body in root.iter("body"):
        for child in list(body):
            spare = child.tag == "site" and child.get("name") != site
            if child.tag in ("geom", "camera", "light") or spare:
                body.remove(child)
    for element in root.iter():
        element.attrib.pop("class", None)
        element.attrib.pop("childclass", None)
    return mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))


def _name_table(root: Xml) -> None:
    """Give what is seen of the table, or of the floor of the first bin, the name that FailGym knows."""
    for body in root.iter("body"):
        if body.get("name") in ("table", "bin1"):
            next(geom for geom in body.findall("geom") if geom.get("group") == "1").set("name", "table")


def _is_base(name: str) -> bool:
    return name.startswith("robot") and name.endswith("_base")


def _add_cameras(root: Xml, origin: NDArray[np.float64]) -> None:
    world = root.find("worldbody")
    assert world is not None
    hands = [body for body in root.iter("body") if (body.get("name") or "").endswith("_right_hand")]
    for camera in CAMERAS.values():
        if camera.body != HAND:
            ET.SubElement(world, "camera", _attributes(camera, camera.name, origin))
            continue
        for hand, name in zip(hands, wrist_cameras(len(hands)), strict=True):
            ET.SubElement(hand, "camera", _attributes(camera, name, np.zeros(3)))


def cameras_of(arms: int) -> tuple[str, ...]:
    """Names of FailGym's cameras in a scene with so many robots."""
    return (*(camera.name for camera in CAMERAS.values() if camera.body != HAND), *wrist_cameras(arms))


def wrist_cameras(arms: int) -> tuple[str, ...]:
    """Names of the wrist cameras, in the order of robosuite's robots."""
    return ("wrist",) if arms == 1 else tuple(f"{arm}_wrist" for arm in PAIR)


PAIR = ("right", "left")
"""What FailGym calls the arms of robosuite's first and second robot: the first stands at -y."""


def _attributes(camera: CameraSpec, name: str, origin: NDArray[np.float64]) -> dict[str, str]:
    return {
        "name": name,
        "pos": _text(np.add(camera.pos, origin)),
        "quat": _text(camera.quat_wxyz),
        "fovy": str(camera.fovy_deg),
    }


def _add_tool_points(root: Xml) -> None:
    """Put one more site where each gripper's own tool point is; `hands` moves it between the pads."""
    for body in root.iter("body"):
        for site in body.findall("site"):
            name = site.get("name", "")
            if name.endswith("_grip_site"):
                place = {key: site.get(key, "") for key in ("pos", "quat") if site.get(key)}
                named = {"name": tool_site(name.removesuffix("grip_site")), "rgba": "0 0 0 0", "size": "0.001"}
                ET.SubElement(body, "site", place | named | {"group": "5"})


def _vector(text: str | None) -> NDArray[np.float64]:
    return np.array([float(part) for part in (text or "0 0 0").split()])


def _text(values: NDArray[np.float64]) -> str:
    return " ".join(repr(float(value)) for value in values)
