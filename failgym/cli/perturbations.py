"""`failgym perturbations`: the ways to fail."""

import ast
import dataclasses
import inspect
import itertools
import json
import textwrap
from dataclasses import dataclass
from typing import Any

import tyro

from failgym.cli.console import dump, say, table, wrapped
from failgym.errors import UnknownNameError


@dataclass(frozen=True)
class Perturbations:
    """List the perturbations: seat, failure mode, names in the papers, ranges. With a name, all about one."""

    name: tyro.conf.Positional[str | None] = None
    """Perturbation, such as slip."""
    json: bool = False
    """Print JSON."""

    def run(self) -> int:
        """Print them."""
        from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE, SUITES

        names = (*CATALOGUE, *CONDITIONS, *OFFLINE)
        if self.name is not None and self.name not in names:
            raise UnknownNameError("perturbation", self.name, names)
        about = [describe(name) for name in (names if self.name is None else (self.name,))]
        if self.json:
            dump(about if self.name is None else about[0])
        elif self.name is not None:
            _print_one(about[0])
        else:
            _print_all(about)
            say("\nSets of the papers:")
            for name, members in SUITES.items():
                say(wrapped(f"{name}: {', '.join(members)}", 4))
            say("\nAll about one:  failgym perturbations slip")
        return 0


def describe(name: str) -> dict[str, Any]:
    """Return what is known of a perturbation."""
    from failgym.labels.aliases import ALIASES
    from failgym.perturbations import PERTURBATIONS

    built = PERTURBATIONS.get(name)
    told = field_docs(built)
    mode = built.failure
    doc = inspect.cleandoc(built.__doc__ or "")
    return {
        "name": name,
        "seat": str(built.seat),
        "failure_mode": None if mode is None else str(mode),
        "family": mode.family if mode is not None else "success" if built.breaks else "condition",
        "summary": doc.splitlines()[0] if mode is None else mode.description,
        "papers": {paper: labels[mode] for paper, labels in ALIASES.items() if mode in labels},
        "fields": [
            {"name": field.name, "default": field.default, "doc": told.get(field.name, "")}
            for field in dataclasses.fields(built)
        ],
        "doc": doc,
    }


def field_docs(class_: type) -> dict[str, str]:
    """Return the text under each field of a dataclass."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(class_)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _range(value: object) -> str:
    return f"{value[0]:g} .. {value[1]:g}" if isinstance(value, tuple) and len(value) == 2 else str(value)


def _print_all(about: list[dict[str, Any]]) -> None:
    for entry in about:
        mode = "" if entry["failure_mode"] in (entry["name"], None) else f", mode {entry['failure_mode']}"
        say(f"{entry['name']}  ({entry['seat']} seat, {entry['family']}{mode})")
        say(wrapped(entry["summary"], 4))
        papers = ", ".join(f'{paper} "{label}"' for paper, label in entry["papers"].items())
        say(wrapped(f"papers: {papers or 'none names it'}", 4))
        for field in entry["fields"]:
            say(wrapped(f"{field['name']} = {_range(field['default'])}: {field['doc']}", 4))


def _print_one(entry: dict[str, Any]) -> None:
    say(f"{entry['name']}: {entry['doc']}\n")
    for name in ("seat", "failure_mode", "family"):
        say(f"{name:<14} {entry[name] or 'none'}")
    say()
    if entry["fields"]:
        rows = [[field["name"], _range(field["default"]), field["doc"]] for field in entry["fields"]]
        say(table(("parameter", "range", "meaning"), rows) + "\n")
    if entry["papers"]:
        say(table(("paper", "calls it"), entry["papers"].items()) + "\n")
    if entry["seat"] == "record":
        say(f'Use it:  failgym.perturbations.relabel(episode, "{entry["name"]}", seed=0)')
        return
    uses = [f'"{entry["name"]}"']
    if entry["fields"]:
        field = entry["fields"][0]
        value = list(field["default"]) if isinstance(field["default"], tuple) else field["default"]
        uses.append(json.dumps({"name": entry["name"], field["name"]: value}))
    say("Use it:  " + "   or   ".join(f"perturbations=[{use}]" for use in uses))
