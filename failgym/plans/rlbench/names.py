"""The published task lists that are built on RLBench, with the names of RLBench's task files."""

RLBENCH_18: tuple[str, ...] = (
    "close_jar",
    "insert_onto_square_peg",
    "light_bulb_in",
    "meat_off_grill",
    "open_drawer",
    "place_cups",
    "place_shape_in_shape_sorter",
    "place_wine_at_rack_location",
    "push_buttons",
    "put_groceries_in_cupboard",
    "put_item_in_drawer",
    "put_money_in_safe",
    "reach_and_drag",
    "slide_block_to_color_target",
    "stack_blocks",
    "stack_cups",
    "sweep_to_dustpan_of_size",
    "turn_tap",
)
"""RLBench-18: the tasks of PerAct. GemBench's fork of RLBench calls them by these names and `_peract`.

Source: PerAct (Shridhar et al., CoRL 2022), table of language-conditioned tasks; 249 variations in all.
"""

GEMBENCH_VARIATIONS: dict[str, dict[str, tuple[int, ...]]] = {
    "train": {
        "push_button": (0, 3, 4),
        "close_fridge": (0,),
        "close_laptop_lid": (0,),
        "close_microwave": (0,),
        "open_door": (0,),
        "open_box": (0,),
        "open_drawer": (0, 2),
        "pick_and_lift": (0, 2, 7),
        "pick_up_cup": (8, 9, 11),
        "stack_blocks": (30, 36, 39),
        "put_groceries_in_cupboard": (0, 3),
        "put_money_in_safe": (0, 1),
        "slide_block_to_color_target_peract": (0, 1),
        "reach_and_drag_peract": (14, 18),
        "close_jar_peract": (15, 16),
        "light_bulb_in_peract": (17, 19),
    },
    "test_l2": {
        "push_button": (13, 15, 17),
        "pick_and_lift": (14, 16, 18),
        "pick_up_cup": (10, 12, 13),
        "stack_blocks": (24, 27, 33),
        "slide_block_to_color_target_peract": (2, 3),
        "reach_and_drag_peract": (5, 7),
        "put_cube_in_safe": (0,),
        "close_jar_peract": (3, 4),
        "light_bulb_in_peract": (1, 2),
        "lamp_on": (0,),
        "pick_and_lift_cylinder": (0,),
        "pick_and_lift_star": (0,),
        "pick_and_lift_moon": (0,),
        "pick_and_lift_toy": (0,),
        "put_groceries_in_cupboard": (7, 8),
    },
    "test_l3": {
        "open_drawer_long": (0, 1, 2, 3),
        "close_fridge2": (0,),
        "close_laptop_lid2": (0,),
        "close_microwave2": (0,),
        "open_door2": (0,),
        "open_box2": (0,),
        "open_drawer2": (0,),
        "open_drawer3": (0,),
        "close_door": (0,),
        "close_box": (0,),
        "toilet_seat_up": (0,),
        "open_fridge": (0,),
        "open_laptop_lid": (0,),
        "open_microwave": (0,),
        "put_money_in_safe": (2,),
        "open_drawer": (1,),
        "close_drawer": (0,),
        "close_grill": (0,),
    },
    "test_l4": {
        "push_buttons4": (1, 2, 3),
        "take_shoes_out_of_box": (0,),
        "put_items_in_drawer": (0, 2, 4),
        "tower4": (1, 3),
        "stack_cups": (0, 3),
        "put_all_groceries_in_cupboard": (0,),
    },
}
"""Variations by task and split of GemBench: `train` (31; its `val` and level 1 are other placements of these),
`test_l2` (28, new colours and things), `test_l3` (21, new articulated things), `test_l4` (12, long horizon).

Source: GemBench (Garcia et al., ICRA 2025), its published lists of tasks and variations.
"""

GEMBENCH: tuple[str, ...] = tuple(dict.fromkeys(task for split in GEMBENCH_VARIATIONS.values() for task in split))
"""The 44 tasks of GemBench, by the names of its fork's task files."""

_PERACT = "_peract"


def plain_name(task: str) -> str:
    """Return a task's name without the ending by which GemBench's fork tells PerAct's version of a task."""
    return task.removesuffix(_PERACT)


RLBENCH_TASKS: tuple[str, ...] = (*GEMBENCH, *(name for name in RLBENCH_18 if name not in map(plain_name, GEMBENCH)))
"""The union of both lists, 53 tasks; the papers that speak of 52 do not list them."""


def env_id(task: str) -> str:
    """Return the id of a task's environment: `FailGym/RLBench.CloseJar-v0` for `close_jar`.

    The part between is the name of RLBench's task class.
    """
    return f"FailGym/RLBench.{''.join(word[:1].upper() + word[1:] for word in task.split('_'))}-v0"
