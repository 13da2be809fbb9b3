"""Portraits of tasks: how one looks after reset, what it asks for, and its expert at work."""

import importlib
from dataclasses import dataclass, replace
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from failgym.episodes import CONTROL_HZ, Outcome, Recorder
from failgym.errors import FailGymError
from failgym.report import clips

SIZE = (320, 240)
"""Width and height of a picture, px."""
FINER = 3
"""Pictures are drawn that many times larger, cropped and scaled down: edges become smooth with every renderer."""
CLOSEST = 0.55
"""Least share of what the camera sees, across, that is left by the crop."""
AROUND_M, HAND_M = 0.05, 0.18
"""Room that is left around things, and around the tool points of hands, m."""
EVERY_STEPS = 4
"""Control steps from one picture of a clip to the next."""
CLIP_FPS = 15.0
SPEED_UP = CLIP_FPS * EVERY_STEPS / CONTROL_HZ
"""How many times faster than real time a clip is."""


@dataclass(frozen=True)
class Portrait:
    """One task as one seed makes it."""

    env_id: str
    task: str
    """Name of the task."""
    summary: str
    robot: str
    """The robot in the picture."""
    robots: tuple[str, ...]
    """Robots that can do the task."""
    variants: tuple[str, ...]
    """What its variations are told apart by."""
    seed: int
    camera: str
    instruction: str
    plan: tuple[str, ...]
    """Texts of the subtasks."""
    picture: bytes
    """JPEG."""
    clip: bytes | None = None
    """MP4 of the expert, if it was asked for and there was something to be seen."""
    succeeded: bool | None = None
    """Whether the expert brought it about; None if it was not asked to."""
    ending: str = ""
    """How the expert's run ended, measured by the task's own predicate."""


def native_tasks() -> dict[str, str]:
    """Return the environment ids that stand for a native task, with the name of the task."""
    from failgym.envs.registration import ENTRIES, NATIVE_ENV

    return {env_id: entry.kwargs["task"] for env_id, entry in ENTRIES.items() if entry.env == NATIVE_ENV}


def portrait(env_id: str, seed: int, *, clip: bool = False, renderer: str = "auto") -> Portrait:
    """Draw a native task after reset, and with `clip` let its expert do it.

    Args:
        env_id: One of `native_tasks`.
        seed: Of the reset.
        clip: Run the expert in control mode `ee_delta`, and make a clip of what it did. That it fails is no error here.
        renderer: `auto`, `gl` or `ray`.

    Raises:
        FailGymError: the scene cannot be built or drawn.
    """
    from failgym.envs.registration import ENTRIES
    from failgym.tasks import TASKS

    importlib.import_module("failgym")  # registers the ids, in worker processes too
    entry = ENTRIES[env_id]
    task: Any = TASKS.get(entry.kwargs["task"])
    camera = str(getattr(task, "portrait", "front"))
    look: dict[str, Any] = {"cameras": (camera,), "image_size": SIZE, "render_profile": "shadow", "renderer": renderer}
    env = gym.make(env_id, disable_env_checker=True, **look)
    try:
        _, info = env.reset(seed=seed)
        base: Any = env.unwrapped
        robot = base.world.robot.name
        found = Portrait(
            env_id,
            entry.kwargs["task"],
            entry.summary,
            robot,
            tuple(getattr(task, "robots", (robot,))),
            tuple(map(str, getattr(task, "variants", ()))),
            seed,
            camera,
            info["instruction"],
            tuple(subtask.text for subtask in base.plan.subtasks),
            _close_up(base, camera),
        )
        return _at_work(env, found) if clip else found
    finally:
        env.close()


def _close_up(base: Any, camera: str) -> bytes:
    """Draw the part of the view in which the things and the hands are."""
    from failgym.sim.render import jpeg

    size = (FINER * SIZE[0], FINER * SIZE[1])
    whole = Image.fromarray(base.picture(camera, size))
    cut = whole.resize(SIZE, Image.Resampling.LANCZOS, box=_around(_pixels(base, camera, size), size))
    return jpeg(np.asarray(cut))


def _pixels(base: Any, camera: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """Where the camera sees what matters: (N, 2), beside the picture too."""
    from failgym.sim.cameras import extrinsics, intrinsics, project

    world = base.world
    model, data = world.model, world.data
    hands = [data.site(arm.tcp_site).xpos for arm in getattr(world.robot, "arms", (world.robot,))]
    geoms = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(world.geoms(name) for name in world.names)]))
    middles = np.concatenate([np.array(hands), data.geom_xpos[geoms]])
    reach = np.concatenate([np.full(len(hands), HAND_M), model.geom_rbound[geoms] + AROUND_M])
    around = np.concatenate([np.eye(3), -np.eye(3)])
    points = (middles[:, None] + reach[:, None, None] * around).reshape(-1, 3)
    found = project(points, intrinsics(model, camera, size), extrinsics(model, data, camera))[0]
    return found[np.isfinite(found).all(axis=1)]


def _around(pixels: NDArray[np.float64], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the smallest box in the picture, of its proportions, that has all these pixels or as many as can be."""
    limits = np.array(size, dtype=np.float64)
    if not len(pixels):
        return (0.0, 0.0, *limits.tolist())
    low, high = np.clip([pixels.min(axis=0), pixels.max(axis=0)], 0.0, limits)
    share = max(CLOSEST, float(((high - low) / limits).max()))
    half = share * limits / 2
    middle = np.clip((low + high) / 2, half, limits - half)
    return (*(middle - half).tolist(), *(middle + half).tolist())


def _at_work(env: Any, still: Portrait) -> Portrait:
    from failgym.loop import rollout

    try:
        episode = rollout(env, seed=still.seed, recorder=Recorder(EVERY_STEPS, boundaries=False))
    except FailGymError as error:
        return replace(still, succeeded=False, ending=f"failed: {error}")
    unmet = _unmet(episode.outcome)
    title = "SUCCEEDED" if episode.outcome.success else "FAILED"
    film = clips.single(episode, still.camera, CLIP_FPS, title=title, note=unmet) if episode.frames else None
    end = f"succeeded after {episode.steps / CONTROL_HZ:.1f} s" if episode.outcome.success else f"failed: {unmet}"
    return replace(still, clip=film, succeeded=episode.outcome.success, ending=end)


def _unmet(outcome: Outcome) -> str:
    """Return which named facts are false."""
    names = [name.replace("_", " ") for name, true in outcome.checks.items() if not true and name != "success"]
    return f"not {', not '.join(names)}" if names else ""
