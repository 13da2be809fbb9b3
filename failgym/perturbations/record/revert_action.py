"""Nothing happens: a subtask, or the whole episode, ends as it began."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, Frame, Outcome, Span
from failgym.errors import NotApplicableError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, Params, RecordPerturbation, Signature
from failgym.perturbations.record.facts import RecordFacts
from failgym.scene import SceneFacts

CHANGE = 0.005
"""Change of a place (m), a turn, an opening or the gripper (0..1) from which on a subtask left a trace."""
_OF_THE_ARM = ("ee_", "joint_", "gripper_command", "gripper_force")


@PERTURBATIONS.register("revert_action")
@dataclass(frozen=True)
class RevertAction(RecordPerturbation):
    """From the beginning of one subtask on, pictures and states stay as they are; there the record ends.

    What was commanded stays in the record, up to that end: the robot was told to act, and nothing came of it. Without
    spans the whole episode stays as it begins.

    Source: Guardian, section III-B, failures of real data 2 (revert action: the end image is the start image).
    """

    name = "revert_action"
    failure = FailureMode.NO_PROGRESS

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw one of the subtasks that left a trace; without a record, one of the plan."""
        episode = facts.episode if isinstance(facts, RecordFacts) else None
        plan = facts.plan
        asked = plan.text or plan.instruction
        if not plan.instruction and not plan.subtasks:
            raise NotApplicableError(self.name, "nothing is asked for")
        if episode is None:
            index = int(rng.integers(len(plan.subtasks))) if plan.subtasks else None
            return {"subtask": index, "span": index, "plan": asked}
        if not episode.spans:
            if not changed(episode, _begin(episode), _length(episode)):
                raise NotApplicableError(self.name, "the record ends as it begins")
            return {"subtask": None, "span": None, "plan": asked}
        numbers = [
            number
            for number, span in enumerate(episode.spans)
            if span.achieved and _shown(episode, span.start) and changed(episode, span.start, span.end)
        ]
        if not numbers:
            raise NotApplicableError(self.name, "the record shows no subtask whose end differs from its beginning")
        number = int(numbers[int(rng.integers(len(numbers)))])
        return {"subtask": episode.spans[number].index, "span": number, "plan": asked}

    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Let everything stay as it was when the subtask began, and end the record with it."""
        number = params["span"]
        spans = episode.spans if number is None else episode.spans[: number + 1]
        if number is not None and number >= len(episode.spans):
            return episode
        start, end = (_begin(episode), _length(episode)) if number is None else (spans[-1].start, spans[-1].end)
        if not _shown(episode, start):
            return episode
        if number is not None:
            spans = (*spans[:-1], _undone(spans[-1]))
        return replace(
            episode,
            frames=_held_frames(episode.frames, start, end),
            arrays={name: _held(name, array, episode, start, end) for name, array in episode.arrays.items()},
            events=tuple(event for event in episode.events if event.step <= start and start > 0),
            spans=tuple(spans) if number is not None else tuple(_undone(span) for span in spans),
            effects={},
            digest="",
            outcome=Outcome(False, {"success": False}, FailureMode.NO_PROGRESS, start),
        )

    def fix(self, params: Params) -> Fix:
        """Do it: what the plan says from the hit subtask on."""
        lines = params["plan"].split("\n")[params["subtask"] or 0 :]
        return Fix.replan("\n".join(line.split(". ", 1)[-1] for line in lines), subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """At its end the record shows what it showed when the subtask began, and it did not before."""
        start, end = failed.outcome.onset or 0, _length(failed)
        if changed(failed, start, end):
            return Signature(False, "the record goes on changing")
        if not changed(nominal, start, end):
            return Signature(False, "the record did not change before either")
        if "state" not in nominal.arrays:
            return Signature(True, "by construction: the last pictures are the first ones", start)
        return Signature(True, f"measured: after step {start} no state changes; the original record's do", start)


def changed(episode: Episode, start: int, end: int) -> bool:
    """Whether what an arm moves, or how far a gripper is closed, is another thing at the end of these steps.

    Without states, whether any camera shows another picture.
    """
    if "state" in episode.arrays and len(episode.arrays["state"]):
        rows = episode.arrays["state"][[max(0, start - 1), min(end, episode.steps) - 1]]
        traces = [index for index, name in enumerate(episode.state_names) if not _is_of_the_arm(name)]
        columns = rows[:, traces] if episode.state_names else rows
        return bool(np.abs(columns[1] - columns[0]).max(initial=0.0) > CHANGE)
    first = {frame.camera: frame.image for frame in reversed(episode.frames) if frame.step >= start}
    last = {frame.camera: frame.image for frame in episode.frames if frame.step <= end}
    return any(last[camera] != image for camera, image in first.items() if camera in last)


def _is_of_the_arm(name: str) -> bool:
    return name.removeprefix("left_").removeprefix("right_").startswith(_OF_THE_ARM)


def _length(episode: Episode) -> int:
    return episode.steps or max((frame.step for frame in episode.frames), default=0)


def _begin(episode: Episode) -> int:
    """Return the step of the first picture; without pictures, the first one."""
    return min((frame.step for frame in episode.frames), default=0)


def _shown(episode: Episode, start: int) -> bool:
    """Whether the record shows this moment: in a picture, or, where it has none at all, in a row of states."""
    if not episode.frames:
        return "state" in episode.arrays
    return any(frame.step == start for frame in episode.frames)


def _undone(span: Span) -> Span:
    return replace(span, achieved=False, stages=span.stages[:1])


def _held_frames(frames: Sequence[Frame], start: int, end: int) -> tuple[Frame, ...]:
    """Return the frames up to the end, each camera's from the start on with the picture of that moment.

    A camera that took none then has none later.
    """
    first = {frame.camera: frame for frame in frames if frame.step == start}
    held = []
    for frame in frames:
        if frame.step <= start:
            held.append(frame)
        elif frame.step <= end and frame.camera in first:
            held.append(replace(first[frame.camera], step=frame.step))
    return tuple(held)


def _held(name: str, array: NDArray[np.generic], episode: Episode, start: int, end: int) -> NDArray[np.generic]:
    """Return an array up to the end; what was observed stays as it was at the start, what was commanded does not."""
    if len(array) != episode.steps:
        return array
    cut = array[:end]
    if name.startswith("action") or not len(cut):
        return cut
    held = cut.copy()
    held[start:] = held[max(0, start - 1)]
    if name == "state":
        speeds = [index for index, column in enumerate(episode.state_names) if "_speed_" in column]
        held[start:, speeds] = 0
    return held
