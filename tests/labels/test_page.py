"""What the page of the labels says is true."""

import doctest
import importlib.util
import re
from pathlib import Path

import pytest

from failgym.labels import (
    Dream2FixLabel,
    low_level,
    parse_low_level,
    read_label,
    read_low_level,
    read_sentence,
    sentence,
)
from failgym.labels.dream2fix import STEP_M
from failgym.labels.vifailback import LEVEL_M, TURN_RAD

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "labels.md").read_text("utf-8")


def blocks(kind):
    found = re.findall(rf"^```text {kind}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert found, kind
    return found


def lines(kind):
    return [line for block in blocks(kind) for line in block.splitlines()]


def labels(kind):
    return [label for block in blocks(kind) for label in block.strip().split("\n\n")]


def test_the_tables_are_what_the_code_says():
    spec = importlib.util.spec_from_file_location("build_labels", DOCS / "build_labels.py")
    build_labels = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_labels)
    assert build_labels.text(PAGE) == PAGE, "run: python docs/build_labels.py"


def test_python_examples():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    runner.run(parser.get_doctest("\n".join(blocks("python")), {}, "labels.md", "labels.md", 0))
    assert runner.summarize(verbose=False).attempted >= 7
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("line", lines("sentence"))
def test_sentences(line):
    assert sentence(read_sentence(line)) == line


@pytest.mark.parametrize("grammar", ["paper", "failgym"])
def test_label_lines(grammar):
    for text in labels(grammar):
        assert Dream2FixLabel.parse(text, grammar).text(grammar) == text
    assert len(labels(grammar)) >= 3


@pytest.mark.parametrize("line", lines("low-level"))
def test_low_level_commands(line):
    assert low_level(parse_low_level(line)) == line


def test_what_the_lenient_readers_read():
    label, problems = read_label(blocks("lenient")[0])
    assert (str(label.mode), label.fix.gripper_closure, label.keyframe) == ("weak_close", 1.0, 12)
    assert label.summary == "the fingers did not hold it"
    assert problems == ()
    (fix,), problems = read_low_level(blocks("lenient low-level")[0])
    assert low_level(fix) == "Move the left gripper to the right slightly, and rotate the left gripper clockwise."
    assert problems == ("not read: 'to take the lid as it lies'",)


def test_the_numbers_in_words():
    assert STEP_M == LEVEL_M == 0.02
    assert f"{TURN_RAD:.4f}" == "0.7854"
    for said in ("A step is 2 cm", "slightly | 0.02,", "significantly | 0.06,", "a yaw of 45 degrees"):
        assert said in PAGE
