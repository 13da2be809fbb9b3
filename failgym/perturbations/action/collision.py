"""The hand runs into the thing that it is to take."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode, Event, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Range, Signature, draw
from failgym.perturbations.kinds import Kind
from failgym.perturbations.obstacles import merely_held
from failgym.perturbations.signatures import hit_grasp
from failgym.rotations import rotate
from failgym.scene import SceneFacts

FINGER = 0.021
"""Thickness of a finger, m."""
RAISED = 0.008
"""How much higher than for the grasp the hand goes sideways, m: the fingertips do not scrape over the table."""
METRES_PER_STEP = 0.03
"""How fast the hand leaves its way in a control step, m."""
DOWN_STEPS, ACROSS_STEPS = 5, 2
"""Control steps in which the hand comes down beside the thing, and goes sideways then."""


@PERTURBATIONS.register("collision")
@dataclass(frozen=True)
class Collision(ActionPerturbation):
    """The hand comes from the side: it goes down beside the thing, and then across, so that a finger shoves it away.

    Source: ViFailback, gripper 6d-pose (the gripper does not reach its position, for whatever reason); RoboFAC, whose
        largest position offset drives the hand into the table.
    """

    name = "collision"
    failure = FailureMode.COLLISION
    hits = (Kind.GRASP,)
    steers = "position"
    severity_zero = MappingProxyType({"detour": [0.0, 0.0, 0.0]})

    gap: Range = (0.01, 0.03)
    """Room between the finger and the thing before the hand goes across, m."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the grasp to hit, the gap and the side."""
        index = self.choose_subtask(rng, facts)
        thing = facts.thing(facts.plan.subtasks[index].object)
        gap, side = draw(rng, self.gap), 1.0 - 2.0 * float(rng.integers(2))
        width = thing.width if thing is not None else 0.0
        clear = facts.max_opening / 2 + FINGER + width / 2 + gap
        detour = rotate(facts.hands[index][3:], (0.0, side * clear, -RAISED))
        return {"subtask": index, "detour": detour.tolist()}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """What stands fast is not shoved away, nor anything where nothing is solid."""
        name = facts.plan.subtasks[index].object
        if not facts.solid or name in facts.fixed or index >= len(facts.hands) or not facts.hands[index]:
            return f"no finger shoves the {name} away"
        return merely_held(index, facts)

    def anchor(self, params: Params) -> Stage:
        """When the hand hovers beside the thing."""
        return Stage.PRE_GRASP

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Lead the hand down beside the thing, and across where it should be down already."""
        detour = np.array(params["detour"])
        if context.subtask != params["subtask"] or context.attempt != 0 or not detour.any():
            return action
        if context.stage == Stage.APPROACH:
            now, before = context.ramp(params["subtask"], math.ceil(float(np.linalg.norm(detour)) / METRES_PER_STEP))
        elif context.stage == Stage.PRE_GRASP:
            across = (context.stage_steps - DOWN_STEPS + 1) / ACROSS_STEPS
            now, before = (min(1.0, max(0.0, 1.0 - part)) for part in (across, across - 1.0 / ACROSS_STEPS))
        else:
            return action
        if now == before == 0.0:
            return action
        return context.layout.with_offset(action, now * detour, before * detour)

    def fix(self, params: Params) -> Fix:
        """Look again, and come down over the thing."""
        return Fix.retarget(stage=Stage.PRE_GRASP, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """Before it closed the hand ran into something that the nominal one did not, and moved it or missed its aim."""
        grasp = hit_grasp(failed, nominal, params)
        if isinstance(grasp, Signature):
            return grasp
        span, reference, name = grasp.span, nominal.span(params["subtask"]), grasp.target
        began = 0 if reference is None else reference.start
        usual = {_what(event) for event in _met(nominal, began, grasp.nominal_due)}
        met = [event for event in _met(failed, span.start, grasp.due) if _what(event) not in usual]
        if not met:
            return Signature(False, "the hand ran into nothing")
        moved = [event for event in met if event.kind is EventKind.DISPLACED]
        if span.achieved and all(event.subject == name for event in moved):
            return Signature(False, f"the {name} was held all the same")
        first = min(met, key=lambda event: event.step)
        what = first.subject if first.kind is EventKind.DISPLACED else first.other
        shoved = f" and shoved it {100 * max(event.value for event in moved):.0f} cm" if moved else ""
        reason = f"the hand ran into the {what}{shoved} before closing"
        return Signature(True, reason, first.step, span.stage_at(first.step))


def _met(episode: Episode, start: int, due: int) -> list[Event]:
    """Return the events in which the hand touched a thing, or something moved, before it closed."""
    touched, moved = (
        episode.happened(kind, None, start, due + 1) for kind in (EventKind.CONTACT_GAINED, EventKind.DISPLACED)
    )
    return [*touched, *moved]


def _what(event: Event) -> tuple[str, str, str]:
    return event.kind, event.subject, event.other
