"""`failgym generate`: many certified triplets, as files."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import tyro

from failgym.cli import names
from failgym.cli.console import kept, note, progress, say, table
from failgym.cli.folders import open_folder
from failgym.cli.workers import mapped
from failgym.episodes import Certificate, Status
from failgym.episodes.files import CERTIFICATE, load_certificate, save_certificate, save_triplet, write_json
from failgym.errors import ConfigurationError

CERTIFIED, REJECTED, SUMMARY = "certified", "rejected", "summary.json"


@dataclass(frozen=True)
class Generate:
    """Make certified triplets (nominal, failed, corrected) and write them as files.

    Triplets whose certificate holds go to `certified/`, the certificates of all other attempts to `rejected/`, so that
    every summary counts them. Runs can be stopped and gone on with: what exists is skipped.
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
        pictures = ("cameras", "image_size", "render_profile", "renderer")
        content = {name: getattr(self, name) for name in ("mount", "frames", *pictures)}
        kwargs = {name: content[name] for name in pictures if content[name] is not None}
        scope = {"env": env_ids, "split": self.split, "perturbations": specs, "seeds": self.seeds}
        folder = open_folder(self.out, {"command": "generate", **content}, scope)
        wanted = [(env_id, seed) for seed in seeds for env_id in env_ids]
        jobs = [
            Job(str(folder), env_id, seed, todo, self.mount, every, tuple((kwargs | scenes[env_id]).items()))
            for env_id, seed in wanted
            if (todo := tuple(spec for spec in specs if not finished(folder, env_id, spec, seed)))
        ]
        try:
            self._make(jobs, len(wanted) * len(specs))
        except KeyboardInterrupt:
            count_all(folder)
            raise kept(folder) from None
        summary = count_all(folder)
        groups = {
            (str(row["env"]), str(row["perturbation"])): {str(status): row[str(status)] for status in Status}
            for row in summary["by_env_and_perturbation"]
        }
        say(status_table(("environment", "perturbation"), groups))
        say(f"\n{summary['certified']} certified triplets of {summary['attempts']} attempts in {folder}")
        return 0

    def _make(self, jobs: list["Job"], total: int) -> None:
        todo = sum(len(job.specs) for job in jobs)
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
    specs: tuple[dict[str, Any], ...]
    mount: str
    every: int | None
    """None keeps no frames, 0 those at boundaries."""
    env_kwargs: tuple[tuple[str, Any], ...]


def make(job: Job) -> int:
    """Make and write the triplets of one job; return how many."""
    generator = _generator(job.env_id, job.mount, job.every, job.env_kwargs)
    for spec in job.specs:
        triplet = generator.triplet(spec, job.seed)
        certified, rejected = places(Path(job.folder), job.env_id, spec, job.seed)
        if triplet.certificate.holds:
            save_triplet(triplet, certified)
        else:
            save_certificate(triplet.certificate, rejected)
    return len(job.specs)


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


def places(folder: Path, env_id: str, spec: dict[str, Any], seed: int) -> tuple[Path, Path]:
    """Return the folder of a triplet whose certificate holds, and the file of a certificate that does not."""
    inner = Path(names.short(env_id), names.label(spec), f"seed-{seed:06d}")
    return folder / CERTIFIED / inner, folder / REJECTED / inner.with_suffix(".json")


def finished(folder: Path, env_id: str, spec: dict[str, Any], seed: int) -> bool:
    """Whether this attempt was made before."""
    certified, rejected = places(folder, env_id, spec, seed)
    return (certified / CERTIFICATE).is_file() or rejected.is_file()


def certificates(folder: Path) -> list[Certificate]:
    """Return every certificate in a folder that `generate` filled."""
    files = [*folder.glob(f"{CERTIFIED}/*/*/*/{CERTIFICATE}"), *folder.glob(f"{REJECTED}/*/*/*.json")]
    return [load_certificate(path) for path in sorted(files)]


def count_all(folder: Path) -> dict[str, Any]:
    """Count what lies in a folder by environment, perturbation and status; write it beside the triplets."""
    found = certificates(folder)
    groups = grouped(found, lambda one: (names.short(one.env_id), names.label(one.perturbation)))
    rows = [{"env": env, "perturbation": name} | counts for (env, name), counts in groups.items()]
    certified = sum(certificate.holds for certificate in found)
    summary = {"attempts": len(found), "certified": certified, "by_env_and_perturbation": rows}
    write_json(summary, folder / SUMMARY)
    return summary


Key = TypeVar("Key", bound=tuple[str, ...])


def grouped(found: Iterable[Certificate], key: Callable[[Certificate], Key]) -> dict[Key, dict[str, int]]:
    """Return how attempts ended by group, every status listed."""
    groups: dict[Key, Counter[str]] = {}
    for certificate in found:
        groups.setdefault(key(certificate), Counter())[str(certificate.status)] += 1
    return {name: {str(status): groups[name][str(status)] for status in Status} for name in sorted(groups)}


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
