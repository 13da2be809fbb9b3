"""Franka Panda: the real joint layout, limits and force limits under shells made of primitives."""

import mujoco

from failgym.sim.robots import panda_look as look
from failgym.sim.robots.gripper import Gripper, add_gripper
from failgym.sim.robots.robot import RobotModel, Shell, add_collider, add_joint, add_materials, add_servo, add_shells

_QUARTER = 0.7071067811865476
_UP = (_QUARTER, _QUARTER, 0.0, 0.0)
_DOWN = (_QUARTER, -_QUARTER, 0.0, 0.0)
_STRAIGHT = (1.0, 0.0, 0.0, 0.0)

# Denavit-Hartenberg frames of the seven links as (position in m, orientation wxyz) in the frame of the link before.
_FRAMES = (
    ((0.0, 0.0, 0.333), _STRAIGHT),
    ((0.0, 0.0, 0.0), _DOWN),
    ((0.0, -0.316, 0.0), _UP),
    ((0.0825, 0.0, 0.0), _UP),
    ((-0.0825, 0.384, 0.0), _DOWN),
    ((0.0, 0.0, 0.0), _UP),
    ((0.088, 0.0, 0.0), _UP),
)
_LIMITS = (
    (-2.8973, 2.8973),
    (-1.7628, 1.7628),
    (-2.8973, 2.8973),
    (-3.0718, -0.0698),
    (-2.8973, 2.8973),
    (-0.0175, 3.7525),
    (-2.8973, 2.8973),
)
_TORQUE_LIMITS = (87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0)
# Soft servos: stiff ones fight the contact solver and drop what the hand holds. Torque limit over damping is about
# the real joint speed limit (2.2 to 2.6 rad/s).
_STIFFNESS = (900.0, 900.0, 900.0, 900.0, 150.0, 150.0, 150.0)
_DAMPING = (45.0, 45.0, 45.0, 45.0, 6.0, 6.0, 6.0)
_ARMATURE = (0.3, 0.3, 0.3, 0.3, 0.1, 0.1, 0.1)

# Of the base and the seven links: mass in kg, and the capsule that collides as radius, start and end in m.
_COLLIDERS = (
    (2.81, 0.07, (-0.09, 0.0, 0.07), (0.0, 0.0, 0.07)),
    (2.36, 0.06, (0.0, 0.0, -0.17), (0.0, 0.0, 0.0)),
    (2.38, 0.06, (0.0, 0.0, -0.06), (0.0, 0.0, 0.06)),
    (2.65, 0.06, (0.0, 0.0, -0.20), (0.0825, 0.0, 0.0)),
    (2.69, 0.06, (0.0, 0.0, 0.0), (-0.0825, 0.09, 0.0)),
    (2.98, 0.055, (0.0, 0.0, -0.28), (0.0, 0.06, -0.05)),
    (1.13, 0.05, (0.0, 0.0, -0.06), (0.0, 0.0, 0.02)),
    (0.41, 0.045, (0.0, 0.0, -0.05), (0.0, 0.0, 0.06)),
)


def build_panda(spec: mujoco.MjSpec) -> None:
    """Adds a Franka Panda with its base at the world origin.

    Source: Franka Emika, robot and interface specifications (joint frames, limits, torques, hand dimensions).
    """
    spec.compiler.degree = False
    add_materials(spec, look.MATERIALS)
    link = spec.worldbody.add_body(name="panda_link0")
    _cover(link, 0, look.BASE)
    for index, (pos, quat_wxyz) in enumerate(_FRAMES, start=1):
        link = link.add_body(name=f"panda_link{index}", pos=list(pos), quat=list(quat_wxyz), gravcomp=1.0)
        joint = PANDA.arm_joints[index - 1]
        add_joint(link, joint, _LIMITS[index - 1], armature=_ARMATURE[index - 1], damping=_DAMPING[index - 1])
        add_servo(
            spec,
            PANDA.arm_actuators[index - 1],
            joint,
            _LIMITS[index - 1],
            kp=_STIFFNESS[index - 1],
            force=_TORQUE_LIMITS[index - 1],
        )
        _cover(link, index, look.LINKS[index - 1])
    add_gripper(spec, link, PANDA, _GRIPPER)


def _cover(link: mujoco.MjsBody, index: int, shells: tuple[Shell, ...]) -> None:
    mass, radius, start, end = _COLLIDERS[index]
    add_collider(link, f"panda_link{index}", Shell("capsule", (radius,), look.WHITE, start, end), mass)
    add_shells(link, shells)


_GRIPPER = Gripper(
    pos=(0.0, 0.0, 0.107),
    quat_wxyz=(0.9238795325112867, 0.0, 0.0, -0.3826834323650898),
    palm=Shell("box", (0.0315, 0.1, 0.033), look.WHITE, (0.0, 0.0, 0.033)),
    palm_mass=0.70,
    hand_shells=look.HAND,
    knuckle=Shell("box", (0.0105, 0.011, 0.016), look.GREY, (0.0, 0.014, 0.016)),
    knuckle_mass=0.02,
    pad=Shell("box", (0.0105, 0.007, 0.0125), look.RUBBER, (0.0, 0.007, 0.0425)),
    pad_mass=0.01,
    finger_shells=look.FINGER,
)

PANDA = RobotModel(
    name="panda",
    build=build_panda,
    arm_joints=tuple(f"panda_joint{index}" for index in range(1, 8)),
    home=(0.0, -0.31101535, 0.0, -2.34742293, 0.0, 2.03640759, 0.78539816),
    arm_actuators=tuple(f"panda_servo{index}" for index in range(1, 8)),
    finger_joints=("panda_finger_joint_left", "panda_finger_joint_right"),
    finger_actuators=("panda_finger_servo_left", "panda_finger_servo_right"),
    tcp_site="panda_tcp",
    finger_pads=(("panda_pad_left",), ("panda_pad_right",)),
    hand_geoms=("panda_palm", "panda_knuckle_left", "panda_knuckle_right"),
    max_opening=0.08,
    base_body="panda_link0",
    hand_body="panda_hand",
)
