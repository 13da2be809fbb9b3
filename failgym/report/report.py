"""Write the page."""

from importlib.resources import files
from pathlib import Path
from string import Template

from failgym.report import sections
from failgym.report.data import ReportData
from failgym.report.gallery import gallery
from failgym.report.markup import Html, join, tag


def write_report(data: ReportData, path: str | Path, *, camera: str = "front") -> Path:
    """Write one HTML file that needs nothing but a browser: no request leaves it, clips and all are inside.

    Args:
        data: What to show; parts that are empty are left out.
        path: File to write; its folder is made if need be.
        camera: Name of the camera whose frames become clips.

    Returns:
        The path of the file.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(data, camera=camera), encoding="utf-8")
    return target


def page(data: ReportData, *, camera: str = "front") -> str:
    """Return the page as text; see `write_report`."""
    parts = (
        gallery(data.samples, camera),
        sections.outcomes(data.triplets),
        sections.arms(data.arms),
        sections.audit(data.triplets),
        sections.reproduce(data),
    )
    body = tag("main", [part for part in parts if part is not None])
    return document(data.title, sections.headline(data), body, scripts=("page.js",))


def document(title: str, head: Html, body: Html, *, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = ()) -> str:
    """Return a whole page in the look of all pages.

    Args:
        title: Of the window.
        head: What stands on top.
        body: Everything else.
        styles: Files of this package with what is special to this page.
        scripts: Files of this package that it runs.
    """
    return Template(_part("page.html")).substitute(
        title=join([title]),
        style="\n".join(_part(name) for name in ("page.css", *styles)),
        script="\n".join(_part(name) for name in scripts),
        head=head,
        body=body,
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
