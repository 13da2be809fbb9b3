import io

import numpy as np
import pytest
from PIL import Image

from failgym.report.sights import MARK, see

pytestmark = pytest.mark.gl
ENV = "FailGym/PickCube-v0"
SIZE = (96, 72)


def picture(frame):
    with Image.open(io.BytesIO(frame.image)) as image:
        return np.asarray(image.convert("RGB"), dtype=float)


def test_a_condition_changes_what_is_seen_and_not_what_happens():
    plain = see(ENV, (), 1, steps=(0, 10), size=SIZE)
    under = see(ENV, ("blur",), 1, steps=(0, 10), size=SIZE)
    assert [frame.step for frame in under.frames] == [0, 10]
    assert under.episode.digest == plain.episode.digest
    sharp, blurred = picture(plain.frames[0]), picture(under.frames[0])
    assert sharp.shape == blurred.shape == (SIZE[1], SIZE[0], 3)
    assert np.abs(np.diff(blurred, axis=0)).max() < 0.7 * np.abs(np.diff(sharp, axis=0)).max()


def test_the_ring_is_where_the_numbers_say():
    steps = (12,)
    (without,), (true,) = (
        see(ENV, (), 1, steps=steps, size=SIZE).frames,
        see(ENV, (), 1, steps=steps, mark=True, size=SIZE).frames,
    )
    (late,) = see(ENV, ({"name": "stale_state", "lag_steps": 6},), 1, steps=steps, mark=True, size=SIZE).frames
    assert not np.all(picture(without) == MARK, axis=-1).any()
    middles = [np.argwhere(np.all(picture(frame) == MARK, axis=-1)).mean(axis=0) for frame in (true, late)]
    assert np.linalg.norm(middles[1] - middles[0]) > 2


def test_zoom_keeps_the_middle():
    whole, close = (picture(see(ENV, (), 1, zoom=zoom, size=SIZE).frames[0]) for zoom in (1.0, 2.0))
    middle = whole[SIZE[1] // 4 : -SIZE[1] // 4, SIZE[0] // 4 : -SIZE[0] // 4]
    halved = close.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - middle).mean() < 4
