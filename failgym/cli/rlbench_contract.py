"""What FailGym promises of RLBench, tried on a real simulator: one check after the other, none stops the rest."""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from failgym.agents import run_subtask
from failgym.envs.inject import InjectFailures
from failgym.envs.rlbench.env import RLBENCH, RLBenchEnv
from failgym.envs.rlbench.observation import seen
from failgym.envs.rlbench.protocol import CAMERAS
from failgym.episodes import Certificate, Episode, Recorder, Status
from failgym.errors import ActionError
from failgym.generate import Generator, replay
from failgym.loop import rollout
from failgym.rotations import rotate

TASKS = ("pick_and_lift", "open_drawer", "push_buttons", "stack_blocks", "put_money_in_safe")
"""Tasks on which everything is tried: a lift, a handle, buttons in order, repeated waypoints, shelves."""
EXECUTION = ("no_close", "wrong_placement", "wrong_object", "translation", "rotation", "slip")
"""Guardian's four execution failures (imprecise grasping as a shift and as a turn), and AHA's slip."""
FAILS_AT = {
    "pick_and_lift": EXECUTION,
    "open_drawer": EXECUTION,
    "push_buttons": ("translation", "wrong_object"),
    "stack_blocks": EXECUTION,
    "put_money_in_safe": ("no_close", "wrong_placement", "translation", "rotation", "slip"),
}
"""What can go wrong in which task: a button is not grasped, and there is only one bundle of money."""
GUARDIAN = ("no_close", "wrong_placement", "wrong_object", "translation")
"""Those that must show somewhere: a hand that is turned may still take the thing, since RLBench attaches it."""
SEATS = {"plan": "missing_subtask", "scene": "human_intervention", "action": "no_close", "observation": "stale_state"}
SEEDS = 4
"""Seeds that are tried until something is shown once."""
CLOSE = 0.005
"""Distance of two things that are in the same place, m."""


class Result(NamedTuple):
    """How one check ended."""

    name: str
    level: Literal["ok", "problem", "warning"]
    text: str
    seconds: float


@dataclass
class Bench:
    """What the checks share."""

    simulator: str = RLBENCH
    tasks: Sequence[str] = TASKS
    seeds: int = SEEDS
    table: list[dict[str, Any]] = field(default_factory=list)
    """One row for each failure tried at each task."""
    certificate: Certificate | None = None

    def env(self, task: str | None = None, **kwargs: Any) -> RLBenchEnv:
        """Return an environment that nobody else uses."""
        return RLBenchEnv(task or self.tasks[0], simulator=self.simulator, **kwargs)

    def generator(self, task: str) -> Generator:
        """Return what makes triplets of a task."""
        return Generator("FailGym/RLBench-v0", task=task, simulator=self.simulator)


def run(bench: Bench) -> Iterator[Result]:
    """Try everything; what breaks is a result, too."""
    for check in CHECKS:
        start = time.perf_counter()
        name = check.__name__.removeprefix("check_").replace("_", " ")
        try:
            level, text = check(bench)
        except Exception as error:  # whatever it is, it is what the user came to hear
            where = traceback.extract_tb(error.__traceback__)[-1]
            level, text = "problem", f"{type(error).__name__} in {where.name}, line {where.lineno}: {error}"
        yield Result(name, level, text, time.perf_counter() - start)


Outcome = tuple[Literal["ok", "problem", "warning"], str]


def check_launch(bench: Bench) -> Outcome:
    """Every task loads; the scene lies where stored demonstrations say that it does."""
    found = []
    for task in bench.tasks:
        with closing(bench.env(task)) as env:
            found.append(f"{task} ({env.session.count} variations, {len(env.state_names)} columns)")
            versions, off = env.versions, np.abs(env.session.launched.offset).max()
    if off > CLOSE:
        return "problem", f"the robot's base lies {100 * off:.1f} cm off; {versions}; {', '.join(found)}"
    return "ok", f"{versions}; {', '.join(found)}"


def check_conventions(bench: Bench) -> Outcome:
    """At rest the open hand points down, in front of the robot, its x axis forward; the front camera sees the table."""
    with closing(bench.env(cameras=("front",))) as env:
        env.reset(seed=0)
        hand = env.scene.hand()
        down, forward = rotate(hand.pose.quat_wxyz, (0, 0, 1))[2], rotate(hand.pose.quat_wxyz, (1, 0, 0))[0]
        _expect(down < -0.9, f"the hand points down: {down:.2f}")
        _expect(forward > 0.7, f"the hand's x axis points forward: {forward:.2f}")
        _expect(0.1 < hand.pose.position[0] < 0.9, f"the hand is in front of the robot: {hand.pose.position}")
        _expect(hand.closure < 0.1, f"the hand is open: closure {hand.closure:.2f}")
        k, pose = env.simulator.camera("front")
        point = seen(np.array([0.5, 0.0, 0.02]), k, pose, env.image_size)
        _expect(point.visible == 1.0, f"the front camera sees the middle of the table: {point}")
        return "ok", f"hand at {np.round(hand.pose.position, 3).tolist()} m, opening {hand.width:.3f} m"


def check_gymnasium(bench: Bench) -> Outcome:
    """Spaces, types, refusals, and a pose out of reach as a normal step."""
    with closing(bench.env()) as env:
        observation, info = env.reset(seed=0)
        _expect(env.observation_space.contains(observation), "the observation is in its space")
        keys = set(info)
        action = np.concatenate([*env.told, [0.0]]).astype(np.float32)
        observation, reward, terminated, truncated, info = env.step(action)
        _expect(type(terminated) is bool, f"terminated is a bool: {type(terminated)}")
        _expect(type(truncated) is bool, f"truncated is a bool: {type(truncated)}")
        _expect(type(reward) is float, f"the reward is a float: {type(reward)}")
        _expect(type(info["is_success"]) is bool, f"is_success is a bool: {type(info['is_success'])}")
        _expect(set(info) == keys, f"info has the same keys: {set(info) ^ keys}")
        json.dumps(info)
        far = action.copy()
        far[:3] = (-0.85, 0.85, 1.1)
        *_, truncated, info = env.step(far)
        _expect(info["unreachable"] and not truncated, f"a pose out of reach is flagged: {info['unreachable']}")
        far[0] = np.nan
        try:
            env.step(far)
        except ActionError:
            return "ok", f"{env.observation_space}"
        return "problem", "an action of NaN was not refused"


def check_reset(bench: Bench) -> Outcome:
    """A seed brings back the scene, another one another scene, and every variation begins."""
    worst, texts = 0.0, []
    for task in bench.tasks:
        with closing(bench.env(task)) as env:
            env.reset(seed=3)
            first = env.state_row()
            env.reset(seed=4)
            other = env.state_row()
            env.reset(seed=3)
            worst = max(worst, float(np.abs(env.state_row() - first).max()))
            _expect(float(np.abs(other - first).max()) > CLOSE, f"{task}: another seed is another scene")
            instructions = set()
            for variation in range(min(env.session.count, 5)):
                env.session.asked = (variation,)
                instructions.add(env.reset(seed=5)[1]["instruction"])
            texts.append(f"{task}: {len(instructions)} instructions of {min(env.session.count, 5)} variations")
    level: Literal["ok", "warning"] = "ok" if worst < CLOSE else "warning"
    return level, f"a seed comes back within {1000 * worst:.3f} mm or mrad; {', '.join(texts)}"


def check_control_modes(bench: Bench) -> Outcome:
    """Hand and joints go where they are told."""
    with closing(bench.env(control_mode="ee_delta")) as env:
        env.reset(seed=0)
        start = env.scene.hand().pose.position
        for _ in range(8):
            env.step(np.array([0, 0, 0.005, 0, 0, 0, 0], dtype=np.float32))
        env.idle(10)
        rose = (env.scene.hand().pose.position - start).tolist()
    _expect(abs(rose[2] - 0.04) < 0.01 and abs(rose[0]) < 0.01, f"ee_delta raises the hand by 4 cm: {rose}")
    with closing(bench.env(control_mode="joint_delta")) as env:
        env.reset(seed=0)
        first = env.scene.now.state.joints.copy()
        action = np.zeros(env.action_layout.size, dtype=np.float32)
        action[1] = 0.02
        for _ in range(5):
            env.step(action)
        env.idle(10)
        turned = env.scene.now.state.joints - first
    _expect(abs(turned[1] - 0.1) < 0.03, f"joint_delta turns the second joint by 0.1 rad: {turned.tolist()}")
    return "ok", f"the hand rose by {100 * rose[2]:.1f} cm, the joint turned by {turned[1]:.3f} rad"


def check_demonstrations(bench: Bench) -> Outcome:
    """The expert follows the waypoints to RLBench's own success; its plan has the effects that it says."""
    texts, bad = [], []
    for task in bench.tasks:
        with closing(InjectFailures(bench.env(task))) as env:
            ended = [rollout(env, seed=seed) for seed in range(bench.seeds)]
        good = [episode for episode in ended if episode.outcome.success]
        achieved = sum(all(span.achieved for span in episode.spans) for episode in good)
        plan = "; ".join(span.subtask.text for span in ended[0].spans)
        texts.append(f"{task}: {len(good)} of {len(ended)} succeed, {achieved} with every subtask's effect ({plan})")
        if not good:
            bad.append(task)
    return "problem" if bad else "ok", " | ".join(texts)


def check_snapshots(bench: Bench) -> Outcome:
    """Going back, also with something in the hand, brings hand, things, joints and what is held."""
    with closing(bench.env(bench.tasks[0])) as env:
        wrapped = InjectFailures(env)
        wrapped.reset(seed=1)
        recorder = Recorder(None, boundaries=False)
        run_subtask(wrapped, env.expert(), recorder, (0, 0, env.plan.subtasks[0]))
        held, row, kept = env.scene.holding, env.state_row(), wrapped.snapshot()
        _expect(held is not None, "the first subtask takes something")
        for index, subtask in enumerate(env.plan.subtasks[1:], 1):
            run_subtask(wrapped, env.expert(), recorder, (index, 0, subtask))
        moved = float(np.abs(env.state_row() - row).max())
        wrapped.restore(kept)
        _expect(env.scene.holding == held, f"the hand holds the {held} again: {env.scene.holding}")
        joints = slice(env.state_names.index("joint_0"), env.state_names.index("joint_speed_0"))
        back = float(np.abs((env.state_row() - row)[joints]).max())
        thing = float(np.abs(_object_columns(env, env.state_row()) - _object_columns(env, row)).max())
        _expect(max(back, thing) < 0.02, f"everything is back: joints {back:.4f} rad, things {thing:.4f}")
        env.idle(5)
        _expect(env.scene.holding == held, "the hand keeps it when time goes on")
        return "ok", f"{moved:.3f} away, back within {back:.4f} rad and {thing:.4f} m"


def check_seats(bench: Bench) -> Outcome:
    """A failure at each seat acts, and leaves a receipt."""
    task = next((task for task in bench.tasks if task == "stack_blocks"), bench.tasks[0])
    texts = []
    for seat, name in SEATS.items():
        base = bench.env(task)
        with closing(InjectFailures(base, [name])) as env:
            acted = 0
            for seed in range(bench.seeds):
                rollout(env, seed=seed)
                acted += sum(injection.acted for injection in env.injections)
                if acted:
                    break
            _expect(acted > 0, f"{name} acts at the {seat} seat of {task}")
            texts.append(f"{seat}: {name} (success afterwards: {base.evaluate()['success']})")
    return "ok", ", ".join(texts)


def check_execution_failures(bench: Bench) -> Outcome:
    """Each execution failure fails as labelled, by RLBench's own success() and by where things are."""
    for task in bench.tasks:
        with bench.generator(task) as generator:
            for mode in FAILS_AT.get(task, EXECUTION):
                bench.table.append(_tried(bench, generator, task, mode))
    shown = [row for row in bench.table if row["failed as labelled"]]
    modes = {row["mode"] for row in bench.table}
    never = sorted(modes.intersection(GUARDIAN) - {row["mode"] for row in shown})
    text = f"{len(shown)} of {len(bench.table)} pairs of failure and task fail as labelled"
    if never:
        return "problem", f"{text}; nowhere: {', '.join(never)}"
    return ("ok" if len(shown) == len(bench.table) else "warning"), f"{text}; see the table"


def check_certificate(bench: Bench) -> Outcome:
    """A certificate says that it repeats outcomes only, survives its file, and repeats them."""
    if bench.certificate is None:
        return "problem", "no failure was certified"
    again = Certificate.from_json(json.loads(json.dumps(bench.certificate.to_json())))
    _expect(again.replay == "outcome", f"it says so: {again.replay}")
    result = replay(again)
    name = f"{again.perturbation['name']} in {again.env_kwargs['task']}"
    level: Literal["ok", "warning"] = "ok" if result.matches else "warning"
    return level, f"{name}: {', '.join(result.differences) or 'the same outcomes'}"


def check_rendering(bench: Bench) -> Outcome:
    """Every camera renders colour, depth and masks."""
    texts = []
    with closing(bench.env(obs_mode="rgb+depth+segmentation", cameras=CAMERAS, image_size=(96, 80))) as env:
        observation, _ = env.reset(seed=0)
        _expect(env.observation_space.contains(observation), "pictures are in their space")
        for camera in CAMERAS:
            colours = len(np.unique(observation[f"pixels/{camera}"].reshape(-1, 3), axis=0))
            depth, masks = observation[f"depth/{camera}"], len(np.unique(observation[f"segmentation/{camera}"]))
            _expect(colours > 3, f"{camera} shows something: {colours} colours")
            _expect(depth.min() >= 0.0 and depth.max() < 10.0, f"{camera} measures m: {depth.min()} .. {depth.max()}")
            texts.append(f"{camera} {colours} colours, {masks} masks, {depth.min():.2f}..{depth.max():.2f} m")
    return "ok", "; ".join(texts)


def check_death(bench: Bench) -> Outcome:
    """A simulator that dies truncates the episode, and the next reset starts another one."""
    with closing(bench.env()) as env:
        env.reset(seed=0)
        dead = env.session.remote.pid
        _expect(dead is not None, "there is a process")
        os.kill(int(dead or 0), signal.SIGSEGV)
        action = np.concatenate([*env.told, [0.0]]).astype(np.float32)
        observation, _, terminated, truncated, info = env.step(action)
        _expect(truncated and not terminated, "the episode is truncated")
        _expect("SIGSEGV" in info["error"], f"info says how: {info['error']!r}")
        _expect(env.observation_space.contains(observation), "there is an observation")
        env.reset(seed=0)
        _expect(env.session.remote.pid != dead, "another process")
        *_, truncated, info = env.step(action)
        _expect(not truncated and not info["error"], f"which works: {info['error']}")
        return "ok", f"{env.session.remote.starts} processes were started"


CHECKS: tuple[Callable[[Bench], Outcome], ...] = (
    check_launch,
    check_conventions,
    check_gymnasium,
    check_reset,
    check_control_modes,
    check_demonstrations,
    check_snapshots,
    check_seats,
    check_execution_failures,
    check_certificate,
    check_rendering,
    check_death,
)


def report(bench: Bench, results: Sequence[Result], header: Sequence[str] = ()) -> str:
    """Return what was found as Markdown."""
    real = bench.simulator == RLBENCH
    lines = ["# FailGym on RLBench" if real else f"# FailGym on {bench.simulator}: not RLBench", ""]
    lines += [*header, "", "| check | result | seconds | what was seen |", "|---|---|---|---|"]
    lines += [f"| {each.name} | {each.level} | {each.seconds:.1f} | {_cell(each.text)} |" for each in results]
    if bench.table:
        columns = list(bench.table[0])
        lines += ["", "## Execution failures", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        lines += [f"| {' | '.join(_cell(str(row[column])) for column in columns)} |" for row in bench.table]
    return "\n".join(lines) + "\n"


def _tried(bench: Bench, generator: Generator, task: str, mode: str) -> dict[str, Any]:
    row: dict[str, Any] = {"task": task, "mode": mode, "failed as labelled": False, "corrected": False}
    reasons, tries = [], 0
    for seed in range(bench.seeds):
        tries += 1
        made = generator.triplet(mode, seed)
        certificate = made.certificate
        reasons.append(f"{certificate.status}: {certificate.reason}")
        if certificate.signature and made.injected is not None and made.nominal is not None:
            apart = _apart(made.injected, made.nominal)
            _expect(not made.injected.outcome.success, f"RLBench's success() is false after {mode} in {task}")
            row |= {"failed as labelled": True, "corrected": bool(certificate.avoid_success)}
            row["things end apart, m"] = f"{apart:.3f}"
            if certificate.holds:
                bench.certificate = bench.certificate or certificate
                break
        if certificate.status is Status.NOT_APPLICABLE:
            break
    return row | {"things end apart, m": row.get("things end apart, m", "-"), "tries": tries, "why": reasons[-1]}


def _apart(one: Episode, other: Episode) -> float:
    """Return how far the task's things, or parts, end from where they ended in the other run, m or rad."""
    names = [name for name in one.state_names if name.startswith(("object_", "part_")) and name[-2] != "q"]
    last = one.columns(*names)[-1] - other.columns(*names)[-1]
    return float(np.abs(last).max())


def _object_columns(env: RLBenchEnv, row: Any) -> Any:
    return row[[index for index, name in enumerate(env.state_names) if name.startswith("object_") and name[-2] != "q"]]


def _expect(true: bool | np.bool_, text: str) -> None:
    if not true:
        raise RuntimeError(f"not so: {text}")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
