"""What the workers of `failgym demo` do."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from failgym.episodes import Certificate

EVERY_STEPS = 2
"""Control steps from one picture of a clip to the next."""


class TripletJob(NamedTuple):
    """Attempts of one environment and one seed."""

    env_id: str
    seed: int
    names: tuple[str, ...]


class ClipJob(NamedTuple):
    """A triplet to be made again, with pictures."""

    folder: str
    env_id: str
    name: str
    seed: int
    env_kwargs: tuple[tuple[str, Any], ...]


def triplets(job: TripletJob) -> list[dict[str, Any]]:
    """Make triplets; return their certificates as JSON."""
    generator = _generator(job.env_id)
    return [generator.triplet(name, job.seed).certificate.to_json() for name in job.names]


def replayed(certificate: dict[str, Any]) -> bool:
    """Execute a certificate again; return whether everything agrees."""
    from failgym.generate import replay

    return replay(Certificate.from_json(certificate)).matches


def clip(job: ClipJob) -> str:
    """Make a triplet with pictures and save it; return its folder."""
    from failgym.episodes.files import save_triplet
    from failgym.generate import Recording, triplet

    recording = Recording(boundaries=False, every_steps=EVERY_STEPS)
    made = triplet(job.env_id, job.name, job.seed, recording=recording, **dict(job.env_kwargs))
    return str(save_triplet(made, Path(job.folder)))


def choose(certificates: Sequence[Certificate], number: int) -> list[Certificate]:
    """Return certificates to be shown: each perturbation as often as any other, the tasks in turn.

    Those come first that can also be repaired from the failed end state.
    """
    names = list(dict.fromkeys(str(certificate.perturbation["name"]) for certificate in certificates))
    env_ids = list(dict.fromkeys(certificate.env_id for certificate in certificates))
    good = sorted((c for c in certificates if c.holds), key=lambda c: (not c.recoverable, c.seed))
    chosen: list[Certificate] = []
    for turn in range(number):
        name = names[turn % len(names)]
        # A second round shows each perturbation in another task than the first.
        first = turn + turn // len(names)
        wanted = [env_ids[(first + offset) % len(env_ids)] for offset in range(len(env_ids))]
        left = [c for c in good if c.perturbation["name"] == name and c not in chosen]
        if left:
            chosen.append(min(left, key=lambda c: wanted.index(c.env_id)))
    return chosen


@functools.lru_cache(maxsize=1)
def _generator(env_id: str) -> Any:
    from failgym.generate import Generator

    return Generator(env_id)
