import io
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from failgym.episodes import Frame, Triplet
from failgym.errors import ConfigurationError, RenderError
from failgym.report import panels, poster, side_by_side, webp
from failgym.report.clips import BACKGROUND, COLORS, GAP, HOLD_S, single, timing

WIDTH, HEIGHT, BAR = 48, 40, 20


def decoded(clip: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(clip)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]


def panel(picture: np.ndarray, index: int) -> np.ndarray:
    left = index * (WIDTH + GAP)
    return picture[BAR + 8 : BAR + HEIGHT - 8, left + 8 : left + WIDTH - 8]


def test_size_length_and_speed(triplet: Triplet) -> None:
    clip = side_by_side(triplet, fps=10)
    pictures = decoded(clip)
    assert len(pictures) == 14 + round(HOLD_S * 10)
    assert pictures[0].shape == (BAR + HEIGHT, 3 * (WIDTH + GAP) - GAP, 3)
    with av.open(io.BytesIO(clip)) as container:
        assert container.streams.video[0].average_rate == 10


def test_index_comes_before_pictures(triplet: Triplet) -> None:
    clip = side_by_side(triplet)
    assert 0 < clip.index(b"moov") < clip.index(b"mdat")


def test_runs_are_in_step_and_hold_their_last_frame(triplet: Triplet) -> None:
    pictures = decoded(side_by_side(triplet, crf=1))
    for picture, step in ((0, 2), (4, 10), (9, 20), (11, 24), (13, 28), (20, 28)):
        grey = [panel(pictures[picture], index).mean() for index in range(3)]
        assert grey == pytest.approx([20 + min(step, 20), 90 + min(step, 24), 160 + step], abs=3)


def test_failed_panel_gets_a_border_at_the_onset(triplet: Triplet) -> None:
    def border(step: int) -> np.ndarray:
        with Image.open(io.BytesIO(poster(triplet, step=step))) as image:
            return np.asarray(image.convert("RGB"), dtype=float)[BAR + HEIGHT // 2, WIDTH + GAP]

    red, green, _ = border(10)
    assert red > green + 60
    assert np.ptp(border(8)) < 30
    assert triplet.certificate.onset == 10


def test_titles_are_drawn_in_the_color_of_their_run(triplet: Triplet) -> None:
    with Image.open(io.BytesIO(poster(triplet))) as image:
        bar = np.asarray(image.convert("RGB"), dtype=float)[:BAR]
    for index, color in enumerate(COLORS.values()):
        left = index * (WIDTH + GAP)
        line = bar[0, left + 6 : left + WIDTH - 6].mean(axis=0)
        assert np.abs(line - color).max() < 40
    assert np.abs(bar[4:, :4].mean() - np.mean(BACKGROUND)) < 12


def test_odd_sizes_are_padded(triplet: Triplet) -> None:
    one = replace(triplet, injected=None, avoid=None)
    assert one.nominal is not None
    buffer = io.BytesIO()
    Image.new("RGB", (33, 31)).save(buffer, "JPEG")
    odd = tuple(replace(frame, image=buffer.getvalue(), size=(33, 31)) for frame in one.nominal.frames)
    one.nominal = replace(one.nominal, frames=odd)
    assert decoded(side_by_side(one))[0].shape == (52, 34, 3)


def test_recovery_can_be_shown_instead(triplet: Triplet) -> None:
    assert triplet.avoid is not None
    twin = replace(triplet, recover=replace(triplet.avoid, frames=triplet.avoid.frames[:3]))
    assert timing(twin, correction="recover").pictures == 12
    with pytest.raises(ConfigurationError, match="avoid, recover"):
        side_by_side(triplet, correction="again")


def test_timing_is_real_time(triplet: Triplet) -> None:
    found = timing(triplet)
    assert (found.first, found.every, found.pictures, found.fps) == (2, 2, 14, 10.0)
    assert list(found.steps) == list(range(2, 29, 2))


def test_webp_loops_in_true_colours_and_stays_at_its_end(triplet: Triplet) -> None:
    shown: dict[int, list[float]] = {}
    time_ms = 0
    with Image.open(io.BytesIO(webp(panels(triplet)))) as image:
        assert (image.format, image.info["loop"]) == ("WEBP", 0)
        for index in range(image.n_frames):
            image.seek(index)
            picture = np.asarray(image.convert("RGB"))
            shown[time_ms] = [panel(picture, number).mean() for number in range(3)]
            time_ms += image.info["duration"]
        bar = picture[0, WIDTH + GAP + 6 : 2 * WIDTH + GAP - 6].astype(float).mean(axis=0)
    # Pictures that hardly differ are one frame that stays longer.
    assert time_ms == 13 * 100 + round(1000 * HOLD_S)
    assert shown[max(at for at in shown if at <= 400)] == pytest.approx([30, 100, 170], abs=4)
    assert shown[max(shown)] == pytest.approx([40, 114, 188], abs=4)
    assert bar == pytest.approx(COLORS["failed"], abs=30)


def test_webp_keeps_within_its_size(triplet: Triplet) -> None:
    best = len(webp(panels(triplet)))
    assert len(webp(panels(triplet), max_bytes=best - 1)) < best
    with pytest.raises(RenderError, match=r"14 pictures need \d+ bytes at least, not 100"):
        webp(panels(triplet), max_bytes=100)


def test_webp_says_that_it_is_no_real_time(triplet: Triplet) -> None:
    def brightest_behind_the_title(fps: float) -> float:
        with Image.open(io.BytesIO(webp(wide, fps))) as image:
            return float(np.asarray(image.convert("L"))[4:BAR, 80:190].max())

    wide = [replace(each, frames=tuple(_wider(frame) for frame in each.frames)) for each in panels(triplet)]
    assert brightest_behind_the_title(10) < 60
    assert brightest_behind_the_title(20) > 120


def test_webp_of_one_picture_each_is_a_still(triplet: Triplet) -> None:
    still = [replace(each, frames=each.frames[:1]) for each in panels(triplet)]
    with Image.open(io.BytesIO(webp(still))) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert image.size == (3 * (WIDTH + GAP) - GAP, BAR + HEIGHT)


def _wider(frame: Frame) -> Frame:
    buffer = io.BytesIO()
    Image.new("RGB", (200, 40), (90, 90, 90)).save(buffer, "JPEG")
    return replace(frame, image=buffer.getvalue(), size=(200, 40))


def test_what_was_not_recorded_is_said(triplet: Triplet) -> None:
    with pytest.raises(RenderError, match="recorded: front"):
        side_by_side(triplet, camera="wrist")
    with pytest.raises(RenderError, match="recorded: none"):
        poster(Triplet(triplet.certificate))


def test_one_run_alone_under_its_outcome(triplet: Triplet) -> None:
    assert triplet.nominal is not None
    assert triplet.injected is not None
    for episode, color in ((triplet.nominal, "nominal"), (triplet.injected, "failed")):
        pictures = decoded(single(episode, fps=15, title="EXPERT", crf=1))
        assert len(pictures) == len(episode.frames) + round(HOLD_S * 15)
        assert pictures[0].shape == (BAR + HEIGHT, WIDTH, 3)
        assert panel(pictures[-1], 0).mean() > panel(pictures[0], 0).mean() + 10
        assert pictures[0][0, WIDTH // 2].astype(float) == pytest.approx(COLORS[color], abs=30)


def test_one_run_without_frames_is_told(triplet: Triplet) -> None:
    assert triplet.nominal is not None
    with pytest.raises(RenderError, match="recorded: front"):
        single(triplet.nominal, "wrist", title="EXPERT")
