"""How a controller executes a structured fix, from the moment on at which it is given."""

from collections.abc import Callable
from typing import Any

from failgym.agents import Policy
from failgym.agents.further import Further
from failgym.labels import Fix, FixKind
from failgym.plans import Plan

LONGEST_WAIT_STEPS = 400
"""Control steps that the hand waits at most for what is in its way."""
CORRECTION_STEPS = 10
"""Control steps that the hand is given to move or turn back before the policy goes on, at least."""
TakeOver = Callable[[Any, Fix, Policy, Plan, int], tuple[Policy, Plan]]


def take_over(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    """Let a fix act in an episode that is under way.

    Gripper, motion, stroke and hold fixes act against the injection, which goes on: one that does not fit the failure
    corrects nothing. The others begin something anew, with the injection spent.

    Args:
        env: With failures, as `make_base` builds it.
        fix: What to do.
        policy: In the middle of the subtask, or not yet begun.
        plan: That is being followed.
        hit: Index of the present subtask.

    Returns:
        Policy and plan to go on with.

    Source: Dream2Fix, recovery execution; ViFailback, the seven symbols (halt, rewind) and low-level guidance.
    """
    return _TAKE_OVER[fix.kind](env, fix, policy, plan, hit)


def _move(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    steps = env.correct(fix)
    if fix.kind is not FixKind.GRIPPER:
        env.unwrapped.idle(max(CORRECTION_STEPS, 2 * steps))
    return policy, plan


def _stroke(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    return Further(policy, fix, env, plan.subtasks[hit]), plan


def _retarget(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    env.disarm()
    return _anew(env, plan, hit), plan


def _replan(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    env.disarm()
    env.unwrapped.plan = Plan.parse(fix.plan_text or "", plan.instruction)
    return policy, env.unwrapped.plan


def _hold(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    """Keep the hand still until nothing acts any more."""
    base = env.unwrapped
    base.idle(CORRECTION_STEPS)
    for _ in range(LONGEST_WAIT_STEPS):
        if all(injection.t_last != base.ticks - 1 for injection in env.injections):
            break
        base.idle(1)
    return policy, plan


def _rewind(env: Any, fix: Fix, policy: Policy, plan: Plan, hit: int) -> tuple[Policy, Plan]:
    """Go back the way that the hand has come in this subtask, and begin it again."""
    env.rewind(hit)
    return _anew(env, plan, hit), plan


def _anew(env: Any, plan: Plan, hit: int) -> Policy:
    policy: Policy = env.unwrapped.expert()
    policy.reset(env, plan.subtasks[hit])
    return policy


_TAKE_OVER: dict[FixKind, TakeOver] = {
    FixKind.GRIPPER: _move,
    FixKind.TRANSLATION: _move,
    FixKind.ROTATION: _move,
    FixKind.STROKE: _stroke,
    FixKind.RETARGET: _retarget,
    FixKind.REPLAN: _replan,
    FixKind.HOLD: _hold,
    FixKind.REWIND: _rewind,
}
"""How each kind of fix is executed."""
