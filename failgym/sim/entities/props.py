"""Things of everyday life that no task needs: they stand about to distract."""

from failgym.scene import PROP
from failgym.sim.entities.entity import Entity
from failgym.sim.entities.grocery import Packet, Tin

_CREAM, _WHITE = (0.93, 0.89, 0.78, 1.0), (0.95, 0.95, 0.93, 1.0)
_BLUE, _GREEN, _SLATE = (0.20, 0.33, 0.62, 1.0), (0.27, 0.46, 0.30, 1.0), (0.33, 0.37, 0.42, 1.0)
_OCHRE, _PLUM, _MOSS = (0.83, 0.62, 0.22, 1.0), (0.46, 0.22, 0.36, 1.0), (0.62, 0.68, 0.30, 1.0)

PROPS: tuple[Entity, ...] = (
    Packet(f"{PROP}book", (0.036, 0.026, 0.009), _BLUE, label=_CREAM, mass=0.12),
    Packet(f"{PROP}carton", (0.021, 0.021, 0.036), _WHITE, label=_GREEN, banded=True, mass=0.09),
    Packet(f"{PROP}sponge", (0.033, 0.022, 0.013), _OCHRE, label=_MOSS, banded=True, mass=0.03),
    Tin(f"{PROP}paint tin", 0.027, 0.030, _SLATE, label=_OCHRE, mass=0.12),
    Tin(f"{PROP}ink bottle", 0.021, 0.026, _PLUM, label=_CREAM, neck=0.020, mass=0.10),
    Tin(f"{PROP}spool", 0.024, 0.018, _WHITE, label=_BLUE, mass=0.06),
)
"""Free things, none more than 0.045 m from its axis, and none higher than 0.08 m."""

__all__ = ["PROPS"]
