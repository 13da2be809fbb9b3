"""How RLBench lays out a demonstration on disk, and how its world lies to ours.

Source: RLBench 1.2.0 (James et al., RA-L 2020) and its PerAct and GemBench forks, by reading.
"""

import re
from pathlib import Path
from typing import NamedTuple

CAMERAS: dict[str, str] = {
    "left": "left_shoulder",
    "right": "right_shoulder",
    "overhead": "overhead",
    "wrist": "wrist",
    "front": "front",
}
"""Our name of each camera to RLBench's."""
RGB, DEPTH, MASK = "rgb", "depth", "mask"
"""Kinds of pictures; each has a folder `<camera>_<kind>` with `<step>.png` for every observation."""
LOW_DIM = "low_dim_obs.pkl"
DESCRIPTIONS = "variation_descriptions.pkl"
"""In the variation's folder, in PerAct's layout in every episode's."""
VARIATION_NUMBER = "variation_number.pkl"
"""In every episode's folder, in PerAct's layout."""
EPISODES, ALL_VARIATIONS = "episodes", "all_variations"
BLANK = "failgym_blank"
"""Key of `misc` under which our export names the folders whose pictures are only there because RLBench's loader insists
on them."""
STEP = "failgym_step"
"""Key of `misc` under which our export tells the control step of an observation."""
OURS = "failgym"
"""Folder in which our export keeps what RLBench has no place for: the episode as we save it, without its pictures."""

DEPTH_SCALE = 2**24 - 1
"""A stored depth is a 24 bit number, from 0 at the near plane to this at the far plane."""
ORIGIN = (-0.309, 0.0, 0.752)
"""Where the origin of our world, the point of the table top below the robot, lies in RLBench's, m."""
FINGER_TRAVEL = 0.04
"""How far each of the Panda's fingers opens, m."""
OPEN_BELOW = 0.1
"""Closure below which RLBench calls a gripper open, 0..1."""

_VARIATION = re.compile(r"variation(\d+)")
_EPISODE = re.compile(r"episode(\d+)")


class Entry(NamedTuple):
    """Where one demonstration lies in a data set."""

    task: str
    """Name of RLBench's task file."""
    variation: int | None
    """None in `all_variations`, where each episode says its own."""
    number: int

    @property
    def folder(self) -> str:
        """Path in the data set."""
        variation = ALL_VARIATIONS if self.variation is None else f"variation{self.variation}"
        return f"{self.task}/{variation}/{EPISODES}/episode{self.number}"


def entry_of(folder: Path) -> Entry | None:
    """Return the entry that a folder's path spells; None for folders with other names."""
    parts = folder.absolute().parts
    if len(parts) < 5 or parts[-2] != EPISODES:
        return None
    episode, variation = _EPISODE.fullmatch(parts[-1]), _VARIATION.fullmatch(parts[-3])
    if episode is None or (variation is None and parts[-3] != ALL_VARIATIONS):
        return None
    return Entry(parts[-4], int(variation[1]) if variation else None, int(episode[1]))


def find(root: str | Path) -> list[Path]:
    """Return the folders of all demonstrations at or below a folder, in natural order."""
    top = Path(root)
    found = [top] if (top / LOW_DIM).is_file() else [path.parent for path in top.glob(f"**/{EPISODES}/*/{LOW_DIM}")]
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[str, int]]:
    """A key by which episode2 comes before episode10."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", str(path))]
