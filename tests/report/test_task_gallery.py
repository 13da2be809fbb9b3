"""Contact sheet and page of tasks that were never drawn: what is on them, and that they stand alone."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from failgym.report import contact_sheet as sheets
from failgym.report.clips import COLORS
from failgym.report.contact_sheet import contact_sheet
from failgym.report.portraits import SIZE, Portrait
from failgym.report.task_page import SHOWN_VARIANTS, page, write_gallery

LONG = "first put the very small object into the rather large container and then, with care, put the lid upon it again"


def portrait(index: int = 0, **changes: object) -> Portrait:
    """Return a task whose picture is one shade of grey."""
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (40 + 20 * index,) * 3).save(buffer, "JPEG", quality=95)
    made = Portrait(
        env_id=f"FailGym/Task{index}-v0",
        task=f"Task{index}",
        summary="do it",
        robot="panda",
        robots=("panda", "ur5e"),
        variants=("red", "blue"),
        seed=7,
        camera="left",
        instruction="do <it> & well",
        plan=("grasp the cube", "lift the cube"),
        picture=buffer.getvalue(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def decoded(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        return np.asarray(image.convert("RGB"), dtype=float)


def near(picture: np.ndarray, color: tuple[int, ...]) -> np.ndarray:
    return (np.abs(picture - np.array(color)) < 40).all(axis=-1)


@pytest.mark.parametrize(("number", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (9, 3, 3), (10, 4, 3)])
def test_pictures_lie_in_a_grid_in_order(number: int, columns: int, rows: int) -> None:
    picture = decoded(contact_sheet([portrait(index) for index in range(number)], "Tasks"))
    across, down = SIZE[0] + sheets.GAP, SIZE[1] + sheets.CAPTION + sheets.GAP
    frame = 2 * sheets.MARGIN - sheets.GAP
    assert picture.shape == (frame + sheets.HEAD + rows * down, frame + columns * across, 3)
    for index in range(number):
        row, column = divmod(index, columns)
        top, left = sheets.MARGIN + sheets.HEAD + row * down, sheets.MARGIN + column * across
        inside = picture[top + 4 : top + SIZE[1] - 4, left + 4 : left + SIZE[0] - 4]
        assert inside.mean() == pytest.approx(40 + 20 * index, abs=2)
        assert near(picture[top + SIZE[1] + 4 : top + SIZE[1] + 34, left : left + 60], sheets.INK).any(), "no name"


def test_a_caption_stays_below_its_picture() -> None:
    assert len(sheets._lines(LONG, SIZE[0])) == sheets.LINES
    assert sheets._lines(LONG, SIZE[0])[-1].endswith("…")
    assert sheets._lines("short", SIZE[0]) == ["short"]
    assert sheets._lines("", SIZE[0]) == []
    picture = decoded(contact_sheet([portrait(instruction=LONG)], "Tasks"))
    edge = sheets.MARGIN + SIZE[0]
    bottom = sheets.MARGIN + sheets.HEAD + SIZE[1] + sheets.CAPTION
    assert near(picture[: sheets.MARGIN + sheets.HEAD + SIZE[1], edge + 2 :], sheets.PAPER).all()
    assert near(picture[bottom:], sheets.PAPER).all()
    assert near(picture[bottom - 30 : bottom, sheets.MARGIN : edge], sheets.MUTED).any(), "no second line"


def test_outcomes_stand_beside_the_names() -> None:
    for succeeded, seen, unseen in ((True, "nominal", "failed"), (False, "failed", "nominal")):
        picture = decoded(contact_sheet([portrait(succeeded=succeeded)], "Tasks"))
        assert near(picture, COLORS[seen]).any()
        assert not near(picture, COLORS[unseen]).any()
    neither = decoded(contact_sheet([portrait()], "Tasks"))
    assert not near(neither, COLORS["nominal"]).any()
    assert not near(neither, COLORS["failed"]).any()


def test_the_page_says_what_each_task_is() -> None:
    text = page([portrait(0), portrait(1, robots=("aloha",), robot="aloha", variants=())])
    assert text.count("<article") == 2
    assert "“do &lt;it&gt; &amp; well”" in text
    assert "<li>grasp the cube</li><li>lift the cube</li>" in text
    assert "panda (shown), ur5e" in text
    assert "<dt>Robot</dt><dd>aloha</dd>" in text
    assert text.count("<dt>Variants</dt>") == 1
    assert "FailGym/Task1-v0" in text
    assert "2 manipulation tasks" in text
    assert "expert" not in text.lower().split("<main>")[0]


def test_many_variants_are_counted() -> None:
    names = tuple(f"number {index}" for index in range(SHOWN_VARIANTS + 5))
    text = page([portrait(variants=names)])
    assert f"number {SHOWN_VARIANTS - 1} and 5 more" in text
    assert f"number {SHOWN_VARIANTS}" not in text


def test_outcomes_are_told_as_they_were() -> None:
    good = portrait(0, clip=b"film", succeeded=True, ending="succeeded after 3.0 s")
    bad = portrait(1, clip=b"film", succeeded=False, ending="failed: not placed")
    stuck = portrait(2, succeeded=False, ending="failed: out of reach")
    text = page([good, bad, stuck])
    assert "The expert succeeded in 1 of 3." in text
    assert '<b class="good">succeeded after 3.0 s</b>' in text
    assert '<b class="bad">failed: not placed</b>' in text
    assert text.count("<video") == 2
    assert text.count("<img") == 1


def test_nothing_is_asked_from_elsewhere() -> None:
    text = page([portrait(0, clip=b"film", succeeded=True), portrait(1)])
    sources = re.findall(r'(?:src|poster)="([^"]*)"', text)
    assert len(sources) == 3
    assert all(re.match(r"data:(image/jpeg|video/mp4);base64,", source) for source in sources)
    assert base64.b64decode(sources[0].partition(",")[2]) == b"film"
    assert not re.search(r"@import|url\(|fetch\(", text)


def test_the_documentation_that_the_package_names_is_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    from email.message import Message

    named = Message()
    named["Project-URL"] = "Documentation, https://example.org/docs"
    monkeypatch.setattr("failgym.report.task_page.metadata", lambda _: named)
    assert 'href="https://example.org/docs"' in page([portrait()])
    monkeypatch.setattr("failgym.report.task_page.metadata", lambda _: Message())
    assert "Read the documentation" not in page([portrait()])


def test_the_folder_has_what_documents_need(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "gallery"
    film = portrait(0, clip=b"film", succeeded=True, ending="succeeded after 3.0 s")
    sheet, html, pictures = write_gallery([film, portrait(1)], folder)
    assert sorted(path.name for path in pictures.iterdir()) == ["Task0.jpg", "Task0.mp4", "Task1.jpg"]
    assert (pictures / "Task1.jpg").read_bytes() == portrait(1).picture
    assert decoded(sheet.read_bytes()).size
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    write_gallery([portrait(0)], folder)
    assert not (pictures / "Task0.mp4").exists(), "a clip of another run beside a picture of this one"
