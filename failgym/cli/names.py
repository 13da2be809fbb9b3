"""What people may write for environments, perturbations and seeds."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from failgym.envs.registration import ENTRIES
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.tasks.splits import split

ALL = "all"


def env_ids(given: Iterable[str]) -> tuple[str, ...]:
    """Return full ids; `PickCube`, `PickCube-v0` and `FailGym/PickCube-v0` mean the same, and commas may separate them.

    Raises:
        UnknownNameError: no environment of that name.
    """
    return tuple(dict.fromkeys(_env_id(name) for name in _split(given)))


def scenes(given: Iterable[str], split_name: str | None) -> dict[str, dict[str, Any]]:
    """Return the environments to use, and what keeps each within a split.

    Raises:
        ConfigurationError: neither environments nor a split are given, or both.
        UnknownNameError: no environment or split of that name.
    """
    given = tuple(given)
    if bool(given) == (split_name is not None):
        raise ConfigurationError("--env", list(given) or None, "environments, or a split with --split, and not both")
    if split_name is None:
        return {env_id: {} for env_id in env_ids(given)}
    return {share.env_id: {"variants": share.variants} for share in split(split_name)}


def specs(given: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Return the specs of perturbations named one by one, by a paper's set, by `all`, or written as JSON.

    Raises:
        UnknownNameError: no perturbation or set of that name.
        ConfigurationError: JSON that cannot be read, or fields that do not fit.
    """
    from failgym.perturbations import CATALOGUE, PERTURBATIONS, SUITES, build

    found: list[dict[str, Any]] = []
    for name in _split(given):
        if name.startswith("{"):
            members: Iterable[Any] = (_mapping(name),)
        elif name == ALL:
            members = CATALOGUE
        elif name in SUITES:
            members = SUITES[name]
        elif name in PERTURBATIONS:
            members = (name,)
        else:
            raise UnknownNameError("perturbation", name, (*PERTURBATIONS.names(), *SUITES, ALL))
        found += [build(member).spec() for member in members]
    return tuple({json.dumps(spec, sort_keys=True): spec for spec in found}.values())


def seeds(text: str, split_name: str | None = None) -> tuple[int, ...]:
    """Return the seeds that a text such as `0:50`, `7` or `0:5,20,31` means; the end of a range is not part of it.

    Those of a split are counted from its first one.

    Raises:
        ConfigurationError: the text says nothing of the kind.
    """
    found: list[int] = []
    start = 0 if split_name is None else split(split_name).first_seed
    for part in text.split(","):
        first, colon, last = part.partition(":")
        try:
            found += range(int(first), int(last)) if colon else [int(first)]
        except ValueError:
            found.append(-1)
    if not found or min(found) < 0:
        raise ConfigurationError(
            "--seeds", text, "a range such as 0:50 (without its end), a list such as 3,5,9, or both"
        )
    return tuple(start + seed for seed in dict.fromkeys(found))


def short(env_id: str) -> str:
    """Return an id without its namespace, as folders are named."""
    return env_id.rpartition("/")[2]


def label(spec: Mapping[str, Any] | None) -> str:
    """Return a perturbation's name as folders are named: ranges that are not the usual ones add a few letters."""
    if spec is None:
        return "nominal"
    from failgym.perturbations import build

    name = str(spec["name"])
    try:
        usual = build(name) == build(spec)
    except ConfigurationError:
        # It has fields that must be given: no way of writing it is the usual one.
        usual = False
    return name if usual else f"{name}-{digest(spec)[:6]}"


def digest(data: Any) -> str:
    """Return 16 letters that say whether two pieces of JSON are the same."""
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def chosen_robot(env_id: str, robot: str | None) -> dict[str, str]:
    """Return the argument by which an environment is told its robot; robosuite's tasks may take two."""
    return {} if robot is None else {"robots" if "Robosuite" in env_id else "robot": robot}


def _env_id(name: str) -> str:
    wanted = name.removeprefix("failgym:")
    for env_id in ENTRIES:
        tail = short(env_id)
        if wanted in (env_id, tail, tail.rpartition("-v")[0]):
            return env_id
    raise UnknownNameError("environment", name, [short(env_id) for env_id in ENTRIES])


def _split(given: Iterable[str]) -> list[str]:
    parts = [part for text in given for part in ([text] if text.startswith("{") else text.split(","))]
    return [part.strip() for part in parts if part.strip()]


def _mapping(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigurationError(
            "--perturbations", text, f'JSON such as {{"name": "slip", "delay_steps": 3}} ({error})'
        ) from None
