"""A verifier that has been told the answers: the ceiling of every comparison."""

from collections.abc import MutableMapping

from failgym.labels import Judgement, Verdict
from failgym.verifiers.evidence import Evidence
from failgym.verifiers.verifier import VERIFIERS


@VERIFIERS.register("oracle")
class OracleVerifier:
    """Answers from ground truth, keyed by the evidence's id; unsure about evidence that nobody told it about.

    The evidence itself carries neither outcome nor injection, so this is the only way to know.
    """

    def __init__(self, answers: MutableMapping[str, bool] | None = None) -> None:
        """Share a table of answers: evidence id to whether it is a success. `rollout` fills it before it asks."""
        self.answers: MutableMapping[str, bool] = {} if answers is None else answers

    def reset(self) -> None:
        """Forget the answers of the last episode."""
        self.answers.clear()

    def verify(self, evidence: Evidence) -> Verdict:
        """Look the answer up."""
        answer = self.answers.get(evidence.id)
        if answer is None:
            return Verdict(Judgement.UNSURE, None, rationale="nobody told the oracle")
        return Verdict(Judgement.SUCCESS if answer else Judgement.FAILURE, float(answer), rationale="ground truth")
