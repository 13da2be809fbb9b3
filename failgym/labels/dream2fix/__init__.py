"""Dream2Fix's label lines: the released grammar, and our extension for what it cannot say."""

from failgym.labels.dream2fix.grammar import GRAMMARS
from failgym.labels.dream2fix.label import STEP_M, Dream2FixLabel
from failgym.labels.dream2fix.lenient import read_label

__all__ = ["GRAMMARS", "STEP_M", "Dream2FixLabel", "read_label"]
