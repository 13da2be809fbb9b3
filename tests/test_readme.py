"""What the README and the pages of the documentation say is run."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tyro

from failgym.cli import main
from failgym.perturbations import CATALOGUE, PERTURBATIONS
from failgym.tasks import NATIVE

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
DOCS = README.parent / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))


def blocks(language, text=TEXT):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def commands():
    lines = (line for page in PAGES for block in blocks("sh", page.read_text("utf-8")) for line in block.splitlines())
    return [line for line in dict.fromkeys(lines) if line.startswith("failgym ")]


def test_python_blocks_run_in_order(tmp_path):
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks("python")))
    ran = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "nobody watches: 0 of 5 succeed" in ran.stdout
    assert "oracle: 5 of 5 succeed" in ran.stdout


@pytest.mark.parametrize("line", commands())
def test_commands_can_be_given(line):
    words = shlex.split(line, comments=True)[1:]
    class_ = getattr(__import__(f"failgym.cli.{words[0]}", fromlist=["_"]), main.COMMANDS[words[0]])
    tyro.cli(class_, args=words[1:])


def test_the_two_commands_exist():
    verbs = set(re.findall(r"^    (\w+)\) setup;", (README.parent / "run").read_text(), flags=re.MULTILINE))
    wanted = {word for block in blocks("sh") for word in re.findall(r"^\./run (\w+)", block, flags=re.MULTILINE)}
    assert {"demo", "test"} <= wanted <= verbs


def test_the_task_of_the_how_to_page_is_the_one_in_the_package():
    page = (DOCS / "adding_a_task.md").read_text("utf-8")
    (source,) = blocks("python", page)
    package = README.parent / "failgym" / "tasks"
    assert source == (package / "native" / "take_lid_off_saucepan.py").read_text("utf-8")
    entry, verbs = blocks("text", page)
    assert entry in (package / "index.py").read_text("utf-8").replace("    ", "")
    assert verbs in (README.parent / "tests" / "tasks" / "test_contract.py").read_text("utf-8").replace("    ", "")


def test_the_page_of_the_tasks_is_what_the_tasks_say():
    spec = importlib.util.spec_from_file_location("build_tasks", DOCS / "build_tasks.py")
    build_tasks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_tasks)
    assert (DOCS / "tasks.md").read_text("utf-8") == build_tasks.text(), "run: python docs/build_tasks.py"
    assert sorted(path.stem for path in (DOCS / "assets" / "tasks").glob("*.jpg")) == sorted(NATIVE)


def test_files_named_exist():
    named = re.findall(r"\]\(([\w/.]+)\)", TEXT) + re.findall(r"`(CITATION\.cff|LICENSE|examples/)`", TEXT)
    assert named
    assert all((README.parent / name).exists() for name in named)


def test_the_first_screen_has_its_clip_and_it_is_small():
    clip = re.search(r"\]\((docs/assets/\S+)\)", TEXT)
    assert clip
    assert TEXT.index(clip[0]) < 1000
    assert (README.parent / clip[1]).stat().st_size < 1_500_000


def test_every_perturbation_is_in_the_table_with_its_seat():
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", TEXT, flags=re.MULTILINE))
    assert rows == {name: str(PERTURBATIONS.get(name).seat) for name in CATALOGUE}


def test_paper_names_in_the_table_are_those_of_the_aliases():
    from failgym.labels.aliases import ALIASES

    for row in re.findall(r"^\| `\w+` \| .*$", TEXT, flags=re.MULTILINE):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        mode = PERTURBATIONS.get(cells[0].strip("`")).failure
        for paper, cell in zip(("guardian", "dream2fix", "vifailback", "aha"), cells[3:], strict=True):
            assert cell == ALIASES[paper].get(mode, ""), (mode, paper)
