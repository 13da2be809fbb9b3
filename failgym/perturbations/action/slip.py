"""The gripper opens while the thing is under way."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw_steps
from failgym.perturbations.kinds import Kind
from failgym.perturbations.obstacles import taken_along, taken_up_again
from failgym.perturbations.signatures import hit_spans, stage_at
from failgym.scene import SceneFacts

AFTER = (Stage.PLACE, Stage.RELEASE, Stage.RETREAT)


@PERTURBATIONS.register("slip")
@dataclass(frozen=True)
class Slip(ActionPerturbation):
    """The gripper opens during transport (or during the lift, where the plan ends with it), and stays open.

    Source: AHA, slip (the object is released some steps after a waypoint).
    """

    name = "slip"
    failure = FailureMode.SLIP
    hits = (Kind.CARRY, Kind.GRIP)

    delay_steps: Range = (1, 2)
    """Control steps of 50 ms after the transport or lift began."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit and the moment."""
        subtask = self.choose_subtask(rng, facts)
        stage = Stage.LIFT if facts.plan.subtasks[subtask].verb == "lift" else Stage.TRANSPORT
        return {"subtask": subtask, "stage": str(stage), "delay_steps": draw_steps(rng, self.delay_steps)}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What is lost may be moved or taken up all the same."""
        return taken_along(index, facts) or taken_up_again(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the transport (or lift) begins."""
        return Stage(params["stage"])

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Open the gripper from the drawn moment until the policy opens it too, or the subtask ends open."""
        if self._open(context, params) and context.layout.closure(action) > 0.0:
            return context.layout.with_closure(action, 0.0)
        return action

    def _open(self, context: StepContext, params: Params) -> bool:
        hit = params["subtask"]
        if hit in context.ended:
            return context.since_close is not None and context.step - context.since_close < context.ended[hit]
        if context.subtask != hit or context.attempt != 0:
            return False
        during = context.stage == params["stage"] and context.stage_steps >= params["delay_steps"]
        return during or context.stage in AFTER

    def fix(self, params: Params) -> Fix:
        """Stay closed."""
        return Fix.gripper(1.0, stage=Stage(params["stage"]), subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The thing was held, the gripper opened under way, and the thing was lost at once."""
        return let_go_under_way(failed, nominal, params)


def let_go_under_way(failed: Episode, nominal: Episode, params: Params) -> Signature:
    """Signature of a gripper that opened before the thing was where it belongs, and lost it at once."""
    spans = hit_spans(failed, nominal, params)
    if isinstance(spans, Signature):
        return spans
    span, name = spans[0], spans[0].subtask.object
    start, release = span.first(Stage(params["stage"])), span.first(Stage.RELEASE)
    openings = failed.happened(EventKind.OPENING, None, span.start if start is None else start, release or span.end)
    if not openings:
        return Signature(False, "the gripper did not open under way")
    lost = failed.happened(EventKind.RELEASED, name, openings[0].step, openings[0].step + 12)
    if not lost:
        return Signature(False, f"the {name} was not lost when the gripper opened")
    onset = lost[0].step
    return Signature(True, f"the {name} fell when the gripper opened", onset, stage_at(failed, onset))
