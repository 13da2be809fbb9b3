"""Charts as inline SVG: positions in percent, so that they grow with the page while their text does not."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from failgym.metrics import Rate
from failgym.report.markup import Html, tag
from failgym.report.summary import percent, range_text

LANE_PX = 12
"""Height of one mark with its interval."""
TICKS = (0, 25, 50, 75, 100)
SHAPES = ("ring", "disc", "square", "diamond", "triangle")
"""Arms differ in shape as well as in colour."""


class Part(NamedTuple):
    """One piece of a stacked bar."""

    name: str
    number: int
    class_: str


class Mark(NamedTuple):
    """One rate in a chart of dots."""

    name: str
    rate: Rate
    look: int
    """Which shape and colour, from 0."""


def stacked(parts: Sequence[Part], label: str) -> Html:
    """Return a bar whose pieces add up to its whole width."""
    total = sum(part.number for part in parts)
    pieces = []
    left = 0.0
    for part in parts:
        if part.number:
            width = 100 * part.number / total
            title = tag("title", f"{part.name}: {part.number} of {total}")
            box = _svg(
                "rect", x=f"{left:.3f}%", width=f"{width:.3f}%", y=0, height="100%", class_=f"fill {part.class_}"
            )
            pieces.append(tag("g", title, box))
            left += width
    told = ", ".join(f"{part.name} {part.number}" for part in parts if part.number) or "nothing"
    return tag("svg", pieces, class_="stacked", role="img", aria_label=f"{label}: {told}")


def dots(marks: Sequence[Mark], label: str) -> Html:
    """Return rates with their 95 % intervals, one below the other, on a scale of 0 to 100 %."""
    height = LANE_PX * len(marks) + 10
    lines = [_svg("line", x1=f"{tick}%", x2=f"{tick}%", y1=0, y2="100%", class_="grid") for tick in TICKS]
    lanes = [_lane(mark, 5 + LANE_PX * (row + 0.5)) for row, mark in enumerate(marks) if mark.rate.trials]
    told = ", ".join(f"{mark.name} {percent(mark.rate)}" for mark in marks) or "nothing"
    return tag("svg", lines, lanes, class_="dots", role="img", height=height, aria_label=f"{label}: {told}")


def axis() -> Html:
    """Return the scale of a chart of dots."""
    return tag(
        "div", [tag("span", f"{tick}%", style=f"left:{tick}%") for tick in TICKS], class_="axis", aria_hidden="true"
    )


def key(index: int) -> Html:
    """Return the shape of one arm, for legends."""
    return tag("svg", _shape(index, "50%", 7), class_="key", width=14, height=14, aria_hidden="true")


def swatches(parts: Iterable[Part]) -> Html:
    """Return the legend of a stacked bar."""
    return tag("ul", [tag("li", tag("i", class_=f"swatch {p.class_}"), p.name) for p in parts], class_="legend")


def _lane(mark: Mark, y: float) -> Html:
    low, high = mark.rate.interval
    title = tag(
        "title",
        f"{mark.name}: {mark.rate.successes} of {mark.rate.trials}, {percent(mark.rate)} ({range_text(mark.rate)})",
    )
    whisker = _svg("line", x1=f"{100 * low:.2f}%", x2=f"{100 * high:.2f}%", y1=y, y2=y, class_="whisker")
    return tag(
        "g",
        title,
        whisker,
        _shape(mark.look, f"{100 * mark.rate.value:.2f}%", y),
        class_=f"arm{mark.look % len(SHAPES)}",
    )


def _shape(index: int, x: str, y: float) -> Html:
    kind = SHAPES[index % len(SHAPES)]
    class_ = f"mark {kind} arm{index % len(SHAPES)}"
    if kind in ("ring", "disc"):
        return _svg("circle", cx=x, cy=y, r=4.5, class_=class_)
    points = {
        "square": "-4.2,-4.2 4.2,-4.2 4.2,4.2 -4.2,4.2",
        "diamond": "0,-5.8 5.8,0 0,5.8 -5.8,0",
        "triangle": "0,-5.4 5.2,4 -5.2,4",
    }
    # A nested drawing is the one way to put a polygon at a place given in percent.
    return tag("svg", _svg("polygon", points=points[kind], class_=class_), x=x, y=y, class_="place")


def _svg(name: str, **attributes: object) -> Html:
    return Html(tag(name, **attributes)[:-1] + "/>")
