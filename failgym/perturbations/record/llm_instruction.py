"""The instruction as a language model altered it."""

from dataclasses import dataclass

import numpy as np

from failgym.episodes import Episode
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode, Fix
from failgym.perturbations.base import PERTURBATIONS, Params, RecordPerturbation, Signature
from failgym.perturbations.chat import Endpoint, Message, NoAnswerError, pause
from failgym.perturbations.record.mismatch import mismatch_fix, mismatch_signature, said_otherwise
from failgym.perturbations.record.words import words_of
from failgym.scene import SceneFacts

LONGER = 4
"""Words by which an answer may be longer or shorter than the instruction."""


@PERTURBATIONS.register("llm_instruction")
@dataclass(frozen=True)
class LlmInstruction(RecordPerturbation):
    """A language model writes an instruction that the record does not fulfil; an OpenAI-compatible endpoint is asked.

    It is told the instruction and what can be seen. An answer that is no single sentence of about that length, or says
    the same words, is sent back with the reason. Nobody checks what it means, and the receipt says so. The record goes
    without plan. The receipt holds the new instruction, so that a replay asks nobody.

    Source: Guardian, section III-B, failures of real data 1 (task-execution semantic mismatch by a language model).
    """

    name = "llm_instruction"
    failure = FailureMode.MISMATCH
    base_url: str
    """Address of the endpoint, such as `http://localhost:8000/v1`."""
    model: str
    """Name of the model there."""
    api_key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key."""
    attempts: int = 3
    """How often the model is asked for one instruction, at most."""
    timeout_s: float = 60.0
    """Time that the endpoint has for an answer, s."""

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            ConfigurationError: one that cannot work.
        """
        super().__post_init__()
        if not self.base_url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{self.name}.base_url", self.base_url, "an address that begins with http")
        if self.attempts < 1:
            raise ConfigurationError(f"{self.name}.attempts", self.attempts, "1 or more")
        if not self.timeout_s > 0:
            raise ConfigurationError(f"{self.name}.timeout_s", self.timeout_s, "a time above 0 s")

    def sample(self, rng: np.random.Generator, facts: SceneFacts) -> Params:
        """Ask for another instruction.

        Raises:
            NotApplicableError: there is none to alter, or no answer was of use.
            ConfigurationError: the endpoint refuses the request.
        """
        instruction = facts.plan.instruction
        if not words_of(instruction):
            raise NotApplicableError(self.name, "nothing is asked for")
        endpoint = Endpoint(self.base_url, self.model, self.api_key_variable, self.timeout_s)
        messages = [Message("system", _ROLE), Message("user", _question(facts))]
        trouble = ""
        for attempt in range(1, self.attempts + 1):
            try:
                answer = endpoint.complete(messages)
            except NoAnswerError as error:
                trouble = str(error)
                if attempt < self.attempts:
                    pause()
                continue
            altered = answer.strip().strip("\"'`").strip()
            trouble = _trouble(instruction, altered)
            if not trouble:
                return {"subtask": None, "instruction": altered, "plan": []}
            messages += [Message("assistant", answer), Message("user", f"This cannot be used: {trouble}. {_ANSWER}")]
        raise NotApplicableError(self.name, f"no instruction of use in {self.attempts} attempts; at last: {trouble}")

    def perturb(self, episode: Episode, params: Params) -> Episode:
        """Let it ask for what the model wrote."""
        return said_otherwise(episode, params)

    def fix(self, params: Params) -> Fix:
        """Do what is asked."""
        return mismatch_fix(params)

    def signature(self, failed: Episode, nominal: Episode, params: Params) -> Signature:
        """The instruction is another one; that it asks for something else is the model's word."""
        signature = mismatch_signature(failed, nominal)
        return signature._replace(reason=f"unchecked: {self.model} wrote it") if signature.matches else signature


_ROLE = "You alter instructions for robots so that a recording no longer shows what the instruction asks for."
_ANSWER = "Answer with the altered instruction alone, in one line."


def _question(facts: SceneFacts) -> str:
    seen = f"These things can be seen: {', '.join(facts.names)}.\n" if facts.names else ""
    return (
        f"A robot was told: {facts.plan.instruction}\nIt did so, and that was recorded.\n{seen}\n"
        "Alter the instruction subtly so that the recording is clearly no longer what it asks for: another thing that "
        "can be seen, another place, relation, direction or state. All else stays as it is, style and length too.\n"
        f"{_ANSWER}"
    )


def _trouble(instruction: str, altered: str) -> str:
    """Return why an answer is of no use; nothing if it is."""
    old, new = ([word.text for word in words_of(text)] for text in (instruction, altered))
    if not new or "\n" in altered:
        return "it is not one line of text"
    if old == new:
        return "it is the same instruction"
    if abs(len(new) - len(old)) > LONGER:
        return f"it has {len(new)} words, and the instruction {len(old)}"
    return ""
