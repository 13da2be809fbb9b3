"""Which tasks, variants and seeds are for training, for choosing, and for the final evaluation.

In the spirit of FailCoT: no training task appears in `test`. What a task is asked for varies by its *variant* (a
colour, a drawer, a count): `val` holds the training tasks' unseen variants and tasks of its own, `test` only tasks
that appear nowhere else, asked for colours that appear nowhere else. `long_horizon` are compositions of six steps or
more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from failgym.errors import UnknownNameError
from failgym.tasks.variation import COLOURS

COLOURS_OF: dict[str, tuple[str, ...]] = {
    "train": ("red", "green", "blue", "yellow"),
    "val": ("purple", "orange"),
    "test": ("cyan", "pink"),
    "long_horizon": tuple(COLOURS),
}
"""Colours that a split asks for; distractors may have any."""
SEEDS_OF: dict[str, int] = {"train": 0, "val": 1_000_000, "test": 2_000_000, "long_horizon": 3_000_000}
"""First seed of each split; it has a million."""
TASKS_OF: dict[str, tuple[str, ...]] = {
    "train": (
        "PushButtons", "PickCube", "PickUpCup", "SlideBlockToTarget", "SweepToDustpan", "TurnTap", "CloseJar",
        "CloseDrawer", "CloseMicrowave", "CloseLaptopLid", "OpenDrawer", "OpenBox", "OpenFridge", "StackBlocks",
        "PutItemInDrawer", "PutMoneyInSafe", "InsertOntoSquarePeg", "MeatOffGrill", "PlaceWine",
        "PutGroceriesInCupboard", "HandOverBar", "LiftTray",
    ),
    "val": ("TakeLidOffSaucepan", "CloseFridge", "StackCups", "PhoneOnBase", "PutPlateInRack", "PutItemInLiddedBox"),
    "test": (
        "LampOn", "PickAndLift", "ReachAndDrag", "LightBulbIn", "CloseBox", "CloseDoor", "OpenDoor", "OpenMicrowave",
        "ToiletSeatUp", "PutCubeInSafe", "PlaceShapeInShapeSorter", "PlaceCups", "PutRubbishInBin",
        "MoveHanger", "TakeShoesOutOfBox", "UnplugCharger", "InsertPegInSocket",
    ),
    "long_horizon": ("PutAllGroceriesInCupboard", "SortBlocks", "ClearTable"),
}  # fmt: skip
"""Tasks whose scenes and goals belong to a split."""


class Share(NamedTuple):
    """What a split takes of one task."""

    task: str
    variants: tuple[str, ...]

    @property
    def env_id(self) -> str:
        """Id of its environment."""
        return f"FailGym/{self.task}-v0"

    @property
    def kwargs(self) -> dict[str, Any]:
        """Arguments of `gym.make` that keep episodes within the share."""
        return {"variants": list(self.variants)}


@dataclass(frozen=True)
class Split:
    """One of the sets that everyone trains or evaluates on alike."""

    name: str
    shares: tuple[Share, ...]
    first_seed: int

    def __iter__(self) -> Iterator[Share]:
        """Go through the shares."""
        return iter(self.shares)

    def seed(self, index: int) -> int:
        """Return the seed of the split's episode of that number, for every task of it."""
        return self.first_seed + index


def split(name: str) -> Split:
    """Return a split.

    Example:
        >>> for share in split("val"):
        ...     env = gym.make(f"failgym:{share.env_id}", **share.kwargs)
        ...     env.reset(seed=split("val").seed(0))

    Raises:
        UnknownNameError: no split of that name.
    """
    if name not in TASKS_OF:
        raise UnknownNameError("split", name, TASKS_OF)
    shares = [Share(task, _asked(task, name)) for task in TASKS_OF[name]]
    if name == "val":
        held_out = [Share(task, _held_out(task)) for task in TASKS_OF["train"]]
        shares = [share for share in held_out if share.variants] + shares
    return Split(name, tuple(shares), SEEDS_OF[name])


def _variants(task: str) -> tuple[str, ...]:
    # Tasks load MuJoCo, names and splits do not.
    from failgym.tasks.native import TASKS

    return TASKS.get(task).variants


def _asked(task: str, name: str) -> tuple[str, ...]:
    """Variants that a split asks for, of its own tasks."""
    variants = _variants(task)
    if set(variants) <= set(COLOURS):
        return tuple(variant for variant in variants if variant in COLOURS_OF[name])
    held_out = _held_out(task) if name == "train" else ()
    return tuple(variant for variant in variants if variant not in held_out)


def _held_out(task: str) -> tuple[str, ...]:
    """Variants of a training task that only `val` asks for: the held-out colours, else the last variant."""
    variants = _variants(task)
    if set(variants) <= set(COLOURS):
        return tuple(variant for variant in variants if variant in COLOURS_OF["val"])
    return variants[-1:] if len(variants) > 1 else ()
