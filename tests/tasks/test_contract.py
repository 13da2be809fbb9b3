"""What every native task promises, with every robot that can do it; a new task needs one line in PLANS."""

import functools
import itertools
from typing import Any

import numpy as np
import pytest

from failgym.envs.registration import ENTRIES, make_base
from failgym.episodes import EventKind
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.plans import Plan, check
from failgym.sim.world import TABLE
from failgym.tasks import NATIVE, TASKS, holds
from tests.helpers import run_plan

pytestmark = pytest.mark.nogl

PLANS = {
    "PushButtons": "press",
    "LampOn": "press",
    "PickAndLift": "grasp move",
    "PickCube": "grasp lift",
    "PickUpCup": "grasp lift",
    "TakeLidOffSaucepan": "grasp lift",
    "ReachAndDrag": "grasp drag",
    "SweepToDustpan": "grasp sweep",
    "SlideBlockToTarget": "push",
    "TurnTap": "turn",
    "CloseJar": "grasp place screw",
    "LightBulbIn": "grasp place screw",
    "CloseMicrowave": "close",
    "OpenMicrowave": "open",
    "CloseFridge": "close",
    "OpenFridge": "open",
    "OpenDoor": "turn open",
    "CloseDoor": "close",
    "OpenDrawer": "open",
    "CloseDrawer": "close",
    "OpenBox": "open",
    "CloseBox": "close",
    "CloseLaptopLid": "close",
    "ToiletSeatUp": "open",
    "MeatOffGrill": "grasp place",
    "PutRubbishInBin": "grasp place",
    "StackBlocks": "grasp place",
    "PutItemInDrawer": "open grasp place close",
    "StackCups": "grasp place",
    "PlaceCups": "grasp place",
    "PutPlateInRack": "grasp place",
    "MoveHanger": "grasp pull place",
    "PutMoneyInSafe": "grasp place",
    "PutCubeInSafe": "grasp place",
    "PutGroceriesInCupboard": "grasp place",
    "InsertOntoSquarePeg": "grasp place",
    "PlaceShapeInShapeSorter": "grasp place",
    "PlaceWine": "grasp place",
    "PhoneOnBase": "grasp place",
    "SortBlocks": "grasp place",
    "ClearTable": "grasp place press",
    "PutAllGroceriesInCupboard": "grasp place",
    "HandOverBar": "grasp move release place",
    "LiftTray": "grasp lift",
    "PutItemInLiddedBox": "grasp open place release",
    "UnplugCharger": "grasp pull",
    "InsertPegInSocket": "grasp move place",
    "TakeShoesOutOfBox": "grasp place",
}
"""Verbs of the nominal plan, in the order in which they first appear."""
CASES = [(name, robot) for name in NATIVE for robot in TASKS.get(name).robots]
SEEDS = range(100, 106)

every = pytest.mark.parametrize("name", NATIVE)
every_case = pytest.mark.parametrize(("name", "robot"), CASES)


@functools.cache
def made(name: str, robot: str | None = None, control_mode: str = "keypose") -> Any:
    """One environment for all tests of a case."""
    return make_base(f"FailGym/{name}-v0", robot=robot, control_mode=control_mode, reward_mode="dense")


def test_every_task_is_tested():
    assert set(PLANS) == set(NATIVE)


@every
def test_is_described(name):
    task = TASKS.get(name)
    assert task.name == name
    assert len(set(task.phrasings)) >= 3
    assert len(set(task.variants)) == len(task.variants) >= 1
    described = task.__doc__ or ""
    assert 0 < described.index("**Randomisation**") < described.index("**Success**")
    assert NATIVE[name].summary == NATIVE[name].summary.strip().rstrip(".")
    assert ENTRIES[f"FailGym/{name}-v0"].max_episode_steps == NATIVE[name].max_episode_steps


@every_case
def test_everything_follows_from_the_seed(name, robot):
    env = made(name, robot)

    def begun(seed: int) -> tuple[Any, ...]:
        observation, info = env.reset(seed=seed)
        world = env.unwrapped.world
        looks = world.model.geom_rgba.tobytes(), world.model.body_pos.tobytes(), world.model.body_quat.tobytes()
        return observation.tobytes(), env.unwrapped.state_bytes(), looks, info["plan"], info["instruction"]

    first = [begun(seed) for seed in SEEDS]
    assert first == [begun(seed) for seed in SEEDS]
    assert len({scene[:3] for scene in first}) == len(first)


@every
def test_variants_can_be_chosen(name):
    task = TASKS.get(name)
    for variant in task.variants:
        env = make_base(f"FailGym/{name}-v0", variants=[variant])
        env.reset(seed=3)
        assert env.unwrapped.variation["variant"] == variant
    env = made(name)
    seen = set()
    for seed in range(12 * len(task.variants)):
        env.reset(seed=seed)
        seen.add(env.unwrapped.variation["variant"])
    assert seen == set(task.variants)
    with pytest.raises(UnknownNameError, match=f"variant of {name}"):
        make_base(f"FailGym/{name}-v0", variants=["no such variant"])
    with pytest.raises(ConfigurationError):
        make_base(f"FailGym/{name}-v0", variants=[])


@every_case
def test_the_plan_can_be_read_and_can_work(name, robot):
    env = made(name, robot)
    instructions = set()
    for seed in range(30):
        _, info = env.reset(seed=seed)
        plan, facts = env.unwrapped.plan, env.unwrapped.facts()
        instructions.add(info["instruction"])
        assert Plan.parse(info["plan"], info["instruction"]) == plan
        assert set(plan.objects) <= set(facts.names)
        assert check(plan, facts.closed) == ()
        verbs = dict.fromkeys(subtask.verb for subtask in plan.subtasks)
        assert " ".join(verbs) == PLANS[name]
    assert len(instructions) >= 3


@every_case
def test_nothing_is_done_at_reset_and_nothing_moves_by_itself(name, robot):
    env = made(name, robot)
    base = env.unwrapped
    for seed in SEEDS:
        env.reset(seed=seed)
        assert not base.evaluate()["success"]
        # What an earlier step undoes is true at first: the hand is empty, what will be opened is closed.
        undone_first = {("close", thing) for thing in base.facts().closed}
        subtasks = [subtask for subtask in base.plan.subtasks if subtask.verb != "release"]
        undone = [subtask for subtask in subtasks if (subtask.verb, subtask.object) not in undone_first]
        assert not [subtask.text for subtask in undone if holds(base.world, subtask)]
        data = base.world.data
        assert data.contact.dist[: data.ncon].min(initial=0.0) > -1e-3, "things begin inside each other"
        before = {thing: base.world.position(thing).copy() for thing in base.world.names}
        openings = {thing: base.world.opening(thing) for thing in base.world.names}
        base.idle(20)
        for thing, position in before.items():
            assert np.linalg.norm(base.world.position(thing) - position) < 0.005, thing
            assert abs(base.world.opening(thing) - openings[thing]) < 0.05, thing
        assert not any(event.kind is EventKind.DISPLACED for event in base._events)


@every_case
def test_things_are_in_reach_and_in_sight(name, robot):
    env = made(name, robot)
    base = env.unwrapped
    for seed in SEEDS:
        env.reset(seed=seed)
        for thing in base.facts().things:
            if thing.name == TABLE:
                continue
            x, y, z = base.world.position(thing.name)
            assert 0.2 < x < 0.9, (thing.name, x)
            assert abs(y) < 0.45, (thing.name, y)
            assert -0.01 < z < 0.6, (thing.name, z)
        for subtask in base.plan.subtasks:
            points = [base.points(camera, subtask) for camera in ("front", "left", "right")]
            for role in ("target", "goal"):
                seen = [point[role].visible for point in points if role in point]
                assert not seen or max(seen) > 0.0, (subtask.text, role)


@every_case
@pytest.mark.parametrize("control_mode", ["keypose", "ee_delta", "joint_delta"])
def test_the_expert_succeeds_and_every_predicate_turns_true(name, robot, control_mode):
    env = made(name, robot, control_mode)
    base = env.unwrapped
    done = []
    for seed in SEEDS if control_mode == "keypose" else SEEDS[:3]:
        env.reset(seed=seed)
        recorder = run_plan(env)
        done.append(base.evaluate()["success"])
        assert recorder.step < 0.6 * NATIVE[name].max_episode_steps
        assert not done[-1] or all(span.achieved for span in recorder.spans)
    assert sum(done) >= len(done) - 1


@every_case
def test_the_reward_grows_with_every_subtask(name, robot):
    env = made(name, robot)
    base = env.unwrapped
    env.reset(seed=103)
    rewards = [base.dense_reward()]

    recorder = run_plan(env, after=lambda: rewards.append(base.dense_reward()))
    if base.evaluate()["success"]:
        assert 0.0 <= rewards[0] < 1.0
        assert all(later >= earlier for earlier, later in itertools.pairwise(rewards)), rewards
        assert rewards[-1] == 1.0
    assert recorder.spans
