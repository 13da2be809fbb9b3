import io
import itertools
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from failgym.envs.point_pick import PointPickEnv
from failgym.envs.point_picture import HALF_VIEW, WORLD_FROM_CAMERA, intrinsics, project
from failgym.envs.point_world import HEIGHT, HOME, OPENING, RADIUS, REACH, TOUCH, PointWorld
from failgym.envs.registration import make_base
from failgym.episodes import EventKind
from failgym.errors import ConfigurationError, PlanError, UnknownNameError
from failgym.labels import Stage
from failgym.plans import Subtask
from failgym.rotations import DOWN, multiply, quat_from_rotvec
from failgym.scene import Pose, Scene
from failgym.tasks import COLOURS
from tests.helpers import POINT_PICK, on_toy, run_plan

pytestmark = pytest.mark.nogl

RED, BLUE = "red disc", "blue disc"
SPOT = np.array([0.5, 0.1, HEIGHT / 2])
STEPS = itertools.count()


def above(metres):
    return SPOT + np.array([0.0, 0.0, metres])


@pytest.fixture
def world():
    return PointWorld({RED: (0.5, 0.1), BLUE: (0.45, -0.1)})


def go(world, position, closure, steps=5, tilt=(0.0, 0.0, 0.0)):
    """Be there with that commanded closure for some control steps; return the kinds of events with their subjects."""
    target = Pose(np.asarray(position, dtype=float), multiply(quat_from_rotvec(tilt), DOWN))
    events = [event for _ in range(steps) for event in world.advance(next(STEPS), target, closure)]
    return [(str(event.kind), event.subject) for event in events]


# -- the world ---------------------------------------------------------------------------------------------------------


def test_is_a_scene(world):
    assert isinstance(world, Scene)
    facts = world.facts()
    assert facts.names == (RED, BLUE, "table")
    assert facts.thing(RED).width == 2 * RADIUS
    assert facts.positions[RED] == (0.5, 0.1, HEIGHT / 2)
    assert world.hand().pose is HOME


def test_the_hand_is_exactly_where_it_is_told(world):
    go(world, (0.41, 0.22, 0.3), 0.0, steps=1, tilt=(0.1, 0.2, 0.3))
    hand = world.hand()
    assert hand.pose.position.tolist() == [0.41, 0.22, 0.3]
    assert hand.pose is hand.target
    go(world, (9.0, -9.0, -1.0), 0.0, steps=1)
    assert world.hand().pose.position.tolist() == [REACH[1, 0], REACH[0, 1], REACH[0, 2]]


def test_grasp_lift_and_release_tell_their_story(world):
    go(world, SPOT, 0.0)
    grasp = go(world, SPOT, 1.0)
    assert grasp == [
        ("closing", "gripper"),
        ("contact_gained", "left_finger"),
        ("contact_gained", "right_finger"),
        ("grasped", RED),
        ("closed", "gripper"),
    ]
    assert world.holding == RED
    assert world.hand().closure == TOUCH
    assert world.hand().width == pytest.approx(2 * RADIUS)
    assert world.hand().force > 10.0
    assert go(world, above(0.15), 1.0) == [("lifted", RED)]
    np.testing.assert_allclose(world.pose(RED).position, above(0.15))
    released = go(world, above(0.15), 0.0)
    assert released == [
        ("contact_lost", "left_finger"),
        ("contact_lost", "right_finger"),
        ("released", RED),
        ("opening", "gripper"),
        ("displaced", RED),
        ("dropped", RED),
        ("displaced", RED),
        ("displaced", RED),
    ]
    np.testing.assert_allclose(world.pose(RED).position, SPOT)
    assert world.pose(BLUE).position.tolist() == [0.45, -0.1, HEIGHT / 2]


def test_what_is_dropped_falls_straight_down_and_stays(world):
    go(world, SPOT, 0.0)
    go(world, SPOT, 1.0)
    go(world, (0.6, -0.05, 0.3), 1.0)
    fall = []
    for step in range(9):
        go(world, (0.6, -0.05, 0.3) if step == 0 else (0.3, 0.2, 0.3), 0.0, steps=1)
        fall.append(world.pose(RED).position)
    heights = [place[2] for place in fall]
    np.testing.assert_allclose([place[:2] for place in fall], [(0.6, -0.05)] * 9, err_msg="straight down")
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 0.2
    assert heights[-1] == HEIGHT / 2
    assert world.holding is None


@pytest.mark.parametrize(
    ("offset", "held"),
    [
        ((0.011, 0, 0), True),
        ((0.013, 0, 0), False),
        ((0, -0.011, 0), True),
        ((0, 0.013, 0), False),
        ((0.009, 0.009, 0), False),
        ((0, 0, 0.014), True),
        ((0, 0, 0.016), False),
        ((0, 0, -0.014), True),
    ],
)
def test_the_hand_must_be_near(world, offset, held):
    go(world, SPOT + offset, 0.0)
    go(world, SPOT + offset, 1.0)
    assert (world.holding == RED) is held
    assert world.hand().closure == (TOUCH if held else 1.0)
    assert (world.hand().force > 0) is held


@pytest.mark.parametrize(("tilt", "held"), [(0.35, True), (0.45, False), (-0.35, True), (-0.45, False)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_hand_must_be_upright(world, tilt, axis, held):
    rotvec = np.eye(3)[axis] * tilt
    go(world, SPOT, 0.0, tilt=rotvec)
    go(world, SPOT, 1.0, tilt=rotvec)
    assert (world.holding == RED) is held


def test_the_heading_of_the_hand_does_not_matter(world):
    go(world, SPOT, 0.0, tilt=(0, 0, 2.0))
    go(world, SPOT, 1.0, tilt=(0, 0, 2.0))
    assert world.holding == RED


@pytest.mark.parametrize(
    ("closure", "touched", "held"), [(0.49, False, False), (0.5, True, False), (0.515, True, False), (0.53, True, True)]
)
def test_it_takes_some_force_to_hold(world, closure, touched, held):
    go(world, SPOT, 0.0)
    story = go(world, SPOT, closure)
    assert (("contact_gained", "left_finger") in story) is touched
    assert (world.holding == RED) is held
    go(world, above(0.1), closure)
    assert bool(world.pose(RED).position[2] > 0.1) is held


def test_a_grip_that_weakens_loses(world):
    go(world, SPOT, 0.0)
    go(world, SPOT, 1.0)
    go(world, above(0.2), 1.0)
    assert ("released", RED) in go(world, above(0.2), 0.51)
    assert world.holding is None


def test_closed_fingers_cannot_come_around_a_disc(world):
    go(world, above(0.1), 1.0)
    go(world, SPOT, 1.0)
    assert world.holding is None
    assert world.hand().closure == 1.0
    go(world, SPOT, 0.0)
    go(world, SPOT, 1.0)
    assert world.holding == RED


def test_somebody_else_moves_a_disc(world):
    go(world, HOME.position, 0.0)
    world.set_pose(RED, np.array([0.55, 0.1, HEIGHT / 2]))
    (event,) = world.advance(next(STEPS), HOME, 0.0)
    assert (event.kind, event.subject, event.other) == (EventKind.DISPLACED, RED, "other")
    assert event.value == pytest.approx(0.05)
    assert world.facts().positions[RED] == (0.5, 0.1, HEIGHT / 2), "facts tell how it was at reset"


def test_restoring_goes_on_as_before(world):
    go(world, SPOT, 0.0)
    go(world, SPOT, 1.0, steps=2)
    snapshot = world.snapshot()

    def ahead():
        story = go(world, above(0.1), 1.0) + go(world, above(0.1), 0.0)
        return story, world.pose(RED).position.tobytes()

    first = ahead()
    assert ("dropped", RED) in first[0]
    for _ in range(2):
        world.restore(snapshot)
        assert ahead() == first


def test_what_is_not_there_cannot_be_asked_for(world):
    with pytest.raises(PlanError, match=r"no object named 'red disk'.*Did you mean 'red disc'"):
        world.pose("red disk")
    with pytest.raises(PlanError, match="only on the table"):
        world.place(RED, "on", BLUE)
    assert world.joints_to(HOME) is None
    assert world.opening(RED) == 0.0
    assert world.related(RED, "on", BLUE) is False
    assert world.related(RED, "on", "table") is True
    assert world.strokes(RED, "open") == ()
    assert world.of(None) is world


# -- the environment ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control_mode", ["ee_delta", "keypose"])
def test_the_expert_always_succeeds(control_mode):
    env = make_base(POINT_PICK, control_mode=control_mode)
    for seed in range(100):
        _, info = env.reset(seed=seed)
        assert not info["success"]
        run_plan(env)
        assert env.unwrapped.evaluate() == {"grasped": True, "lifted": True, "steady": True, "success": True}
        assert env.unwrapped.ticks < 100
        assert env.unwrapped.remaining_plan().subtasks == (Subtask("lift", env.unwrapped.target),)


def test_episodes_differ_in_colours_and_places():
    env = make_base(POINT_PICK)
    targets, spots = set(), []
    for seed in range(60):
        _, info = env.reset(seed=seed)
        base = env.unwrapped
        targets.add(base.target)
        assert info["instruction"] == f"pick up the {base.target}"
        assert base.variation["target"] == base.target.split()[0]
        assert base.world.names[0] == base.target, "the named disc comes first in the state"
        places = base.world.places
        spots.append(places[:, :2])
        pairs = itertools.combinations(places, 2)
        assert all(np.hypot(*(a - b)[:2]) >= 0.11 for a, b in pairs)
    assert targets == {f"{colour} disc" for colour in COLOURS}
    low, high = np.min(spots, axis=(0, 1)), np.max(spots, axis=(0, 1))
    assert (low >= (0.40, -0.18)).all()
    assert (high <= (0.60, 0.18)).all()
    assert (high - low > (0.18, 0.33)).all()


def test_holding_another_disc_is_no_success():
    env = make_base(POINT_PICK, control_mode="keypose")
    env.reset(seed=0)
    base = env.unwrapped
    other = base.world.names[1]
    base.plan = type(base.plan)("", (Subtask("grasp", other), Subtask("lift", other)))
    run_plan(env)
    assert base.world.holding == other
    assert not any(base.evaluate().values())


def test_lifting_is_a_success_only_at_rest():
    env = make_base(POINT_PICK)
    env.reset(seed=0)
    base = env.unwrapped
    run_plan(env)
    up = np.array([0, 0, 0.02, 0, 0, 0, 1.0])
    *_, terminated, _, info = env.step(up)
    assert (terminated, info["success"]) == (False, False)
    *_, terminated, _, info = env.step(up * (0, 0, 0, 0, 0, 0, 1))
    assert (terminated, info["success"]) == (True, True)
    assert base.evaluate()["steady"]


def test_state_and_its_names():
    env = make_base(POINT_PICK, obs_mode="state_dict")
    observation, _ = env.reset(seed=0)
    base = env.unwrapped
    row = dict(zip(base.state_names, base.state_row(), strict=True))
    assert row["ee_z"] == HOME.position[2]
    assert [row["ee_qw"], row["ee_qx"]] == [0.0, 1.0]
    assert row["object_0_x"] == base.world.pose(base.target).position[0]
    assert np.concatenate(list(observation.values())).tobytes() == base.state_row().astype(np.float32).tobytes()
    run_plan(env)
    row = dict(zip(base.state_names, base.state_row(), strict=True))
    assert (row["gripper_closure"], row["gripper_command"], row["gripper_force"]) == (TOUCH, 1.0, 20.0)


def test_there_are_no_joints_and_one_camera():
    with pytest.raises(ConfigurationError, match=r"control_mode cannot be 'joint_delta'. Possible: ee_delta, keypose"):
        make_base(POINT_PICK, control_mode="joint_delta")
    with pytest.raises(ConfigurationError, match=r"'robot'.*control_mode"):
        make_base(POINT_PICK, robot="panda")
    with pytest.raises(UnknownNameError, match="no camera named 'wrist'"):
        make_base(POINT_PICK, cameras=("front", "wrist"))
    env = PointPickEnv()
    env.reset(seed=0)
    with pytest.raises(UnknownNameError, match="no camera named 'left'"):
        env.picture("left")


# -- pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(64, 64), (96, 64), (49, 70)])
def test_discs_are_painted_where_the_camera_says(size):
    env = make_base(POINT_PICK, render_mode="rgb_array", image_size=size)
    for seed in range(5):
        env.reset(seed=seed)
        world, picture = env.unwrapped.world, env.render()
        assert picture.shape == (size[1], size[0], 3)
        hand = project(world.hand().pose.position, size)[:2]
        for name in world.names:
            u, v, depth = project(world.pose(name).position, size)
            if np.hypot(*(hand - (u, v))) < 0.12 * min(size):
                continue
            wanted = 255 * np.array(COLOURS[name.split()[0]][:3])
            np.testing.assert_allclose(picture[round(v), round(u)], wanted, atol=2)
            assert depth == pytest.approx(1.0 - HEIGHT / 2)


def test_the_camera_is_a_right_handed_pinhole():
    rotation = WORLD_FROM_CAMERA[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    k = intrinsics((64, 48))
    assert (k[0, 2], k[1, 2]) == (31.5, 23.5)
    middle = project(np.array([0.5, 0.0, 0.0]), (64, 48))
    np.testing.assert_allclose(middle, (31.5, 23.5, 1.0))
    ahead, left = project(np.array([0.5 + HALF_VIEW, 0, 0]), (64, 48)), project(np.array([0.5, HALF_VIEW, 0]), (64, 48))
    np.testing.assert_allclose(ahead[:2], (31.5, -0.5), err_msg="forward is up")
    assert left[0] < middle[0], "left is left"


def radius_px(env, name):
    """Distance from the middle of a disc, as the picture shows it, to its farthest pixel of the right colour."""
    wanted = 255 * np.array(COLOURS[name.split()[0]][:3])
    rows, columns = np.nonzero(np.abs(env.render().astype(int) - wanted).max(axis=-1) < 30)
    u, v, _ = project(env.unwrapped.world.pose(name).position, env.unwrapped.image_size)
    return float(np.hypot(columns - u, rows - v).max())


def test_pictures_show_height_and_grip():
    env = make_base(POINT_PICK, render_mode="rgb_array", image_size=(128, 128), control_mode="keypose")
    env.reset(seed=3)
    low, opened = radius_px(env, env.unwrapped.target), env.render()
    run_plan(env)
    assert radius_px(env, env.unwrapped.target) > 1.1 * low
    assert not np.array_equal(env.render(), opened)
    closed = env.render()
    for _ in range(8):
        env.unwrapped.world.advance(next(STEPS), env.unwrapped.world.hand().target, 0.9)
    assert np.array_equal(env.render(), closed), "the fingers stand where they stood"


def test_edges_are_smooth():
    env = make_base(POINT_PICK, render_mode="rgb_array")
    env.reset(seed=0)
    assert len(np.unique(env.render().reshape(-1, 3), axis=0)) > 40


def test_frames_hold_picture_camera_and_points():
    env = make_base(POINT_PICK, image_size=(80, 60))
    env.reset(seed=1)
    base = env.unwrapped
    (frame,) = base.frames(Subtask("grasp", base.target))
    assert (frame.camera, frame.size, frame.step) == ("front", (80, 60), 0)
    with Image.open(io.BytesIO(frame.image)) as image:
        assert image.format == "JPEG"
        decoded = np.asarray(image)
    difference = np.abs(decoded.astype(int) - base.picture("front").astype(int))
    assert difference.mean() < 3.0
    assert set(frame.points) == {"gripper", "target"}
    target = frame.points["target"]
    camera = np.linalg.inv(frame.world_from_camera) @ np.append(base.world.pose(base.target).position, 1.0)
    pixel = frame.intrinsics @ camera[:3] / camera[2]
    np.testing.assert_allclose((target.u, target.v, target.depth), (pixel[0], pixel[1], camera[2]))
    assert target.visible == 1.0
    (bare,) = base.frames(None)
    assert set(bare.points) == {"gripper"}
    assert PointPickEnv(cameras=()).cameras == ()


def test_a_point_outside_the_picture_is_not_visible():
    env = make_base(POINT_PICK)
    env.reset(seed=1)
    env.unwrapped.world.advance(0, Pose(np.array([0.9, 0.5, 0.0]), DOWN), 0.0)
    (frame,) = env.unwrapped.frames(None)
    assert frame.points["gripper"].visible == 0.0


# -- no simulator ------------------------------------------------------------------------------------------------------

_NUMPY_ONLY = """
import sys
for name in ("mujoco", "PIL", "torch"):
    sys.modules[name] = None
import failgym, gymnasium
from failgym.generate import Generator
from failgym.perturbations import CATALOGUE
arguments = dict(obs_mode="rgb+state", render_mode="rgb_array", perturbations=list(CATALOGUE))
env = gymnasium.make("FailGym/PointPick-v0", **arguments)
env.reset(seed=0)
env.step(env.action_space.sample())
assert env.render().any()
with Generator("FailGym/PointPick-v0") as generator:
    print(*sorted(name for name in CATALOGUE if generator.triplet(name, 1).certificate.holds))
"""


def test_it_needs_numpy_alone():
    result = subprocess.run([sys.executable, "-c", _NUMPY_ONLY], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    from failgym.perturbations import CATALOGUE

    assert result.stdout.split() == sorted(name for name in CATALOGUE if on_toy(name))


def test_stages_are_read_off_the_world_where_nobody_says_them():
    env = make_base(POINT_PICK)
    env.reset(seed=0)
    base = env.unwrapped
    stages = [base.stage()]
    place = base.world.pose(base.target).position
    up = np.array([0, 0, 0.04])
    for position, closure in ((place + up, 0.0), (place, 0.0), (place, 1.0), (place + up, 1.0)):
        while np.abs(position - base.world.hand().pose.position).max() > 1e-6 or base.commanded_closure != closure:
            move = np.clip(position - base.world.hand().pose.position, -0.05, 0.05)
            env.step(np.r_[move, 0, 0, 0, closure])
            stages.append(base.stage())
        for _ in range(4):
            env.step(np.r_[np.zeros(6), closure])
            stages.append(base.stage())
    assert list(dict.fromkeys(stages)) == [Stage.APPROACH, Stage.PRE_GRASP, Stage.GRASP, Stage.LIFT]
    assert base.facts().max_opening == OPENING
