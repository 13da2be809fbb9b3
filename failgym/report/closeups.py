"""Triplets filmed from near by: a camera that looks at what a failure is about, while it happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from failgym.episodes import Episode, Frame, Triplet
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.generate import Generator, Recording
from failgym.perturbations.compose import Spec
from failgym.plans import Subtask
from failgym.sim.cameras import CameraSpec, camera_id, extrinsics, intrinsics
from failgym.sim.render import png

CAMERA = "front"
"""The camera that is put elsewhere."""
SIZE = (270, 216)
"""Width and height of a frame, px."""
ASPECT = SIZE[0] / SIZE[1]
FOVY_DEG = 28.0
"""Its vertical field of view, degrees: a long lens, which draws near and far things alike."""
FINER = 2
"""Pictures are drawn that many times larger and scaled down: edges become smooth, and compress well."""
HAND_M = 0.16
"""From the tool point of a hand to a thing, below which the hand is part of what is looked at, m."""
BEFORE, AFTER = 16, 24
"""Control steps that are shown before the keyframe and after the onset, unless told otherwise."""


@dataclass(frozen=True)
class Shot:
    """From where a failure is filmed, and when."""

    azimuth_deg: float = 40.0
    """Where the camera stands around what it looks at: 0 in front of the robot, 90 at its left hand, degrees."""
    elevation_deg: float = 22.0
    """How high it stands, above the horizon, degrees."""
    room_m: float = 0.08
    """Room that is left around what it looks at, m."""
    first: int | None = None
    """Control step of the first picture; None: a little before the fix takes over."""
    last: int | None = None
    """Control step of the last picture; None: a little after the onset."""
    every: int = 2
    """Control steps from one picture to the next."""
    things: tuple[str, ...] = ()
    """Names of what it looks at; empty: what the failure is about."""

    def __post_init__(self) -> None:
        """Check what cannot be filmed."""
        object.__setattr__(self, "things", tuple(self.things))
        if self.every < 1:
            raise ConfigurationError("every", self.every, "a number of control steps from 1")
        if not 0.0 <= self.elevation_deg < 90.0:
            raise ConfigurationError("elevation_deg", self.elevation_deg, "degrees from 0, below 90")


def film(env_id: str, perturbation: Spec, seed: int, shot: Shot | None = None, size: tuple[int, int] = SIZE) -> Triplet:
    """Make the triplet of one seed, with frames of a camera near by, which goes by the name of `CAMERA`.

    Args:
        env_id: Registered id of a native task.
        perturbation: Name, mapping with `name`, or instance.
        seed: Fixes scene, variation and draw.
        shot: From where and when; None lets the failure decide.
        size: Width and height of the frames, px.

    Returns:
        The triplet; without frames where no failure was confirmed.

    Raises:
        UnknownNameError, ConfigurationError: an id, perturbation, argument or name of a thing that does not exist.
    """
    shot = shot or Shot()
    with Generator(env_id) as scout:
        found = scout.triplet(perturbation, seed)
        if found.certificate.onset is None:
            return found
        steps = span(found, shot)
        camera = look(scout.env.unwrapped, found, steps, shot)
    recording = Recording(boundaries=False, every_steps=shot.every)
    with Generator(env_id, recording=recording, render_profile="shadow") as filmed:
        base: Any = filmed.env.unwrapped
        base.frames = _Closeup(base, camera, steps, size).frames
        return filmed.triplet(perturbation, seed)


def span(triplet: Triplet, shot: Shot) -> range:
    """Return the control steps that are shown of a triplet whose failure was confirmed."""
    certificate = triplet.certificate
    runs = [run.steps for run in _runs(triplet)]
    first = (certificate.keyframe or 0) - BEFORE if shot.first is None else shot.first
    last = (certificate.onset or 0) + AFTER if shot.last is None else shot.last
    first = max(0, min(first, min(runs) - shot.every))
    return range(first, min(max(last, first + shot.every), max(runs)) + 1)


def look(base: Any, triplet: Triplet, steps: range, shot: Shot) -> CameraSpec:
    """Return a camera that has in its view what the failure is about, in these control steps of all runs.

    Args:
        base: The native environment, as the triplet left it; recorded moments are shown in it.
        triplet: One whose failure was confirmed.
        steps: Control steps.
        shot: From where it looks.

    Raises:
        UnknownNameError: the scene has no thing of a name that the shot looks at.
    """
    world = base.world
    for name in shot.things:
        if name not in world.names:
            raise UnknownNameError("thing", name, world.names)
    names = shot.things or concerned(triplet, world.names)
    points = np.concatenate(list(_points(base, triplet, steps, names)))
    back, right, up = _axes(np.radians(shot.azimuth_deg), np.radians(shot.elevation_deg))
    across, high = points @ right, points @ up
    middle = (across.min() + across.max()) / 2 * right + (high.min() + high.max()) / 2 * up
    middle = middle + float((points @ back).mean()) * back
    offsets = points - middle
    half = np.tan(np.radians(FOVY_DEG) / 2)
    far = offsets @ back + np.maximum(
        (np.abs(offsets @ right) + shot.room_m) / (half * ASPECT),
        (np.abs(offsets @ up) + shot.room_m) / half,
    )
    place = middle + float(far.max()) * back
    return CameraSpec(CAMERA, _triple(place), _triple(middle), FOVY_DEG)


def concerned(triplet: Triplet, names: Sequence[str]) -> tuple[str, ...]:
    """Return which of these things the failure of a triplet is about: those that are handled then, or drawn."""
    certificate = triplet.certificate
    assert triplet.nominal is not None
    assert triplet.injected is not None
    assert certificate.injection is not None
    handled: list[Subtask] = []
    hit = certificate.injection.subtask or 0
    for run in (triplet.nominal, triplet.injected):
        handled += run.plan.subtasks[hit : hit + 1] or run.plan.subtasks[-1:]
    onset = certificate.onset or 0
    handled += [each.subtask for each in triplet.injected.spans if each.start <= onset < each.end]
    words = [word for subtask in handled for word in (subtask.object, subtask.target)]
    words += list(_strings(certificate.injection.params))
    return tuple(name for name in names if name in words)


class _Closeup:
    """Takes the place of an environment's own frames."""

    def __init__(self, base: Any, camera: CameraSpec, steps: range, size: tuple[int, int]) -> None:
        self._base, self._camera, self._steps, self._size = base, camera, steps, size

    def frames(self, subtask: Subtask | None) -> Sequence[Frame]:
        """Return the frame of the camera near by, while it films."""
        base, size = self._base, self._size
        if base.ticks not in self._steps:
            return ()
        model, data = base.world.model, base.world.data
        self._aim(model, data)
        large = Image.fromarray(base.picture(CAMERA, (FINER * size[0], FINER * size[1])))
        picture = png(np.asarray(large.resize(size, Image.Resampling.BOX)))
        k, pose = intrinsics(model, CAMERA, size), extrinsics(model, data, CAMERA)
        return (Frame(base.ticks, CAMERA, picture, size, k, pose),)

    def _aim(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Put the camera in its place; anew each time, since a world may be built anew under an environment."""
        index, camera = camera_id(model, CAMERA), self._camera
        model.cam_pos[index], model.cam_quat[index] = camera.pos, camera.quat_wxyz
        model.cam_fovy[index] = camera.fovy_deg
        mujoco.mj_camlight(model, data)


def _points(base: Any, triplet: Triplet, steps: range, names: Sequence[str]) -> Iterator[NDArray[np.float64]]:
    """Give where things and hands are in each of the runs, (N, 3) m."""
    world = base.world
    geoms = np.concatenate([np.zeros(0, dtype=np.int64), *(world.geoms(name) for name in names)]).astype(np.int64)
    for run in _runs(triplet):
        for row in run.arrays["state"][steps.start : steps.stop : 4]:
            base.show(row)
            things = world.data.geom_xpos[geoms].copy()
            hands = np.array([world.data.site(arm.tcp_site).xpos for arm in world.robot.arms])
            apart = np.linalg.norm(hands[:, None] - things[None], axis=-1).min(axis=1, initial=np.inf)
            yield np.concatenate([things, hands[apart < HAND_M]])


def _axes(azimuth: float, elevation: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions towards the camera, to its right, and up in its picture."""
    back = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    return back, right, np.cross(back, right)


def _runs(triplet: Triplet) -> list[Episode]:
    return [run for run in (triplet.nominal, triplet.injected, triplet.avoid) if run is not None]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            yield from _strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)


def _triple(point: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z
