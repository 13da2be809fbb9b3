"""Things that the task does not need stand about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from failgym.errors import ConfigurationError, NotApplicableError
from failgym.perturbations.base import PERTURBATIONS, Condition, Params, Range, ScenePerturbation, draw, draw_steps
from failgym.perturbations.room import Room, used
from failgym.scene import PROP, PROPS, Scene, SceneFacts

RADIUS, HEIGHT = 0.045, 0.08
"""Room that a distractor takes, from its axis and above the table, m."""
GAP = 0.035
"""Distance to everything that stands there, is moved, or comes down to work, m: a finger passes."""
MARGIN = 0.12
"""By how much the table is larger, on all sides, than where the hand reaches comfortably, m."""
TRIES = 400
KINDS = ("spare", "prop", "any")


@PERTURBATIONS.register("distractors")
@dataclass(frozen=True)
class Distractors(Condition, ScenePerturbation):
    """Loose, solid things stand on the free part of the table: they have no names, and nothing needs them.

    They are spare things, which other variations of the task use, and books, tins and the like, which none does. None
    stands where the plan moves anything, or where the hand comes down.

    Source: Colosseum and VLATest, distractor objects.
    """

    name = "distractors"
    alters = "spare"

    count: Range = (2, 5)
    """Number of things, relative to the scene as it is; fewer where there is no room for more."""
    distance: Range = (0.14, 0.45)
    """Distance from what the hand goes for first, m."""
    kind: str = "any"
    """What they are, relative to the task: `spare` things of it, `prop`, which belong to none, or `any`."""

    def __post_init__(self) -> None:
        """Check the kind."""
        super().__post_init__()
        if self.kind not in KINDS:
            raise ConfigurationError(f"{self.name}.kind", self.kind, ", ".join(KINDS))

    @property
    def furniture(self) -> tuple[str, ...]:
        """Things that belong to no task, and what everything takes up."""
        return (PROPS,)

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the things and where they stand."""
        kinds = {name: "prop" if name.startswith(PROP) else "spare" for name in self.alterable(facts)}
        spare = [name for name, kind in kinds.items() if self.kind in ("any", kind)]
        if not spare or not facts.plan.subtasks:
            raise NotApplicableError(self.name, "there is no such thing in this simulator or scene")
        index, centre = _first(facts)
        chosen = [spare[i] for i in rng.permutation(len(spare))[: max(1, draw_steps(rng, self.count))].tolist()]
        room, placed = used(facts), dict[str, list[float]]()
        for _ in range(TRIES):
            if len(placed) == len(chosen):
                break
            angle, metres = float(rng.uniform(-math.pi, math.pi)), draw(rng, self.distance)
            x, y = centre[0] + metres * math.cos(angle), centre[1] + metres * math.sin(angle)
            apart = all(math.dist((x, y), other[:2]) > 2 * RADIUS + GAP for other in placed.values())
            if apart and _is_free(facts, room, x, y):
                placed[chosen[len(placed)]] = [x, y, float(rng.uniform(-math.pi, math.pi))]
        if not placed:
            raise NotApplicableError(self.name, "there is no room on the table")
        return {"subtask": index, "places": placed}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The things and their places."""
        return list(params["places"].items())

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave them: nobody takes them away."""


def _first(facts: SceneFacts) -> tuple[int, tuple[float, float]]:
    """Return the first subtask that works on something whose place is known, and that place, m."""
    for index, step in enumerate(facts.plan.subtasks):
        if step.object in facts.positions:
            x, y, _ = facts.positions[step.object]
            return index, (x, y)
    return 0, (float(np.mean(facts.workspace[0])), float(np.mean(facts.workspace[1])))


def _is_free(facts: SceneFacts, room: Room, x: float, y: float) -> bool:
    """Whether it stands on the table there, and away from everything."""
    (low_x, high_x), (low_y, high_y) = facts.workspace
    if not (low_x - MARGIN < x < high_x + MARGIN and low_y - MARGIN < y < high_y + MARGIN):
        return False
    upright = np.array([(x, y, height) for height in (0.0, HEIGHT / 2, HEIGHT)])
    return bool(room.distances(upright).min() > RADIUS + GAP)
