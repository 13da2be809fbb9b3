"""Executes certificates again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from failgym.episodes import Certificate, Status, Triplet
from failgym.errors import CertificateError, ConfigurationError, UnknownNameError
from failgym.generate.generator import Generator


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


def replay(certificate: Certificate) -> Replay:
    """Execute a certificate again from its seed and receipt.

    Returns:
        On the same versions of failgym, mujoco and numpy, whether every digest agrees; on others, whether every outcome
        does.

    Raises:
        CertificateError: it names an environment, perturbation or argument that does not exist here.
    """
    try:
        with Generator(certificate.env_id, mount=certificate.mount, **certificate.env_kwargs) as generator:
            again = generator.triplet(certificate.perturbation, certificate.seed, certificate.injection).certificate
    except (UnknownNameError, ConfigurationError) as error:
        raise CertificateError(f"cannot be executed here: {error}") from error
    bitwise = certificate.replay == "bit" and certificate.versions == again.versions
    names = ["status", "nominal_success", "injected_success", "avoid_success", "recover_success", "signature", "onset"]
    differences = [
        f"{name}: {getattr(certificate, name)} before, {getattr(again, name)} now"
        for name in names
        if getattr(certificate, name) != getattr(again, name)
    ]
    if bitwise:
        for run in sorted(certificate.digests.keys() | again.digests.keys()):
            if certificate.digests.get(run) != again.digests.get(run):
                differences.append(
                    f"digest of {run}: {certificate.digests.get(run)} before, {again.digests.get(run)} now"
                )
    return Replay(not differences, bitwise, tuple(differences), again)


def tally(triplets: Iterator[Triplet] | Sequence[Triplet]) -> dict[str, int]:
    """Count how triplets ended, every status listed."""
    counts = {str(status): 0 for status in Status}
    for made in triplets:
        counts[str(made.certificate.status)] += 1
    return counts
