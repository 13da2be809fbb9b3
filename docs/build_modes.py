"""Writes `modes/` from the registry: a page for each perturbation, with one executed example and its clip.

`python docs/build_modes.py` executes and films all examples anew, `--only slip,rotation` these, `--text` none. What is
shown is chosen in `assets/modes/examples.json` (`task`, `seed`, `view`, and `fields` if they are not the usual ones);
what was measured (`shown`), and the clips beside it, are written by this.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from failgym.cli.perturbations import describe
from failgym.episodes import CONTROL_HZ
from failgym.errors import ConfigurationError
from failgym.labels import Dream2FixLabel, FailureMode, Fix, low_level, names, sentence, unnamed
from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE, PERTURBATIONS, SUITES, Seat

HERE = Path(__file__).parent
PAGES, CLIPS = HERE / "modes", HERE / "assets" / "modes"
EXAMPLES = CLIPS / "examples.json"
NAMES = (*CATALOGUE, *CONDITIONS, *OFFLINE)
TITLES = {
    "guardian": "Guardian",
    "dream2fix": "Dream2Fix",
    "vifailback": "ViFailback",
    "aha": "AHA",
    "robofac": "RoboFAC",
}
"""Papers as they write themselves."""
SEATS = {
    Seat.PLAN: "the plan, before it is carried out",
    Seat.ACTION: "what the robot is told, each control step",
    Seat.SCENE: "the scene, at the beginning or while the arm moves",
    Seat.OBSERVATION: "what a policy sees",
    Seat.RECORD: "a recorded episode, afterwards",
}
HEAD = """# The perturbations

Each is one class, drawn once in each episode and recorded in a receipt. What is meant to fail comes with a fix that a
controller executes: an example below is a triplet whose nominal run succeeded, whose failed run failed in the labelled
way, and whose corrected run succeeded, all from one snapshot. The pages are made from the registry, the clips from the
runs (`python docs/build_modes.py`).
"""


Example = Mapping[str, Any]


def load() -> dict[str, list[dict[str, Any]]]:
    """Return the examples by name of the perturbation, the main one first."""
    found: dict[str, list[dict[str, Any]]] = json.loads(EXAMPLES.read_text("utf-8"))
    return found


def clip(name: str, number: int) -> Path:
    """Return the file of the clip of an example, counted from 0."""
    return CLIPS / (f"{name}_{number + 1}.webp" if number else f"{name}.webp")


def index() -> str:
    """Return the page of all, by seat."""
    parts = [HEAD]
    for seat, acts_on in SEATS.items():
        parts.append(f"\n## {str(seat).capitalize()}: {acts_on}\n\n")
        rows = [
            [f"[`{name}`]({name}.md)", _kind(name), _failure(name), _summary(name)]
            for name in NAMES
            if PERTURBATIONS.get(name).seat is seat
        ]
        parts.append(_table(("name", "makes", "failure mode", "what happens"), rows))
    sets = [[name, ", ".join(map(_member, members))] for name, members in SUITES.items()]
    return "".join([*parts, "\n## Sets of the papers\n\n", _table(("set", "perturbations"), sets)])


def _member(member: str | Mapping[str, Any]) -> str:
    """Return a member of a set, with a link to its page."""
    name, fields = (member, {}) if isinstance(member, str) else (member["name"], {**member, "name": None})
    given = "".join(f", `{key}` {value}" for key, value in fields.items() if value is not None)
    return f"[`{name}`]({name}.md){given}"


def page(name: str, examples: Sequence[Example]) -> str:
    """Return the page of one."""
    about = describe(name)
    paragraphs = inspect.cleandoc(PERTURBATIONS.get(name).__doc__ or "").split("\n\n")
    doc = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    fields = [[f"`{field['name']}`", _default(field["default"]), field["doc"]] for field in about["fields"]]
    parts = [
        f"# {name}\n\n{doc}\n\n{_picture(name, 0, examples[0])}",
        f"**Seat**: {about['seat']} (acts on {SEATS[Seat(about['seat'])]}). **Makes**: {_kind(name)}. "
        f"**Failure mode**: {_failure(name) or 'none'}.\n\n",
        "## Parameters\n\n" + _table(("field", "default", "meaning"), fields) + "\n" if fields else "",
        _labels(PERTURBATIONS.get(name).failure),
        f"## The example\n\n{_example(name, examples[0])}",
    ]
    for number, example in enumerate(examples[1:], 1):
        parts.append(f"## Another example\n\n{_picture(name, number, example)}{_example(name, example)}")
    return "".join(parts).rstrip() + "\n"


def film(name: str, number: int, chosen: Example) -> dict[str, Any]:
    """Execute and film one example; return it with what was measured."""
    from failgym.report.mode_examples import example

    made = example(_spec(name, chosen), chosen["task"], chosen["seed"], chosen["view"])
    clip(name, number).write_bytes(made.clip)
    return {**chosen, "shown": made.shown}


def main() -> None:
    """Write pages and clips."""
    only = sys.argv[sys.argv.index("--only") + 1].split(",") if "--only" in sys.argv else NAMES
    examples = load()
    for name in () if "--text" in sys.argv else only:
        examples[name] = [film(name, number, chosen) for number, chosen in enumerate(examples[name])]
        ordered = {each: examples[each] for each in NAMES if each in examples}
        EXAMPLES.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    PAGES.mkdir(exist_ok=True)
    for name in NAMES:
        (PAGES / f"{name}.md").write_text(page(name, examples[name]), encoding="utf-8")
    (PAGES / "index.md").write_text(index(), encoding="utf-8")


# -- the parts of a page ----------------------------------------------------------------------------------------------


def _spec(name: str, example: Example) -> dict[str, Any]:
    return {"name": name, **example.get("fields", {})}


def _picture(name: str, number: int, example: Example) -> str:
    shown = example["shown"]
    what = f"{example['task']}, seed {example['seed']}"
    if name in OFFLINE:
        told = [f"Recorded: {_quoted(shown['before'])}", f"Relabelled: {_quoted(shown['after'])}"]
    else:
        told = [_quoted(shown)]
    if "reason" in shown:
        told.append(f"Failed: {shown['reason']}.")
    if shown.get("fix"):
        told.append(f"Corrected: {' '.join(sentence(Fix.from_json(shown['fix'])).split())}")
    if example["view"].get("mark"):
        told.append("The ring is where the hand is by the numbers of the same observation.")
    alt = re.sub(r"[*\[\]]", "", f"{name} at {what}. {' '.join(told)}")
    return f"![{alt}](../assets/modes/{clip(name, number).name})\n\n{what}. {' '.join(told)}\n\n"


def _quoted(record: Mapping[str, Any]) -> str:
    return f"*{record['instruction'][0].upper()}{record['instruction'][1:]}.*"


def _labels(mode: FailureMode | None) -> str:
    if mode is None:
        return ""
    rows = []
    for paper, title in TITLES.items():
        labels = names(mode, paper)
        others = ", ".join(f"*{label}*" for label in labels[1:])
        rows.append([title, f"*{labels[0]}*" if labels else f"none: {unnamed(paper)[mode]}", others])
    return f"## In the words of the papers\n\n{_table(('paper', 'written', 'also read'), rows)}\n"


def _example(name: str, example: Example) -> str:
    shown, parts = example["shown"], []
    if "before" in shown:
        parts.append(_relabelling(shown))
    else:
        rows = [[run, *_outcome(result)] for run, result in shown["runs"].items()]
        parts.append(_table(("run", "outcome", "length"), rows) + "\n")
    for title, lines in (("Plan", shown.get("plan")), ("Carried out", shown.get("carried_out"))):
        if lines:
            parts.append(f"{title}: {'; '.join(f'{number}. {line}' for number, line in enumerate(lines, 1))}.\n\n")
    if shown["draw"]:
        parts.append(f"Drawn: {', '.join(f'`{key}` {value}' for key, value in shown['draw'].items())}.\n\n")
    if shown.get("onset") is not None:
        when = f", in the {shown['stage'].replace('_', '-')}" if shown["stage"] else ""
        parts.append(f"Physics shows it from control step {shown['onset']} on{when}: {shown['reason']}.\n\n")
    if shown.get("fix"):
        parts.append(_fix(PERTURBATIONS.get(name).failure, Fix.from_json(shown["fix"]), shown["keyframe"]))
    return "".join([*parts, _again(name, example)])


def _relabelling(shown: Mapping[str, Any]) -> str:
    rows = []
    for side, key in (("recorded", "before"), ("relabelled", "after")):
        record = shown[key]
        outcome = "success" if record["success"] else "failure"
        rows.append([side, record["instruction"], "; ".join(record["plan"]), outcome])
    return f"{_table(('record', 'instruction', 'plan', 'outcome'), rows)}\nHow that is known: {shown['evidence']}.\n\n"


def _fix(mode: FailureMode | None, fix: Fix, keyframe: int) -> str:
    label = Dream2FixLabel(False, mode, fix, keyframe)
    said = [
        ("In words", sentence(fix).replace("\n", " ")),
        ("As a Dream2Fix label, grammar `failgym`", label.text("failgym")),
        ("As a Dream2Fix label, grammar `paper`", _sayable(lambda: label.text("paper"))),
        ("As a ViFailback command", _sayable(lambda: low_level(fix))),
    ]
    told = [
        f"{title}:\n\n```text\n{text}\n```\n\n" if text else f"{title}: its vocabulary cannot say it.\n\n"
        for title, text in said
    ]
    return f"### The fix, at control step {keyframe}\n\n{''.join(told)}"


def _again(name: str, example: Example) -> str:
    task, seed, spec = example["task"], example["seed"], _spec(name, example)
    said = json.dumps(spec if len(spec) > 1 else name)
    command = ""
    if name in OFFLINE:
        python = (
            f'env = gym.make("failgym:FailGym/{task}-v0")\n'
            f"episode = failgym.rollout(env, seed={seed}, recorder=failgym.episodes.Recorder(every_steps=4))\n"
            f"failgym.perturbations.relabel(episode, {said}, seed={seed})"
        )
    elif PERTURBATIONS.get(name).failure is not None:
        shell = f"'{said}'" if len(spec) > 1 else name
        command = f"failgym generate --out triplets --env {task} --perturbations {shell} --seeds {seed}"
        python = f'failgym.generate.triplet("FailGym/{task}-v0", {said}, seed={seed}).certificate'
    else:
        python = (
            f'env = gym.make("failgym:FailGym/{task}-v0", obs_mode="rgb+state", perturbations=[{said}])\n'
            f"observation, info = env.reset(seed={seed})"
        )
    shell = f"```bash\n{command}\n```\n\n" if command else ""
    return f"### Again\n\n{shell}```python\n{python}\n```\n\nIts clip: `python docs/build_modes.py --only {name}`\n\n"


def _outcome(run: Mapping[str, Any]) -> list[str]:
    unmet = ", ".join(f"not {name.replace('_', ' ')}" for name in run["unmet"])
    said = "success" if run["success"] else f"failure: {unmet}" if unmet else "failure"
    return [said, f"{run['steps'] / CONTROL_HZ:.2f} s"]


def _sayable(say: Any) -> str:
    try:
        return str(say())
    except ConfigurationError:
        return ""


def _kind(name: str) -> str:
    if name in CATALOGUE:
        return "a failure"
    if name in CONDITIONS:
        return "a condition"
    return "a success" if PERTURBATIONS.get(name).failure is None else "a failed record"


def _failure(name: str) -> str:
    mode = PERTURBATIONS.get(name).failure
    return f"`{mode}`" if mode is not None else ""


def _summary(name: str) -> str:
    return " ".join(inspect.cleandoc(PERTURBATIONS.get(name).__doc__ or "").split("\n\n")[0].split())


def _default(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2:
        return f"{value[0]:g} .. {value[1]:g}"
    return "all" if value == () else str(value)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
