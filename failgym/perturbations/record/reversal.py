"""A success played backwards is a success of the opposite task."""

from dataclasses import dataclass, replace

import numpy as np

from failgym.episodes import Episode, Outcome, Span
from failgym.errors import NotApplicableError
from failgym.labels import Fix
from failgym.perturbations.base import PERTURBATIONS, Params, RecordPerturbation, Signature
from failgym.perturbations.record.facts import RecordFacts
from failgym.perturbations.record.opposites import IrreversibleError, opposite
from failgym.perturbations.record.playback import (
    pushed,
    turned_arrays,
    turned_frames,
    turned_plan,
    turned_spans,
    why_not,
)
from failgym.plans import Plan
from failgym.scene import SceneFacts


@PERTURBATIONS.register("reversal")
@dataclass(frozen=True)
class Reversal(RecordPerturbation):
    """The record runs backwards under the opposite instruction: open becomes close, put in becomes take out.

    It makes a success, and no failure. What was pushed without a grip would follow a receding hand: of such records
    only the first and the last pictures remain, and no states and actions. What falls, flows or was pressed has no way
    back. Events and effects are left out: no simulator measured them backwards.

    Source: Guardian, section III-A (successful executions reversed: start and end images swapped, instruction updated).
    """

    name = "reversal"
    failure = None

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Rewrite instruction and plan; nothing is left to chance."""
        episode = facts.episode if isinstance(facts, RecordFacts) else None
        if episode is not None and (reason := why_not(episode)):
            raise NotApplicableError(self.name, reason)
        try:
            said = opposite(facts.plan.instruction)
        except IrreversibleError as error:
            raise NotApplicableError(self.name, str(error)) from error
        turned = turned_plan(facts.plan.subtasks) or []
        pictures_only = said.pushed or (episode is not None and pushed(episode))
        if pictures_only and episode is not None and not episode.frames:
            raise NotApplicableError(self.name, "something was pushed, so pictures alone could be turned: it has none")
        return {
            "subtask": None,
            "instruction": said.text,
            "plan": [step.subtask.text for step in turned],
            "pictures_only": pictures_only,
        }

    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Play it backwards."""
        total = episode.steps or max((frame.step for frame in episode.frames), default=0)
        if not total:
            return episode
        turned = turned_plan(episode.plan.subtasks) if params["plan"] else None
        spans: tuple[Span, ...] = (turned_spans(episode, turned, total) if turned else None) or ()
        plan = Plan(params["instruction"], tuple(step.subtask for step in turned or ()))
        bare = params["pictures_only"]
        if bare and len(spans) > 1:
            spans = ()
        return replace(
            episode,
            instruction=plan.instruction,
            plan=plan,
            frames=turned_frames(episode.frames, total, ends_only=bare),
            arrays={} if bare else turned_arrays(episode),
            spans=tuple(replace(span, start=0, end=total, stages=()) for span in spans) if bare else spans,
            events=(),
            effects={},
            digest="",
            outcome=Outcome(True, {"success": True}),
        )

    def fix(self, params: Params) -> Fix:
        """Raise: a success needs no correction."""
        raise NotApplicableError(self.name, "it makes a success, which needs no correction")

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """It asks for the opposite, begins as the record ended and ends as that began."""
        if failed.instruction == nominal.instruction:
            return Signature(False, "the instruction is the same")
        first = {frame.camera: frame.image for frame in reversed(nominal.frames)}
        last = {frame.camera: frame.image for frame in failed.frames}
        if first != last:
            return Signature(False, "it does not end as the record began")
        return Signature(True, "by construction: it ends as the record began")
