"""Nominal, failed and corrected run side by side, or one run alone, as a video, an animation or a picture."""

import functools
import io
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
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
STEADY = 7
"""Grey levels, of 255, that compression adds to pixels that stand still."""


@dataclass(frozen=True)
class _Panel:
    title: str
    note: str
    color: Color
    steps: tuple[int, ...]
    frames: tuple[Frame, ...]
    alarm: int | None
    """Step from which on it has a border."""

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
    return _timing(_panels(triplet, camera, correction))


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
    return _film(_pictures(_panels(triplet, camera, correction)), fps, crf)


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
    panel = _Panel(title, note, color, tuple(frame.step for frame in frames), frames, None)
    return _film(_pictures([panel]), fps, crf)


def gif(
    triplet: Triplet, camera: str = "front", fps: float = 10.0, *, correction: str = "avoid", width: int = 640
) -> bytes:
    """Return an endless animated GIF for pages that show no video, such as a README; arguments as in `side_by_side`.

    Args:
        triplet: As there.
        camera: As there.
        fps: As there; GIF knows hundredths of a second.
        correction: As there.
        width: px of the whole picture.
    """
    pictures = _held(list(_pictures(_panels(triplet, camera, correction))), fps)
    frames = _steady([_resized(picture, width) for picture in pictures])
    # One palette for all, from pictures all over the run: what stands still then stays the same and costs nothing.
    sheet = Image.fromarray(np.concatenate(frames[:: max(1, len(frames) // 6)], axis=0))
    # Small objects carry the meaning: coverage of the colour cube counts, not area.
    palette = sheet.quantize(256, method=Image.Quantize.MAXCOVERAGE)
    flat = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    duration_ms = round(100 / fps) * 10
    flat[0].save(buffer, "GIF", save_all=True, append_images=flat[1:], duration=duration_ms, loop=0, disposal=1)
    return buffer.getvalue()


def poster(triplet: Triplet, camera: str = "front", step: int | None = None, *, correction: str = "avoid") -> bytes:
    """Return one picture of the clip as JPEG: at a control step, or how all runs ended."""
    panels = _panels(triplet, camera, correction)
    moment = _timing(panels).steps[-1] if step is None else step
    buffer = io.BytesIO()
    _picture(panels, moment).save(buffer, "JPEG", quality=88, optimize=True, progressive=True)
    return buffer.getvalue()


def _panels(triplet: Triplet, camera: str, correction: str) -> list[_Panel]:
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
    panels = []
    for name, note, run, alarm in runs:
        frames = _seen(run, camera)
        if frames:
            steps = tuple(frame.step for frame in frames)
            panels.append(_Panel(name.upper(), note, COLORS[name], steps, frames, alarm))
    if not panels:
        remedy = f"Make the triplet with cameras=({camera!r},) and recording=Recording(every_steps=2)"
        raise _nothing_seen(camera, triplet.episodes.values(), remedy)
    return panels


def _nothing_seen(camera: str, episodes: Iterable[Episode], remedy: str) -> RenderError:
    there = sorted({frame.camera for episode in episodes for frame in episode.frames})
    found = ", ".join(there) or "none"
    return RenderError(f"no frames of camera {camera!r} to make a clip of; recorded: {found}. {remedy}")


def _seen(run: Episode | None, camera: str) -> tuple[Frame, ...]:
    return () if run is None else tuple(frame for frame in run.frames if frame.camera == camera)


def _timing(panels: list[_Panel]) -> Timing:
    grid = sorted({step for panel in panels for step in panel.steps})
    gaps = np.diff(grid)
    # Boundary frames may lie between the regular ones: the usual gap is the grid.
    every = int(np.median(gaps)) if len(gaps) else 1
    return Timing(grid[0], every, (grid[-1] - grid[0]) // every + 1)


def _pictures(panels: list[_Panel]) -> Iterator[Image.Image]:
    for step in _timing(panels).steps:
        yield _picture(panels, step)


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


def _picture(panels: list[_Panel], step: int) -> Image.Image:
    width, height = (max(sizes) for sizes in zip(*(panel.frames[0].size for panel in panels), strict=True))
    bar = max(20, round(height * 0.1))
    whole = (len(panels) * (width + GAP) - GAP, bar + height)
    # The codec wants even sizes.
    canvas = Image.new("RGB", (whole[0] + whole[0] % 2, whole[1] + whole[1] % 2), BACKGROUND)
    brush = ImageDraw.Draw(canvas)
    for index, panel in enumerate(panels):
        left = index * (width + GAP)
        frame = panel.at(step)
        with Image.open(io.BytesIO(frame.image)) as image:
            canvas.paste(image.convert("RGB"), (left, bar))
        _title(brush, panel, left, width, bar)
        if panel.alarm is not None and step >= panel.alarm:
            box = (left, bar, left + width - 1, bar + height - 1)
            brush.rectangle(box, outline=panel.color, width=max(2, height // 100))
    return canvas


def _title(brush: ImageDraw.ImageDraw, panel: _Panel, left: int, width: int, bar: int) -> None:
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


def _resized(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)


def _steady(pictures: list[Image.Image]) -> list[NDArray[np.uint8]]:
    """Keep what was there wherever a picture differs from the one before by no more than compression noise."""
    frames = [np.array(pictures[0])]
    for picture in pictures[1:]:
        frame = np.array(picture)
        change = np.abs(frame.astype(np.int16) - frames[-1]).max(axis=-1, keepdims=True)
        frames.append(np.where(change > STEADY, frame, frames[-1]))
    return frames
