"""Universal Robots UR5e with a parallel two-finger gripper: the real joint layout and limits under drawn shells."""

import mujoco

from failgym.sim.robots import ur5e_look as look
from failgym.sim.robots.gripper import Gripper, add_gripper
from failgym.sim.robots.robot import RobotModel, Shell, add_collider, add_joint, add_materials, add_servo, add_shells

_QUARTER = 0.7071067811865476
_UP = (_QUARTER, _QUARTER, 0.0, 0.0)
_DOWN = (_QUARTER, -_QUARTER, 0.0, 0.0)
_STRAIGHT = (1.0, 0.0, 0.0, 0.0)
_TURNED = (0.0, 0.0, 0.0, 1.0)
"""Half a turn about z: the maker's own base frame has the arm reach towards -x."""

# Denavit-Hartenberg frames of the six links as (position in m, orientation wxyz) in the frame of the link before. What
# Denavit and Hartenberg shift after a joint along its axis is shifted before it: the flange is the last frame.
_FRAMES = (
    ((0.0, 0.0, 0.1625), _STRAIGHT),
    ((0.0, 0.0, 0.0), _UP),
    ((-0.425, 0.0, 0.0), _STRAIGHT),
    ((-0.3922, 0.0, 0.1333), _STRAIGHT),
    ((0.0, -0.0997, 0.0), _UP),
    ((0.0, 0.0996, 0.0), _DOWN),
)
_TURN = 6.283185307179586
_LIMITS = (
    (-_TURN, _TURN),
    (-_TURN, _TURN),
    (-_TURN / 2, _TURN / 2),
    (-_TURN, _TURN),
    (-_TURN, _TURN),
    (-_TURN, _TURN),
)
_TORQUE_LIMITS = (150.0, 150.0, 150.0, 28.0, 28.0, 28.0)
# Soft servos: stiff ones fight the contact solver and drop what the hand holds. Torque limit over damping is 2.4 rad/s,
# less than the real joints can do (pi rad/s): a wrist that fast works things loose.
_STIFFNESS = (900.0, 900.0, 900.0, 200.0, 200.0, 200.0)
_DAMPING = (60.0, 60.0, 60.0, 12.0, 12.0, 12.0)
_ARMATURE = (0.3, 0.3, 0.3, 0.1, 0.1, 0.1)

# Of the base and the six links: mass in kg, and the capsule that collides as radius, start and end in m.
_COLLIDERS = (
    (4.0, 0.06, (0.0, 0.0, 0.06), (0.0, 0.0, 0.08)),
    (3.761, 0.06, (0.0, 0.05, 0.0), (0.0, -0.06, 0.0)),
    (8.058, 0.055, (0.0, 0.0, 0.138), (-0.425, 0.0, 0.138)),
    (2.846, 0.045, (0.0, 0.0, 0.007), (-0.3922, 0.0, 0.007)),
    (1.37, 0.042, (0.0, 0.03, 0.0), (0.0, -0.05, 0.0)),
    (1.30, 0.042, (0.0, -0.03, 0.0), (0.0, 0.04, 0.0)),
    (0.365, 0.036, (0.0, 0.0, -0.05), (0.0, 0.0, -0.03)),
)


def build_ur5e(spec: mujoco.MjSpec) -> None:
    """Adds a UR5e with its base at the world origin, and a gripper that opens 85 mm.

    Source: Universal Robots, UR5e technical specification and DH parameters (frames, limits, torques, masses).
    """
    spec.compiler.degree = False
    add_materials(spec, look.MATERIALS)
    link = spec.worldbody.add_body(name="ur5e_base", quat=list(_TURNED))
    _cover(link, 0, look.BASE)
    for index, (pos, quat_wxyz) in enumerate(_FRAMES):
        joint = UR5E.arm_joints[index]
        link = link.add_body(name=f"ur5e_link{index + 1}", pos=list(pos), quat=list(quat_wxyz), gravcomp=1.0)
        add_joint(link, joint, _LIMITS[index], armature=_ARMATURE[index], damping=_DAMPING[index])
        add_servo(
            spec,
            UR5E.arm_actuators[index],
            joint,
            _LIMITS[index],
            kp=_STIFFNESS[index],
            force=_TORQUE_LIMITS[index],
        )
        _cover(link, index + 1, look.LINKS[index])
    add_gripper(spec, link, UR5E, _GRIPPER)


def _cover(link: mujoco.MjsBody, index: int, shells: tuple[Shell, ...]) -> None:
    mass, radius, start, end = _COLLIDERS[index]
    add_collider(link, f"ur5e_link{index}", Shell("capsule", (radius,), look.TUBE, start, end), mass)
    add_shells(link, shells)


_GRIPPER = Gripper(
    pos=(0.0, 0.0, 0.045),
    quat_wxyz=_STRAIGHT,
    palm=Shell("box", (0.0315, 0.062, 0.053), look.BLACK, (0.0, 0.0, 0.008)),
    palm_mass=0.75,
    hand_shells=look.HAND,
    knuckle=Shell("box", (0.0105, 0.007, 0.016), look.METAL, (0.0, 0.009, 0.016)),
    knuckle_mass=0.03,
    pad=Shell("box", (0.0105, 0.006, 0.0125), look.RUBBER, (0.0, 0.006, 0.0425)),
    pad_mass=0.02,
    finger_shells=look.FINGER,
)
_NAMES = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")

UR5E = RobotModel(
    name="ur5e",
    build=build_ur5e,
    arm_joints=tuple(f"ur5e_{name}_joint" for name in _NAMES),
    home=(-0.30073492, -1.71674633, 1.67844396, -1.53249395, -1.57079633, -1.87153125),
    arm_actuators=tuple(f"ur5e_{name}_servo" for name in _NAMES),
    finger_joints=("ur5e_finger_joint_left", "ur5e_finger_joint_right"),
    finger_actuators=("ur5e_finger_servo_left", "ur5e_finger_servo_right"),
    tcp_site="ur5e_tcp",
    finger_pads=(("ur5e_pad_left",), ("ur5e_pad_right",)),
    hand_geoms=("ur5e_palm", "ur5e_knuckle_left", "ur5e_knuckle_right"),
    max_opening=0.085,
    base_body="ur5e_base",
    hand_body="ur5e_hand",
)
