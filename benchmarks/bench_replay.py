"""Do certificates replay bit for bit, after a trip through JSON and in an environment of their own?

Run `python benchmarks/bench_replay.py --certificates 30`; with `--check` it fails when a goal is missed.
"""

import argparse
import json
import sys
import time
from collections import Counter

import common
import numpy as np

from failgym.episodes import Certificate
from failgym.generate import MOUNTS, Generator, replay
from failgym.metrics.statistics import Rate
from failgym.perturbations import CATALOGUE, PERTURBATIONS, PlanPerturbation


def make(count: int, seed: int) -> list[Certificate]:
    """Make certificates of random tasks, perturbations, mounts and seeds, whatever their status, as JSON gives them back."""
    rng = np.random.default_rng(seed)
    generators = {
        (task, mount): Generator(f"FailGym/{task}-v0", mount=mount) for task in common.TASKS for mount in MOUNTS
    }
    found = []
    while len(found) < count:
        task, mount, name = (str(rng.choice(options)) for options in (common.TASKS, MOUNTS, CATALOGUE))
        if mount == "twin" and issubclass(PERTURBATIONS.get(name), PlanPerturbation):
            continue  # another plan cannot be replayed open loop
        certificate = generators[task, mount].triplet(name, int(rng.integers(10**6))).certificate
        if certificate.injection is not None:
            found.append(Certificate.from_json(json.loads(json.dumps(certificate.to_json()))))
            common.progress(f"made {len(found)} of {count}")
    for generator in generators.values():
        generator.env.close()
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificates", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)


def main() -> int:
    """Print the table."""
    args = common.arguments(_options, __doc__)
    common.head()
    certificates = make(args.certificates, args.seed)
    same, costs, misses = [], [], []
    for number, certificate in enumerate(certificates):
        common.progress(f"replayed {number} of {len(certificates)}")
        start = time.process_time()
        found = replay(certificate)
        costs.append(time.process_time() - start)
        same.append(found.matches and found.bitwise and found.certificate.digests == certificate.digests)
        if not same[-1]:
            name = certificate.perturbation["name"]
            misses.append(
                (certificate.env_id, certificate.mount, name, str(certificate.seed), "; ".join(found.differences))
            )
    print("\n" + ", ".join(f"{n} {status}" for status, n in Counter(str(c.status) for c in certificates).most_common()))
    if misses:
        common.table(("differs", "mount", "perturbation", "seed", "how"), misses)
    rate = Rate.of(same)
    note = f"{rate}; {1e3 * common.median(costs):.0f} CPU ms each"
    return common.report([common.Figure("replayed bit for bit", 100 * rate.value, 100.0, True, "%", note)], args.check)


if __name__ == "__main__":
    sys.exit(main())
