"""A thing is heavier than it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from failgym.episodes import Episode
from failgym.labels import FailureMode, Fix, Stage
from failgym.perturbations.base import PERTURBATIONS, Params, Range, ScenePerturbation, Signature, draw
from failgym.perturbations.slipping import choose_borne, slipped, take_again
from failgym.scene import Scene, SceneFacts


@PERTURBATIONS.register("mass")
@dataclass(frozen=True)
class Mass(ScenePerturbation):
    """A thing that the hand has to bear is so heavy that it stays behind or slides out between the pads.

    No motion of the hand makes it lighter: there is no correction, hence no certificate. It is a condition to work
    under.

    Source: Colosseum, mass of the manipulated object.
    """

    name = "mass"
    failure = FailureMode.SLIP
    breaks = False
    alters = "mass"
    severity_zero = MappingProxyType({"extra": 0.0})

    extra: Range = (8.0, 15.0)
    """Mass that is added to it, kg; 2 kg and less (weight 20 N) burden the arm and make nothing slip."""

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Draw the thing and its mass."""
        index = choose_borne(self.name, rng, facts, self.alterable(facts))
        return {"subtask": index, "object": facts.plan.subtasks[index].object, "extra": draw(rng, self.extra)}

    def changes(self, params: Params) -> Sequence[tuple[str, Sequence[float]]]:
        """The mass of the thing."""
        return [(params["object"], (params["extra"],))] if params["extra"] > 0.0 else []

    def withdraw(self, scene: Scene, params: Params) -> None:
        """Leave it as it is: a correction has to cope with it."""

    def anchor(self, params: Params) -> Stage:
        """Before the hand closes."""
        return Stage.PRE_GRASP

    def fix(self, params: Params) -> Fix:
        """Take it up again."""
        return take_again(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The thing left a hand that was told to stay closed, or did not rise with it."""
        return slipped(failed, nominal, params, "heavy")
