"""Pictures that stay on disk until somebody looks at them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from failgym.episodes import Frame


class _WhenAskedFor:
    """A field that may be given as a function; it is called at each access and nothing is kept."""

    def __get__(self, frame: Any, owner: type) -> bytes:
        if frame is None:
            raise AttributeError("image")  # no default
        given: bytes | Callable[[], bytes] = frame.__dict__["image"]
        return given() if callable(given) else given

    def __set__(self, frame: Any, given: bytes | Callable[[], bytes]) -> None:
        frame.__dict__["image"] = given


@dataclass(frozen=True)
class StoredFrame(Frame):  # type: ignore[misc]
    """A frame whose picture is read when it is asked for: `image` may be given as a function without arguments."""

    image: bytes = _WhenAskedFor()  # type: ignore[assignment]
