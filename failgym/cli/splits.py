"""`failgym splits`: what is for training, for choosing, and for the final evaluation."""

from dataclasses import dataclass

import tyro

from failgym.cli.console import dump, say, wrapped
from failgym.tasks import NATIVE
from failgym.tasks.splits import SEEDS_OF, TASKS_OF, split
from failgym.tasks.variation import COLOURS

ABOUT = {
    "train": "everything may be learned from these",
    "val": "unseen variants of the training tasks, and tasks of its own: for choosing",
    "test": "tasks that appear in no other split, colours that train and val never ask for: for the final evaluation",
    "long_horizon": "compositions of six steps or more, unseen in training",
}


@dataclass(frozen=True)
class Splits:
    """Print the card of the splits: which tasks, variants and seeds are for what. With a name, one of them."""

    name: tyro.conf.Positional[str | None] = None
    """Split: train, val, test or long_horizon."""
    json: bool = False
    """Print JSON."""

    def run(self) -> int:
        """Print it."""
        chosen = [split(name) for name in (TASKS_OF if self.name is None else (self.name,))]
        if self.json:
            dump({each.name: {"first_seed": each.first_seed, "tasks": each.shares} for each in chosen})
            return 0
        for each in chosen:
            variants = sum(len(share.variants) for share in each)
            last = each.first_seed + 999_999
            say(f"{each.name}: {len(each.shares)} tasks, {variants} variants, seeds {each.first_seed}..{last}")
            say(wrapped(ABOUT[each.name], 4))
            for share in each:
                shown = "all colours" if set(share.variants) == set(COLOURS) else ", ".join(share.variants)
                say(f"    {share.task:<26} {NATIVE[share.task].primitive:<9} {shown}")
            say()
        if self.name is None:
            say(f"Use one:  failgym generate --split {next(iter(SEEDS_OF))} --seeds 0:10 --out data")
        return 0
