"""What a policy sees of an episode: the pictures of its observations, as a condition leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from failgym.agents import WaypointExpert
from failgym.envs.registration import make_base
from failgym.episodes import Episode, Frame
from failgym.loop import rollout
from failgym.perturbations.compose import Spec
from failgym.sim.cameras import extrinsics, intrinsics, project
from failgym.sim.render import png

SIZE = (400, 300)
"""Width and height of an observed picture, px."""
MARK: tuple[int, int, int] = (240, 32, 160)
"""Colour of the ring that shows where the hand is by the numbers of an observation."""


@dataclass(frozen=True)
class Sight:
    """An episode of the expert, and what a policy would have seen of it."""

    episode: Episode
    frames: tuple[Frame, ...] = ()
    """Observed pictures of one camera."""


def see(
    env_id: str,
    conditions: Sequence[Spec],
    seed: int,
    camera: str = "front",
    steps: Sequence[int] = (0,),
    *,
    zoom: float = 1.0,
    mark: bool = False,
    size: tuple[int, int] = SIZE,
) -> Sight:
    """Let the expert do a task under conditions, and keep what the observations show.

    Args:
        env_id: Registered id of a native task.
        conditions: Perturbations; none for the task as it is.
        seed: Of the reset.
        camera: Name of the camera.
        steps: Control steps whose pictures are kept; 0 is what `reset` returns.
        zoom: Draw pictures that many times larger, and keep their middle.
        mark: Draw a ring where the hand is by the numbers of the same observation.
        size: Width and height of the frames, px.

    Raises:
        UnknownNameError, ConfigurationError, SeatError: what does not exist, or cannot act there.
    """
    drawn = (round(zoom * size[0]), round(zoom * size[1]))
    look: dict[str, Any] = {"cameras": (camera,), "image_size": drawn, "render_profile": "shadow"}
    env = _Eyes(make_base(env_id, perturbations=list(conditions), obs_mode="rgb+state", **look), steps, size, mark=mark)
    try:
        episode = rollout(env, WaypointExpert(), seed=seed)
    finally:
        env.close()
    return Sight(episode, tuple(env.frames))


class _Eyes(gym.Wrapper[Any, NDArray[np.floating], Any, NDArray[np.floating]]):
    """Keeps the pictures of observations on their way to the policy."""

    def __init__(self, env: gym.Env[Any, Any], steps: Sequence[int], size: tuple[int, int], *, mark: bool) -> None:
        super().__init__(env)
        self._steps, self._size, self._mark = set(steps), size, mark
        self.frames: list[Frame] = []

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(**kwargs)
        self._keep(observation)
        return observation, info

    def step(self, action: NDArray[np.floating]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._keep(observation)
        return observation, reward, terminated, truncated, info

    def _keep(self, observation: Any) -> None:
        base: Any = self.unwrapped
        if base.ticks not in self._steps:
            return
        camera, drawn, size = base.cameras[0], base.image_size, self._size
        model, data = base.world.model, base.world.data
        k, pose = intrinsics(model, camera, drawn), extrinsics(model, data, camera)
        picture = Image.fromarray(observation[f"pixels/{camera}"])
        if self._mark:
            names = [base.state_names.index(f"ee_{axis}") for axis in "xyz"]
            (u, v), *_ = project(observation["state"][names], k, pose)[0]
            ImageDraw.Draw(picture).ellipse((u - 9, v - 9, u + 9, v + 9), outline=MARK, width=3)
        left, top = ((whole - part) // 2 for whole, part in zip(drawn, size, strict=True))
        k[:2, 2] -= left, top
        cut = picture.crop((left, top, left + size[0], top + size[1]))
        self.frames.append(Frame(base.ticks, camera, png(np.asarray(cut)), size, k, pose))
