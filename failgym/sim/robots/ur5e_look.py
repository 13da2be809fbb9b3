"""What a UR5e and its gripper look like: shells made of primitives, per link, in the link's own frame."""

from failgym.sim.robots.robot import Shell

Point = tuple[float, float, float]

TUBE, CAP, SEAM, METAL, BLACK, RUBBER = (
    "ur5e_tube", "ur5e_cap", "ur5e_seam", "ur5e_metal", "ur5e_black", "ur5e_rubber",
)  # fmt: skip

MATERIALS = (
    (TUBE, (0.74, 0.75, 0.76), 0.45, 0.60),
    (CAP, (0.44, 0.66, 0.82), 0.35, 0.55),
    (SEAM, (0.22, 0.23, 0.25), 0.30, 0.50),
    (METAL, (0.80, 0.81, 0.82), 0.50, 0.65),
    (BLACK, (0.13, 0.13, 0.14), 0.30, 0.45),
    (RUBBER, (0.07, 0.07, 0.08), 0.05, 0.10),
)
"""Name, colour, specular, shininess."""

_ALONG_Y = (0.7071067811865476, 0.7071067811865476, 0.0, 0.0)


def _pipe(radius: float, start: Point, end: Point, material: str = TUBE) -> Shell:
    return Shell("cylinder", (radius,), material, start, end)


def _bend(radius: float, start: Point, end: Point, material: str = TUBE) -> Shell:
    return Shell("capsule", (radius,), material, start, end)


def _box(half: Point, centre: Point, material: str = TUBE) -> Shell:
    return Shell("box", half, material, centre)


def _on_z(radius: float, x: float, low: float, high: float, cap: int) -> tuple[Shell, ...]:
    """A joint housing about an axis along z, its blue lid at the upper end (cap 1) or the lower end (cap -1)."""
    lid, inside = (high, -0.016) if cap > 0 else (low, 0.016)
    return (
        _pipe(radius, (x, 0.0, low), (x, 0.0, high)),
        _pipe(1.012 * radius, (x, 0.0, lid + 1.3 * inside), (x, 0.0, lid + inside), SEAM),
        _pipe(1.015 * radius, (x, 0.0, lid + inside), (x, 0.0, lid), CAP),
        Shell("ellipsoid", (1.015 * radius, 1.015 * radius, 0.010), CAP, (x, 0.0, lid)),
    )


def _on_y(radius: float, low: float, high: float, cap: int) -> tuple[Shell, ...]:
    """The same along y."""
    lid, inside = (high, -0.014) if cap > 0 else (low, 0.014)
    return (
        _pipe(radius, (0.0, low, 0.0), (0.0, high, 0.0)),
        _pipe(1.012 * radius, (0.0, lid + 1.3 * inside, 0.0), (0.0, lid + inside, 0.0), SEAM),
        _pipe(1.015 * radius, (0.0, lid + inside, 0.0), (0.0, lid, 0.0), CAP),
        Shell("ellipsoid", (1.015 * radius, 1.015 * radius, 0.009), CAP, (0.0, lid, 0.0), quat_wxyz=_ALONG_Y),
    )


BASE = (
    _pipe(0.0755, (0.0, 0.0, 0.0), (0.0, 0.0, 0.014), METAL),
    _pipe(0.072, (0.0, 0.0, 0.014), (0.0, 0.0, 0.085)),
    _pipe(0.060, (0.0, 0.0, 0.085), (0.0, 0.0, 0.099)),
    _box((0.020, 0.026, 0.022), (0.068, 0.0, 0.045), SEAM),
)
LINKS: tuple[tuple[Shell, ...], ...] = (
    (  # shoulder
        _pipe(0.0605, (0.0, 0.0, -0.063), (0.0, 0.0, -0.056), SEAM),
        _bend(0.060, (0.0, 0.0, -0.056), (0.0, 0.0, 0.0)),
        *_on_y(0.060, -0.066, 0.070, 1),
    ),
    (  # upper arm
        _pipe(0.0605, (0.0, 0.0, 0.066), (0.0, 0.0, 0.073), SEAM),
        *_on_z(0.060, 0.0, 0.073, 0.198, 1),
        _pipe(0.052, (-0.030, 0.0, 0.138), (-0.090, 0.0, 0.138)),
        _pipe(0.053, (-0.085, 0.0, 0.138), (-0.091, 0.0, 0.138), SEAM),
        _pipe(0.0435, (-0.090, 0.0, 0.138), (-0.345, 0.0, 0.138), METAL),
        _pipe(0.053, (-0.341, 0.0, 0.138), (-0.347, 0.0, 0.138), SEAM),
        _pipe(0.052, (-0.347, 0.0, 0.138), (-0.395, 0.0, 0.138)),
        *_on_z(0.058, -0.425, 0.075, 0.196, 1),
    ),
    (  # forearm
        _pipe(0.0585, (0.0, 0.0, 0.068), (0.0, 0.0, 0.075), SEAM),
        *_on_z(0.054, 0.0, -0.052, 0.068, -1),
        _pipe(0.046, (-0.030, 0.0, 0.007), (-0.085, 0.0, 0.007)),
        _pipe(0.047, (-0.080, 0.0, 0.007), (-0.086, 0.0, 0.007), SEAM),
        _pipe(0.0375, (-0.085, 0.0, 0.007), (-0.330, 0.0, 0.007), METAL),
        _pipe(0.043, (-0.326, 0.0, 0.007), (-0.332, 0.0, 0.007), SEAM),
        _pipe(0.042, (-0.332, 0.0, 0.007), (-0.370, 0.0, 0.007)),
        *_on_z(0.045, -0.3922, -0.047, 0.080, -1),
    ),
    (  # first wrist
        _pipe(0.0455, (0.0, 0.0, -0.0535), (0.0, 0.0, -0.048), SEAM),
        _bend(0.045, (0.0, 0.0, -0.048), (0.0, 0.0, 0.0)),
        *_on_y(0.045, -0.048, 0.053, 1),
    ),
    (  # second wrist
        _pipe(0.0455, (0.0, 0.0, -0.0520), (0.0, 0.0, -0.0465), SEAM),
        _bend(0.045, (0.0, 0.0, -0.0465), (0.0, 0.0, 0.0)),
        *_on_y(0.045, -0.053, 0.048, -1),
    ),
    (  # flange
        _pipe(0.0455, (0.0, 0.0, -0.0516), (0.0, 0.0, -0.046), SEAM),
        _pipe(0.0400, (0.0, 0.0, -0.046), (0.0, 0.0, -0.008)),
        _pipe(0.0375, (0.0, 0.0, -0.008), (0.0, 0.0, 0.0), METAL),
    ),
)
"""Shells of links 1 to 6."""
HAND = (
    _pipe(0.0375, (0.0, 0.0, -0.045), (0.0, 0.0, -0.031), SEAM),
    _pipe(0.0350, (0.0, 0.0, -0.031), (0.0, 0.0, -0.028), METAL),
    _pipe(0.0365, (0.0, 0.0, -0.028), (0.0, 0.0, 0.012), BLACK),
    Shell("ellipsoid", (0.0310, 0.0480, 0.0360), BLACK, (0.0, 0.0, 0.012)),
    _box((0.0270, 0.0360, 0.0250), (0.0, 0.0, 0.030), BLACK),
    _pipe(0.0130, (-0.0240, 0.0420, 0.040), (0.0240, 0.0420, 0.040), BLACK),
    _pipe(0.0130, (-0.0240, -0.0420, 0.040), (0.0240, -0.0420, 0.040), BLACK),
    _pipe(0.0060, (-0.0255, 0.0420, 0.040), (0.0255, 0.0420, 0.040), METAL),
    _pipe(0.0060, (-0.0255, -0.0420, 0.040), (0.0255, -0.0420, 0.040), METAL),
    _box((0.0150, 0.0560, 0.0060), (0.0, 0.0, 0.0530), SEAM),
)
FINGER = (
    _box((0.0100, 0.0062, 0.0070), (0.0, 0.0090, 0.0050), SEAM),
    _bend(0.0055, (-0.0045, 0.0090, 0.0060), (-0.0045, 0.0090, 0.0400), METAL),
    _bend(0.0055, (0.0045, 0.0090, 0.0060), (0.0045, 0.0090, 0.0400), METAL),
    _box((0.0100, 0.0030, 0.0130), (0.0, 0.0090, 0.0420), METAL),
    _box((0.0105, 0.0030, 0.0125), (0.0, 0.0030, 0.0425), RUBBER),
)
"""Shells of one finger; the opening axis is y, its pad faces -y."""
