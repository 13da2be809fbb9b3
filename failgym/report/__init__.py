"""One self-contained page that shows what was made and what it is worth, and the clips in it."""

from failgym.report.clips import gif, poster, side_by_side
from failgym.report.data import ARMS, ArmResult, ReportData, Sample
from failgym.report.report import write_report

__all__ = ["ARMS", "ArmResult", "ReportData", "Sample", "gif", "poster", "side_by_side", "write_report"]
