"""Differential inverse kinematics at control rate, in front of soft position servos."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from failgym.rotations import multiply, normalised, quat_from_rotvec, rotation_between
from failgym.scene import Pose, Vector, toward
from failgym.sim.robots import RobotModel

MAX_STEP = 0.05
"""Largest motion of the commanded hand in one control step, m (1 m/s)."""
MAX_TURN = 0.2
"""Largest rotation of the commanded hand in one control step, rad."""
LEASH = 0.3
"""Largest distance of a commanded joint from the measured one, rad: pressing against something does not wind up."""
DAMPING = 1e-3
_STRIDE = 0.04, 0.25
"""Steps in which a way is tried, m and rad."""
POSTURE = 0.05


@functools.lru_cache(maxsize=8)
def _arm_only(robot: RobotModel) -> mujoco.MjModel:
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.compiler.discardvisual = True
    robot.build(spec)
    return spec.compile()


class Kinematics:
    """Forward and inverse kinematics of an arm alone."""

    def __init__(self, robot: RobotModel, model: mujoco.MjModel | None = None) -> None:
        """Compile the arm without the scene (once per process), or take the model of one."""
        self.model = _arm_only(robot) if model is None else model
        self.data = mujoco.MjData(self.model)
        self.site = self.model.site(robot.tcp_site).id
        joints = [self.model.joint(name) for name in robot.arm_joints]
        self.count = len(joints)
        self.qpos = np.array([joint.qposadr[0] for joint in joints])
        self.dofs = np.array([joint.dofadr[0] for joint in joints])
        self.low = np.array([joint.range[0] for joint in joints]) + 0.02
        self.high = np.array([joint.range[1] for joint in joints]) - 0.02
        self.home = np.array(robot.home)
        # Views, made once: inverse kinematics is a dozen small operations, and looking something up costs as much.
        whole = np.zeros((6, self.model.nv))
        self._linear, self._angular = whole[:3], whole[3:]
        first = int(self.dofs[0])
        self._columns = whole[:, first : first + self.count]
        self._jacobian = np.zeros((6, self.count))
        self._square = np.zeros((6, 6))
        self._diagonal = self._square.reshape(-1)[::7]
        self._residual, self._solved, self._moved = np.zeros(6), np.zeros(6), np.zeros(self.count)
        self._shift, self._turn = self._residual[:3], self._residual[3:]
        self._position = self.data.site_xpos[self.site]
        self._matrix = self.data.site_xmat[self.site]
        self._quat = np.zeros(4)
        self._q = self.data.qpos[int(self.qpos[0]) : int(self.qpos[0]) + self.count]

    def forward(self, q: Vector) -> Pose:
        """Return the pose of the tool centre point at joint angles `q`, rad."""
        self._bend(q)
        return Pose(self._position.copy(), self._quat.copy())

    def step(self, q: Vector, target: Pose) -> tuple[Vector, float]:
        """Return joint angles one damped least-squares step closer to the target, and the distance before it, m."""
        model, data, jacobian = self.model, self.data, self._jacobian
        self._bend(q)
        mujoco.mj_comPos(model, data)
        mujoco.mj_jacSite(model, data, self._linear, self._angular, self.site)
        jacobian[:] = self._columns
        self._shift[:] = target.position - self._position
        self._turn[:] = rotation_between(self._quat, target.quat_wxyz)
        distance = math.hypot(*self._shift.tolist())
        posture = POSTURE * (self.home - q)
        moved = q + self._descend(jacobian, self._residual, posture)
        within = np.minimum(np.maximum(moved, self.low), self.high)
        stopped = moved != within
        if any(stopped.tolist()):
            # Joints at their limits stay there; the others do the work.
            fixed = np.where(stopped, within - q, 0.0)
            free = jacobian * ~stopped
            moved = q + fixed + self._descend(free, self._residual - _times(jacobian, fixed), posture * ~stopped)
            within = np.minimum(np.maximum(moved, self.low), self.high)
        return within, distance

    def _descend(self, jacobian: Vector, error: Vector, posture: Vector) -> Vector:
        mujoco.mju_mulMatMatT(self._square, jacobian, jacobian)
        self._diagonal += DAMPING
        mujoco.mju_cholFactor(self._square, 0.0)
        mujoco.mju_cholSolve(self._solved, self._square, error - _times(jacobian, posture))
        mujoco.mju_mulMatTVec(self._moved, jacobian, self._solved)
        step: Vector = posture + self._moved
        return step

    def solve(self, target: Pose, start: Vector, iterations: int = 30) -> Vector | None:
        """Return joint angles that reach the target to 1 mm and 0.01 rad, else to 1 cm and 0.1 rad, else None."""
        q = start
        for _ in range(iterations):
            q, _ = self.step(q, target)
            distance, angle = self._error(q, target)
            if distance < 1e-3 and angle < 0.01:
                return q
        return q if distance < 0.01 and angle < 0.1 else None

    def follows(self, path: Sequence[Pose], start: Vector) -> bool:
        """Whether the hand can go along these poses, one after the other, from joint angles `start`."""
        q, here = start, self.forward(start)
        for goal in path:
            while here is not goal:
                here = toward(here, goal, *_STRIDE)
                q, _ = self.step(q, here)
            reached = self.solve(goal, q)
            if reached is None:
                return False
            q = reached
        return True

    def _bend(self, q: Vector) -> None:
        self._q[:] = q
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mju_mat2Quat(self._quat, self._matrix)

    def _error(self, q: Vector, target: Pose) -> tuple[float, float]:
        reached = self.forward(q)
        turn = rotation_between(reached.quat_wxyz, target.quat_wxyz)
        return float(np.abs(reached.position - target.position).max()), float(np.abs(turn).max())


def _times(matrix: Vector, vector: Vector) -> Vector:
    """Multiply by MuJoCo: NumPy's product rounds differently on other processors, and replays would differ."""
    product = np.empty(len(matrix))
    mujoco.mju_mulMatVec(product, matrix, vector)
    return product


class ArmController:
    """Turns commanded hand poses, joint increments and closures into servo targets."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, robot: RobotModel) -> None:
        """Look up everything that a step needs."""
        self.robot = robot
        self.kinematics = Kinematics(robot)
        joints = [model.joint(name).qposadr[0] for name in robot.arm_joints]
        actuators = [model.actuator(name).id for name in robot.arm_actuators]
        self._measured = data.qpos[joints[0] : joints[0] + len(joints)]
        self._servos = data.ctrl[actuators[0] : actuators[0] + len(actuators)]
        first = model.actuator(robot.finger_actuators[0]).id
        self._fingers = data.ctrl[first : first + len(robot.finger_actuators)]
        self._finger_travel = robot.max_opening / 2
        self.joints = self.kinematics.home.copy()
        self.target = self.kinematics.forward(self.joints)
        self.closure = 0.0

    def reset(self) -> None:
        """Command what is measured, gripper open."""
        self.joints = self._measured.copy()
        self.target = self.kinematics.forward(self.joints)
        self.command_closure(0.0)
        self._servos[:] = self.joints

    def move_to(self, position: Vector, quat_wxyz: Vector) -> None:
        """Bring the commanded hand towards a pose, at most 5 cm and 0.2 rad in one control step."""
        here = self.target
        shift = position - here.position
        length = math.hypot(*shift.tolist())
        if length > MAX_STEP:
            position = here.position + shift * (MAX_STEP / length)
        turn = rotation_between(here.quat_wxyz, quat_wxyz)
        angle = math.hypot(*turn.tolist())
        if angle > MAX_TURN:
            quat_wxyz = multiply(quat_from_rotvec(turn * (MAX_TURN / angle)), here.quat_wxyz)
        self._track(Pose(position.copy(), normalised(quat_wxyz)))

    def move_by(self, metres: Vector, rotvec: Vector) -> None:
        """Shift and turn the commanded hand, m and rad in the base frame."""
        quat = self.target.quat_wxyz
        if any(rotvec.tolist()):
            quat = normalised(multiply(quat_from_rotvec(rotvec), quat))
        self._track(Pose(self.target.position + metres, quat))

    def move_joints(self, radians: Vector) -> None:
        """Shift the commanded joints."""
        kinematics = self.kinematics
        self.joints = np.minimum(np.maximum(self.joints + radians, kinematics.low), kinematics.high)
        self.target = kinematics.forward(self.joints)
        self._servos[:] = self.joints

    def command_closure(self, closure: float) -> None:
        """Command the gripper, 0 open .. 1 closed."""
        self.closure = closure
        self._fingers[:] = (1.0 - closure) * self._finger_travel

    def joints_to(self, pose: Pose) -> Vector | None:
        """Return the joint increments (rad) from the commanded joints to a pose, None where the arm cannot reach."""
        solution = self.kinematics.solve(pose, self.joints)
        return None if solution is None else solution - self.joints

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses, from where it is commanded to be."""
        return self.kinematics.follows(path, self.joints)

    def state(self) -> tuple[Any, ...]:
        """Return what a snapshot must hold; every entry is replaced, never changed in place."""
        return self.joints, self.target, self.closure

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""
        self.joints, self.target, self.closure = state

    def _track(self, target: Pose) -> None:
        joints, distance = self.kinematics.step(self.joints, target)
        measured = self._measured
        self.joints = np.minimum(np.maximum(joints, measured - LEASH), measured + LEASH)
        # A target that the arm does not follow must not run away from it.
        if distance > 2 * MAX_STEP:
            target = Pose(self.kinematics.forward(self.joints).position, target.quat_wxyz)
        self.target = target
        self._servos[:] = self.joints
