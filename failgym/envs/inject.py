"""The wrapper that makes an environment fail on purpose."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from numpy.typing import NDArray

from failgym.envs.base import SETTLE_STEPS
from failgym.envs.clock import Clock
from failgym.envs.draws import Draw, applies, draw, read
from failgym.envs.registration import MAKE_BASE, plain
from failgym.episodes import Injection, Intent, StepContext
from failgym.errors import ConfigurationError, SeatError
from failgym.labels import Fix
from failgym.perturbations import (
    ActionPerturbation,
    Correction,
    ObservationPerturbation,
    Perturbation,
    PlanPerturbation,
    RecordPerturbation,
    ScenePerturbation,
    build,
)
from failgym.perturbations.compose import Spec

Array = NDArray[np.float64]
MEMORY_STEPS = 200
"""Control steps whose commands a perturbation may look back on (10 s): longer than any stroke."""


class InjectFailures(
    gym.Wrapper[Any, NDArray[np.floating], Any, NDArray[np.floating]], gym.utils.RecordConstructorArgs
):
    """Draws perturbations at reset and lets them act; the receipts are in `info["injections"]`.

    The list means all of them. Entries are names, mappings with `name`, or instances; `one_of` and `maybe` choose per
    episode.
    `reset(options={"injections": [...]})` replays receipts instead of drawing.

    Raises:
        SeatError: a perturbation whose seat this environment does not serve.
        ConfigurationError: a perturbation of position or rotation, where actions have none.
    """

    def __init__(self, env: gym.Env[Any, Any], perturbations: Sequence[Spec] | Spec = ()) -> None:
        """Wrap an environment that declares `seats` and `action_layout`."""
        super().__init__(env)
        listed = [perturbations] if isinstance(perturbations, (str, Mapping, Perturbation)) else list(perturbations)
        self.perturbations = tuple(build(spec) for spec in listed)
        gym.utils.RecordConstructorArgs.__init__(self, perturbations=plain(self.perturbations))
        base: Any = env.unwrapped
        self._base = base
        self._correction: Correction | None = None
        self._owed: Array | None = None
        self._told: tuple[Array, ...] = ()
        self._executed: NDArray[np.floating] | None = None
        layout = base.action_layout
        self._grippers = [layout.of(arm).gripper for arm in layout.arms or (None,)]
        for perturbation in self.perturbations:
            self.check_seat(perturbation)
        self.furnish(self.perturbations)
        self._acting: list[Draw] = []
        self._observing: list[tuple[ObservationPerturbation, int]] = []
        self._views: tuple[tuple[int, Any], ...] = ()
        self.clock = Clock()
        base.command_filter = None

    @property
    def spec(self) -> EnvSpec | None:  # type: ignore[override]
        """How to build this environment again, as plain JSON: `gym.make(env.spec)`."""
        spec = self.env.spec
        if spec is None or spec.entry_point != MAKE_BASE:
            return super().spec
        return replace(spec, kwargs=plain(spec.kwargs))

    @property
    def injections(self) -> tuple[Injection, ...]:
        """The receipts of this episode."""
        return tuple(injection for _, injection in self._acting)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset the environment, draw, and let plan perturbations act."""
        receipts = None if options is None else options.get("injections")
        replayed = None if receipts is None else [read(receipt) for receipt in receipts]
        for perturbation, _ in replayed or ():
            self.check_seat(perturbation)
        self._furnish(self._wanted if replayed is None else [perturbation for perturbation, _ in replayed])
        self._base.command_filter = None
        observation, info = self.env.reset(seed=seed, options=options)
        self._views = ()
        arranged = self.arm(draw(self._base, self.perturbations) if replayed is None else replayed)
        observation = self._seen(self._base.look() if arranged else observation)
        info["plan"] = self._base.plan.text
        return observation, self._report(info)

    def step(self, action: NDArray[np.floating]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step; the injections act inside, once each control step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._seen(observation), reward, terminated, truncated, self._report(info)

    def arm(self, draws: Sequence[Draw]) -> bool:
        """Let these draws act from now on; plan perturbations, and what is arranged in the scene, at once.

        Returns:
            Whether the scene was changed.
        """
        base = self._base
        self._acting = list(draws)
        self._correction = self._owed = self._executed = None
        self._told = (base.still(),)
        self.clock = Clock()
        nominal = base.plan
        for index, (perturbation, injection) in enumerate(self._acting):
            # A draw names subtasks of the nominal plan: of several plan perturbations only the first one acts.
            if isinstance(perturbation, PlanPerturbation) and applies(injection) and base.plan is nominal:
                base.plan = perturbation.perturb(nominal, injection.params)
                if base.plan is not nominal:
                    self._acting[index] = (perturbation, injection.at(base.ticks))
        arranged = [index for index in range(len(self._acting)) if self._arrange(index)]
        moving = any(
            isinstance(perturbation, (ActionPerturbation, ScenePerturbation)) for perturbation, _ in self._acting
        )
        base.command_filter = self._filter if moving else None
        self._observing = [
            (perturbation, index)
            for index, (perturbation, injection) in enumerate(self._acting)
            if isinstance(perturbation, ObservationPerturbation) and applies(injection)
        ]
        return bool(arranged)

    def disarm(self) -> None:
        """Let nothing act any more, and go on from where the hand is commanded now; the receipts stay."""
        for perturbation, injection in self._acting:
            if isinstance(perturbation, ScenePerturbation) and applies(injection):
                perturbation.withdraw(self._base.scene, injection.params)
        self._base.resume_here()
        self._base.command_filter = None
        self._correction = self._owed = None
        self._observing = []

    def correct(self, fix: Fix) -> int:
        """Execute a gripper, translation or rotation fix from now on, against the injection, which goes on.

        Returns:
            Control steps that its motion takes.
        """
        self._correction = Correction(fix, self._base.ticks)
        self._base.command_filter = self._filter
        return self._correction.steps

    def furnish(self, perturbations: Sequence[Perturbation]) -> None:
        """Furnish the scene with what these need, and nothing else, from the next reset on."""
        self._wanted = tuple(perturbations)
        self._furnish(self._wanted)

    def rewind(self, subtask: int) -> None:
        """Let nothing act any more, open the gripper, and go back the way that the hand was told to go in a subtask.

        At most the last `MEMORY_STEPS` control steps of it.
        """
        base, layout = self._base, self._base.action_layout
        steps = base.ticks - self.clock.began.get(subtask, base.ticks)
        # Poses lead back to the one before the first of them, increments to where that began.
        way = self._told[max(int(layout.delta), len(self._told) - steps - (not layout.delta)) :]
        self.disarm()
        opened = base.still()
        opened[self._grippers] = layout.open_value
        base.idle_with(opened, base.dwell_steps)
        for told in reversed(way):
            back = -told if layout.delta else told.copy()
            back[self._grippers] = layout.open_value
            base.idle_with(back, 1)
        base.resume_here()
        base.idle(SETTLE_STEPS)

    def check_seat(self, perturbation: Perturbation) -> None:
        """Refuse a perturbation that cannot act here.

        Raises:
            SeatError: this environment does not serve its seat.
            ConfigurationError: it moves or turns the hand, and the actions have no position or rotation.
        """
        parts = getattr(perturbation, "of", None)
        if parts is not None:
            for part in parts:
                self.check_seat(part)
        elif str(perturbation.seat) not in self._base.seats:
            raise SeatError(perturbation.name, str(perturbation.seat), type(self._base).__name__, self._base.seats)
        elif isinstance(perturbation, RecordPerturbation):
            raise SeatError(
                perturbation.name, "record", "a running environment", [s for s in self._base.seats if s != "record"]
            )
        elif isinstance(perturbation, ActionPerturbation) and perturbation.steers is not None:
            layout = self._base.action_layout
            if getattr(layout, perturbation.steers) is None:
                possible = f"for {perturbation.name!r}, one whose actions have a Cartesian {perturbation.steers}"
                raise ConfigurationError("control_mode", layout.kind, f"{possible}: ee_delta, keypose")
        elif isinstance(perturbation, ObservationPerturbation):
            perturbation.check(self._base.observation_space)

    def announce(self, intent: Intent) -> None:
        """Hear from a policy what it is doing."""
        self._base.announce(intent)

    def snapshot(self) -> tuple[Any, ...]:
        """Return everything that decides the future, the injections included."""
        return (
            self._base.snapshot(),
            tuple(self._acting),
            self._base.command_filter,
            self._observing,
            self.clock.state(),
            self._correction,
            self._owed,
            self._told,
            self._executed,
            self._views,
        )

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Continue from a snapshot, bit for bit."""
        self._base.restore(snapshot[0])
        self._acting = list(snapshot[1])
        self._base.command_filter, self._observing = snapshot[2], snapshot[3]
        self.clock.set_state(snapshot[4])
        self._correction, self._owed, self._told, self._executed, self._views = snapshot[5:]

    def release(self, snapshot: tuple[Any, ...]) -> None:
        """Recycle a snapshot."""
        self._base.release(snapshot[0])

    # -- inside -------------------------------------------------------------------------------------------------

    def _furnish(self, perturbations: Sequence[Perturbation]) -> None:
        self._base.furnish({extra for perturbation in perturbations for extra in perturbation.furniture})

    def _arrange(self, index: int) -> bool:
        perturbation, injection = self._acting[index]
        if not isinstance(perturbation, ScenePerturbation) or not applies(injection):
            return False
        arranged = perturbation.arrange(self._base.scene, injection.params)
        if arranged:
            self._acting[index] = (perturbation, injection.at(self._base.ticks))
        return arranged

    def _filter(self, told: Array) -> NDArray[np.floating]:
        base = self._base
        intent = base.intent
        place = self._guessed_place() if intent is None else (intent.subtask, intent.attempt)
        action: NDArray[np.floating] = told
        for index, (perturbation, injection) in enumerate(self._acting):
            if not applies(injection):
                continue
            arm = self._arm_of(injection.subtask)
            if isinstance(perturbation, ActionPerturbation):
                changed = perturbation.perturb(action, self._context(place, arm), injection.params)
                acted, action = changed is not action, changed
            elif isinstance(perturbation, ScenePerturbation):
                acted = perturbation.perturb(base.scene.of(arm), self._context(place, arm), injection.params)
            else:
                continue
            if acted:
                self._acting[index] = (perturbation, injection.at(base.ticks))
        if self._correction is not None:
            fix = self._correction.fix
            for arm in base.action_layout.arms if fix.arm == "both" else (fix.arm or self._arm_of(fix.subtask),):
                action = self._correction.apply(action, told, self._context(place, arm))
        executed = action if action is told and self._owed is None else self._bounded(action)
        self._told = (*self._told[1 - MEMORY_STEPS :], told)
        self._executed = executed
        return executed

    def _context(self, place: tuple[int, int], arm: str | None) -> StepContext:
        base = self._base
        layout = base.action_layout
        index = layout.arms.index(arm) if arm in layout.arms else 0
        closures = base.commanded_closures
        context = self.clock.context(layout.of(arm), base.ticks, place, base.stage(), *closures, arm=index)
        return context._replace(told=self._told, executed=self._executed)

    def _arm_of(self, subtask: int | None) -> str | None:
        """The arm of a subtask of the nominal plan: what begins with one arm goes on while the other one acts."""
        base = self._base
        if not base.action_layout.arms:
            return None
        subtasks = base.facts().plan.subtasks
        acting: str | None = base.acting_arm
        return acting if subtask is None or subtask >= len(subtasks) else subtasks[subtask].arm

    def _bounded(self, action: NDArray[np.floating]) -> NDArray[np.floating]:
        """Clip; what a delta layout loses by that is owed to the next control step, so that offsets stay whole."""
        layout = self._base.action_layout
        if not layout.delta:
            return layout.clipped(action)  # type: ignore[no-any-return]
        wanted = action if self._owed is None else action + self._owed
        bounded: NDArray[np.floating] = layout.clipped(wanted)
        owed = np.asarray(wanted - bounded, dtype=np.float64)
        owed[self._grippers] = 0.0
        self._owed = owed if owed.any() else None
        return bounded

    def _guessed_place(self) -> tuple[int, int]:
        """Number the attempts of a policy that says nothing."""
        subtask = self._base.current_subtask
        return subtask, self.clock.attempt(subtask, self._base.commanded_closure)

    def _seen(self, observation: Any) -> Any:
        memory = max((perturbation.remembers for perturbation, _ in self._observing), default=0)
        seen, kept = self._views, self._views
        if memory:
            kept = (*seen[1 - memory :], (self._base.ticks, copy.deepcopy(observation)))
        for perturbation, index in self._observing:
            injection = self._acting[index][1]
            base = self._base
            place = (base.current_subtask, 0) if base.intent is None else (base.intent.subtask, base.intent.attempt)
            context = self._context(place, self._arm_of(injection.subtask))._replace(seen=seen)
            changed = perturbation.perturb(observation, context, injection.params)
            if changed is not observation:
                self._acting[index] = (perturbation, injection.at(base.ticks))
            observation = changed
        self._views = kept
        # A policy that begins its next subtask sees the same.
        self._base.last_observation = observation
        return observation

    def _report(self, info: dict[str, Any]) -> dict[str, Any]:
        info["injections"] = tuple(injection.to_json() for _, injection in self._acting)
        return info
