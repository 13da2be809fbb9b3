"""The plan as a language model altered it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from failgym.episodes import Episode
from failgym.errors import ConfigurationError, NotApplicableError, PlanError
from failgym.labels import FailureMode
from failgym.perturbations.base import PERTURBATIONS, Params, PlanPerturbation, Signature
from failgym.perturbations.chat import Endpoint, Message, NoAnswerError, pause
from failgym.perturbations.plan.contradictory_subtasks import ContradictorySubtasks
from failgym.perturbations.plan.missing_subtask import MissingSubtask
from failgym.perturbations.plan.steps import impossible
from failgym.perturbations.plan.wrong_object_planned import WrongObjectPlanned
from failgym.perturbations.plan.wrong_order import WrongOrder
from failgym.perturbations.plan.wrong_placement_planned import WrongPlacementPlanned
from failgym.plans import ARMS, VERBS, Plan
from failgym.scene import SceneFacts, Thing

Rule = WrongObjectPlanned | WrongPlacementPlanned | WrongOrder | MissingSubtask | ContradictorySubtasks


class _Kind(NamedTuple):
    rule: Rule
    told: str
    """What a model is told about the mistake."""


_KINDS = {
    kind.rule.name: kind
    for kind in (
        _Kind(
            WrongObjectPlanned(),
            "Some steps in a row handle another thing than the instruction asks for. "
            "Verbs, targets, all other steps and their number stay as they are.",
        ),
        _Kind(
            WrongPlacementPlanned(),
            "A step brings the right thing to a wrong target or into a wrong state: closed instead of opened, put down "
            "instead of held up. Objects, all other steps and their number stay as they are.",
        ),
        _Kind(
            WrongOrder(),
            "The steps are in an order that cannot work, or that is not the one asked for. Each stays as it is.",
        ),
        _Kind(MissingSubtask(), "A step is missing that the task needs. All other steps stay as they are."),
        _Kind(
            ContradictorySubtasks(),
            "One or two steps are inserted in one place that undo what was done just before, or cannot go together "
            "with it. All steps of the right plan stay as they are.",
        ),
    )
}


@PERTURBATIONS.register("llm_plan")
@dataclass(frozen=True)
class LlmPlan(PlanPerturbation):
    """A language model writes the altered plan; an OpenAI-compatible endpoint is asked once per draw.

    The answer is read by the plan grammar and must be altered in the way that was asked for; else the model is told why
    it is not, and asked again. The receipt holds the altered plan, so that a replay asks nobody.

    Source: Guardian, section III-B (planning failures 1 to 3 are written by a language model).
    """

    name = "llm_plan"
    base_url: str
    """Address of the endpoint, such as `http://localhost:8000/v1`."""
    model: str
    """Name of the model there."""
    kind: str
    """Mistake that the plan gets: the name of one of the five rule-based plan perturbations."""
    api_key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key."""
    attempts: int = 3
    """How often the model is asked for one plan, at most."""
    timeout_s: float = 60.0
    """Time that the endpoint has for an answer, s."""

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            ConfigurationError: one that cannot work.
        """
        super().__post_init__()
        if self.kind not in _KINDS:
            raise ConfigurationError(f"{self.name}.kind", self.kind, ", ".join(_KINDS))
        if not self.base_url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{self.name}.base_url", self.base_url, "an address that begins with http")
        if self.attempts < 1:
            raise ConfigurationError(f"{self.name}.attempts", self.attempts, "1 or more")
        if not self.timeout_s > 0:
            raise ConfigurationError(f"{self.name}.timeout_s", self.timeout_s, "a time above 0 s")

    @property
    def failure(self) -> FailureMode | None:  # type: ignore[override]
        """What goes wrong: that of the rule of the same kind."""
        return self.rule.failure

    @property
    def rule(self) -> Rule:
        """The rule-based perturbation of the same kind, which says what is such a mistake and what shows it."""
        return _KINDS[self.kind].rule

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Ask for an altered plan; where the rule finds nothing to alter, nobody is asked.

        Raises:
            NotApplicableError: there is nothing to alter, or no answer was of use.
            ConfigurationError: the endpoint refuses the request.
        """
        where = self.rule.sample(rng, facts)["subtask"]
        endpoint = Endpoint(self.base_url, self.model, self.api_key_variable, self.timeout_s)
        messages = [Message("system", _ROLE), Message("user", _question(_KINDS[self.kind].told, where, facts))]
        trouble = ""
        for attempt in range(1, self.attempts + 1):
            try:
                answer = endpoint.complete(messages)
            except NoAnswerError as error:
                trouble = str(error)
                if attempt < self.attempts:
                    pause()
                continue
            try:
                return self.read(answer, facts)
            except PlanError as error:
                trouble = str(error)
                again = f"This cannot be used: {trouble} {_ANSWER}"
                messages += [Message("assistant", answer), Message("user", again)]
        raise NotApplicableError(self.name, f"no plan of use in {self.attempts} attempts; at last: {trouble}")

    def read(self, answer: str, facts: SceneFacts) -> Params:
        """Return the parameters of what a model answered.

        Raises:
            PlanError: it is no plan, asks for what nobody can try here, or was not altered in the way asked for.
        """
        lines = [line for line in answer.splitlines() if not line.strip().startswith("```")]
        altered = Plan.parse("\n".join(lines), facts.plan.instruction)
        for step in altered.subtasks:
            if reason := impossible(step, facts):
                raise PlanError(reason)
        return {**self.rule.read(altered, facts), "altered": altered.text}

    def perturb(self, plan: Plan, params: Params) -> Plan:
        """Return the plan that the model wrote."""
        return Plan.parse(params["altered"], plan.instruction)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """As the rule of the same kind has it."""
        return self.rule.signature(failed, nominal, params)


_ROLE = "You write plans for robots that contain one mistake, for others to find it."
_ANSWER = "Answer with the altered plan alone, one step a line."


def _question(told: str, where: int, facts: SceneFacts) -> str:
    arms = any(step.arm for step in facts.plan.subtasks)
    forms = [
        verb.template.format(object="<thing>", relation=f"<{'|'.join(verb.relations)}>", target="<thing>")
        for verb in VERBS.values()
    ]
    ending = f"\nEach step ends 'with the <{'|'.join(ARMS[:2])}> arm' or 'with both arms'." if arms else ""
    return (
        f"The robot is told: {facts.plan.instruction}\n\nThis plan is right:\n{facts.plan.text}\n\n"
        f"These things are there:\n{_listed(_offer(thing, facts) for thing in facts.things)}\n\n"
        f"A step has one of these forms:\n{_listed(forms)}{ending}\n\n"
        f"Alter the plan, subtly, at step {where + 1} or close to it, so that it has this mistake: {told}\n{_ANSWER}"
    )


def _offer(thing: Thing, facts: SceneFacts) -> str:
    """What can be done with a thing, in words."""
    can = ["grasp"] if thing.graspable else []
    uses = [f"one can {' or '.join([*can, *thing.strokes])} it"] if can or thing.strokes else []
    if thing.receives:
        uses.append(f"things can go {' or '.join(thing.receives)} it")
    if thing.opens:
        uses.append("closed" if thing.name in facts.closed else "open")
    return f"{thing.name}: {', '.join(uses) or 'nothing can be done with it'}"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
