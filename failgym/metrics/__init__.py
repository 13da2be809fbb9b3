"""What a number is worth: rates with intervals, paired comparisons."""

from failgym.metrics.statistics import Interval, Rate, balanced_accuracy, mcnemar, wilson

__all__ = ["Interval", "Rate", "balanced_accuracy", "mcnemar", "wilson"]
