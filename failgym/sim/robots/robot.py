"""What a robot arm is to FailGym, and the building blocks arms are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

ARM = 1 << 0
"""Contact class of everything that moves with an arm."""
WORLD = 1 << 1
"""Contact class of tables, floors, furniture and objects."""
HITS_ARM_AND_WORLD = ARM | WORLD
"""`conaffinity` of world geoms: they meet each other and the arm. Arm geoms carry `WORLD`, so arms never meet arms.

MuJoCo's own defaults (contype 1, conaffinity 1) also behave as an object should: such a geom meets arms, tables and
its like.
"""

VISUAL_GROUP = 2
"""Geom group of what is drawn and never collides."""
COLLISION_GROUP = 3
"""Geom group of what collides and is not drawn by default."""

PAD_FRICTION = (1.0, 0.01, 0.0002)
"""Sliding, torsional (m) and rolling (m) friction of rubber finger pads."""
PAD_PRIORITY = 1
"""Pads decide how a contact behaves; a thing that shall slip in the hand needs a higher priority and a low friction."""


def between_slides(robot: "RobotModel", model: mujoco.MjModel, data: mujoco.MjData) -> Callable[[], float]:
    """Return what measures the distance between the pads of two fingers on slides, m."""
    first, *_ = (int(model.joint(name).qposadr[0]) for name in robot.finger_joints)
    fingers = data.qpos[first : first + 2]
    return lambda: float(fingers[0]) + float(fingers[1])


@dataclass(frozen=True)
class RobotModel:
    """An arm with a two-finger gripper, as names inside the model that `build` adds to.

    Every servo is a position servo: its control is the target of its joint, in rad for the arm and m for the fingers.
    """

    name: str
    """Registered name."""
    build: Callable[[mujoco.MjSpec], None]
    """Adds the arm, and not its partner, at its base pose; in its base frame +x is forward, +y left, +z up."""
    arm_joints: tuple[str, ...]
    """Hinge joints from base to hand."""
    home: tuple[float, ...]
    """Resting joint angles in rad: hand pointing straight down, of a single arm at about (0.45, 0, 0.35) m."""
    arm_actuators: tuple[str, ...]
    """Servos of `arm_joints`, in the same order."""
    finger_joints: tuple[str, ...]
    """Slide joints, one per finger, in m; 0 is closed."""
    finger_actuators: tuple[str, ...]
    """Servos of `finger_joints`, in the same order; give all of them the same target."""
    tcp_site: str
    """Tool point between the pads: z is the approach direction (out of the hand), y the opening axis."""
    finger_pads: tuple[tuple[str, ...], tuple[str, ...]]
    """Colliding geoms of the fingers: first those of the finger at +y of the tool point, then those at -y."""
    hand_geoms: tuple[str, ...]
    """The other colliding geoms of the hand."""
    max_opening: float
    """Distance in m between the pads when fully open."""
    base_body: str
    """Root body of the arm."""
    hand_body: str
    """Body that carries the fingers; a wrist camera is mounted here."""
    base_pos: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Position in m of the base in the world."""
    base_quat_wxyz: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Orientation of the base in the world."""
    arm: str | None = None
    """`left` or `right`, None for a single arm."""
    partner: "RobotModel | None" = None
    """The right arm of a pair, on the model of the left arm."""
    gauge: Callable[["RobotModel", mujoco.MjModel, mujoco.MjData], Callable[[], float]] = between_slides
    """Makes what measures the distance between the pads, m."""

    @property
    def arms(self) -> tuple["RobotModel", ...]:
        """This arm, and its partner if it has one."""
        return (self,) if self.partner is None else (self, self.partner)

    @property
    def prefix(self) -> str:
        """What all names of the arm inside the model begin with, before an underscore."""
        return self.arm or self.name


@dataclass(frozen=True)
class Shell:
    """One drawn primitive of a robot: never collides, weighs nothing."""

    kind: str
    """`capsule`, `cylinder`, `box`, `ellipsoid` or `sphere`."""
    size: tuple[float, ...]
    """Radius (capsule, cylinder, sphere) or half sizes (box, ellipsoid) in m."""
    material: str
    """Name of a material of the model."""
    start: tuple[float, float, float]
    """Centre, or the first end of a capsule or cylinder, in the body frame, m."""
    end: tuple[float, float, float] | None = None
    """Second end of a capsule or cylinder, m."""
    quat_wxyz: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Orientation of a shape that is given by its centre."""


_KINDS = {
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "ellipsoid": mujoco.mjtGeom.mjGEOM_ELLIPSOID,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
}


def add_materials(
    spec: mujoco.MjSpec, materials: Sequence[tuple[str, tuple[float, float, float], float, float]]
) -> None:
    """Adds materials given as name, colour, specular and shininess; those of an equal arm may be there already."""
    for name, rgb, specular, shininess in materials:
        if spec.material(name) is None:
            spec.add_material(name=name, rgba=[*rgb, 1.0], specular=specular, shininess=shininess)


def add_shells(body: mujoco.MjsBody, shells: Sequence[Shell]) -> None:
    """Adds drawn shapes to a body."""
    for shell in shells:
        geom = body.add_geom(type=_KINDS[shell.kind], material=shell.material)
        geom.contype = geom.conaffinity = 0
        geom.group = VISUAL_GROUP
        geom.mass = 0.0
        _place(geom, shell)


def add_collider(body: mujoco.MjsBody, name: str, shape: Shell, mass: float) -> mujoco.MjsGeom:
    """Adds a colliding shape of an arm; the body's inertia follows from its colliders.

    Args:
        body: The body to add to.
        name: Name of the geom.
        shape: Size and place; the material is not used.
        mass: Mass in kg.

    Returns:
        The geom, for further settings such as friction.
    """
    geom = body.add_geom(name=name, type=_KINDS[shape.kind])
    geom.contype, geom.conaffinity = ARM, WORLD
    geom.group = COLLISION_GROUP
    geom.mass = mass
    geom.rgba = [0.4, 0.6, 0.9, 0.5]
    _place(geom, shape)
    return geom


def add_joint(
    body: mujoco.MjsBody,
    name: str,
    limits: tuple[float, float],
    *,
    slide: bool = False,
    armature: float,
    damping: float,
) -> mujoco.MjsJoint:
    """Adds a limited hinge about z, or a slide along y, to a body.

    Args:
        body: The body to move.
        name: Name of the joint.
        limits: Lowest and highest value, rad or m.
        slide: Slide along y instead of turning about z.
        armature: Reflected motor inertia, kg m^2 or kg.
        damping: Viscous damping, N m s/rad or N s/m.
    """
    joint = body.add_joint(name=name, range=list(limits), armature=armature)
    joint.type = mujoco.mjtJoint.mjJNT_SLIDE if slide else mujoco.mjtJoint.mjJNT_HINGE
    joint.axis = [0.0, 1.0, 0.0] if slide else [0.0, 0.0, 1.0]
    joint.limited = mujoco.mjtLimited.mjLIMITED_TRUE
    # From MuJoCo 3.7 on damping is a polynomial, before it is one number.
    joint.damping = [damping, 0.0, 0.0] if np.ndim(joint.damping) else damping
    return joint


def add_servo(
    spec: mujoco.MjSpec, name: str, joint: str, limits: tuple[float, float], *, kp: float, force: float
) -> None:
    """Adds a position servo: force = kp (target - position), clipped to +-force.

    The damping of a servo belongs into its joint: a velocity term inside the clip swings between both force limits
    from one step to the next, and shakes objects out of the hand.

    Args:
        spec: The model.
        name: Name of the actuator.
        joint: The joint it drives.
        limits: Range of the target, rad or m.
        kp: Stiffness, N m/rad or N/m.
        force: Largest torque or force, N m or N.
    """
    servo = spec.add_actuator(name=name, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    servo.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    servo.gainprm = _padded((kp,), len(servo.gainprm))
    servo.biasprm = _padded((0.0, -kp), len(servo.biasprm))
    servo.ctrllimited = servo.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE
    servo.ctrlrange = list(limits)
    servo.forcerange = [-force, force]


def couple_joints(spec: mujoco.MjSpec, joints: tuple[str, ...]) -> None:
    """Makes the second of two joints follow the first, as the gears of a parallel gripper do."""
    first, second = joints
    coupling = spec.add_equality(name=f"{second}_follows", type=mujoco.mjtEq.mjEQ_JOINT, name1=second, name2=first)
    coupling.objtype = mujoco.mjtObj.mjOBJ_JOINT
    coupling.data = _padded((0.0, 1.0), len(coupling.data))
    coupling.solimp = [0.95, 0.99, 0.001, 0.5, 2.0]


def make_pad(geom: mujoco.MjsGeom) -> None:
    """Gives a finger geom the contact of a rubber pad."""
    geom.condim = 4
    geom.friction = list(PAD_FRICTION)
    geom.priority = PAD_PRIORITY
    # Half the default time constant: less sinking in, less creep.
    geom.solref = [0.01, 1.0]


def _padded(values: tuple[float, ...], length: int) -> list[float]:
    return [*values, *[0.0] * (length - len(values))]


def _place(geom: mujoco.MjsGeom, shape: Shell) -> None:
    geom.size = [*shape.size, 0.0, 0.0][:3]
    if shape.end is None:
        geom.pos = list(shape.start)
        geom.quat = list(shape.quat_wxyz)
    else:
        geom.fromto = [*shape.start, *shape.end]
