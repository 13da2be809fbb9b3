"""Nominal, failed and corrected run side by side, or one run alone, as a video, an animation or a picture."""

import functools
import io
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from failgym.episodes import CONTROL_HZ, Episode, Frame, Triplet
from failgym.errors import ConfigurationError, RenderError

Color = tuple[int, int, int]
BACKGROUND: Color = (21, 24, 28)
TEXT: Color = (236, 238, 240)
COLORS: dict[str, Color] = {"nominal": (64, 184, 150), "failed": (240, 104, 72), "corrected": (96, 158, 240)}
CORRECTIONS = ("avoid", "recover")
GAP = 4
"""px between panels."""
HOLD_S = 1.2
"""How long the last picture stays before a loop begins again."""
QUALITIES = (90, 80, 70, 60, 50, 40, 30, 20)
"""Of WebP, the best first."""


@dataclass(frozen=True)
class Panel:
    """One run as a clip shows it."""

    title: str
    note: str
    """What stands behind the title, if there is room."""
    color: Color
    frames: tuple[Frame, ...]
    """One at least, of one camera, in order."""
    alarm: int | None = None
    """Step from which on it has a border."""

    @property
    def steps(self) -> tuple[int, ...]:
        """Control steps of the frames."""
        return tuple(frame.step for frame in self.frames)

    def at(self, step: int) -> Frame:
        """Return what this run showed at a control step; its last frame once it is over."""
        index = int(np.searchsorted(self.steps, step, side="right")) - 1
        return self.frames[max(index, 0)]


class Timing(NamedTuple):
    """Which control step each picture of a clip shows."""

    first: int
    """Control step of the first picture."""
    every: int
    """Control steps from one picture to the next."""
    pictures: int
    """Number of pictures, without those that hold the last one."""

    @property
    def fps(self) -> float:
        """Pictures per second at the speed at which it happened."""
        return CONTROL_HZ / self.every

    @property
    def steps(self) -> range:
        """Control steps of all pictures."""
        return range(self.first, self.first + self.every * self.pictures, self.every)


def timing(triplet: Triplet, camera: str = "front", correction: str = "avoid") -> Timing:
    """Return the steps that a clip of this triplet shows.

    Raises:
        RenderError: nothing was recorded by that camera.
        ConfigurationError: a correction that does not exist.
    """
    return _timing(panels(triplet, camera, correction))


def side_by_side(
    triplet: Triplet, camera: str = "front", fps: float = 10.0, *, correction: str = "avoid", crf: int = 23
) -> bytes:
    """Return an MP4 (H.264, yuv420p, index first) with the runs next to each other, in step with one another.

    Args:
        triplet: With frames recorded every few control steps; runs that did not take place are left out.
        camera: Name of the camera whose frames are shown.
        fps: Pictures per second; 10 is real time for frames of every second control step.
        correction: `avoid` (the fix at the keyframe) or `recover` (repair from the failed end state).
        crf: Quality, 0 (lossless) .. 51 (worst).

    Raises:
        RenderError: nothing was recorded by that camera.
        ConfigurationError: a correction that does not exist.
    """
    return _film(_pictures(panels(triplet, camera, correction)), fps, crf)


def single(
    episode: Episode, camera: str = "front", fps: float = 10.0, *, title: str, note: str = "", crf: int = 23
) -> bytes:
    """Return an MP4 of one run, as `side_by_side` does of three.

    Args:
        episode: With frames recorded every few control steps.
        camera: Name of the camera whose frames are shown.
        fps: Pictures per second; real time is 20 over the control steps from frame to frame.
        title: What stands above it, in the colour of its outcome.
        note: What stands behind the title, if there is room.
        crf: Quality, 0 (lossless) .. 51 (worst).

    Raises:
        RenderError: nothing was recorded by that camera.
    """
    frames = _seen(episode, camera)
    if not frames:
        raise _nothing_seen(camera, [episode], "Record the run with that camera and with frames every few steps")
    color = COLORS["nominal" if episode.outcome.success else "failed"]
    panel = Panel(title, note, color, frames)
    return _film(_pictures([panel]), fps, crf)


def webp(shown: Sequence[Panel], fps: float = 10.0, *, max_bytes: int = 150_000) -> bytes:
    """Return an endless animated WebP for pages that show no video, such as a README: true colours, as small as asked.

    One picture of each run makes a still one.

    Args:
        shown: What stands side by side: `panels` of a triplet, or others.
        fps: Pictures per second; where that is not real time, the first panel says so.
        max_bytes: Quality is lowered until the file is no larger.

    Raises:
        RenderError: the lowest quality is larger still.
    """
    shown, when = list(shown), _timing(shown)
    if when.pictures > 1 and not math.isclose(fps, when.fps, rel_tol=0.05):
        shown[0] = replace(shown[0], note=f"{shown[0].note} {fps / when.fps:.2g}x speed".strip())
    pictures = list(_pictures(shown))
    # The last picture is not repeated but stays.
    durations = [*[round(1000 / fps)] * (len(pictures) - 1), round(1000 * HOLD_S)]
    for quality in QUALITIES:
        buffer = io.BytesIO()
        moving = {"save_all": True, "append_images": pictures[1:], "duration": durations, "loop": 0}
        pictures[0].save(buffer, "WEBP", quality=quality, method=4, **(moving if len(pictures) > 1 else {}))
        if buffer.tell() <= max_bytes:
            return buffer.getvalue()
    raise RenderError(f"{len(pictures)} pictures need {buffer.tell()} bytes at least, not {max_bytes}: show fewer")


def poster(triplet: Triplet, camera: str = "front", step: int | None = None, *, correction: str = "avoid") -> bytes:
    """Return one picture of the clip as JPEG: at a control step, or how all runs ended."""
    shown = panels(triplet, camera, correction)
    moment = _timing(shown).steps[-1] if step is None else step
    buffer = io.BytesIO()
    _picture(shown, moment).save(buffer, "JPEG", quality=88, optimize=True, progressive=True)
    return buffer.getvalue()


def panels(triplet: Triplet, camera: str = "front", correction: str = "avoid") -> list[Panel]:
    """Return the runs of a triplet that took place, as a clip shows them.

    Raises:
        RenderError: nothing was recorded by that camera.
        ConfigurationError: a correction that does not exist.
    """
    if correction not in CORRECTIONS:
        raise ConfigurationError("correction", correction, ", ".join(CORRECTIONS))
    certificate = triplet.certificate
    mode = str(certificate.failure or "").replace("_", " ")
    fixed = triplet.avoid if correction == "avoid" else triplet.recover
    runs = (
        ("nominal", "", triplet.nominal, None),
        ("failed", mode, triplet.injected, certificate.onset),
        ("corrected", "" if correction == "avoid" else "repaired after the failure", fixed, None),
    )
    found = []
    for name, note, run, alarm in runs:
        frames = _seen(run, camera)
        if frames:
            found.append(Panel(name.upper(), note, COLORS[name], frames, alarm))
    if not found:
        remedy = f"Make the triplet with cameras=({camera!r},) and recording=Recording(every_steps=2)"
        raise _nothing_seen(camera, triplet.episodes.values(), remedy)
    return found


def _nothing_seen(camera: str, episodes: Iterable[Episode], remedy: str) -> RenderError:
    there = sorted({frame.camera for episode in episodes for frame in episode.frames})
    found = ", ".join(there) or "none"
    return RenderError(f"no frames of camera {camera!r} to make a clip of; recorded: {found}. {remedy}")


def _seen(run: Episode | None, camera: str) -> tuple[Frame, ...]:
    return () if run is None else tuple(frame for frame in run.frames if frame.camera == camera)


def _timing(shown: Sequence[Panel]) -> Timing:
    grid = sorted({step for panel in shown for step in panel.steps})
    gaps = np.diff(grid)
    # Boundary frames may lie between the regular ones: the usual gap is the grid.
    every = int(np.median(gaps)) if len(gaps) else 1
    return Timing(grid[0], every, (grid[-1] - grid[0]) // every + 1)


def _pictures(shown: Sequence[Panel]) -> Iterator[Image.Image]:
    for step in _timing(shown).steps:
        yield _picture(shown, step)


def _film(drawn: Iterable[Image.Image], fps: float, crf: int) -> bytes:
    pictures = _held(list(drawn), fps)
    # The muxer can only move the index to the front of a file that it can open again by name.
    with tempfile.TemporaryDirectory(prefix="failgym-") as folder:
        path = Path(folder, "clip.mp4")
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
            stream.width, stream.height = pictures[0].size
            stream.pix_fmt = "yuv420p"
            # A key picture each second: what is scrubbed through must not be decoded from the start.
            stream.options = {"crf": str(crf), "preset": "slow", "g": str(max(1, round(fps)))}
            for picture in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _held(pictures: list[Image.Image], fps: float) -> list[Image.Image]:
    return pictures + [pictures[-1]] * round(HOLD_S * fps)


def _picture(shown: Sequence[Panel], step: int) -> Image.Image:
    width, height = (max(sizes) for sizes in zip(*(panel.frames[0].size for panel in shown), strict=True))
    bar = max(20, round(height * 0.1))
    whole = (len(shown) * (width + GAP) - GAP, bar + height)
    # The codec wants even sizes.
    canvas = Image.new("RGB", (whole[0] + whole[0] % 2, whole[1] + whole[1] % 2), BACKGROUND)
    brush = ImageDraw.Draw(canvas)
    for index, panel in enumerate(shown):
        left = index * (width + GAP)
        frame = panel.at(step)
        with Image.open(io.BytesIO(frame.image)) as image:
            canvas.paste(image.convert("RGB"), (left, bar))
        _title(brush, panel, left, width, bar)
        if panel.alarm is not None and step >= panel.alarm:
            box = (left, bar, left + width - 1, bar + height - 1)
            brush.rectangle(box, outline=panel.color, width=max(2, height // 100))
    return canvas


def _title(brush: ImageDraw.ImageDraw, panel: Panel, left: int, width: int, bar: int) -> None:
    size = bar * 0.52
    letters, middle, inset = font(size), bar / 2, round(bar * 0.36)
    brush.rectangle((left, 0, left + width - 1, max(1, bar // 12)), fill=panel.color)
    middle += bar / 24
    brush.text((left + inset, middle), panel.title, fill=panel.color, font=letters, anchor="lm")
    start = left + inset + letters.getlength(panel.title) + size * 0.55
    if panel.note and start + letters.getlength(panel.note) <= left + width:
        brush.text((start, middle), panel.note, fill=TEXT, font=letters, anchor="lm")


@functools.lru_cache(maxsize=8)
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return the letters that come with Pillow, at a size in px."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found
