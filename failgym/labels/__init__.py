"""Words for failures: what goes wrong, when, what to do about it, and what a verifier thinks."""

from failgym.labels.aliases import ALIASES, alias, modes
from failgym.labels.fix import Fix, FixKind
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode
from failgym.labels.verdict import Judgement, Verdict

__all__ = ["ALIASES", "FailureMode", "Fix", "FixKind", "Judgement", "Stage", "Verdict", "alias", "modes"]
