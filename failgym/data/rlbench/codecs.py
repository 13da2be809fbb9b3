"""RLBench's depth and mask pictures: numbers packed into the bytes of an RGB image."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from failgym.data.rlbench.layout import DEPTH_SCALE


def depth_image(metres: NDArray[np.floating], near: float, far: float) -> NDArray[np.uint8]:
    """Pack depths.

    Args:
        metres: (H, W) m along the optical axis; what lies outside near..far is clipped.
        near: Near plane, m.
        far: Far plane, m.

    Returns:
        (H, W, 3) uint8, the most significant byte first.
    """
    part = (np.asarray(metres, dtype=np.float64) - near) / (far - near)
    packed = np.floor(np.clip(part, 0.0, 1.0) * DEPTH_SCALE + 0.5).astype(np.uint32)
    return np.stack([packed >> 16, packed >> 8 & 0xFF, packed & 0xFF], axis=-1).astype(np.uint8)


def depth_metres(image: NDArray[np.uint8], near: float, far: float) -> NDArray[np.float64]:
    """Inverse of `depth_image`, to (far - near) / 2**25 m."""
    wide = image[..., :3].astype(np.float64)
    part: NDArray[np.float64] = (wide[..., 0] * 65536 + wide[..., 1] * 256 + wide[..., 2]) / DEPTH_SCALE
    return near + part * (far - near)


def mask_image(handles: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Pack object handles, (H, W) up to 2**24 - 1, into (H, W, 3) uint8, the least significant byte first."""
    wide = np.asarray(handles, dtype=np.uint32)
    return np.stack([wide & 0xFF, wide >> 8 & 0xFF, wide >> 16 & 0xFF], axis=-1).astype(np.uint8)


def mask_handles(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Inverse of `mask_image`."""
    wide = image[..., :3].astype(np.int32)  # NumPy 2 does not multiply uint8 by 256
    return wide[..., 0] + 256 * wide[..., 1] + 65536 * wide[..., 2]


def png(image: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) RGB as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def decoded(content: bytes) -> NDArray[np.uint8]:
    """Decode an image file held in memory to (H, W, 3) RGB."""
    with Image.open(io.BytesIO(content)) as image:
        return np.array(image.convert("RGB"), dtype=np.uint8)


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of an image file held in memory, px, from its header."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size
