"""Altered plans: what is drawn, how it is read back, and what shows that an episode failed because of it."""

from dataclasses import replace

import pytest

from failgym.envs.registration import make_base
from failgym.episodes import Status
from failgym.errors import NotApplicableError, PlanError
from failgym.generate import Generator
from failgym.labels import Stage
from failgym.loop import rollout
from failgym.perturbations import build, inject, stream
from failgym.perturbations.plan.steps import chains, changes, impossible
from failgym.plans import Plan, Subtask, check
from failgym.scene import SceneFacts, Thing
from tests.helpers import PICK_CUBE, POINT_PICK

pytestmark = pytest.mark.nogl

KINDS = ("missing_subtask", "wrong_order", "wrong_object_planned", "wrong_placement_planned", "contradictory_subtasks")
SEEDS = range(30)


def block(name):
    return Thing(name, graspable=True, width=0.04, height=0.04, receives=("on",))


def scene(plan, *things, closed=(), fixed=(), positions=None):
    plan = Plan.parse("\n".join(plan.split("; ")), "do it")
    return SceneFacts((*things, Thing("table", receives=("on",))), positions or {}, closed, fixed, plan=plan)


DRAWER = Thing("drawer", height=0.13, strokes=("open", "close"), receives=("in",))
STACK = scene(
    "grasp the red block; place the red block on the blue block; "
    "grasp the pink block; place the pink block on the red block",
    *map(block, ("red block", "blue block", "pink block", "cyan block")),
    Thing("can", graspable=True),
)
STORE = scene(
    "open the drawer; grasp the red block; place the red block in the drawer; close the drawer",
    DRAWER,
    block("red block"),
    block("blue block"),
    Thing("can", graspable=True),
    closed=("drawer",),
    fixed=("drawer",),
)
BUTTONS = scene(
    "press the red button; press the blue button",
    *(Thing(f"{colour} button", strokes=("press",)) for colour in ("red", "blue", "pink")),
)
DOOR = scene(
    "turn the door handle; open the door",
    Thing("door", strokes=("open", "close")),
    Thing("door handle", strokes=("turn",)),
    closed=("door",),
)
SHUT_DOOR = replace(DOOR, closed=(), plan=Plan.parse("close the door"))
PADS = scene(
    "push the block to the red pad",
    Thing("block"),
    *(Thing(f"{colour} pad", receives=("to", "on")) for colour in ("red", "blue")),
    fixed=("red pad", "blue pad"),
)
JAR = scene(
    "grasp the lid; place the lid on the red jar; screw the lid on the red jar",
    Thing("lid", graspable=True, strokes=("screw",)),
    *(Thing(f"{colour} jar", height=0.1, receives=("on",)) for colour in ("red", "blue")),
)
SCENES = {"stack": STACK, "store": STORE, "buttons": BUTTONS, "door": DOOR, "pads": PADS, "jar": JAR}


def altered_plans(name, facts):
    """Every altered plan that the seeds draw, with its parameters."""
    rule, found = build(name), {}
    for seed in SEEDS:
        params = rule.sample(stream(seed, name), facts)
        altered = rule.perturb(facts.plan, params)
        found[altered.text] = (altered, params)
    return list(found.values())


def steps(name, facts):
    return {tuple(step.text for step in altered.subtasks) for altered, _ in altered_plans(name, facts)}


def applicable():
    for name in KINDS:
        for label, facts in SCENES.items():
            try:
                build(name).sample(stream(0, name), facts)
            except NotApplicableError:
                continue
            yield pytest.param(name, facts, id=f"{name}-{label}")


# -- the draw ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "facts"), list(applicable()))
def test_an_altered_plan_differs_where_it_says_and_can_be_tried(name, facts):
    for altered, params in altered_plans(name, facts):
        first = params["subtask"]
        assert altered.subtasks[:first] == facts.plan.subtasks[:first]
        assert altered.instruction == facts.plan.instruction
        assert changes(facts.plan, altered, facts)
        assert [impossible(step, facts) for step in altered.subtasks] == [None] * len(altered.subtasks)
        assert build(name).fix(params).plan_text == facts.plan.text


@pytest.mark.parametrize(("name", "facts"), list(applicable()))
def test_an_altered_plan_is_read_back_as_its_own_kind_only(name, facts):
    for altered, params in altered_plans(name, facts):
        assert build(name).read(altered, facts)["subtask"] == params["subtask"]
        for other in set(KINDS) - {name}:
            with pytest.raises(PlanError):
                build(other).read(altered, facts)


@pytest.mark.parametrize("name", KINDS)
def test_the_right_plan_is_not_read_as_altered(name):
    for facts in SCENES.values():
        with pytest.raises(PlanError):
            build(name).read(facts.plan, facts)


def test_what_handles_one_thing_belongs_together():
    plan = Plan.parse(
        "grasp the box\nopen the box\ngrasp the ball\nplace the ball in the box\nrelease the box\n"
        "grasp the ball\nlift the ball"
    )
    assert chains(plan) == ((0, 1, 4), (2, 3), (5, 6))
    assert chains(STORE.plan) == ((0,), (1, 2), (3,))


def test_another_object_is_of_the_same_kind_where_there_is_one():
    for altered, params in altered_plans("wrong_object_planned", STACK):
        assert params["object"].endswith("block")
        assert check(altered) == ()
        old, new = params["target"], params["object"]
        for index, step in enumerate(altered.subtasks):
            nominal = STACK.plan.subtasks[index]
            assert step == (replace(nominal, object=new) if nominal.object == old else nominal)
    only_can = replace(STORE, things=tuple(thing for thing in STORE.things if thing.name != "blue block"))
    assert {params["object"] for _, params in altered_plans("wrong_object_planned", only_can)} == {"can"}


def test_another_object_has_not_been_moved_by_earlier_steps():
    pairs = {(params["target"], params["object"]) for _, params in altered_plans("wrong_object_planned", STACK)}
    assert pairs == {("red block", "pink block"), ("red block", "cyan block"), ("pink block", "cyan block")}


def test_another_drawer_is_one_that_can_be_closed_and_reached():
    drawers = [Thing(f"{level} drawer", strokes=("open", "close")) for level in ("low", "middle", "high")]
    heights = {"low drawer": (0.7, 0.0, 0.1), "middle drawer": (0.6, 0.0, 0.2), "high drawer": (0.7, 0.0, 0.3)}
    facts = scene("close the middle drawer", *drawers, positions=heights)
    assert steps("wrong_object_planned", facts) == {("close the high drawer",)}
    with pytest.raises(NotApplicableError, match="no other thing"):
        altered_plans("wrong_object_planned", replace(facts, closed=("high drawer",)))
    facts = scene("open the middle drawer", *drawers, positions=heights, closed=tuple(heights))
    assert steps("wrong_object_planned", facts) == {("open the high drawer",), ("open the low drawer",)}


def test_another_place_is_of_the_same_kind_and_still_free():
    instead = {params["instead"] for _, params in altered_plans("wrong_placement_planned", STACK)}
    assert instead == {
        "place the red block on the pink block",
        "place the red block on the cyan block",
        "place the pink block on the cyan block",
    }
    assert steps("wrong_placement_planned", PADS) == {("push the block to the blue pad",)}


def test_what_is_screwed_on_follows_to_the_other_place():
    assert steps("wrong_placement_planned", JAR) == {
        ("grasp the lid", "place the lid on the blue jar", "screw the lid on the blue jar")
    }


def test_another_state_is_the_opposite_one():
    assert {params["instead"] for _, params in altered_plans("wrong_placement_planned", STORE)} == {
        "close the drawer",
        "open the drawer",
    }
    lifted = scene("grasp the can; lift the can", Thing("can", graspable=True))
    assert steps("wrong_placement_planned", lifted) == {("grasp the can", "place the can on the table")}


def test_contradictions_undo_the_step_before():
    contradicted = {
        (STORE.plan.subtasks[params["subtask"]].text, "; ".join(params["inserted"]))
        for _, params in altered_plans("contradictory_subtasks", STORE)
    }
    assert contradicted == {
        ("open the drawer", "close the drawer"),
        ("grasp the red block", "release the red block"),
        ("grasp the red block", "grasp the blue block"),
        ("grasp the red block", "grasp the can"),
        ("close the drawer", "open the drawer"),
    }
    undone = {"; ".join(params["inserted"]) for _, params in altered_plans("contradictory_subtasks", STACK)}
    assert "grasp the red block; place the red block on the table" in undone
    assert steps("contradictory_subtasks", PADS) == {
        ("push the block to the red pad", "push the block to the blue pad")
    }


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("contradictory_subtasks", BUTTONS),
        ("contradictory_subtasks", SHUT_DOOR),
        ("wrong_placement_planned", BUTTONS),
        ("wrong_object_planned", PADS),
        ("wrong_object_planned", JAR),
        ("wrong_order", PADS),
        ("missing_subtask", PADS),
    ],
)
def test_where_nothing_of_the_kind_can_go_wrong_it_says_so(name, facts):
    with pytest.raises(NotApplicableError, match=name):
        build(name).sample(stream(0, name), facts)


def test_an_order_matters_if_the_instruction_gives_it_or_a_latch_does():
    assert steps("wrong_order", BUTTONS) == {("press the blue button", "press the red button")}
    assert steps("wrong_order", DOOR) == {("open the door", "turn the door handle")}
    free = scene("open the box; open the drawer", DRAWER, replace(DRAWER, name="box"), closed=("box", "drawer"))
    with pytest.raises(NotApplicableError):
        build("wrong_order").sample(stream(0, "wrong_order"), free)


# -- what is recorded --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cubes():
    with Generator(PICK_CUBE) as generator:
        yield generator


@pytest.fixture(scope="module")
def runs(cubes):
    return {name: cubes.triplet(name, 1) for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_physics_shows_each_kind(runs, name):
    made = runs[name]
    certificate = made.certificate
    assert certificate.status is Status.CERTIFIED, certificate.reason
    assert 0 <= certificate.onset <= made.injected.steps
    assert not made.injected.outcome.success


@pytest.mark.parametrize("name", KINDS)
def test_an_episode_that_lacks_no_effect_did_not_fail_this_way(runs, name):
    made = runs[name]
    spans = tuple(replace(span, achieved=True) for span in made.injected.spans)
    intact = replace(made.injected, effects=dict(made.nominal.effects), spans=spans)
    assert not build(name).signature(intact, made.nominal, made.certificate.injection.params).matches


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("wrong_object_planned", "was never handled"),
        ("wrong_placement_planned", "nothing came of it"),
        ("contradictory_subtasks", "it undid nothing"),
    ],
)
def test_an_episode_in_which_nothing_of_it_happened_did_not_fail_this_way(runs, name, reason):
    made = runs[name]
    spans = tuple(
        replace(span, achieved=span.achieved and span.index < made.certificate.injection.params["subtask"] + 1)
        for span in made.injected.spans
    )
    if name == "wrong_placement_planned":
        spans = tuple(replace(span, achieved=span.achieved and span.subtask.verb != "place") for span in spans)
    silent = replace(made.injected, events=(), spans=spans)
    signature = build(name).signature(silent, made.nominal, made.certificate.injection.params)
    assert not signature.matches
    assert reason in signature.reason


@pytest.mark.parametrize("name", ["wrong_object_planned", "wrong_placement_planned", "contradictory_subtasks"])
def test_an_earlier_failure_has_its_own_cause(runs, name):
    made = runs[name]
    params = made.certificate.injection.params
    later = params | {"subtask": 1, "at": 1, "subtasks": [1]}
    spans = tuple(replace(span, achieved=False) for span in made.injected.spans)
    signature = build(name).signature(replace(made.injected, spans=spans), made.nominal, later)
    assert (signature.matches, signature.reason) == (False, f"an earlier subtask failed: {spans[0].subtask.text}")


def test_presses_in_another_order_are_a_wrong_order():
    with Generator("FailGym/PushButtons-v0") as generator:
        triplets = [generator.triplet("wrong_order", seed) for seed in range(4)]
    made = next(one for one in triplets if one.certificate.status is not Status.NOT_APPLICABLE)
    assert made.certificate.status is Status.CERTIFIED
    assert made.certificate.reason.startswith("before its turn: the ")
    assert all(span.achieved for span in made.injected.spans)
    rule, params = build("wrong_order"), made.certificate.injection.params
    assert not rule.signature(replace(made.injected, events=made.nominal.events), made.nominal, params).matches


def receipt(name, facts, text):
    """The receipt of a plan that nobody drew."""
    params = {"subtask": 1, "subtasks": [1], "at": 1, "inserted": [], "object": "red disc", "target": "red disc"}
    return inject(build(name), params | {"altered": text, "plan": facts.plan.text})


def test_an_altered_plan_that_still_works_survives(cubes):
    cubes.env.reset(seed=1)
    facts = cubes.env.unwrapped.facts()
    grasp, lift = (step.text for step in facts.plan.subtasks)
    harmless = receipt("contradictory_subtasks", facts, f"{grasp}\n{lift}\n{lift}")
    assert cubes.triplet("contradictory_subtasks", 1, harmless).certificate.status is Status.SURVIVED


@pytest.mark.parametrize("impossible_step", ["grasp the table", "open the {0}", "place the {0} on the {0}"])
def test_what_the_expert_refuses_stays_undone(impossible_step):
    with Generator(POINT_PICK) as generator:
        generator.env.reset(seed=3)
        facts = generator.env.unwrapped.facts()
        name = facts.plan.subtasks[0].object
        text = f"{facts.plan.subtasks[0].text}\n{impossible_step.format(name)}"
        made = generator.triplet("wrong_placement_planned", 3, receipt("wrong_placement_planned", facts, text))
    assert [span.achieved for span in made.injected.spans] == [True, False]
    assert Stage.GRASP not in dict(made.injected.spans[1].stages)
    assert made.certificate.injected_success is False


class Careless:
    """A planner that asks for the impossible first."""

    def reset(self):
        """Nothing to forget."""

    def plan(self, env, feedback=None):
        right = env.unwrapped.facts().plan
        return replace(right, subtasks=(Subtask("grasp", "table"), *right.subtasks))


def test_a_rollout_goes_on_after_what_the_expert_refuses():
    episode = rollout(make_base(POINT_PICK), planner=Careless(), seed=3)
    assert [span.achieved for span in episode.spans] == [False, True, True]
    assert episode.outcome.success
