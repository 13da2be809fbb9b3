"""What `failgym envs --gallery` does: a picture of every native task, and with `--clips` its expert at work."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from failgym.cli import names
from failgym.cli.console import note, progress, say
from failgym.cli.folders import cannot_write, open_folder
from failgym.cli.generate import probe_renderer
from failgym.cli.workers import mapped
from failgym.errors import ConfigurationError, FailGymError

if TYPE_CHECKING:
    from failgym.report.portraits import Portrait

OPTION = "--gallery"
INCOMPLETE = 1
"""Exit code where a task could not be shown."""


class Job(NamedTuple):
    """One task to be drawn."""

    env_id: str
    seed: int
    clip: bool


def hang(env_ids: Sequence[str], folder: Path, seed: int, clips: bool, workers: int | None) -> int:
    """Draw the native ones of these environments, write the gallery, and say what it is made of.

    Returns:
        0, or 1 if a task could not be drawn; the gallery is written without it.

    Raises:
        ConfigurationError: none of them is a native task, or the folder cannot be written.
    """
    from failgym.report.portraits import native_tasks
    from failgym.report.task_page import write_gallery

    chosen = [env_id for env_id in env_ids if env_id in native_tasks()]
    if not chosen:
        given = ", ".join(map(names.short, env_ids))
        raise ConfigurationError(f"NAME with {OPTION}", given, f"a native task: {', '.join(native_tasks().values())}")
    open_folder(folder, {"command": f"envs {OPTION}"}, {"seed": seed, "clips": clips}, OPTION)
    if len(chosen) > 1:
        probe_renderer("auto")
    portraits, failures = _drawn([Job(env_id, seed, clips) for env_id in chosen], workers)
    for env_id, reason in failures.items():
        note(f"{names.short(env_id)} is not in the gallery: {reason}")
    if not portraits:
        raise FailGymError("no task could be drawn, so there is no gallery; the reasons stand above.")
    try:
        sheet, page, pictures = write_gallery(portraits, folder)
    except OSError as error:
        raise cannot_write(OPTION, folder, error) from None
    _tell(portraits, sheet, page, pictures)
    return INCOMPLETE if failures else 0


def _drawn(jobs: Sequence[Job], workers: int | None) -> "tuple[list[Portrait], dict[str, str]]":
    portraits: dict[str, Portrait] = {}
    failures: dict[str, str] = {}
    with progress("gallery", len(jobs), "task") as bar, closing(mapped(_portrait, jobs, workers)) as results:
        for env_id, result in results:
            if isinstance(result, str):
                failures[env_id] = result
            else:
                portraits[env_id] = result
            bar.update(1)
    order = [job.env_id for job in jobs]
    return [portraits[env_id] for env_id in order if env_id in portraits], failures


def _portrait(job: Job) -> "tuple[str, Portrait | str]":
    """Return the portrait, or why there is none: one task that cannot be drawn must not take the others with it."""
    from failgym.report.portraits import portrait

    try:
        return job.env_id, portrait(job.env_id, job.seed, clip=job.clip)
    except FailGymError as error:
        return job.env_id, str(error)


def _tell(portraits: "Sequence[Portrait]", sheet: Path, page: Path, pictures: Path) -> None:
    tried = [one for one in portraits if one.succeeded is not None]
    for one in tried:
        if not one.succeeded:
            say(f"{one.task}: the expert {one.ending}")
    if tried:
        say(f"the expert succeeded in {sum(bool(one.succeeded) for one in tried)} of {_count(len(tried), 'task')}\n")
    films = sum(one.clip is not None for one in portraits)
    amount = _count(len(portraits), "picture") + (f" and {_count(films, 'clip')}" if films else "")
    say(f"contact sheet  {sheet.resolve()}")
    say(f"page           {page.resolve()} ({page.stat().st_size / 1e6:.1f} MB); open it in a browser")
    say(f"pictures       {pictures.resolve()} ({amount})")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
