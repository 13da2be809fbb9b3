"""A thing is slippery."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw
from failgym.perturbations.slipping import choose_borne, slipped, take_again
from failgym.scene import Scene, SceneFacts

RUBBER = 1.0
"""Sliding friction of the pads, from which on a thing is as it always is."""


@PERTURBATIONS.register("friction")
@dataclass(frozen=True)
class Friction(ScenePerturbation):
    """A thing that the hand has to bear is slippery: pads, table and other things have little hold on it.

    No motion of the hand makes it dry: there is no correction, hence no certificate. It is a condition to work under.

    Source: Colosseum, friction of the manipulated object.
    """

    name = "friction"
    failure = FailureMode.SLIP
    breaks = False
    alters = "friction"
    severity_zero = MappingProxyType({"friction": RUBBER})

    friction: Range = (0.003, 0.012)
    """Sliding friction, relative to the force of the pads (N per N): wet ice has 0.02, rubber 1."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the thing and how slippery it is."""
        # What is stuck in another thing and is slippery falls out before any hand is there.
        stuck = {step.object for step in facts.plan.subtasks if step.verb == "pull"}
        names = tuple(name for name in self.alterable(facts) if name not in stuck)
        index = choose_borne(self.name, rng, facts, names)
        friction = draw(rng, self.friction)
        return {"subtask": index, "object": facts.plan.subtasks[index].object, "friction": friction}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The friction of the thing."""
        friction = max(0.001, params["friction"])
        return [] if friction >= RUBBER else [(params["object"], (friction,))]

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave it as it is: a correction has to cope with it."""

    def anchor(self, params: Params) -> Stage:
        """Before the hand closes."""
        return Stage.PRE_GRASP

    def fix(self, params: Params) -> Fix:
        """Take it up again."""
        return take_again(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The thing left a hand that was told to stay closed."""
        return slipped(failed, nominal, params, "slippery")
