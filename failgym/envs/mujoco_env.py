"""The native environment: one task, one robot, MuJoCo underneath."""

import functools
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from failgym.envs.base import Array, ManipulationEnv, checked_size, chosen
from failgym.envs.observation import Observer, Place, StateReader, view_points
from failgym.episodes import EE_DELTA, KEYPOSE, ActionLayout, Event, Frame, Point, joint_delta, pair_of
from failgym.errors import ConfigurationError
from failgym.plans import Plan, Subtask
from failgym.scene import Scene
from failgym.sim.arm import Arm, Driver
from failgym.sim.cameras import extrinsics, intrinsics
from failgym.sim.controller import ArmController
from failgym.sim.model import EXTRAS, VISUALS, rig
from failgym.sim.render import Renderer, jpeg, make_renderer
from failgym.sim.render.renderer import PROFILES
from failgym.sim.robots import ROBOTS
from failgym.sim.world import Snapshot, World
from failgym.tasks import TASKS, Task

CONTROL_MODES = ("ee_delta", "joint_delta", "keypose")
RENDERERS = ("auto", "gl", "ray")


class Show(NamedTuple):
    """How an environment shows itself; as the arguments of the environments."""

    obs_mode: str
    cameras: Sequence[str] | None
    image_size: Sequence[int]
    render_profile: str
    renderer: str
    render_mode: str | None


class MujocoEnv(ManipulationEnv):
    """One native manipulation task on MuJoCo.

    Args:
        task: Name of a native task.
        robot: `panda`, `ur5e`, or `aloha` for tasks of two arms; None takes the first that the task knows.
        control_mode: `ee_delta` (7: dxyz m, rotation vector rad, closure), `joint_delta` (n + 1: rad, closure) or
            `keypose` (8: xyz m, quaternion wxyz, closure; one step brings the hand there, then moves the gripper).
        obs_mode: `state`, `state_dict`, `rgb`, `rgb+state` or `rgb+depth+segmentation`.
        reward_mode: `sparse` (1 at success) or `dense` (0..1, the share of the plan that is done).
        cameras: Cameras of the observation and of recorded frames: front, left, right, and wrist (of a pair
            left_wrist and right_wrist); None takes front, left and wrist (front and both wrists).
        variants: The task's variants that episodes draw from; None takes all (`failgym envs NAME` lists them).
        visual: `primitive`, or `mesh` for figures: the robot wears the meshes of an installed robosuite, and physics
            stays the same.
        image_size: Width and height, px.
        render_profile: `fast` or `shadow`.
        renderer: `auto`, `gl` or `ray`.
        render_mode: `rgb_array` or None.

    Raises:
        UnknownNameError: a task, robot, camera or variant that does not exist.
        ConfigurationError: a mode or size that does not exist; the message lists what does.
    """

    def __init__(
        self,
        task: str,
        robot: str | None = None,
        control_mode: str = "ee_delta",
        obs_mode: str = "state",
        reward_mode: str = "sparse",
        cameras: Sequence[str] | None = None,
        image_size: Sequence[int] = (256, 256),
        render_profile: str = "fast",
        renderer: str = "auto",
        render_mode: str | None = None,
        variants: Sequence[str] | None = None,
        visual: str = "primitive",
    ) -> None:
        """Build the scene; nothing is rendered and no GL context is made before the first picture."""
        self._arguments = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        self.task: Task = TASKS.build(task)
        if variants is not None:
            self.task.choose_from(variants)
        arm = ROBOTS.build(checked_robot(self.task, robot))
        world = World(arm, self.task.entities(), chosen("visual", visual, VISUALS))
        show = Show(obs_mode, cameras, image_size, render_profile, renderer, render_mode)
        self._equip(world, chosen("control_mode", control_mode, CONTROL_MODES), reward_mode, show)

    @staticmethod
    def find_task(name: str) -> type[Task]:
        """Return the class of a task."""
        return TASKS.get(name)

    @staticmethod
    def cameras_of(task: type[Task]) -> tuple[str, ...]:
        """Names of FailGym's cameras in the scene of a task with its first robot."""
        return tuple(camera.name for camera, _ in rig(ROBOTS.build(task.robots[0])))

    def _equip(self, world: World, control_mode: str, reward_mode: str, show: Show) -> None:
        """Lay out actions and observations."""
        self.world, arm = world, world.robot
        self._worlds: dict[frozenset[str], World] = {}
        layouts = (EE_DELTA, KEYPOSE, joint_delta(len(arm.arm_joints)))
        layout: ActionLayout = next(layout for layout in layouts if layout.kind == control_mode)
        names = tuple(str(part.arm) for part in arm.arms)
        if len(names) > 1:
            layout = pair_of(layout, names)
        self._command = {"ee_delta": self._ee_delta, "joint_delta": self._joint_delta, "keypose": self._absolute}[
            control_mode
        ]
        obs_mode, cameras, image_size, render_profile, renderer, render_mode = show
        self.render_mode = chosen("render_mode", render_mode, (None, "rgb_array"))
        self._profile = chosen("render_profile", render_profile, PROFILES)
        self._renderer_kind = chosen("renderer", renderer, RENDERERS)
        self._renderer: Renderer | None = None
        self.cameras = self._cameras(cameras)
        self.image_size = checked_size(image_size)
        self._look_at(world, layout, obs_mode)
        self._set_up(layout, reward_mode)

    def _look_at(self, world: World, layout: ActionLayout, obs_mode: str) -> None:
        """Act in a world, and observe it."""
        self.world = world
        self._parts = [(part, layout.part(part.robot.arm)) for part in world.arms]
        self._state = StateReader(world)
        self.state_names = self._state.names
        self._observer = Observer(world, self._state, obs_mode, self.cameras, self.image_size, self._make_renderer)
        self.observation_space = self._observer.space

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle how it was built: a copy begins with `reset`."""
        return functools.partial(type(self), **self._arguments), (), {"spec": self.spec}

    @property
    def scene(self) -> Scene:
        """The privileged view."""
        return self.world

    @property
    def extras(self) -> frozenset[str]:
        """What the scene is furnished with."""
        return self.world.extras

    def furnish(self, extras: Collection[str]) -> None:
        """Furnish the scene with exactly these `EXTRAS`, from the next reset on; scenes of others stay as they are."""
        wanted = frozenset(extras).intersection(EXTRAS)
        if wanted == self.extras or type(self.world) is not World:
            return
        robot, worlds = self.world.robot, self._worlds
        worlds[self.extras] = self.world
        if wanted not in worlds:
            worlds[wanted] = World(robot, self.task.entities(), self._arguments["visual"], wanted)
        self._look_at(worlds[wanted], self.action_layout, self._arguments["obs_mode"])

    @property
    def variation(self) -> dict[str, Any]:
        """What was chosen for this episode; JSON."""
        return self.task.variation

    def remaining_plan(self) -> Plan:
        """Return what is left to do from the present state (privileged)."""
        return self.task.plan(self.world)

    def evaluate(self) -> dict[str, bool]:
        """Return the task's named facts about the present state."""
        return self.task.evaluate(self.world)

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of the first camera, (H, W, 3) uint8; None without a render mode."""
        if self.render_mode is None:
            return None
        return self.picture(self.cameras[0] if self.cameras else "front")

    def picture(self, camera: str, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Return what a camera sees now, (H, W, 3) uint8."""
        return self._make_renderer().rgb(self.world.model, self.world.data, camera, size or self.image_size)

    def close(self) -> None:
        """Release the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def state_row(self) -> Array:
        """Return the state, (D,) float64: m, rad, rad/s."""
        return self._state.read()

    def state_bytes(self) -> bytes:
        """Return positions and velocities of every joint, and of what else was moved, as bytes."""
        return bytes(self.world.data.qpos.tobytes() + self.world.data.qvel.tobytes() + self.world.moved_places())

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one JPEG frame per camera, with the subtask's target and goal in it."""
        found = []
        for camera in self.cameras:
            size = self.image_size
            points = self.points(camera, subtask)
            k, pose = intrinsics(self.world.model, camera, size), extrinsics(self.world.model, self.world.data, camera)
            pose[:3, 3] -= self.world.origin
            found.append(Frame(self.ticks, camera, jpeg(self.picture(camera)), size, k, pose, points))
        return found

    def show(self, row: Array) -> None:
        """Show a recorded moment of this episode, given its row of `state`; restore a snapshot before going on."""
        self._state.write(row)
        self.world.forward()

    def points(self, camera: str, subtask: Subtask | None) -> dict[str, Point]:
        """Return where a camera sees the gripper, and a subtask's target and goal."""
        places = self._places(subtask)
        seen = view_points(self.world, camera, self.image_size, places)
        return {name: Point(*point) for name, point in seen.items()}

    def release(self, snapshot: tuple[Any, ...]) -> None:
        """Recycle a snapshot that nobody needs any more."""
        self.world.release(snapshot[0])

    # -- what ManipulationEnv asks for --------------------------------------------------------------------------------

    def _begin(self, rng: np.random.Generator) -> None:
        self.world.clear()
        self.task.reset(self.world, rng)
        self.world.begin()
        self._state.begin()

    def _observe(self) -> Any:
        return self._observer.observe()

    def _execute(self, command: Array) -> Sequence[Event]:
        for arm, part in self._parts:
            self._command(arm.controller, command[part])
        self.world.advance(self.ticks)
        return self.world.tracker.events

    def _save(self) -> Snapshot:
        return self.world.snapshot()

    def _load(self, saved: Snapshot) -> None:
        self.world.restore(saved)

    def _hand_position(self) -> Array:
        return self._arm(self.acting_arm).tcp_position()

    def _ee_delta(self, controller: Driver, command: Array) -> None:
        controller.command_closure(float(command[6]))
        controller.move_by(command[:3], command[3:6])

    def _joint_delta(self, controller: Driver, command: Array) -> None:
        controller.command_closure(float(command[-1]))
        # Only environments of our own arms have this mode.
        cast(ArmController, controller).move_joints(command[:-1])

    def _absolute(self, controller: Driver, command: Array) -> None:
        controller.command_closure(float(command[7]))
        controller.move_to(command[:3], command[3:7])

    def _cameras(self, names: Sequence[str] | None) -> tuple[str, ...]:
        if names is not None:
            return tuple(names)
        pair = len(self.world.arms) > 1
        return ("front", "left_wrist", "right_wrist") if pair else ("front", "left", "wrist")

    def _arm(self, name: str | None) -> Arm:
        return next((arm for arm in self.world.arms if arm.robot.arm == name), self.world.arm)

    def _places(self, subtask: Subtask | None) -> dict[str, Place]:
        world = self.world
        arm = self._arm(None if subtask is None else subtask.arm)
        places: dict[str, Place] = {"gripper": (arm.tcp_position().copy(), arm.finger_geoms())}
        if subtask is not None and self._named(subtask):
            places["target"] = (world.position(subtask.object).copy(), world.geoms(subtask.object))
            if subtask.target is not None and self._facts.thing(subtask.target) is not None:
                goal = world.place(subtask.object, subtask.relation or "on", subtask.target).position
                places["goal"] = (goal, world.geoms(subtask.target) if subtask.target in world.names else ())
        return places

    def _make_renderer(self) -> Renderer:
        if self._renderer is None:
            self._renderer = make_renderer(self._renderer_kind, self._profile)
        return self._renderer


def checked_robot(task: Task, robot: str | None) -> str:
    """Return the robot to use.

    Raises:
        UnknownNameError: no robot of that name.
        ConfigurationError: one that cannot do this task.
    """
    if robot is None:
        return task.robots[0]
    if robot not in task.robots:
        ROBOTS.get(robot)
        raise ConfigurationError(f"robot of {task.name}", robot, ", ".join(task.robots))
    return robot


__all__ = ["CONTROL_MODES", "RENDERERS", "MujocoEnv"]
