"""Do certificates replay bit for bit, after a trip through JSON and in an environment of their own?

Certificates of random tasks, perturbations, mounts and seeds over the whole suite and catalogue, whatever their status,
are replayed in fresh environments: here, and in a process whose NumPy is told to compute as on an older processor:
what is proved on one machine must hold on the next. Those of one scene (task, mount, seed) share their nominal run and
are replayed in the opposite order: nothing may hang on what was executed before.

Run `python benchmarks/bench_replay.py` (500, about 5 minutes); with `--check` it fails when a goal is missed.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import common
import numpy as np

from failgym.episodes import Certificate
from failgym.generate import MOUNTS, Generator, replay
from failgym.metrics import Rate
from failgym.perturbations import CATALOGUE
from failgym.tasks import NATIVE

OLDER = {"OPENBLAS_CORETYPE": "Haswell"}
"""Linear algebra without AVX-512."""
MODES_PER_SCENE = 4
BITS, OUTCOMES, MISMATCH = "bit-identical", "same outcomes", "mismatch"
"""What can come of a replay."""


def make(count: int, seed: int) -> list[Certificate]:
    """Make certificates of random kinds, whatever their status, as JSON gives them back."""
    rng = np.random.default_rng(seed)
    found: list[Certificate] = []
    while len(found) < count:
        task, mount = str(rng.choice(list(NATIVE))), str(rng.choice(MOUNTS))
        episode, left = int(rng.integers(10**6)), min(MODES_PER_SCENE, count - len(found))
        with Generator(f"FailGym/{task}-v0", mount=mount) as generator:
            made = (generator.triplet(str(name), episode).certificate for name in rng.permutation(CATALOGUE))
            acting = itertools.islice((certificate for certificate in made if certificate.injection), left)
            found += [Certificate.from_json(json.loads(json.dumps(certificate.to_json()))) for certificate in acting]
        common.progress(f"made {len(found)} of {count}")
    return found


def scenes(certificates: Sequence[Certificate]) -> Iterator[list[Certificate]]:
    """Give the certificates of one scene after the other, each the last one first."""
    for _, some in itertools.groupby(certificates, key=lambda one: (one.env_id, one.mount, one.seed)):
        yield list(some)[::-1]


def replayed(certificates: Sequence[Certificate]) -> list[tuple[str, str]]:
    """Replay each; say what came of it, and the first difference."""
    found: list[tuple[str, str]] = []
    for scene in scenes(certificates):
        common.progress(f"replayed {len(found)} of {len(certificates)}")
        with Generator(scene[0].env_id, mount=scene[0].mount, **scene[0].env_kwargs) as generator:
            told = [replay(certificate, generator) for certificate in scene]
        for again in reversed(told):
            kind = BITS if again.matches and again.bitwise else OUTCOMES if again.same_outcomes else MISMATCH
            found.append((kind, next(iter(again.differences), "")))
    return found


def replayed_elsewhere(certificates: Sequence[Certificate]) -> list[tuple[str, str]]:
    """Replay all in a process that computes as on an older processor."""
    done = subprocess.run(
        [sys.executable, __file__, "--stdin"],
        input=json.dumps([certificate.to_json() for certificate in certificates]),
        env=os.environ | OLDER,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [(kind, difference) for kind, difference in json.loads(done.stdout)]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificates", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="which certificates")
    parser.add_argument("--stdin", action="store_true", help="only replay certificates given as JSON, and print JSON")


def _kind(certificate: Certificate) -> str:
    name = certificate.perturbation["name"]
    return f"{certificate.env_id} {certificate.mount} {name} {certificate.seed}"


def main() -> int:
    """Print the table."""
    args = common.arguments(_options, __doc__)
    if args.stdin:
        print(json.dumps(replayed([Certificate.from_json(entry) for entry in json.load(sys.stdin)])))
        return 0
    common.head()
    certificates = make(args.certificates, args.seed)
    tasks = {certificate.env_id for certificate in certificates}
    modes = {certificate.perturbation["name"] for certificate in certificates}
    print(f"\n{len(certificates)} certificates of {len(tasks)} tasks and {len(modes)} perturbations: ", end="")
    print(", ".join(f"{n} {status}" for status, n in Counter(str(c.status) for c in certificates).most_common()))
    start = time.process_time()
    outcomes = {"in a fresh environment": replayed(certificates)}
    ms = 1e3 * (time.process_time() - start) / len(certificates)
    if platform.machine() == "x86_64":
        outcomes["in a process as on an older processor"] = replayed_elsewhere(certificates)
    figures = []
    for name, found in outcomes.items():
        counts = Counter(kind for kind, _ in found)
        print(f"{name}: " + ", ".join(f"{counts[kind]} {kind}" for kind in (BITS, OUTCOMES, MISMATCH)))
        missed = [(_kind(one), *how) for one, how in zip(certificates, found, strict=True) if how[0] != BITS]
        if missed:
            common.table(("certificate", "replay", "difference"), missed[:20])
        rate = Rate.of(kind == BITS for kind, _ in found)
        figures.append(common.Figure(f"{BITS} {name}", 100 * rate.value, 100.0, True, "%", str(rate)))
    figures.append(common.Figure("replay of one certificate", ms, unit="ms"))
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
