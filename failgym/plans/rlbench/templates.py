"""The plans of RLBench-18 and GemBench, task by task.

Where a subtask ends follows GemBench's grouping of key poses into primitives; names of things are our own words.
Source: GemBench (Garcia et al., ICRA 2025), section on the motion planner's six primitives.
"""

from collections.abc import Iterator, Sequence

from failgym.plans.rlbench.template import COUNTS, ORDINALS, Boundary, Line, Template, Words, filled


def _steps(*lines: tuple[str, Boundary], needs: tuple[str, ...] = (), closed: str = "") -> Template:
    """The same lines for every variation, but for the words in braces."""

    def fill(words: Words) -> Sequence[Line]:
        return [Line(filled(text, words), until) for text, until in lines]

    return Template(needs, fill, closed)


def _put(thing: str, where: str, *needs: str) -> Template:
    return _steps((f"grasp the {thing}", "closes"), (f"place the {thing} {where}", "opens"), needs=needs)


def _hold(verb: str, thing: str, closed: str = "") -> Template:
    """Take hold of a part and move it; the demonstration ends with the part in the hand."""
    return _steps((f"grasp the {thing}", "closes"), (f"{verb} the {thing}", "end"), closed=closed)


def _swing(verb: str, thing: str, *needs: str) -> Template:
    """Take hold of a part, move it and let go."""
    closed = thing if verb == "open" else ""
    lines = (_line("grasp", thing, "closes"), _line(verb, thing, "lets_go"), _line("release", thing, "opens"))
    return _steps(*lines, needs=needs, closed=closed)


def _line(verb: str, thing: str, until: Boundary) -> tuple[str, Boundary]:
    return f"{verb} the {thing}", until


def _lift(thing: str) -> Template:
    return _steps((f"grasp the {thing}", "closes"), (f"move the {thing} to the target", "end"), needs=("colour",))


def _screw(thing: str, where: str) -> Template:
    """The thing stays in the hand until it is tight; it is in its place after lifting, carrying and lowering it."""
    placed, tight = f"place the {thing} {where}", f"screw the {thing} {where}"
    return _steps((f"grasp the {thing}", "closes"), (placed, 3), (tight, "end"), needs=("colour",))


def _press_each(words: Words) -> Sequence[Line]:
    """One key pose above each button, one with it pressed."""
    return [Line(f"press the {colour} button", 2) for colour in words["colour"]]


def _moved(pairs: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """Grasp and place, one thing after the other."""
    for thing, where in pairs:
        yield Line(f"grasp the {thing}", "closes")
        yield Line(f"place the {thing} {where}", "opens")


def _tower(blocks: Sequence[str]) -> Sequence[Line]:
    places = ["on the target", *(f"on the {block}" for block in blocks)]
    return list(_moved(list(zip(blocks, places, strict=False))))


def _stack_blocks(words: Words) -> Sequence[Line]:
    count = COUNTS[words["count"][0]]
    return _tower([f"{nth} {words['colour'][0]} block" for nth in ORDINALS[:count]])


def _tower_of_colours(words: Words) -> Sequence[Line]:
    return _tower([f"{colour} block" for colour in words["colour"]])


def _place_cups(words: Words) -> Sequence[Line]:
    count = COUNTS[words["count"][0]]
    return list(_moved([(f"{nth} cup", "on the cup holder") for nth in ORDINALS[:count]]))


def _stack_cups(words: Words) -> Sequence[Line]:
    base = f"{words['colour'][0]} cup"
    return list(_moved([("first other cup", f"in the {base}"), ("second other cup", "in the first other cup")]))


def _put_items_in_drawer(words: Words) -> Sequence[Line]:
    drawer = f"{words['level'][0]} drawer"
    items = _moved([(item, f"in the {drawer}") for item in words["item"]])
    return [*_DRAWER.lines(words), *items]


def _put_item_in_drawer(words: Words) -> Sequence[Line]:
    return _put_items_in_drawer({**words, "item": ("block",)})


def _all_groceries(_: Words) -> Sequence[Line]:
    return list(_moved([(grocery, "in the cupboard") for grocery in _GROCERIES]))


def _take_shoes_out(words: Words) -> Sequence[Line]:
    shoes = _moved([(f"{nth} shoe", "on the table") for nth in ORDINALS[:2]])
    return [*_BOX.lines(words), *shoes]


_GROCERIES = (
    "crackers box",
    "chocolate jello box",
    "strawberry jello box",
    "soup can",
    "spam can",
    "mustard bottle",
    "sugar box",
)
"""In the order in which the task takes them."""
_BOX = _swing("open", "box")
_DRAWER = _swing("open", "{level} drawer", "level")
_DOOR = _hold("open", "door", closed="door")
_LAPTOP = _swing("close", "laptop lid")
_FRIDGE = _steps(("close the fridge", "end"))
_MICROWAVE = _steps(("close the microwave", "end"))

TEMPLATES: dict[str, Template] = {
    # press
    "push_button": _steps(("press the {colour} button", "end"), needs=("colour",)),
    "push_buttons": Template(("colour",), _press_each),
    "push_buttons4": Template(("colour",), _press_each),
    "lamp_on": _steps(("press the lamp button", "end")),
    # pick
    "pick_and_lift": _lift("{colour} block"),
    "pick_and_lift_cylinder": _lift("{colour} cylinder"),
    "pick_and_lift_moon": _lift("{colour} moon"),
    "pick_and_lift_star": _lift("{colour} star"),
    "pick_and_lift_toy": _lift("{colour} rubber duck"),
    "pick_up_cup": _steps(("grasp the {colour} cup", "closes"), ("lift the {colour} cup", "end"), needs=("colour",)),
    # push
    "slide_block_to_color_target": _steps(("push the block to the {colour} target", "end"), needs=("colour",)),
    "reach_and_drag": _steps(
        ("grasp the stick", "closes"), ("drag the block to the {colour} target", "end"), needs=("colour",)
    ),
    "sweep_to_dustpan_of_size": _steps(
        ("grasp the broom", "closes"), ("sweep the dirt into the {size} dustpan", "end"), needs=("size",)
    ),
    # screw and turn
    "close_jar": _screw("lid", "on the {colour} jar"),
    "light_bulb_in": _screw("{colour} light bulb", "in the lamp"),
    "turn_tap": _steps(("turn the {side} tap", "end"), needs=("side",)),
    # open
    "open_box": _BOX,
    "open_box2": _BOX,
    "open_door": _DOOR,
    "open_door2": _DOOR,
    "open_drawer": _DRAWER,
    "open_drawer2": _DRAWER,
    "open_drawer3": _DRAWER,
    "open_drawer_long": _DRAWER,
    "open_fridge": _hold("open", "fridge", closed="fridge"),
    "open_laptop_lid": _hold("open", "laptop lid", closed="laptop lid"),
    "open_microwave": _hold("open", "microwave", closed="microwave"),
    "toilet_seat_up": _hold("open", "toilet seat", closed="toilet seat"),
    # close
    "close_box": _hold("close", "box"),
    "close_door": _hold("close", "door"),
    "close_drawer": _steps(("close the {level} drawer", "end"), needs=("level",)),
    "close_fridge": _FRIDGE,
    "close_fridge2": _FRIDGE,
    "close_grill": _hold("close", "grill"),
    "close_laptop_lid": _LAPTOP,
    "close_laptop_lid2": _LAPTOP,
    "close_microwave": _MICROWAVE,
    "close_microwave2": _MICROWAVE,
    # put and stack
    "insert_onto_square_peg": _put("ring", "on the {colour} spoke", "colour"),
    "meat_off_grill": _put("{meat}", "on the table", "meat"),
    "place_cups": Template(("count",), _place_cups),
    "place_shape_in_shape_sorter": _put("{shape}", "in the shape sorter", "shape"),
    "place_wine_at_rack_location": _put("wine bottle", "in the {side} place of the rack", "side"),
    "put_all_groceries_in_cupboard": Template((), _all_groceries),
    "put_cube_in_safe": _put("cube", "on the {level} shelf", "level"),
    "put_groceries_in_cupboard": _put("{grocery}", "in the cupboard", "grocery"),
    "put_item_in_drawer": Template(("level",), _put_item_in_drawer, "{level} drawer"),
    "put_items_in_drawer": Template(("level", "item"), _put_items_in_drawer, "{level} drawer"),
    "put_money_in_safe": _put("money", "on the {level} shelf", "level"),
    "stack_blocks": Template(("colour", "count"), _stack_blocks),
    "stack_cups": Template(("colour",), _stack_cups),
    "take_shoes_out_of_box": Template((), _take_shoes_out, "box"),
    "tower4": Template(("colour",), _tower_of_colours),
}
"""Template of each task by its plain name."""
