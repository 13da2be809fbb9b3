"""An ALOHA-like pair: two six-joint ViperX 300 arms that face each other across the middle of the table."""

import functools

import mujoco

from failgym.sim.robots import aloha_look as look
from failgym.sim.robots.gripper import Gripper, add_gripper
from failgym.sim.robots.robot import RobotModel, Shell, add_collider, add_joint, add_materials, add_servo, add_shells

_QUARTER = 0.7071067811865476
_STRAIGHT = (1.0, 0.0, 0.0, 0.0)
_TURNED = (0.0, 0.0, 0.0, 1.0)
_ASIDE = (_QUARTER, -_QUARTER, 0.0, 0.0)
"""z of the turned frame is y of the frame before."""
_AHEAD = (_QUARTER, 0.0, _QUARTER, 0.0)
"""z of the turned frame is x of the frame before."""
_BACK = (_QUARTER, 0.0, -_QUARTER, 0.0)
"""Undoes `_AHEAD`."""

# Frames of the six links as (position in m, orientation wxyz) in the frame of the link before; the joint axis is z.
_FRAMES = (
    ((0.0, 0.0, 0.079), _STRAIGHT),
    ((0.0, 0.0, 0.04805), _ASIDE),
    ((0.05955, -0.3, 0.0), _STRAIGHT),
    ((0.2, 0.0, 0.0), _AHEAD),
    ((0.0, 0.0, 0.1), _BACK),
    ((0.069744, 0.0, 0.0), _AHEAD),
)
_TURN = 3.14158
_LIMITS = (
    (-_TURN, _TURN),
    (-1.85005, 1.25664),
    (-1.76278, 1.6057),
    (-_TURN, _TURN),
    (-1.8675, 2.23402),
    (-_TURN, _TURN),
)
# Soft servos, yet 0.3 kg at full reach bends the arm by less than 3 mm. Torque limit over damping is 2.0 to 2.4 rad/s,
# less than the real joints can do (pi rad/s): a wrist that fast works things loose.
_TORQUE_LIMITS = (50.0, 70.0, 60.0, 20.0, 20.0, 12.0)
_STIFFNESS = (450.0, 700.0, 600.0, 180.0, 180.0, 100.0)
_DAMPING = (25.0, 35.0, 30.0, 9.0, 9.0, 5.0)
_ARMATURE = (0.3, 0.3, 0.3, 0.1, 0.1, 0.1)

# Of the base and the six links: mass in kg and what collides.
_COLLIDERS = (
    (0.969, Shell("box", (0.085, 0.060, 0.052), look.BLACK, (-0.02, 0.0, 0.012))),
    (0.799, Shell("capsule", (0.045,), look.BLACK, (0.0, -0.01, 0.048), (0.0, 0.01, 0.048))),
    (0.793, Shell("capsule", (0.040,), look.BLACK, (0.0, -0.02, 0.0), (0.02, -0.29, 0.0))),
    (0.322, Shell("capsule", (0.032,), look.BLACK, (0.0, 0.0, 0.0), (0.19, 0.0, 0.0))),
    (0.415, Shell("capsule", (0.028,), look.BLACK, (0.0, 0.0, 0.01), (0.0, 0.0, 0.09))),
    (0.115, Shell("capsule", (0.026,), look.BLACK, (0.01, 0.0, 0.0), (0.055, 0.0, 0.0))),
    (0.100, Shell("capsule", (0.026,), look.BLACK, (0.0, 0.0, -0.005), (0.0, 0.0, 0.005))),
)
_JOINTS = ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate")
_PALM = Shell("box", (0.026, 0.066, 0.030), look.BLACK, (0.0, 0.0, 0.024))
_KNUCKLE = Shell("box", (0.0105, 0.008, 0.016), look.BLACK, (0.0, 0.011, 0.016))
_PAD = Shell("box", (0.0105, 0.006, 0.0125), look.TAPE, (0.0, 0.006, 0.0425))

_ALONG_X = 0.48
_ASTRIDE = 0.44
"""Distance of a base from the middle of the table, m: further out the hands part above the middle, further in each
stands in the way of its own side."""
_STAND = look.STAND_HEIGHT


def _build(arm: str, spec: mujoco.MjSpec) -> None:
    """Adds one arm of the pair.

    Source: Trossen Robotics, ViperX 300 6DOF specification (link lengths, joint limits, masses).
    """
    robot = _ARMS[arm]
    spec.compiler.degree = False
    add_materials(spec, look.MATERIALS)
    link = spec.worldbody.add_body(name=robot.base_body, pos=list(robot.base_pos), quat=list(robot.base_quat_wxyz))
    _cover(link, arm, 0, look.BASE)
    for index, (pos, quat_wxyz) in enumerate(_FRAMES):
        joint, limits = robot.arm_joints[index], _LIMITS[index]
        link = link.add_body(name=f"{arm}_link{index + 1}", pos=list(pos), quat=list(quat_wxyz), gravcomp=1.0)
        add_joint(link, joint, limits, armature=_ARMATURE[index], damping=_DAMPING[index])
        add_servo(spec, robot.arm_actuators[index], joint, limits, kp=_STIFFNESS[index], force=_TORQUE_LIMITS[index])
        _cover(link, arm, index + 1, look.LINKS[index])
    add_gripper(spec, link, robot, _GRIPPERS[arm])


def _cover(link: mujoco.MjsBody, arm: str, index: int, shells: tuple[Shell, ...]) -> None:
    mass, shape = _COLLIDERS[index]
    add_collider(link, f"{arm}_link{index}", shape, mass)
    add_shells(link, shells)


def _gripper(turn: tuple[float, float, float, float]) -> Gripper:
    return Gripper(
        pos=(0.0, 0.0, 0.0),
        quat_wxyz=turn,
        palm=_PALM,
        palm_mass=0.45,
        hand_shells=look.HAND,
        knuckle=_KNUCKLE,
        knuckle_mass=0.05,
        pad=_PAD,
        pad_mass=0.02,
        finger_shells=look.FINGER,
    )


# Mounted so that the hands of both arms, pointing down at home, have the same frame, and their wrists half a turn of
# room to either side of it.
_GRIPPERS = {"left": _gripper(_TURNED), "right": _gripper(_STRAIGHT)}


def _model(arm: str, side: float, partner: RobotModel | None = None) -> RobotModel:
    return RobotModel(
        name="aloha",
        build=functools.partial(_build, arm),
        arm_joints=tuple(f"{arm}_{joint}" for joint in _JOINTS),
        home=(0.0, -0.32300822, 0.4141137, 0.0, 1.47969084, 0.0),
        arm_actuators=tuple(f"{arm}_{joint}_servo" for joint in _JOINTS),
        finger_joints=(f"{arm}_finger_joint_left", f"{arm}_finger_joint_right"),
        finger_actuators=(f"{arm}_finger_servo_left", f"{arm}_finger_servo_right"),
        tcp_site=f"{arm}_tcp",
        finger_pads=((f"{arm}_pad_left",), (f"{arm}_pad_right",)),
        hand_geoms=(f"{arm}_palm", f"{arm}_knuckle_left", f"{arm}_knuckle_right"),
        max_opening=0.084,
        base_body=f"{arm}_base",
        hand_body=f"{arm}_hand",
        base_pos=(_ALONG_X, side * _ASTRIDE, _STAND),
        base_quat_wxyz=(_QUARTER, 0.0, 0.0, -side * _QUARTER),
        arm=arm,
        partner=partner,
    )


_RIGHT = _model("right", -1.0)
ALOHA = _model("left", 1.0, _RIGHT)
"""The left arm, with the right arm as its partner."""
_ARMS = {"left": ALOHA, "right": _RIGHT}
