"""Doors and taps: hands go where the handles go, and a bolt holds until its lever is turned."""

import mujoco
import numpy as np
import pytest

from failgym.rotations import rotate
from failgym.scene import Pose
from failgym.sim.arena import build_arena
from failgym.sim.entities import Entity
from failgym.sim.entities.appliances import Fridge, Microwave
from failgym.sim.entities.doorway import Doorway
from failgym.sim.entities.tap import SIDES, Tap, TapHandle


class Scene:
    """One entity and nothing else; torques are applied by joint."""

    def __init__(self, entity: Entity) -> None:
        spec = mujoco.MjSpec()
        build_arena(spec)
        entity.build(spec)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, self.data)

    def angle(self, joint: str) -> float:
        return float(self.data.joint(joint).qpos[0])

    def turn_to(self, joint: str, angle: float) -> None:
        self.data.joint(joint).qpos[0] = angle
        mujoco.mj_forward(self.model, self.data)

    def run(self, seconds: float, **torques: float) -> None:
        for joint, torque in torques.items():
            self.data.joint(joint).qfrc_applied[0] = torque
        mujoco.mj_step(self.model, self.data, round(seconds / self.model.opt.timestep))
        self.data.qfrc_applied[:] = 0.0

    def pose(self, body: str) -> Pose:
        return Pose(self.data.body(body).xpos.copy(), self.data.body(body).xquat.copy())

    def bar(self, body: str) -> np.ndarray:
        """Centre of the upright bar of a leaf."""
        geoms = [
            self.model.geom(i)
            for i in range(self.model.ngeom)
            if self.model.body(self.model.geom_bodyid[i]).name == body
        ]
        upright = [geom for geom in geoms if geom.type[0] == mujoco.mjtGeom.mjGEOM_CYLINDER]
        return np.asarray(self.data.geom_xpos[upright[0].id])


def leaves() -> list[tuple[Entity, Entity]]:
    microwave, fridge = Microwave(), Fridge()
    return [(microwave, microwave), *((fridge, leaf) for leaf in fridge.leaves), *((d, d) for d in doorways())]


def doorways() -> list[Doorway]:
    return [Doorway("door_left", 1.0), Doorway("door_right", -1.0)]


@pytest.mark.parametrize(("furniture", "door"), leaves())
def test_a_hand_that_opens_a_door_goes_where_its_bar_goes(furniture: Entity, door: Entity) -> None:
    scene = Scene(furniture)
    for stroke in door.strokes(scene.pose(door.body), 0.0, "open"):
        travel = float(scene.model.joint(door.joint).range[1])
        for index, hand in enumerate(stroke.path):
            scene.turn_to(str(door.joint), 0.93 * travel * index / (len(stroke.path) - 1))
            assert np.allclose(hand.position[:2], scene.bar(str(door.joint))[:2], atol=1e-6)


@pytest.mark.parametrize(("furniture", "door"), leaves())
def test_a_hand_that_closes_a_door_begins_outside_it(furniture: Entity, door: Entity) -> None:
    scene = Scene(furniture)
    travel = float(scene.model.joint(door.joint).range[1])
    scene.turn_to(str(door.joint), 0.7 * travel)
    leaf = scene.pose(str(door.joint))
    for stroke in door.strokes(scene.pose(door.body), 0.7, "close"):
        outside = rotate(leaf.quat_wxyz, (-1.0, 0.0, 0.0)) @ (stroke.path[0].position - leaf.position)
        assert 0.03 < outside < 0.07


@pytest.mark.parametrize("side", SIDES)
def test_the_fingers_stay_across_the_bar_of_a_tap(side: str) -> None:
    scene, handle = Scene(Tap()), TapHandle(side=side)
    stroke = handle.strokes(scene.pose(handle.body), 0.0, "turn")[0]
    for index, hand in enumerate(stroke.path):
        scene.turn_to(handle.joint, 0.97 * handle.travel * index / (len(stroke.path) - 1))
        along_bar = rotate(scene.pose(handle.joint).quat_wxyz, (0.0, 1.0, 0.0))
        assert abs(rotate(hand.quat_wxyz, (0.0, 1.0, 0.0)) @ along_bar) < 1e-6


@pytest.mark.parametrize("door", doorways())
def test_the_bolt_holds_until_the_lever_is_turned(door: Doorway) -> None:
    scene, leaf, lever = Scene(door), door.joint, door.lever.joint
    scene.run(1.0, **{leaf: 20.0})
    assert scene.angle(leaf) < 0.03
    scene.run(0.5, **{lever: 0.6})
    assert scene.angle(lever) > 0.8 * door.lever.travel
    scene.run(0.5, **{leaf: 1.0, lever: 0.6})
    assert scene.angle(leaf) > 0.1


@pytest.mark.parametrize("springs", [True, False])
def test_a_lever_springs_back_or_stays(springs: bool) -> None:
    door = Doorway("door", springs=springs)
    scene = Scene(door)
    scene.run(0.5, **{door.lever.joint: 0.6})
    scene.run(2.0)
    turned = scene.angle(door.lever.joint) / door.lever.travel
    assert turned < 0.05 if springs else turned > 0.95


@pytest.mark.parametrize("door", doorways())
def test_a_door_that_falls_shut_latches(door: Doorway) -> None:
    scene, leaf = Scene(door), door.joint
    scene.turn_to(leaf, 0.5)
    scene.run(2.0, **{leaf: -1.0})
    scene.run(1.0, **{leaf: 10.0})
    assert scene.angle(leaf) < 0.03
