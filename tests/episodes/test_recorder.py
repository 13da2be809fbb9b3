import numpy as np
import pytest

from failgym.episodes import Event, EventKind, Frame, Injection, Outcome, Recorder, blank
from failgym.labels import FailureMode, Stage
from failgym.plans import Plan, Subtask

pytestmark = pytest.mark.nogl

GRASP, LIFT = Subtask("grasp", "red disc"), Subtask("lift", "red disc")
PLAN = Plan("pick up the red disc", (GRASP, LIFT))


class Source:
    """Counts control steps and pictures."""

    state_names = ("step", "twice")

    def __init__(self):
        self.step, self.asked = 0, []

    def state_row(self):
        return np.array([self.step, 2 * self.step], dtype=np.float64)

    def state_bytes(self):
        return self.step.to_bytes(4, "little")

    def new_events(self):
        return [Event(self.step, EventKind.CLOSING, "gripper")] if self.step % 4 == 3 else []

    def frames(self, subtask):
        self.asked.append((self.step, subtask))
        return [Frame(self.step, "front", b"", (1, 1), np.eye(3), np.eye(4))]


def advance(recorder, source, steps):
    for _ in range(steps):
        told = np.full(7, float(source.step))
        recorder.tick(source, told, told + 1)
        source.step += 1


def finished(recorder, **kwargs):
    base = blank("FailGym/PointPick-v0", {"image_size": [8, 8]}, 5, PLAN, Source.state_names)
    return recorder.finish(base, Outcome(True, {"success": True}), **kwargs)


def run(recorder, source):
    recorder.begin(source, 0, 0, GRASP)
    recorder.stage(Stage.APPROACH)
    advance(recorder, source, 3)
    recorder.stage(Stage.APPROACH)
    recorder.stage(Stage.GRASP)
    advance(recorder, source, 2)
    first = recorder.end(source, True)
    recorder.begin(source, 1, 0, LIFT)
    recorder.stage(Stage.LIFT)
    advance(recorder, source, 4)
    return first, recorder.end(source, False)


def test_records_rows_actions_events_and_spans():
    recorder, source = Recorder(), Source()
    first, second = run(recorder, source)
    episode = finished(recorder)
    assert recorder.step == episode.steps == 9
    assert episode.column("twice").tolist() == [2 * step for step in range(9)]
    assert episode.arrays["action"][:, 0].tolist() == [step + 1 for step in range(9)]
    assert episode.arrays["action_told"].dtype == np.float64
    closing, done, again = episode.events
    assert [closing.step, again.step] == [3, 7]
    assert done == Event(5, EventKind.SUBTASK_DONE, "grasp the red disc", "", 0)
    assert episode.spans == (first, second)
    assert (first.index, first.start, first.end, first.achieved) == (0, 0, 5, True)
    assert first.stages == ((Stage.APPROACH, 0), (Stage.GRASP, 3))
    assert (second.start, second.end, second.achieved, second.subtask) == (5, 9, False, LIFT)
    assert (episode.env_id, episode.seed, episode.instruction) == ("FailGym/PointPick-v0", 5, "pick up the red disc")
    assert episode.outcome.success


def test_frames_at_boundaries_once_each():
    recorder, source = Recorder(), Source()
    run(recorder, source)
    assert [frame.step for frame in recorder.frames] == [0, 5, 9]
    assert source.asked == [(0, GRASP), (5, GRASP), (9, LIFT)]


def test_frames_every_so_many_steps():
    recorder, source = Recorder(every_steps=2, boundaries=False), Source()
    run(recorder, source)
    assert [frame.step for frame in recorder.frames] == [1, 3, 5, 7]
    assert [subtask for _, subtask in source.asked] == [GRASP, GRASP, LIFT, LIFT]


def test_no_frames_unless_asked_for():
    recorder, source = Recorder(boundaries=False), Source()
    run(recorder, source)
    assert source.asked == []


def test_a_fork_shares_the_past_and_nothing_else():
    recorder, source = Recorder(), Source()
    recorder.begin(source, 0, 0, GRASP)
    recorder.stage(Stage.APPROACH)
    advance(recorder, source, 3)
    twin = recorder.fork()
    other = Source()
    other.step = 3
    advance(recorder, source, 2)
    recorder.stage(Stage.GRASP)
    assert (recorder.step, twin.step) == (5, 3)
    for end, at in ((recorder, source), (twin, other)):
        end.end(at, True)
    assert recorder.spans[0].stages == ((Stage.APPROACH, 0), (Stage.GRASP, 5))
    assert twin.spans[0].stages == ((Stage.APPROACH, 0),)
    assert twin.spans[0].end == 3
    assert len(twin.frames) == 2


def test_the_digest_follows_the_states():
    recorder, source = Recorder(), Source()
    recorder.begin(source, 0, 0, GRASP)
    advance(recorder, source, 3)
    twin = recorder.fork()
    assert finished(twin).digest == finished(recorder).digest
    advance(recorder, source, 1)
    other = Source()
    other.step = 3
    before = finished(twin).digest
    assert before != finished(recorder).digest
    advance(twin, other, 1)
    assert finished(twin).digest == finished(recorder).digest
    other.step = 17
    advance(twin, other, 1)
    advance(recorder, source, 1)
    assert finished(twin).digest != finished(recorder).digest


def test_finishing_leaves_the_recorder_free_to_go_on():
    recorder, source = Recorder(), Source()
    recorder.begin(source, 0, 0, GRASP)
    advance(recorder, source, 2)
    early = finished(recorder)
    advance(recorder, source, 2)
    assert (early.steps, finished(recorder).steps) == (2, 4)
    assert early.events == ()


def test_receipts_are_kept():
    injection = Injection("slip", "action", FailureMode.SLIP, {"subtask": 1}, 1)
    assert finished(Recorder(), injections=[injection]).injections == (injection,)


def test_ending_what_never_began_is_a_mistake():
    with pytest.raises(AssertionError, match="no subtask is running"):
        Recorder().end(Source(), True)
