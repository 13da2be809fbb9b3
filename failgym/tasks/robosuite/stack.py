"""Stack the red cube on the green one."""

from collections.abc import Mapping

from failgym.plans import Subtask
from failgym.scene import Scene
from failgym.sim.entities import Block, Entity
from failgym.tasks.predicates import holds
from failgym.tasks.robosuite.task import SuiteTask

RED, GREEN = "red cube", "green cube"


class Stack(SuiteTask):
    """Put the red cube on the green one.

    **Randomisation** (robosuite's): a 4 cm red and a 5 cm green cube within 8 cm of the middle of the table, apart from
    each other, any yaw.

    **Success** (robosuite's): the red cube is above the table, touches the green one and not the hand.
    """

    phrasings = (
        "stack the red cube on the green cube",
        "put the red cube on top of the green one",
        "set the red cube on the green cube",
    )

    def entities(self) -> tuple[Entity, ...]:
        """Two cubes."""
        cubes = (self.env.cubeA, self.env.cubeB)
        halves = [tuple(float(half) for half in cube.size) for cube in cubes]
        return tuple(Block(cube.root_body, (x, y, z)) for cube, (x, y, z) in zip(cubes, halves, strict=True))

    def names(self) -> Mapping[str, str]:
        """Red and green."""
        return {RED: self.env.cubeA.root_body, GREEN: self.env.cubeB.root_body}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Grasp and place."""
        place = Subtask("place", RED, "on", GREEN)
        if holds(scene, place):
            return []
        return [place] if scene.holding == RED else [Subtask("grasp", RED), place]
