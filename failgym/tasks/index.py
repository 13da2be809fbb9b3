"""The native tasks by name. Adding one is a line here, a file in `failgym/tasks/native`, and a line in its test."""

from typing import NamedTuple


class Native(NamedTuple):
    """What is known of a task without loading it."""

    module: str
    """File in `failgym/tasks/native`."""
    primitive: str
    """What it is about, one of GemBench's seven: press, pick, push, screw, open, close, put."""
    max_episode_steps: int
    """Control steps after which an episode is cut: twice what the expert needs, or more."""
    summary: str


NATIVE: dict[str, Native] = {
    # press
    "PushButtons": Native("push_buttons", "press", 300, "press one to three named buttons in order"),
    "LampOn": Native("lamp_on", "press", 150, "switch the named lamp on with its button"),
    # pick
    "PickAndLift": Native("pick_and_lift", "pick", 200, "grasp the named cube and hold it inside the bubble"),
    "PickCube": Native("pick_cube", "pick", 200, "grasp the named cube and lift it"),
    "PickUpCup": Native("pick_up_cup", "pick", 200, "grasp the named cup and lift it"),
    "TakeLidOffSaucepan": Native("take_lid_off_saucepan", "pick", 200, "lift the lid off the named saucepan"),
    # push
    "ReachAndDrag": Native("reach_and_drag", "push", 500, "drag the cube to the named pad with a rake"),
    "SweepToDustpan": Native("sweep_to_dustpan", "push", 500, "sweep the dirt into the named dustpan with a broom"),
    "SlideBlockToTarget": Native("slide_block_to_target", "push", 300, "push the block to the named pad"),
    # screw and turn
    "TurnTap": Native("turn_tap", "screw", 300, "turn the named handle of a tap"),
    "CloseJar": Native("close_jar", "screw", 500, "put the lid on the named jar and screw it down"),
    "LightBulbIn": Native("light_bulb_in", "screw", 500, "screw the named bulb into the lamp"),
    # open and close
    "CloseMicrowave": Native("close_microwave", "close", 200, "push the door of a microwave oven shut"),
    "OpenMicrowave": Native("open_microwave", "open", 300, "pull the door of a microwave oven open"),
    "CloseFridge": Native("close_fridge", "close", 250, "push the named door of a fridge-freezer shut"),
    "OpenFridge": Native("open_fridge", "open", 300, "pull the named door of a fridge-freezer open"),
    "OpenDoor": Native("open_door", "open", 500, "turn the handle of a door and pull it open"),
    "CloseDoor": Native("close_door", "close", 250, "push a door shut so that it latches"),
    "OpenDrawer": Native("open_drawer", "open", 200, "pull open the named drawer of a cabinet"),
    "CloseDrawer": Native("close_drawer", "close", 200, "push the named drawer of a cabinet shut"),
    "OpenBox": Native("open_box", "open", 250, "open the lid of the named box"),
    "CloseBox": Native("close_box", "close", 250, "close the lid of the named box"),
    "CloseLaptopLid": Native("close_laptop_lid", "close", 200, "fold the screen of a laptop down"),
    "ToiletSeatUp": Native("toilet_seat_up", "open", 200, "raise the seat of a toilet"),
    # stack and put
    "MeatOffGrill": Native(
        "meat_off_grill", "put", 300, "take the named piece of meat off the grill, put it on the board"
    ),
    "PutRubbishInBin": Native("put_rubbish_in_bin", "put", 300, "throw the named item into the bin"),
    "StackBlocks": Native("stack_blocks", "put", 600, "stack two to four named blocks in order"),
    "PutItemInDrawer": Native("put_item_in_drawer", "put", 600, "open the drawer, put the named item inside, close it"),
    "StackCups": Native("stack_cups", "put", 400, "nest the other cups in the named one"),
    "PlaceCups": Native("place_cups", "put", 400, "hang mugs on the spokes of a mug tree"),
    "PutPlateInRack": Native("put_plate_in_rack", "put", 200, "put the plate in the named slot of a dish rack"),
    "MoveHanger": Native("move_hanger", "put", 300, "move a clothes hanger to the named rack"),
    "PutMoneyInSafe": Native(
        "put_money_in_safe", "put", 300, "put the named bundle of notes on the named shelf of a safe"
    ),
    "PutCubeInSafe": Native("put_cube_in_safe", "put", 300, "put the named cube on the named shelf of a safe"),
    "InsertOntoSquarePeg": Native("insert_onto_square_peg", "put", 350, "put the square ring over the named pillar"),
    "PlaceShapeInShapeSorter": Native(
        "place_shape_in_shape_sorter", "put", 350, "put the named shape through its hole"
    ),
    "PutGroceriesInCupboard": Native(
        "put_groceries_in_cupboard", "put", 300, "put the named grocery into the cupboard"
    ),
    "PlaceWine": Native("place_wine", "put", 350, "stand the bottle in the named place of the rack"),
    "PhoneOnBase": Native("phone_on_base", "put", 350, "put the named handset on the base of the telephone"),
    "TakeShoesOutOfBox": Native(
        "take_shoes_out_of_box", "put", 500, "take both shoes out of the box and put them on the mat"
    ),
    # long horizon
    "PutAllGroceriesInCupboard": Native(
        "put_all_groceries_in_cupboard", "put", 800, "put three groceries into the cupboard"
    ),
    "SortBlocks": Native("sort_blocks", "put", 900, "put two to four blocks on the pads of their colours"),
    "ClearTable": Native("clear_table", "put", 700, "put away plate, mug and cup, then ring the bell"),
    # two arms
    "HandOverBar": Native("hand_over_bar", "put", 800, "hand the named bar to the other arm, which puts it in a tray"),
    "LiftTray": Native("lift_tray", "pick", 400, "lift the tray with both arms, level, with what stands on it"),
    "UnplugCharger": Native(
        "unplug_charger", "pick", 400, "hold the power strip with one arm, pull the named plug out of it"
    ),
    "InsertPegInSocket": Native(
        "insert_peg_in_socket", "put", 600, "hold up the socket with one arm, insert the named peg"
    ),
    "PutItemInLiddedBox": Native(
        "put_item_in_lidded_box", "open", 800, "hold the lid open with one arm, put the named item in with the other"
    ),
}
"""Name of the task, and of its class, to what is known of it; the environment's id is `FailGym/<name>-v0`."""
