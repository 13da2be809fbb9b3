"""The parallel two-finger gripper that every arm carries, in the proportions of its own hand."""

from dataclasses import dataclass

import mujoco

from failgym.sim.robots.robot import (
    RobotModel,
    Shell,
    add_collider,
    add_joint,
    add_servo,
    add_shells,
    couple_joints,
    make_pad,
)

TOOL_DISTANCE = 0.1034
"""From the origin of the hand to the tool point, m."""
FINGER_DISTANCE = 0.0584
"""From the origin of the hand to that of its fingers, m."""

_FINGER_TURNS = (("left", (1.0, 0.0, 0.0, 0.0)), ("right", (0.0, 0.0, 0.0, 1.0)))
_STIFFNESS = 2000.0
_DAMPING = 150.0
_ARMATURE = 0.15
# The force limit, not the stiffness, decides how firm the hand holds what is thicker than 3 cm.
_FORCE = 30.0


@dataclass(frozen=True)
class Gripper:
    """Shapes and masses of a hand and of one of its two equal fingers; z points out of the hand, y is the opening axis.

    A finger is described as the one at +y: its pad faces -y.
    """

    pos: tuple[float, float, float]
    """Position of the hand on the last link, m."""
    quat_wxyz: tuple[float, float, float, float]
    """Orientation of the hand on the last link."""
    palm: Shell
    """What collides of the hand."""
    palm_mass: float
    """Mass of the hand in kg."""
    hand_shells: tuple[Shell, ...]
    """What is drawn of the hand."""
    knuckle: Shell
    """What collides of a finger and is no pad."""
    knuckle_mass: float
    """Its mass in kg."""
    pad: Shell
    """What a finger holds things with."""
    pad_mass: float
    """Its mass in kg."""
    finger_shells: tuple[Shell, ...]
    """What is drawn of a finger."""


def add_gripper(spec: mujoco.MjSpec, flange: mujoco.MjsBody, robot: RobotModel, gripper: Gripper) -> None:
    """Adds a hand with two servo-driven, coupled fingers to the last link of an arm.

    Args:
        spec: The model.
        flange: Last link of the arm.
        robot: The arm: names of what is added, and how wide the hand opens.
        gripper: What the hand is made of.
    """
    hand = flange.add_body(name=robot.hand_body, pos=list(gripper.pos), gravcomp=1.0)
    hand.quat = list(gripper.quat_wxyz)
    palm, *knuckles = robot.hand_geoms
    add_collider(hand, palm, gripper.palm, gripper.palm_mass)
    add_shells(hand, gripper.hand_shells)
    hand.add_site(name=robot.tcp_site, pos=[0.0, 0.0, TOOL_DISTANCE], size=[0.005, 0.005, 0.005], group=4)
    limits = (0.0, robot.max_opening / 2)
    for index, (side, turn) in enumerate(_FINGER_TURNS):
        name = f"{robot.prefix}_finger_{side}"
        finger = hand.add_body(name=name, pos=[0.0, 0.0, FINGER_DISTANCE], quat=list(turn), gravcomp=1.0)
        joint = robot.finger_joints[index]
        add_joint(finger, joint, limits, slide=True, armature=_ARMATURE, damping=_DAMPING)
        add_servo(spec, robot.finger_actuators[index], joint, limits, kp=_STIFFNESS, force=_FORCE)
        add_collider(finger, knuckles[index], gripper.knuckle, gripper.knuckle_mass)
        make_pad(add_collider(finger, robot.finger_pads[index][0], gripper.pad, gripper.pad_mass))
        add_shells(finger, gripper.finger_shells)
    couple_joints(spec, robot.finger_joints)
