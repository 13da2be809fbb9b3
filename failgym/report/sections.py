"""The parts of the page around the clips."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from failgym.episodes import Certificate, Status
from failgym.metrics import Rate
from failgym.report import figures
from failgym.report.data import BASELINE, BEST, ArmResult, ReportData
from failgym.report.markup import Html, dump, table, tag
from failgym.report.summary import (
    NONE,
    Group,
    arm_names,
    by_mode,
    by_task,
    mode_of,
    modes,
    paired,
    percent,
    range_text,
    success,
    task_of,
    words,
)

SHOWN_STATUS = (
    Status.CERTIFIED,
    Status.UNCORRECTED,
    Status.OTHER_CAUSE,
    Status.SURVIVED,
    Status.NO_EFFECT,
    Status.NOMINAL_FAILED,
    Status.NOT_APPLICABLE,
)
"""From the best to what never began."""
AUDITED = 8
"""Certificates drawn for reading."""


def headline(data: ReportData) -> Html:
    """Return the title, one sentence on what was run, and the numbers that matter."""
    whole = Group("all", tuple(data.triplets))
    numbers = [
        _big(f"{whole.holding.successes:,}", "certified triplets", f"of {len(data.triplets):,} attempts"),
        _big_rate(whole.as_labelled, "of injected runs failed as labelled"),
        _big_rate(whole.avoided, "saved by the fix at the keyframe"),
        _big_rate(whole.recovered, "repaired from the failed end state"),
        _replay(data),
    ]
    return tag(
        "header",
        tag("p", "FailGym report", class_="kicker"),
        tag("h1", data.title),
        tag("p", _lede(data), class_="lede"),
        tag("ul", numbers, class_="numbers") if data.triplets else None,
        class_="top",
    )


def outcomes(certificates: Sequence[Certificate]) -> Html | None:
    """Return how the attempts ended, for each perturbation and task."""
    if not certificates:
        return None
    groups = by_mode(certificates)
    everything = Group("all", tuple(certificates))
    bars = [_bar_row(group) for group in [*groups, everything]]
    head = ["Perturbation", *(words(status) for status in SHOWN_STATUS), "failed as labelled", "avoid", "recover"]
    rows = [_outcome_row(group) for group in [*groups, everything]]
    tasks = by_task(certificates)
    cells = [
        [words(group.name), *(_certified(by_task(group.certificates), task.name) for task in tasks)] for group in groups
    ]
    cells.append(["all", *(_rate_cell(task.holding) for task in tasks)])
    note = (
        "Injected is not failed. What changed nothing, was survived, or failed for another reason is counted here and "
        "exported nowhere. Intervals are 95% Wilson."
    )
    return tag(
        "section",
        tag("h2", "How the attempts ended"),
        tag("p", note, class_="note"),
        figures.swatches(_parts(everything)),
        tag("div", bars, class_="chart bars"),
        table(head, rows, caption="Outcomes by perturbation", class_="numeric last-row"),
        table(
            ["Perturbation", *(task.name for task in tasks)],
            cells,
            caption="Certified by task",
            class_="numeric last-row",
        ),
        id="outcomes",
    )


def arms(results: Sequence[ArmResult]) -> Html | None:
    """Return how each arm fared, with the paired comparison; None where no arm ran."""
    if not results:
        return None
    untouched = [result for result in results if not result.perturbation]
    results = [result for result in results if result.perturbation]
    names = arm_names(results)
    kinds = [*modes(result.perturbation for result in results)]
    rows = [_dot_row(words(kind) or "none", results, names, kind) for kind in kinds] if len(kinds) > 1 else []
    rows.append(_dot_row("all", results, names, None))
    legend = tag("ul", [tag("li", figures.key(index), name) for index, name in enumerate(names)], class_="legend")
    head = [
        "Arm",
        "episodes",
        "success",
        "95% interval",
        "interventions per episode",
        "verdicts",
        "false alarms",
        "misses",
    ]
    listed = [_arm_row(name, [r for r in results if r.arm == name]) for name in names]
    calm = [
        _arm_row(name.removesuffix(", nominal"), [r for r in untouched if r.arm == name])
        for name in arm_names(untouched)
    ]
    return tag(
        "section",
        tag("h2", "Success by arm"),
        tag("p", _comparison(results), class_="note"),
        legend,
        tag("div", rows, tag("div", tag("span"), figures.axis(), class_="chart-row"), class_="chart"),
        table([*head, "median latency"], listed, caption="Arms", class_="numeric"),
        table([*head, "median latency"], calm, caption="The same verifiers where nothing is injected", class_="numeric")
        if calm
        else None,
        id="arms",
    )


def audit(certificates: Sequence[Certificate]) -> Html | None:
    """Return what the certificates say, and some of them to read."""
    if not certificates:
        return None
    whole = Group("all", tuple(certificates))
    total = len(certificates)
    counts = [[words(status), f"{n:,}", percent(Rate(n, total), 1)] for status, n in whole.counts.items()]
    rng = np.random.default_rng(0)
    chosen = sorted(rng.choice(len(certificates), size=min(AUDITED, len(certificates)), replace=False).tolist())
    note = (
        f"{whole.holding.successes:,} of {len(certificates):,} certificates hold: nominal success, injected failure "
        "for the labelled reason, corrected success, each executed. Below, some drawn at random; open one to read it."
    )
    return tag(
        "section",
        tag("h2", "Certificate audit"),
        tag("p", note, class_="note"),
        table(["Status", "certificates", "share"], counts, caption="Certificates by status", class_="numeric narrow"),
        tag("div", [_certificate(certificates[index]) for index in chosen], class_="certificates"),
        id="audit",
    )


def reproduce(data: ReportData) -> Html:
    """Return the commands that make and check all this, and the versions it was made with."""
    made_with = [c.versions["failgym"] for c in data.triplets if "failgym" in c.versions]
    version = made_with[0] if made_with else data.created.get("failgym")
    lines = [f"pip install failgym=={version}" if version else "pip install failgym"]
    if "command" in data.created:
        lines += ["", "# everything on this page", data.created["command"]]
    lines += ["", "# one certificate: execute all of its runs again and compare", "failgym replay certificate.json"]
    settings = [[name, value] for name, value in data.created.items() if name != "command"]
    return tag(
        "section",
        tag("h2", "How to reproduce"),
        tag("pre", tag("code", "\n".join(lines)), tabindex="0"),
        table(["Setting", "value"], settings, caption="Versions and settings", class_="narrow") if settings else None,
        id="reproduce",
    )


def _lede(data: ReportData) -> str:
    if not data.triplets:
        return (
            "No attempt was made."
            if not data.arms
            else f"{len(data.arms):,} episodes in {len(arm_names(data.arms))} arms."
        )
    tasks = [task_of(env_id) for env_id in dict.fromkeys(c.env_id for c in data.triplets)]
    kinds = len({mode_of(c) for c in data.triplets})
    seeds = len({c.seed for c in data.triplets})
    return (
        f"{len(data.triplets):,} attempts to make a robot fail on purpose: {_count(kinds, 'perturbation')}, "
        f"{_count(len(tasks), 'task')} ({', '.join(tasks)}), {_count(seeds, 'seed')}. Each run was executed in "
        "the simulator; only a failure with the labelled cause and a correction that works is certified."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _big(number: str, what: str, detail: str) -> Html:
    return tag("li", tag("strong", number), tag("span", what), tag("small", detail))


def _big_rate(rate: Rate, what: str) -> Html:
    return _big(percent(rate), what, f"{rate.successes:,} of {rate.trials:,} · {range_text(rate)}")


def _replay(data: ReportData) -> Html:
    if data.replayed is not None and data.replayed.trials:
        return _big_rate(data.replayed, "of replayed certificates agree in every digest and outcome")
    digests = sum(len(c.digests) for c in data.triplets)
    return _big(f"{digests:,}", "runs with a state digest", "to be compared by replay; not replayed here")


def _parts(group: Group) -> list[figures.Part]:
    counts = group.counts
    return [figures.Part(words(status), counts[status], f"s-{status}") for status in SHOWN_STATUS]


def _bar_row(group: Group) -> Html:
    bar = figures.stacked(_parts(group), words(group.name))
    held = tag("span", f"{group.holding.successes} / {group.holding.trials}", class_="value")
    return tag("div", tag("span", words(group.name), class_="name"), bar, held, class_="chart-row")


def _outcome_row(group: Group) -> list[object]:
    counts: list[object] = [str(group.counts[status]) if group.counts[status] else "·" for status in SHOWN_STATUS]
    return [
        words(group.name),
        *counts,
        *(_rate_cell(rate) for rate in (group.as_labelled, group.avoided, group.recovered)),
    ]


def _rate_cell(rate: Rate) -> Html:
    return tag("span", percent(rate), tag("small", range_text(rate)), title=f"{rate.successes} of {rate.trials}")


def _certified(tasks: list[Group], name: str) -> Html:
    return next((_rate_cell(task.holding) for task in tasks if task.name == name), tag("span", NONE))


def _dot_row(label: str, results: Sequence[ArmResult], names: Sequence[str], kind: str | None) -> Html:
    marks = [figures.Mark(name, success(results, name, kind), index) for index, name in enumerate(names)]
    return tag("div", tag("span", label, class_="name"), figures.dots(marks, label), class_="chart-row")


def _arm_row(name: str, results: Sequence[ArmResult]) -> list[object]:
    rate = Rate.of(result.success for result in results)
    verdicts = sum(result.verdicts for result in results)
    asked = [result.latency_s for result in results if result.verdicts]
    return [
        name,
        f"{len(results):,}",
        percent(rate, 1),
        range_text(rate),
        f"{sum(result.interventions for result in results) / len(results):.2f}",
        f"{verdicts:,}" if verdicts else NONE,
        f"{sum(result.false_alarms for result in results):,}" if verdicts else NONE,
        f"{sum(result.misses for result in results):,}" if verdicts else NONE,
        f"{1000 * median(asked):.3g} ms" if asked else NONE,
    ]


def _comparison(results: Sequence[ArmResult]) -> str:
    found = paired(results)
    if found is None:
        return "The same seeds and injections in every arm. Dots are success rates, bars 95% Wilson intervals."
    p = "p\u00a0<\u00a00.0001" if found.p < 1e-4 else f"p\u00a0=\u00a0{found.p:.2g}"
    return (
        "The same seeds and injections in every arm; dots are success rates, bars 95% Wilson intervals. "
        f"Of {found.pairs:,} paired episodes, {BEST} alone succeeded in {found.only_best:,} and {BASELINE} alone in "
        f"{found.only_baseline:,} (exact McNemar, {p})."
    )


def _certificate(certificate: Certificate) -> Html:
    summary = tag(
        "summary",
        tag("b", words(mode_of(certificate))),
        tag("span", f"{task_of(certificate.env_id)}, seed {certificate.seed}"),
        tag("span", words(certificate.status), class_=f"status s-{certificate.status}"),
        tag("em", certificate.reason),
    )
    return tag("details", summary, tag("pre", tag("code", dump(certificate.to_json())), tabindex="0"))
