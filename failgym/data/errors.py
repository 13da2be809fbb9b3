"""What is raised about files that others wrote."""

from pathlib import Path

from failgym.errors import FailGymError


class DataError(FailGymError):
    """A stored file that is broken, incomplete, not what it should be, or not safe to open.

    Args:
        path: The file or folder.
        problem: What is wrong with it, and what would be right, in words.
    """

    def __init__(self, path: str | Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
