"""Executes certificates again."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from failgym.episodes import Certificate, Status, Triplet
from failgym.errors import CertificateError, ConfigurationError, UnknownNameError
from failgym.generate.boundary import graded
from failgym.generate.generator import Generator

DIGEST = "digest of"
"""What the difference of a state sequence begins with."""


@dataclass(frozen=True)
class Replay:
    """What came of executing a certificate again."""

    matches: bool
    """Same digests (same versions), or same outcomes (other versions)."""
    bitwise: bool
    """Whether digests were compared."""
    differences: tuple[str, ...]
    certificate: Certificate
    """The new one."""
    other_versions: tuple[str, ...] = ()
    """What was another version when the certificate was made."""

    @property
    def same_outcomes(self) -> bool:
        """Whether at most digests differ."""
        return all(difference.startswith(DIGEST) for difference in self.differences)


def replay(certificate: Certificate, generator: Generator | None = None) -> Replay:
    """Execute a certificate again from its seed and receipt.

    Args:
        certificate: What is to be checked.
        generator: Executes it, if it is of the same environment, mount and arguments: those of one seed then share
            their nominal run. Built and closed again unless given.

    Returns:
        On the same versions of all that the certificate names, whether every digest agrees; on others, whether every
        outcome does.

    Raises:
        CertificateError: it names an environment, perturbation or argument that does not exist here.
        ConfigurationError: the generator is of another environment, mount or arguments.
    """
    wanted = (certificate.env_id, certificate.mount, certificate.env_kwargs)
    if generator is not None and (given := (generator.env_id, generator.mount, generator.env_kwargs)) != wanted:
        raise ConfigurationError("generator", given, f"one of {wanted}")
    try:
        with nullcontext(generator) if generator else _generator(certificate) as executes:
            again = _again(executes, certificate)
    except (UnknownNameError, ConfigurationError) as error:
        raise CertificateError(f"cannot be executed here: {error}") from error
    bitwise = certificate.replay == "bit" and certificate.versions == again.versions
    names = ["status", "nominal_success", "injected_success", "avoid_success", "recover_success", "signature"]
    if certificate.replay == "bit":
        # Where a planner is never seeded, the same failure shows a few steps earlier or later.
        names.append("onset")
    differences = [
        f"{name}: {getattr(certificate, name)} before, {getattr(again, name)} now"
        for name in names
        if getattr(certificate, name) != getattr(again, name)
    ]
    if bitwise:
        for run in sorted(certificate.digests.keys() | again.digests.keys()):
            if certificate.digests.get(run) != again.digests.get(run):
                differences.append(
                    f"{DIGEST} {run}: {certificate.digests.get(run)} before, {again.digests.get(run)} now"
                )
    return Replay(not differences, bitwise, tuple(differences), again, _other_versions(certificate, again))


def _other_versions(certificate: Certificate, again: Certificate) -> tuple[str, ...]:
    before, now = certificate.versions, again.versions
    return tuple(
        f"{name} {before.get(name, 'unknown')} before, {now.get(name, 'none')} now"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    )


def _generator(certificate: Certificate) -> Generator:
    return Generator(certificate.env_id, mount=certificate.mount, **certificate.env_kwargs)


def _again(generator: Generator, certificate: Certificate) -> Certificate:
    recipe, seed, receipt = certificate.perturbation, certificate.seed, certificate.injection
    if certificate.severity is not None and (receipt is None or receipt.severity is None):
        # Its magnitude could not be placed.
        return graded(generator, recipe, seed, (certificate.severity,))[0].certificate
    return generator.triplet(recipe, seed, receipt).certificate


def tally(triplets: Iterator[Triplet] | Sequence[Triplet]) -> dict[str, int]:
    """Count how triplets ended, every status listed."""
    counts = {str(status): 0 for status in Status}
    for made in triplets:
        counts[str(made.certificate.status)] += 1
    return counts
