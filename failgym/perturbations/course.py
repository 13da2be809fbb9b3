"""Where a motion ends: hands that leave their course on the way, and how that is told from recorded physics."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from failgym.episodes import Episode, EventKind, Span, StepContext
from failgym.episodes.action_layout import Action, ActionLayout
from failgym.labels import Fix, FixKind, Stage
from failgym.perturbations.base import RAMP_STEPS, Signature
from failgym.perturbations.kinds import Kind, kind
from failgym.perturbations.signatures import hand_at, hit_spans
from failgym.rotations import rotation_between
from failgym.scene import SceneFacts, Shift, Vector

METRES_PER_RADIAN = 0.1
"""What a turn counts as, where distance and angle are compared, m/rad."""
METRES_PER_STEP = 0.03
"""How fast a detour fades in a control step, m."""
BEND = 0.015
"""Distance of a way from the straight line from which on it counts as bent, m."""
SIDEWAYS = 0.05
"""Level distance over which a thing is brought in from the side, at least, m."""
SLIGHT = 0.01
"""Part of a detour, m and rad, below which a fix does not speak of it."""
NOWHERE: Shift = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Where a way begins."""
_SCALE = np.array([1.0, 1.0, 1.0, METRES_PER_RADIAN, METRES_PER_RADIAN, METRES_PER_RADIAN])
_ORDER = tuple(Stage)


class Course(NamedTuple):
    """How a hand moves what it works on or carries in one subtask."""

    stage: Stage
    """Stage in which it does."""
    path: tuple[Shift, ...]
    """Poses on the way, seen from the first one, m and rotation vector, rad."""

    @property
    def way(self) -> Vector:
        """From the first to the last pose, (6,) m and rotation vector, rad."""
        return np.array(self.path[-1])

    @property
    def length(self) -> float:
        """From the first to the last pose, m; a turn counts for `METRES_PER_RADIAN`."""
        return float(np.linalg.norm(self.way * _SCALE))

    @property
    def bent(self) -> bool:
        """Whether the way is so far from straight that a hand cannot make up for a part of it in one motion."""
        steps = np.array(self.path)[:, :3]
        along = steps[-1] / max(1e-9, float(np.linalg.norm(steps[-1])))
        aside = steps - np.outer(steps @ along, along)
        return bool(np.linalg.norm(aside, axis=1).max() > BEND)

    def short_of(self, share: float) -> Vector:
        """Return from the last pose to where that share of the way is still to go, (6,) m and rad."""
        steps = np.array(self.path)
        lengths = np.linalg.norm(np.diff(steps, axis=0) * _SCALE, axis=1)
        gone = np.concatenate([[0.0], np.cumsum(lengths)]) / max(1e-9, float(lengths.sum()))
        there = np.array([np.interp(1.0 - share, gone, steps[:, entry]) for entry in range(6)])
        return np.asarray(there - self.way)


def course(facts: SceneFacts, index: int, inwards: bool = True) -> Course:
    """Return how the hand moves in a subtask; of no length where it takes or lets go, or nobody knows.

    What is carried goes level; what is brought in from the side goes in that direction at last, unless only the way
    there is asked for.
    """
    verb = facts.plan.subtasks[index].verb
    x, y, z = facts.ways[index] if facts.ways else (0.0, 0.0, 0.0)
    path = facts.paths[index] if facts.paths else ()
    if verb not in ("place", "move"):
        stage = Stage.LIFT if verb == "lift" else Stage.TRANSPORT
        return Course(stage, path or (NOWHERE, (x, y, z, 0.0, 0.0, 0.0)))
    if path:
        inside_x, inside_y, _ = np.subtract(path[-1], path[-2])[:3].tolist()
        if inwards and math.hypot(inside_x, inside_y) > SIDEWAYS:
            return Course(Stage.PLACE, (NOWHERE, (inside_x, inside_y, 0.0, 0.0, 0.0, 0.0)))
        x, y, _ = path[-2][:3]
    return Course(Stage.TRANSPORT, (NOWHERE, (x, y, 0.0, 0.0, 0.0, 0.0)))


def going(index: int, facts: SceneFacts, shortest: float, inwards: bool = True) -> str | None:
    """Where a hand does not go, or carries a thing less far than that, m, nothing is seen of where it ends."""
    subtask, way = facts.plan.subtasks[index], course(facts, index, inwards)
    carries = kind(subtask, facts) is Kind.CARRY and way.stage is Stage.TRANSPORT
    if way.length <= (shortest if carries else 0.0):
        return f"the hand does not go far enough to {subtask.text}"
    return met(index, facts)


def met(index: int, facts: SceneFacts) -> str | None:
    """Another hand comes to wherever this one brings what it holds, or holds open."""
    subtask = facts.plan.subtasks[index]
    held_open = subtask.verb in ("open", "close") and kind(subtask, facts) is Kind.CARRY
    if held_open or (subtask.verb == "move" and subtask.arm is not None):
        return f"another hand comes to wherever this one is to {subtask.text}"
    return None


def detour(index: int, way: Course, off: Sequence[float], again: str | None = None) -> dict[str, Any]:
    """Return the parameters of a hand that ends its way so far from where it should, (6,) m and rotation vector, rad.

    `again` names what has to be looked at again to put that right, where one motion does not.
    """
    return {
        "subtask": index,
        "stage": str(way.stage),
        "way": list(way.path[-1]),
        "since": 0.0,
        "detour": [float(entry) for entry in off],
        "again": again,
        "anchor": str(way.stage),
    }


def cut_short(facts: SceneFacts, index: int, way: Course, share: float) -> dict[str, Any]:
    """Return the parameters of a hand that leaves out that share of its way, 0..1.

    What is gripped can still be brought on before the hand lets go, what is pushed or carried from the beginning of
    its way on. A bent way needs another look.
    """
    subtask = facts.plan.subtasks[index]
    grips = kind(subtask, facts) is Kind.GRIP
    params = detour(index, way, way.short_of(share).tolist(), subtask.object if way.bent else None)
    late = Stage.RETREAT if way.bent else Stage.RELEASE if grips or way.stage is Stage.PLACE else way.stage
    return params | {"since": 1.0 - share, "anchor": str(late)}


def back(params: dict[str, Any]) -> Fix:
    """Return the motion that leads back from a detour; where none does, another look at `again`."""
    stage, subtask = Stage(params["anchor"]), params["subtask"]
    if params["again"] is not None:
        return Fix.retarget(params["again"], stage=stage, subtask=subtask)
    x, y, z, *turn = (-entry for entry in params["detour"])
    if max(abs(x), abs(y), abs(z)) < SLIGHT:
        return Fix.rotation(turn, stage=stage, subtask=subtask)
    if max(map(abs, turn)) < SLIGHT:
        return Fix.translation((x, y, z), stage=stage, subtask=subtask)
    return Fix(FixKind.TRANSLATION, stage, subtask, translation_m=(x, y, z), rotation_rad=(turn[0], turn[1], turn[2]))


def veer(action: Action, context: StepContext, params: dict[str, Any]) -> Action:
    """Lead the hand from its course by `detour`, in proportion to how far it has come from `since` of its `way` on.

    It stays off until the subtask ends, and comes back after it. `way` and `detour` are (6,) m and rotation vector,
    rad; the way is gone in `stage`.
    """
    detour = np.array(params["detour"])
    now, before = _off(action, context, params) if detour.any() else (0.0, 0.0)
    if now == before == 0.0:
        return action
    if detour[:3].any():
        action = context.layout.with_offset(action, now * detour[:3], before * detour[:3])
    if detour[3:].any():
        action = context.layout.with_rotation(action, now * detour[3:], before * detour[3:])
    return action


def _off(action: Action, context: StepContext, params: dict[str, Any]) -> tuple[float, float]:
    """Return how much of the detour applies at this step and at the one before, 0..1."""
    hit, stage, since = params["subtask"], Stage(params["stage"]), params["since"]
    if context.subtask == hit and context.attempt == 0:
        if context.stage == stage:
            gone = (_part(travel, np.array(params["way"])) for travel in travelled(action, context))
            now, before = (min(1.0, max(0.0, (part - since) / (1.0 - since))) for part in gone)
            return now, before
        late = float(_ORDER.index(context.stage) > _ORDER.index(stage) and hit in context.began)
        return late, late
    end = context.ended.get(hit)
    if end is None or hit not in context.began:
        return 0.0, 0.0
    length = float(np.linalg.norm(np.array(params["detour"]) * _SCALE))
    steps = max(RAMP_STEPS, math.ceil(length / METRES_PER_STEP))
    return max(0.0, 1.0 - (context.step - end + 1) / steps), max(0.0, 1.0 - (context.step - end) / steps)


def _part(travel: Vector, way: Vector) -> float:
    """Return how much of a way somebody has gone who has travelled so far; both (6,) m and rad."""
    return float((travel * _SCALE) @ (way * _SCALE)) / max(1e-9, float(np.sum((way * _SCALE) ** 2)))


def travelled(action: Action, context: StepContext) -> tuple[Vector, Vector]:
    """Return how far the policy has told the hand to go since this stage began, (6,) m and rotation vector, rad.

    Up to this step, and up to the one before.
    """
    layout, steps, told = context.layout, context.stage_steps, context.told
    if layout.delta:
        recent = told[max(0, len(told) - steps) :]
        before = sum((np.concatenate(_entries(layout, each)) for each in recent), np.zeros(6))
        return before + np.concatenate(_entries(layout, action)), before
    first = told[max(0, len(told) - steps - 1)] if told else action
    return _between(layout, first, action), _between(layout, first, told[-1] if told else action)


def _between(layout: ActionLayout, first: Action, last: Action) -> Vector:
    (here, heading), (there, turned) = _entries(layout, first), _entries(layout, last)
    turn = np.zeros(3) if layout.rotation is None else rotation_between(heading, turned)
    return np.concatenate([there - here, turn])


def _entries(layout: ActionLayout, action: Action) -> tuple[Vector, Vector]:
    """Return what an action says of position and of orientation; zeros where it says nothing."""
    given = np.asarray(action, dtype=np.float64)
    position, rotation = (
        np.zeros(3) if part is None else given[slice(*part)] for part in (layout.position, layout.rotation)
    )
    return position, rotation


# -- what physics showed -----------------------------------------------------------------------------------------------


def led_astray(failed: Episode, nominal: Episode, params: dict[str, Any], words: str) -> Signature:
    """Signature of a motion that ended at a distance from where the nominal one did, by at least half the detour.

    `words` says so, with `{}` for how far.
    """
    spans = hit_spans(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, reference = spans
    name, stage = span.subtask.object, Stage(params["stage"])
    if span.achieved:
        return Signature(False, f"it had its effect all the same: {span.subtask.text}")
    end, nominal_end = end_of(span, stage), end_of(reference, stage)
    if end is None or nominal_end is None:
        return Signature(False, f"subtask {params['subtask']} never came to its motion")
    arm, detour = span.subtask.arm, np.array(params["detour"])
    (there, turned), (wanted, meant) = hand_at(failed, end, arm), hand_at(nominal, nominal_end, arm)
    off = np.concatenate([there - wanted, rotation_between(meant, turned)])
    part = _part(off, detour)
    if part < 0.5:
        return Signature(False, f"the hand ended only {far(part * detour)} off")
    began = span.first(stage) or span.start
    arrived = next((step for _, step in span.stages if step > began), end)
    lost = failed.happened(EventKind.RELEASED, name, began, arrived)
    if lost and span.subtask.verb in ("lift", "place", "move", "pull"):
        return Signature(False, f"the {name} was lost on the way")
    dropped = failed.happened(EventKind.RELEASED, name, arrived, span.end + 1)
    onset = dropped[0].step if dropped else min(end, span.end - 1)
    reason = f"{words.format(far(off))}; without effect: {span.subtask.text}"
    return Signature(True, reason, onset, span.stage_at(onset))


def end_of(span: Span, stage: Stage) -> int | None:
    """Return the step at which a stage was over, and whatever brings the thing down after it; None if it never was."""
    began = span.first(stage)
    if began is None:
        return None
    later = [step for name, step in span.stages if name in (Stage.RELEASE, Stage.RETREAT) and step > began]
    return later[0] if later else span.end


def far(shift: Vector) -> str:
    """Say how far a hand is off, in words."""
    metres, radians = float(np.linalg.norm(shift[:3])), float(np.linalg.norm(shift[3:]))
    if metres >= METRES_PER_RADIAN * radians:
        return f"{100 * metres:.1f} cm"
    return f"{math.degrees(radians):.0f} degrees"
