"""The properties of a scene that perturbations alter: where each lies in the model, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import mujoco
import numpy as np

from failgym.errors import ConfigurationError
from failgym.rotations import quat_about_z
from failgym.scene import PATTERNS, SOMEBODY, SceneFacts, Vector
from failgym.sim.alterations import Ledger, Place, Values
from failgym.sim.slots import Slot, described

ROOM = "room"
"""Name under which light is altered."""
TABLE = "table"
"""Name of the table top: things can be placed on it, wherever there is room."""
FLOOR = "floor"
"""Name under which the background is altered: what is seen beyond the table."""

_GEOM = int(mujoco.mjtObj.mjOBJ_GEOM)


class Factors:
    """Alters a model, and the facts with it; snapshots hold what is altered."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        slots: Mapping[str, Slot],
        named: dict[str, Slot],
        origin: Vector,
    ) -> None:
        """Take the slots of all entities, and the (changing) names that an episode gives some of them."""
        self._model, self._data, self._slots, self._named, self._origin = model, data, slots, named, origin
        self._contypes = model.geom_contype.copy(), model.geom_conaffinity.copy()
        self._unseen = data.mocap_pos.copy(), data.mocap_quat.copy()
        self._ledger = Ledger(model, self._where)

    @property
    def entries(self) -> Mapping[tuple[str, str], Values]:
        """What is altered now, of which name, and how."""
        return self._ledger.entries

    def alterable(self, extras: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """Return the properties that can be altered in this episode, and at which names."""
        named, free = self._named, tuple(name for name, slot in self._named.items() if slot.free)
        used = {slot.entity.key for slot in named.values()}
        spare = [slot.entity for slot in self._slots.values() if slot.free and slot.entity.key not in used]
        fixed = np.flatnonzero(self._model.cam_bodyid == 0)
        room = [name for name in (TABLE, FLOOR) if mujoco.mj_name2id(self._model, _GEOM, name) >= 0]
        looks = (*room, *(name for name, slot in named.items() if len(slot.paint)))
        furnished = {"texture": looks} if PATTERNS in extras else {}
        return {
            "friction": free,
            "mass": free,
            "size": tuple(name for name in free if named[name].entity.resized(1.0) is not None),
            "colour": looks,
            "light": (ROOM,),
            "camera": tuple(self._model.camera(int(index)).name for index in fixed),
            "spare": tuple(entity.key for entity in spare if entity.describe(entity.key).height),
            "place": tuple(name for name, slot in named.items() if slot.entity.painted),
            **furnished,
            **({SOMEBODY: (SOMEBODY,)} if SOMEBODY in extras else {}),
        }

    def alter(self, what: str, name: str, values: Sequence[float] | None, facts: SceneFacts) -> SceneFacts:
        """Alter a property, None takes it back; return the facts as they are then.

        Raises:
            ConfigurationError: a property or name that cannot be altered here.
        """
        possible = facts.alterable
        if what not in possible:
            raise ConfigurationError("property", what, ", ".join(possible))
        if name not in possible[what]:
            raise ConfigurationError(what, name, ", ".join(possible[what]) or "nothing in this scene")
        if what == SOMEBODY:
            self._bring_board(values)
            return facts
        self._ledger.write(what, name, values)
        if what == "spare" and values is not None:
            self._bring(self._slots[name], values)
        if what != "size":
            return facts
        before, facts = facts.thing(name), self.resized(facts)
        after = facts.thing(name)
        if before is not None and after is not None:
            for free in self._named[name].free:
                self._data.qpos[free.qpos + 2] += (after.height - before.height) / 2
        return facts

    def write(self, what: str, name: str, values: Sequence[float]) -> None:
        """Write a property down without asking whether it may be altered."""
        self._ledger.write(what, name, values)

    def become(self, entries: Mapping[tuple[str, str], Values], facts: SceneFacts) -> SceneFacts:
        """Alter exactly this; return the facts as they are then."""
        return self.resized(facts) if self._ledger.become(entries) else facts

    def resized(self, facts: SceneFacts) -> SceneFacts:
        """Describe things as large as they are altered to be."""
        changed = {}
        for name, slot in self._named.items():
            usual = self._slots[slot.entity.key]
            factor = self.entries.get(("size", name), (1.0,))[0]
            entity = usual.entity.resized(factor) if factor != 1.0 else usual.entity
            if entity is not None and entity != slot.entity:
                self._named[name] = usual if entity is usual.entity else replace(usual, entity=entity)
                changed[name] = described(entity, name)
        if not changed:
            return facts
        return replace(facts, things=tuple(changed.get(thing.name, thing) for thing in facts.things))

    def _where(self, what: str, name: str) -> Place:
        """Where in the model a property of a name lies."""
        model, none = self._model, np.zeros(0, dtype=np.int64)
        if what == "camera":
            return Place(none, none, none, -1, False, model.camera(name).id, self._contypes)
        if name in (TABLE, FLOOR):
            return Place(none, np.array([model.geom(name).id]), none, -1, True, -1, self._contypes)
        if name == ROOM:
            return Place(none, none, none, -1, False, -1, self._contypes)
        slot = self._slots[name] if what == "spare" else self._named[name]
        bodies = np.unique(model.geom_bodyid[slot.geoms])
        return Place(slot.geoms, slot.paint, bodies, slot.body, False, -1, self._contypes)

    def _bring(self, slot: Slot, values: Sequence[float]) -> None:
        """Stand a spare thing on the table."""
        x, y, heading = values
        height = slot.entity.describe(slot.entity.key).height
        slot.stand(self._data, np.array([x, y, height / 2]) + self._origin, quat_about_z(heading))

    def _bring_board(self, values: Sequence[float] | None) -> None:
        data = self._data
        if values is None:
            data.mocap_pos[:], data.mocap_quat[:] = self._unseen
        else:
            data.mocap_pos[:], data.mocap_quat[:] = np.add(values[:3], self._origin), values[3:]


__all__ = ["FLOOR", "ROOM", "TABLE", "Factors"]
