"""The scene seat: interventions that make the expert fail, and factors that are altered before anything moves."""

import math

import mujoco
import numpy as np
import pytest

from failgym.envs.registration import make_base
from failgym.episodes import Status
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate import Generator
from failgym.perturbations import CATALOGUE, CONDITIONS, ScenePerturbation, build
from failgym.scene import PROP
from failgym.tasks import TASKS
from tests.helpers import PICK_CUBE, POINT_PICK, run_plan
from tests.perturbations.scenes import arm

pytestmark = pytest.mark.nogl

STACK_BLOCKS = "FailGym/StackBlocks-v0"
FACTORS = [name for name in (*CATALOGUE, *CONDITIONS) if getattr(build(name), "alters", "")]
WATCHED = (
    "geom_friction", "geom_priority", "geom_size", "geom_rgba", "geom_matid", "geom_contype", "geom_conaffinity",
    "geom_rbound", "geom_aabb", "geom_pos", "bvh_aabb", "body_mass", "body_inertia", "body_subtreemass",
    "body_invweight0", "body_gravcomp", "body_pos", "dof_invweight0", "dof_M0", "light_diffuse",
    "light_specular", "light_dir", "light_pos", "cam_pos", "cam_quat",
)  # fmt: skip


@pytest.fixture(scope="module")
def pick():
    return make_base(PICK_CUBE, [], control_mode="keypose")


@pytest.fixture(scope="module")
def stack():
    return make_base(STACK_BLOCKS, [], control_mode="keypose")


def looks(world):
    """Everything in a model that may be altered."""
    head = world.model.vis.headlight
    arrays = [getattr(world.model, name) for name in WATCHED]
    return b"".join(np.asarray(array).tobytes() for array in (*arrays, head.ambient, head.diffuse))


# -- the seam ----------------------------------------------------------------------------------------------------------


def test_the_factors_are_known():
    assert set(FACTORS) == {
        "friction", "mass", "object_size", "distractors", "lighting", "colour", "texture", "camera_pose",
    }  # fmt: skip
    assert set(FACTORS) <= set(CONDITIONS)


@pytest.mark.parametrize("name", FACTORS)
def test_a_reset_undoes_everything(name, stack):
    stack.furnish((build(name),))
    stack.reset(seed=1)
    world = stack.unwrapped.world
    before = looks(world)
    arm(stack, name, 1)
    assert stack.unwrapped.world is world
    assert looks(world) != before
    assert stack.injections[0].acted
    stack.arm([])
    stack.reset(seed=1)
    assert looks(world) == before


@pytest.mark.parametrize("name", FACTORS)
def test_snapshots_hold_what_is_altered(name, stack):
    stack.furnish((build(name),))
    stack.reset(seed=1)
    world = stack.unwrapped.world
    plain, usual = stack.snapshot(), looks(world)
    arm(stack, name, 1)
    altered, unusual = stack.snapshot(), looks(world)
    for snapshot, expected in ((plain, usual), (altered, unusual), (plain, usual), (altered, unusual)):
        stack.restore(snapshot)
        assert looks(world) == expected
    stack.unwrapped.idle(3)
    state = stack.unwrapped.state_bytes()
    stack.restore(plain)
    stack.restore(altered)
    stack.unwrapped.idle(3)
    assert stack.unwrapped.state_bytes() == state


def test_several_factors_are_undone_in_any_order(stack):
    stack.reset(seed=2)
    world = stack.unwrapped.world
    name, usual = world.names[0], looks(world)
    world.alter("mass", name, (1.0,))
    heavy = looks(world)
    world.alter("size", name, (1.2,))
    world.alter("mass", name, None)
    world.alter("mass", name, (1.0,))
    world.alter("size", name, None)
    assert looks(world) == heavy
    world.alter("mass", name, None)
    assert looks(world) == usual


@pytest.mark.parametrize(
    ("name", "stays"), [(name, name in ("object_size", "distractors", "friction", "mass")) for name in FACTORS]
)
def test_disarming_takes_back_what_can_be_taken_back(name, stays, stack):
    stack.furnish((build(name),))
    stack.reset(seed=1)
    usual = looks(stack.unwrapped.world)
    arm(stack, name, 1)
    stack.disarm()
    assert (looks(stack.unwrapped.world) != usual) == stays


def test_what_cannot_be_altered_is_refused(pick):
    pick.reset(seed=0)
    world = pick.unwrapped.world
    with pytest.raises(ConfigurationError, match=r"taste.*friction"):
        world.alter("taste", world.names[0], (1.0,))
    with pytest.raises(ConfigurationError, match=r"friction.*cube"):
        world.alter("friction", "table", (0.1,))


@pytest.mark.parametrize("name", FACTORS)
def test_a_world_without_physics_refuses(name):
    toy = make_base(POINT_PICK, [name])
    (receipt,) = toy.reset(seed=0)[1]["injections"]
    assert build(name).alters in receipt["params"]["not_applicable"]
    with pytest.raises(ConfigurationError, match="physics"):
        toy.unwrapped.scene.alter(build(name).alters, "table", (1.0,))


# -- what each does ----------------------------------------------------------------------------------------------------


def test_mass_is_added_in_kilograms_and_inertia_grows_alike(pick):
    pick.reset(seed=0)
    world = pick.unwrapped.world
    body = world.body(world.names[0])
    mass, inertia = float(world.model.body_mass[body]), world.model.body_inertia[body].copy()
    world.alter("mass", world.names[0], (0.32,))
    assert world.model.body_mass[body] == pytest.approx(mass + 0.32)
    assert world.model.body_inertia[body] == pytest.approx(inertia * (mass + 0.32) / mass)


@pytest.mark.parametrize(("what", "value"), [("mass", 0.5), ("size", 1.2), ("size", 0.8)])
def test_what_the_compiler_made_of_mass_and_size_follows(what, value, pick):
    pick.reset(seed=0)
    world, model = pick.unwrapped.world, pick.unwrapped.world.model
    name = world.names[0]
    world.alter(what, name, (value,))
    body = world.body(name)
    dofs = np.flatnonzero(model.dof_bodyid == body)
    ours = [model.body_invweight0[body].copy(), model.dof_invweight0[dofs].copy(), model.dof_M0[dofs].copy(),
            float(model.body_subtreemass[body])]  # fmt: skip
    mujoco.mj_setConst(model, mujoco.MjData(model))
    theirs = [model.body_invweight0[body], model.dof_invweight0[dofs], model.dof_M0[dofs], model.body_subtreemass[body]]
    for mine, reference in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(reference, rel=1e-6)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_a_resized_block_rests_on_the_table_and_is_known_and_picked(factor, pick):
    change = abs(factor - 1.0)
    seed = next(
        seed for seed in range(20)
        if arm(pick, {"name": "object_size", "change": change}, seed)["factor"] == pytest.approx(factor)
    )  # fmt: skip
    params = arm(pick, {"name": "object_size", "change": change}, seed)
    world, name = pick.unwrapped.world, params["object"]
    pick.unwrapped.idle(5)
    assert world.position(name)[2] == pytest.approx(0.02 * factor, abs=1e-3)
    assert world.facts().thing(name).width == pytest.approx(0.04 * factor)
    run_plan(pick)
    assert world.holding == name
    width = world.arm.width
    assert width == pytest.approx(0.04 * factor, abs=3e-3)
    pick.arm([])
    pick.reset(seed=seed)
    assert world.facts().thing(name).width == pytest.approx(0.04)


def test_distractors_are_nobodys(stack):
    params = arm(stack, {"name": "distractors", "count": 4}, 1)
    world = stack.unwrapped.world
    kinds = {key.startswith(PROP) for key in params["places"]}
    assert (len(params["places"]), kinds) == (4, {True, False})
    assert world.names == world.facts().names[:-1]
    run_plan(stack)
    assert stack.unwrapped.evaluate()["success"]


@pytest.mark.parametrize("task", TASKS.names())
def test_distractors_stand_on_the_free_table(task):
    env = make_base(f"FailGym/{task}-v0", [{"name": "distractors", "count": 4}])
    names = env.reset(seed=5)[1]["injections"][0]["params"]["places"]
    world = env.unwrapped.world
    table, bodies = world.model.geom("table").id, [world.model.body(key).id for key in names]
    geoms = np.flatnonzero(np.isin(world.model.geom_bodyid, bodies))
    env.unwrapped.idle(5)
    assert len(names) >= 2
    touching = [pair for pair in world.data.contact.geom.tolist() if np.isin(pair, geoms).any()]
    assert touching
    assert all(table in pair for pair in touching)
    for key, (x, y, heading) in names.items():
        pose = world.data.body(key)
        assert pose.xpos[:2] == pytest.approx([x, y], abs=2e-3)
        assert pose.xpos[2] == pytest.approx(world._slots[key].entity.describe(key).height / 2, abs=1e-3)
        assert pose.xmat[:2] == pytest.approx([math.cos(heading), -math.sin(heading)], abs=0.02)


def test_a_task_without_spare_things_says_so(pick):
    with pytest.raises(NotApplicableError, match="no such thing"):
        arm(pick, {"name": "distractors", "kind": "spare"})
    with pytest.raises(ConfigurationError, match=r"distractors.kind.*spare, prop, any"):
        build({"name": "distractors", "kind": "clowns"})


def test_a_receiver_can_have_another_size(stack):
    params = arm(stack, {"name": "object_size", "parts": ["receiver"], "change": 0.2}, 0)
    assert params["object"] in {step.target for step in stack.unwrapped.plan.subtasks}
    run_plan(stack)
    assert stack.unwrapped.evaluate()["success"]


# -- what makes the expert fail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", ["keypose", "control", "twin"])
@pytest.mark.parametrize("name", ["human_intervention", "swapped_objects"])
def test_each_mount_fails_as_labelled_and_is_corrected(name, mount):
    with Generator(PICK_CUBE, mount=mount) as generator:
        certificates = [generator.triplet(name, seed).certificate for seed in range(2)]
    assert [certificate.status for certificate in certificates] == [Status.CERTIFIED] * 2


@pytest.mark.parametrize("name", ["friction", "mass"])
def test_what_no_motion_corrects_is_never_certified(name):
    with Generator(PICK_CUBE) as generator:
        certificates = [generator.triplet(name, seed).certificate for seed in range(2)]
    assert [certificate.status for certificate in certificates] == [Status.UNCORRECTED] * 2
    assert not any(certificate.holds for certificate in certificates)


def test_what_is_taken_away_ends_far_off_within_reach(pick):
    params = arm(pick, {"name": "human_intervention", "kind": "take_away"}, 2)
    facts = pick.unwrapped.facts()
    run_plan(pick)
    there = pick.unwrapped.world.position(params["object"])[:2]
    low, high = np.array(facts.workspace).T
    assert math.dist(there, facts.positions[params["object"]][:2]) > 0.17
    assert (there > low).all()
    assert (there < high).all()
    assert not pick.unwrapped.evaluate()["success"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigurationError, match=r"human_intervention.kind.*take_away"):
        build({"name": "human_intervention", "kind": "shout"})


def test_swapped_things_stand_where_the_other_stood(pick):
    params = arm(pick, "swapped_objects", 1)
    starts = [np.array(start[:2]) for start in params["starts"]]
    positions = []

    def look():
        if not positions:
            positions.extend(pick.unwrapped.world.position(params[key])[:2].copy() for key in ("object", "other"))

    run_plan(pick, after=look)
    assert np.linalg.norm(positions[0] - starts[1]) < 0.01
    assert np.linalg.norm(positions[1] - starts[0]) < 0.03


@pytest.mark.parametrize("task", ["StackBlocks", "SlideBlockToTarget", "PickAndLift"])
def test_a_receiver_moves_whether_loose_or_painted(task):
    with Generator(f"FailGym/{task}-v0") as generator:
        certificate = generator.triplet("moved_target", 0).certificate
    assert certificate.status is Status.CERTIFIED


def test_a_slippery_thing_slides_out_although_the_hand_stays_closed():
    with Generator(PICK_CUBE) as generator:
        triplet = generator.triplet("friction", 0)
    assert "slid out" in triplet.certificate.reason
    assert isinstance(build("friction"), ScenePerturbation)
    grip = triplet.injected.arrays["action_told"][triplet.certificate.onset :, -1]
    assert (grip > 0.5).all()


@pytest.mark.parametrize("spec", [{"name": "friction", "friction": 0.2}, {"name": "mass", "extra": 1.0}])
def test_mild_factors_do_not_make_the_expert_fail(spec):
    with Generator(PICK_CUBE) as generator:
        assert generator.triplet(spec, 0).certificate.status is Status.SURVIVED
