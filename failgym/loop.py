"""The loop: verify the plan, execute a subtask, verify it from evidence, recover; bounded."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gymnasium as gym

from failgym.agents.planner import Planner, TaskPlanner, check_objects
from failgym.agents.policy import Policy, run_subtask
from failgym.agents.recovery import Recovery, Setback
from failgym.agents.recovery import build as build_recovery
from failgym.envs.registration import plain
from failgym.episodes import Episode, Judged, Outcome, Recorder, blank
from failgym.labels import Judgement, Verdict
from failgym.plans import Plan, Subtask
from failgym.verifiers import Evidence, OracleVerifier, Verifier, of_plan, of_subtask
from failgym.verifiers import build as build_verifier

SETTLE_STEPS = 10
"""Control steps after the last subtask before the outcome is read: what falls has landed."""


def rollout(
    env: gym.Env[Any, Any],
    policy: Policy | None = None,
    planner: Planner | None = None,
    verifier: str | Mapping[str, Any] | Verifier | None = None,
    recovery: str | Recovery | None = None,
    max_recoveries: int = 2,
    *,
    seed: int | None = None,
    recorder: Recorder | None = None,
) -> Episode:
    """Run one episode.

    Args:
        env: Made by `gym.make("failgym:FailGym/...")`.
        policy: Executes subtasks; None is the expert of the environment.
        planner: Makes the plan; None takes the one that `reset` hands out (which a plan perturbation may have altered).
            Also asked when recovery replans; None then asks the task itself.
        verifier: Name, mapping with `name`, instance, or None for no verification.
        recovery: `none`, `blind-retry`, `retry`, `replan`, or an instance.
        max_recoveries: Bound on how often recovery acts.
        seed: Of the reset.
        recorder: Decides which frames are kept; None keeps none.

    Returns:
        The episode with verdicts (and what was really true), latencies and interventions.

    Raises:
        PlanError: the planner named something that is not in the scene.
        UnknownNameError: a verifier or recovery that does not exist.
    """
    base: Any = env.unwrapped
    loop = _Loop(
        env, policy or base.expert(), planner, verifier, build_recovery(recovery), recorder or Recorder(None, False)
    )
    return loop.run(seed, max_recoveries)


class _Loop:
    """State of one episode's loop."""

    def __init__(
        self,
        env: gym.Env[Any, Any],
        policy: Policy,
        planner: Planner | None,
        verifier: Any,
        recovery: Recovery,
        recorder: Recorder,
    ) -> None:
        self.env, self.policy, self.planner, self.recovery, self.recorder = env, policy, planner, recovery, recorder
        self.base: Any = env.unwrapped
        self.verifier = None if verifier is None else build_verifier(verifier)
        self.judged: list[Judged] = []
        self.interventions = 0

    def run(self, seed: int | None, max_recoveries: int) -> Episode:
        self.env.reset(seed=seed)
        for part in (self.planner, self.verifier, self.recovery):
            if part is not None:
                part.reset()
        plan = self.base.plan if self.planner is None else self.planner.plan(self.env)
        self._adopt(plan)
        self.numbers = {subtask: index for index, subtask in reversed(list(enumerate(plan.subtasks)))}
        self.tries: dict[int, int] = {}
        self.base.recorder = self.recorder
        uid = f"{self.base.episode_seed}"
        kwargs = plain(self.env.spec.kwargs) if self.env.spec is not None else {}
        env_id = self.env.spec.id if self.env.spec is not None else type(self.base).__name__
        self.episode = replace(
            blank(env_id, kwargs, self.base.episode_seed, plan, self.base.state_names), uid=f"{env_id}/{uid}/rollout"
        )
        for _ in range(self.recovery.passes):
            if not self._execute(max_recoveries):
                break
            self._adopt(plan)
        self.base.idle(SETTLE_STEPS)
        self.base.recorder = None
        checks = self.base.evaluate()
        finished = self.recorder.finish(
            self.episode, Outcome(checks["success"], checks), self.env.get_wrapper_attr("injections")
        )
        return replace(
            finished,
            verdicts=tuple(self.judged),
            interventions=self.interventions,
            variation=dict(self.base.variation),
            visible=self.base.facts().names,
        )

    def _execute(self, max_recoveries: int) -> bool:
        """Run the plan once, with recoveries; return whether the episode goes on."""
        verdict = self._verify_plan()
        index = 0
        if self._failed(verdict) and self.interventions < max_recoveries:
            index = self._recover(None, verdict, 0)
        while index < len(self.base.plan.subtasks):
            subtask = self.base.plan.subtasks[index]
            span, truncated = run_subtask(self.env, self.policy, self.recorder, self._place(subtask))
            if truncated:
                return False
            verdict = self._verify(of_subtask(self._so_far(), span), span.achieved) if self.verifier else None
            if self._failed(verdict) and self.interventions < max_recoveries:
                index = self._recover(index, verdict, index + 1)
            else:
                index += 1
        return True

    def _recover(self, index: int | None, verdict: Verdict | None, onward: int) -> int:
        """Let recovery decide; return the index at which to go on."""
        assert verdict is not None
        planner = self.planner or TaskPlanner()
        setback = Setback(self.base.plan, index, verdict, lambda feedback: planner.plan(self.env, feedback))
        continuation = self.recovery.propose(setback)
        if continuation is None:
            return onward
        self.interventions += 1
        self._adopt(continuation.plan)
        return continuation.index

    def _adopt(self, plan: Plan) -> None:
        self.base.plan = check_objects(plan, self.env)

    def _place(self, subtask: Subtask) -> tuple[int, int, Subtask]:
        """Number a subtask: it keeps its number through replanning, so an injection meets it once."""
        number = self.numbers.setdefault(subtask, len(self.numbers))
        self.tries[number] = self.tries.get(number, -1) + 1
        return number, self.tries[number], subtask

    def _verify_plan(self) -> Verdict | None:
        if self.verifier is None:
            return None
        if self.recorder.boundaries:
            self.recorder.frames.extend(self.base.frames(None))
        truth = self._plan_works() if isinstance(self.verifier, OracleVerifier) else None
        return self._verify(of_plan(replace(self._so_far(), plan=self.base.plan), len(self.judged)), truth)

    def _verify(self, evidence: Evidence, truth: bool | None) -> Verdict:
        assert self.verifier is not None
        if isinstance(self.verifier, OracleVerifier) and truth is not None:
            self.verifier.answers[evidence.id] = truth
        start = time.perf_counter()
        verdict = self.verifier.verify(evidence)
        verdict = replace(verdict, latency_s=time.perf_counter() - start)
        self.judged.append(Judged(evidence.id, evidence.kind, verdict, truth, self.recorder.step))
        return verdict

    def _plan_works(self) -> bool:
        """Execute the plan with the expert in a fork of the present state, nothing injected: the truth about a plan."""
        snapshot = self.env.get_wrapper_attr("snapshot")()
        self.env.get_wrapper_attr("disarm")()
        self.base.recorder = None
        scratch, expert = Recorder(None, False), self.base.expert()
        for index, subtask in enumerate(self.base.plan.subtasks):
            run_subtask(self.base, expert, scratch, (index, 0, subtask))
        self.base.idle(SETTLE_STEPS)
        works: bool = self.base.evaluate()["success"]
        self.env.get_wrapper_attr("restore")(snapshot)
        self.env.get_wrapper_attr("release")(snapshot)
        self.base.recorder = self.recorder
        return works

    def _so_far(self) -> Episode:
        return self.recorder.finish(self.episode, Outcome(False))

    @staticmethod
    def _failed(verdict: Verdict | None) -> bool:
        return verdict is not None and verdict.outcome is Judgement.FAILURE
