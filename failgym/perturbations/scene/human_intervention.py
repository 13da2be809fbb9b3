"""Somebody interferes while the arm is under way."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations import blocking
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw_steps
from failgym.perturbations.obstacles import taken_up_again
from failgym.perturbations.signatures import hit_hand
from failgym.perturbations.slides import brought_into, is_worked, movable, moved_by_others, shares, slide, straight
from failgym.scene import SOMEBODY, Scene, SceneFacts

KINDS = ("push", "take_away", "block")
FAR = (0.18, 0.45)
"""Length of the way of what is taken away, m."""
PACE = 0.05
"""Distance that somebody moves a thing in one control step, at most, m."""


@PERTURBATIONS.register("human_intervention")
@dataclass(frozen=True)
class HumanIntervention(ScenePerturbation):
    """Somebody slides the target along the table while the hand comes for it, or holds a board in its way for a while.

    A hand that looks again finds what was pushed or taken away; one that waits finds the way free again.

    Source: ViFailback, failure type human intervention.
    """

    name = "human_intervention"
    failure = FailureMode.HUMAN_INTERVENTION
    severity_zero = MappingProxyType({"shift": [0.0, 0.0]})

    kind: str = "push"
    """`push` by `distance`, `take_away` to 0.18 .. 0.45 m off, within reach, or `block` for `stay_steps`."""
    distance: Range = (0.08, 0.12)
    """Length of the way of what is pushed, m."""
    delay_steps: Range = (1, 3)
    """Control steps of 50 ms after the hand set out for the target."""
    duration_steps: Range = 5
    """Control steps that the move takes, at least; none covers more than 5 cm."""
    stay_steps: Range = (70, 90)
    """Control steps of 50 ms that the board stays, and as many more as the hand would take for a stroke, twice."""

    def __post_init__(self) -> None:
        """Check the kind."""
        super().__post_init__()
        if self.kind not in KINDS:
            raise ConfigurationError(f"{self.name}.kind", self.kind, ", ".join(KINDS))
        if self.kind == "block":
            object.__setattr__(self, "severity_zero", MappingProxyType({"stay_steps": 0}))

    @property
    def furniture(self) -> tuple[str, ...]:
        """Somebody's hand, for what is held in the way."""
        return (SOMEBODY,) if self.kind == "block" else ()

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit, the moment, and a way that stays on the table and clear of other things."""
        if self.kind == "block":
            return self._block(rng, facts)
        steps = facts.plan.subtasks
        hit = [i for i, step in enumerate(steps) if is_worked(step) and step.object in movable(facts, i)]
        hit = [index for index in hit if taken_up_again(index, facts) is None]
        if not hit:
            raise NotApplicableError(self.name, "the plan goes for nothing that stands loose where it stood at reset")
        index = hit[int(rng.integers(len(hit)))]
        moved, shift = steps[index].object, self._away(rng, facts, index)
        fastest = math.ceil(math.hypot(*shift) / PACE)
        return {
            "subtask": index,
            "object": steps[index].object,
            "moved": moved,
            "start": list(facts.positions[moved]),
            "shift": shift,
            "delay_steps": draw_steps(rng, self.delay_steps),
            "duration_steps": max(fastest, draw_steps(rng, self.duration_steps)),
        }

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers where the target is, or was."""
        return Stage.PRE_GRASP

    def perturb(self, scene: Scene, context: StepContext, params: Params) -> bool:
        """Slide it one control step further, or hold the board."""
        if self.kind == "block":
            return blocking.hold(scene, context, params)
        share = shares(context, params)
        if share is None or not any(params["shift"]):
            return False
        slide(scene, params["moved"], params["start"], params["shift"], share)
        return True

    def fix(self, params: Params) -> Fix:
        """Look again where the target is, or wait until the way is free."""
        if self.kind == "block":
            return Fix.hold(stage=Stage.PRE_GRASP, subtask=params["subtask"])
        return Fix.retarget(params["object"], stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Take the board away; what was moved stays where it is."""
        if self.kind == "block":
            scene.alter(SOMEBODY, SOMEBODY, None)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Something moved that the robot had not touched, and the target was not held or moved when that was due.

        Of a board: the hand met it, and not what it came for.
        """
        if self.kind == "block":
            return blocking.blocked(failed, nominal, params)
        hit = hit_hand(failed, nominal, params)
        if isinstance(hit, Signature):
            return hit
        moved = params["moved"]
        moves = moved_by_others(failed, moved, hit.span.start, hit.due)
        if not moves:
            return Signature(False, f"the {moved} was not moved by anybody else")
        grasped = hit.span.first(Stage.GRASP) is not None
        if grasped and failed.happened(EventKind.GRASPED, hit.target, hit.due, hit.span.end):
            return Signature(False, f"the {hit.target} was held all the same")
        return Signature(True, f"somebody moved the {moved}", moves[0].step, hit.span.stage_at(moves[0].step))

    def _away(self, rng: np.random.Generator, facts: SceneFacts, index: int) -> list[float]:
        step = facts.plan.subtasks[index]
        target, pushed = step.object, step.verb != "grasp" and bool(facts.ways)
        if self.kind == "take_away" and (goal := brought_into(facts, index)):
            raise NotApplicableError(self.name, f"the {target} must stand where it can be brought to the {goal}")
        low, high = (self.distance, self.distance) if isinstance(self.distance, (int, float)) else self.distance
        shift = straight(
            rng,
            facts,
            target,
            FAR if self.kind == "take_away" else (low, high),
            facts.ways[index][:2] if pushed else None,
        )
        if shift is None:
            raise NotApplicableError(self.name, f"there is no free place around the {target}")
        return shift

    def _block(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask, where the board is held, and for how long."""
        self.alterable(facts, SOMEBODY)
        found = blocking.choose(rng, facts)
        if found is None:
            raise NotApplicableError(self.name, "no hand comes down on anything with room for a board above it")
        index, pose, out = found
        return {
            "subtask": index,
            "object": facts.plan.subtasks[index].object,
            "pose": pose,
            "out": out,
            "delay_steps": draw_steps(rng, self.delay_steps),
            "stay_steps": blocking.stay(index, facts, draw_steps(rng, self.stay_steps)),
        }
