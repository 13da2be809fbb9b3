"""The native tasks by name. Adding one is a line here, a file in `failgym/tasks/native`, and a line in its test."""

from typing import NamedTuple


class Native(NamedTuple):
    """What is known of a task without loading it."""

    module: str
    """File in `failgym/tasks/native`."""
    max_episode_steps: int
    """Control steps after which an episode is cut: twice what the expert needs, or more."""
    summary: str


NATIVE: dict[str, Native] = {
    # press
    # pick
    "PickCube": Native("pick_cube", 200, "grasp the named cube and lift it"),
    # push
    # screw and turn
    # open and close
    # stack and put
    "StackBlocks": Native("stack_blocks", 600, "stack two to four named blocks in order"),
    "PutItemInDrawer": Native("put_item_in_drawer", 600, "open the drawer, put the named item inside, close it"),
    # long horizon
    # two arms
}
"""Name of the task, and of its class, to what is known of it; the environment's id is `FailGym/<name>-v0`."""
