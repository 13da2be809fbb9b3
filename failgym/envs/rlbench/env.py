"""RLBench's tasks as environments of FailGym: the simulator lives, and may die, in a process of its own."""

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from failgym.envs.base import Array, ManipulationEnv, checked_size, chosen
from failgym.envs.point_picture import jpeg
from failgym.envs.rlbench import presence
from failgym.envs.rlbench.cast import cast
from failgym.envs.rlbench.drive import Drive
from failgym.envs.rlbench.errors import SimulatorDiedError, SimulatorError
from failgym.envs.rlbench.expert import WaypointRunner
from failgym.envs.rlbench.observation import Columns, check_mode, observation, seen, space
from failgym.envs.rlbench.process import RemoteSimulator
from failgym.envs.rlbench.protocol import CAMERAS, JOINTS, Settings, Simulator
from failgym.envs.rlbench.scene import Moment, RLBenchScene
from failgym.envs.rlbench.session import Session
from failgym.envs.rlbench.survey import survey
from failgym.envs.rlbench.templates import outline_of
from failgym.envs.rlbench.tracker import Tracker
from failgym.episodes import EE_DELTA, KEYPOSE, Event, Frame, joint_delta
from failgym.errors import UnknownNameError
from failgym.plans import Plan, Subtask
from failgym.scene import Pose, SceneFacts
from failgym.tasks import holds, needs_hold

RLBENCH = "failgym.envs.rlbench.coppelia:Coppelia"
"""What makes a real simulator, in its process."""
CONTROL_MODES = ("ee_delta", "joint_delta", "keypose")
PROFILES = ("fast", "shadow")


class RLBenchEnv(ManipulationEnv):
    """One RLBench task; needs RLBench, PyRep and CoppeliaSim 4.1.0 (see docs/rlbench.md).

    A seed fixes what the task draws (variation, places, colours) and every failure. It does not fix the path planner,
    whose draws nobody can seed, nor rounding in the physics: episodes repeat in their outcomes, not in their bits.

    What no arm reaches is no error: the step takes one control step, and `info["unreachable"]` is True. When the
    simulator dies, the episode is truncated, `info["error"]` says how, and the next reset starts another one.

    Args:
        task: Name of an RLBench task, in snake case (`open_drawer`) or as its class (`OpenDrawer`).
        robot: `panda`, `jaco`, `mico`, `sawyer` or `ur5`.
        control_mode: `ee_delta` (7: dxyz m, rotation vector rad, closure; by inverse kinematics), `joint_delta` (n + 1:
            rad, closure) or `keypose` (8: xyz m, quaternion wxyz, closure; the path planner brings the hand there,
            then the gripper moves).
        obs_mode: `state`, `state_dict`, `rgb`, `rgb+state` or `rgb+depth+segmentation`.
        reward_mode: `sparse` (1 at success) or `dense` (0..1, the share of the plan that is done).
        cameras: Cameras of the observation and of recorded frames: front, left, right, wrist, overhead; None takes
            front where there are pictures, and none elsewhere, since each makes every episode slower.
        image_size: Width and height, px.
        render_profile: `fast`, or `shadow` (about ten times slower).
        render_mode: `rgb_array` or None.
        variations: Variations that episodes draw from; None takes all.
        static_positions: Leave the task where its designer put it.
        collision_checking: Let the planner of key poses avoid things; RLBench's own key-pose policies do without.
        simulator: What makes the simulator in its process, `module:name`. Anything but the default is no RLBench.

    Raises:
        MissingSimulatorError: something that RLBench needs is not there.
        UnknownNameError, ConfigurationError: an argument names something that does not exist.
    """

    replay: ClassVar[str] = "outcome"
    robots: ClassVar[tuple[str, ...]] = tuple(JOINTS)
    """Arms that RLBench knows."""

    def __init__(
        self,
        task: str,
        robot: str = "panda",
        control_mode: str = "keypose",
        obs_mode: str = "state",
        reward_mode: str = "sparse",
        cameras: Sequence[str] | None = None,
        image_size: Sequence[int] = (128, 128),
        render_profile: str = "fast",
        render_mode: str | None = None,
        variations: Sequence[int] | None = None,
        static_positions: bool = False,
        collision_checking: bool = False,
        simulator: str = RLBENCH,
    ) -> None:
        """Check the arguments, then launch the simulator: the spaces depend on the task's objects."""
        self._arguments = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        self.task = presence.file_of(task)
        layouts = (EE_DELTA, KEYPOSE, joint_delta(JOINTS[chosen("robot", robot, tuple(JOINTS))]))
        kind = chosen("control_mode", control_mode, CONTROL_MODES)
        layout = next(layout for layout in layouts if layout.kind == kind)
        self.render_mode = chosen("render_mode", render_mode, (None, "rgb_array"))
        self.image_size = checked_size(image_size)
        pictured = obs_mode not in ("state", "state_dict") or render_mode is not None
        self.cameras = tuple(cameras) if cameras is not None else ("front",) if pictured else ()
        for camera in self.cameras:
            if camera not in CAMERAS:
                raise UnknownNameError("camera", camera, CAMERAS)
        check_mode(obs_mode, self.cameras)
        chosen("reward_mode", reward_mode, ("sparse", "dense"))
        self._mode = obs_mode
        full = obs_mode == "rgb+depth+segmentation"
        shadows = chosen("render_profile", render_profile, PROFILES) == "shadow"
        settings = Settings(robot, self.cameras, self.image_size, full, full, shadows, bool(static_positions))
        if simulator == RLBENCH:
            presence.require()
        self.session = Session(RemoteSimulator(simulator), settings, self.task, variations)
        self.simulator: Any = self.session.remote
        self.error = ""
        """How the simulator died in this episode; empty while it lives."""
        self.unreachable = False
        self.motion = Drive(self, bool(collision_checking))
        self._set_up(layout, reward_mode)
        self._drive = self.motion.keypose if layout.kind == "keypose" else self._tick
        self._open()

    def _open(self) -> None:
        """Launch, and look at a first episode."""
        try:
            begun, _ = self.session.begin(np.random.default_rng(0))
        except Exception:
            self.close()
            raise
        self._columns = Columns(JOINTS[self.session.settings.robot], begun)
        self.state_names = self._columns.names
        self.observation_space = space(self._mode, self._columns, self.cameras, self.image_size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle how it was built: a copy launches its own simulator, and begins with `reset`."""
        return functools.partial(type(self), **self._arguments), (), {"spec": self.spec}

    # -- Gymnasium ----------------------------------------------------------------------------------------------------

    def step(self, action: NDArray[np.floating]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Do one action; see the class for what happens when the arm cannot, or the simulator dies."""
        self._events, self.unreachable = [], False
        checked = self.action_layout.checked(action)
        if not self.error:
            try:
                self._drive(checked)
                self._advance_pointer()
                self.last_observation = self._observe()
            except SimulatorError as error:
                self._lose(error)
        checks = self.evaluate()
        success = checks["success"]
        # RLBench answers in NumPy's types.
        ended = success or (bool(self._scene.now.state.ended) and not self.error)
        reward = self.dense_reward(success) if self._dense and not self.error else float(success)
        return self._fresh(), reward, ended, bool(self.error), self._info(checks)

    def close(self) -> None:
        """End the simulator."""
        self.session.remote.close()

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of the first camera, (H, W, 3) uint8; None without a render mode."""
        return None if self.render_mode is None else self.picture(self.cameras[0])

    def picture(self, camera: str) -> NDArray[np.uint8]:
        """Return what a camera sees now, (H, W, 3) uint8."""
        if camera not in self.cameras:
            raise UnknownNameError("camera of this environment", camera, self.cameras)
        return np.array(self.simulator.picture(camera).rgb)

    # -- what FailGym asks for ----------------------------------------------------------------------------------------

    @property
    def scene(self) -> RLBenchScene:
        """The privileged view."""
        return self._scene

    @property
    def variation(self) -> dict[str, Any]:
        """What was chosen for this episode; JSON."""
        return self._variation

    @property
    def versions(self) -> dict[str, str]:
        """Of what the outcome of a replay depends on."""
        return {name: str(version) for name, version in self.session.launched.versions.items()}

    @property
    def told(self) -> Pose:
        """Where the policy wants the hand to be, before injection."""
        return self._told[0]

    def tell(self, pose: Pose) -> None:
        """Take this for where the policy wants the hand to be."""
        self._told = (pose,)

    def tick(self, told: Array) -> None:
        """Run one control step of what the policy says; injections act in it."""
        self._tick(told)

    def dwell(self, closure: float) -> None:
        """Let the gripper act where the hand is."""
        command = self.still()
        command[-1] = closure
        for _ in range(self.dwell_steps):
            self._tick(command)

    def settled(self) -> bool:
        """Whether the measured hand is where it is commanded to be."""
        return self._settled()

    def expert(self) -> WaypointRunner:
        """Return what does the subtasks of a plan here: the demonstration's own waypoints."""
        return WaypointRunner()

    def facts(self) -> SceneFacts:
        """What a draw may use; asked for after reset, before anything moves."""
        if len(self._facts.ways) != len(self._facts.plan.subtasks):
            self._facts = survey(self._scene, self._facts)
        return self._facts

    def remaining_plan(self) -> Plan:
        """Return what is left to do: what has no effect yet, and what must be taken for it."""
        outline = self._scene.outline
        if self.ticks == 0:
            return outline.plan
        left: list[Subtask] = []
        steps = [part.subtask for part in outline.parts]
        for index, step in enumerate(steps):
            uses = [later for later in steps[index + 1 :] if _uses(later, step)]
            if step.verb == "grasp":
                taken = self._scene.holding == step.object
                due = not taken and (not uses or not all(holds(self._scene, later) for later in uses))
            else:
                due = not holds(self._scene, step)
            left += [step] if due else []
        return Plan(outline.instruction, () if self.evaluate()["success"] else tuple(left))

    def evaluate(self) -> dict[str, bool]:
        """Return RLBench's own conditions by kind and object, and `success`, its own verdict."""
        state = self._scene.now.state
        checks: dict[str, bool] = {}
        for requirement, met in zip(self._begun.requirements, state.met, strict=True):
            name = "_".join(filter(None, (requirement.kind, requirement.item, requirement.other)))
            checks[name] = checks.get(name, True) and bool(met)
        return checks | {"success": bool(state.success) and not self.error}

    def state_row(self) -> Array:
        """Return the state, (D,) float64: m, rad, rad/s, 0..1, N."""
        return self._columns.row(self._scene.now.state, self._scene.now.closure)

    def state_bytes(self) -> bytes:
        """Return the state as bytes."""
        return self.state_row().tobytes()

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return one JPEG frame per camera, with the subtask's target and goal in it."""
        if self.error:
            return ()
        places = {"gripper": self._scene.now.state.hand.position}
        if subtask is not None and self._named(subtask):
            places["target"] = self._scene.position(subtask.object)
            if subtask.target is not None and self._facts.thing(subtask.target) is not None:
                places["goal"] = self._scene.place(subtask.object, subtask.relation or "on", subtask.target).position
        found = []
        for camera in self.cameras:
            picture = self.simulator.picture(camera)
            k, pose, size = picture.intrinsics, picture.world_from_camera, self.image_size
            points = {name: seen(place, k, pose, size) for name, place in places.items()}
            found.append(Frame(self.ticks, camera, jpeg(picture.rgb), size, k, pose, points))
        return found

    def idle(self, steps: int) -> None:
        """Let physics run while the hand keeps its commanded pose; without a simulator nothing runs."""
        if not self.error:
            super().idle(steps)

    def keeps(self, snapshot: tuple[Any, ...]) -> bool:
        """Whether the snapshot is of the present episode, to which no reset leads back with certainty."""
        starts, episode = snapshot[0][:2]
        return self.session.current(starts, episode) and not self.error

    def release(self, snapshot: tuple[Any, ...]) -> None:
        """Drop a snapshot; those of an earlier episode, or of a simulator that has died, are gone already."""
        if self.keeps(snapshot):
            self.simulator.forget(snapshot[0][2])

    # -- inside -------------------------------------------------------------------------------------------------------

    def _begin(self, rng: np.random.Generator) -> None:
        self.error, self.unreachable, self.ticks = "", False, 0
        self.motion.begin()
        begun, first = self.session.begin(rng)
        outline = outline_of(self.task, begun, first)
        members = cast(self.task, outline, begun, first)
        # Only what is registered is ever attached: without this a wrong thing could be touched, and not taken.
        if members.distractors:
            self.simulator.register_graspable(members.distractors)
        self._begun = begun
        now = Moment(first, first.hand, first.joints.copy())
        self._scene = RLBenchScene(self.simulator, self.session.launched, outline, members, now)
        self._tracker = Tracker(self._scene)
        self._variation = {"variation": begun.variation, "descriptions": list(begun.descriptions)}

    def _lose(self, error: SimulatorError) -> None:
        """Note that the simulator died, or broke so that nobody knows in which state it is."""
        self.error = str(error)
        self.session.remote.kill()

    def _observe(self) -> Any:
        row = self.state_row()
        return observation(self._mode, self._columns, row, self.cameras, self.image_size, self.simulator)

    def _fresh(self) -> Any:
        """The last observation; a copy where nothing new could be seen."""
        if not self.error:
            return self.last_observation
        last = self.last_observation
        return {key: part.copy() for key, part in last.items()} if isinstance(last, dict) else last.copy()

    def _info(self, checks: dict[str, bool]) -> dict[str, Any]:
        return super()._info(checks) | {"error": self.error, "unreachable": self.unreachable}

    def _save(self) -> Any:
        if self.error:
            raise SimulatorDiedError(f"there is nothing to keep a snapshot of: {self.error}")
        now, trace = self._scene.now, self._tracker.trace
        kept = (now.state, now.target, now.joints.copy(), now.closure, now.pressed)
        return self.session.remote.starts, self.session.episode, self.simulator.snapshot(), kept, trace

    def _load(self, saved: Any) -> None:
        starts, episode, number, kept, trace = saved
        if starts != self.session.remote.starts or not self.session.remote.alive:
            raise SimulatorDiedError("the snapshot belongs to a simulator that has ended since")
        if episode != self.session.episode:
            raise SimulatorError(
                "the snapshot belongs to an episode before the last reset: RLBench cannot go back there"
            )
        self.error = ""
        state = self.simulator.restore(number)
        _, target, joints, closure, pressed = kept
        self._scene.now = Moment(state, target, joints.copy(), closure, pressed)
        self._tracker.trace = trace
        self.motion.begin()

    def _execute(self, command: Array) -> Sequence[Event]:
        before = self._scene.now.state
        self.motion.execute(command)
        return self._tracker.events(self.ticks, before)

    def _commanded(self) -> tuple[Pose, ...]:
        return (self._scene.now.target,)

    def _hand_position(self) -> Array:
        return self._scene.now.state.hand.position


def _uses(later: Subtask, grasp: Subtask) -> bool:
    return grasp.verb == "grasp" and (
        (later.object == grasp.object and needs_hold(later)) or later.verb in ("drag", "sweep")
    )


__all__ = ["RLBENCH", "RLBenchEnv", "Simulator"]
