"""Demonstrations as RLBench's own generator pickles and draws them, made up here; none is RLBench's."""

import pickle
import sys
from contextlib import contextmanager
from types import ModuleType

import numpy as np
from PIL import Image

CAMERAS = ("left_shoulder", "right_shoulder", "overhead", "wrist", "front")
LEG = 8
"""Frames from one mark to the next."""
SIZE = (16, 12)
HOME = np.array([0.28, 0.0, 1.47, 0.0, 0.9926, 0.0, 0.1214])
NEAR, FAR = 0.01, 4.5

LOOKS_BACK = np.array([[0, -0.42262, -0.90631, 1.35], [-1, 0, 0, 0], [0, 0.90631, -0.42262, 1.58], [0, 0, 0, 1.0]])
LENS = np.array([[-22.0, 0, 8.0], [0, -22.0, 6.0], [0, 0, 1.0]])


class Observation:
    """Stands for RLBench's class of that name while a fixture is pickled."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


class Demo:
    """Stands for RLBench's class of that name while a fixture is pickled."""

    def __init__(self, observations, **fields):
        self._observations = observations
        self.__dict__.update(fields)


Observation.__module__, Demo.__module__ = "rlbench.backend.observation", "rlbench.demo"


@contextmanager
def rlbench_names():
    """Lets `pickle` find both classes where RLBench has them."""
    modules = {name: ModuleType(name) for name in ("rlbench", "rlbench.backend", "rlbench.backend.observation")}
    modules |= {"rlbench.demo": ModuleType("rlbench.demo")}
    modules["rlbench.demo"].Demo = Demo
    modules["rlbench.backend.observation"].Observation = Observation
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


def dumps(value, protocol=3, numpy_1=False):
    """Pickle as RLBench does; `numpy_1` as it did before NumPy 2, which protocol 3 spells in the open."""
    with rlbench_names():
        content = pickle.dumps(value, protocol=protocol)
    if not numpy_1:
        return content
    assert protocol == 3
    return content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def motion(*marks):
    """Gripper states and joint speeds of an arm that moves for `LEG` frames up to each mark: stop, close or open."""
    grip, speeds = [1.0], [np.full(7, 0.5)]
    for mark in marks:
        grip += [grip[-1]] * (LEG - 1) + [{"close": 0.0, "open": 1.0}.get(mark, grip[-1])]
        speeds += [np.full(7, 0.5)] * (LEG - 1) + [np.zeros(7) if mark == "stop" else np.full(7, 0.5)]
    return np.array(grip), np.array(speeds)


def observation(rng, grip, speed, cameras=CAMERAS, **more):
    """One observation with all of RLBench 1.2's fields; pictures are None, as on disk."""
    pose = HOME.copy()
    pose[:3] += rng.uniform(-0.1, 0.1, 3)
    misc = {}
    for camera in cameras:
        misc[f"{camera}_camera_extrinsics"] = LOOKS_BACK + np.pad(rng.uniform(-0.01, 0.01, (1, 1)), ((0, 3), (3, 0)))
        misc[f"{camera}_camera_intrinsics"] = LENS.copy()
        misc[f"{camera}_camera_near"], misc[f"{camera}_camera_far"] = NEAR, FAR
    fields = {f"{camera}_{kind}": None for camera in CAMERAS for kind in ("rgb", "depth", "mask", "point_cloud")}
    fields |= {
        "joint_velocities": speed,
        "joint_positions": rng.uniform(-1, 1, 7),
        "joint_forces": rng.uniform(-9, 9, 7),
        "gripper_open": float(grip),
        "gripper_pose": pose,
        "gripper_matrix": np.eye(4),
        "gripper_joint_positions": np.full(2, 0.04 * grip),
        "gripper_touch_forces": np.array([0.0, 3.0, 4.0, 0.0, 0.0, 2.0]) * (1.0 - grip),
        "task_low_dim_state": rng.uniform(-1, 1, 14),
        "misc": misc,
    }
    return Observation(**fields | more)


def recording(rng, *marks, cameras=CAMERAS):
    """The observations of one demonstration."""
    return [observation(rng, grip, speed, cameras) for grip, speed in zip(*motion(*marks), strict=True)]


def lay(folder, observations, rng=None, cameras=CAMERAS, pickled=None):
    """Write an episode's folder: the pickle and, with a generator, made-up pictures; they are returned by file."""
    folder.mkdir(parents=True)
    (folder / "low_dim_obs.pkl").write_bytes(dumps(Demo(observations)) if pickled is None else pickled)
    drawn = {}
    for camera in cameras if rng is not None else ():
        for kind in ("rgb", "depth", "mask"):
            (folder / f"{camera}_{kind}").mkdir()
            for step in range(len(observations)):
                image = rng.integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
                Image.fromarray(image).save(folder / f"{camera}_{kind}" / f"{step}.png")
                drawn[f"{camera}_{kind}", step] = image
    return drawn
