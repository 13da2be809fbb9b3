"""What happened when: the three runs of a triplet on one scale of control steps."""

from failgym.episodes import CONTROL_HZ, Episode, Triplet
from failgym.report.clips import Timing
from failgym.report.markup import Html, tag


def timeline(triplet: Triplet, timing: Timing) -> Html:
    """Return the tracks under a clip: subtasks of each run, the window of the injection, keyframe and onset."""
    total = max(timing.steps[-1], 1)
    certificate = triplet.certificate
    runs = (("nominal", triplet.nominal), ("failed", triplet.injected), ("corrected", triplet.avoid))
    marks = {"failed": _failed_marks(triplet, total), "corrected": _pin("keyframe", "fix", certificate.keyframe, total)}
    rows = [_row(name, run, marks.get(name), total) for name, run in runs if run is not None]
    head = tag("div", tag("div", class_="playhead", aria_hidden="true"), class_="over")
    return tag("div", rows, head, class_="tracks")


def legend(triplet: Triplet) -> Html:
    """Return in words and numbers what the tracks mark."""
    certificate = triplet.certificate
    injection = certificate.injection
    items = []
    if injection is not None and injection.t_first is not None:
        last = injection.t_first if injection.t_last is None else injection.t_last
        span = f"step {last}" if last == injection.t_first else f"steps {injection.t_first} to {last}"
        items.append(tag("li", tag("i", class_="swatch window"), f"injection acts, {span}"))
    if certificate.onset is not None:
        stage = f" ({certificate.stage.replace('_', '-')})" if certificate.stage else ""
        items.append(tag("li", tag("i", class_="swatch onset"), f"onset, step {certificate.onset}{stage}"))
    if certificate.keyframe is not None:
        items.append(tag("li", tag("i", class_="swatch keyframe"), f"fix from step {certificate.keyframe}"))
    return tag("ul", items, class_="legend small")


def _row(name: str, run: Episode, marks: Html | None, total: int) -> Html:
    spans = [_span(name, run, index, total) for index in range(len(run.spans))]
    label = tag("span", name.capitalize(), class_="who")
    return tag("div", label, tag("div", spans, marks, class_="track"), class_=f"row {name}")


def _span(name: str, run: Episode, index: int, total: int) -> Html | None:
    span = run.spans[index]
    if span.start >= total:
        return None
    end = min(span.end, total)
    done = "done" if span.achieved else "not done"
    title = f"{span.subtask.text}: steps {span.start} to {span.end - 1} ({span.start / CONTROL_HZ:.1f} s on), {done}"
    return tag(
        "span",
        tag("b", span.subtask.text),
        class_="span" if span.achieved else "span missed",
        style=_place(span.start, end, total),
        title=title,
        data_start=span.start,
        data_end=span.end,
    )


def _failed_marks(triplet: Triplet, total: int) -> Html | None:
    injection = triplet.certificate.injection
    window = None
    if injection is not None and injection.t_first is not None:
        last = injection.t_first if injection.t_last is None else injection.t_last
        window = tag("span", class_="window", style=_place(injection.t_first, min(last + 1, total), total))
    return Html(str(window or "") + str(_pin("onset", "onset", triplet.certificate.onset, total) or ""))


def _pin(class_: str, text: str, step: int | None, total: int) -> Html | None:
    if step is None or step > total:
        return None
    return tag("span", class_=f"pin {class_}", style=f"left:{100 * step / total:.2f}%", title=f"{text}, step {step}")


def _place(start: int, end: int, total: int) -> str:
    return f"left:{100 * start / total:.2f}%;width:{100 * (end - start) / total:.2f}%"
