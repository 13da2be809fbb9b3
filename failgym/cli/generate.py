"""`failgym generate`: many certified triplets, as files."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import tyro

from failgym.cli import names
from failgym.cli.console import kept, note, progress, say, table
from failgym.cli.folders import open_folder
from failgym.cli.workers import mapped
from failgym.episodes import Certificate, Severity, Status
from failgym.episodes.files import CERTIFICATE, load_certificate, save_certificate, save_triplet, write_json
from failgym.errors import ConfigurationError

CERTIFIED, NEAR_MISSES, REJECTED, SUMMARY = "certified", "near_misses", "rejected", "summary.json"


@dataclass(frozen=True)
class Generate:
    """Make certified triplets (nominal, failed, corrected) and write them as files.

    Triplets whose certificate holds go to `certified/`, near misses that were asked for and survived to `near_misses/`,
    as the successes that they are, and the certificates of all other attempts to `rejected/`, so that every summary
    counts them. Runs can be stopped and gone on with: what exists is skipped.
    """

    out: Path
    """Folder to fill."""
    env: tuple[str, ...] = ()
    """Environments, such as PickCube StackBlocks; `failgym envs` lists them."""
    split: str | None = None
    """Instead of environments: the tasks, variants and seeds of a split; `failgym splits` lists them."""
    perturbations: tuple[str, ...] = (names.ALL,)
    """Names, sets of a paper (guardian, dream2fix, aha, vifailback), JSON specs, or all."""
    seeds: str = "0:10"
    """A range without its end, or a list: 0:50 or 3,5,9."""
    severity: tuple[Literal["near_miss", "just_failing", "gross"], ...] = ()
    """Place magnitudes relative to the boundary at which each episode just fails, found by bisection: the largest seen
    to succeed, the smallest that fails, twice that. Perturbations without a magnitude are counted as not applicable.
    As drawn unless given."""
    robot: str | None = None
    """Robot, such as ur5e (of robosuite's tasks, UR5e); the environment's own choice unless given."""
    mount: Literal["keypose", "control", "twin"] = "keypose"
    """Where the action is altered: the key pose, each control step of a closed loop, or an open-loop replay."""
    frames: str = "boundaries"
    """Pictures to keep: none, boundaries (before and after each subtask from the one that is hit on), or every-K
    control steps as well (every-4)."""
    cameras: tuple[str, ...] | None = None
    """Cameras of the pictures; the environment's own choice unless given."""
    image_size: tuple[int, int] | None = None
    """Width and height of the pictures, px; the environment's own choice unless given."""
    render_profile: Literal["fast", "shadow"] | None = None
    """Look of the pictures."""
    renderer: Literal["auto", "gl", "ray"] | None = None
    """What draws them."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Processes; one for each processor unless given. Results do not depend on it."""

    def run(self) -> int:
        """Generate what is missing, then count everything."""
        scenes, specs = names.scenes(self.env, self.split), names.specs(self.perturbations)
        env_ids, seeds = tuple(scenes), names.seeds(self.seeds, self.split)
        every = frame_steps(self.frames)
        arguments = ("robot", "cameras", "image_size", "render_profile", "renderer")
        content = {name: getattr(self, name) for name in ("mount", "frames", *arguments)}
        kwargs = {name: content[name] for name in arguments[1:] if content[name] is not None}
        severities: tuple[str | None, ...] = self.severity or (None,)
        scope: dict[str, Any] = {"env": env_ids, "split": self.split, "perturbations": specs, "seeds": self.seeds}
        scope["severity"] = severities
        folder = open_folder(self.out, {"command": "generate", **content}, scope)
        wanted = [(env_id, seed) for seed in seeds for env_id in env_ids]
        jobs = [
            Job(str(folder), env_id, seed, todo, self.mount, every, tuple(given.items()))
            for env_id, seed in wanted
            for given in [kwargs | names.chosen_robot(env_id, self.robot) | scenes[env_id]]
            if (todo := missing(folder, env_id, specs, seed, severities))
        ]
        try:
            self._make(jobs, len(wanted) * len(specs) * len(severities))
        except KeyboardInterrupt:
            count_all(folder)
            raise kept(folder) from None
        summary = count_all(folder)
        say(summary_table(summary["by_env_and_perturbation"]))
        near = f" and {summary['near_misses']} near misses" if summary["near_misses"] else ""
        say(f"\n{summary['certified']} certified triplets{near} of {summary['attempts']} attempts in {folder}")
        return 0

    def _make(self, jobs: list["Job"], total: int) -> None:
        todo = sum(len(severities) for job in jobs for _, severities in job.wanted)
        if todo < total:
            note(f"{total - todo} of {total} are there already.")
        if self.frames != "none" and jobs:
            probe_renderer(self.renderer or "auto")
        with progress("triplets", todo, "triplet") as bar, closing(mapped(make, jobs, self.workers)) as results:
            for number in results:
                bar.update(number)


class Job(NamedTuple):
    """All triplets of one environment and one seed: they share the nominal run."""

    folder: str
    env_id: str
    seed: int
    wanted: tuple[tuple[dict[str, Any], tuple[str | None, ...]], ...]
    """Specs, each with the severities to place it at; None: as drawn."""
    mount: str
    every: int | None
    """None keeps no frames, 0 those at boundaries."""
    env_kwargs: tuple[tuple[str, Any], ...]


def make(job: Job) -> int:
    """Make and write the triplets of one job; return how many."""
    from failgym.generate import graded

    generator, done = _generator(job.env_id, job.mount, job.every, job.env_kwargs), 0
    for spec, severities in job.wanted:
        placed = tuple(severity for severity in severities if severity is not None)
        made = graded(generator, spec, job.seed, placed) if placed else [generator.triplet(spec, job.seed)]
        for severity, triplet in zip(severities, made, strict=True):
            certified, near, rejected = places(Path(job.folder), job.env_id, spec, job.seed, severity)
            if triplet.certificate.holds:
                save_triplet(triplet, certified)
            elif triplet.certificate.near_miss:
                save_triplet(triplet, near)
            else:
                save_certificate(triplet.certificate, rejected)
        done += len(made)
    return done


def frame_steps(text: str) -> int | None:
    """Return what `--frames` means: None for none, 0 for boundaries, else the number of control steps.

    Raises:
        ConfigurationError: it is none of these.
    """
    kind, _, steps = text.partition("-")
    if text in ("none", "boundaries"):
        return None if text == "none" else 0
    if kind == "every" and steps.isdigit() and int(steps) > 0:
        return int(steps)
    raise ConfigurationError("--frames", text, "none, boundaries, every-K with K control steps (every-4)")


def places(
    folder: Path, env_id: str, spec: dict[str, Any], seed: int, severity: str | None = None
) -> tuple[Path, Path, Path]:
    """Return the folders of a triplet whose certificate holds and of a near miss, and the file of any other."""
    name = f"seed-{seed:06d}" if severity is None else f"seed-{seed:06d}-{severity}"
    inner = Path(names.short(env_id), names.label(spec), name)
    return folder / CERTIFIED / inner, folder / NEAR_MISSES / inner, folder / REJECTED / inner.with_suffix(".json")


def missing(
    folder: Path, env_id: str, specs: Iterable[dict[str, Any]], seed: int, severities: Sequence[str | None]
) -> tuple[tuple[dict[str, Any], tuple[str | None, ...]], ...]:
    """Return the attempts that were not made before: specs, each with its severities."""

    def made(spec: dict[str, Any], severity: str | None) -> bool:
        *folders, rejected = places(folder, env_id, spec, seed, severity)
        return rejected.is_file() or any((path / CERTIFICATE).is_file() for path in folders)

    todo = ((spec, tuple(one for one in severities if not made(spec, one))) for spec in specs)
    return tuple((spec, left) for spec, left in todo if left)


def certificates(folder: Path) -> list[Certificate]:
    """Return every certificate in a folder that `generate` filled."""
    files = [*folder.glob(f"{REJECTED}/*/*/*.json")]
    files += [path for kind in (CERTIFIED, NEAR_MISSES) for path in folder.glob(f"{kind}/*/*/*/{CERTIFICATE}")]
    return [load_certificate(path) for path in sorted(files)]


def count_all(folder: Path) -> dict[str, Any]:
    """Count what lies in a folder by environment, perturbation, severity and status; write it beside the triplets."""
    found, groups = certificates(folder), dict[tuple[str, str, str], list[Certificate]]()
    for one in found:
        key = (names.short(one.env_id), names.label(one.perturbation), one.severity or "")
        groups.setdefault(key, []).append(one)
    order = ("", *Severity)
    rows = [
        {"env": env, "perturbation": name, "severity": severity or None, "boundary": boundary(some)} | counted(some)
        for (env, name, severity), some in sorted(groups.items(), key=lambda row: (row[0][:2], order.index(row[0][2])))
    ]
    summary = {
        "attempts": len(found),
        "certified": sum(certificate.holds for certificate in found),
        "near_misses": sum(certificate.near_miss for certificate in found),
        "by_env_and_perturbation": rows,
    }
    write_json(summary, folder / SUMMARY)
    return summary


def boundary(found: Iterable[Certificate]) -> dict[str, float]:
    """Return the median, by unit, of the smallest magnitudes that failed; empty where none was looked for."""
    graded = [one.injection.severity for one in found if one.injection is not None and one.injection.severity]
    units = dict.fromkeys(unit for one in graded for unit in one.boundary)
    return {unit: median(one.boundary[unit] for one in graded if unit in one.boundary) for unit in units}


def summary_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the counts of a summary as a table; severities and boundaries only where there are any."""
    placed = any(row["severity"] for row in rows)
    groups: dict[tuple[str, ...], dict[str, int]] = {}
    for row in rows:
        least = ", ".join(
            f"{value:.2g}" if unit == "1" else f"{value:.2g} {unit}" for unit, value in row["boundary"].items()
        )
        extra = (row["severity"] or "as drawn", least or "-") if placed else ()
        groups[row["env"], row["perturbation"], *extra] = {str(status): row[str(status)] for status in Status}
    return status_table(("environment", "perturbation", *(("severity", "fails from") if placed else ())), groups)


Key = TypeVar("Key", bound=tuple[str, ...])


def grouped(found: Iterable[Certificate], key: Callable[[Certificate], Key]) -> dict[Key, dict[str, int]]:
    """Return how attempts ended by group, every status listed."""
    groups: dict[Key, list[Certificate]] = {}
    for certificate in found:
        groups.setdefault(key(certificate), []).append(certificate)
    return {name: counted(groups[name]) for name in sorted(groups)}


def counted(found: Iterable[Certificate]) -> dict[str, int]:
    """Return how attempts ended, every status listed."""
    counts = Counter(certificate.status for certificate in found)
    return {str(status): counts[status] for status in Status}


def status_table(head: Sequence[str], groups: Mapping[Key, Mapping[str, int]]) -> str:
    """Return counts as a table, without the statuses that never came."""
    shown = [str(status) for status in Status if any(counts[str(status)] for counts in groups.values())]
    cells = [[*name, *(counts[status] or "-" for status in shown)] for name, counts in groups.items()]
    return table([*head, *(status.replace("_", " ") for status in shown)], cells)


def probe_renderer(renderer: str) -> None:
    """Find out once what draws, for all workers, and say so if it is the slow one.

    The answer travels to the workers in their environment.
    """
    from failgym.sim.render.backend import HOW_TO_GET_GL, find_backend

    if renderer != "ray" and (found := find_backend()).name is None:
        note(f"No OpenGL ({found.reason}): pictures are drawn by ray casting. {HOW_TO_GET_GL}")


@functools.lru_cache(maxsize=1)
def _generator(env_id: str, mount: str, every: int | None, env_kwargs: tuple[tuple[str, Any], ...]) -> Any:
    from failgym.generate import Generator, Recording

    recording = None if every is None else Recording(every_steps=every or None)
    return Generator(env_id, mount=mount, recording=recording, **dict(env_kwargs))
