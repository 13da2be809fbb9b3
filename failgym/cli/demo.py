"""`failgym demo`: the whole of FailGym in a few minutes, as one HTML page."""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import tyro

from failgym.cli import arms, demo_jobs, names
from failgym.cli.console import kept, note, progress, say, table
from failgym.cli.folders import open_folder, versions
from failgym.cli.generate import grouped, probe_renderer, status_table
from failgym.cli.store import Store
from failgym.cli.workers import mapped
from failgym.episodes import Certificate
from failgym.errors import ConfigurationError

if TYPE_CHECKING:
    from failgym.report import ArmResult

TASKS = ("PickCube", "StackBlocks", "PutItemInDrawer")
FAILURES = (
    "no_close", "delay_close", "weak_close", "translation", "rotation", "slip", "wrong_object", "human_intervention",
    "missing_subtask", "wrong_order",
)  # fmt: skip
"""What goes wrong, of everything in the catalogue."""
HELD_OUT = 10_000
"""First seed of the loop; the triplets' seeds begin at 0."""
MOST_SEEDS = 500
WATCHED = (
    arms.Arm("gripper-rules, nominal", "gripper-rules", "replan", injected=False),
    arms.Arm("oracle, nominal", "oracle", "replan", injected=False),
)
"""Arms that count false alarms where nothing is wrong."""

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Demo:
    """Make certified failures on three tasks, run verifiers against fresh ones, and write one HTML report.

    Ten perturbations on PickCube, StackBlocks and PutItemInDrawer: nominal, failed and corrected runs, each
    executed; then the loop on held-out seeds without verifier, with blind retry, gripper rules and oracle. Two to three
    minutes on two processors. It can be stopped and gone on with.
    """

    out: Path = Path("failgym-demo")
    """Folder for the report and what it is made of."""
    seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 6
    """Triplets, and held-out episodes, of each perturbation on each task."""
    clips: Annotated[int, tyro.conf.arg(metavar="N")] = 10
    """Clips in the gallery."""
    quick: bool = False
    """A first look in half a minute: 1 seed, 3 clips."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Processes; one for each processor unless given. Results do not depend on it."""

    def run(self) -> int:
        """Do what is not done yet, then write the page."""
        if not 1 <= self.seeds <= MOST_SEEDS:
            raise ConfigurationError("--seeds", self.seeds, f"1 to {MOST_SEEDS}")
        if self.clips < 0:
            raise ConfigurationError("--clips", self.clips, "0 or more")
        asked = replace(self, seeds=1, clips=min(self.clips, 3)) if self.quick else self
        folder = open_folder(self.out, {"command": "demo"}, {"seeds": asked.seeds, "clips": asked.clips})
        start = time.perf_counter()
        try:
            run = run_id()
            with Store(folder / f"results-{run}.jsonl") as store:
                _Run(asked, folder / f"clips-{run}", store).all(folder / "report.html")
        except KeyboardInterrupt:
            raise kept(folder) from None
        note(f"{time.perf_counter() - start:.0f} s in all")
        return 0


def run_id() -> str:
    """Return letters that change with everything that results depend on: packages, and FailGym's own source."""
    package = Path(__file__).parents[1]
    source = hashlib.blake2b(digest_size=8)
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package)
        if inner.parts[0] not in ("cli", "report"):
            source.update(str(inner).encode() + path.read_bytes())
    return names.digest([versions(("failgym", "mujoco", "numpy")), source.hexdigest()])[:8]


def pictures() -> dict[str, Any]:
    """Return the arguments of an environment whose pictures become clips."""
    from failgym.sim.render.backend import find_backend

    profile = "fast" if find_backend().name is None else "shadow"
    return {"cameras": ("front",), "image_size": (320, 240), "render_profile": profile}


class _Run:
    """One run of the demo over its store of results."""

    def __init__(self, asked: Demo, clips_folder: Path, store: Store) -> None:
        self.asked, self.clips_folder, self.store = asked, clips_folder, store
        self.env_ids = names.env_ids(TASKS)
        self.catalogue = FAILURES

    def all(self, page: Path) -> None:
        """Do every stage in turn; the last one writes the page."""
        certificates = self.triplets()
        replays = self.replays(certificates)
        results = self.loop()
        samples = self.clips(certificates)
        self.finish(page, certificates, replays, results, samples)

    def triplets(self) -> list[Certificate]:
        """Make triplets; return the certificates of all attempts."""
        wanted = [(env_id, seed) for seed in range(self.asked.seeds) for env_id in self.env_ids]
        jobs = [
            demo_jobs.TripletJob(env_id, seed, todo)
            for env_id, seed in wanted
            if (todo := tuple(name for name in self.catalogue if f"triplet/{env_id}/{name}/{seed}" not in self.store))
        ]
        total = len(wanted) * len(self.catalogue)
        left = sum(len(job.names) for job in jobs)

        def keep(made: list[dict[str, Any]]) -> int:
            for body in made:
                self.store.add(f"triplet/{body['env_id']}/{body['perturbation']['name']}/{body['seed']}", body)
            return len(made)

        self._work("certified triplets", "triplet", demo_jobs.triplets, jobs, keep, total, left)
        keys = [f"triplet/{env_id}/{name}/{seed}" for env_id, seed in wanted for name in self.catalogue]
        return [Certificate.from_json(self.store[key]) for key in keys]

    def replays(self, certificates: Sequence[Certificate]) -> list[bool]:
        """Execute the certificates of the first seed again; return which agree."""
        chosen = {_key("replay", one): one.to_json() for one in certificates if one.seed == 0}
        jobs = [_Keyed(demo_jobs.replayed, key, body) for key, body in chosen.items() if key not in self.store]
        self._work("replays", "certificate", _call, jobs, self._keep_keyed, len(chosen))
        return [self.store[key] for key in chosen]

    def loop(self) -> "list[ArmResult]":
        """Run the loop on held-out seeds in every arm."""
        from failgym.report import ArmResult

        every = (*arms.usual(("gripper-rules", "oracle"), "replan"), *WATCHED)
        chosen = {}
        for number in range(self.asked.seeds):
            for index, name in enumerate(self.catalogue):
                # Each perturbation has seeds of its own, so that no nominal episode is counted twice.
                seed = HELD_OUT + MOST_SEEDS * index + number
                for env_id in self.env_ids:
                    spec = {"name": name}
                    job = arms.Job(env_id, spec, seed, every, (("control_mode", "keypose"),))
                    chosen[f"arms/{env_id}/{name}/{seed}"] = job
        jobs = [_Keyed(_arms, key, job) for key, job in chosen.items() if key not in self.store]
        self._work("loop", "seed", _call, jobs, self._keep_keyed, len(chosen))
        return [ArmResult(**body) for key in chosen for body in self.store[key]]

    def clips(self, certificates: Sequence[Certificate]) -> list[Path]:
        """Make the triplets of the gallery, with pictures; return their folders."""
        from failgym.episodes.files import CERTIFICATE

        chosen = demo_jobs.choose(certificates, self.asked.clips)
        kwargs = tuple(pictures().items())
        jobs = [
            demo_jobs.ClipJob(
                str(self.clips_folder / f"{names.short(one.env_id)}_{one.perturbation['name']}_{one.seed}"),
                one.env_id,
                str(one.perturbation["name"]),
                one.seed,
                kwargs,
            )
            for one in chosen
        ]
        left = [job for job in jobs if not Path(job.folder, CERTIFICATE).is_file()]
        if left:
            probe_renderer("auto")
        # The longest task first: a last long job would leave the other processes idle.
        left.sort(key=lambda job: -self.env_ids.index(job.env_id))
        self._work("clips", "clip", demo_jobs.clip, left, lambda _: 1, len(jobs))
        return [Path(job.folder) for job in jobs]

    def finish(
        self,
        page: Path,
        certificates: list[Certificate],
        replays: list[bool],
        results: "list[ArmResult]",
        samples: list[Path],
    ) -> None:
        """Write the page, and say what is in it."""
        from failgym.episodes.files import load_triplet
        from failgym.metrics import Rate
        from failgym.report import ReportData, Sample, write_report

        shown = [Sample(load_triplet(folder)) for folder in samples]
        title = "Robot manipulation that fails on purpose"
        created = {"command": self._command(), "seeds of triplets": f"0 to {self.asked.seeds - 1}"}
        created |= {"seeds of the loop": f"from {HELD_OUT}", "made": time.strftime("%Y-%m-%d")} | versions()
        data = ReportData(title, created, certificates, results, shown, Rate.of(replays))
        write_report(data, page)
        groups = grouped(certificates, lambda one: (str(one.perturbation["name"]),))
        say(status_table(("triplets",), groups) + "\n")
        say(table(arms.HEAD, arms.table_rows(results)) + "\n")
        holding, same = sum(one.holds for one in certificates), sum(replays)
        say(f"{holding} certified triplets of {len(certificates)} attempts")
        say(f"{same} of {len(replays)} replays bit-identical")
        say(f"report: {page.resolve()} ({page.stat().st_size / 1e6:.1f} MB); open it in a browser")

    def _command(self) -> str:
        usual = Demo()
        changed = [
            f" --{name} {getattr(self.asked, name)}"
            for name in ("seeds", "clips")
            if getattr(self.asked, name) != getattr(usual, name)
        ]
        return "failgym demo" + "".join(changed)

    def _keep_keyed(self, found: tuple[str, Any]) -> int:
        self.store.add(*found)
        return 1

    def _work(
        self,
        what: str,
        unit: str,
        function: Callable[[Job], Result],
        jobs: Sequence[Job],
        keep: Callable[[Result], int],
        total: int,
        left: int | None = None,
    ) -> None:
        """Run jobs and keep each result as it comes, with a bar that begins at what was there."""
        todo = len(jobs) if left is None else left
        if todo < total:
            note(f"{what}: {total - todo} of {total} are there already")
        if not jobs:
            return
        with progress(what, todo, unit) as bar, closing(mapped(function, jobs, self.asked.workers)) as results:
            for result in results:
                bar.update(keep(result))


@dataclass(frozen=True)
class _Keyed:
    """A job whose result is kept under a key."""

    function: Callable[[Any], Any]
    key: str
    subject: Any


def _call(job: _Keyed) -> tuple[str, Any]:
    return job.key, job.function(job.subject)


def _arms(job: arms.Job) -> list[dict[str, Any]]:
    unpaired = {arm.name for arm in WATCHED}
    found = arms.run(job)
    return [asdict(replace(one, perturbation="") if one.arm in unpaired else one) for one in found]


def _key(stage: str, certificate: Certificate) -> str:
    return f"{stage}/{certificate.env_id}/{certificate.perturbation['name']}/{certificate.seed}"
