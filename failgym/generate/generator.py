"""Makes triplets: nominal, injected, corrected, all executed from one exact snapshot."""

import functools
import platform
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from failgym.envs.registration import make_base, plain
from failgym.episodes import Certificate, Episode, Injection, Status, Triplet
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate.runs import Nominal, Recording, Runs
from failgym.perturbations import Perturbation, PlanPerturbation, build, inject, stream
from failgym.perturbations.compose import Spec

MOUNTS = ("keypose", "control", "twin")
"""What is altered: what a key-pose controller is told, a closed-loop policy's steps, an open-loop replay."""


def triplet(
    env_id: str,
    perturbation: Spec,
    seed: int,
    *,
    mount: str = "keypose",
    recording: Recording | None = None,
    severity: str | None = None,
    **env_kwargs: Any,
) -> Triplet:
    """Run nominal, injected and corrected episodes of one seed and say what they prove.

    Args:
        env_id: Registered id, such as `FailGym/StackBlocks-v0`.
        perturbation: Name, mapping with `name`, or instance.
        seed: Fixes scene, variation and draw.
        mount: `keypose`, `control` or `twin`.
        recording: Frames to keep; None keeps none.
        severity: `near_miss`, `just_failing` or `gross` places the magnitude relative to the boundary of this episode
            (see `boundary`); None leaves it as drawn.
        **env_kwargs: As in `gym.make`, but for `control_mode` and `perturbations`.

    Returns:
        The runs that took place and a certificate; `certificate.status` says how it ended, `certificate.holds` whether
        it is a proof.

    Raises:
        UnknownNameError, ConfigurationError: an id, perturbation, mount or argument that does not exist.
    """
    with Generator(env_id, mount=mount, recording=recording, **env_kwargs) as generator:
        if severity is None:
            return generator.triplet(perturbation, seed)
        from failgym.generate.boundary import graded  # which needs this module

        return graded(generator, perturbation, seed, (severity,))[0]


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
        self._runs = Runs(self.env, env_id, self.env_kwargs, recording, open_loop=mount == "twin")

    def __enter__(self) -> "Generator":
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the renderer."""
        self.env.close()

    def triplet(
        self, perturbation: Spec, seed: int, injection: Injection | None = None, *, corrected: bool = True
    ) -> Triplet:
        """Make the triplet of one seed.

        Args:
            perturbation: Name, mapping with `name`, or instance.
            seed: Fixes scene, variation and draw.
            injection: Replays this receipt instead of drawing.
            corrected: False leaves out the runs with corrections, hence all proof: what fails as labelled is
                `uncorrected`.
        """
        recipe = build(perturbation)
        self.env.check_seat(recipe)
        self.env.furnish((recipe,))
        graded = injection.severity if injection is not None else None
        certificate = replace(self.untried(recipe, seed), severity=graded.label if graded else None)
        self._runs.begin(seed)
        self._runs.recycle()
        try:
            if self.mount == "twin" and isinstance(recipe, PlanPerturbation):
                raise NotApplicableError(recipe.name, "an open-loop replay cannot follow another plan")
            if injection is None:
                params = recipe.sample(stream(seed, recipe.name), self._base.facts())
                injection = inject(recipe, params)
        except NotApplicableError as error:
            return Triplet(replace(certificate, reason=str(error)))
        injection = replace(injection, t_first=None, t_last=None)
        nominal = self._runs.nominal(seed, injection.subtask or 0)
        certificate = replace(
            certificate,
            injection=injection,
            nominal_success=nominal.episode.outcome.success,
            digests={"nominal": nominal.episode.digest},
        )
        if not nominal.episode.outcome.success:
            reason = f"the unperturbed run failed: {dict(nominal.episode.outcome.checks)}"
            return Triplet(replace(certificate, status=Status.NOMINAL_FAILED, reason=reason), nominal.episode)
        return self._judge(recipe, injection, nominal, certificate, corrected)

    def begin(self, seed: int) -> None:
        """Begin the episode of a seed, or go back to it where a reset need not bring back the same one."""
        self._runs.begin(seed)

    def untried(self, recipe: Perturbation, seed: int, reason: str = "") -> Certificate:
        """Return the certificate of an attempt at which nothing could be run."""
        return Certificate(
            self.env_id,
            self.env_kwargs,
            seed,
            recipe.spec(),
            self.mount,
            Status.NOT_APPLICABLE,
            versions() | self._base.versions,
            reason,
            failure=recipe.failure,
            replay=self._base.replay,
        )

    # -- the runs -----------------------------------------------------------------------------------------------------

    def _judge(
        self,
        recipe: Perturbation,
        injection: Injection,
        nominal: Nominal,
        certificate: Certificate,
        corrected: bool,
    ) -> Triplet:
        injected, anchor, end = self._runs.injected(recipe, injection, nominal)
        receipt = injected.injections[0]
        digests = certificate.digests | {"injected": injected.digest}
        certificate = replace(
            certificate, injection=receipt, injected_success=injected.outcome.success, digests=digests
        )
        status, reason = self._status(receipt, injected, nominal.episode)
        if status is not None:
            certificate = replace(certificate, status=status, reason=reason)
            if certificate.near_miss:
                certificate = replace(certificate, failure=None)
            return Triplet(certificate, nominal.episode, injected)
        signature = recipe.signature(injected, nominal.episode, receipt.params)
        if not signature.matches:
            other = replace(certificate, status=Status.OTHER_CAUSE, reason=signature.reason)
            return Triplet(other, nominal.episode, injected)
        injected.outcome = replace(
            injected.outcome, failure=recipe.failure, onset=signature.onset, stage=signature.stage
        )
        if not corrected:
            status = Status.UNCORRECTED
            certificate = replace(certificate, status=status, reason=signature.reason, signature=True)
            return Triplet(certificate, nominal.episode, injected)
        fix = recipe.fix(receipt.params)
        avoid = self._runs.avoid(anchor, fix, injected.plan, receipt.subtask or 0)
        recover = self._runs.recover(end)
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


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that a bit-identical replay needs."""
    names = ("failgym", "mujoco", "numpy")
    return {name: version(name) for name in names} | {"machine": platform.machine()}
