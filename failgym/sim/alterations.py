"""What can be altered in a compiled model while an episode lasts, and how to put it back to the last bit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from failgym.rotations import multiply, quat_about_z, quat_from_rotvec, rotate
from failgym.sim.arena import TABLE_CENTRE
from failgym.sim.patterns import PATTERNS, material_of
from failgym.sim.robots.robot import PAD_PRIORITY

Values = tuple[float, ...]
Change = tuple[NDArray[Any], Any, Any]
"""An array of the model, an index into it, and what is written there."""

_NO_COLOUR = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)  # MuJoCo's default, which yields to a material's colour


class Place(NamedTuple):
    """Where in a model something is altered; ids."""

    geoms: NDArray[np.int64]
    painted: NDArray[np.int64]
    """Geoms that take a colour."""
    bodies: NDArray[np.int64]
    """Free bodies, and what hangs on them."""
    body: int
    flat: bool
    """It is a wide plane, and no thing."""
    camera: int
    contypes: tuple[NDArray[np.int32], NDArray[np.int32]]
    """Of all geoms, as they were built."""


def _friction(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    # Pads decide how they hold something, unless that has the higher priority.
    yield model.geom_priority, place.geoms, PAD_PRIORITY + 1
    yield model.geom_friction, (place.geoms, 0), values[0]


def _mass(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    factor = 1.0 + values[0] / float(model.body_mass[place.bodies].sum())
    yield from _heavier(model, place.bodies, factor, factor)


def _size(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    factor = values[0]
    first, number = model.body_bvhadr[place.body], model.body_bvhnum[place.body]
    for array, index in (
        (model.geom_size, place.geoms),
        (model.geom_pos, place.geoms),
        (model.geom_rbound, place.geoms),
        (model.geom_aabb, place.geoms),
        (model.bvh_aabb, np.arange(first, first + number)),
    ):
        yield array, index, factor * array[index]
    yield from _heavier(model, place.bodies, factor**3, factor**5)


def _heavier(model: mujoco.MjModel, bodies: NDArray[np.int64], mass: float, inertia: float) -> Iterator[Change]:
    """Scale masses, and what the compiler made of them."""
    for array in (model.body_mass, model.body_subtreemass):
        yield array, bodies, mass * array[bodies]
    yield model.body_inertia, bodies, inertia * model.body_inertia[bodies]
    yield model.body_invweight0, bodies, model.body_invweight0[bodies] / (mass, inertia)
    dofs = np.flatnonzero(np.isin(model.dof_bodyid, bodies))
    first = model.body_dofadr[model.dof_bodyid[dofs]]
    factors = np.where(dofs - first < 3, mass, inertia)
    yield model.dof_invweight0, dofs, model.dof_invweight0[dofs] / factors
    yield model.dof_M0, dofs, model.dof_M0[dofs] * factors


def _colour(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    red, green, blue, *strength = values
    share = strength[0] if strength else 1.0
    before = _seen(model, place.painted)[:, :3]
    yield model.geom_rgba, (place.painted, slice(0, 3)), before + share * (np.array((red, green, blue)) - before)


def _texture(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    called = material_of(PATTERNS[int(values[0])], place.flat)
    # The colour may be that of the material which is taken off.
    yield model.geom_rgba, place.painted, _seen(model, place.painted)
    yield model.geom_matid, place.painted, model.material(called).id


def _seen(model: mujoco.MjModel, geoms: NDArray[np.int64]) -> NDArray[np.float32]:
    """Colours as they are seen, (N, 4): those of the material, where a geom has none of its own."""
    colours = model.geom_rgba[geoms]
    plain = (colours == _NO_COLOUR).all(axis=1) & (model.geom_matid[geoms] >= 0)
    colours[plain] = model.mat_rgba[model.geom_matid[geoms][plain]]
    return np.asarray(colours)


def _light(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    brightness, turn, *tint = values
    head, main = model.vis.headlight, 0  # the first light is the main one
    factor = brightness * np.array(tint or (1.0, 1.0, 1.0))
    for array in (model.light_diffuse, model.light_specular, head.ambient, head.diffuse):
        yield array, ..., factor * array
    centre = np.array([*TABLE_CENTRE, 0.0])
    yield model.light_dir, main, rotate(quat_about_z(turn), model.light_dir[main])
    yield model.light_pos, main, centre + rotate(quat_about_z(turn), model.light_pos[main] - centre)


def _camera(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    yield model.cam_pos, place.camera, model.cam_pos[place.camera] + values[:3]
    turned = multiply(quat_from_rotvec(np.array(values[3:])), model.cam_quat[place.camera])
    yield model.cam_quat, place.camera, turned


def _spare(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    contypes, affinities = place.contypes
    yield model.geom_contype, place.geoms, contypes[place.geoms]
    yield model.geom_conaffinity, place.geoms, affinities[place.geoms]
    yield model.body_gravcomp, place.bodies, 0.0


def _place(model: mujoco.MjModel, place: Place, values: Values) -> Iterator[Change]:
    yield model.body_pos, place.body, values


ALTERATIONS: dict[str, Callable[[mujoco.MjModel, Place, Values], Iterator[Change]]] = {
    "friction": _friction,
    "mass": _mass,
    "size": _size,
    "colour": _colour,
    "texture": _texture,
    "light": _light,
    "camera": _camera,
    "spare": _spare,
    "place": _place,
}
"""What can be altered, and what that writes into a model."""


class Ledger:
    """What is altered in a model at present."""

    def __init__(self, model: mujoco.MjModel, find: Callable[[str, str], Place]) -> None:
        """Begin with nothing; `find` says where a property of a name lies."""
        self._model, self._find = model, find
        self._undo: list[Change] = []
        self.entries: Mapping[tuple[str, str], Values] = {}
        """Property and name to what was said of it."""

    def write(self, what: str, name: str, values: Sequence[float] | None) -> None:
        """Alter something, in addition to what is altered already; None takes it back."""
        entries = {key: value for key, value in self.entries.items() if key != (what, name)}
        if values is not None:
            entries[what, name] = tuple(float(value) for value in values)
        self.become(entries)

    def become(self, entries: Mapping[tuple[str, str], Values]) -> bool:
        """Alter exactly this; return whether that changes anything.

        All is put back before anything is written: what is in the model does not depend on what was there before.
        """
        if entries == self.entries:
            return False
        for array, index, before in reversed(self._undo):
            array[index] = before
        self._undo = []
        for (what, name), values in entries.items():
            for array, index, value in ALTERATIONS[what](self._model, self._find(what, name), values):
                self._undo.append((array, index, np.array(array[index])))
                array[index] = value
        self.entries = dict(entries)
        return True


__all__ = ["ALTERATIONS", "Change", "Ledger", "Place", "Values"]
