"""The gripper does not let go."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode, EventKind, StepContext
from failgym.episodes.action_layout import Action
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, ActionPerturbation, Params, Signature
from failgym.perturbations.control import without_effect
from failgym.perturbations.kinds import Kind
from failgym.scene import SceneFacts

LETS_GO = ("place", "release", "close", "screw")
"""Verbs whose effect is undone by a hand that leaves without letting go; what is opened or turned stays so."""

COMING = (Stage.APPROACH, Stage.PRE_GRASP)


@PERTURBATIONS.register("no_release")
@dataclass(frozen=True)
class NoRelease(ActionPerturbation):
    """The gripper stays closed when it should let go, and takes the thing away again, until the policy grasps anew.

    Source: REFLECT, failed action (put); RoboFAC, gripper error.
    """

    name = "no_release"
    failure = FailureMode.NO_RELEASE
    hits = (Kind.CARRY, Kind.RELEASE, Kind.GRIP)

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the subtask to hit."""
        subtask = self.choose_subtask(rng, facts)
        return {"subtask": subtask}

    def obstacle(self, index: int, facts: SceneFacts) -> str | None:
        """Not every hand that lifts or carries lets go in the end, and what is open stays so."""
        subtask = facts.plan.subtasks[index]
        if subtask.verb not in LETS_GO:
            return f"to {subtask.text} does not need letting go"
        if any(step.verb == "pull" and step.object == subtask.object for step in facts.plan.subtasks[:index]):
            return f"the {subtask.object} hooks into the {subtask.target}, which pulls it out of the hand"
        if subtask.verb == "release" and subtask.object in facts.fixed:
            return f"the {subtask.object} stays where it is"
        following = facts.plan.subtasks[index + 1 :]
        if following and following[0].object == subtask.object and following[0].arm != subtask.arm:
            return f"another arm pulls the {subtask.object} out of the hand"
        return None

    def anchor(self, params: Params) -> Stage:
        """When the gripper should open."""
        return Stage.RELEASE

    def perturb(self, action: Action, context: StepContext, params: Params) -> Action:
        """Keep the gripper closed."""
        if context.layout.closure(action) <= 0.5 and context.opening is not None and self._stuck(context, params):
            return context.layout.with_closure(action, 1.0)
        return action

    @staticmethod
    def _stuck(context: StepContext, params: Params) -> bool:
        """Whether this is after the letting go of the hit subtask, and before the next one takes hold."""
        hit, following = params["subtask"], params["subtask"] + 1
        if (context.subtask, context.attempt) == (following, 0):
            return context.stage in COMING or following not in context.began
        return context.opening == (hit, 0) == (context.subtask, context.attempt)

    def fix(self, params: Params) -> Fix:
        """Open at the keyframe."""
        return Fix.gripper(0.0, stage=Stage.RELEASE, subtask=params["subtask"])

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The gripper did not open when it was due, and the thing was not left where it belongs."""
        spans = without_effect(failed, nominal, params)
        if isinstance(spans, Signature):
            return spans
        span, reference = spans
        due, nominal_due = span.first(Stage.RELEASE), reference.first(Stage.RELEASE)
        if due is None or nominal_due is None:
            return Signature(False, f"subtask {params['subtask']} never came to letting go")
        if failed.happened(EventKind.OPENING, None, due, span.end):
            return Signature(False, "the gripper did open")
        freed = nominal.happened(EventKind.RELEASED, span.subtask.object, nominal_due, reference.end)
        overdue = due + (freed[0].step - nominal_due if freed else 3)
        name = span.subtask.object
        return Signature(True, f"the gripper kept hold of the {name}", min(overdue, span.end - 1), Stage.RELEASE)
