"""Pictures of the world without physics: seen from above, drawn with NumPy alone."""

import io

import numpy as np
from numpy.typing import NDArray

from failgym.envs.point_world import OPENING, RADIUS, PointWorld
from failgym.episodes import Point
from failgym.rotations import rotate
from failgym.scene import Vector
from failgym.tasks import COLOURS

WORLD_FROM_CAMERA = np.array([[0.0, -1, 0, 0.5], [-1, 0, 0, 0], [0, 0, -1, 1], [0, 0, 0, 1]])
"""The camera looks straight down from 1 m above the middle of the table; world +x is up in the picture, +y left."""
HALF_VIEW = 0.30
"""Distance from the middle of the table to the nearer edges of the picture, m."""
TABLE_GREY, SHADOW_GREY, FINGER_GREY, PALM_GREY = 205.0, 160.0, 40.0, 110.0
FINGER_RADIUS, PALM_RADIUS, PALM_DISTANCE = 0.008, 0.008, 0.06
"""Of the drawn hand, m; the palm lies that far behind the tool centre point."""


def intrinsics(size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the pinhole matrix, (3, 3) px, for pictures of (width, height)."""
    focal = 0.5 * min(size) / HALF_VIEW
    return np.array([[focal, 0.0, (size[0] - 1) / 2], [0.0, focal, (size[1] - 1) / 2], [0.0, 0.0, 1.0]])


def project(place: Vector, size: tuple[int, int]) -> Vector:
    """Return column and row, px, and depth, m, of a point in the world."""
    across, down, depth = intrinsics(size) @ (WORLD_FROM_CAMERA[:3, :3].T @ (place - WORLD_FROM_CAMERA[:3, 3]))
    return np.array([across / depth, down / depth, depth])


def seen(place: Vector, size: tuple[int, int]) -> Point:
    """Return where a point is in the picture; nothing ever hides it."""
    u, v, depth = project(place, size).tolist()
    return Point(u, v, depth, float(-0.5 <= u < size[0] - 0.5 and -0.5 <= v < size[1] - 0.5))


def draw(world: PointWorld, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture, (H, W, 3) RGB: shadows, then discs from low to high, then the hand; edges are smooth."""
    picture = np.full((size[1], size[0], 3), TABLE_GREY)
    for place in world.places:
        _dot(picture, place * (1.0, 1.0, 0.0), RADIUS, SHADOW_GREY)
    for index in np.argsort(world.places[:, 2], kind="stable"):
        rgb = np.array(COLOURS[world.names[index].split()[0]][:3])
        _dot(picture, world.places[index], RADIUS, 255.0 * rgb)
    hand = world.hand()
    aside = rotate(hand.pose.quat_wxyz, (0.0, 0.5 * OPENING * (1.0 - hand.closure) + FINGER_RADIUS, 0.0))
    behind = rotate(hand.pose.quat_wxyz, (0.0, 0.0, -PALM_DISTANCE))
    for finger in (hand.pose.position + aside, hand.pose.position - aside):
        _dot(picture, finger, FINGER_RADIUS, FINGER_GREY)
    _dot(picture, hand.pose.position + behind, PALM_RADIUS, PALM_GREY, 0.5)
    return (picture + 0.5).astype(np.uint8)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return the contents of a JPEG file of quality 90."""
    from PIL import Image  # only recording needs it

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def _dot(
    picture: NDArray[np.float64], place: Vector, radius: float, colour: Vector | float, opacity: float = 1.0
) -> None:
    height, width = picture.shape[:2]
    u, v, depth = project(place, (width, height))
    across, down = np.arange(width) - u, np.arange(height)[:, None] - v
    # A pixel is covered by as much of its width as the circle's edge leaves of it.
    inside = intrinsics((width, height))[0, 0] * radius / depth - np.hypot(across, down)
    share = opacity * np.clip(inside + 0.5, 0.0, 1.0)[..., None]
    picture += share * (colour - picture)
