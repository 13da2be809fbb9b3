"""Clear the table: the plate in the rack, the mug on the tree, one cup in the other; then ring the bell."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z, rotate
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.button import Button
from failgym.sim.entities.cup import Cup, Mug, stands
from failgym.sim.entities.dish_rack import PITCH, WIRE, Plate, Slot
from failgym.sim.entities.mug_tree import SPOKES, MugTree, planted
from failgym.sim.world import World
from failgym.tasks.predicates import holds
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours

PLATE, STAND, BELL = "plate", "plate stand", "bell"
BRASS = (0.83, 0.66, 0.22, 1.0)
SLOTS = (Slot("slot_0"), Slot("slot_1"))
CUPS = (Cup("cup_0"), Cup("cup_1"))
MUG = Mug("mug")


class ClearTable(Task):
    """Put the plate in the named slot of the dish rack, hang the mug on the named spoke, nest the cups, ring the bell.

    **Randomisation**: a rack with two slots of different colours (8 colour words) at x 0.42..0.46 m, 23..26 cm to the
    left or right of the middle, turned by up to 12 degrees; on the other side, in the same ranges, a stand with the
    15 cm plate; the mug tree at x 0.60..0.63 m, y -2..2 cm, turned by up to 6 degrees; in front of it, at x 0.35..0.40
    m, two cups 6..9 cm to the left and right of the middle; at x 0.58..0.62 m, 23..26 cm to the left and right, the
    mug, its handle up to 35 degrees off the direction away from the robot, and the bell. Cups and mug have different
    colours; sides, slot, spoke, and which cup goes into which are free.

    **Success**: the plate stands on edge in its slot (centre within 12 mm, axis within 15 degrees), the rod of its
    spoke goes through the hole in the mug's handle, the one cup stands in the other (centre within 12 mm of its place),
    which is upright within 20 degrees, the bell was pressed, and nothing is held.
    """

    phrasings = (
        "clear the table: plate in the {slot}, {mug} on the {spoke}, {inner} in the {outer}, then ring the bell",
        "put the plate in the {slot}, hang the {mug} on the {spoke}, put the {inner} in the {outer} and press the bell",
        "plate into the {slot}, {mug} onto the {spoke}, {inner} into the {outer}; ring the bell when all is done",
    )
    variants = tuple(COLOURS)

    def entities(self) -> tuple[Entity, ...]:
        """Tree, rack, stand and bell; plate, mug and cups."""
        return (MugTree(), *SPOKES.values(), Slot("stand"), *SLOTS, Button("bell"), Plate(), MUG, *CUPS)

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose colours, sides and places."""
        variant = self.draw_variant(rng)
        rack, mug = (1.0 if rng.random() < 0.5 else -1.0 for _ in range(2))
        self._add_dishes(world, rng, variant, rack)
        for part in planted(float(rng.uniform(0.60, 0.63)), float(rng.uniform(-0.02, 0.02)), _turn(rng, 6.0)):
            world.add(*part)
        words = pick_colours(rng, 3)
        names = [f"{words[0]} mug", f"{words[1]} cup", f"{words[2]} cup"]
        places = (mug * rng.uniform(0.23, 0.26), rng.uniform(0.06, 0.09), -rng.uniform(0.06, 0.09))
        for name, word, entity, y in zip(names, words, (MUG, *CUPS), places, strict=True):
            degrees, x = (35.0, (0.58, 0.62)) if entity is MUG else (180.0, (0.35, 0.40))
            turn = _turn(rng, degrees)
            there = (float(rng.uniform(*x)), float(y), entity.height / 2)
            world.add(name, entity.key, there, quat_about_z(turn).tolist(), COLOURS[word])
        bell = (float(rng.uniform(0.58, 0.62)), -mug * float(rng.uniform(0.23, 0.26)), 0.0)
        world.add(BELL, "bell", bell, rgba=BRASS)
        inner, outer = (names[1 + int(index)] for index in rng.permutation(2))
        spoke = list(SPOKES)[int(rng.integers(2))]
        chosen = {"slot": f"{variant} slot", "mug": names[0], "spoke": spoke, "inner": inner, "outer": outer}
        self._goals = [
            Subtask("place", PLATE, "in", chosen["slot"]),
            Subtask("place", names[0], "on", spoke),
            Subtask("place", inner, "in", outer),
        ]
        self.instruct(rng, **chosen)
        self.variation = {"variant": variant, **chosen}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Put away what is not in its place, what is in the hand first; then ring, unless that has been done."""
        goals = [goal for goal in self._goals if not holds(scene, goal)]
        goals.sort(key=lambda goal: goal.object != scene.holding)
        steps = [step for goal in goals for step in (Subtask("grasp", goal.object), goal)]
        if steps and scene.holding == steps[0].object:
            steps = steps[1:]
        return steps if BELL in scene.pressed else [*steps, Subtask("press", BELL)]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`plate_in_slot`, `mug_hung`, `cups_nested`, `rung`, `released`, `success`."""
        plate, mug, cups = (holds(scene, goal) for goal in self._goals)
        outer = self._goals[2].target or ""
        checks = {
            "plate_in_slot": plate,
            "mug_hung": mug,
            "cups_nested": cups and stands(scene.pose(outer)),
            "rung": BELL in scene.pressed,
            "released": scene.holding is None,
        }
        return checks | {"success": all(checks.values())}

    def _add_dishes(self, world: World, rng: np.random.Generator, variant: str, side: float) -> None:
        words = [str(word) for word in rng.permutation(pick_colours(rng, len(SLOTS), variant))]
        places = [np.array([rng.uniform(0.42, 0.46), way * rng.uniform(0.23, 0.26), 0.0]) for way in (side, -side)]
        turn = quat_about_z(_turn(rng, 12.0))
        for index, (slot, word) in enumerate(zip(SLOTS, words, strict=True)):
            offset = rotate(turn, (0.0, (index - 0.5) * PITCH, 0.0))
            world.add(f"{word} slot", slot.key, (places[0] + offset).tolist(), turn.tolist(), COLOURS[word])
        turn = quat_about_z(_turn(rng, 12.0))
        world.add(STAND, "stand", places[1].tolist(), turn.tolist(), WIRE)
        world.add(PLATE, "plate", (*places[1][:2].tolist(), SLOTS[0].rest), turn.tolist())


def _turn(rng: np.random.Generator, degrees: float) -> float:
    return float(rng.uniform(-1.0, 1.0)) * math.radians(degrees)
