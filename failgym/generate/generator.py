"""Makes triplets: nominal, injected, corrected, all executed from one exact snapshot."""

import copy
import functools
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from failgym.agents import Policy, WaypointExpert
from failgym.agents.policy import continue_subtask, run_subtask
from failgym.agents.replay import ReplayPolicy
from failgym.envs.registration import make_base, plain
from failgym.episodes import Certificate, Episode, Injection, Outcome, Recorder, Status, Triplet, blank
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import Fix, FixKind, Stage
from failgym.perturbations import Perturbation, PlanPerturbation, build, inject, stream
from failgym.perturbations.compose import Spec
from failgym.plans import Plan

MOUNTS = ("keypose", "control", "twin")
"""What is altered: what a key-pose controller is told, a closed-loop policy's steps, an open-loop replay."""
SETTLE_STEPS = 10
"""Control steps after the last subtask before the outcome is read: what falls has landed."""

CORRECTION_STEPS = 10
"""Control steps that the hand is given to move or turn back before the policy goes on, at least."""


@dataclass(frozen=True)
class Recording:
    """Which frames a triplet keeps."""

    boundaries: bool = True
    """Before and after each subtask, from the one that is hit on."""
    every_steps: int | None = None
    """And every so many control steps."""


def triplet(
    env_id: str,
    perturbation: Spec,
    seed: int,
    *,
    mount: str = "keypose",
    recording: Recording | None = None,
    **env_kwargs: Any,
) -> Triplet:
    """Run nominal, injected and corrected episodes of one seed and say what they prove.

    Args:
        env_id: Registered id, such as `FailGym/StackBlocks-v0`.
        perturbation: Name, mapping with `name`, or instance.
        seed: Fixes scene, variation and draw.
        mount: `keypose`, `control` or `twin`.
        recording: Frames to keep; None keeps none.
        **env_kwargs: As in `gym.make`, but for `control_mode` and `perturbations`.

    Returns:
        The runs that took place and a certificate; `certificate.status` says how it ended, `certificate.holds` whether
        it is a proof.

    Raises:
        UnknownNameError, ConfigurationError: an id, perturbation, mount or argument that does not exist.
    """
    with Generator(env_id, mount=mount, recording=recording, **env_kwargs) as generator:
        return generator.triplet(perturbation, seed)


class Generator:
    """Makes triplets in one environment; building it once serves many seeds."""

    def __init__(
        self, env_id: str, *, mount: str = "keypose", recording: Recording | None = None, **env_kwargs: Any
    ) -> None:
        """Build the environment in the control mode that the mount needs; arguments as in `triplet`."""
        if mount not in MOUNTS:
            raise ConfigurationError("mount", mount, ", ".join(MOUNTS))
        for argument in ("control_mode", "perturbations"):
            if argument in env_kwargs:
                raise ConfigurationError(
                    argument, env_kwargs[argument], "leave it out: the mount and the triplet decide it"
                )
        self.env_id, self.mount, self.recording = env_id, mount, recording
        self.env_kwargs: dict[str, Any] = plain(env_kwargs)
        control = "keypose" if mount == "keypose" else "ee_delta"
        self.env: Any = make_base(env_id, control_mode=control, **env_kwargs)
        self._base: Any = self.env.unwrapped
        self._nominal: _Nominal | None = None
        self._spent: list[Any] = []

    def __enter__(self) -> "Generator":
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the renderer."""
        self.env.close()

    def triplet(self, perturbation: Spec, seed: int, injection: Injection | None = None) -> Triplet:
        """Make the triplet of one seed; `injection` replays a receipt instead of drawing."""
        recipe = build(perturbation)
        self.env.check_seat(recipe)
        certificate = Certificate(
            self.env_id,
            self.env_kwargs,
            seed,
            recipe.spec(),
            self.mount,
            Status.NOT_APPLICABLE,
            versions(),
            failure=recipe.failure,
        )
        self.env.reset(seed=seed)
        self._recycle()
        try:
            if self.mount == "twin" and isinstance(recipe, PlanPerturbation):
                raise NotApplicableError(recipe.name, "an open-loop replay cannot follow another plan")
            if injection is None:
                params = recipe.sample(stream(seed, recipe.name), self._base.facts())
                injection = inject(recipe, params)
        except NotApplicableError as error:
            return Triplet(replace(certificate, reason=str(error)))
        injection = replace(injection, t_first=None, t_last=None)
        nominal = self._run_nominal(seed, injection.subtask or 0)
        certificate = replace(
            certificate,
            injection=injection,
            nominal_success=nominal.episode.outcome.success,
            digests={"nominal": nominal.episode.digest},
        )
        if not nominal.episode.outcome.success:
            reason = f"the unperturbed run failed: {dict(nominal.episode.outcome.checks)}"
            return Triplet(replace(certificate, status=Status.NOMINAL_FAILED, reason=reason), nominal.episode)
        return self._judge(recipe, injection, nominal, certificate)

    # -- the runs -----------------------------------------------------------------------------------------------------

    def _judge(
        self, recipe: Perturbation, injection: Injection, nominal: "_Nominal", certificate: Certificate
    ) -> Triplet:
        injected, anchor, end = self._run_injected(recipe, injection, nominal)
        receipt = injected.injections[0]
        digests = certificate.digests | {"injected": injected.digest}
        certificate = replace(
            certificate, injection=receipt, injected_success=injected.outcome.success, digests=digests
        )
        status, reason = self._status(receipt, injected, nominal.episode)
        if status is not None:
            return Triplet(replace(certificate, status=status, reason=reason), nominal.episode, injected)
        signature = recipe.signature(injected, nominal.episode, receipt.params)
        if not signature.matches:
            other = replace(certificate, status=Status.OTHER_CAUSE, reason=signature.reason)
            return Triplet(other, nominal.episode, injected)
        injected.outcome = replace(
            injected.outcome, failure=recipe.failure, onset=signature.onset, stage=signature.stage
        )
        fix = recipe.fix(receipt.params)
        avoid = self._run_avoid(anchor, fix, injected.plan, receipt.subtask or 0)
        recover = self._run_recover(end)
        saved = avoid.outcome.success
        certificate = replace(
            certificate,
            status=Status.CERTIFIED if saved else Status.UNCORRECTED,
            reason=signature.reason,
            signature=True,
            onset=signature.onset,
            stage=signature.stage,
            keyframe=anchor.recorder.step,
            fix=fix,
            avoid_success=saved,
            recover_success=recover.outcome.success,
            digests=digests | {"avoid": avoid.digest, "recover": recover.digest},
        )
        return Triplet(certificate, nominal.episode, injected, avoid, recover)

    @staticmethod
    def _status(receipt: Injection, injected: Episode, nominal: Episode) -> tuple[Status | None, str]:
        if not receipt.acted:
            return Status.NO_EFFECT, "the injection never acted"
        if injected.digest == nominal.digest:
            return Status.NO_EFFECT, "the injection acted and changed no state"
        if injected.outcome.success:
            return Status.SURVIVED, "the task succeeded all the same"
        return None, ""

    def _run_nominal(self, seed: int, hit: int) -> "_Nominal":
        key = (seed, hit if self.recording and self.recording.boundaries else None)
        if self._nominal is not None and self._nominal.key == key:
            return self._nominal
        if self._nominal is not None:
            self._spent += [mark.snapshot for mark in self._nominal.marks]
            self._recycle()
        self.env.arm([])
        nominal = _Nominal(key, blank(self.env_id, self.env_kwargs, seed, self._base.plan, self._base.state_names))
        recorder = self._recorder()
        policy = WaypointExpert()
        self._execute(self._base.plan, 0, recorder, policy, hit=hit, marks=nominal.marks)
        nominal.episode = self._finish(nominal.episode, recorder, "nominal", ())
        self._nominal = nominal
        return nominal

    def _run_injected(
        self, recipe: Perturbation, injection: Injection, nominal: "_Nominal"
    ) -> tuple[Episode, "_Mark", "_Mark"]:
        hit = injection.subtask or 0
        start = nominal.marks[hit]
        self.env.restore(start.snapshot)
        self.env.arm([(recipe, injection)])
        plan: Plan = self._base.plan
        recorder = start.recorder.fork()
        # The mount says where actions are altered; an altered plan has no recorded actions to repeat.
        twin = self.mount == "twin" and not isinstance(recipe, PlanPerturbation)
        policy: Policy = ReplayPolicy(nominal.episode, hit) if twin else WaypointExpert()
        found: list[_Mark] = []
        wanted = recipe.anchor(injection.params)
        # Where the fix takes over at once, the beginning of the subtask is the keyframe, injection included.
        begin = _Mark(self.env.snapshot(), start.recorder.fork(), None)

        def watch(before: Policy, stage: Stage | None) -> None:
            if not found and wanted is not None and stage is wanted:
                found.append(_Mark(self.env.snapshot(), recorder.fork(), copy.copy(before)))

        self._execute(plan, hit, recorder, policy, hit=hit, watch=watch)
        base = replace(nominal.episode, plan=plan)
        episode = self._finish(base, recorder, "injected", self.env.injections)
        end = _Mark(self.env.snapshot(), recorder, None)
        self._spent += [mark.snapshot for mark in (begin, *found, end)]
        return episode, (found[0] if found else begin), end

    def _run_avoid(self, anchor: "_Mark", fix: Fix, plan: Plan, hit: int) -> Episode:
        """Execute the fix from the keyframe on; gripper and motion fixes act against the injection, which goes on."""
        self.env.restore(anchor.snapshot)
        recorder = self._base.recorder = anchor.recorder.fork()
        policy = anchor.policy or WaypointExpert()
        if fix.kind is FixKind.REPLAN:
            self.env.disarm()
            plan = self._base.plan = Plan.parse(fix.plan_text or "", plan.instruction)
        elif fix.kind is FixKind.RETARGET:
            self.env.disarm()
            policy = WaypointExpert()
            policy.reset(self.env, plan.subtasks[hit])
        else:
            steps = self.env.correct(fix)
            if fix.kind is not FixKind.GRIPPER:
                self._base.idle(max(CORRECTION_STEPS, 2 * steps))
        self._execute(plan, hit, recorder, policy, hit=hit, resume=anchor.policy is not None)
        assert self._nominal is not None
        return self._finish(replace(self._nominal.episode, plan=plan), recorder, "avoid", self.env.injections)

    def _run_recover(self, end: "_Mark") -> Episode:
        self.env.restore(end.snapshot)
        self.env.disarm()
        plan = self._base.remaining_plan()
        self._base.plan = plan
        recorder = end.recorder.fork()
        assert self._nominal is not None
        self._execute(plan, 0, recorder, WaypointExpert(), hit=-1, attempt=1)
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
        marks: "list[_Mark] | None" = None,
        resume: bool = False,
    ) -> None:
        self._base.recorder = recorder
        for index in range(first, len(plan.subtasks)):
            place = (index, attempt, plan.subtasks[index])
            recorder.boundaries = self.recording is not None and self.recording.boundaries and index == hit
            if marks is not None:
                marks.append(_Mark(self.env.snapshot(), recorder.fork(), None))
            if resume and index == first:
                continue_subtask(self.env, policy, recorder, place)
            else:
                run_subtask(self.env, policy, recorder, place, watch if index == hit else None)
        beyond = self.recording is not None and self.recording.boundaries and hit >= len(plan.subtasks)
        if beyond:
            # The subtask that is hit was the last one and is missing: before and after are the ends of the rest.
            recorder.frames.extend(self._base.frames(None))
        self._base.idle(SETTLE_STEPS)
        if beyond:
            recorder.frames.extend(self._base.frames(None))
        self._base.recorder = None

    def _recycle(self) -> None:
        for snapshot in self._spent:
            self.env.release(snapshot)
        self._spent = []

    def _recorder(self) -> Recorder:
        return Recorder(self.recording.every_steps if self.recording else None, boundaries=False)

    def _finish(self, base: Episode, recorder: Recorder, run: str, injections: Sequence[Injection]) -> Episode:
        checks = self._base.evaluate()
        outcome = Outcome(checks["success"], checks)
        uid = f"{self.env_id}/{base.seed}/{run}"
        effects = {subtask.text: bool(self._base.achieved(subtask)) for subtask in self._base.facts().plan.subtasks}
        base = replace(base, uid=uid, effects=effects, variation=dict(self._base.variation))
        return recorder.finish(replace(base, visible=self._base.facts().names), outcome, injections)


@dataclass
class _Mark:
    """A moment that other runs start from."""

    snapshot: Any
    recorder: Recorder
    policy: Policy | None


@dataclass
class _Nominal:
    """The unperturbed run and the moments at which its subtasks began."""

    key: tuple[int, int | None]
    episode: Episode
    marks: list[_Mark] = field(default_factory=list)


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that a bit-identical replay needs."""
    names = ("failgym", "mujoco", "numpy")
    return {name: version(name) for name in names} | {"machine": platform.machine()}
