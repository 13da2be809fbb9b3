import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from failgym.data.rlbench.codecs import decoded, depth_image, depth_metres, mask_handles, mask_image, png, size_of

sizes = arrays.array_shapes(min_dims=2, max_dims=2, max_side=6)


@given(sizes.flatmap(lambda size: arrays.arrays(np.float64, size, elements=st.floats(0.01, 4.5))))
def test_depths_come_back_to_half_a_quantum(metres):
    back = depth_metres(decoded(png(depth_image(metres, 0.01, 4.5))), 0.01, 4.5)
    assert np.abs(back - metres).max() <= 4.49 / (2**24 - 1) / 2 + 1e-12


@given(sizes.flatmap(lambda size: arrays.arrays(np.int64, size, elements=st.integers(0, 2**24 - 1))))
def test_handles_come_back(handles):
    np.testing.assert_array_equal(mask_handles(decoded(png(mask_image(handles)))), handles)


@given(arrays.arrays(np.uint8, (3, 4, 3)))
def test_images_of_depths_come_back(image):
    np.testing.assert_array_equal(depth_image(depth_metres(image, 0.01, 3.2), 0.01, 3.2), image)


@pytest.mark.parametrize(
    ("image", "metres", "handle"),
    [((0, 0, 0), 0.5, 0), ((255, 255, 255), 2.5, 2**24 - 1), ((128, 0, 0), 1.50000006, 128), ((0, 1, 0), None, 256)],
)
def test_known_pixels(image, metres, handle):
    pixel = np.array([[image]], dtype=np.uint8)
    assert mask_handles(pixel)[0, 0] == handle
    if metres is not None:
        assert depth_metres(pixel, 0.5, 2.5)[0, 0] == pytest.approx(metres, abs=1e-8)


def test_what_is_out_of_range_is_clipped():
    np.testing.assert_array_equal(depth_metres(depth_image(np.array([[0.0, 9.0]]), 0.5, 2.5), 0.5, 2.5), [[0.5, 2.5]])


def test_sizes_are_width_and_height():
    assert size_of(png(np.zeros((3, 7, 3), np.uint8))) == (7, 3)
