"""`failgym replay`: execute certificates again."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import tyro

from failgym.cli.console import note, progress, say
from failgym.cli.workers import mapped
from failgym.episodes.files import CERTIFICATE, load_certificate
from failgym.errors import CertificateError, ConfigurationError, FailGymError

MISMATCH, UNREADABLE = 1, 2


@dataclass(frozen=True)
class Replay:
    """Execute certificates again and say whether everything repeats, bit for bit.

    Exit code 0: all agree; 1: some do not; 2: some cannot be read or executed here.
    """

    paths: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Files with a certificate, or folders in which to look for them."""
    limit: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """At most so many, spread evenly over what was found."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Processes; one for each processor unless given."""

    def run(self) -> int:
        """Replay each and report."""
        files = [file for path in self.paths for file in found(path)]
        if self.limit is not None and self.limit < 1:
            raise ConfigurationError("--limit", self.limit, "1 or more")
        if self.limit is not None and self.limit < len(files):
            files = [files[index * len(files) // self.limit] for index in range(self.limit)]
        reports: list[Report] = []
        with progress("replays", len(files), "certificate") as bar, closing(mapped(check, files, self.workers)) as done:
            for report in done:
                reports.append(report)
                bar.update()
        for report in sorted(reports, key=lambda report: report.path):
            report.print(alone=len(reports) == 1)
        return _summarise(reports)


class Report(NamedTuple):
    """What came of one certificate."""

    path: str
    status: str = ""
    matches: bool = False
    bitwise: bool = False
    differences: tuple[str, ...] = ()
    error: str = ""
    why_not_bitwise: str = ""

    def print(self, *, alone: bool) -> None:
        """Say what does not agree; of what does agree, only where there is nothing else to say."""
        if self.error:
            note(f"failgym: {self.error}")
        elif not self.matches:
            say(f"{self.path}: differs")
            for difference in self.differences:
                say(f"    {difference}")
            if self.why_not_bitwise:
                say(f"    made otherwise: {self.why_not_bitwise}")
        elif alone:
            how = "bit-identical" if self.bitwise else f"the same outcomes (bits not compared: {self.why_not_bitwise})"
            say(f"{self.path}: {how}, {self.status}")


def check(path: Path) -> Report:
    """Execute one certificate again."""
    from failgym.generate import replay

    try:
        certificate = load_certificate(path)
        again = replay(certificate)
    except FailGymError as error:
        text = str(error)
        return Report(str(path), error=text if str(path) in text else f"{path}: {text}")
    why_not = "; ".join(again.other_versions) or ("" if again.bitwise else "this simulator repeats outcomes only")
    status = str(certificate.status)
    return Report(str(path), status, again.matches, again.bitwise, again.differences, why_not_bitwise=why_not)


def found(path: Path) -> list[Path]:
    """Return the certificates at a path, sorted.

    Raises:
        CertificateError: there is none.
    """
    if path.is_file():
        return [path]
    files = sorted({*path.rglob(CERTIFICATE), *path.rglob("rejected/*/*/*.json")})
    if not files:
        what = "holds no certificate" if path.is_dir() else "does not exist"
        raise CertificateError(f"{path} {what}. Give a {CERTIFICATE}, or a folder that `failgym generate` made")
    return files


def _summarise(reports: list[Report]) -> int:
    same = sum(report.matches for report in reports)
    bitwise = sum(report.matches and report.bitwise for report in reports)
    broken = sum(bool(report.error) for report in reports)
    if len(reports) > 1:
        say(
            f"{bitwise} of {len(reports)} bit-identical"
            + (f", {same - bitwise} the same outcomes" if same > bitwise else "")
        )
    if any(report.bitwise and not report.matches for report in reports):
        note(
            "The versions are the same, so the bits should be: unless FailGym's own source was changed, this is a bug."
        )
    if broken:
        return UNREADABLE
    return 0 if same == len(reports) else MISMATCH
