import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from failgym.episodes import Certificate, Injection, Severity, Triplet
from failgym.labels import FailureMode
from failgym.metrics import Rate
from failgym.plans import Plan
from failgym.report import ArmResult, ReportData, Sample, write_report
from failgym.report.report import page
from failgym.report.summary import Group, arm_names, by_mode, modes, paired, percent, success, task_of

VOID = {"br", "circle", "img", "input", "line", "link", "meta", "path", "polygon", "rect"}


class Checker(HTMLParser):
    """Fails where elements are not nested, and collects what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture
def arms() -> list[ArmResult]:
    rates = {"oracle": 0, "no verifier": 8, "mine": 4}
    return [
        ArmResult("FailGym/PickCube-v0", "slip", arm, seed, seed >= bound, 1, 2, 0, 1, 0.002, 90)
        for arm, bound in rates.items()
        for seed in range(10)
    ]


@pytest.fixture
def full(triplet: Triplet, every_status: Sequence[Certificate], arms: list[ArmResult]) -> ReportData:
    created = {"mujoco": "3.9.0", "command": "failgym demo --seeds 8"}
    return ReportData("A run", created, every_status, arms, [Sample(triplet)], Rate(5, 5))


def test_page_is_whole_and_written(full: ReportData, tmp_path: Path) -> None:
    path = write_report(full, tmp_path / "new" / "report.html")
    text = path.read_text(encoding="utf-8")
    checker = parsed(text)
    assert text == page(full)
    ids = [a["id"] for _, a in checker.attributes if "id" in a]
    assert ids == ["gallery", "clip-0", "outcomes", "arms", "audit", "reproduce"]
    assert "failgym replay certificate.json" in text
    assert "failgym demo --seeds 8" in text


def test_nothing_is_requested_from_outside(full: ReportData) -> None:
    text = page(full)
    assert not re.search(r"https?://", text)
    assert "@import" not in text
    for tag, attributes in parsed(text).attributes:
        for name in ("src", "href", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, name, value[:40])
    assert "default-src 'none'" in text


def test_clip_can_be_read_without_eyes_and_stands_still_when_asked(full: ReportData) -> None:
    text = page(full)
    video = next(attributes for tag, attributes in parsed(text).attributes if tag == "video")
    assert "pick up the red cube" in (video["aria-label"] or "")
    assert "controls" in video
    assert "muted" in video
    assert "autoplay" not in video  # the script starts it, unless the reader asked for less motion
    assert text.count("prefers-reduced-motion") >= 2
    assert all(
        attributes.get("aria-label") for tag, attributes in parsed(text).attributes if attributes.get("role") == "img"
    )


def test_timeline_marks_what_acted_when(full: ReportData) -> None:
    text = page(full)
    assert 'class="window" style="left:32.14%;width:21.43%"' in text  # steps 9 to 14 of 28
    assert 'class="pin onset" style="left:35.71%"' in text
    assert 'class="pin keyframe" style="left:28.57%"' in text
    assert "<mark>grasp the red cube</mark>" in text
    assert "During the grasp, close the gripper." in text


@pytest.mark.parametrize(
    "missing", [("samples",), ("arms",), ("triplets",), ("samples", "arms", "triplets", "created")]
)
def test_every_part_may_be_empty(full: ReportData, missing: tuple[str, ...]) -> None:
    empty = replace(full, **{name: {} if name == "created" else () for name in missing})
    text = page(empty)
    parsed(text)
    for part, section in (("samples", "gallery"), ("arms", "arms"), ("triplets", "outcomes"), ("triplets", "audit")):
        assert (f'id="{section}"' in text) is (part not in missing)


def test_text_is_escaped(triplet: Triplet, certificate: Callable[..., Certificate]) -> None:
    evil = '<script>alert("x")</script> & \'"'
    bad = certificate(reason=evil, perturbation={"name": evil}, env_id=evil, versions={"failgym": evil})
    shown = replace(triplet, certificate=bad)
    assert shown.nominal is not None
    shown.nominal = replace(shown.nominal, plan=Plan(evil, shown.nominal.plan.subtasks), instruction=evil)
    data = ReportData(evil, {evil: evil}, [bad], [ArmResult(evil, evil, evil, 0, True)], [Sample(shown)])
    text = page(data)
    parsed(text)
    assert text.count("<script>") == 1
    assert "alert(" in text
    assert 'alert("x")</script>' not in text


def test_sample_without_frames_says_so(certificate: Callable[..., Certificate]) -> None:
    text = page(ReportData("x", samples=[Sample(Triplet(certificate()))]))
    parsed(text)
    assert "No frames of camera front were recorded" in text


def test_plan_failures_show_both_plans(triplet: Triplet, certificate: Callable[..., Certificate]) -> None:
    assert triplet.injected is not None
    injection = Injection("missing_subtask", "plan", FailureMode.MISSING_SUBTASK, {"subtask": 1}, 1, {}, 1, 1)
    changed = replace(
        triplet,
        certificate=certificate(perturbation={"name": "missing_subtask"}, injection=injection),
        injected=replace(triplet.injected, plan=triplet.injected.plan.without(1)),
    )
    text = page(ReportData("x", samples=[Sample(changed)]))
    assert "Executed instead" in text
    assert "<mark>lift the red cube</mark>" in text


def test_certificates_can_be_read_back_from_the_page(full: ReportData) -> None:
    blocks = re.findall(r"</summary><pre[^>]*><code>(.*?)</code>", page(full), flags=re.DOTALL)
    assert len(blocks) == 8
    for block in blocks:
        Certificate.from_json(json.loads(block.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")))


def test_groups_count_what_they_claim(every_status: Sequence[Certificate]) -> None:
    group = Group("all", tuple(every_status))
    assert group.holding == Rate(2, 8)
    assert group.as_labelled == Rate(3, 6)  # two certified and one uncorrected of six injected runs
    assert group.avoided == Rate(2, 3)
    assert group.recovered == Rate(3, 3)
    assert sum(group.counts.values()) == 8


def test_severities_are_groups_of_their_own(certificate: Callable[..., Certificate]) -> None:
    made = [
        certificate(perturbation={"name": name}, severity=severity)
        for name, severity in (
            ("slip", None),
            ("translation", Severity.NEAR_MISS),
            ("translation", Severity.GROSS),
            ("translation", None),
        )
    ]
    named = [group.name for group in by_mode(made)]
    assert named == ["translation", "translation, gross", "translation, near_miss", "slip"]


def test_arms_are_paired_by_episode(arms: list[ArmResult]) -> None:
    found = paired(arms)
    assert found is not None
    assert found[:3] == (10, 8, 0)
    assert found.p == pytest.approx(2 / 256)
    assert paired([r for r in arms if r.arm != "oracle"]) is None
    assert arm_names(arms) == ["no verifier", "oracle", "mine"]
    assert success(arms, "mine") == Rate(6, 10)
    assert success(arms, "mine", "other") == Rate(0, 0)


def test_names_and_numbers() -> None:
    assert task_of("FailGym/PickCube-v0") == "PickCube"
    assert task_of("Bare") == "Bare"
    assert modes(["zeta", "slip", "no_close", "slip"]) == ["no_close", "slip", "zeta"]
    assert percent(Rate(1, 2)) == "50%"
    assert percent(Rate(999, 1000)) == "99.9%"
    assert percent(Rate(1, 1000)) == "0.1%"
    assert percent(Rate(1000, 1000)) == "100%"
