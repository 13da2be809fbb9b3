"""What the adapter asks of a simulator: everything crosses a process boundary, so all of it is plain data.

Poses are those of the hand and of things in FailGym's base frame: origin below the robot's base at the height of the
table, +x forward, +y left, +z up, quaternions wxyz. Closure is 0 open .. 1 closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from failgym.scene import Pose

Array = NDArray[np.float64]
CAMERAS = ("front", "left", "right", "wrist", "overhead")
"""FailGym's names of RLBench's front, left_shoulder, right_shoulder, wrist and overhead cameras."""
JOINTS = {"panda": 7, "jaco": 6, "mico": 6, "sawyer": 7, "ur5": 6}
"""Robots that RLBench supports, and how many joints their arms have."""


@dataclass(frozen=True)
class Settings:
    """How to launch a simulator; JSON."""

    robot: str = "panda"
    cameras: tuple[str, ...] = ()
    """Cameras that will be asked for pictures; the others are removed, which makes every step faster."""
    image_size: tuple[int, int] = (128, 128)
    """Width and height, px."""
    depth: bool = False
    segmentation: bool = False
    shadows: bool = False
    """Render with shadows (OPENGL3), about ten times slower."""
    static_positions: bool = False
    """Leave the task where its designer put it."""
    headless: bool = True


@dataclass(frozen=True)
class Launched:
    """What was launched."""

    versions: Mapping[str, str]
    """Of the packages and the simulator."""
    cameras: tuple[str, ...]
    """Those that the scene really has."""
    max_opening: float
    """Distance of the open fingers, m."""
    workspace: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    """Ranges of x, y and z in which RLBench accepts targets of the hand, m."""
    joint_limits: Array
    """(n, 2) rad."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the point of the table below the robot's base lies in the base frame, m: the origin, if the scene is the
    one that FailGym knows."""


@dataclass(frozen=True)
class Item:
    """One object of the task as the simulator knows it."""

    name: str
    """Name in the simulator."""
    kind: str
    """`shape`, `joint`, or another type in lower case."""
    graspable: bool = False
    """Registered by the task: closing the hand at it attaches it."""
    fixed: bool = False
    """Its dynamics are off, or it hangs on a joint."""
    size: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Extent along its own axes, m; zeros where it has none."""


@dataclass(frozen=True)
class Requirement:
    """One elementary condition of the task's success."""

    kind: str
    """`detected`, `joint`, `grasped`, `released` (nothing is held) or the name of another class of conditions."""
    item: str = ""
    """Object or joint that it is about."""
    other: str = ""
    """Sensor that must detect it."""
    limit: float = 0.0
    """How far the joint must go, rad or m."""
    start: float = 0.0
    """Where the joint was when the condition was made, rad or m."""
    negated: bool = False


@dataclass(frozen=True)
class Waypoint:
    """One waypoint of the scripted demonstration, as it would be visited."""

    index: int
    """Number in the scene (`waypoint<index>`)."""
    round: int
    """How often the whole list was gone through before; tasks repeat it for each thing."""
    pose: Pose
    """Where the hand ends."""
    path: tuple[Pose, ...] = ()
    """Poses on the way, where it is a path that is followed; empty for a single pose."""
    ignore_collisions: bool = False
    linear: bool = False
    gripper: float | None = None
    """Closure commanded once it is reached; None leaves the gripper alone."""
    opens: bool = False
    """Whether that command is one to open."""
    skip: bool = False
    attached: str = ""
    """Object of the task that carries the waypoint; empty where the scene or the task's root does."""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    """Values of the task's own counters when it is set out for."""


@dataclass(frozen=True)
class Begun:
    """A fresh episode."""

    descriptions: tuple[str, ...]
    variation: int
    items: tuple[Item, ...]
    requirements: tuple[Requirement, ...]
    waypoints: tuple[Waypoint, ...]
    """The whole demonstration, unrolled before anything moves; empty where the task has none."""


@dataclass(frozen=True)
class State:
    """One moment; every array is the receiver's own."""

    hand: Pose
    joints: Array
    """(n,) rad."""
    joint_speeds: Array
    """(n,) rad/s."""
    closure: float
    """Measured."""
    force: float
    """Smaller of the fingers' touch forces, N; 0 where there are no sensors."""
    grasped: tuple[str, ...]
    """Names of the attached objects."""
    poses: Mapping[str, Array]
    """Pose of each item, (7,) m and quaternion wxyz."""
    positions: Mapping[str, float]
    """Position of each joint of the task, rad or m."""
    met: tuple[bool, ...]
    """Of each requirement, whether it holds; of those that remember, whether it did when last asked."""
    success: bool
    ended: bool
    """The task is over: success, or a broken constraint."""
    touched: tuple[str, ...] = ()
    """Names of the items in front of the gripper's sensor."""


@dataclass(frozen=True)
class Path:
    """A planned motion, one entry a control step of 50 ms."""

    joints: Array
    """(T, n) commanded joint positions, rad."""
    hands: Array
    """(T, 7) hand poses there, m and quaternion wxyz."""


@dataclass(frozen=True)
class Picture:
    """What one camera sees, and where it is."""

    rgb: NDArray[np.uint8]
    """(H, W, 3)."""
    intrinsics: Array
    """(3, 3) px, focal lengths positive."""
    world_from_camera: Array
    """(4, 4), OpenCV convention: x right, y down, z forward."""
    depth: NDArray[np.float32] | None = None
    """(H, W) m."""
    segmentation: NDArray[np.int32] | None = None
    """(H, W) handle of the object, -1 where there is none."""


class Simulator(Protocol):
    """One simulator with one robot and one task at a time.

    `failgym.envs.rlbench.coppelia` implements it on RLBench; nothing above it knows RLBench or PyRep.
    """

    def launch(self, settings: Settings) -> Launched:
        """Start it; called once in the life of a process."""
        ...

    def load(self, task: str) -> int:
        """Load a task by its name in snake case; return its number of variations."""
        ...

    def reset(self, variation: int, seed: int) -> Begun:
        """Begin an episode.

        The seed fixes what the task draws, but not what the path planner does. NumPy's global generator, from which
        tasks draw, is left as it was.

        Raises:
            PlacementError: the task could not be placed within reach.
        """
        ...

    def state(self) -> State:
        """Return what is true now; nothing moves."""
        ...

    def step(self, joints: Array | None, closure: float) -> State:
        """Run one control step of 50 ms; `joints` None keeps the targets."""
        ...

    def inverse(self, hand: Pose) -> Array | None:
        """Return joint positions near the commanded ones that bring the hand there, (n,) rad; None if none are."""
        ...

    def plan(self, hand: Pose, ignore_collisions: bool, linear: bool) -> Path:
        """Plan a motion from where the arm is.

        Raises:
            UnreachableError: outside the workspace, or no way there was found.
        """
        ...

    def enter(self, waypoint: Waypoint) -> Waypoint:
        """Set out for a waypoint: let the task move it where it belongs; return it as it is now."""
        ...

    def approach(self, index: int) -> Path:
        """Plan the motion to a waypoint as the demonstration does.

        Raises:
            UnreachableError: no way there was found.
        """
        ...

    def leave(self, index: int) -> None:
        """Tell the task that a waypoint was reached."""
        ...

    def register_graspable(self, names: Sequence[str]) -> None:
        """Let closing the hand attach these as well as what the task registered."""
        ...

    def set_pose(self, name: str, pose: Pose) -> None:
        """Put an object somewhere, at rest."""
        ...

    def alter(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter `colour` (r, g, b), `mass` (kg added) or `camera` (shift, m, turn, rad); None restores it."""
        ...

    def snapshot(self) -> int:
        """Keep the present state; return its number."""
        ...

    def restore(self, number: int) -> State:
        """Go back to a kept state; what moves is at rest then."""
        ...

    def forget(self, number: int) -> None:
        """Drop a kept state."""
        ...

    def picture(self, camera: str) -> Picture:
        """Return what a camera sees now."""
        ...

    def camera(self, camera: str) -> tuple[Array, Array]:
        """Return its intrinsics (3, 3) and pose (4, 4), as in `Picture`, without rendering."""
        ...

    def shutdown(self) -> None:
        """End it; a process that is told so exits."""
        ...


MEMBERS = tuple(name for name in vars(Simulator) if not name.startswith("_"))
"""Names of the calls."""
