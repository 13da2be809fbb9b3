"""Somebody's hand, which comes in and holds a board where the robot wants to go."""

import mujoco
import numpy as np

from failgym.rotations import quat_from_rotvec
from failgym.scene import SOMEBODY
from failgym.sim.entities.entity import PARKED, Colour, Triple, box, drawn
from failgym.sim.robots.robot import HITS_ARM_AND_WORLD, WORLD

BOARD_HALF = (0.085, 0.085, 0.006)
"""Half sizes of the board, m; its middle is the origin of the body, its face looks along +z, the arm is at +x."""
ARM_LENGTH = 0.8
"""From the middle of the board to where the sleeve ends, m."""
ARM_RADIUS = 0.042
"""m."""
_WOOD, _PAPER = (0.60, 0.44, 0.28, 1.0), (0.95, 0.95, 0.93, 1.0)
_SKIN, _SLEEVE = (0.80, 0.60, 0.48, 1.0), (0.27, 0.37, 0.52, 1.0)
_UNSEEN: Triple = (PARKED[0], PARKED[1] - 3.0, PARKED[2])


def add_somebody(spec: mujoco.MjSpec) -> None:
    """Add board, hand and forearm as one body that nothing pushes aside: who holds it holds it fast."""
    body = spec.worldbody.add_body(name=SOMEBODY, pos=_UNSEEN, mocap=True)
    half, edge = BOARD_HALF[2], BOARD_HALF[0]
    box(body, (0, 0, 0), BOARD_HALF, _WOOD)
    drawn(box(body, (-0.008, 0, half), (0.070, 0.074, 0.0006), _PAPER))
    box(body, (edge + 0.030, 0, 0), (0.032, 0.036, 0.011), _SKIN)
    for across in (-0.028, -0.009, 0.010, 0.029):
        drawn(_limb(body, (edge + 0.01, across, -half - 0.006), (edge - 0.055, across, -half - 0.006), 0.008, _SKIN))
    drawn(_limb(body, (edge + 0.02, 0.03, half + 0.004), (edge - 0.030, 0.022, half + 0.007), 0.009, _SKIN))
    _limb(body, (edge + 0.06, 0, 0), (edge + 0.20, 0, 0.004), 0.029, _SKIN)
    _limb(body, (edge + 0.16, 0, 0.003), (ARM_LENGTH - ARM_RADIUS, 0, 0.006), ARM_RADIUS, _SLEEVE)


def _limb(body: mujoco.MjsBody, start: Triple, end: Triple, radius: float, rgba: Colour) -> mujoco.MjsGeom:
    """Add a colliding capsule from one point to another, m."""
    a, b = np.array(start), np.array(end)
    way = (b - a) / np.linalg.norm(b - a)
    turn = np.cross((0.0, 0.0, 1.0), way)
    angle = np.arctan2(np.linalg.norm(turn), way[2])
    quat = quat_from_rotvec(angle * turn / max(1e-9, np.linalg.norm(turn)))
    geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, rgba=rgba, group=1, condim=4)
    geom.pos, geom.quat = ((a + b) / 2).tolist(), quat.tolist()
    geom.size = [radius, float(np.linalg.norm(b - a)) / 2, 0.0]
    geom.contype, geom.conaffinity = WORLD, HITS_ARM_AND_WORLD
    return geom


__all__ = ["ARM_LENGTH", "ARM_RADIUS", "BOARD_HALF", "add_somebody"]
