"""Do certificates replay bit for bit, after a trip through JSON and in an environment of their own?

Certificates of random tasks, perturbations, mounts and seeds are replayed here, and in a process whose NumPy is told to
compute as on an older processor: what is proved on one machine must hold on the next.

Run `python benchmarks/bench_replay.py --certificates 30`; with `--check` it fails when a goal is missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

import common
import numpy as np

from failgym.episodes import Certificate
from failgym.generate import MOUNTS, Generator, replay
from failgym.metrics.statistics import Rate
from failgym.perturbations import CATALOGUE

OLDER = {"OPENBLAS_CORETYPE": "Haswell"}
"""Linear algebra without AVX-512."""


def make(count: int, seed: int) -> list[Certificate]:
    """Make certificates of random kinds, whatever their status, as JSON gives them back."""
    rng = np.random.default_rng(seed)
    generators: dict[tuple[str, str], Generator] = {}
    found: list[Certificate] = []
    while len(found) < count:
        task, mount, name = (str(rng.choice(options)) for options in (common.TASKS, MOUNTS, CATALOGUE))
        if (task, mount) not in generators:
            generators[task, mount] = Generator(f"FailGym/{task}-v0", mount=mount)
        certificate = generators[task, mount].triplet(name, int(rng.integers(10**6))).certificate
        if certificate.injection is not None:
            found.append(Certificate.from_json(json.loads(json.dumps(certificate.to_json()))))
            common.progress(f"made {len(found)} of {count}")
    for generator in generators.values():
        generator.env.close()
    return found


def differences(certificates: Sequence[Certificate]) -> list[str]:
    """Replay each; say what differs, nothing where every bit agrees."""
    found = []
    for number, certificate in enumerate(certificates):
        common.progress(f"replayed {number} of {len(certificates)}")
        again = replay(certificate)
        found.append("; ".join(again.differences) or ("" if again.bitwise else "was not compared bit for bit"))
    return found


def differences_elsewhere(certificates: Sequence[Certificate]) -> list[str]:
    """Replay all in a process that computes as on an older processor."""
    done = subprocess.run(
        [sys.executable, __file__, "--stdin"],
        input=json.dumps([certificate.to_json() for certificate in certificates]),
        env=os.environ | OLDER,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificates", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="which certificates")
    parser.add_argument("--stdin", action="store_true", help="only replay certificates given as JSON, and print JSON")


def _kind(certificate: Certificate) -> str:
    name = certificate.perturbation["name"]
    return f"{certificate.env_id} {certificate.mount} {name} {certificate.seed}"


def main() -> int:
    """Print the table."""
    args = common.arguments(_options, __doc__)
    if args.stdin:
        print(json.dumps(differences([Certificate.from_json(entry) for entry in json.load(sys.stdin)])))
        return 0
    common.head()
    certificates = make(args.certificates, args.seed)
    print("\n" + ", ".join(f"{n} {status}" for status, n in Counter(str(c.status) for c in certificates).most_common()))
    start = time.process_time()
    outcomes = {"replayed bit for bit": differences(certificates)}
    ms = 1e3 * (time.process_time() - start) / len(certificates)
    if platform.machine() == "x86_64":
        outcomes["as on an older processor"] = differences_elsewhere(certificates)
    figures = []
    for name, found in outcomes.items():
        misses = [(_kind(one), how.split(";")[0]) for one, how in zip(certificates, found, strict=True) if how]
        if misses:
            print(f"\n{name}, not so")
            common.table(("certificate", "how"), misses[:5])
        rate = Rate.of(not how for how in found)
        figures.append(common.Figure(name, 100 * rate.value, 100.0, True, "%", str(rate)))
    figures.append(common.Figure("replay of one certificate", ms, unit="ms"))
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
