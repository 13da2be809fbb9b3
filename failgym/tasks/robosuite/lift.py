"""Lift the cube."""

from collections.abc import Mapping

from failgym.plans import Subtask
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

CUBE = "red cube"


class Lift(SuiteTask):
    """Pick the red cube up from the table.

    **Randomisation** (robosuite's): a cube of about 4 cm within 3 cm of the middle of the table, any yaw; joint angles
    of the arm with noise of 0.02 rad.

    **Success** (robosuite's): the cube's centre is more than 4 cm above the table.
    """

    phrasings = ("pick up the red cube", "lift the red cube off the table", "raise the red cube")

    def entities(self) -> tuple[Entity, ...]:
        """The cube."""
        x, y, z = (float(half) for half in self.env.cube.size)
        return (Block(self.env.cube.root_body, (x, y, z)),)

    def names(self) -> Mapping[str, str]:
        """The cube."""
        return {CUBE: self.env.cube.root_body}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and lift."""
        lift = Subtask("lift", CUBE)
        if scene.holding != CUBE:
            return [Subtask("grasp", CUBE), lift]
        return [] if holds(scene, lift) else [lift]
