"""What is recorded: actions and their meaning, events, injections, episodes, triplets, certificates."""

from failgym.episodes.action_layout import EE_DELTA, KEYPOSE, Action, ActionLayout, joint_delta, pair_of
from failgym.episodes.certificate import Certificate, Status, Triplet
from failgym.episodes.context import Intent, StepContext
from failgym.episodes.episode import CONTROL_HZ, Episode, Frame, Judged, Outcome, Point, Span
from failgym.episodes.events import Event, EventKind
from failgym.episodes.injection import Graded, Injection, Severity
from failgym.episodes.recorder import Recordable, Recorder, blank

__all__ = [
    "CONTROL_HZ",
    "EE_DELTA",
    "KEYPOSE",
    "Action",
    "ActionLayout",
    "Certificate",
    "Episode",
    "Event",
    "EventKind",
    "Frame",
    "Graded",
    "Injection",
    "Intent",
    "Judged",
    "Outcome",
    "Point",
    "Recordable",
    "Recorder",
    "Severity",
    "Span",
    "Status",
    "StepContext",
    "Triplet",
    "blank",
    "joint_delta",
    "pair_of",
]
