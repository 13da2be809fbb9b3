"""Stand the frame up and hang the tool on it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import rotate
from failgym.scene import Goal, Pose, Scene, Thing
from failgym.sim.entities import Entity, above, hand_down
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

STAND, FRAME, TOOL = "stand", "hook frame", "wrench"
HOLE = (0.0, 0.045, -0.070)
"""Bottom of the stand's hole, in the stand's frame, m."""
ROD = (0.04375, 0.0, -0.134)
"""Tip of the rod of the hook frame, in its own frame, m."""
HANDLE = (0.04375, 0.0, 0.0525)
"""Middle of its handle, m."""
HOOK = (-0.020, 0.0, 0.086)
"""Where a tool hangs on it, m."""
ABOVE_HOLE = 0.16
"""Height from which the rod comes down, m."""
EYE = 0.093
"""From the middle of the tool to that of its larger eye, m."""


@dataclass(frozen=True)
class Stand(SuiteEntity):
    """robosuite's stand: a board with an upright tube."""

    body: str
    env: Any

    def describe(self, name: str) -> Thing:
        """What the rod of the hook frame goes into."""
        return Thing(name, width=0.012, height=0.16, receives=("in",), aligns=True, symmetry=4)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Upright in the tube."""
        hole = pose.position + rotate(pose.quat_wxyz, HOLE)
        return above(hole - rotate(pose.quat_wxyz, ROD), pose.quat_wxyz, np.array([0.0, 0.0, ABOVE_HOLE]))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """As robosuite decides it."""
        return relation == "in" and thing.name == FRAME and bool(self.env._check_frame_assembled())


@dataclass(frozen=True)
class HookFrame(SuiteEntity):
    """robosuite's rod with an arm that ends in a hook; it lies on its side at reset."""

    body: str
    env: Any

    def describe(self, name: str) -> Thing:
        """A thing to hold by its handle, and to hang a tool on."""
        return Thing(name, graspable=True, width=0.025, height=0.025, receives=("on",), symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on both sides of the handle as it lies."""
        along = rotate(pose.quat_wxyz, (0.0, 0.0, 1.0))
        heading = math.atan2(along[1], along[0]) + math.pi / 2
        return (hand_down(pose.position + rotate(pose.quat_wxyz, HANDLE), heading),)

    def place(self, pose: Pose, relation: str, thing: Thing, opening: float) -> Goal:
        """Its eye around the arm, from beyond the hook."""
        hook = pose.position + rotate(pose.quat_wxyz, HOOK)
        return Goal(hook - np.array([0.0, 0.0, EYE]), pose.quat_wxyz, rotate(pose.quat_wxyz, (-0.10, 0.0, 0.02)))

    def holds(self, pose: Pose, relation: str, thing: Thing, at: Pose, opening: float) -> bool:
        """As robosuite decides it."""
        return relation == "on" and thing.name == TOOL and bool(self.env._check_tool_on_frame())


@dataclass(frozen=True)
class Wrench(SuiteEntity):
    """robosuite's double-ended ring wrench with a thick grip around its middle."""

    body: str

    def describe(self, name: str) -> Thing:
        """A thing to hold by its grip."""
        return Thing(name, graspable=True, width=0.03, height=0.03, symmetry=1)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, the pads on both sides of the grip."""
        along = rotate(pose.quat_wxyz, (1.0, 0.0, 0.0))
        return (hand_down(pose.position, math.atan2(along[1], along[0]) + math.pi / 2),)


class ToolHang(SuiteTask):
    """Put the rod of the hook frame into the tube of the stand, then hang the wrench on the hook.

    FailGym's expert does not do this: both things must be turned over in the air and threaded with millimetres to
    spare. Policies of your own run as everywhere.

    **Randomisation** (robosuite's): hook frame and wrench lie at the right, within 2 cm along x and y and 10 degrees;
    the stand stands still.

    **Success** (robosuite's): the stand is upright, the rod between the walls of its tube; the larger eye of the wrench
    is around the arm of the hook frame and touches it, and no finger touches the wrench. `assembled` and `hung` say
    which of the two is done.
    """

    solved = False
    phrasings = (
        "put the hook frame in the stand and hang the wrench on it",
        "assemble the stand, then hang the wrench on its hook",
        "insert the hook frame into the stand and hang up the wrench",
    )

    def entities(self) -> tuple[Entity, ...]:
        """Stand, hook frame and wrench."""
        env = self.env
        return Stand(env.stand.root_body, env), HookFrame(env.frame.root_body, env), Wrench(env.tool.root_body)

    def names(self) -> Mapping[str, str]:
        """Stand, hook frame and wrench."""
        return {STAND: self.env.stand.root_body, FRAME: self.env.frame.root_body, TOOL: self.env.tool.root_body}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Stand the frame up, hang the wrench on it."""
        steps: list[Subtask] = []
        for name, relation, target in ((FRAME, "in", STAND), (TOOL, "on", FRAME)):
            place = Subtask("place", name, relation, target)
            if not holds(scene, place):
                steps += [place] if scene.holding == name else [Subtask("grasp", name), place]
        return steps

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`assembled`, `hung`; `success`, as robosuite decides it."""
        assembled, hung = bool(self.env._check_frame_assembled()), bool(self.env._check_tool_on_frame())
        return {"assembled": assembled, "hung": hung, **super().evaluate(scene)}
