"""Screws: a spindle that turns and sinks, and lugs through which what sits on it turns it.

Spindle and screwed thing carry the same number of lugs. The thing comes down with its lugs between those of the
spindle; turned clockwise, it meets them, carries them round and sinks with the spindle. Nothing but contact joins them.
"""

import math
from collections.abc import Sequence

import mujoco
import numpy as np

from failgym.rotations import conjugate, multiply, quat_about_z, rotate, yaw
from failgym.scene import Goal, Pose, Stroke, Vector
from failgym.sim.entities.entity import HOVER, Colour, above, box, hand_down
from failgym.sim.robots.robot import add_joint

LUGS = 4
"""Lugs around a thread."""
TURN = 2 * math.pi / 3
"""By how much a thread turns, rad."""
SINK = 0.008
"""By how much it sinks meanwhile, m."""
PLAY = math.radians(26.0)
"""Turn from the middle between two lugs until lugs meet, rad."""
FRICTION_TORQUE = 0.02
"""What turns a spindle must overcome, N m: it stays as it was left."""
_READY = np.array([0.0, 0.0, 0.03])
"""From how far above the hand comes to screw, m."""
_STRIDE = math.radians(20.0)
_FACETS = 12


def add_spindle(spec: mujoco.MjSpec, base: mujoco.MjsBody, name: str, pos: Sequence[float]) -> mujoco.MjsBody:
    """Add a body that turns clockwise about z by `TURN` and sinks by `SINK`; its joint has its name."""
    spindle = base.add_body(name=name, pos=list(pos), gravcomp=1.0)
    hinge = add_joint(spindle, name, (0.0, TURN), armature=0.005, damping=0.01)
    hinge.axis = [0.0, 0.0, -1.0]
    hinge.frictionloss = FRICTION_TORQUE
    slide = add_joint(spindle, f"{name}_slide", (0.0, SINK), slide=True, armature=0.02, damping=1.0)
    slide.axis = [0.0, 0.0, -1.0]
    slide.limited = mujoco.mjtLimited.mjLIMITED_FALSE
    thread = spec.add_equality(name=f"{name}_thread", type=mujoco.mjtEq.mjEQ_JOINT, name1=slide.name, name2=name)
    thread.objtype = mujoco.mjtObj.mjOBJ_JOINT
    thread.data = [0.0, SINK / TURN, *[0.0] * (len(thread.data) - 2)]
    # Softness is scaled by the inertia of the hinge, of which the slide feels little: softer, it sinks under the lid.
    thread.solimp = [0.999, 0.9999, 0.001, 0.5, 2.0]
    spec.add_exclude(bodyname1=base.name, bodyname2=name)
    return spindle


def add_lugs(
    body: mujoco.MjsBody, radii: tuple[float, float], heights: tuple[float, float], half_width: float, rgba: Colour
) -> None:
    """Add the lugs of a thread, from an inner to an outer radius and between two heights, m; the first at +x."""
    middle, half = sum(radii) / 2, (radii[1] - radii[0]) / 2
    for index in range(LUGS):
        turn = 2 * math.pi * index / LUGS
        centre = (middle * math.cos(turn), middle * math.sin(turn), sum(heights) / 2)
        half_sizes = (half, half_width, (heights[1] - heights[0]) / 2)
        box(body, centre, half_sizes, rgba, mass=0.002, quat_wxyz=quat_about_z(turn).tolist())


def seat(pose: Pose, height: float, opening: float, clear: float) -> Goal:
    """Where a thing goes that is screwed down: its lugs between those of a spindle that is turned that far, 0..1.

    `pose` is that of what carries the spindle, `height` that of the thing's centre above it when nothing is turned, m.
    The thing comes from `clear` above, m: the less, the straighter.
    """
    position = pose.position + rotate(pose.quat_wxyz, (0.0, 0.0, height - opening * SINK))
    turned = multiply(pose.quat_wxyz, quat_about_z(math.pi / LUGS - opening * TURN))
    return above(position, turned, np.array([0.0, 0.0, clear]))


def is_seated(pose: Pose, height: float, opening: float, at: Pose) -> bool:
    """Whether a thing sits upright on such a spindle, within 6 mm of its axis and 5 mm of its height."""
    x, y, z = rotate(conjugate(pose.quat_wxyz), at.position - pose.position).tolist()
    upright = rotate(at.quat_wxyz, (0.0, 0.0, 1.0))[2] > 0.985
    return bool(math.hypot(x, y) < 0.006 and abs(z - height + opening * SINK) < 0.005 and upright)


def facet_grasps(pose: Pose, grip: float) -> tuple[Pose, ...]:
    """Hand poses from above on each pair of facets of a round thing, `grip` above its centre, m."""
    position = pose.position + rotate(pose.quat_wxyz, (0.0, 0.0, grip))
    return tuple(hand_down(position, heading) for heading in _headings(pose)[: _FACETS // 2])


def screwing(pose: Pose, grip: float, seated: float) -> tuple[Stroke, ...]:
    """Ways to screw down a thing that has its centre at `seated` above the table when nothing is turned, m.

    From any pair of facets, those first that turn the hand about as far to either side of straight ahead.
    """
    turned = float(np.clip((seated - pose.position[2]) / SINK, 0.0, 1.0))
    centre = pose.position + np.array([0.0, 0.0, grip])
    angles = np.linspace(0.0, (1.0 - turned) * TURN + PLAY, max(3, math.ceil((TURN + PLAY) / _STRIDE) + 1))
    depths = np.maximum(angles - PLAY, 0.0) * SINK / TURN

    def swing(heading: float) -> float:
        return abs(math.sin(heading - angles[-1] / 2 - math.pi / 2))

    return tuple(
        Stroke(_path(centre, heading, angles, depths), grip=True, approach=_READY, retreat=HOVER, preshape=0.0)
        for heading in sorted(_headings(pose), key=swing)
    )


def _path(centre: Vector, heading: float, angles: Vector, depths: Vector) -> tuple[Pose, ...]:
    return tuple(
        hand_down(centre - np.array([0.0, 0.0, depth]), heading - angle)
        for angle, depth in zip(angles.tolist(), depths.tolist(), strict=True)
    )


def _headings(pose: Pose) -> list[float]:
    facing = yaw(pose.quat_wxyz)
    return [facing + 2 * math.pi * index / _FACETS for index in range(_FACETS)]


__all__ = [
    "FRICTION_TORQUE", "LUGS", "PLAY", "SINK", "TURN", "add_lugs", "add_spindle", "facet_grasps", "is_seated",
    "screwing", "seat",
]  # fmt: skip
