"""Somebody holds a board between the hand and what it comes for."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from failgym.episodes import Episode, EventKind, StepContext
from failgym.perturbations.base import Params, Signature
from failgym.perturbations.kinds import stroke_steps
from failgym.perturbations.obstacles import taken_up_again
from failgym.perturbations.room import Room, standing
from failgym.perturbations.signatures import hit_hand
from failgym.plans import Subtask
from failgym.rotations import conjugate, multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.scene import SOMEBODY, Pose, Scene, SceneFacts

Vector = NDArray[np.float64]
REACH = 0.5
"""Distance from which the board is brought, m."""
LATE_STEPS = 12
"""Control steps that a hand which is kept from a pose of its stroke tries for it."""
IN_STEPS = 5
"""Control steps in which it is brought, and taken away: 2 m/s, as somebody reaches who is quick."""
GAPS = (0.06, 0.07, 0.05, 0.08, 0.045)
"""Distance of the board's middle from where the tool point would be, against the hand's direction, m; the first that
keeps it clear of everything is taken. A hand that waits is 0.10 m off or more."""
CLEAR = 0.008
"""Distance to everything else, m."""
SIDEWAYS = math.radians(110.0)
"""Angle to the direction in which the robot reaches, up to which somebody's arm may come, rad: not along its own."""
X = (1.0, 0.0, 0.0)
_HALF, _BELOW = 0.088, 0.024
"""Half width of the board and the hand's height below it, m."""
_ARM = np.stack(np.meshgrid(np.arange(0.17, 0.82, 0.04), (-0.04, 0.0, 0.04), (-0.045, 0.045)), axis=-1).reshape(-1, 3)
_BOARD = np.stack(
    np.meshgrid(np.arange(-_HALF, 0.62, 0.022), np.linspace(-_HALF, _HALF, 7), (-_BELOW, 0.0, 0.016)), axis=-1
).reshape(-1, 3)
_SWEPT = np.concatenate([_ARM, _BOARD])
"""Points of what board, hand and arm go through as they come, (N, 3) m: x towards the arm, z to the robot's hand."""


def choose(rng: np.random.Generator, facts: SceneFacts) -> tuple[int, list[float], list[float]] | None:
    """Draw a subtask in which a hand comes down on something, and how a board is held above that.

    Returns:
        Index of the subtask, pose of the board (m and quaternion wxyz), and direction (unit vector) from which it
        comes; None where there is no room.
    """
    coming = [index for index in range(len(facts.plan.subtasks)) if _comes(index, facts)]
    room = standing(facts)
    for index in rng.permutation(np.array(coming, dtype=np.int64)).tolist():
        angles = rng.permutation(np.arange(-SIDEWAYS, SIDEWAYS + 1e-6, SIDEWAYS / 6)).tolist()
        point, quat = np.array(facts.hands[index][:3]), facts.hands[index][3:]
        up, ahead = -rotate(quat, (0.0, 0.0, 1.0)), _ahead(index, facts)
        for gap, angle in itertools.product(GAPS, angles):
            held = Pose(point + gap * up, _frame(up, ahead, angle))
            if _fits(held, room):
                return index, [*held.position.tolist(), *held.quat_wxyz.tolist()], rotate(held.quat_wxyz, X).tolist()
    return None


def stay(index: int, facts: SceneFacts, drawn: int) -> int:
    """Return for how many control steps the board must be held, so that a hand which does not look acts meanwhile."""
    path = facts.paths[index] if index < len(facts.paths) else ()
    return drawn + 2 * stroke_steps(index, facts) + LATE_STEPS * len(path)


def hold(scene: Scene, context: StepContext, params: Params) -> bool:
    """Bring the board, hold it, take it away again; return whether it is there."""
    began = context.began.get(params["subtask"])
    if began is None or not params["stay_steps"]:
        return False
    now, leaves = context.step - began - params["delay_steps"], IN_STEPS + params["stay_steps"]
    if not 0 <= now <= leaves + IN_STEPS:
        return False
    if now == leaves + IN_STEPS:
        scene.alter(SOMEBODY, SOMEBODY, None)
        return True
    far = REACH * max(0.0, 1.0 - (now + 1) / IN_STEPS, (now - leaves + 1) / IN_STEPS)
    place = np.array(params["pose"][:3]) + far * np.array(params["out"])
    scene.alter(SOMEBODY, SOMEBODY, [*place.tolist(), *params["pose"][3:]])
    return True


def blocked(failed: Episode, nominal: Episode, params: Params) -> Signature:
    """Signature of a hand that met the board instead of what it came for."""
    hit = hit_hand(failed, nominal, params)
    if isinstance(hit, Signature):
        return hit
    touched = [event for event in failed.happened(EventKind.CONTACT_GAINED, None, hit.span.start, hit.span.end)
               if event.other == SOMEBODY]  # fmt: skip
    if not touched:
        return Signature(False, "the hand did not meet what was in its way")
    if hit.span.achieved or failed.happened(EventKind.GRASPED, hit.target, hit.due, hit.span.end):
        return Signature(False, f"it had its effect all the same: {hit.span.subtask.text}")
    onset = touched[0].step
    return Signature(True, f"the {touched[0].subject} met a board that somebody held before the {hit.target}", onset,
                     hit.span.stage_at(onset))  # fmt: skip


def _comes(index: int, facts: SceneFacts) -> bool:
    """Whether an empty hand comes from afar to take or work something, once."""
    step: Subtask = facts.plan.subtasks[index]
    thing = facts.thing(step.object)
    known = index < len(facts.hands) and bool(facts.hands[index]) and thing is not None and step.arm != "both"
    if not known or taken_up_again(index, facts) is not None:
        return False
    earlier = facts.plan.subtasks[:index]
    at_hand = any(before.object == step.object and before.verb != "close" for before in earlier)
    return step.verb == "grasp" or (not (thing is not None and thing.graspable) and not at_hand)


def _ahead(index: int, facts: SceneFacts) -> Vector:
    """Direction in which the robot reaches, (3,) m, level."""
    arm = facts.plan.subtasks[index].arm
    stand = facts.boxes.get(f"{arm} arm" if arm else "arm", ())
    base = np.mean([box.centre for box in stand], axis=0) if stand else np.zeros(3)
    ahead: Vector = (np.array(facts.hands[index][:3]) - base) * (1.0, 1.0, 0.0)
    return ahead


def _frame(up: Vector, ahead: Vector, angle: float) -> Vector:
    """Orientation whose z axis is `up`, and whose x axis is turned by an angle (rad) from ahead, quaternion wxyz."""
    axis = np.cross((0.0, 0.0, 1.0), up)
    size = math.hypot(*axis.tolist())
    tilt = quat_from_rotvec(math.atan2(size, up[2]) / max(1e-9, size) * axis)
    level = rotate(conjugate(tilt), ahead)
    return multiply(tilt, quat_about_z(math.atan2(level[1], level[0]) + angle))


def _fits(held: Pose, room: Room) -> bool:
    axes = np.array([rotate(held.quat_wxyz, axis) for axis in np.eye(3)])
    swept = held.position + np.einsum("ni,ij->nj", _SWEPT, axes)
    return bool(swept[:, 2].min() > CLEAR and room.distances(swept).min() > CLEAR)


__all__ = ["blocked", "choose", "hold", "stay"]
