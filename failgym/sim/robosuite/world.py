"""A robosuite environment as a world of FailGym."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from failgym.scene import Vector
from failgym.sim.entities import Entity
from failgym.sim.robosuite.hand import HandController, SuiteArm, SuiteHand
from failgym.sim.robosuite.suite import PAIR, cameras_of, table_top
from failgym.sim.world import World

HIDDEN = 3
"""Geom group that is not drawn; robosuite's colliding geoms are in group 0."""
FINGER = 0.02
"""Thickness of a finger across its pad, m."""
SETTLE_STEPS = 20
"""Control steps in which things come to rest at the latest: robosuite drops them from up to 7 cm."""
STILL = 0.02
"""Speed below which a thing lies still, m/s and rad/s."""


class SuiteWorld(World):
    """robosuite's model, placement, controllers and time, behind the `Scene` protocol."""

    def __init__(
        self,
        env: Any,
        entities: Sequence[Entity],
        remembers: Sequence[str] = (),
        shares: Mapping[str, Callable[[], float]] | None = None,
        recall: Callable[[], None] | None = None,
    ) -> None:
        """Take over an environment made by `suite.make`.

        Args:
            env: The environment.
            entities: What FailGym knows of its things.
            remembers: Attributes in which the environment keeps what its physics state does not say.
            shares: Things that no joint says how far they are done, and what says so, 0..1.
            recall: Called when the attributes were brought back: shows what they say.
        """
        self.env, self._remembers = env, tuple(remembers)
        self._shares, self._recall = shares or {}, recall
        self.origin = env.failgym_origin
        model, data = env.sim.model._model, env.sim.data._data
        model.geom_group[model.geom_group == 0] = HIDDEN
        model.mat_reflectance[:] = 0.0
        model.vis.quality.offsamples = 0
        count = len(env.robots)
        # robosuite's first robot stands on the right; a pair is told left first, as everywhere in FailGym.
        self._hands = [SuiteHand(env, index) for index in reversed(range(count))]
        names: list[str | None] = [None] if count == 1 else list(PAIR)
        self._robots = tuple(hand.describe(names[hand.index]) for hand in self._hands)
        own = [model.camera(index).name for index in range(model.ncam)]
        ours = cameras_of(count)
        cameras = (*ours, *(name for name in own if name not in ours))
        self._shifted = np.zeros((model.nbody, 3))
        robot = self._robots[0] if count == 1 else replace(self._robots[0], partner=self._robots[1])
        self._adopt(robot, model, data, entities, cameras)
        self._true_xpos, self._xpos = self._xpos, self._shifted
        self.reach = robot.max_opening / 2 + FINGER

    def _make_arms(self) -> tuple[SuiteArm, ...]:
        return tuple(
            SuiteArm(hand, robot, self.tracker, index)
            for index, (hand, robot) in enumerate(zip(self._hands, self._robots, strict=True))
        )

    # -- an episode -------------------------------------------------------------------------------------------------

    def draw(self, rng: np.random.Generator) -> None:
        """Let robosuite begin an episode; all it draws follows from `rng`."""
        self._factors.become({}, self._facts)
        self.model.geom_rgba[:], self.model.geom_matid[:] = self._looks
        self.env.rng.bit_generator.state = np.random.default_rng(rng.integers(2**63)).bit_generator.state
        self.env.reset()
        self._named.clear()

    def clear(self) -> None:
        """Nothing to park: `draw` begins an episode."""

    def add(
        self,
        name: str,
        key: str,
        position: Sequence[float] = (),
        quat_wxyz: Sequence[float] = (),
        rgba: Sequence[float] | None = None,
    ) -> None:
        """Name a thing; it stands where robosuite put it."""
        self._named[name] = self._slots[key]

    def begin(self) -> None:
        """Let what robosuite drops come to rest, finish the scene and start to watch it."""
        self._settle()
        super().begin()
        middle, (reach_x, reach_y) = table_top(self.env)
        x, y, _ = middle - self.origin
        workspace = ((float(x - reach_x), float(x + reach_x)), (float(y - reach_y), float(y + reach_y)))
        self._facts = replace(self._facts, workspace=workspace)

    def forward(self) -> None:
        """Compute what follows from the positions."""
        super().forward()
        self._shift()

    def advance(self, step: int) -> None:
        """Run robosuite's control loop for one control step (50 ms) and read what happened."""
        env, action = self.env, self._run()
        env.timestep += 1
        env.cur_time += env.control_timestep
        if self._remembers:
            env._post_action(action)
        self._shift()
        self.tracker.update(step, *(arm.controller.closure for arm in self.arms))

    def snapshot(self) -> Any:
        """Copy the state exactly; `release` gives the memory back."""
        snapshot = super().snapshot()
        # robosuite draws where furniture stands, and writes it into the model.
        standing = self.model.body_pos.copy(), self.model.body_quat.copy()
        snapshot.python = (*snapshot.python, standing, self._memory())
        return snapshot

    def restore(self, snapshot: Any) -> None:
        """Continue from a snapshot, bit for bit."""
        *python, standing, memory = snapshot.python
        self.model.body_pos[:], self.model.body_quat[:] = standing
        super().restore(type(snapshot)(snapshot.data, tuple(python), snapshot.pool))
        for name, value in memory.items():
            setattr(self.env, name, copy.copy(value))
        if self._recall is not None:
            self._recall()
        self._shift()

    def opening(self, name: str) -> float:
        """How far a thing is open, turned or wiped, 0..1."""
        return self._shares[name]() if name in self._shares else super().opening(name)

    def _run(self) -> Vector:
        """Run physics for one control step; return what robosuite's robots were told."""
        env, sim = self.env, self.env.sim
        action = np.concatenate([controller.action() for controller in self._controllers()])
        for substep in range(int(env.control_timestep / env.model_timestep)):
            sim.step1()
            env._pre_action(action, substep == 0)
            sim.step2()
        return action

    def _settle(self) -> None:
        """Wait until the free things lie still, while the arms stay where they are."""
        dofs = [free.dof + i for slot in self._named.values() for free in slot.free for i in range(6)]
        self.forward()
        for arm in self.arms:
            arm.controller.reset()
        for step in range(SETTLE_STEPS if dofs else 0):
            self._run()
            if step and float(np.abs(self.data.qvel[dofs]).max()) < STILL:
                break

    def _memory(self) -> dict[str, Any]:
        names = ("timestep", "cur_time", *self._remembers)
        return {name: copy.copy(getattr(self.env, name)) for name in names}

    def _controllers(self) -> list[HandController]:
        """In the order of robosuite's robots."""
        arms = self.arms if len(self.arms) == 1 else self.arms[::-1]
        return [cast(HandController, arm.controller) for arm in arms]

    def _kinematics(self) -> None:
        super()._kinematics()
        self._shift()

    def _shift(self) -> None:
        np.subtract(self._true_xpos, self.origin, out=self._shifted)
