"""A kinematic stand-in behind the adapter's protocol, for its tests. It is not RLBench, and proves nothing about it.

A hand that goes where its joints say, with a lag; things that are attached when the hand closes at them, and fall when
it opens; drawers that follow a hand closed around their handle; buttons that sink under the hand. Its planner draws
from the system's randomness, so that no two runs are bit-identical, as with the real one.
"""

import math
import os
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from failgym.envs.rlbench.errors import PlacementError, SimulatorError, UnreachableError
from failgym.envs.rlbench.protocol import (
    CAMERAS,
    Begun,
    Item,
    Launched,
    Path,
    Picture,
    Requirement,
    Settings,
    State,
    Waypoint,
)
from failgym.rotations import DOWN, conjugate, multiply, quat_from_rotvec, rotate, rotvec_from_quat
from failgym.scene import Pose, toward

UPRIGHT = np.array([1.0, 0.0, 0.0, 0.0])
FORWARD = multiply(quat_from_rotvec((0.0, -math.pi / 2, 0.0)), DOWN)
"""A hand that points away from the robot."""
HOME = Pose(np.array([0.40, 0.0, 0.45]), DOWN)
WORKSPACE = ((0.1, 0.95), (-0.6, 0.6), (-0.01, 0.95))
CUBE = (0.04, 0.04, 0.04)
LAG_M, LAG_RAD = 0.09, 0.5
"""How far the hand gets in one control step."""
FINGERS = 0.25
"""Closure that the fingers cover in one control step."""
NEAR = np.array([0.02, 0.025, 0.025])
"""What the sensor of the hand covers: across, along the fingers' opening, in depth, m."""
SUNK = 0.004
"""How far a button can be pressed, m."""


@dataclass
class World:
    """Everything that a snapshot holds."""

    joints: np.ndarray
    targets: np.ndarray
    poses: dict[str, np.ndarray] = field(default_factory=dict)
    positions: dict[str, float] = field(default_factory=dict)
    held: dict[str, np.ndarray] = field(default_factory=dict)
    """Attached things: where they lie in the hand."""
    handle: str = ""
    """Joint whose handle is in the hand."""
    closure: float = 0.0
    told: float = 0.0
    in_order: int = 0
    """How many of the conditions of an ordered task have been met, one after the other."""
    counters: dict[str, int] = field(default_factory=dict)
    waypoints: dict[int, Pose] = field(default_factory=dict)

    def copy(self) -> "World":
        return replace(
            self,
            joints=self.joints.copy(),
            targets=self.targets.copy(),
            poses={name: pose.copy() for name, pose in self.poses.items()},
            positions=dict(self.positions),
            held={name: pose.copy() for name, pose in self.held.items()},
            counters=dict(self.counters),
            waypoints=dict(self.waypoints),
        )


class FakeTask:
    """One task: its things, where they are, what it asks for, and its demonstration."""

    variations = 1
    ordered = False
    """What is asked for may pass: it counts that each was true once, in this order."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.requirements: list[Requirement] = []
        self.handles: dict[str, np.ndarray] = {}
        """Joints that are pulled along -x: where their handle is when they are shut."""
        self.buttons: dict[str, np.ndarray] = {}
        """Joints that sink: where the middle of their top is."""

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        raise NotImplementedError

    def script(self) -> list[dict[str, Any]]:
        """Flags of the waypoints."""
        raise NotImplementedError

    def enter(self, world: World, index: int) -> None:
        """Move a waypoint to where it belongs."""

    def repeat(self, world: World) -> bool:
        return False

    def cube(self, world: World, name: str, x: float, y: float, graspable: bool = True) -> None:
        self.items.append(Item(name, "shape", graspable, False, CUBE))
        world.poses[name] = np.array([x, y, 0.02, *UPRIGHT])

    def sensor(self, world: World, name: str, place: tuple[float, float, float]) -> None:
        self.items.append(Item(name, "sensor", fixed=True))
        world.poses[name] = np.array([*place, *UPRIGHT])


class PickAndLift(FakeTask):
    variations = 3

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        y = rng.uniform(-0.04, 0.04, 3)
        self.cube(world, "pick_and_lift_target", 0.45, y[0])
        self.cube(world, "stack_blocks_distractor0", 0.45, 0.18 + y[1], graspable=False)
        self.cube(world, "stack_blocks_distractor1", 0.60, -0.18 + y[2], graspable=False)
        self.sensor(world, "pick_and_lift_success", (0.50, float(rng.uniform(-0.05, 0.05)), 0.30))
        self.requirements = [
            Requirement("grasped", "pick_and_lift_target"),
            Requirement("detected", "pick_and_lift_target", "pick_and_lift_success"),
        ]
        target = world.poses["pick_and_lift_target"][:3]
        world.waypoints = {
            0: Pose(target + up(0.12), DOWN),
            1: Pose(target, DOWN),
            2: Pose(world.poses["pick_and_lift_success"][:3].copy(), DOWN),
        }
        colour = ("red", "green", "blue")[variation]
        return [f"pick up the {colour} block and lift it up to the target", f"grasp the {colour} block"]

    def script(self) -> list[dict[str, Any]]:
        return [{}, {"gripper": 1.0, "linear": True}, {"ignore_collisions": True}]


class OpenDrawer(FakeTask):
    variations = 3
    options = ("bottom", "middle", "top")

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        aside = float(rng.uniform(-0.05, 0.05))
        for level, option in enumerate(self.options):
            name, place = f"drawer_joint_{option}", np.array([0.60, aside, 0.10 + 0.13 * level])
            self.items.append(Item(name, "slide", fixed=True))
            world.poses[name], world.positions[name] = np.array([*place, *UPRIGHT]), 0.0
            self.handles[name] = place
        self.items.append(Item("drawer_frame", "shape", fixed=True, size=(0.3, 0.3, 0.5)))
        world.poses["drawer_frame"] = np.array([0.75, aside, 0.25, *UPRIGHT])
        option = self.options[variation]
        self.requirements = [Requirement("joint", f"drawer_joint_{option}", limit=0.15)]
        handle = self.handles[f"drawer_joint_{option}"]
        away = np.array([1.0, 0.0, 0.0])
        world.waypoints = {
            0: Pose(handle - 0.10 * away, FORWARD),
            1: Pose(handle.copy(), FORWARD),
            2: Pose(handle - 0.21 * away, FORWARD),
        }
        return [f"open the {option} drawer", f"slide the {option} drawer open"]

    def script(self) -> list[dict[str, Any]]:
        return [{}, {"gripper": 1.0}, {"linear": True, "gripper": 0.0, "opens": True}]


class PushButtons(FakeTask):
    variations = 3
    ordered = True

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        world.counters = {"buttons_pushed": 0}
        self.wanted = variation + 1
        for index in range(3):
            x, y = 0.35 + 0.14 * index, (-0.2, 0.2, -0.1)[index] + float(rng.uniform(-0.03, 0.03))
            joint, base = f"target_button_joint{index}", f"push_buttons_target{index}"
            self.items += [Item(base, "shape", fixed=True, size=(0.08, 0.08, 0.02)), Item(joint, "slide", fixed=True)]
            self.buttons[joint] = np.array([x, y, 0.03])
            world.poses[joint] = world.poses[base] = np.array([x, y, 0.03, *UPRIGHT])
            world.positions[joint] = 0.0
        self.requirements = [
            Requirement("joint", f"target_button_joint{index}", limit=0.003) for index in range(self.wanted)
        ]
        world.waypoints = {0: HOME, 1: HOME}
        names = ("maroon", "green", "blue")[: self.wanted]
        return ["push the buttons: " + ", then ".join(names)]

    def script(self) -> list[dict[str, Any]]:
        return [{"gripper": 1.0}, {"ignore_collisions": True}]

    def enter(self, world: World, index: int) -> None:
        if index == 0:
            if world.counters["buttons_pushed"] >= self.wanted:
                raise RuntimeError("all buttons were pushed")
            top = self.buttons[f"target_button_joint{world.counters['buttons_pushed']}"]
            world.waypoints[0] = Pose(top + up(0.10), DOWN)
            world.waypoints[1] = Pose(top - (0, 0, 0.006), DOWN)

    def repeat(self, world: World) -> bool:
        world.counters["buttons_pushed"] += 1
        return world.counters["buttons_pushed"] < self.wanted


class StackBlocks(FakeTask):
    variations = 2

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        world.counters = {"blocks_stacked": 0}
        self.wanted = 2 + variation
        places = ((0.35, -0.25), (0.35, 0.25), (0.62, -0.22), (0.62, 0.25))
        for index, (x, y) in enumerate(places):
            dx, dy = rng.uniform(-0.03, 0.03, 2)
            self.cube(world, f"stack_blocks_target{index}", x + dx, y + dy)
        self.sensor(world, "stack_blocks_success", (0.48, 0.0, 0.05))
        self.requirements = [
            *(Requirement("detected", f"stack_blocks_target{i}", "stack_blocks_success") for i in range(self.wanted)),
            Requirement("released"),
        ]
        world.waypoints = dict.fromkeys(range(6), HOME)
        return [f"stack {self.wanted} red blocks"]

    def script(self) -> list[dict[str, Any]]:
        return [{}, {"gripper": 1.0}, {}, {}, {"gripper": 0.0, "opens": True}, {}]

    def enter(self, world: World, index: int) -> None:
        done = world.counters["blocks_stacked"]
        if index == 0:
            block = world.poses[f"stack_blocks_target{done}"][:3]
            world.waypoints[1] = Pose(block.copy(), DOWN)
            world.waypoints[0] = world.waypoints[2] = Pose(block + up(0.2), DOWN)
        if index == 3:
            pad = world.poses["stack_blocks_success"][:3] * (1, 1, 0)
            world.waypoints[4] = Pose(pad + up(0.022 + 0.04 * done), DOWN)
            world.waypoints[3] = world.waypoints[5] = Pose(pad + up(0.30), DOWN)

    def repeat(self, world: World) -> bool:
        world.counters["blocks_stacked"] += 1
        return world.counters["blocks_stacked"] < self.wanted


class PutMoneyInSafe(FakeTask):
    variations = 3

    def begin(self, world: World, variation: int, rng: np.random.Generator) -> list[str]:
        self.cube(world, "dollar_stack", 0.40, float(rng.uniform(-0.25, -0.15)))
        for level in range(3):
            self.sensor(world, f"success_detector{level}", (0.60, 0.20, 0.05 + 0.15 * level))
        wanted = f"success_detector{variation}"
        self.requirements = [Requirement("released"), Requirement("detected", "dollar_stack", wanted)]
        money, shelf = world.poses["dollar_stack"][:3], world.poses[wanted][:3]
        self.shelves = [world.poses[f"success_detector{level}"][:3] - (0, 0, 0.03) for level in range(3)]
        world.waypoints = {
            0: Pose(money + up(0.15), DOWN),
            1: Pose(money.copy(), DOWN),
            2: Pose(money + up(0.25), DOWN),
            3: Pose(shelf - (0.16, 0, 0), DOWN),
            4: Pose(shelf.copy(), DOWN),
            5: Pose(shelf - (0.16, 0, 0), DOWN),
        }
        return [f"put the money away in the safe on the {('bottom', 'middle', 'top')[variation]} shelf"]

    def script(self) -> list[dict[str, Any]]:
        return [{}, {"gripper": 1.0}, {}, {}, {"gripper": 0.0, "opens": True}, {}]


TASKS: dict[str, type[FakeTask]] = {
    "pick_and_lift": PickAndLift,
    "open_drawer": OpenDrawer,
    "push_buttons": PushButtons,
    "stack_blocks": StackBlocks,
    "put_money_in_safe": PutMoneyInSafe,
}


class FakeSimulator:
    """Implements `failgym.envs.rlbench.protocol.Simulator`."""

    def launch(self, settings: Settings) -> Launched:
        self.settings, self.extra, self.kept, self.number = settings, (), {}, 0
        self.shifted: dict[str, np.ndarray] = {}
        self.noise = np.random.default_rng(int.from_bytes(os.urandom(8), "little"))
        limits = np.tile([-3.2, 3.2], (7, 1))
        return Launched({"fake": "1"}, tuple(settings.cameras), 0.08, WORKSPACE, limits)

    def load(self, task: str) -> int:
        if task not in TASKS:
            raise SimulatorError(f"the fake has no task {task!r}; it has {', '.join(TASKS)}")
        self.kind = TASKS[task]
        return self.kind.variations

    def reset(self, variation: int, seed: int) -> Begun:
        rng = np.random.default_rng(seed)
        if rng.uniform() < 0.05:
            raise PlacementError("the fake finds no place, as the real one does now and then")
        self.kept.clear()
        self.shifted.clear()
        self.task, joints = self.kind(), joints_of(HOME)
        self.world = World(joints, joints.copy())
        descriptions = self.task.begin(self.world, variation, rng)
        self.registered = {item.name for item in self.task.items if item.graspable}
        waypoints = tuple(self._demonstration())
        items, requirements = tuple(self.task.items), tuple(self.task.requirements)
        return Begun(tuple(descriptions), variation, items, requirements, waypoints)

    def state(self) -> State:
        met = tuple(self._met(requirement) for requirement in self.task.requirements)
        done = self.world.in_order == len(met) if self.task.ordered else all(met)
        return State(
            hand=hand_of(self.world.joints),
            joints=self.world.joints.copy(),
            joint_speeds=np.zeros(7),
            closure=self.world.closure,
            force=5.0 if self.world.held else 0.0,
            grasped=tuple(self.world.held),
            poses={name: pose.copy() for name, pose in self.world.poses.items()},
            positions=dict(self.world.positions),
            met=met,
            success=np.bool_(done),  # type: ignore[arg-type] - as RLBench answers
            ended=np.bool_(done),  # type: ignore[arg-type]
            touched=tuple(name for name in self.registered if self._between(name)),
        )

    def step(self, joints: np.ndarray | None, closure: float) -> State:
        world = self.world
        if joints is not None:
            world.targets = np.array(joints)
        before = hand_of(world.joints)
        world.joints = joints_of(toward(before, hand_of(world.targets), LAG_M, LAG_RAD))
        now = hand_of(world.joints)
        self._grip(closure)
        for name, inside in world.held.items():
            world.poses[name] = rebased_thing(now, inside)
        self._pull(before, now)
        self._press(now)
        self._fall()
        for requirement in self.task.requirements[world.in_order :]:
            if not self._met(requirement):
                break
            world.in_order += 1
        return self.state()

    def inverse(self, hand: Pose) -> np.ndarray | None:
        return joints_of(hand) if inside(hand) else None

    def plan(self, hand: Pose, ignore_collisions: bool, linear: bool) -> Path:
        if not inside(hand):
            raise UnreachableError("outside of the workspace")
        pose, step = hand_of(self.world.joints), float(self.noise.uniform(0.02, 0.03))
        poses = [pose]
        while poses[-1] is not hand:
            poses.append(toward(poses[-1], hand, step, 0.15))
        poses = poses[1:] or [hand]
        return Path(np.array([joints_of(pose) for pose in poses]), np.array([np.concatenate(pose) for pose in poses]))

    def enter(self, waypoint: Waypoint) -> Waypoint:
        self.world.counters.update(waypoint.cursor)
        self.task.enter(self.world, waypoint.index)
        return replace(waypoint, pose=self.world.waypoints[waypoint.index])

    def approach(self, index: int) -> Path:
        return self.plan(self.world.waypoints[index], False, False)

    def leave(self, index: int) -> None:
        self.world.waypoints[index]

    def register_graspable(self, names: Any) -> None:
        unknown = set(names) - {item.name for item in self.task.items}
        if unknown:
            raise SimulatorError(f"the task has no object {sorted(unknown)[0]!r}")
        self.registered |= set(names)

    def set_pose(self, name: str, pose: Pose) -> None:
        if name not in self.world.poses:
            raise SimulatorError(f"the task has no object {name!r}")
        self.world.poses[name] = np.concatenate(pose)

    def alter(self, what: str, name: str, values: Any) -> None:
        if what == "camera":
            self.shifted[name] = np.zeros(3) if values is None else np.array(values[:3])

    def snapshot(self) -> int:
        self.number += 1
        self.kept[self.number] = self.world.copy()
        return self.number

    def restore(self, number: int) -> State:
        if number not in self.kept:
            raise SimulatorError(f"there is no snapshot {number} of this episode")
        self.world = self.kept[number].copy()
        return self.state()

    def forget(self, number: int) -> None:
        self.kept.pop(number, None)

    def picture(self, camera: str) -> Picture:
        k, pose = self.camera(camera)
        width, height = self.settings.image_size
        rgb = np.full((height, width, 3), 90, np.uint8)
        masks = np.full((height, width), -1, np.int32)
        rows, columns = np.indices((height, width))
        shown = {"hand": np.concatenate(self.state().hand)} | self.world.poses
        for handle, (name, place) in enumerate(shown.items()):
            x, y, z = pose[:3, :3].T @ (place[:3] - pose[:3, 3])
            spot = np.hypot(columns - k[0, 0] * x / z - k[0, 2], rows - k[1, 1] * y / z - k[1, 2]) < k[0, 0] * 0.02 / z
            rgb[spot] = (37 * handle + 60) % 256, (91 * handle + 20) % 256, len(name) * 9 % 256
            masks[spot] = handle
        depth = np.full((height, width), 1.5, np.float32) if self.settings.depth else None
        return Picture(rgb, k, pose, depth, masks if self.settings.segmentation else None)

    def camera(self, camera: str) -> tuple[np.ndarray, np.ndarray]:
        if camera not in self.settings.cameras:
            raise SimulatorError(f"there is no camera {camera!r}")
        width, height = self.settings.image_size
        k = np.array([[width, 0.0, width / 2 - 0.5], [0.0, width, height / 2 - 0.5], [0.0, 0.0, 1.0]])
        pose = np.eye(4)
        pose[:3, :3] = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
        pose[:3, 3] = [0.5, 0.05 * CAMERAS.index(camera), 1.2]
        pose[:3, 3] += self.shifted.get(camera, np.zeros(3))
        return k, pose

    def shutdown(self) -> None:
        pass

    # -- inside -------------------------------------------------------------------------------------------------------

    def _demonstration(self) -> Any:
        kept = self.world.copy()
        flags = self.task.script()
        for turn in range(10):
            for index, flag in enumerate(flags):
                cursor = dict(self.world.counters)
                self.task.enter(self.world, index)
                yield Waypoint(index, turn, self.world.waypoints[index], cursor=cursor, **flag)
            if not self.task.repeat(self.world):
                break
        self.world = kept

    def _met(self, requirement: Requirement) -> bool:
        world = self.world
        if requirement.kind == "grasped":
            return requirement.item in world.held
        if requirement.kind == "released":
            return not world.held
        if requirement.kind == "joint":
            return abs(world.positions[requirement.item] - requirement.start) > requirement.limit
        thing, sensor = world.poses[requirement.item], world.poses[requirement.other]
        return bool(np.all(np.abs(thing[:3] - sensor[:3]) < (0.05, 0.05, 0.08)))

    def _between(self, name: str) -> bool:
        hand = hand_of(self.world.joints)
        off = rotate(conjugate(hand.quat_wxyz), self.world.poses[name][:3] - hand.position)
        return bool((np.abs(off) < NEAR).all()) and points(hand, (0.0, 0.0, -1.0))

    def _grip(self, closure: float) -> None:
        world, hand = self.world, hand_of(self.world.joints)
        if closure > 0.5 >= world.told:
            for name in sorted(self.registered):
                if self._between(name):
                    world.held[name] = in_hand(hand, world.poses[name])
        if closure <= 0.5:
            world.held.clear()
            world.handle = ""
        world.told = closure
        shut = 0.5 if world.held else 0.75 if world.handle else 1.0
        wanted = min(closure, shut)
        world.closure = float(np.clip(wanted, world.closure - FINGERS, world.closure + FINGERS))

    def _handle_place(self, joint: str) -> np.ndarray:
        return self.task.handles[joint] - (self.world.positions[joint], 0.0, 0.0)

    def _pull(self, before: Pose, now: Pose) -> None:
        world = self.world
        if world.told > 0.5 and not world.handle:
            for joint in self.task.handles:
                off = rotate(conjugate(now.quat_wxyz), self._handle_place(joint) - now.position)
                if world.closure < 0.8 and (np.abs(off) < NEAR).all() and points(now, (1.0, 0.0, 0.0)):
                    world.handle = joint
        if world.handle:
            if abs(float((self._handle_place(world.handle) - before.position)[2])) > 0.03:
                world.handle = ""
                return
            pulled = world.positions[world.handle] + float(before.position[0] - now.position[0])
            world.positions[world.handle] = min(0.25, max(0.0, pulled))

    def _press(self, now: Pose) -> None:
        for joint, top in self.task.buttons.items():
            off = now.position - top
            over = bool(np.hypot(off[0], off[1]) < 0.02)
            self.world.positions[joint] = min(SUNK, max(0.0, -float(off[2]))) if over else 0.0

    def _fall(self) -> None:
        world = self.world
        loose = [item.name for item in self.task.items if item.kind == "shape" and not item.fixed]
        for name in loose:
            if name in world.held:
                continue
            place = world.poses[name]
            others = (world.poses[other] for other in loose if other != name and other not in world.held)
            under = [
                float(each[2]) + 0.04
                for each in others
                if np.abs(each[:2] - place[:2]).max() < 0.03 and each[2] < place[2]
            ]
            shelves = [
                float(z) + 0.02
                for x, y, z in getattr(self.task, "shelves", ())
                if np.hypot(x - place[0], y - place[1]) < 0.06 and z < place[2]
            ]
            rest = max([0.02, *under, *shelves])
            place[2] = max(rest, place[2] - 0.06) if place[2] > rest else rest


def joints_of(hand: Pose) -> np.ndarray:
    """Joint positions are the hand's position and its turn from pointing down; the seventh does nothing."""
    turn = rotvec_from_quat(multiply(hand.quat_wxyz, conjugate(DOWN)))
    return np.concatenate([hand.position, turn, [0.0]])


def hand_of(joints: np.ndarray) -> Pose:
    return Pose(np.array(joints[:3]), multiply(quat_from_rotvec(joints[3:6]), DOWN))


def inside(hand: Pose) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(hand.position.tolist(), WORKSPACE, strict=True))


def up(metres: float) -> np.ndarray:
    return np.array([0.0, 0.0, metres])


def points(hand: Pose, way: tuple[float, float, float]) -> bool:
    """Whether a hand points about that way: one that is turned away does not get its fingers around anything."""
    return bool(rotate(hand.quat_wxyz, (0.0, 0.0, 1.0)) @ np.array(way) > math.cos(0.7))


def in_hand(hand: Pose, thing: np.ndarray) -> np.ndarray:
    back = conjugate(hand.quat_wxyz)
    return np.concatenate([rotate(back, thing[:3] - hand.position), multiply(back, thing[3:])])


def rebased_thing(hand: Pose, inside: np.ndarray) -> np.ndarray:
    return np.concatenate([hand.position + rotate(hand.quat_wxyz, inside[:3]), multiply(hand.quat_wxyz, inside[3:])])


__all__ = ["TASKS", "FakeSimulator"]
