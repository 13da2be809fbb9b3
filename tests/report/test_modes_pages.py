"""What the pages of the perturbations say is what the registry says, and what was measured."""

import importlib.util
import re
from pathlib import Path

import pytest

from failgym.generate import triplet
from failgym.labels import Dream2FixLabel, Fix, parse_low_level, read_sentence
from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE

DOCS = Path(__file__).parents[2] / "docs"
NAMES = (*CATALOGUE, *CONDITIONS, *OFFLINE)
BIGGEST, ALL = 150_000, 5_000_000

spec = importlib.util.spec_from_file_location("build_modes", DOCS / "build_modes.py")
build_modes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build_modes)
EXAMPLES = build_modes.load()


def test_each_perturbation_has_an_example():
    missing, spare = sorted(set(NAMES) - set(EXAMPLES)), sorted(set(EXAMPLES) - set(NAMES))
    assert (missing, spare) == ([], []), f"choose task, seed and view in {build_modes.EXAMPLES}"
    untold = [name for name, examples in EXAMPLES.items() if not all("shown" in example for example in examples)]
    assert not untold, f"run: python docs/build_modes.py --only {','.join(untold)}"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_what_the_registry_says(name):
    assert (DOCS / "modes" / f"{name}.md").read_text("utf-8") == build_modes.page(name, EXAMPLES[name]), (
        "run: python docs/build_modes.py --text"
    )


def test_the_index_is_what_the_registry_says():
    assert (DOCS / "modes" / "index.md").read_text("utf-8") == build_modes.index(), "run: build_modes.py --text"
    assert sorted(path.stem for path in (DOCS / "modes").glob("*.md")) == sorted([*NAMES, "index"])


def test_clips_are_there_and_small():
    shown = {build_modes.clip(name, number) for name in NAMES for number in range(len(EXAMPLES[name]))}
    assert set(build_modes.CLIPS.glob("*.webp")) == shown
    sizes = {path.name: path.stat().st_size for path in shown}
    assert max(sizes.values()) <= BIGGEST
    assert sum(sizes.values()) <= ALL


def test_tasks_are_many():
    tasks = [example["task"] for name in CATALOGUE for example in EXAMPLES[name]]
    assert len(set(tasks)) >= 20


@pytest.mark.parametrize("name", CATALOGUE)
def test_fixes_on_a_page_can_be_read_back(name):
    page = (DOCS / "modes" / f"{name}.md").read_text("utf-8")
    told = dict(re.findall(r"^([^\n]+):\n\n```text\n(.*?)\n```$", page, flags=re.MULTILINE | re.DOTALL))
    fix = read_sentence(told["In words"])
    label = Dream2FixLabel.parse(told["As a Dream2Fix label, grammar `failgym`"])
    assert label.fix.kind is fix.kind
    if command := told.get("As a ViFailback command"):
        assert parse_low_level(command) is not None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), [(name, i) for name in CATALOGUE for i in range(len(EXAMPLES[name]))])
def test_examples_are_what_is_executed_today(name, number):
    example = EXAMPLES[name][number]
    recipe = {"name": name, **example.get("fields", {})}
    certificate = triplet(f"FailGym/{example['task']}-v0", recipe, example["seed"]).certificate
    assert certificate.holds, "choose another seed"
    assert _words(certificate.reason) == _words(example["shown"]["reason"]), f"run: build_modes.py --only {name}"
    assert _words(certificate.fix.text) == _words(Fix.from_json(example["shown"]["fix"]).text)


def _words(text):
    """Return a text without its numbers, which may differ a little from machine to machine."""
    return re.sub(r"[0-9.]+", "#", text)
