"""What an arm of the pair looks like: black servos, brackets and rails made of primitives, in each link's own frame."""

from failgym.sim.robots.robot import Shell

Point = tuple[float, float, float]

BLACK, SERVO, EDGE, METAL, TAPE = "aloha_black", "aloha_servo", "aloha_edge", "aloha_metal", "aloha_tape"

MATERIALS = (
    (BLACK, (0.185, 0.190, 0.200), 0.45, 0.55),
    (SERVO, (0.105, 0.108, 0.118), 0.25, 0.35),
    (EDGE, (0.31, 0.315, 0.33), 0.45, 0.60),
    (METAL, (0.66, 0.67, 0.69), 0.50, 0.65),
    (TAPE, (0.40, 0.41, 0.43), 0.05, 0.10),
)
"""Name, colour, specular, shininess."""

STAND_HEIGHT = 0.05
"""Height in m of the block that an arm is screwed onto: it lifts the reach of the hand that points down."""


def _pipe(radius: float, start: Point, end: Point, material: str = BLACK) -> Shell:
    return Shell("cylinder", (radius,), material, start, end)


def _box(half: Point, centre: Point, material: str = BLACK) -> Shell:
    return Shell("box", half, material, centre)


def _hinge(x: float, y: float, half_width: float, radius: float = 0.013) -> tuple[Shell, ...]:
    """The horn of a servo about an axis along z, seen on both sides of its bracket, with a screw in the middle."""
    return (
        _pipe(radius, (x, y, -half_width), (x, y, half_width), METAL),
        _pipe(0.4 * radius, (x, y, -half_width - 0.0015), (x, y, half_width + 0.0015), SERVO),
    )


def _pair(half: Point, centre: Point, material: str = BLACK) -> tuple[Shell, Shell]:
    """A box and its mirror image across z = 0."""
    x, y, z = centre
    return _box(half, (x, y, z), material), _box(half, (x, y, -z), material)


BASE = (
    _box((0.110, 0.080, 0.0250), (-0.025, 0.0, -0.0250), EDGE),
    _box((0.100, 0.070, 0.0040), (-0.025, 0.0, 0.0040), BLACK),
    *(_pipe(0.006, (x, y, 0.004), (x, y, 0.011), METAL) for x in (-0.110, 0.060) for y in (-0.058, 0.058)),
    _box((0.043, 0.036, 0.0280), (0.0, 0.0, 0.0360), SERVO),
    _box((0.030, 0.040, 0.0170), (-0.086, 0.0, 0.0250), SERVO),
    _box((0.047, 0.047, 0.0035), (0.0, 0.0, 0.0660)),
    _pipe(0.043, (0.0, 0.0, 0.0695), (0.0, 0.0, 0.0750), METAL),
)
LINKS: tuple[tuple[Shell, ...], ...] = (
    (  # waist: a turntable with two servos between the cheeks of a bracket; z is up
        _pipe(0.048, (0.0, 0.0, -0.004), (0.0, 0.0, 0.004)),
        _box((0.024, 0.046, 0.0030), (0.0, 0.0, 0.0070)),
        _box((0.024, 0.0030, 0.0320), (0.0, 0.0460, 0.0400)),
        _box((0.024, 0.0030, 0.0320), (0.0, -0.0460, 0.0400)),
        _box((0.026, 0.0420, 0.0300), (-0.004, 0.0, 0.0420), SERVO),
        _box((0.0262, 0.0425, 0.0020), (-0.004, 0.0, 0.0560), EDGE),
    ),
    (  # upper arm: x forward, y down
        *_hinge(0.0, 0.0, 0.0555),
        *_pair((0.021, 0.0320, 0.0022), (0.0, -0.0150, 0.0520)),
        _box((0.021, 0.0030, 0.0540), (0.0, -0.0480, 0.0)),
        *_pair((0.0105, 0.1050, 0.0105), (0.0, -0.1530, 0.0240)),
        *_pair((0.0110, 0.1040, 0.0022), (0.0, -0.1530, 0.0240), EDGE),
        _box((0.016, 0.0040, 0.0360), (0.0, -0.1530, 0.0)),
        _box((0.021, 0.0030, 0.0400), (0.0, -0.2560, 0.0)),
        _box((0.0235, 0.0250, 0.0330), (0.0040, -0.2800, 0.0), SERVO),
        *_pair((0.0450, 0.0170, 0.0022), (0.0285, -0.2950, 0.0352)),
    ),
    (  # upper forearm: x forward, y down
        *_hinge(0.0, 0.0, 0.0430),
        *_pair((0.0260, 0.0150, 0.0022), (0.0120, 0.0, 0.0398)),
        _box((0.0030, 0.0150, 0.0420), (0.0400, 0.0, 0.0)),
        _box((0.0550, 0.0125, 0.0125), (0.0980, 0.0, 0.0)),
        _box((0.0540, 0.0130, 0.0026), (0.0980, 0.0, 0.0), EDGE),
        _box((0.0030, 0.0200, 0.0200), (0.1540, 0.0, 0.0)),
        _box((0.0195, 0.0170, 0.0200), (0.1760, 0.0, 0.0), SERVO),
    ),
    (  # lower forearm, along z; the wrist turns about x
        _pipe(0.0170, (0.0, 0.0, -0.0050), (0.0, 0.0, 0.0030), METAL),
        _box((0.0210, 0.0165, 0.0030), (0.0, 0.0, 0.0060)),
        _box((0.0170, 0.0160, 0.0520), (0.0, 0.0, 0.0580), SERVO),
        _box((0.0175, 0.0165, 0.0020), (0.0, 0.0, 0.0560), EDGE),
    ),
    (  # wrist: x forward, y down
        *_hinge(0.0, 0.0, 0.0270, 0.0115),
        *_pair((0.0210, 0.0130, 0.0020), (0.0100, 0.0, 0.0240)),
        _box((0.0025, 0.0130, 0.0260), (0.0300, 0.0, 0.0)),
        _box((0.0165, 0.0150, 0.0200), (0.0470, 0.0, 0.0), SERVO),
        _box((0.0020, 0.0155, 0.0205), (0.0540, 0.0, 0.0), EDGE),
    ),
    (  # gripper mount, along z
        _pipe(0.0140, (0.0, 0.0, -0.0070), (0.0, 0.0, 0.0010), METAL),
    ),
)
"""Shells of links 1 to 6."""
HAND = (
    _box((0.0220, 0.0240, 0.0025), (0.0, 0.0, 0.0020)),
    _box((0.0175, 0.0180, 0.0190), (0.0, 0.0, 0.0220), SERVO),
    _box((0.0030, 0.0220, 0.0220), (0.0205, 0.0, 0.0230)),
    _box((0.0030, 0.0220, 0.0220), (-0.0205, 0.0, 0.0230)),
    _box((0.0240, 0.0300, 0.0025), (0.0, 0.0, 0.0430)),
    _box((0.0105, 0.0660, 0.0045), (0.0, 0.0, 0.0490), EDGE),
    _box((0.0060, 0.0665, 0.0020), (0.0, 0.0, 0.0530), METAL),
    _box((0.0130, 0.0025, 0.0090), (0.0, 0.0655, 0.0480)),
    _box((0.0130, 0.0025, 0.0090), (0.0, -0.0655, 0.0480)),
)
FINGER = (
    _box((0.0150, 0.0095, 0.0050), (0.0, 0.0110, -0.0015), SERVO),
    _box((0.0105, 0.0060, 0.0130), (0.0, 0.0110, 0.0150)),
    _box((0.0095, 0.0045, 0.0145), (0.0, 0.0075, 0.0405)),
    _box((0.0105, 0.0020, 0.0125), (0.0, 0.0020, 0.0425), TAPE),
)
"""Shells of one finger; the opening axis is y, its pad faces -y."""
