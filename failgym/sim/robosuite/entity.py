"""What every thing of a robosuite scene is."""

import mujoco

from failgym.sim.entities import Entity


class SuiteEntity(Entity):
    """A thing that robosuite builds and places; FailGym only describes it."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Nothing is left to build."""
