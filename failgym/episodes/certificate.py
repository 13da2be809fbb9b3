"""The proof of a triplet."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from failgym.episodes.episode import Episode
from failgym.episodes.injection import Injection, Severity
from failgym.errors import CertificateError
from failgym.labels import FailureMode, Fix, Stage

FORMAT = 1


class Status(StrEnum):
    """How an attempt to make a triplet ended; only `certified` is ever exported under a label."""

    CERTIFIED = "certified"
    NO_EFFECT = "no_effect"  # the injection changed nothing
    SURVIVED = "survived"  # it changed something, and the task still succeeded
    OTHER_CAUSE = "other_cause"  # it failed, but not for the labelled reason
    UNCORRECTED = "uncorrected"  # it failed as labelled, but the fix did not save it
    NOMINAL_FAILED = "nominal_failed"  # the unperturbed run failed
    NOT_APPLICABLE = "not_applicable"  # the perturbation has nothing to act on in this episode


@dataclass(frozen=True)
class Certificate:
    """Who may be believed: outcomes, cause, and what is needed to run everything again."""

    env_id: str
    env_kwargs: dict[str, Any]
    seed: int
    perturbation: dict[str, Any]
    """JSON spec."""
    mount: str
    status: Status
    versions: dict[str, str]
    """Of failgym, mujoco, numpy, and what the backend adds: replay is bit-identical on the same ones."""
    reason: str = ""
    """Why it is not certified, or how the signature was recognised."""
    injection: Injection | None = None
    nominal_success: bool = False
    injected_success: bool | None = None
    avoid_success: bool | None = None
    """The fix applied at the keyframe."""
    recover_success: bool | None = None
    """Repair from the failed end state."""
    signature: bool = False
    """It failed in the labelled way."""
    failure: FailureMode | None = None
    """What was to go wrong; None for a near miss, which bears no label of a failure."""
    onset: int | None = None
    stage: Stage | None = None
    keyframe: int | None = None
    """Control step at which the fix takes over."""
    fix: Fix | None = None
    digests: dict[str, str] = field(default_factory=dict)
    """BLAKE2b of the state sequence of each run: nominal, injected, avoid, recover."""
    replay: str = "bit"
    """`bit`: digests must agree; `outcome`: this backend repeats outcomes only."""
    severity: Severity | None = None
    """Where its magnitude was to be placed; None: as drawn. The receipt says where the boundary was found."""
    format: int = FORMAT

    @property
    def holds(self) -> bool:
        """Nominal success, injected failure for the labelled reason, corrected success."""
        return (
            self.status is Status.CERTIFIED
            and self.nominal_success
            and self.injected_success is False
            and self.signature
            and self.avoid_success is True
        )

    @property
    def near_miss(self) -> bool:
        """Injected just below the boundary, and the task succeeded all the same: a success, and exported as one."""
        return self.severity is Severity.NEAR_MISS and self.status is Status.SURVIVED

    @property
    def recoverable(self) -> bool:
        """Whether repair from the failed end state succeeded as well."""
        return bool(self.recover_success)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON with a checksum."""
        body = asdict(self)
        body["status"] = str(self.status)
        body["injection"] = self.injection.to_json() if self.injection else None
        body["fix"] = self.fix.to_json() if self.fix else None
        body["failure"] = str(self.failure) if self.failure else None
        body["stage"] = str(self.stage) if self.stage else None
        body["severity"] = str(self.severity) if self.severity else None
        return body | {"checksum": _checksum(body)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Inverse of `to_json`.

        Raises:
            CertificateError: it was altered, is incomplete, or has another format.
        """
        body = {key: value for key, value in data.items() if key != "checksum"}
        if body.get("format") != FORMAT:
            raise CertificateError(f"certificate format {body.get('format')!r}, this version of FailGym reads {FORMAT}")
        if data.get("checksum") != _checksum(body):
            raise CertificateError(
                f"checksum {data.get('checksum')!r} does not fit the content: the certificate was altered or cut"
            )
        try:
            body["status"] = Status(body["status"])
            body["injection"] = Injection.from_json(body["injection"]) if body["injection"] else None
            body["fix"] = Fix.from_json(body["fix"]) if body["fix"] else None
            body["failure"] = FailureMode(body["failure"]) if body["failure"] else None
            body["stage"] = Stage(body["stage"]) if body["stage"] else None
            body["severity"] = Severity(body["severity"]) if body.get("severity") else None
            return cls(**body)
        except (KeyError, TypeError, ValueError) as error:
            raise CertificateError(f"not a certificate: {error}") from error


def _checksum(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass
class Triplet:
    """Nominal, failed and corrected run from one exact snapshot."""

    certificate: Certificate
    nominal: Episode | None = None
    injected: Episode | None = None
    avoid: Episode | None = None
    recover: Episode | None = None

    @property
    def episodes(self) -> dict[str, Episode]:
        """The runs that took place, by name."""
        runs = {"nominal": self.nominal, "injected": self.injected, "avoid": self.avoid, "recover": self.recover}
        return {name: run for name, run in runs.items() if run is not None}
