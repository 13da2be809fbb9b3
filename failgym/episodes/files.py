"""Episodes, triplets and certificates as plain files, each folder written whole or not at all."""

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from failgym.episodes.certificate import Certificate, Triplet
from failgym.episodes.episode import Episode, Frame, Judged, Outcome, Point, Span
from failgym.episodes.events import Event, EventKind
from failgym.episodes.injection import Injection
from failgym.errors import CertificateError, ConfigurationError
from failgym.labels import FailureMode, Stage, Verdict
from failgym.plans import Plan, Subtask

FORMAT = 1
EPISODE, ARRAYS, FRAMES, CERTIFICATE = "episode.json", "arrays.npz", "frames", "certificate.json"
RUNS = ("nominal", "injected", "avoid", "recover")
"""Folders of a triplet, one for each run that took place."""
PART = ".part-"
"""What the name of a folder or file begins with while it is being written."""


PNG = b"\x89PNG"
"""How a PNG file begins."""


def save(episode: Episode, folder: str | Path) -> Path:
    """Write one episode; an episode that lies there already is replaced.

    The folder holds `episode.json` (everything but what follows), `arrays.npz` and pictures `frames/<step>_<camera>`.

    Returns:
        The folder.

    Raises:
        ConfigurationError: the folder holds something else.
    """
    return written(Path(folder), EPISODE, lambda part: _write_episode(episode, part))


def load(folder: str | Path) -> Episode:
    """Inverse of `save`.

    Raises:
        ConfigurationError: no episode lies there, or it is incomplete.
    """
    path = Path(folder)
    try:
        return _read_episode(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        possible = f"one that `save` wrote ({type(error).__name__}: {error})"
        raise ConfigurationError("folder", str(path), possible) from error


def save_triplet(triplet: Triplet, folder: str | Path) -> Path:
    """Write one triplet; a triplet that lies there already is replaced.

    The folder holds `certificate.json`, and a folder as `save` writes it for each run that took place.

    Returns:
        The folder.

    Raises:
        ConfigurationError: the folder holds something else.
    """

    def write(part: Path) -> None:
        _dump(triplet.certificate.to_json(), part / CERTIFICATE)
        for name, episode in triplet.episodes.items():
            (part / name).mkdir()
            _write_episode(episode, part / name)

    return written(Path(folder), CERTIFICATE, write)


def load_triplet(folder: str | Path) -> Triplet:
    """Inverse of `save_triplet`.

    Raises:
        CertificateError: there is no certificate, or it was altered.
        ConfigurationError: a run is incomplete.
    """
    path = Path(folder)
    certificate = load_certificate(path / CERTIFICATE)
    return Triplet(certificate, **{name: load(path / name) for name in RUNS if (path / name).is_dir()})


def save_certificate(certificate: Certificate, path: str | Path) -> Path:
    """Write a certificate alone, as JSON."""
    return write_json(certificate.to_json(), path)


def load_certificate(path: str | Path) -> Certificate:
    """Inverse of `save_certificate`.

    Raises:
        CertificateError: no readable JSON lies there, or the certificate was altered.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CertificateError(f"cannot read {path}: {error}") from error
    if not isinstance(data, dict):
        raise CertificateError(f"{path} holds no certificate but a {type(data).__name__}")
    try:
        return Certificate.from_json(data)
    except CertificateError as error:
        raise CertificateError(f"{path}: {error}") from error


def write_json(data: Any, path: str | Path) -> Path:
    """Write JSON so that the file is there whole or not at all; missing folders are made."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=PART, dir=target.parent)
    os.close(descriptor)
    try:
        os.chmod(name, 0o666 & ~_umask())
        _dump(data, Path(name))
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def sweep(folder: str | Path) -> None:
    """Remove what interrupted writers left under a folder; call it only while nobody writes there."""
    for path in Path(folder).rglob(f"{PART}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


# -- writing ----------------------------------------------------------------------------------------------------------


def written(folder: Path, marker: str, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a folder beside the target, then give it the target's name.

    Args:
        folder: The target; what lies there is replaced if it is empty or has the marker.
        marker: Name of a file that every such folder has.
        write: Fills the folder that it is given.

    Raises:
        ConfigurationError: The target holds something else.
    """
    _check_free(folder, marker)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=PART, dir=folder.parent))
    try:
        part.chmod(0o777 & ~_umask())
        write(part)
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return folder


def _check_free(folder: Path, marker: str) -> None:
    if folder.exists() and not (folder.is_dir() and ((folder / marker).is_file() or not any(folder.iterdir()))):
        raise ConfigurationError("folder", str(folder), f"a new or empty folder, or one with {marker}")


def _write_episode(episode: Episode, folder: Path) -> None:
    np.savez_compressed(folder / ARRAYS, **episode.arrays)  # type: ignore[arg-type]
    (folder / FRAMES).mkdir()
    frames: list[dict[str, Any]] = []
    for frame in episode.frames:
        image = frame.image
        name, kind = f"{frame.step:05d}_{frame.camera}", "png" if image.startswith(PNG) else "jpg"
        if (folder / FRAMES / f"{name}.{kind}").exists():
            name = f"{name}_{len(frames)}"
        (folder / FRAMES / f"{name}.{kind}").write_bytes(image)
        name = f"{name}.{kind}"
        frames.append(_frame_json(frame, name))
    body = {
        "format": FORMAT,
        "uid": episode.uid,
        "env_id": episode.env_id,
        "env_kwargs": episode.env_kwargs,
        "seed": episode.seed,
        "instruction": episode.instruction,
        "variation": episode.variation,
        "source": episode.source,
        "visible": episode.visible,
        "plan": episode.plan.to_json(),
        "outcome": asdict(episode.outcome),
        "interventions": episode.interventions,
        "effects": episode.effects,
        "digest": episode.digest,
        "injections": [injection.to_json() for injection in episode.injections],
        "spans": [asdict(span) | {"subtask": span.subtask.to_json()} for span in episode.spans],
        "events": episode.events,
        "verdicts": [vars(judged) | {"verdict": judged.verdict.to_json()} for judged in episode.verdicts],
        "state_names": episode.state_names,
        "frames": frames,
    }
    # One field a line: frames and events would fill thousands.
    lines = [f"{json.dumps(name)}: {json.dumps(value, default=_plain)}" for name, value in body.items()]
    (folder / EPISODE).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _frame_json(frame: Frame, name: str) -> dict[str, Any]:
    return {
        "file": f"{FRAMES}/{name}",
        "step": frame.step,
        "camera": frame.camera,
        "size": frame.size,
        "intrinsics": frame.intrinsics.tolist(),
        "world_from_camera": frame.world_from_camera.tolist(),
        "points": {name: point._asdict() for name, point in frame.points.items()},
    }


def _dump(data: Any, path: Path) -> None:
    path.write_text(json.dumps(data, indent=1, default=_plain) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return as JSON what is not: NumPy values, mappings of any kind, perturbations by their specs."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if callable(spec := getattr(value, "spec", None)):
        return spec()
    raise TypeError(f"{value!r} has no JSON form")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# -- reading ----------------------------------------------------------------------------------------------------------


def _read_episode(folder: Path) -> Episode:
    body = json.loads((folder / EPISODE).read_text(encoding="utf-8"))
    if body.pop("format") != FORMAT:
        raise ValueError(f"another format than {FORMAT}")
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        body["arrays"] = {name: arrays[name] for name in arrays.files}
    return Episode(
        **body
        | {
            "plan": Plan.from_json(body["plan"]),
            "outcome": _outcome(body["outcome"]),
            "state_names": tuple(body["state_names"]),
            "visible": tuple(body.get("visible", ())),
            "injections": tuple(Injection.from_json(entry) for entry in body["injections"]),
            "spans": tuple(_span(entry) for entry in body["spans"]),
            "events": tuple(Event(step, EventKind(kind), *rest) for step, kind, *rest in body["events"]),
            "verdicts": tuple(_judged(entry) for entry in body["verdicts"]),
            "frames": tuple(_frame(entry, folder) for entry in body["frames"]),
        }
    )


def _outcome(data: dict[str, Any]) -> Outcome:
    failure, stage = data["failure"], data["stage"]
    return Outcome(**data | {"failure": failure and FailureMode(failure), "stage": stage and Stage(stage)})


def _judged(data: dict[str, Any]) -> Judged:
    return Judged(**data | {"verdict": Verdict.from_json(data["verdict"])})


def _span(data: dict[str, Any]) -> Span:
    stages = tuple((Stage(stage), step) for stage, step in data["stages"])
    return Span(**data | {"subtask": Subtask.from_json(data["subtask"]), "stages": stages})


def _frame(data: dict[str, Any], folder: Path) -> Frame:
    return Frame(
        data["step"],
        data["camera"],
        (folder / data["file"]).read_bytes(),
        (data["size"][0], data["size"][1]),
        np.array(data["intrinsics"], dtype=np.float64),
        np.array(data["world_from_camera"], dtype=np.float64),
        {name: Point(**point) for name, point in data["points"].items()},
    )
