"""What the shape of a thing means to the hand that is to grasp it."""

from failgym.scene import SceneFacts, Thing

LONG, ROUND = 2, 4
"""Number of headings in which a thing looks the same, up to which it counts as long, and above which as round."""
FILLS = 0.7
"""Width relative to that of the open hand, 0..1, from which on a thing fills it: a finger of a hand that is a few
centimetres beside it is over it, and inside it if it is hollow."""


def is_long(thing: Thing) -> bool:
    """Whether a hand must be turned across it."""
    return 0 < thing.symmetry <= LONG


def is_round(thing: Thing) -> bool:
    """Whether a hand may be turned however it likes about its axis."""
    return thing.symmetry == 0 or thing.symmetry > ROUND


def fills(thing: Thing, facts: SceneFacts) -> bool:
    """Whether it is nearly as wide as the open hand."""
    return thing.width > FILLS * facts.max_opening
