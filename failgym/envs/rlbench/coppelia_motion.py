"""Arm and gripper of a running RLBench scene. Imports nothing of RLBench: it works on the objects that it is given."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.errors import UnreachableError
from failgym.envs.rlbench.frames import Frames
from failgym.envs.rlbench.protocol import Path
from failgym.rotations import multiply, normalised, quat_from_rotvec, rotation_between
from failgym.scene import Pose

Array = NDArray[np.float64]
GRIPPER_SPEED = 0.2
"""Of the finger joints, m/s: RLBench's own for discrete gripper actions."""
CLOSED = 0.5
"""Commanded closure above which the hand counts as closing, and attaches what is in front of its sensor."""
LONGEST = 2000
"""Control steps of a planned motion, at most."""
SHORTEST = 1e-4
"""Length of a joint path below which there is no motion, rad: the trajectory generator divides by it."""
ASTRAY = 0.02
"""Distance between where a planned motion ends and where it was to end, m, above which its poses are guessed."""
SUBSTEPS = (1, 4, 12)
"""Numbers of parts into which the way to a pose is cut until inverse kinematics follows it."""


class Motion:
    """Moves the robot of a scene.

    Args:
        scene: `rlbench.backend.scene.Scene`.
        frames: Conventions of its arm.
        errors: PyRep's errors for a way, a configuration and inverse kinematics that were not found.
        algorithm: PyRep's name of the sampling planner.
        shape: PyRep's object type of shapes.
    """

    def __init__(
        self, scene: Any, frames: Frames, errors: tuple[type[Exception], ...], algorithm: Any, shape: Any
    ) -> None:
        """Take the robot as it stands for what it is told to be."""
        self._scene, self._frames, self._errors = scene, frames, errors
        self._algorithm, self._shape = algorithm, shape
        self._arm, self._gripper = scene.robot.arm, scene.robot.gripper
        self.begin()

    def begin(self) -> None:
        """Forget what was commanded: the robot was reset."""
        self.targets = np.array(self._arm.get_joint_positions(), dtype=np.float64)
        self.closure = 0.0
        self._actuating = False

    # -- arm ----------------------------------------------------------------------------------------------------------

    def hand(self) -> Pose:
        """Return the measured pose of the hand."""
        return self._frames.hand(self._arm.get_tip().get_pose())

    def drive(self, joints: Array | None) -> None:
        """Set the targets of the joints; None keeps them."""
        if joints is not None:
            self.targets = np.array(joints, dtype=np.float64)
        self._arm.set_joint_target_positions(self.targets.tolist())

    def inverse(self, hand: Pose) -> Array | None:
        """Return joint positions that bring the hand there, found from the present ones on; None if there are none."""
        for parts in SUBSTEPS:
            joints = self._solve(hand, parts)
            if joints is not None:
                return joints
        return None

    def plan(self, hand: Pose, ignore_collisions: bool, linear: bool) -> Path:
        """Plan a motion to a pose of the hand: straight where that is possible, else sampled."""
        tip = self._frames.tip(hand)
        inside = getattr(self._scene, "check_target_in_workspace", None)
        if inside is not None and not inside(np.array(tip[:3])):
            raise UnreachableError(f"{np.round(hand.position, 3).tolist()} m lies outside of RLBench's workspace")
        arm, goal = self._arm, {"quaternion": tip[3:], "ignore_collisions": ignore_collisions}

        def found() -> Any:
            if linear:
                return arm.get_linear_path(tip[:3], **goal)
            return arm.get_path(
                tip[:3], **goal, trials=100, max_configs=10, max_time_ms=10, trials_per_goal=5,
                algorithm=self._algorithm,
            )  # fmt: skip

        return self._planned(found, hand, collisions=not ignore_collisions)

    def approach(self, waypoint: Any, hand: Pose) -> Path:
        """Plan the motion to one of RLBench's waypoints, at which the hand ends, as its demonstrations do."""
        return self._planned(waypoint.get_path, hand, collisions=True)

    def _planned(self, find: Any, hand: Pose, collisions: bool) -> Path:
        try:
            with self._apart() if collisions else _nothing():
                path = find()
        except self._errors as error:
            raise UnreachableError(f"no way was found: {error}") from error
        return self._sampled(path, hand)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Let the planner ignore what the arm touches already, as RLBench does."""
        held, own = self._gripper.get_grasped_objects(), self._arm.get_objects_in_tree(object_type=self._shape)
        touching = [
            shape
            for shape in self._scene.pyrep.get_objects_in_tree(object_type=self._shape)
            if shape not in held and shape not in own and shape.is_collidable() and self._arm.check_arm_collision(shape)
        ]
        for shape in touching:
            shape.set_collidable(False)
        try:
            yield
        finally:
            for shape in touching:
                shape.set_collidable(True)

    def _sampled(self, path: Any, goal: Pose) -> Path:
        """Return what the path would command at each control step; physics does not move."""
        points = np.asarray(path._path_points, dtype=np.float64).reshape(-1, len(self.targets))
        if float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()) < SHORTEST:
            joints = points[-1:]
        else:
            joints = self._timed(path, points)
        hands, start = self._forward(joints), self.hand()
        if float(np.abs(hands[-1, :3] - goal.position).max()) > ASTRAY:
            # Joints that physics drives may not follow when they are merely set: what matters is where the way ends.
            ways = (between(start, goal, share) for share in np.linspace(0.0, 1.0, len(joints) + 1)[1:])
            hands = np.array([np.concatenate(pose) for pose in ways])
        return Path(joints, hands)

    def _timed(self, path: Any, points: Array) -> Array:
        commanded: list[list[float]] = []
        done = False
        # PyRep divides by the length of the part of the path that it is in, which may be nothing.
        with np.errstate(all="ignore"):
            while not done and len(commanded) < LONGEST:
                done = bool(path.step())
                commanded.append(self._arm.get_joint_target_positions())
        self._arm.set_joint_target_positions(self.targets.tolist())
        joints = np.array(commanded, dtype=np.float64)
        joints = joints[np.isfinite(joints).all(axis=1)]
        # The last sample of the generator may stop short of the end.
        return np.concatenate([joints, points[-1:]])

    def _forward(self, joints: Array) -> Array:
        """Return hand poses, (T, 7), at these joint positions."""
        here = self._arm.get_joint_positions()
        hands = []
        for row in joints:
            self._arm.set_joint_positions(row.tolist())
            hands.append(np.concatenate(self.hand()))
        self._arm.set_joint_positions(here)
        return np.array(hands)

    def _solve(self, hand: Pose, parts: int) -> Array | None:
        if parts == 1:
            return self._ik(hand)
        here = self._arm.get_joint_positions()
        start, joints = self.hand(), None
        try:
            for part in range(1, parts + 1):
                joints = self._ik(between(start, hand, part / parts))
                if joints is None:
                    return None
                self._arm.set_joint_positions(joints.tolist())
        finally:
            self._arm.set_joint_positions(here)
        return joints

    def _ik(self, hand: Pose) -> Array | None:
        tip = self._frames.tip(hand)
        try:
            joints = np.array(self._arm.solve_ik_via_jacobian(tip[:3], quaternion=tip[3:]), dtype=np.float64)
        except self._errors:
            return None
        return joints if np.isfinite(joints).all() else None

    # -- gripper ------------------------------------------------------------------------------------------------------

    def grip(self, closure: float, graspable: Sequence[Any]) -> None:
        """Let the fingers go on towards a closure for one control step; attach or let go when that changes sides."""
        if abs(closure - self.closure) > 1e-3:
            closes, closed = closure > CLOSED, self.closure > CLOSED
            self.closure, self._actuating = closure, True
            # As RLBench's discrete gripper does: what is there is attached, or let go, before the fingers move.
            if closes and not closed:
                for thing in graspable:
                    self._gripper.grasp(thing)
            elif closed and not closes:
                self._gripper.release()
        if self._actuating:
            self._actuating = not self._gripper.actuate(min(1.0, max(0.0, 1.0 - self.closure)), GRIPPER_SPEED)

    def measured_closure(self) -> float:
        """Return how far the fingers are closed, 0..1."""
        return float(1.0 - np.mean(self._gripper.get_open_amount()))

    def force(self) -> float:
        """Return the smaller of the fingers' touch forces, N; 0 for hands without sensors."""
        try:
            forces = self._gripper.get_touch_sensor_forces()
        except (NotImplementedError, RuntimeError):
            return 0.0
        return float(min(np.linalg.norm(force) for force in forces)) if forces else 0.0

    # -- snapshots ----------------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """Return what a snapshot must hold; nothing may hang on the hand."""
        arm, gripper = self._arm, self._gripper
        return {
            "trees": (arm.get_configuration_tree(), gripper.get_configuration_tree()),
            "joints": arm.get_joint_positions(),
            "fingers": gripper.get_joint_positions(),
            "targets": self.targets.copy(),
            "closure": self.closure,
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Put the robot back, in the order in which RLBench resets it; it is at rest then."""
        arm, gripper = self._arm, self._gripper
        for tree in saved["trees"]:
            self._scene.pyrep.set_configuration_tree(tree)
        arm.set_joint_positions(saved["joints"], disable_dynamics=True)
        arm.set_joint_target_velocities([0.0] * len(arm.joints))
        gripper.set_joint_positions(saved["fingers"], disable_dynamics=True)
        gripper.set_joint_target_velocities([0.0] * len(gripper.joints))
        self.targets, self.closure = saved["targets"].copy(), saved["closure"]
        # Fingers that were under way, or press on something, go on towards what they are told.
        self._actuating = True
        self.drive(None)


def between(start: Pose, end: Pose, share: float) -> Pose:
    """Return the pose after a share of the straight way."""
    turn = rotation_between(start.quat_wxyz, end.quat_wxyz)
    return Pose(
        start.position + share * (end.position - start.position),
        normalised(multiply(quat_from_rotvec(share * turn), start.quat_wxyz)),
    )


@contextmanager
def _nothing() -> Iterator[None]:
    yield
