"""One self-contained page that shows what was made and what it is worth, and the clips in it."""

from failgym.report.clips import panels, poster, side_by_side, webp
from failgym.report.data import ARMS, ArmResult, ReportData, Sample
from failgym.report.report import write_report

__all__ = ["ARMS", "ArmResult", "ReportData", "Sample", "panels", "poster", "side_by_side", "webp", "write_report"]
