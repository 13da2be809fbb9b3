"""A robosuite arm as FailGym drives it: robosuite's own controllers, told where hand and fingers shall be."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mujoco
import numpy as np

from failgym.rotations import conjugate, multiply, normalised, quat_from_rotvec, rotate, rotation_between
from failgym.scene import Hand, Pose, Vector, toward
from failgym.sim.arm import Arm
from failgym.sim.controller import MAX_STEP, MAX_TURN, Kinematics
from failgym.sim.robosuite.suite import arm_only, tool_site
from failgym.sim.robots import RobotModel
from failgym.sim.tracker import Tracker

LEASH, TURN_LEASH = 0.08, 0.5
"""Largest distance of the commanded from the measured hand, m and rad: pressing against something does not wind up."""
TIP = 0.010
"""How far open fingers reach beyond the tool point, m."""
FINGERLESS = 0.05
"""Opening of a hand that has no fingers: its thickness, m."""
TRAVEL_STEPS = 400
"""Physics steps after which a gripper has opened or closed, when its travel is measured."""
UNTURNED = np.array([1.0, 0.0, 0.0, 0.0])
QUARTER = quat_from_rotvec((0.0, 0.0, math.pi / 2))
"""robosuite's tool points have x across the fingers, FailGym's have y."""


@dataclass(frozen=True)
class SuiteHand:
    """What an arm of a robosuite environment is called in its model."""

    env: Any
    """From `suite.make`."""
    index: int
    """Of the robot."""

    @property
    def robot(self) -> Any:
        """Robosuite's robot."""
        return self.env.robots[self.index]

    @property
    def gripper(self) -> Any:
        """Robosuite's gripper."""
        return self.robot.gripper["right"]

    @property
    def model(self) -> mujoco.MjModel:
        """The environment's model."""
        return self.env.sim.model._model

    @property
    def data(self) -> mujoco.MjData:
        """The environment's data."""
        return self.env.sim.data._data

    @property
    def theirs(self) -> int:
        """Id of the tool point that robosuite controls."""
        return int(self.model.site(self.gripper.important_sites["grip_site"]).id)

    @property
    def site(self) -> str:
        """Name of FailGym's tool point."""
        return tool_site(f"gripper{self.index}_right_")

    @property
    def closing(self) -> Vector:
        """Direction in which each of the gripper's motors closes, -1 or 1."""
        before = self.gripper.current_action
        self.gripper.current_action = np.zeros(self.gripper.dof)
        direction = np.sign(self.gripper.format_action(np.ones(self.gripper.dof)))
        self.gripper.current_action = before
        return np.asarray(direction, dtype=np.float64)

    def describe(self, arm: str | None) -> RobotModel:
        """Return what FailGym needs to know of it, and put its tool point between the pads.

        `arm` is `left` or `right` of a pair, None for a single arm.
        """
        self._put_tool_point()
        pads = self.gripper.important_geoms
        sides = [(pads[f"{side}_fingerpad"], pads[f"{side}_finger"]) for side in ("left", "right")]
        if sides[0][0]:
            across = self.data.site(self.site).xmat.reshape(3, 3)[:, 1]
            sides.sort(key=lambda side: -float(self._middle(side[0]) @ across))
        (plus, finger_plus), (minus, finger_minus) = sides
        gauge = functools.partial(_between_pads, plus[0], minus[0]) if plus else _fingerless
        hand = [geom for geom in self.gripper.contact_geoms if geom not in (*finger_plus, *finger_minus)]
        robot = RobotModel(
            name=str(self.robot.name),
            build=_built_elsewhere,
            arm_joints=tuple(self.robot.robot_joints),
            home=tuple(np.asarray(self.robot.init_qpos, dtype=np.float64).tolist()),
            arm_actuators=tuple(self.robot.robot_model.arm_actuators),
            finger_joints=tuple(self.gripper.joints),
            finger_actuators=tuple(self.gripper.actuators),
            tcp_site=self.site,
            finger_pads=(tuple(finger_plus), tuple(finger_minus)),
            hand_geoms=tuple(hand),
            max_opening=0.0,
            base_body=str(self.robot.robot_model.root_body),
            hand_body=f"robot{self.index}_right_hand",
            base_pos=tuple((np.asarray(self.robot.base_pos) - self.env.failgym_origin).tolist()),
            arm=arm,
            gauge=gauge,
        )
        return replace(robot, max_opening=self.travel(robot)[1])

    def travel(self, robot: RobotModel) -> tuple[tuple[Vector, Vector], float]:
        """Return joint angles of the closed and the open gripper, and the opening of the latter, m."""
        model, data = self.model, mujoco.MjData(self.model)
        low, high = model.actuator_ctrlrange[[model.actuator(name).id for name in robot.finger_actuators]].T
        joints = [int(model.joint(name).qposadr[0]) for name in robot.finger_joints]
        gravity, model.opt.gravity = model.opt.gravity.copy(), np.zeros(3)
        ends, gauge = [], robot.gauge(robot, model, data)
        for direction in (self.closing, -self.closing):
            mujoco.mj_copyData(data, model, self.data)
            for name, ctrl in zip(robot.finger_actuators, (low + high + direction * (high - low)) / 2, strict=True):
                data.ctrl[model.actuator(name).id] = ctrl
            mujoco.mj_step(model, data, TRAVEL_STEPS)
            mujoco.mj_kinematics(model, data)
            ends.append(data.qpos[joints].copy())
        model.opt.gravity = gravity
        return (ends[0], ends[1]), gauge()

    def kinematics(self, robot: RobotModel) -> Kinematics:
        """Return forward and inverse kinematics of the arm alone, in FailGym's world frame."""
        alone = arm_only(self.env, f"robot{self.index}_", self.site)
        ours, known = alone.site(self.site).id, self.model.site(self.site).id
        alone.site_pos[ours], alone.site_quat[ours] = self.model.site_pos[known], self.model.site_quat[known]
        alone.site_sameframe[ours] = 0
        return Kinematics(robot, alone)

    def _put_tool_point(self) -> None:
        """Between the pads, as far above the fingertips as in FailGym's own hands, with y across the fingers."""
        model, data, site = self.model, self.data, self.model.site(self.site).id
        model.site_pos[site], model.site_quat[site] = model.site_pos[self.theirs], model.site_quat[self.theirs]
        model.site_sameframe[site] = 0
        mujoco.mj_kinematics(model, data)
        out = data.site_xmat[site].reshape(3, 3)[:, 2]
        pads = self.gripper.important_geoms
        tips = [self._end(name, out) for side in ("left", "right") for name in pads[f"{side}_finger"]]
        along = max(tips) - float(data.site_xpos[site] @ out) - TIP if tips else 0.0
        model.site_pos[site] += rotate(model.site_quat[site], (0.0, 0.0, along))
        model.site_quat[site] = multiply(model.site_quat[site], QUARTER)
        mujoco.mj_kinematics(model, data)

    def _end(self, geom: str, out: Vector) -> float:
        """How far a geom reaches in a direction, m."""
        index = self.model.geom(geom).id
        turn, box = self.data.geom_xmat[index].reshape(3, 3), self.model.geom_aabb[index]
        return float((self.data.geom_xpos[index] + turn @ box[:3]) @ out + np.abs(out @ turn) @ box[3:])

    def _middle(self, geoms: Sequence[str]) -> Vector:
        return np.asarray(np.mean([self.data.geom(name).xpos for name in geoms], axis=0))


class HandController:
    """Tells robosuite's operational-space controller absolute poses, and its gripper how far to close.

    robosuite's grippers take a sign and move at a fixed speed towards open or closed; here they move at that speed
    towards a closure, and stop there. Increments are of the commanded pose, as everywhere in FailGym, where robosuite's
    own are of the measured one. A redundant arm tends to the posture in which `reaches` expects it, where robosuite's
    own tends to that of reset, in which wrists run into their limits.
    """

    def __init__(self, hand: SuiteHand, robot: RobotModel) -> None:
        """Look up everything that a step needs."""
        self.robot = robot
        self.kinematics = hand.kinematics(robot)
        model, data, ours = hand.model, hand.data, hand.model.site(robot.tcp_site).id
        self._hand, self._gripper = hand, hand.gripper
        self._closing, self._origin = hand.closing, hand.env.failgym_origin
        back = conjugate(model.site_quat[ours])
        self._to_site = Pose(
            rotate(back, model.site_pos[hand.theirs] - model.site_pos[ours]),
            multiply(back, model.site_quat[hand.theirs]),
        )
        first = int(model.joint(robot.arm_joints[0]).qposadr[0])
        self._joints = data.qpos[first : first + len(robot.arm_joints)]
        self._position, self._matrix = data.site_xpos[ours], data.site_xmat[ours]
        self.reset()

    @property
    def joints(self) -> Vector:
        """Measured joint angles, rad: robosuite commands torques."""
        return np.array(self._joints)

    def measured(self) -> Pose:
        """Where the hand is."""
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, self._matrix)
        return Pose(self._position - self._origin, quat)

    def reset(self) -> None:
        """Command what is measured, gripper open."""
        self.target, self.closure = self.measured(), 0.0
        self._operational.new_update = True

    def move_to(self, position: Vector, quat_wxyz: Vector) -> None:
        """Bring the commanded hand towards a pose, at most 5 cm and 0.2 rad in one control step."""
        self._lead(toward(self.target, Pose(position.copy(), normalised(quat_wxyz)), MAX_STEP, MAX_TURN))

    def move_by(self, metres: Vector, rotvec: Vector) -> None:
        """Shift and turn the commanded hand, m and rad in the base frame."""
        quat = normalised(multiply(quat_from_rotvec(rotvec), self.target.quat_wxyz))
        self._lead(Pose(self.target.position + metres, quat))

    def command_closure(self, closure: float) -> None:
        """Command the gripper, 0 open .. 1 closed."""
        self.closure = closure

    def joints_to(self, pose: Pose) -> Vector | None:
        """Return the joint increments (rad) from the measured joints to a pose, None where the arm cannot reach."""
        solution = self.kinematics.solve(pose, self.joints)
        return None if solution is None else solution - self.joints

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses, from where it is."""
        return self.kinematics.follows(path, self.joints)

    def action(self) -> Vector:
        """Return the action of this control step for robosuite's robot, and move the fingers' command."""
        position, quat = self.target
        site = position + rotate(quat, self._to_site.position) + self._origin
        rotvec = rotation_between(UNTURNED, multiply(quat, self._to_site.quat_wxyz))
        wanted = self._closing * (2.0 * self.closure - 1.0)
        command = np.broadcast_to(self._gripper.current_action, wanted.shape)
        self._gripper.current_action = command + np.clip(wanted - command, -self._gripper.speed, self._gripper.speed)
        controller = self._operational
        controller.initial_joint, _ = self.kinematics.step(controller.initial_joint, self.target)
        parts = {"right": np.concatenate([site, rotvec]), "right_gripper": np.zeros(self._gripper.dof)}
        action: Vector = self._hand.robot.composite_controller.create_action_vector(parts)
        return action

    def state(self) -> tuple[Any, ...]:
        """Return what a snapshot must hold; every entry is replaced, never changed in place."""
        return self.target, self.closure, self._gripper.current_action, self._operational.initial_joint

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""
        self.target, self.closure, self._gripper.current_action, self._operational.initial_joint = state
        self._operational.new_update = True

    @property
    def _operational(self) -> Any:
        """Controller of the arm; robosuite makes new ones at each reset."""
        return self._hand.robot.composite_controller.part_controllers["right"]

    def _lead(self, target: Pose) -> None:
        """Command a pose, not far from the measured one."""
        self.target = toward(self.measured(), target, LEASH, TURN_LEASH)


class SuiteArm(Arm):
    """An arm in a robosuite model, whose origin is elsewhere."""

    def __init__(self, hand: SuiteHand, robot: RobotModel, tracker: Tracker, arm: int) -> None:
        """Look up everything that a step needs; `arm` is its place in the tracker."""
        super().__init__(hand.model, hand.data, robot, tracker, arm, HandController(hand, robot))
        self._origin = hand.env.failgym_origin
        (self._closed, self._open), _ = hand.travel(robot)

    def go_home(self) -> None:
        """Robosuite brings its arms home."""

    def spread(self, opening: float) -> None:
        """Put the fingers that far apart, 0 closed .. 1 open, to be looked at."""
        self._data.qpos[self._fingers] = self._closed + opening * (self._open - self._closed)

    def hand(self) -> Hand:
        """State of the hand now."""
        hand = super().hand()
        return replace(hand, pose=Pose(self.tcp_position(), hand.pose.quat_wxyz))

    def tcp_position(self) -> Vector:
        """Measured tool centre point, (3,) m."""
        position: Vector = self._tcp_position - self._origin
        return position


def _between_pads(
    first: str, second: str, robot: RobotModel, model: mujoco.MjModel, data: mujoco.MjData
) -> Callable[[], float]:
    """Return what measures the distance between the inner faces of two box-shaped pads, m."""
    one, other, site = model.geom(first).id, model.geom(second).id, model.site(robot.tcp_site).id
    centres = data.geom_xpos[one], data.geom_xpos[other]
    frames = data.geom_xmat[one].reshape(3, 3), data.geom_xmat[other].reshape(3, 3)
    sizes, across = (model.geom_size[one], model.geom_size[other]), data.site_xmat[site].reshape(3, 3)[:, 1]

    def measure() -> float:
        thick = sum(float(np.abs(across @ frame) @ size) for frame, size in zip(frames, sizes, strict=True))
        return max(0.0, abs(float((centres[0] - centres[1]) @ across)) - thick)

    return measure


def _fingerless(robot: RobotModel, model: mujoco.MjModel, data: mujoco.MjData) -> Callable[[], float]:
    """Return what says of a hand without fingers that it is open."""
    return lambda: FINGERLESS


def _built_elsewhere(spec: mujoco.MjSpec) -> None:
    raise NotImplementedError("robosuite builds its own robots")
