"""What a world is compiled from: room, robot, things, cameras, and what it is furnished with."""

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import mujoco

from failgym.scene import PATTERNS, PROPS, SOMEBODY
from failgym.sim.arena import build_arena
from failgym.sim.cameras import CAMERAS, HAND, CameraSpec, add_camera
from failgym.sim.entities import Entity, props
from failgym.sim.entities.somebody import add_somebody
from failgym.sim.patterns import add_patterns
from failgym.sim.robots import RobotModel
from failgym.sim.robots.meshes import dress

VISUALS = ("primitive", "mesh")
"""What a robot looks like: its own shells, or the meshes of an installed robosuite. Physics does not change."""


def _add_props(spec: mujoco.MjSpec) -> None:
    for prop in props.PROPS:
        prop.build(spec)


EXTRAS: dict[str, Callable[[mujoco.MjSpec], None]] = {
    PROPS: _add_props,
    SOMEBODY: add_somebody,
    PATTERNS: add_patterns,
}
"""What a scene can be furnished with, and what adds it to a model."""


def build_model(
    robot: RobotModel, entities: Sequence[Entity], visual: str = "primitive", extras: Collection[str] = ()
) -> mujoco.MjModel:
    """Compile room, robot, things and cameras; `visual` is one of `VISUALS`, `extras` some of `EXTRAS`."""
    spec = mujoco.MjSpec()
    build_arena(spec)
    for arm in robot.arms:
        arm.build(spec)
    for entity in entities:
        entity.build(spec)
    for extra, add in EXTRAS.items():
        if extra in extras:
            add(spec)
    for camera, hand in rig(robot):
        add_camera(spec, camera, hand)
    if visual == "mesh":
        dress(spec, robot)
    return spec.compile()


built = functools.lru_cache(maxsize=64)(build_model)
"""The same, once per process: whoever changes the model takes a copy."""


def rig(robot: RobotModel) -> list[tuple[CameraSpec, str]]:
    """Return the cameras of a scene, and the hand that carries each; the wrist cameras of a pair name their arm."""
    cameras = [(camera, robot.hand_body) for camera in CAMERAS.values() if camera.body != HAND]
    for arm in robot.arms:
        for camera in CAMERAS.values():
            if camera.body == HAND:
                name = f"{arm.arm}_{camera.name}" if arm.arm else camera.name
                cameras.append((replace(camera, name=name), arm.hand_body))
    return cameras


__all__ = ["EXTRAS", "VISUALS", "build_model", "built", "rig"]
