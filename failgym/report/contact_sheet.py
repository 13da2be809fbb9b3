"""A contact sheet: one picture per task with its name and instruction, in one image."""

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from failgym.report.clips import COLORS, Color, font
from failgym.report.portraits import SIZE, Portrait

PAPER: Color = (250, 250, 249)
INK: Color = (21, 25, 30)
MUTED: Color = (93, 102, 112)
LINE: Color = (214, 217, 221)
MARGIN, GAP = 36, 24
"""px around everything, and between the pictures."""
HEAD, CAPTION = 74, 70
"""px for the title, and below each picture."""
NAME_PX, TEXT_PX, TITLE_PX = 19.0, 15.0, 30.0
LINES = 2
"""Lines of an instruction; what is longer ends in an ellipsis."""


def contact_sheet(portraits: Sequence[Portrait], title: str, subtitle: str = "", columns: int | None = None) -> bytes:
    """Return all pictures with captions as one JPEG.

    Args:
        portraits: In the order in which they are shown, row by row.
        title: What stands above them.
        subtitle: What stands behind the title, in grey.
        columns: Pictures in a row; None makes the sheet about as many rows high as it is columns wide.
    """
    across = columns or max(1, math.ceil(math.sqrt(len(portraits))))
    down = math.ceil(len(portraits) / across)
    cell = (SIZE[0] + GAP, SIZE[1] + CAPTION + GAP)
    whole = (2 * MARGIN - GAP + across * cell[0], 2 * MARGIN - GAP + HEAD + down * cell[1])
    sheet = Image.new("RGB", whole, PAPER)
    brush = ImageDraw.Draw(sheet)
    baseline = MARGIN + TITLE_PX
    brush.text((MARGIN, baseline), title, fill=INK, font=font(TITLE_PX), anchor="ls")
    behind = MARGIN + font(TITLE_PX).getlength(title) + TITLE_PX
    if behind + font(TEXT_PX).getlength(subtitle) <= whole[0] - MARGIN:
        brush.text((behind, baseline), subtitle, fill=MUTED, font=font(TEXT_PX), anchor="ls")
    for index, one in enumerate(portraits):
        row, column = divmod(index, across)
        _cell(sheet, brush, one, (MARGIN + column * cell[0], MARGIN + HEAD + row * cell[1]))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=90, optimize=True, progressive=True)
    return buffer.getvalue()


def _cell(sheet: Image.Image, brush: ImageDraw.ImageDraw, one: Portrait, corner: tuple[int, int]) -> None:
    left, top = corner
    with Image.open(io.BytesIO(one.picture)) as picture:
        sheet.paste(picture, corner)
    bottom = top + SIZE[1]
    brush.rectangle((left, top, left + SIZE[0] - 1, bottom - 1), outline=LINE)
    baseline = bottom + 26
    brush.text((left, baseline), one.task, fill=INK, font=font(NAME_PX), anchor="ls")
    if one.succeeded is not None:
        word, color = ("succeeded", COLORS["nominal"]) if one.succeeded else ("failed", COLORS["failed"])
        brush.text((left + SIZE[0], baseline), word, fill=color, font=font(TEXT_PX), anchor="rs")
    for number, text in enumerate(_lines(one.instruction, SIZE[0])):
        brush.text((left, baseline + 22 + 19 * number), text, fill=MUTED, font=font(TEXT_PX), anchor="ls")


def _lines(text: str, width: int) -> list[str]:
    """Break a text into at most `LINES` lines."""
    letters = font(TEXT_PX)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > LINES:
        last = lines[LINES - 1]
        while last and letters.getlength(f"{last}…") > width:
            last = last.rpartition(" ")[0]
        lines = [*lines[: LINES - 1], f"{last}…"]
    return lines
