"""One arm of a world: what it is told, where its hand is, and the scene as it sees it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.scene import Hand, Pose, Scene, Vector
from failgym.sim.controller import Kinematics
from failgym.sim.robots import RobotModel
from failgym.sim.robots.robot import COLLISION_GROUP
from failgym.sim.tracker import Tracker

if TYPE_CHECKING:
    from failgym.sim.world import World

CLEARANCE = 0.09
"""Between two hands on one thing, m."""


class Driver(Protocol):
    """Turns commanded hand poses and closures into what drives an arm."""

    kinematics: Kinematics
    target: Pose
    """Commanded tool centre point."""
    closure: float
    """Commanded, 0 open .. 1 closed."""

    def reset(self) -> None:
        """Command what is measured, gripper open."""

    def move_to(self, position: Vector, quat_wxyz: Vector) -> None:
        """Bring the commanded hand towards a pose, m."""

    def move_by(self, metres: Vector, rotvec: Vector) -> None:
        """Shift and turn the commanded hand, m and rad in the base frame."""

    def command_closure(self, closure: float) -> None:
        """Command the gripper."""

    def joints_to(self, pose: Pose) -> Vector | None:
        """Return the joint increments, rad, that lead to a pose; None where the arm cannot reach."""

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses."""

    def state(self) -> tuple[Any, ...]:
        """Return what a snapshot must hold."""

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Inverse of `state`."""


class Arm:
    """Reads and commands one arm; `index` is its place among the arms of the world."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        robot: RobotModel,
        tracker: Tracker,
        index: int,
        controller: "Driver",
    ) -> None:
        """Look up everything that a step needs."""
        self.robot, self.controller = robot, controller
        self._model, self._data = model, data
        self._tracker, self._index = tracker, index
        self._joints = slice(*_range(model, robot.arm_joints, model.jnt_qposadr))
        self._dofs = slice(*_range(model, robot.arm_joints, model.jnt_dofadr))
        self._fingers = slice(*_range(model, robot.finger_joints, model.jnt_qposadr))
        motors = [model.actuator(name).id for name in robot.finger_actuators]
        self._finger_forces = data.actuator_force[slice(motors[0], motors[-1] + 1) if motors else slice(0)]
        site = model.site(robot.tcp_site).id
        self._tcp_position, self._tcp_matrix = data.site_xpos[site], data.site_xmat[site]
        self._tcp_quat = np.zeros(4)

    def go_home(self) -> None:
        """Put the joints where the arm rests, the gripper open; before an episode begins."""
        self._data.qpos[self._joints] = self.robot.home
        self._data.qpos[self._fingers] = self.robot.max_opening / 2

    def spread(self, opening: float) -> None:
        """Put the fingers that far apart, 0 closed .. 1 open, to be looked at."""
        self._data.qpos[self._fingers] = opening * self.robot.max_opening / 2

    @property
    def width(self) -> float:
        """Distance between the pads, m."""
        return self._tracker.widths[self._index]

    @property
    def holding(self) -> str | None:
        """Name of the thing that both pads touch."""
        return self._tracker.holding(self._index)

    def hand(self) -> Hand:
        """State of the hand now."""
        width = self.width
        return Hand(
            Pose(self._tcp_position.copy(), self.tcp_quat().copy()), self.controller.target,
            1.0 - min(1.0, width / self.robot.max_opening), width, self._tracker.force(self._index), self.holding,
        )  # fmt: skip

    def finger_force(self) -> float:
        """Smallest force of a finger's servo, N, as a gripper's own driver reports it: 0 when closed on nothing."""
        return float(min((abs(force) for force in self._finger_forces.tolist()), default=0.0))

    def tcp_position(self) -> Vector:
        """Measured tool centre point, (3,) m; a view."""
        view: Vector = self._tcp_position
        return view

    def tcp_quat(self) -> Vector:
        """Measured orientation of the hand, (4,) wxyz; overwritten by the next call."""
        mujoco.mju_mat2Quat(self._tcp_quat, self._tcp_matrix)
        return self._tcp_quat

    def proprioception(self) -> tuple[Vector, Vector]:
        """Joint angles (rad) and speeds (rad/s); views."""
        return self._data.qpos[self._joints], self._data.qvel[self._dofs]

    def finger_geoms(self) -> NDArray[np.int64]:
        """Ids of the drawn geoms of the fingers."""
        model = self._model
        bodies = [model.jnt_bodyid[model.joint(name).id] for name in self.robot.finger_joints]
        drawn = np.isin(model.geom_bodyid, bodies) & (model.geom_group != COLLISION_GROUP)
        return np.flatnonzero(drawn)


class ArmScene:
    """The scene as one arm of several sees it: things are the world's, the hand is its own."""

    def __init__(self, world: "World", arms: Sequence[Arm]) -> None:
        """Take one arm, or two that move as one."""
        self._world, self._arms = world, tuple(arms)

    def __getattr__(self, name: str) -> Any:
        """What concerns things is the world's."""
        return getattr(self._world, name)

    def hand(self) -> Hand:
        """State of the (first) hand now."""
        return self._arms[0].hand()

    @property
    def home(self) -> Pose:
        """Pose of the (first) hand at rest."""
        kinematics = self._arms[0].controller.kinematics
        return kinematics.forward(kinematics.home)

    @property
    def holding(self) -> str | None:
        """Name of the thing that the hand, or both hands, hold."""
        held = {arm.holding for arm in self._arms}
        return held.pop() if len(held) == 1 else None

    def grasps(self, name: str) -> tuple[Pose, ...]:
        """Hand poses that would hold the thing now: clear of a hand that holds it, then those nearest to the arm."""
        others = [arm.tcp_position() for arm in self._world.arms if arm not in self._arms and arm.holding == name]
        base = self._arms[0].robot.base_pos

        def cost(pose: Pose) -> float:
            crowded = any(np.linalg.norm(pose.position - other) < CLEARANCE for other in others)
            return float(np.linalg.norm(pose.position - base)) + 10.0 * crowded

        return tuple(sorted(self._world.grasps(name), key=cost))

    def joints_to(self, pose: Pose) -> Vector | None:
        """Joint increments, rad, from the commanded joints to a pose; None where the arm cannot reach."""
        return self._arms[0].controller.joints_to(pose)

    def reaches(self, path: Sequence[Pose]) -> bool:
        """Whether the hand can go along these poses, from where it is commanded to be."""
        return self._arms[0].controller.reaches(path)

    def of(self, arm: str | None) -> Scene:
        """The scene as another arm sees it."""
        return self._world.of(arm)


def views(world: "World", arms: Sequence[Arm]) -> dict[str | None, Scene]:
    """Return the scene as each arm of a pair sees it, and as both together do."""
    by_name: dict[str | None, Sequence[Arm]] = {arm.robot.arm: (arm,) for arm in arms}
    return {name: cast(Scene, ArmScene(world, chosen)) for name, chosen in (by_name | {"both": arms}).items()}


def _range(model: mujoco.MjModel, joints: Sequence[str], addresses: NDArray[np.int32]) -> tuple[int, int]:
    first = int(addresses[model.joint(joints[0]).id]) if joints else 0
    return first, first + len(joints)
