"""The numbers of a report, before anybody draws them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from failgym.episodes import Certificate, Status
from failgym.labels import FailureMode
from failgym.metrics import Rate, mcnemar
from failgym.report.data import ARMS, BASELINE, BEST, ArmResult

EXECUTED = (Status.CERTIFIED, Status.UNCORRECTED, Status.OTHER_CAUSE, Status.SURVIVED, Status.NO_EFFECT)
"""How an attempt can end whose injected run took place."""
NONE = "\u2013"
"""What stands where there is no number."""


@dataclass(frozen=True)
class Group:
    """Certificates of one kind."""

    name: str
    certificates: tuple[Certificate, ...]

    @property
    def counts(self) -> dict[Status, int]:
        """How they ended, every status listed."""
        found = Counter(certificate.status for certificate in self.certificates)
        return {status: found[status] for status in Status}

    @property
    def holding(self) -> Rate:
        """Certificates that are a proof, of all attempts."""
        return Rate.of(certificate.holds for certificate in self.certificates)

    @property
    def as_labelled(self) -> Rate:
        """Injected runs that failed in the labelled way, of all that were executed."""
        return Rate.of(certificate.signature for certificate in self.certificates if certificate.status in EXECUTED)

    @property
    def avoided(self) -> Rate:
        """Runs saved by the fix at the keyframe."""
        return Rate.of(bool(c.avoid_success) for c in self.certificates if c.avoid_success is not None)

    @property
    def recovered(self) -> Rate:
        """Runs repaired from the failed end state."""
        return Rate.of(bool(c.recover_success) for c in self.certificates if c.recover_success is not None)


class Paired(NamedTuple):
    """Two arms on the same episodes."""

    pairs: int
    only_best: int
    only_baseline: int
    p: float


def mode_of(certificate: Certificate) -> str:
    """Return the registered name of the perturbation."""
    return str(certificate.perturbation.get("name", "unnamed"))


def kind_of(certificate: Certificate) -> str:
    """Return the registered name of the perturbation, with the severity where its magnitude was placed."""
    name = mode_of(certificate)
    return name if certificate.severity is None else f"{name}, {certificate.severity}"


def task_of(env_id: str) -> str:
    """Return an environment id without namespace and version."""
    return env_id.rpartition("/")[2].rpartition("-v")[0] or env_id


def words(name: str) -> str:
    """Return a registered name as people read it."""
    return name.replace("_", " ")


def modes(names: Iterable[str]) -> list[str]:
    """Return names once each, in the order of the taxonomy; others after them, by alphabet; severities last."""
    order = {str(mode): index for index, mode in enumerate(FailureMode)}
    return sorted(set(names), key=lambda name: (order.get(name.partition(",")[0], len(order)), name))


def by_mode(certificates: Iterable[Certificate]) -> list[Group]:
    """Return one group for each perturbation, and for each severity at which its magnitude was placed."""
    return _grouped(certificates, kind_of, modes)


def by_task(certificates: Iterable[Certificate]) -> list[Group]:
    """Return one group for each task."""
    return _grouped(certificates, lambda certificate: task_of(certificate.env_id), lambda names: sorted(set(names)))


def arm_names(results: Iterable[ArmResult]) -> list[str]:
    """Return the arms that took part, the usual ones first."""
    found = dict.fromkeys(result.arm for result in results)
    return [arm for arm in ARMS if arm in found] + [arm for arm in found if arm not in ARMS]


def success(results: Iterable[ArmResult], arm: str, perturbation: str | None = None) -> Rate:
    """Return how often an arm succeeded, overall or under one perturbation."""
    return Rate.of(r.success for r in results if r.arm == arm and perturbation in (None, r.perturbation))


def paired(results: Iterable[ArmResult], best: str = BEST, baseline: str = BASELINE) -> Paired | None:
    """Compare two arms on the episodes that both ran; None if there is none."""
    runs: dict[str, dict[tuple[str, str, int], bool]] = {best: {}, baseline: {}}
    for result in results:
        if result.arm in runs:
            runs[result.arm][result.env_id, result.perturbation, result.seed] = result.success
    shared = runs[best].keys() & runs[baseline].keys()
    if not shared:
        return None
    only_best = sum(runs[best][key] and not runs[baseline][key] for key in shared)
    only_baseline = sum(runs[baseline][key] and not runs[best][key] for key in shared)
    return Paired(len(shared), only_best, only_baseline, mcnemar(only_best, only_baseline))


def percent(rate: Rate, digits: int = 0) -> str:
    """Return a rate in percent, rounded so that only what is all or nothing reads 100 or 0."""
    if not rate.trials:
        return NONE
    shown = f"{100 * rate.value:.{digits}f}"
    if rate.successes < rate.trials and float(shown) == 100 and digits < 3:
        return percent(rate, digits + 1)
    if rate.successes and float(shown) == 0 and digits < 3:
        return percent(rate, digits + 1)
    return f"{shown}%"


def range_text(rate: Rate) -> str:
    """Return the 95 % interval in percent."""
    if not rate.trials:
        return NONE
    low, high = rate.interval
    return f"{100 * low:.0f}\u2013{100 * high:.0f}%"


def _grouped(
    certificates: Iterable[Certificate],
    key: Callable[[Certificate], str],
    order: Callable[[Iterable[str]], Sequence[str]],
) -> list[Group]:
    members: dict[str, list[Certificate]] = {}
    for certificate in certificates:
        members.setdefault(key(certificate), []).append(certificate)
    return [Group(name, tuple(members[name])) for name in order(members)]
