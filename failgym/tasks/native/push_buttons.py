"""Press the named buttons in the named order."""

import math

import numpy as np

from failgym.plans import Subtask
from failgym.rotations import quat_about_z
from failgym.scene import Scene
from failgym.sim.entities import Entity
from failgym.sim.entities.button import Button
from failgym.sim.world import World
from failgym.tasks.task import Task
from failgym.tasks.variation import COLOURS, pick_colours, scatter

BUTTONS = 3


class PushButtons(Task):
    """Press one, two or three of the three buttons on the table, in the order that the instruction names.

    **Randomisation**: three buttons of different colours (8 colour words), each anywhere in x 0.36..0.62 m, y
    -0.26..0.26 m at least 13 cm apart; 3 variants: one, two or three of them are named.

    **Success**: the named buttons were pressed in the named order (each sank by at least 80 % of its travel, 9.6 mm),
    and no other press happened. What was pressed stays pressed: after a wrong press nothing is left to be done.
    """

    phrasings = (
        "press {order}",
        "push the buttons in this order: {order}",
        "make these light up by pressing them: {order}",
    )
    variants = ("1 button", "2 buttons", "3 buttons")
    portrait = "front"

    def entities(self) -> tuple[Entity, ...]:
        """Three equal buttons."""
        return tuple(Button(f"button_{index}") for index in range(BUTTONS))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Choose how many, colours and places."""
        variant = self.draw_variant(rng)
        count = int(variant.split()[0])
        colours = pick_colours(rng, BUTTONS)
        points = scatter(rng, BUTTONS, (0.36, 0.62), (-0.26, 0.26), 0.13)
        for index, (colour, (x, y)) in enumerate(zip(colours, points, strict=True)):
            turn = quat_about_z(float(rng.uniform(-math.pi, math.pi)))
            world.add(f"{colour} button", f"button_{index}", (x, y, 0.0), turn.tolist(), COLOURS[colour])
        self.named = tuple(f"{colour} button" for colour in colours[:count])
        self.instruct(rng, order=", then ".join(f"the {button}" for button in self.named))
        self.variation = {"variant": variant, "order": colours[:count], "distractors": colours[count:]}

    def remaining(self, scene: Scene) -> list[Subtask]:
        """Press what is left; nothing after a wrong press."""
        pressed = scene.pressed
        if pressed != self.named[: len(pressed)]:
            return []
        return [Subtask("press", button) for button in self.named[len(pressed) :]]

    def evaluate(self, scene: World) -> dict[str, bool]:
        """`pressed_<i>` for each named button, `no_wrong_press`, `success`."""
        pressed = scene.pressed
        checks = {f"pressed_{index}": button in pressed for index, button in enumerate(self.named, 1)}
        checks["no_wrong_press"] = pressed == self.named[: len(pressed)]
        return checks | {"success": all(checks.values())}
