"""Images to bytes and back."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def jpeg(image: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Encode an image as JPEG.

    Args:
        image: (H, W, 3) RGB or (H, W) grey, uint8.
        quality: 1 (small) to 95 (good).

    Returns:
        The contents of a JPEG file.
    """
    return _encode(image, "JPEG", quality=quality)


def png(image: NDArray[np.uint8], level: int = 1) -> bytes:
    """Encode an image as PNG, without loss.

    Args:
        image: (H, W, 3) RGB, (H, W, 4) RGBA or (H, W) grey, uint8.
        level: Compression effort, 0 (fast) to 9 (small).

    Returns:
        The contents of a PNG file.
    """
    return _encode(image, "PNG", compress_level=level)


def decode(encoded: bytes) -> NDArray[np.uint8]:
    """Decode an image file held in memory.

    Args:
        encoded: Contents of a JPEG, PNG or other image file that Pillow reads.

    Returns:
        (H, W, 3) RGB uint8, a fresh array.
    """
    with Image.open(io.BytesIO(encoded)) as image:
        return np.array(image.convert("RGB"), dtype=np.uint8)


def _encode(image: NDArray[np.uint8], file_format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format=file_format, **options)
    return buffer.getvalue()
