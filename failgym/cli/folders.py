"""Folders that a command fills and a later run of it may go on with."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from failgym.episodes.files import sweep, write_json
from failgym.errors import ConfigurationError

SETTINGS = "settings.json"
PACKAGES = ("failgym", "mujoco", "numpy", "gymnasium", "pillow", "av")


def open_folder(path: str | Path, content: Mapping[str, Any], scope: Mapping[str, Any], option: str = "--out") -> Path:
    """Begin or go on with a folder; what an interrupted run left half written is removed.

    Args:
        path: The folder; made if need be.
        content: Settings that decide what a file holds: they must be the same in every run on one folder.
        scope: Settings that decide how many files there are: they may grow from run to run.
        option: Option of the command that named the folder.

    Raises:
        ConfigurationError: the folder belongs to something else, was begun with other settings, or cannot be written.
    """
    try:
        return _opened(Path(path), content, scope, option)
    except OSError as error:
        raise cannot_write(option, path, error) from None


def cannot_write(option: str, path: str | Path, error: OSError) -> ConfigurationError:
    """Return what to raise where the file system refuses."""
    return ConfigurationError(option, str(path), f"a folder that can be written ({error.strerror or error})")


def _opened(folder: Path, content: Mapping[str, Any], scope: Mapping[str, Any], option: str) -> Path:
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(option, str(folder), "a folder; this is a file")
    settings = folder / SETTINGS
    # JSON has no tuples: compare what a file can hold.
    wanted = json.loads(json.dumps(content, default=str))
    if settings.is_file():
        before = _read(settings, option)
        if before != wanted:
            other = [name for name in wanted if before.get(name) != wanted[name]]
            told = (
                "; ".join(f"{name} {before.get(name)!r} and not {wanted[name]!r}" for name in other)
                or "another command"
            )
            raise ConfigurationError(option, str(folder), f"a new folder: this one was begun with {told}")
        sweep(folder)
    elif folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(option, str(folder), "a new or empty folder, or one that this command made")
    body = {"content": wanted, "scope": dict(scope), "versions": versions()}
    write_json(body, settings)
    return folder


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Return the versions of those packages that are installed, and of Python."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _read(path: Path, option: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["content"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError(option, str(path.parent), f"a new folder: {path} cannot be read") from None
    return content if isinstance(content, dict) else {}
