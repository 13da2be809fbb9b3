"""The gallery of tasks: a folder with a contact sheet, one page that needs nothing but a browser, and the pictures."""

import base64
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from failgym.report.contact_sheet import contact_sheet
from failgym.report.markup import Html, tag
from failgym.report.portraits import SPEED_UP, Portrait
from failgym.report.report import document

SHEET, PAGE, PICTURES = "gallery.jpg", "index.html", "tasks"
SHOWN_VARIANTS = 12


def write_gallery(portraits: Sequence[Portrait], folder: str | Path) -> list[Path]:
    """Write `gallery.jpg`, `index.html`, and for each task `tasks/<name>.jpg` and its clip, if there is one.

    Args:
        portraits: What to show, in this order.
        folder: Made if need be; files of the same names are written over.

    Returns:
        The sheet, the page, and the folder of the pictures.
    """
    target = Path(folder)
    pictures = target / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for one in portraits:
        (pictures / f"{one.task}.jpg").write_bytes(one.picture)
        film = pictures / f"{one.task}.mp4"
        film.unlink(missing_ok=True)
        if one.clip is not None:
            film.write_bytes(one.clip)
    subtitle = f"as reset with seed {_seeds(portraits)}" + _score(portraits, " · the expert succeeded in {} of {}")
    (target / SHEET).write_bytes(contact_sheet(portraits, _title(portraits), subtitle))
    (target / PAGE).write_text(page(portraits), encoding="utf-8")
    return [target / SHEET, target / PAGE, pictures]


def page(portraits: Sequence[Portrait]) -> str:
    """Return the page as text; pictures and clips are inside."""
    title = _title(portraits)
    links = [tag("a", one.task, href=f"#{one.task}") for one in portraits]
    cards = tag("div", [_card(one) for one in portraits], class_="tasks")
    nav = tag("nav", links, class_="chips", aria_label="Tasks")
    body = tag("main", tag("section", nav, cards, id="tasks"))
    return document(title, _head(title, portraits), body, styles=("tasks.css",), scripts=("tasks.js",))


def _head(title: str, portraits: Sequence[Portrait]) -> Html:
    lede = f"Each task right after reset with seed {_seeds(portraits)}: its instruction, plan and variants."
    films = [one for one in portraits if one.succeeded is not None]
    if films:
        lede += (
            f" The clips show the waypoint expert with no failure injected, {SPEED_UP:g} times as fast as it happened."
            " Below each stands how it ended, measured by the task's own predicate."
            + _score(films, " The expert succeeded in {} of {}.")
        )
    make = tag("p", "Make one with ", tag("code", 'gym.make("failgym:<id>")'), ".", _link(), class_="note")
    texts = (tag("p", "FailGym", class_="kicker"), tag("h1", title), tag("p", lede, class_="lede"), make)
    return tag("header", texts, class_="top")


def _link() -> Html | None:
    docs = _documentation()
    return tag("span", " ", tag("a", "Read the documentation", href=docs), ".") if docs else None


def _card(one: Portrait) -> Html:
    said = f"“{one.instruction}”"
    robots = ", ".join(f"{name} (shown)" if name == one.robot and len(one.robots) > 1 else name for name in one.robots)
    facts = [tag("dt", "Robots" if len(one.robots) > 1 else "Robot"), tag("dd", robots)]
    if one.variants:
        more = len(one.variants) - SHOWN_VARIANTS
        listed = ", ".join(one.variants[:SHOWN_VARIANTS]) + (f" and {more} more" if more > 0 else "")
        facts += [tag("dt", "Variants"), tag("dd", listed)]
    facts += [tag("dt", "Id"), tag("dd", tag("code", one.env_id))]
    text = tag(
        "div",
        tag("h3", one.task),
        tag("p", said, class_="said"),
        _ending(one),
        tag("h4", "Plan"),
        tag("ol", [tag("li", subtask) for subtask in one.plan]),
        tag("dl", facts),
        class_="text",
    )
    return tag("article", _view(one, said), text, class_="card task", id=one.task)


def _view(one: Portrait, said: str) -> Html:
    still = _data_url("image/jpeg", one.picture)
    about = f"{one.task}, {one.camera} camera: {said}"
    if one.clip is None:
        return tag("img", src=still, alt=about, width=320, height=240)
    film = tag(
        "video",
        src=_data_url("video/mp4", one.clip),
        poster=still,
        muted=True,
        loop=True,
        playsinline=True,
        controls=True,
        preload="none",
        aria_label=about,
    )
    return tag("div", film, class_="film")


def _ending(one: Portrait) -> Html | None:
    if one.succeeded is None:
        return None
    return tag("p", "Expert: ", tag("b", one.ending, class_="good" if one.succeeded else "bad"), class_="ending")


def _title(portraits: Sequence[Portrait]) -> str:
    return f"{len(portraits)} manipulation tasks" if len(portraits) != 1 else f"The task {portraits[0].task}"


def _seeds(portraits: Sequence[Portrait]) -> str:
    return ", ".join(str(seed) for seed in sorted({one.seed for one in portraits}))


def _score(portraits: Sequence[Portrait], text: str) -> str:
    tried = [one.succeeded for one in portraits if one.succeeded is not None]
    return text.format(sum(tried), len(tried)) if tried else ""


def _documentation() -> str | None:
    """Address that the installed package names."""
    try:
        named = metadata("failgym").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    pairs = (entry.partition(",") for entry in named)
    return next((address.strip() for label, _, address in pairs if label.strip().lower() == "documentation"), None)


def _data_url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
