"""`failgym rollout`: the loop on fresh episodes, one arm beside the other."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from failgym.cli import names
from failgym.cli.arms import HEAD, Arm, Job, run, table_rows, usual
from failgym.cli.console import kept, progress, say, table
from failgym.cli.folders import open_folder
from failgym.cli.workers import mapped

if TYPE_CHECKING:
    from failgym.report import ArmResult


@dataclass(frozen=True)
class Rollout:
    """Run the loop under injected failures, and print success by arm with 95 % Wilson intervals.

    The same seeds and injections are run in each arm: nominal, where nothing is injected; no verifier; blind retry,
    which always runs the whole plan twice; and one for each verifier.
    """

    env: tuple[str, ...] = ()
    """Environments, such as PickCube StackBlocks; `failgym envs` lists them."""
    split: str | None = None
    """Instead of environments: the tasks, variants and seeds of a split; `failgym splits` lists them."""
    perturbations: tuple[str, ...] = (names.ALL,)
    """Names, sets of a paper, JSON specs, or all."""
    verifier: tuple[str, ...] = ("gripper-rules",)
    """Verifiers, one arm each."""
    recovery: str = "replan"
    """What the arms with a verifier do after a verdict of failure: none, retry, replan."""
    seeds: str = "1000:1010"
    """A range without its end, or a list."""
    arms: tuple[str, ...] = (names.ALL,)
    """Arms to run, if not all: nominal, none, blind-retry, or a verifier of --verifier."""
    control_mode: Literal["keypose", "ee_delta"] = "keypose"
    """keypose: the injection alters what the controller is told. ee_delta: each step of a policy that fights back."""
    max_recoveries: int = 2
    """How often recovery may act in one episode."""
    by_perturbation: bool = False
    """Print one table for each perturbation as well."""
    out: Path | None = None
    """Folder to save the episodes in; what exists there is not run again."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Processes; one for each processor unless given."""

    def run(self) -> int:
        """Run every arm and print what came of it."""
        scenes, specs = names.scenes(self.env, self.split), names.specs(self.perturbations)
        env_ids, seeds = tuple(scenes), names.seeds(self.seeds, self.split)
        chosen = self._arms()
        folder = None
        if self.out is not None:
            content = {name: getattr(self, name) for name in ("recovery", "control_mode", "max_recoveries")}
            asked = {"env": env_ids, "split": self.split, "perturbations": specs, "seeds": self.seeds}
            scope = asked | {"arms": [arm.name for arm in chosen]}
            folder = str(open_folder(self.out, {"command": "rollout", **content}, scope))
        kwargs = {"control_mode": self.control_mode}
        jobs = [
            Job(env_id, spec, seed, chosen, tuple((kwargs | scenes[env_id]).items()), self.max_recoveries, folder)
            for seed in seeds
            for env_id in env_ids
            for spec in specs
        ]
        try:
            results = self._results(jobs, len(chosen))
        except KeyboardInterrupt:
            raise (KeyboardInterrupt if folder is None else kept(folder)) from None
        self._print(results, [arm.name for arm in chosen])
        return 0

    def _arms(self) -> tuple[Arm, ...]:
        from failgym.agents.recovery import build as build_recovery
        from failgym.errors import UnknownNameError
        from failgym.verifiers import build as build_verifier

        build_recovery(self.recovery)
        for verifier in self.verifier:
            build_verifier(verifier)
        every = {arm.name: arm for arm in usual(self.verifier, self.recovery)}
        spelled = {"none": "no verifier", "blind-retry": "blind retry"}
        if names.ALL in self.arms:
            return tuple(every.values())
        for name in self.arms:
            if spelled.get(name, name) not in every:
                raise UnknownNameError("arm", name, ("nominal", "none", "blind-retry", *self.verifier, names.ALL))
        return tuple(every[spelled.get(name, name)] for name in dict.fromkeys(self.arms))

    def _results(self, jobs: list[Job], number: int) -> "list[ArmResult]":
        results: list[ArmResult] = []
        with (
            progress("episodes", number * len(jobs), "episode") as bar,
            closing(mapped(run, jobs, self.workers)) as done,
        ):
            for found in done:
                results += found
                bar.update(len(found))
        return sorted(results, key=lambda result: (result.env_id, result.perturbation, result.seed))

    def _print(self, results: "list[ArmResult]", order: list[str]) -> None:
        results = sorted(results, key=lambda result: order.index(result.arm))
        if self.by_perturbation:
            for name in sorted({result.perturbation for result in results}):
                rows = table_rows([result for result in results if result.perturbation == name])
                say(f"{table((name, *HEAD[1:]), rows)}\n")
        say(table(HEAD, table_rows(results)))
        if self.out is not None:
            say(f"\nepisodes in {self.out}")
