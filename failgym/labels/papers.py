"""The labels of five papers and what each may mean in our vocabulary: one table, read in both directions."""

from __future__ import annotations

from typing import Literal, NamedTuple

from failgym.labels.taxonomy import FailureMode

__all__ = ["LABELS", "UNNAMED", "Label"]

_M = FailureMode
_IN_FILES: Literal["files"] = "files"
_IN_BOTH: Literal["both"] = "both"


class Label(NamedTuple):
    """One label of a paper."""

    text: str
    modes: tuple[FailureMode, ...]
    """Our modes that it may mean, the likeliest first; none where it says that nothing failed."""
    note: str = ""
    """What to know of it; always given where it may mean several modes."""
    where: Literal["paper", "files", "both"] = "paper"
    """Whether the text of the paper has it, its released files or code, or both."""


_GUARDIAN = (
    # RLBench-Fail ships two of AHA's modes under their names: more exact than what the paper's own four would say.
    Label("rotation", (_M.ROTATION,), where=_IN_FILES),
    Label(
        "slip",
        (_M.SLIP, _M.EARLY_RELEASE),
        "The hand is opened some steps after a waypoint, wherever that is on the way.",
        _IN_FILES,
    ),
    Label("No gripper close", (_M.NO_CLOSE,), where=_IN_BOTH),
    Label(
        "Imprecise grasping/pushing",
        (_M.TRANSLATION, _M.ROTATION),
        "The hand closes but misses by inaccurate positioning, which a wrong orientation is too.",
        _IN_BOTH,
    ),
    Label("Task-execution semantic mismatch", (_M.MISMATCH,)),
    Label(
        "Wrong object manipulated",
        (_M.WRONG_OBJECT, _M.MISMATCH),
        "In Bridge-Fail it is the text that was altered, and the recorded act that was right.",
        _IN_BOTH,
    ),
    Label(
        "Wrong object state or placement",
        (_M.WRONG_PLACEMENT, _M.NO_RELEASE, _M.UNDERSHOOT, _M.OVERSHOOT, _M.MISMATCH),
        "Whatever leaves the right object in a wrong place or state; in Bridge-Fail the text was altered instead.",
        _IN_BOTH,
    ),
    Label("Wrong order", (_M.WRONG_ORDER,)),
    Label("Missing subtask", (_M.MISSING_SUBTASK,)),
    Label("Contradictory subtasks", (_M.CONTRADICTION,)),
    Label("Revert action", (_M.NO_PROGRESS,)),
    Label("ground_truth", (), "A success; also a folder.", _IN_FILES),
    Label("no_close", (_M.NO_CLOSE,), where=_IN_FILES),
    Label("no_grasp", (_M.NO_CLOSE,), where=_IN_FILES),
    Label("no progress", (_M.NO_PROGRESS,), "Bridge-Fail's reverted action, no failure of the grasp.", _IN_FILES),
    Label("translation", (_M.TRANSLATION,), where=_IN_FILES),
    Label("translation_object", (_M.TRANSLATION,), "The hand is beside the object that is grasped.", _IN_FILES),
    Label(
        "translation_target",
        (_M.WRONG_PLACEMENT, _M.TRANSLATION),
        "The hand is beside the place where the object goes.",
        _IN_FILES,
    ),
    Label("wrong_object", (_M.WRONG_OBJECT,), where=_IN_FILES),
    Label("wrong_sequence", (_M.WRONG_ORDER,), where=_IN_FILES),
    Label("wrong_target", (_M.WRONG_PLACEMENT,), where=_IN_FILES),
)

_DREAM2FIX = (
    Label("force_open", (_M.NO_CLOSE,), where=_IN_BOTH),
    Label("delay_close", (_M.DELAY_CLOSE,), where=_IN_BOTH),
    Label(
        "weak_close",
        (_M.WEAK_CLOSE,),
        "A few released labels of opening tasks pair it with FIX_G=OPEN.",
        where=_IN_BOTH,
    ),
    Label("translation", (_M.TRANSLATION,), "In x and y only.", _IN_BOTH),
    Label(
        "gripper",
        (_M.NO_CLOSE, _M.DELAY_CLOSE, _M.WEAK_CLOSE),
        "A TYPE of the label line; its MODE says which of the three.",
        _IN_FILES,
    ),
    Label("gripper_force_open", (_M.NO_CLOSE,), "A folder.", _IN_FILES),
    Label("gripper_delay_close", (_M.DELAY_CLOSE,), "A folder.", _IN_FILES),
    Label("gripper_weak_close", (_M.WEAK_CLOSE,), "A folder.", _IN_FILES),
)

_VIFAILBACK = (
    Label(
        "gripper state",
        (
            _M.NO_CLOSE,
            _M.DELAY_CLOSE,
            _M.WEAK_CLOSE,
            _M.EARLY_CLOSE,
            _M.SLIP,
            _M.EARLY_RELEASE,
            _M.NO_RELEASE,
        ),
        "The gripper does not open or close properly or enough: when and how is not said.",
        _IN_BOTH,
    ),
    Label(
        "gripper 6d-pose",
        (
            _M.TRANSLATION,
            _M.ROTATION,
            _M.UNDERSHOOT,
            _M.OVERSHOOT,
            _M.COLLISION,
            _M.NO_PROGRESS,
            _M.BAD_CONTROL,
        ),
        "The gripper does not reach its position or orientation, for whatever reason.",
        _IN_BOTH,
    ),
    Label(
        "task planning",
        (
            _M.WRONG_OBJECT,
            _M.WRONG_PLACEMENT,
            _M.MISSING_SUBTASK,
            _M.WRONG_ORDER,
            _M.CONTRADICTION,
            _M.MISMATCH,
        ),
        "A wrong object or place, a wrong order, or a missing step.",
        _IN_BOTH,
    ),
    Label("human intervention", (_M.HUMAN_INTERVENTION,), where=_IN_BOTH),
)

_SHIFTED = (_M.TRANSLATION, _M.UNDERSHOOT, _M.OVERSHOOT, _M.WRONG_PLACEMENT)
_OFFSET = "Any waypoint can be shifted: a grasp, the end of a push or a pull, the place where a thing is put."
_AHA = (
    Label(
        "grasp",
        (_M.NO_CLOSE, _M.NO_RELEASE),
        "Deletes the gripper commands of a waypoint, those that open as well as those that close.",
        _IN_FILES,
    ),
    Label("slip", (_M.SLIP, _M.EARLY_RELEASE), "The hand is opened some steps after a waypoint.", _IN_BOTH),
    Label(
        "wrong_object",
        (_M.WRONG_OBJECT, _M.WRONG_PLACEMENT),
        "Waypoints move to another object, which may be the one to take or the one to put it at.",
        _IN_BOTH,
    ),
    Label("translation", _SHIFTED, _OFFSET),
    *(Label(f"translation_{axis}", _SHIFTED, _OFFSET, _IN_FILES) for axis in "xyz"),
    Label("rotation", (_M.ROTATION,)),
    *(Label(f"rotation_{axis}", (_M.ROTATION,), where=_IN_FILES) for axis in "xyz"),
    Label(
        "no_rotation",
        (_M.ROTATION, _M.UNDERSHOOT),
        "A waypoint keeps the orientation of the one before: a tilted grasp, or a turn that is not made.",
        _IN_BOTH,
    ),
    Label("wrong_sequence", (_M.WRONG_ORDER,), where=_IN_FILES),
    Label("incomplete grasp", (_M.NO_CLOSE,)),
    Label("no_grasp", (_M.NO_CLOSE,)),
    Label("inadequate grip retention", (_M.SLIP, _M.EARLY_RELEASE), "As `slip`."),
    Label("misaligned keyframe", _SHIFTED, _OFFSET),
    Label("incorrect rotation", (_M.ROTATION,)),
    Label("missing rotation", (_M.ROTATION, _M.UNDERSHOOT), "As `no_rotation`."),
    Label("wrong action sequence", (_M.WRONG_ORDER,)),
    Label("wrong_action", (_M.WRONG_ORDER,)),
    Label("wrong target object", (_M.WRONG_OBJECT, _M.WRONG_PLACEMENT), "As `wrong_object`."),
)

_ROBOFAC = (
    Label(
        "position_offset",
        _SHIFTED,
        "Any stage can be shifted: a grasp, the end of a push or a pull, the place where a thing is put.",
        _IN_FILES,
    ),
    Label("rotation_offset", (_M.ROTATION,), where=_IN_FILES),
    Label("close_late", (_M.DELAY_CLOSE,), "Its records call it a gripper error.", _IN_FILES),
    Label(
        "gripper_error",
        (_M.NO_CLOSE, _M.DELAY_CLOSE, _M.WEAK_CLOSE),
        "The commanded width differs by task from nearly open to nearly closed, and `close_late` is recorded as one.",
        _IN_FILES,
    ),
    Label("speed_offset", (_M.BAD_CONTROL,), where=_IN_FILES),
    Label("Step Omission", (_M.MISSING_SUBTASK,)),
    Label("Wrong Object", (_M.WRONG_OBJECT,)),
    Label("Position Deviation", _SHIFTED, "As `position_offset`."),
    Label("Orientation Deviation", (_M.ROTATION,)),
    Label("Grasping Error", (_M.NO_CLOSE, _M.WEAK_CLOSE), "As `gripper_error`, without what is late."),
    Label("Timing Error", (_M.DELAY_CLOSE, _M.EARLY_CLOSE), "Too late or too early; the files only have the former."),
)

LABELS: dict[str, tuple[Label, ...]] = {
    "guardian": _GUARDIAN,
    "dream2fix": _DREAM2FIX,
    "vifailback": _VIFAILBACK,
    "aha": _AHA,
    "robofac": _ROBOFAC,
}
"""Paper -> its labels. The first that may mean a mode is the one that is written for it.

Source: Guardian, section III-B and the released files; Dream2Fix, section III-B and the labels of its project page;
ViFailback, section 3.2; AHA, its failure families and the type ids of its generator; RoboFAC, its failure taxonomy and
the perturbation types of its data collection.
"""

UNNAMED: dict[str, dict[str, tuple[FailureMode, ...]]] = {
    "guardian": {
        "the four modes of the paper know no closing that is late, weak or early": (
            _M.DELAY_CLOSE,
            _M.WEAK_CLOSE,
            _M.EARLY_CLOSE,
        ),
        "nothing beside the way is run into": (_M.COLLISION,),
        "commands reach the simulated robot as they are": (_M.BAD_CONTROL,),
        "nobody else acts in the scene": (_M.HUMAN_INTERVENTION,),
    },
    "dream2fix": {
        "no other gripper failure can be made stably by its world model": (
            _M.EARLY_CLOSE,
            _M.SLIP,
            _M.EARLY_RELEASE,
            _M.NO_RELEASE,
        ),
        "offsets are in x and y, around the grasp": (_M.ROTATION, _M.UNDERSHOOT, _M.OVERSHOOT, _M.COLLISION),
        "whole commands are neither lost nor delayed": (_M.NO_PROGRESS, _M.BAD_CONTROL),
        "objects, scene, plan and instruction stay as they are": (
            _M.WRONG_OBJECT,
            _M.WRONG_PLACEMENT,
            _M.HUMAN_INTERVENTION,
            _M.MISSING_SUBTASK,
            _M.WRONG_ORDER,
            _M.CONTRADICTION,
            _M.MISMATCH,
        ),
    },
    "vifailback": {},
    "aha": {
        "gripper commands are deleted, not shifted or scaled": (_M.DELAY_CLOSE, _M.WEAK_CLOSE, _M.EARLY_CLOSE),
        "how a waypoint is reached is left to a motion planner": (
            _M.COLLISION,
            _M.NO_PROGRESS,
            _M.BAD_CONTROL,
        ),
        "nobody else acts in the scene": (_M.HUMAN_INTERVENTION,),
        "waypoints are swapped or moved, none is left out or added": (_M.MISSING_SUBTASK, _M.CONTRADICTION),
        "the instruction stays as it is": (_M.MISMATCH,),
    },
    "robofac": {
        "gripper failures are those of closing": (_M.SLIP, _M.EARLY_RELEASE, _M.NO_RELEASE),
        "nothing beside the way is run into; a lift driven into the table is a position offset": (_M.COLLISION,),
        "the arm always moves": (_M.NO_PROGRESS,),
        "nobody else acts in the scene": (_M.HUMAN_INTERVENTION,),
        "of the failures of a plan it has the left-out step and the wrong object": (
            _M.WRONG_ORDER,
            _M.CONTRADICTION,
            _M.MISMATCH,
        ),
    },
}
"""Paper -> why it has no label -> for which of our modes."""
