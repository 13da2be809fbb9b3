"""`failgym perturbations`: the ways to fail."""

import ast
import dataclasses
import inspect
import itertools
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

import tyro

from failgym.cli.console import dump, say, table, wrapped
from failgym.errors import UnknownNameError

HEADS = {
    "failures": "Failures: the expert fails, for this reason",
    "conditions": "Conditions: nothing is done wrong, and policies have to cope",
    "records": "On recorded episodes, offline",
    "written by a language model": "Written by a language model, through an OpenAI-compatible endpoint",
    "combinations": "Made of others",
}
"""Group -> its heading."""
FAMILIES = {
    "conditions": "condition",
    "written by a language model": "as asked for",
    "combinations": "that of its parts",
}
"""Group -> family of those of its members that have no failure mode of their own; others make successes."""
REQUIRED = "must be given"


@dataclass(frozen=True)
class Perturbations:
    """List the perturbations by group: seat, failure mode, names in the papers, ranges. With a name, all about one."""

    name: tyro.conf.Positional[str | None] = None
    """Perturbation, such as slip."""
    json: bool = False
    """Print JSON."""

    def run(self) -> int:
        """Print them."""
        from failgym.perturbations import PERTURBATIONS, SUITES

        if self.name is not None and self.name not in PERTURBATIONS:
            raise UnknownNameError("perturbation", self.name, PERTURBATIONS.names())
        listed = [name for members in groups().values() for name in members]
        about = [describe(name) for name in (listed if self.name is None else (self.name,))]
        if self.json:
            dump(about if self.name is None else about[0])
        elif self.name is not None:
            _print_one(about[0])
        else:
            _print_all(about)
            say("\nSets of the papers:")
            for name, members in SUITES.items():
                say(wrapped(f"{name}: {', '.join(map(_written, members))}", 4))
            say("\nAll about one:  failgym perturbations slip")
        return 0


def groups() -> dict[str, tuple[str, ...]]:
    """Return the names of all that are registered, by what they are for."""
    from failgym.perturbations import CATALOGUE, CONDITIONS, OFFLINE, PERTURBATIONS

    rest = [name for name in PERTURBATIONS.names() if name not in (*CATALOGUE, *CONDITIONS, *OFFLINE)]
    combine = {name for name in rest if "of" in _defaults(name)}
    return {
        "failures": CATALOGUE,
        "conditions": CONDITIONS,
        "records": OFFLINE,
        "written by a language model": tuple(name for name in rest if name not in combine),
        "combinations": tuple(name for name in rest if name in combine),
    }


def describe(name: str) -> dict[str, Any]:
    """Return what is known of a perturbation."""
    from failgym.labels import FailureMode
    from failgym.labels.aliases import ALIASES
    from failgym.perturbations import PERTURBATIONS, Seat

    built = PERTURBATIONS.get(name)
    told, group = field_docs(built), next(group for group, members in groups().items() if name in members)
    combined = group == "combinations"
    mode = built.failure if isinstance(built.failure, FailureMode) and not combined else None
    doc = inspect.cleandoc(built.__doc__ or "")
    return {
        "name": name,
        "group": group,
        "seat": "any" if combined and built.seat is Seat.RECORD else str(built.seat),
        "failure_mode": None if mode is None else str(mode),
        "family": mode.family if mode is not None else FAMILIES.get(group, "success"),
        "summary": doc.splitlines()[0] if mode is None else mode.description,
        "papers": {paper: labels[mode] for paper, labels in ALIASES.items() if mode in labels},
        "fields": [
            {"name": field, "default": default, "required": default is REQUIRED, "doc": told.get(field, "")}
            for field, default in _defaults(name).items()
        ],
        "doc": doc,
    }


def field_docs(class_: type) -> dict[str, str]:
    """Return the text under each field of a dataclass, those that it inherits included."""
    wanted = {field.name for field in dataclasses.fields(class_)}
    trees = [ast.parse(textwrap.dedent(inspect.getsource(base))) for base in class_.__mro__[::-1] if is_dataclass(base)]
    return {
        field.target.id: " ".join(text.value.value.split())
        for tree in trees
        for definition in tree.body
        if isinstance(definition, ast.ClassDef)
        for field, text in itertools.pairwise(definition.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in wanted
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _defaults(name: str) -> dict[str, Any]:
    """Return the fields with their defaults."""
    from failgym.perturbations import PERTURBATIONS

    fields = dataclasses.fields(PERTURBATIONS.get(name))
    return {field.name: REQUIRED if field.default is dataclasses.MISSING else field.default for field in fields}


def _range(value: object) -> str:
    return f"{value[0]:g} .. {value[1]:g}" if isinstance(value, tuple) and len(value) == 2 else str(value)


def _print_all(about: list[dict[str, Any]]) -> None:
    for number, entry in enumerate(about):
        if number == 0 or entry["group"] != about[number - 1]["group"]:
            head = HEADS[entry["group"]]
            say(f"{head if number == 0 else chr(10) + head}\n{'-' * len(head)}")
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
        say(f"Use it:  failgym.perturbations.relabel(episode, {_uses(entry)[0]}, seed=0)")
        return
    say("Use it:  " + "   or   ".join(f"perturbations=[{use}]" for use in _uses(entry)))


def _uses(entry: dict[str, Any]) -> list[str]:
    """Return what may stand in a list of perturbations."""
    name, fields = entry["name"], entry["fields"]
    if entry["group"] == "combinations":
        return [json.dumps({"name": name, "of": ["slip"]})]
    if any(field["required"] for field in fields):
        return [json.dumps({"name": name} | {field["name"]: "..." for field in fields if field["required"]})]
    first = [json.dumps({"name": name, field["name"]: field["default"]}) for field in fields[:1]]
    return [f'"{name}"', *first]


def _written(member: str | Mapping[str, Any]) -> str:
    """Return a member of a set as it can be asked for."""
    return member if isinstance(member, str) else json.dumps(member)
