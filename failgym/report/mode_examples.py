"""One executed example of each perturbation: a clip of it, and what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from failgym.envs.registration import make_base
from failgym.episodes import Episode, Frame, Recorder, Status, Triplet
from failgym.errors import RenderError
from failgym.loop import rollout
from failgym.perturbations import Perturbation, Seat, build, relabel
from failgym.report import sights
from failgym.report.clips import COLORS, Panel, panels, webp
from failgym.report.closeups import Shot, film

MAX_BYTES = 140_000
"""Of a clip of a triplet."""
MAX_BYTES_OF_TWO = 90_000
"""Of a clip of two runs or fewer."""


@dataclass(frozen=True)
class Example:
    """What an example shows."""

    clip: bytes
    """WebP."""
    shown: dict[str, Any]
    """What was measured; JSON."""


def example(perturbation: Mapping[str, Any], task: str, seed: int, view: Mapping[str, Any]) -> Example:
    """Execute an example of a perturbation and film it.

    Args:
        perturbation: Mapping with `name`, and fields that are not the usual ones.
        task: Name of a native task.
        seed: Of scene, variation and draw.
        view: For failures the fields of a `Shot`; for conditions `camera`, `zoom`, `mark` and `steps` (first, last,
            every) of what a policy sees; for relabelled records `camera` and `every`.

    Raises:
        RenderError: the example does not show what it should.
    """
    env_id = f"FailGym/{task}-v0"
    recipe = build(perturbation)
    if recipe.seat is Seat.RECORD:
        return _record(recipe, env_id, seed, **view)
    if recipe.failure is not None:
        return _failure(recipe, env_id, seed, Shot(**view))
    return _condition(recipe, env_id, seed, **view)


def _failure(recipe: Perturbation, env_id: str, seed: int, shot: Shot) -> Example:
    triplet = film(env_id, recipe, seed, shot)
    certificate = triplet.certificate
    proven = certificate.holds if recipe.breaks else certificate.status is Status.UNCORRECTED
    if not proven or certificate.injection is None or certificate.fix is None or triplet.nominal is None:
        raise RenderError(f"{recipe.name} at {env_id}, seed {seed}: {certificate.status}, {certificate.reason}")
    assert triplet.injected is not None
    shown = panels(triplet)[: 3 if certificate.holds else 2]
    carried_out = triplet.injected.plan
    measured = {
        "instruction": triplet.nominal.instruction,
        "plan": _lines(triplet.nominal),
        "carried_out": _lines(triplet.injected) if carried_out != triplet.nominal.plan else [],
        "draw": _drawn(certificate.injection.params),
        "reason": certificate.reason,
        "stage": str(certificate.stage) if certificate.stage else None,
        "onset": certificate.onset,
        "keyframe": certificate.keyframe,
        "fix": certificate.fix.to_json() if certificate.holds else None,
        "runs": _runs(triplet),
    }
    return Example(webp(shown, max_bytes=MAX_BYTES if certificate.holds else MAX_BYTES_OF_TWO), measured)


def _condition(
    recipe: Perturbation,
    env_id: str,
    seed: int,
    camera: str = "front",
    steps: tuple[int, int, int] = (0, 0, 1),
    zoom: float = 1.0,
    mark: bool = False,
) -> Example:
    kept = range(steps[0], steps[1] + 1, steps[2])
    plain = sights.see(env_id, (), seed, camera, kept, zoom=zoom, mark=mark)
    under = sights.see(env_id, (recipe,), seed, camera, kept, zoom=zoom, mark=mark)
    (receipt,) = under.episode.injections
    if receipt.t_first is None:
        raise RenderError(f"{recipe.name} at {env_id}, seed {seed}: it never acted; {receipt.params}")
    measured = {
        "instruction": under.episode.instruction,
        "draw": _drawn(receipt.params),
        "runs": {"as it is": _run(plain.episode), "under it": _run(under.episode)},
    }
    shown = [
        Panel("AS IT IS", "", COLORS["nominal"], plain.frames),
        Panel("SEEN", recipe.name.replace("_", " "), COLORS["failed"], under.frames),
    ]
    return Example(webp(shown, max_bytes=MAX_BYTES_OF_TWO), measured)


def _record(recipe: Perturbation, env_id: str, seed: int, camera: str = "front", every: int = 4) -> Example:
    env = make_base(env_id, cameras=(camera,), image_size=sights.SIZE, render_profile="shadow")
    try:
        before = rollout(env, seed=seed, recorder=Recorder(every))
    finally:
        env.close()
    after = relabel(before, recipe, seed=seed)
    measured = {
        "draw": _drawn(after.injections[-1].params),
        "evidence": after.injections[-1].params["evidence"],
        "before": {"instruction": before.instruction, "plan": _lines(before), "success": before.outcome.success},
        "after": {"instruction": after.instruction, "plan": _lines(after), "success": after.outcome.success},
    }
    shown = [Panel("RECORDED", "", COLORS["nominal"], _evenly(before, every))]
    if [frame.image for frame in after.frames] != [frame.image for frame in before.frames]:
        shown.append(Panel("RELABELLED", recipe.name.replace("_", " "), COLORS["failed"], _evenly(after, every)))
    return Example(webp(shown, max_bytes=MAX_BYTES_OF_TWO), measured)


def _evenly(episode: Episode, every: int) -> tuple[Frame, ...]:
    """Return the frame that was the last one at every so many steps: records hold some beside those."""
    panel = Panel("", "", COLORS["nominal"], episode.frames)
    last = max(frame.step for frame in episode.frames)
    return tuple(replace(panel.at(step), step=step) for step in range(0, last + 1, every))


def _runs(triplet: Triplet) -> dict[str, Any]:
    names = {"nominal": "nominal", "injected": "failed", "avoid": "corrected", "recover": "repaired afterwards"}
    return {names[name]: _run(episode) for name, episode in triplet.episodes.items()}


def _run(episode: Episode) -> dict[str, Any]:
    unmet = sorted(name for name, true in episode.outcome.checks.items() if not true and name != "success")
    return {"success": episode.outcome.success, "steps": episode.steps, "unmet": unmet}


def _lines(episode: Episode) -> list[str]:
    return [subtask.text for subtask in episode.plan.subtasks]


def _drawn(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was drawn, as far as it is one number or word: ways and plans are left out."""
    plain = {name: value for name, value in params.items() if isinstance(value, (bool, int, float, str))}
    drawn = {name: value for name, value in plain.items() if name not in ("plan", "evidence", "instruction", "anchor")}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in drawn.items()}
