"""Shake gate: does the hand keep what it holds, and what does a physics step cost?

Grasps cubes, lifts them 15 cm, shakes the tool point for 2 s at 20 Hz and counts the grasps that survive. Artificial
drops would poison a data set of failures, so every change of model, gains, integrator or time step must pass.

Run `python benchmarks/bench_shake.py --seeds 100`.
"""

import argparse
import time
from dataclasses import dataclass

import mujoco
import numpy as np

from failgym.rotations import multiply, quat_from_rotvec, rotate
from failgym.scene import Pose, Vector
from failgym.sim.arena import SUBSTEPS, build_arena
from failgym.sim.controller import Kinematics
from failgym.sim.robots import ROBOTS, RobotModel

PANDA: RobotModel = ROBOTS.build("panda")
LIFT = 0.15
SHAKE_STEPS = 40
SHAKE_M = 0.06
SHAKE_RAD = 0.3


def down(yaw: float) -> Vector:
    """Quaternion wxyz of a hand that points straight down, turned by `yaw` rad about the vertical."""
    return multiply(quat_from_rotvec(np.array([0.0, 0.0, yaw])), np.array([0.0, 1.0, 0.0, 0.0]))


class Bench:
    """An arm at a table with cubes, driven by joint targets."""

    def __init__(self, robot: RobotModel, cubes: tuple[tuple[float, float], ...]) -> None:
        """Builds the scene; `cubes` are (width in m, mass in kg)."""
        self.robot = robot
        self.kinematics = Kinematics(robot)
        self.home = self.kinematics.forward(np.array(robot.home)).position
        spec = mujoco.MjSpec()
        build_arena(spec)
        robot.build(spec)
        for index, (width, mass) in enumerate(cubes):
            spot = self.spot(0.0, 0.12 * index, width / 2)
            body = spec.worldbody.add_body(name=f"cube{index}", pos=spot.tolist())
            body.add_freejoint()
            geom = body.add_geom(name=f"cube{index}", type=mujoco.mjtGeom.mjGEOM_BOX, size=[width / 2] * 3, mass=mass)
            geom.rgba = [0.85, 0.2, 0.15, 1.0]
            geom.condim = 4
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.servos = np.array([self.model.actuator(name).id for name in robot.arm_actuators])
        self.fingers = np.array([self.model.actuator(name).id for name in robot.finger_actuators])
        self.joints = np.array(robot.home)
        self.data.qpos[: len(robot.home)] = robot.home
        for name in robot.finger_joints:
            self.data.joint(name).qpos[0] = robot.max_opening / 2
        self.data.ctrl[self.servos] = robot.home
        self.data.ctrl[self.fingers] = robot.max_opening / 2

    def spot(self, ahead: float, aside: float, height: float) -> Vector:
        """A point in the world: so far ahead of the home position and to its left as the arm sees it, so high, m."""
        moved = rotate(np.array(self.robot.base_quat_wxyz), np.array([ahead, aside, 0.0]))
        return np.array([*(self.home + moved)[:2], height])

    def reach(self, position: Vector, quat_wxyz: Vector) -> None:
        """Sets the joint targets whose tool pose is the given one, however far it is."""
        joints = self.kinematics.solve(Pose(position, quat_wxyz), self.joints)
        assert joints is not None, f"out of reach: {position}"
        self.joints = joints
        self.data.ctrl[self.servos] = joints

    def step(self, steps: int = 1) -> None:
        """Runs control steps."""
        mujoco.mj_step(self.model, self.data, steps * SUBSTEPS)

    def move(self, start: Vector, end: Vector, quat_wxyz: Vector, steps: int) -> None:
        """Moves the target in a straight line, then waits for the arm."""
        for fraction in np.linspace(0.0, 1.0, steps):
            self.reach(start + fraction * (end - start), quat_wxyz)
            self.step()
        self.step(6)

    def grip(self, target: float, steps: int = 10) -> None:
        """Sets the finger targets in m."""
        self.data.ctrl[self.fingers] = target
        self.step(steps)

    @property
    def tool(self) -> Vector:
        """Position of the tool point, m."""
        position: Vector = self.data.site(self.robot.tcp_site).xpos.copy()
        return position

    def touching(self, pads: tuple[str, ...], thing: str) -> bool:
        """Whether any of the pads touches the thing."""
        thing_id = self.model.geom(thing).id
        pad_ids = {self.model.geom(pad).id for pad in pads}
        return any(thing_id in pair and pad_ids & set(pair) for pair in self.data.contact.geom.tolist())

    def grip_force(self, thing: str) -> float:
        """Mean normal force in N of the pads on the thing."""
        pads = {self.model.geom(pad).id for side in self.robot.finger_pads for pad in side}
        wrench, total = np.empty(6), 0.0
        for index, pair in enumerate(self.data.contact.geom.tolist()):
            if self.model.geom(thing).id in pair and pads & set(pair):
                mujoco.mj_contactForce(self.model, self.data, index, wrench)
                total += wrench[0]
        return total / 2


@dataclass(frozen=True)
class Shake:
    """What became of one grasp."""

    grasped: bool
    """The cube was up after the lift."""
    held: bool
    """It was still between the pads after the shake."""
    force: float
    """Grip force in N before the shake."""
    slip: float
    """Distance in m the cube moved in the hand during the shake."""


def shake(seed: int, width: float, robot: RobotModel = PANDA) -> Shake:
    """Grasps a cube of the given width in m, lifts and shakes it."""
    rng = np.random.default_rng([seed, round(width * 1000)])
    bench = Bench(robot, ((width, rng.uniform(0.04, 0.15)),))
    spot = bench.spot(rng.uniform(-0.03, 0.13), rng.uniform(-0.2, 0.2), width / 2)
    yaw = rng.uniform(-np.pi / 4, np.pi / 4)
    cube = bench.data.joint(bench.model.body_jntadr[bench.model.body("cube0").id])
    cube.qpos[:] = [*spot, np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)]
    quat = down(yaw + rng.normal(0.0, 0.05))
    grasp = spot + np.array([*rng.normal(0.0, 0.002, 2), 0.0])
    above = grasp + np.array([0.0, 0.0, LIFT])
    bench.reach(above, quat)
    bench.step(20)
    bench.move(above, grasp, quat, 12)
    bench.grip(0.0)
    bench.move(grasp, above, quat, 12)
    grasped, force = bool(cube.qpos[2] > width / 2 + 0.8 * LIFT), bench.grip_force("cube0")
    before = _in_hand(bench, cube.qpos[:3])
    for _ in range(SHAKE_STEPS):
        axis = rng.normal(size=3)
        turn = quat_from_rotvec(axis / np.linalg.norm(axis) * rng.uniform(-SHAKE_RAD, SHAKE_RAD))
        bench.reach(above + rng.uniform(-SHAKE_M, SHAKE_M, 3), multiply(turn, quat))
        bench.step()
    held = grasped and all(bench.touching(pads, "cube0") for pads in robot.finger_pads)
    after = _in_hand(bench, cube.qpos[:3])
    return Shake(grasped, held, force, float(np.linalg.norm(after - before)))


def _in_hand(bench: Bench, position: Vector) -> Vector:
    rotation = bench.data.site(bench.robot.tcp_site).xmat.reshape(3, 3)
    moved: Vector = rotation.T @ (position - bench.tool)
    return moved


def step_cost(cubes: int, robot: RobotModel = PANDA, steps: int = 4000) -> float:
    """CPU time in microseconds of one `mj_step` with the arm at rest above resting cubes."""
    bench = Bench(robot, ((0.04, 0.08),) * cubes)
    bench.step(20)
    costs = []
    for _ in range(5):
        start = time.process_time()
        mujoco.mj_step(bench.model, bench.data, steps)
        costs.append(1e6 * (time.process_time() - start) / steps)
    return float(np.median(costs))


def report(robot: RobotModel, seeds: int) -> None:
    """Prints the figures of one arm."""
    print(f"mujoco {mujoco.__version__}, {robot.name} {robot.arm or ''}")
    for width in (0.03, 0.04, 0.05):
        runs = [shake(seed, width, robot) for seed in range(seeds)]
        print(
            f"cube {100 * width:.0f} cm: grasped {sum(run.grasped for run in runs)}, "
            f"held {sum(run.held for run in runs)} of {len(runs)}, "
            f"grip {np.mean([run.force for run in runs]):.1f} N, "
            f"slip median {1000 * np.median([run.slip for run in runs]):.1f} mm, "
            f"90 % {1000 * np.quantile([run.slip for run in runs], 0.9):.1f} mm"
        )
    for cubes in (1, 2, 4):
        print(f"{cubes} cubes: {step_cost(cubes, robot):.1f} us per mj_step")


def main() -> None:
    """Prints held fractions and the cost of a step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--robot", default="panda", choices=ROBOTS.names())
    args = parser.parse_args()
    for robot in ROBOTS.build(args.robot).arms:
        report(robot, args.seeds)


if __name__ == "__main__":
    main()
