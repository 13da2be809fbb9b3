"""What else a plan could ask for: readings of steps and things that the plan perturbations share."""

from failgym.plans import VERBS, Plan, Subtask, check, same_end
from failgym.scene import SceneFacts, Thing

HELD = ("lift", "place", "move", "pull", "release")
"""Verbs of what is in the hand already."""
WORKED = ("open", "close", "press", "turn", "screw", "wipe")
"""Verbs that only some things offer."""
MOVED = ("push", "drag", "sweep")
"""Verbs of what is moved without being held."""
TABLE = "table"


def chains(plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Group the steps that handle one thing: the first takes it up or works it, the others go on with it."""
    found: list[list[int]] = []
    latest: dict[str, list[int]] = {}
    for index, step in enumerate(plan.subtasks):
        chain = latest.get(step.object)
        follows = index > 0 and plan.subtasks[index - 1].object == step.object
        if chain is not None and (follows or step.verb in HELD):
            chain.append(index)
        elif step.verb not in HELD:
            latest[step.object] = chain = [index]
            found.append(chain)
    return tuple(tuple(chain) for chain in found)


def alike(name: str, other: str) -> bool:
    """Whether two names are of things of one kind: red block, blue block."""
    return name.split()[-1] == other.split()[-1]


def reordered(plan: Plan, altered: Plan) -> bool:
    """Whether an altered plan has the same steps, in whatever order."""
    return sorted(step.text for step in altered.subtasks) == sorted(step.text for step in plan.subtasks)


def changes(plan: Plan, altered: Plan, facts: SceneFacts) -> bool:
    """Whether an altered plan has more steps that cannot be done, or leaves another world behind."""
    return harms(altered, facts) > harms(plan, facts) or not same_end(plan, altered, facts.closed)


def harms(plan: Plan, facts: SceneFacts) -> int:
    """Count the steps that cannot be done; letting go of what is not in the hand harms nothing."""
    stuck = sum(violation.subtask.verb != "release" for violation in check(plan, facts.closed))
    turned: set[str] = set()
    for step in plan.subtasks:
        if step.verb == "turn":
            turned.add(step.object)
        latch = handle(step.object, facts) if step.verb == "open" and step.object in facts.closed else None
        stuck += latch is not None and latch not in turned
    return stuck


def handle(name: str, facts: SceneFacts) -> str | None:
    """Return what has to be turned before a thing opens: a handle that is called after it."""
    turning = (thing.name for thing in facts.things if "turn" in thing.strokes)
    return next((other for other in turning if other.startswith(f"{name} ")), None)


def impossible(step: Subtask, facts: SceneFacts) -> str | None:
    """Say why no hand can even try a step in this scene; None where one can."""
    for name in (step.object, step.target):
        if name is not None and facts.thing(name) is None:
            return f"there is no {name} here: there are {', '.join(facts.names)}"
    arms = {other.arm for other in facts.plan.subtasks}
    if (step.arm is None) != (None in arms):
        return f"name the arm: {step.text}" if step.arm is None else f"there is one arm only: {step.text}"
    thing = facts.thing(step.object)
    assert thing is not None
    return _unfit(step, thing, facts) or _unwelcome(step, thing, facts)


def _unfit(step: Subtask, thing: Thing, facts: SceneFacts) -> str | None:
    """Why the thing is not one for that verb."""
    if step.verb in WORKED and step.verb not in thing.strokes:
        return f"nobody can {step.verb} the {thing.name}"
    if (step.verb == "grasp" or step.verb in HELD) and not thing.graspable:
        return f"no hand can grasp the {thing.name}"
    if step.verb in MOVED and (thing.name == TABLE or thing.name in facts.fixed):
        return f"nobody can {step.verb} the {thing.name}: it stands fast"
    if step.verb in ("drag", "sweep") and all(other.tip is None for other in facts.things):
        return f"there is no tool to {step.verb} anything with"
    return None


def _unwelcome(step: Subtask, thing: Thing, facts: SceneFacts) -> str | None:
    """Why the target is not one for that verb and relation."""
    if step.target is None or step.relation is None:
        return None
    target = facts.thing(step.target)
    assert target is not None
    if target.name == thing.name:
        return f"the {thing.name} cannot be its own target"
    if step.verb == "pull":
        takes = target.name != TABLE and bool(target.receives)
    else:
        takes = step.relation in target.receives and not (step.verb == "screw" and target.name == TABLE)
    return None if takes else f"nobody can {step.verb} anything {step.relation} the {target.name}"


def targets(verb: str, facts: SceneFacts) -> list[tuple[str, str]]:
    """List the relations and targets that a verb could end at in this scene."""
    return [
        (relation, thing.name)
        for thing in facts.things
        for relation in VERBS[verb].relations
        if relation in thing.receives
    ]
