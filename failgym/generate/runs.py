"""The executions of which a triplet is made: nominal, injected, corrected at the keyframe, repaired from the end."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from failgym.agents import Policy
from failgym.agents.policy import continue_subtask, run_subtask
from failgym.agents.replay import ReplayPolicy
from failgym.episodes import Episode, Injection, Outcome, Recorder, blank
from failgym.generate.fixes import take_over
from failgym.labels import Fix, Stage
from failgym.perturbations import Perturbation, PlanPerturbation
from failgym.plans import Plan

SETTLE_STEPS = 10
"""Control steps after the last subtask before the outcome is read: what falls has landed."""


@dataclass(frozen=True)
class Recording:
    """Which frames a triplet keeps."""

    boundaries: bool = True
    """Before and after each subtask, from the one that is hit on."""
    every_steps: int | None = None
    """And every so many control steps."""


@dataclass
class Mark:
    """A moment that other runs start from."""

    snapshot: Any
    recorder: Recorder
    policy: Policy | None


@dataclass
class Nominal:
    """The unperturbed run and the moments at which its subtasks began."""

    key: tuple[int, frozenset[str], Recording | None, int | None]
    episode: Episode
    marks: list[Mark] = field(default_factory=list)


class Runs:
    """Executes episodes of one environment, from snapshots of one another."""

    def __init__(
        self, env: Any, env_id: str, env_kwargs: dict[str, Any], recording: Recording | None, *, open_loop: bool
    ) -> None:
        """Take an environment with failures; `open_loop` repeats the nominal actions instead of asking the expert."""
        self.env, self.base = env, env.unwrapped
        self._names, self.recording, self._open_loop = (env_id, env_kwargs), recording, open_loop
        self._nominal: Nominal | None = None
        self._spent: list[Any] = []

    def begin(self, seed: int) -> None:
        """Begin the episode of a seed, or go back to it where a reset need not bring back the same one."""
        marks = self._nominal.marks if self._nominal is not None and self._nominal.key[0] == seed else []
        if marks and self.base.keeps(marks[0].snapshot[0]):
            self.env.restore(marks[0].snapshot)
        else:
            self.env.reset(seed=seed)

    def nominal(self, seed: int, hit: int) -> Nominal:
        """Run without anything injected, once for each seed; `hit` is the subtask whose frames are kept."""
        key = (seed, self.base.extras, self.recording, hit if self.recording and self.recording.boundaries else None)
        if self._nominal is not None and self._nominal.key == key:
            return self._nominal
        if self._nominal is not None:
            self._spent += [mark.snapshot for mark in self._nominal.marks]
            self.recycle()
        self.env.arm([])
        nominal = Nominal(key, blank(*self._names, seed, self.base.plan, self.base.state_names))
        recorder = self._recorder()
        policy = self.base.expert()
        self._execute(self.base.plan, 0, recorder, policy, hit=hit, marks=nominal.marks)
        nominal.episode = self._finish(nominal.episode, recorder, "nominal", ())
        self._nominal = nominal
        return nominal

    def injected(self, recipe: Perturbation, injection: Injection, nominal: Nominal) -> tuple[Episode, Mark, Mark]:
        """Run with an injection from its subtask on; return the keyframe at which a fix takes over, and the end."""
        hit = injection.subtask or 0
        start = nominal.marks[hit]
        self.env.restore(start.snapshot)
        self.env.arm([(recipe, injection)])
        plan: Plan = self.base.plan
        recorder = start.recorder.fork()
        # The mount says where actions are altered; an altered plan has no recorded actions to repeat.
        twin = self._open_loop and not isinstance(recipe, PlanPerturbation)
        policy: Policy = ReplayPolicy(nominal.episode, hit) if twin else self.base.expert()
        found: list[Mark] = []
        wanted = recipe.anchor(injection.params)
        # Where the fix takes over at once, the beginning of the subtask is the keyframe, injection included.
        begin = Mark(self.env.snapshot(), start.recorder.fork(), None)

        def watch(before: Policy, stage: Stage | None) -> None:
            if not found and wanted is not None and stage is wanted:
                found.append(Mark(self.env.snapshot(), recorder.fork(), copy.copy(before)))

        self._execute(plan, hit, recorder, policy, hit=hit, watch=watch)
        base = replace(nominal.episode, plan=plan)
        episode = self._finish(base, recorder, "injected", self.env.injections)
        end = Mark(self.env.snapshot(), recorder, None)
        self._spent += [mark.snapshot for mark in (begin, *found, end)]
        return episode, (found[0] if found else begin), end

    def avoid(self, anchor: Mark, fix: Fix, plan: Plan, hit: int) -> Episode:
        """Execute the fix from the keyframe on; gripper and motion fixes act against the injection, which goes on."""
        self.env.restore(anchor.snapshot)
        recorder = self.base.recorder = anchor.recorder.fork()
        policy, plan = take_over(self.env, fix, anchor.policy or self.base.expert(), plan, hit)
        self._execute(plan, hit, recorder, policy, hit=hit, resume=anchor.policy is not None)
        assert self._nominal is not None
        return self._finish(replace(self._nominal.episode, plan=plan), recorder, "avoid", self.env.injections)

    def recover(self, end: Mark) -> Episode:
        """Let the expert finish the task from where a failed run ended, with nothing injected."""
        self.env.restore(end.snapshot)
        self.env.disarm()
        plan = self.base.remaining_plan()
        self.base.plan = plan
        recorder = end.recorder.fork()
        assert self._nominal is not None
        self._execute(plan, 0, recorder, self.base.expert(), hit=-1, attempt=1)
        return self._finish(replace(self._nominal.episode, plan=plan), recorder, "recover", self.env.injections)

    def _execute(
        self,
        plan: Plan,
        first: int,
        recorder: Recorder,
        policy: Policy,
        *,
        hit: int,
        attempt: int = 0,
        watch: Any = None,
        marks: list[Mark] | None = None,
        resume: bool = False,
    ) -> None:
        self.base.recorder = recorder
        for index in range(first, len(plan.subtasks)):
            place = (index, attempt, plan.subtasks[index])
            recorder.boundaries = self.recording is not None and self.recording.boundaries and index == hit
            if marks is not None:
                marks.append(Mark(self.env.snapshot(), recorder.fork(), None))
            if resume and index == first:
                continue_subtask(self.env, policy, recorder, place)
            else:
                run_subtask(self.env, policy, recorder, place, watch if index == hit else None)
        beyond = self.recording is not None and self.recording.boundaries and hit >= len(plan.subtasks)
        if beyond:
            # The subtask that is hit was the last one and is missing: before and after are the ends of the rest.
            recorder.frames.extend(self.base.frames(None))
        self.base.idle(SETTLE_STEPS)
        if beyond:
            recorder.frames.extend(self.base.frames(None))
        self.base.recorder = None

    def recycle(self) -> None:
        """Give back the snapshots that nobody needs any more."""
        for snapshot in self._spent:
            self.env.release(snapshot)
        self._spent = []

    def _recorder(self) -> Recorder:
        return Recorder(self.recording.every_steps if self.recording else None, boundaries=False)

    def _finish(self, base: Episode, recorder: Recorder, run: str, injections: Sequence[Injection]) -> Episode:
        checks = self.base.evaluate()
        outcome = Outcome(checks["success"], checks)
        uid = f"{self._names[0]}/{base.seed}/{run}"
        effects = {subtask.text: bool(self.base.achieved(subtask)) for subtask in self.base.facts().plan.subtasks}
        base = replace(base, uid=uid, effects=effects, variation=dict(self.base.variation))
        return recorder.finish(replace(base, visible=self.base.facts().names), outcome, injections)
