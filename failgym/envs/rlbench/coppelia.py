"""RLBench on CoppeliaSim behind FailGym's protocol; `rlbench` and `pyrep` are imported when it is launched.

Written against RLBench 1.2.0 and PyRep 4.1.0.3; where the PerAct and GemBench forks differ, both are served.
"""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from failgym.envs.rlbench.coppelia_launch import environment, opening, seeded, task_class, tool, versions
from failgym.envs.rlbench.coppelia_motion import Motion
from failgym.envs.rlbench.coppelia_task import TaskView
from failgym.envs.rlbench.errors import PlacementError, SimulatorError
from failgym.envs.rlbench.frames import Frames, camera
from failgym.envs.rlbench.protocol import CAMERAS, Begun, Launched, Path, Picture, Settings, State, Waypoint
from failgym.rotations import multiply, normalised, quat_from_rotvec
from failgym.scene import Pose

Array = NDArray[np.float64]
SENSORS = {
    "front": "_cam_front",
    "left": "_cam_over_shoulder_left",
    "right": "_cam_over_shoulder_right",
    "wrist": "_cam_wrist",
    "overhead": "_cam_overhead",
}
"""FailGym's camera -> attribute of RLBench's scene; that of its mask sensor ends in `_mask`."""


class Coppelia:
    """Implements `failgym.envs.rlbench.protocol.Simulator`; one at a time in a process."""

    def __init__(self) -> None:
        """Import nothing yet."""
        self._env: Any = None
        self._kept: dict[int, dict[str, Any]] = {}
        self._number = 0
        self._originals: dict[tuple[str, str], Any] = {}

    # -- life ---------------------------------------------------------------------------------------------------------

    def launch(self, settings: Settings) -> Launched:
        """Import RLBench and launch CoppeliaSim with RLBench's scene."""
        if self._env is not None:
            raise SimulatorError("a simulator was launched already: there is one in a process")
        self._settings = settings
        self._env = environment(settings)
        self._env.launch()
        self._scene, self._pyrep = self._env._scene, self._env._pyrep
        arm, gripper = self._env._robot.arm, self._env._robot.gripper
        self._frames = Frames(tip_from_hand=tool(arm, gripper)) if settings.robot == "panda" else Frames()
        errors, const = importlib.import_module("pyrep.errors"), importlib.import_module("pyrep.const")
        missed = (errors.ConfigurationPathError, errors.ConfigurationError, errors.IKError)
        algorithm = const.ConfigurationPathAlgorithms.RRTConnect
        self._motion = Motion(self._scene, self._frames, missed, algorithm, const.ObjectType.SHAPE)
        cameras = tuple(name for name in CAMERAS if self._sensor(name) is not None)
        _, intervals = arm.get_joint_intervals()
        limits = np.clip(np.array(intervals, dtype=np.float64), -2 * np.pi, 2 * np.pi)
        base = np.asarray(arm.get_position(), dtype=np.float64)
        below = np.array([base[0], base[1], float(self._scene._workspace_minz)]) - self._frames.origin
        return Launched(versions(), cameras, opening(gripper), self._workspace(), limits, tuple(below.tolist()))

    def load(self, task: str) -> int:
        """Load a task of RLBench, or of a fork of it, by the name of its file."""
        self._kept.clear()
        self._task_env = self._env.get_task(task_class(task))
        self._task = self._task_env._task
        self._view = TaskView(self._task, self._frames)
        return int(self._task_env.variation_count())

    def reset(self, variation: int, seed: int) -> Begun:
        """Begin an episode."""
        exceptions = importlib.import_module("rlbench.backend.exceptions")
        self._kept.clear()
        self._restore_altered()
        with seeded(seed):
            self._task_env.set_variation(variation)
            try:
                descriptions, _ = self._task_env.reset()
            except (exceptions.TaskEnvironmentError, exceptions.BoundaryError, exceptions.WaypointError) as error:
                raise PlacementError(str(error)) from error
            # Action modes and live demonstrations switch it on; a task that was loaded since may not have.
            self._env._robot.arm.set_control_loop_enabled(True)
            self._motion.begin()
            items, requirements = self._view.begin()
            waypoints = self._view.waypoints()
        self._verdict = self._view.success()
        return Begun(tuple(map(str, descriptions)), variation, items, requirements, waypoints)

    def shutdown(self) -> None:
        """Shut CoppeliaSim down."""
        if self._env is not None:
            self._env.shutdown()
            self._env = None

    # -- time ---------------------------------------------------------------------------------------------------------

    def state(self) -> State:
        """Return what is true now."""
        arm, gripper = self._env._robot.arm, self._env._robot.gripper
        held = gripper.get_grasped_objects()
        success, ended = self._verdict
        return State(
            hand=self._motion.hand(),
            joints=np.array(arm.get_joint_positions(), dtype=np.float64),
            joint_speeds=np.array(arm.get_joint_velocities(), dtype=np.float64),
            closure=self._motion.measured_closure(),
            force=self._motion.force(),
            grasped=tuple(each.get_name() for each in held),
            poses=self._view.poses(),
            positions=self._view.positions(),
            met=self._view.met({each.get_handle() for each in held}),
            success=success,
            ended=ended,
            touched=self._view.touched(gripper._proximity_sensor),
        )

    def step(self, joints: Array | None, closure: float) -> State:
        """Run one control step."""
        self._motion.drive(joints)
        self._motion.grip(float(closure), self._task.get_graspable_objects())
        self._scene.step()
        # Conditions with an order move on when they are asked: once a step, as in RLBench's demonstrations.
        self._verdict = self._view.success()
        return self.state()

    # -- motion and waypoints -----------------------------------------------------------------------------------------

    def inverse(self, hand: Pose) -> Array | None:
        """Solve inverse kinematics near the present joint positions."""
        return self._motion.inverse(hand)

    def plan(self, hand: Pose, ignore_collisions: bool, linear: bool) -> Path:
        """Plan a motion."""
        return self._motion.plan(hand, ignore_collisions, linear)

    def enter(self, waypoint: Waypoint) -> Waypoint:
        """Set out for a waypoint."""
        return self._view.enter(waypoint)

    def approach(self, index: int) -> Path:
        """Plan the motion to a waypoint."""
        return self._motion.approach(self._view.point(index), self._view.end(index))

    def leave(self, index: int) -> None:
        """Tell the task that a waypoint was reached."""
        self._view.leave(index)

    # -- scene --------------------------------------------------------------------------------------------------------

    def register_graspable(self, names: Sequence[str]) -> None:
        """Let the hand attach these as well."""
        self._view.register(names)

    def set_pose(self, name: str, pose: Pose) -> None:
        """Put an object somewhere; PyRep resets its dynamics."""
        self._object(name).set_pose(self._frames.world(pose))

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter a colour, a mass or a camera."""
        changes = {"colour": self._colour, "mass": self._mass, "camera": self._shift}
        if what not in changes:
            raise SimulatorError(f"{what!r} cannot be altered; possible: {', '.join(changes)}")
        changes[what](name, values)

    def snapshot(self) -> int:
        """Keep the task's and the robot's configuration, what is attached, and the task's counters."""
        gripper = self._env._robot.gripper
        held, parents = list(gripper._grasped_objects), list(gripper._old_parents)
        # The configuration of the task's tree holds what is in it: what is attached goes back there for a moment.
        for each, parent in zip(held, parents, strict=True):
            each.set_parent(parent, keep_in_place=True)
        kept = {"task": self._task.get_state(), "robot": self._motion.save(), "memory": self._view.save()}
        for each in held:
            each.set_parent(gripper._attach_point, keep_in_place=True)
        self._number += 1
        self._kept[self._number] = kept | {"held": held, "verdict": self._verdict}
        return self._number

    def restore(self, number: int) -> State:
        """Go back to a kept state; velocities are lost, and with them bit-identity."""
        if number not in self._kept:
            raise SimulatorError(f"there is no snapshot {number} of this episode")
        kept, gripper = self._kept[number], self._env._robot.gripper
        gripper.release()
        self._motion.load(kept["robot"])
        self._view.load(kept["memory"])
        self._task.restore_state(kept["task"])
        for each in kept["held"]:
            gripper._grasped_objects.append(each)
            gripper._old_parents.append(each.get_parent())
            each.set_parent(gripper._attach_point, keep_in_place=True)
        self._verdict = kept["verdict"]
        return self.state()

    def forget(self, number: int) -> None:
        """Drop a kept state."""
        self._kept.pop(number, None)

    # -- pictures -----------------------------------------------------------------------------------------------------

    def picture(self, camera: str) -> Picture:
        """Render one camera."""
        sensor = self._existing(camera)
        sensor.handle_explicitly()
        rgb = np.clip(np.asarray(sensor.capture_rgb()) * 255.0, 0.0, 255.0).astype(np.uint8)
        depth = segmentation = None
        if self._settings.depth:
            depth = np.array(sensor.capture_depth(in_meters=True), dtype=np.float32)
        mask = self._sensor(camera, "_mask") if self._settings.segmentation else None
        if mask is not None:
            mask.handle_explicitly()
            coded = np.rint(np.asarray(mask.capture_rgb(), dtype=np.float64) * 255.0).astype(np.int32)
            segmentation = coded[..., 0] + 256 * coded[..., 1] + 65536 * coded[..., 2]
        return Picture(rgb, *self.camera(camera), depth=depth, segmentation=segmentation)

    def camera(self, camera: str) -> tuple[Array, Array]:
        """Return intrinsics and pose of a camera."""
        return _calibration(self._existing(camera))

    # -- inside -------------------------------------------------------------------------------------------------------

    def _sensor(self, name: str, suffix: str = "") -> Any:
        sensor = getattr(self._scene, SENSORS.get(name, "") + suffix, None)
        return sensor if sensor is not None and sensor.still_exists() else None

    def _existing(self, name: str) -> Any:
        sensor = self._sensor(name)
        if sensor is None:
            raise SimulatorError(f"there is no camera {name!r}: it was not asked for when the simulator was launched")
        return sensor

    def _object(self, name: str) -> Any:
        if name not in self._view.objects:
            raise SimulatorError(f"the task has no object {name!r}; it has {', '.join(self._view.objects)}")
        return self._view.objects[name]

    def _workspace(self) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
        def ends(axis: str, origin: float) -> tuple[float, float]:
            low, high = (float(getattr(self._scene, f"_workspace_{end}{axis}")) - origin for end in ("min", "max"))
            return low, high

        x, y, z = self._frames.origin.tolist()
        return ends("x", x), ends("y", y), ends("z", z)

    def _colour(self, name: str, values: Sequence[float] | None) -> None:
        shape = self._object(name)
        original = self._originals.setdefault(("colour", name), list(shape.get_color()))
        shape.set_color(original if values is None else [float(value) for value in values])

    def _mass(self, name: str, values: Sequence[float] | None) -> None:
        shape = self._object(name)
        original = self._originals.setdefault(("mass", name), float(shape.get_mass()))
        shape.set_mass(original if values is None else original + float(values[0]))

    def _shift(self, name: str, values: Sequence[float] | None) -> None:
        sensor = self._existing(name)
        original = self._originals.setdefault(("camera", name), np.array(sensor.get_pose(), dtype=np.float64))
        pose = self._frames.pose(original)
        if values is not None:
            moved, turn = np.array(values[:3], dtype=np.float64), quat_from_rotvec(list(values[3:6]))
            pose = Pose(pose.position + moved, normalised(multiply(turn, pose.quat_wxyz)))
        sensor.set_pose(self._frames.world(pose))

    def _restore_altered(self) -> None:
        """Put back what was altered in the episode before; colours of things belong to their task, which sets them."""
        for what, name in list(self._originals):
            if what != "colour":
                self.alter(what, name, None)
        self._originals.clear()


def _calibration(sensor: Any) -> tuple[Array, Array]:
    return camera(sensor.get_matrix(), np.array(sensor.get_intrinsic_matrix()))
