"""Clips first: each perturbation as it was executed, with its timeline, plan, reason and fix."""

import base64
from collections.abc import Sequence

from failgym.episodes import Certificate, Triplet
from failgym.errors import RenderError
from failgym.labels import FailureMode
from failgym.plans import Plan
from failgym.report import clips
from failgym.report.data import Sample
from failgym.report.markup import Html, tag
from failgym.report.summary import mode_of, modes, task_of, words
from failgym.report.timeline import legend, timeline

HIDDEN = ("subtask",)
"""Parameters that the plan beside the clip shows already; of a plan perturbation it shows all."""


def gallery(samples: Sequence[Sample], camera: str) -> Html | None:
    """Return one card for each sample, in the order of the taxonomy; None where there is none."""
    if not samples:
        return None
    order = modes(mode_of(sample.triplet.certificate) for sample in samples)
    ranked = sorted(samples, key=lambda sample: order.index(mode_of(sample.triplet.certificate)))
    names = [mode_of(sample.triplet.certificate) for sample in ranked]
    links = [tag("a", words(name), href=f"#clip-{index}") for index, name in enumerate(names)]
    cards = [_card(sample.triplet, index, camera) for index, sample in enumerate(ranked)]
    note = (
        "Each clip is three executions from one snapshot, in step with one another. The red frame appears at the "
        "onset, the first step at which physics shows the failure. Striped subtasks did not do what they were for."
    )
    return tag(
        "section",
        tag("h2", "Fails on purpose, for a known reason, with a known correction"),
        tag("p", note, class_="note"),
        tag("nav", links, class_="chips", aria_label="Clips"),
        cards,
        id="gallery",
    )


def _card(triplet: Triplet, index: int, camera: str) -> Html:
    certificate = triplet.certificate
    name = mode_of(certificate)
    known = name in set(FailureMode)
    family = f"{FailureMode(name).family} failure · " if known else ""
    head = tag(
        "header",
        tag("h3", words(name).capitalize()),
        tag("span", f"{family}{task_of(certificate.env_id)} · seed {certificate.seed}", class_="tagline"),
        tag("p", FailureMode(name).description) if known else None,
    )
    story = tag(
        "div", _proof(certificate), _sentences(certificate), _plans(triplet), _parameters(certificate), class_="story"
    )
    return tag(
        "article", head, tag("div", _clip(triplet, camera), story, class_="columns"), class_="card", id=f"clip-{index}"
    )


def _clip(triplet: Triplet, camera: str) -> Html:
    try:
        timing = clips.timing(triplet, camera)
    except RenderError:
        return tag(
            "div",
            tag("p", f"No frames of camera {camera} were recorded for this triplet.", class_="empty"),
            class_="clip",
        )
    video = tag(
        "video",
        src=_data_url("video/mp4", clips.side_by_side(triplet, camera, timing.fps)),
        poster=_data_url("image/jpeg", clips.poster(triplet, camera)),
        muted=True,
        loop=True,
        playsinline=True,
        controls=True,
        preload="auto",
        aria_label=_alternative(triplet),
    )
    transport = tag(
        "div",
        tag("button", "Play", type="button", class_="play", aria_label="Play or pause"),
        tag(
            "input",
            type="range",
            min=0,
            max=timing.pictures - 1,
            value=0,
            step=1,
            class_="scrub",
            aria_label="Position in the clip",
        ),
        class_="transport",
        hidden=True,
    )
    return tag(
        "div",
        video,
        transport,
        timeline(triplet, timing),
        tag("div", legend(triplet), tag("output", "", class_="clock"), class_="below"),
        class_="clip",
        data_first=timing.first,
        data_every=timing.every,
        data_count=timing.pictures,
        data_fps=f"{timing.fps:g}",
        data_total=timing.steps[-1],
    )


def _alternative(triplet: Triplet) -> str:
    certificate = triplet.certificate
    instruction = f" of “{triplet.nominal.instruction}”" if triplet.nominal and triplet.nominal.instruction else ""
    return (
        f"Three runs{instruction} side by side: nominal, failed by {words(mode_of(certificate))}, corrected. "
        f"Failure: {certificate.reason or 'see below'}."
    )


def _proof(certificate: Certificate) -> Html:
    runs = (
        ("Nominal", certificate.nominal_success, "the unperturbed run"),
        ("Injected", certificate.injected_success, "the same run with the perturbation"),
        ("Avoid", certificate.avoid_success, "the fix applied at the keyframe; the corrected run shown here"),
        ("Recover", certificate.recover_success, "repair from the failed end state"),
    )
    return tag("dl", [_ending(*run) for run in runs], class_="proof")


def _ending(name: str, success: bool | None, meaning: str) -> Html:
    text = "not run" if success is None else "succeeds" if success else "fails"
    kind = "none" if success is None else "good" if success else "bad"
    return tag("div", tag("dt", name), tag("dd", text, class_=kind), title=meaning)


def _sentences(certificate: Certificate) -> Html:
    rows = [tag("dt", "Why"), tag("dd", _sentence(certificate.reason or "no reason was recorded"))]
    if certificate.fix is not None:
        # A corrected plan is shown as a plan.
        fix = "follow the intended plan" if certificate.fix.plan_text is not None else certificate.fix.text
        rows += [tag("dt", "Fix"), tag("dd", _sentence(fix), class_="fix", title=certificate.fix.text)]
    return tag("dl", rows, class_="sentences")


def _plans(triplet: Triplet) -> Html | None:
    if triplet.nominal is None:
        return None
    intended = triplet.nominal.plan
    injection = triplet.certificate.injection
    hit = None if injection is None else injection.subtask
    executed = triplet.injected.plan if triplet.injected is not None else intended
    parts: list[object] = [
        tag("h4", f"Plan for “{intended.instruction}”" if intended.instruction else "Plan"),
        _plan(intended, hit),
    ]
    if executed.text != intended.text:
        parts += [tag("h4", "Executed instead"), _plan(executed, None)]
    return tag("div", parts, class_="plans")


def _plan(plan: Plan, hit: int | None) -> Html:
    lines = [
        tag(
            "li",
            tag("mark", subtask.text) if index == hit else subtask.text,
            aria_current="step" if index == hit else None,
        )
        for index, subtask in enumerate(plan.subtasks)
    ]
    return tag("ol", lines)


def _parameters(certificate: Certificate) -> Html | None:
    if certificate.injection is None or certificate.injection.seat == "plan":
        return None
    drawn = {name: value for name, value in certificate.injection.params.items() if name not in HIDDEN}
    if not drawn:
        return None
    items = [tag("li", tag("span", f"{name} "), _value(value)) for name, value in drawn.items()]
    return tag("div", tag("h4", "Drawn for this episode"), tag("ul", items, class_="params"))


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in value) + ")"
    return str(value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _data_url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
