"""Lift the pot with both arms."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import rotate, yaw
from failgym.scene import Pose, Scene, Thing
from failgym.sim.entities import Entity, hand_down
from failgym.sim.robosuite.entity import SuiteEntity
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

POT = "pot"
ARMS = ("left", "right")
HANDLE = (0.16, 0.06)
"""Place of a handle's bar along y and above the middle of the pot, m."""
HALF_HEIGHT = 0.07
"""Of the pot, m."""
LEVEL = math.radians(30.0)


@dataclass(frozen=True)
class Pot(SuiteEntity):
    """robosuite's pot with a handle at either end of its y axis."""

    body: str

    def describe(self, name: str) -> Thing:
        """A thing to grasp at its handles."""
        return Thing(name, graspable=True, width=0.02, height=2 * HALF_HEIGHT, symmetry=2)

    def grasps(self, pose: Pose) -> tuple[Pose, ...]:
        """From above, one pad on either side of a handle's bar."""
        out, up = HANDLE
        heading = yaw(pose.quat_wxyz) + np.pi / 2
        bars = [pose.position + rotate(pose.quat_wxyz, (0.0, side * out, up)) for side in (1, -1)]
        return tuple(hand_down(bar, heading) for bar in bars)


class TwoArmLift(SuiteTask):
    """Lift the pot off the table with two robots, one at each handle.

    The robots stand opposite each other: robosuite's first one, `right`, at -y, its second one, `left`, at +y.

    **Randomisation** (robosuite's): the pot stands within 3 cm of the middle of the table in x and y, turned by up to
    60 degrees.

    **Success** (robosuite's): the bottom of the pot is more than 10 cm above the table; `level`, which does not count,
    says whether it is tilted by less than 30 degrees.
    """

    arms = 2
    phrasings = (
        "lift the pot with both arms",
        "take the pot by its two handles and raise it",
        "pick the pot up together, one arm at each handle",
    )

    def entities(self) -> tuple[Entity, ...]:
        """The pot."""
        return (Pot(self.env.pot.root_body),)

    def names(self) -> Mapping[str, str]:
        """The pot."""
        return {POT: self.env.pot.root_body}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Let go of a pot that hangs by one handle or askew, take both handles, lift: what is left of it."""
        holding = [arm for arm in ARMS if scene.of(arm).holding == POT]
        lift = Subtask("lift", POT, arm="both")
        if holds(scene, lift):
            return []
        steps: list[Subtask] = []
        lies = bool(scene.position(POT)[2] < HALF_HEIGHT + 0.02)
        if (not _level(scene) or len(holding) < 2) and not lies:
            steps += [Subtask("release", POT, arm=arm) for arm in ARMS]
            holding = []
        steps += [Subtask("grasp", POT, arm=arm) for arm in ARMS if arm not in holding]
        return [*steps, lift]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`level`; `success`, as robosuite decides it."""
        return {"level": _level(scene), **super().evaluate(scene)}


def _level(scene: Scene) -> bool:
    return bool(rotate(scene.pose(POT).quat_wxyz, (0.0, 0.0, 1.0))[2] > math.cos(LEVEL))
