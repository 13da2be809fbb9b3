"""The audit as a page: modes across, tasks down, and how often each failure bit for the labelled reason."""

from collections.abc import Sequence
from typing import Any

from failgym.report.markup import Html, tag
from failgym.report.report import document

Cell = dict[str, Any]


def heatmap(cells: Sequence[Cell], missed: Sequence[str]) -> str:
    """Return the page as text.

    Args:
        cells: Of the audit, as `failgym.generate.audit.Cell.to_json` makes them.
        missed: What misses a goal, in words.
    """
    modes = list(dict.fromkeys(cell["mode"] for cell in cells))
    tasks = list(dict.fromkeys(cell["task"] for cell in cells))
    found = {(cell["task"], cell["mode"]): cell for cell in cells}
    head = tag("tr", tag("th", ""), [tag("th", tag("span", mode), scope="col") for mode in modes])
    rows = [
        tag("tr", tag("th", task, scope="row"), [_cell(found.get((task, mode))) for mode in modes]) for task in tasks
    ]
    whole = tag("table", tag("thead", head), tag("tbody", rows), class_="heat")
    body = tag(
        "main",
        tag(
            "section",
            tag("p", _legend(), class_="legend"),
            tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label="Heat map"),
        ),
        _missed(missed),
    )
    return document("FailGym audit", _head(cells, tasks, modes), body, styles=("heatmap.css",))


def _head(cells: Sequence[Cell], tasks: Sequence[str], modes: Sequence[str]) -> Html:
    attempts = sum(sum(cell["counts"].values()) for cell in cells)
    return tag(
        "header",
        tag("p", "FailGym audit", class_="kicker"),
        tag("h1", "Does every failure bite, and for the labelled reason?"),
        tag("p", f"{len(modes)} modes, {len(tasks)} tasks, {attempts:,} attempts.", class_="lede"),
        class_="top",
    )


def _cell(cell: Cell | None) -> Html:
    if cell is None or cell["failed_as_labelled"] is None:
        reason = "" if cell is None else next(iter(cell["reasons"]), "")
        return tag("td", "", class_="none", title=reason or None)
    share = cell["failed_as_labelled"]["value"]
    hue, light = round(120 * share), 78 - round(14 * share)
    style = f"background: hsl({hue} 55% {light}%)"
    return tag("td", f"{100 * share:.0f}", style=style, title=_told(cell))


def _told(cell: Cell) -> str:
    lines = [f"{cell['mode']} at {cell['task']}"]
    lines += [f"{status.replace('_', ' ')}: {count}" for status, count in cell["counts"].items() if count]
    for name, words in (("avoid", "saved by the fix"), ("recover", "repaired from the end"), ("observable", "seen")):
        if (rate := cell[name]) is not None:
            low, high = rate["wilson"]
            lines.append(f"{words}: {rate['value']:.2f} [{low:.2f}, {high:.2f}]")
    if cell["median_onset"] is not None:
        lines.append(f"median onset: step {cell['median_onset']:g}")
    return "\n".join([*lines, *cell["reasons"]])


def _legend() -> str:
    return (
        "Percent of injected runs that failed as labelled, among those in which the mode found something to act on; "
        "empty where it found nothing. Point at a cell for counts, corrections with 95 % Wilson intervals, onset and "
        "reasons."
    )


def _missed(missed: Sequence[str]) -> Html:
    if not missed:
        return tag("section", tag("h2", "Every goal is met"))
    return tag("section", tag("h2", f"{len(missed)} goals missed"), tag("ul", [tag("li", line) for line in missed]))
