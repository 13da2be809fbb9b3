"""Writes `modes/` from the registry: a page for each way to fail, with a clip of one certified example.

Run `python docs/build_modes.py` (`--text`: keep the clips that are there; names: only these).
"""

import inspect
import io
import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from failgym.cli.perturbations import describe
from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE, PERTURBATIONS

HERE = Path(__file__).parent
PAGES, CLIPS = HERE / "modes", HERE / "assets" / "modes"
EXAMPLES = ("StackBlocks", "PutItemInDrawer", "PickCube", "SlideBlockToTarget", "PushButtons", "OpenDrawer", "CloseJar")
SEEDS = range(6)
SIZE = (200, 150)
HEAD = """# The ways to fail

Each is one class, drawn once in each episode, recorded in a receipt, and paired with a fix that a controller executes.
The pages are made from the registry (`python docs/build_modes.py`), the clips from certified triplets.

| name | seat | failure mode | what happens |
| --- | --- | --- | --- |
"""


def index() -> str:
    """Return the table of all."""
    rows = []
    for name in (*CATALOGUE, *CONDITIONS, *OFFLINE):
        about = describe(name)
        rows.append(f"| [`{name}`]({name}.md) | {about['seat']} | {about['failure_mode']} | {_first_line(name)} |")
    return HEAD + "\n".join(rows) + "\n"


def page(name: str) -> str:
    """Return the page of one, without what an example showed."""
    about = describe(name)
    doc = inspect.cleandoc(PERTURBATIONS.get(name).__doc__ or "")
    fields = "\n".join(f"| `{field['name']}` | {field['default']} | {field['doc']} |" for field in about["fields"])
    papers = ", ".join(f"{paper}: *{label}*" for paper, label in about["papers"].items()) or "no name in the papers"
    clip = CLIPS / f"{name}.webp"
    shown = f"![one example](../assets/modes/{clip.name})\n\n" if clip.is_file() else ""
    table = f"| field | default | meaning |\n| --- | --- | --- |\n{fields}\n\n" if fields else ""
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", doc)
    facts = (
        f"**Seat**: {about['seat']}. **Failure mode**: {about['failure_mode'] or 'none'}. **In the papers**: {papers}."
    )
    use = f'gym.make("failgym:FailGym/StackBlocks-v0", perturbations=["{name}"])'
    if about["seat"] == "record":
        use = f'failgym.perturbations.relabel(episode, "{name}", seed=3)'
    return f"# {name}\n\n{text}\n\n{shown}{facts}\n\n{table}```python\n{use}\n```\n"


def film(name: str) -> None:
    """Write a clip of the first certified example."""
    from failgym.generate import Recording, triplet
    from failgym.report.clips import gif

    for seed in SEEDS:
        for task in EXAMPLES:
            look: dict[str, Any] = {"cameras": ("left",), "image_size": SIZE}
            made = triplet(f"FailGym/{task}-v0", name, seed, recording=Recording(every_steps=3), **look)
            if made.certificate.holds:
                film = Image.open(io.BytesIO(gif(made, "left", width=450)))
                film.save(CLIPS / f"{name}.webp", "WEBP", save_all=True, quality=45, method=4)
                return
    sys.stderr.write(f"{name}: nothing certified to show\n")


def _first_line(name: str) -> str:
    return inspect.cleandoc(PERTURBATIONS.get(name).__doc__ or "").split("\n\n")[0].replace("\n", " ")


def main() -> None:
    """Write pages and clips."""
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    PAGES.mkdir(exist_ok=True)
    CLIPS.mkdir(parents=True, exist_ok=True)
    if "--text" not in sys.argv:
        for name in wanted or CATALOGUE:
            film(name)
    for name in (*CATALOGUE, *CONDITIONS, *OFFLINE):
        (PAGES / f"{name}.md").write_text(page(name), encoding="utf-8")
    (PAGES / "index.md").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main()
