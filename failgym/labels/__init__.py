"""Words for failures: what goes wrong, when, what to do about it, and what a verifier thinks."""

from failgym.labels.aliases import ALIASES, alias, lost_labels, lost_modes, modes, names, unnamed
from failgym.labels.dream2fix import Dream2FixLabel, read_label
from failgym.labels.fix import Fix, FixKind
from failgym.labels.papers import LABELS, Label
from failgym.labels.sentences import read_sentence, sentence
from failgym.labels.stages import Stage
from failgym.labels.taxonomy import FailureMode
from failgym.labels.verdict import Judgement, Verdict
from failgym.labels.vifailback import low_level, parse_low_level, read_low_level

__all__ = [
    "ALIASES",
    "LABELS",
    "Dream2FixLabel",
    "FailureMode",
    "Fix",
    "FixKind",
    "Judgement",
    "Label",
    "Stage",
    "Verdict",
    "alias",
    "lost_labels",
    "lost_modes",
    "low_level",
    "modes",
    "names",
    "parse_low_level",
    "read_label",
    "read_low_level",
    "read_sentence",
    "sentence",
    "unnamed",
]
