"""Writes `tasks.md` and its pictures from the tasks: `python docs/build_tasks.py` (`--text`: without pictures)."""

import inspect
import re
import sys
from pathlib import Path
from typing import Any

from failgym.envs.registration import make_base
from failgym.tasks import NATIVE, TASKS
from failgym.tasks.splits import TASKS_OF

HERE = Path(__file__).parent
PAGE, PICTURES = HERE / "tasks.md", HERE / "assets" / "tasks"
SEED = 7
HEAD = """# The native tasks

Goals, variations and subtasks follow RLBench's vocabulary; shapes, proportions and phrasings are FailGym's own, made of
primitives, slides, hinges and screws, so a task of the same name is not the same task. Every environment id is
`FailGym/<name>-v0`. Pictures, plans and instructions below are those of seed {seed}, made by the tasks themselves
(`python docs/build_tasks.py`).

| task | primitive | split | robots | variants |
| --- | --- | --- | --- | --- |
"""


def text() -> str:
    """Return the page."""
    rows = [_row(name) for name in NATIVE]
    return HEAD.format(seed=SEED) + "\n".join(rows) + "\n" + "".join(_section(name) for name in NATIVE)


def main() -> None:
    """Write the page, and the pictures unless told otherwise."""
    PAGE.write_text(text(), encoding="utf-8")
    if "--text" in sys.argv:
        return
    from failgym.report.portraits import portrait

    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in NATIVE:
        (PICTURES / f"{name}.jpg").write_bytes(portrait(f"FailGym/{name}-v0", SEED).picture)


def _row(name: str) -> str:
    task = TASKS.get(name)
    split = next(split for split, names in TASKS_OF.items() if name in names).replace("_", " ")
    robots = ", ".join(task.robots)
    cells = (f"[{name}](#{name.lower()})", NATIVE[name].primitive, split, robots, str(len(task.variants)))
    return f"| {' | '.join(cells)} |"


def _section(name: str) -> str:
    env: Any = make_base(f"FailGym/{name}-v0")
    _, info = env.reset(seed=SEED)
    about, *rest = inspect.cleandoc(TASKS.get(name).__doc__ or "").split("\n\n")
    paragraphs = [re.sub(r"\s+", " ", paragraph) for paragraph in rest]
    plan = info["plan"]
    described = "\n\n".join([re.sub(r"\s+", " ", about), *paragraphs])
    variants = ", ".join(TASKS.get(name).variants)
    return (
        f"\n## {name}\n\n![{name} after reset](assets/tasks/{name}.jpg)\n\n{described}\n\n**Variants**: {variants}\n\n"
        f"*{info['instruction']}*\n\n{plan}\n"
    )


if __name__ == "__main__":
    main()
