"""robosuite's tasks that FailGym knows. Importing this loads neither robosuite nor a task."""

from typing import NamedTuple

TASKS = "failgym.tasks.robosuite"


class Suited(NamedTuple):
    """One task of robosuite."""

    module: str
    """Module in which its class is, below `failgym.tasks.robosuite`."""
    max_steps: int
    """Environment steps after which an episode is cut."""
    summary: str


SUITED: dict[str, Suited] = {
    "Lift": Suited("lift", 200, "pick up the cube"),
    "Stack": Suited("stack", 300, "stack one cube on another"),
    "PickPlaceCan": Suited("pick_place_can", 400, "put the can into its bin"),
    "NutAssemblySquare": Suited("nut_assembly_square", 400, "put the square nut over the square peg"),
    "Door": Suited("door", 400, "turn the handle and open the door"),
    "Wipe": Suited("wipe", 500, "wipe the dirt off the table"),
    "ToolHang": Suited("tool_hang", 700, "stand a frame up and hang a wrench on it; without an expert"),
    "TwoArmLift": Suited("two_arm_lift", 400, "lift the pot with two robots"),
}
"""Name of each, as robosuite calls it."""
