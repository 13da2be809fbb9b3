"""A triplet with pictures that no simulator made."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from failgym.episodes import Certificate, Episode, Frame, Injection, Outcome, Span, Status, Triplet
from failgym.labels import FailureMode, Fix, Stage
from failgym.plans import Plan

SIZE = (48, 40)
PLAN = Plan.parse("1. grasp the red cube\n2. lift the red cube", instruction="pick up the red cube")


def frame(step: int, grey: int, camera: str = "front") -> Frame:
    """Return one grey picture."""
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (grey, grey, grey)).save(buffer, "JPEG", quality=95)
    return Frame(step, camera, buffer.getvalue(), SIZE, np.eye(3), np.eye(4))


def episode(steps: int, grey: int, success: bool, camera: str = "front", every: int = 2) -> Episode:
    """Return a run that gets brighter, one grey level a step."""
    half = steps // 2
    return Episode(
        uid="x",
        env_id="FailGym/PickCube-v0",
        env_kwargs={},
        seed=7,
        instruction=PLAN.instruction,
        plan=PLAN,
        outcome=Outcome(success),
        arrays={"state": np.zeros((steps, 1))},
        spans=(Span(0, 0, PLAN.subtasks[0], 0, half, True), Span(1, 0, PLAN.subtasks[1], half, steps, success)),
        frames=tuple(frame(step, grey + step, camera) for step in range(every, steps + 1, every)),
    )


def make_certificate(status: Status = Status.CERTIFIED, seed: int = 7, **changes: Any) -> Certificate:
    """Return a certificate of that status."""
    failed = status in (Status.CERTIFIED, Status.UNCORRECTED)
    ran = status not in (Status.NOMINAL_FAILED, Status.NOT_APPLICABLE)
    content: dict[str, Any] = {
        "env_id": "FailGym/PickCube-v0",
        "env_kwargs": {},
        "seed": seed,
        "perturbation": {"name": "no_close"},
        "mount": "keypose",
        "status": status,
        "versions": {"failgym": "0.1.0", "mujoco": "3.9.0"},
        "reason": "the gripper stayed open at the keyframe",
        "injection": Injection("no_close", "action", FailureMode.NO_CLOSE, {"subtask": 0, "x": 0.25}, 0, {}, 9, 14),
        "nominal_success": status is not Status.NOMINAL_FAILED,
        "injected_success": (status in (Status.SURVIVED, Status.NO_EFFECT)) if ran else None,
        "avoid_success": status is Status.CERTIFIED if failed else None,
        "recover_success": True if failed else None,
        "signature": failed,
        "failure": FailureMode.NO_CLOSE,
        "onset": 10 if failed else None,
        "stage": Stage.GRASP if failed else None,
        "keyframe": 8 if failed else None,
        "fix": Fix.gripper(1.0, stage=Stage.GRASP) if failed else None,
        "digests": {"nominal": "00"},
    }
    return Certificate(**(content | changes))


@pytest.fixture
def triplet() -> Triplet:
    """Three runs of 20, 24 and 28 steps, pictures every second step."""
    return Triplet(make_certificate(), episode(20, 20, True), episode(24, 90, False), episode(28, 160, True))


@pytest.fixture
def certificate() -> Callable[..., Certificate]:
    """Return the maker of certificates."""
    return make_certificate


@pytest.fixture
def every_status() -> Iterable[Certificate]:
    """One certificate of each status, and a second one that holds."""
    return [*(make_certificate(status) for status in Status), make_certificate(seed=8)]
