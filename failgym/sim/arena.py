"""The room every native task happens in: floor, table, light, and the physics settings."""

import mujoco

from failgym.sim.robots.robot import HITS_ARM_AND_WORLD, WORLD

TIME_STEP = 0.005
"""Physics step in s; ten of them make one 20 Hz control step."""
SUBSTEPS = 10
"""Physics steps per control step."""
TABLE_CENTRE = (0.5, 0.0)
"""Centre of the table top in m; its height is z = 0."""
TABLE_SIZE = (1.2, 1.2, 0.04)
"""Length, width and thickness of the table top in m."""
FLOOR_HEIGHT = -0.75
"""Height of the floor in m."""


def build_arena(spec: mujoco.MjSpec) -> None:
    """Adds floor, table, lights and background to an empty model and sets its physics and picture options.

    Angles are in rad from here on (`spec.compiler.degree` is off). The table top is at z = 0, 1.2 x 1.2 m, centred at
    (0.5, 0) m.
    """
    _set_physics(spec)
    _set_picture(spec)
    _add_materials(spec)
    _add_lights(spec)
    _add_floor_and_table(spec)


def _set_physics(spec: mujoco.MjSpec) -> None:
    spec.compiler.degree = False
    option = spec.option
    option.timestep = TIME_STEP
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    # The default arena is 15 MB for every MjData; no scene of ours comes near 2.
    spec.memory = 2 << 20


def _set_picture(spec: mujoco.MjSpec) -> None:
    visual = spec.visual
    view = visual.global_
    view.offwidth, view.offheight = 1280, 960
    view.fovy = 45.0
    view.azimuth, view.elevation = 145.0, -20.0
    quality = visual.quality
    quality.shadowsize, quality.offsamples = 1024, 4
    quality.numslices, quality.numstacks, quality.numquads = 16, 8, 1
    visual.headlight.ambient = [0.40, 0.40, 0.41]
    visual.headlight.diffuse = [0.16, 0.16, 0.16]
    visual.headlight.specular = [0.0, 0.0, 0.0]
    visual.map.znear, visual.map.zfar = 0.01, 12.0
    visual.map.shadowclip = 1.2
    # Fixed, so that near plane, shadow map and camera presets do not depend on what a task adds.
    spec.stat.extent = 1.2
    spec.stat.center = [0.4, 0.0, 0.2]


def _add_materials(spec: mujoco.MjSpec) -> None:
    sky = spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX)
    sky.builtin = mujoco.mjtBuiltin.mjBUILTIN_GRADIENT
    # Half way between the two, at the horizon, it is the colour of the lit floor: no line is seen where they meet.
    sky.rgb1, sky.rgb2 = [0.56, 0.66, 0.77], [0.90, 0.86, 0.82]
    sky.width, sky.height = 64, 384
    for name, rgba, specular, shininess in (
        ("floor", (0.80, 0.825, 0.835, 1.0), 0.0, 0.0),
        ("table_top", (0.84, 0.76, 0.65, 1.0), 0.15, 0.3),
        ("table_edge", (0.55, 0.46, 0.36, 1.0), 0.1, 0.2),
        ("table_leg", (0.28, 0.29, 0.31, 1.0), 0.2, 0.4),
    ):
        spec.add_material(name=name, rgba=list(rgba), specular=specular, shininess=shininess)


def _add_lights(spec: mujoco.MjSpec) -> None:
    world = spec.worldbody
    # Only the key light casts shadows; its shadow map is centred on its axis, which passes through the work space.
    key = world.add_light(name="key", pos=[1.6, 1.2, 2.2], dir=[-0.9, -0.9, -1.5])
    key.diffuse, key.specular = [0.45, 0.44, 0.43], [0.30, 0.30, 0.30]
    fill = world.add_light(name="fill", pos=[0.8, -1.5, 1.6], dir=[-0.3, 0.9, -0.8])
    fill.diffuse, fill.specular = [0.22, 0.23, 0.25], [0.0, 0.0, 0.0]
    for light in (key, fill):
        light.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        light.castshadow = light is key


def _add_floor_and_table(spec: mujoco.MjSpec) -> None:
    world = spec.worldbody
    floor = world.add_geom(name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, material="floor")
    # Large, not infinite: an infinite plane doubles the time of a picture.
    floor.pos, floor.size = [0.0, 0.0, FLOOR_HEIGHT], [12.0, 12.0, 1.0]
    table = world.add_geom(name="table", type=mujoco.mjtGeom.mjGEOM_BOX, material="table_top")
    table.pos = [*TABLE_CENTRE, -TABLE_SIZE[2] / 2]
    table.size = [extent / 2 for extent in TABLE_SIZE]
    for geom in (floor, table):
        geom.contype, geom.conaffinity = WORLD, HITS_ARM_AND_WORLD
        geom.condim = 3
        geom.friction = [0.8, 0.005, 0.0001]
    edge = world.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, material="table_edge", contype=0, conaffinity=0, group=2)
    edge.pos = [*TABLE_CENTRE, -0.6 * TABLE_SIZE[2]]
    edge.size = [TABLE_SIZE[0] / 2 + 0.002, TABLE_SIZE[1] / 2 + 0.002, 0.38 * TABLE_SIZE[2]]
    leg_half = (-FLOOR_HEIGHT - TABLE_SIZE[2]) / 2
    for x in (-0.54, 0.54):
        for y in (-0.54, 0.54):
            leg = world.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, material="table_leg")
            leg.pos = [TABLE_CENTRE[0] + x, TABLE_CENTRE[1] + y, -TABLE_SIZE[2] - leg_half]
            leg.size = [0.03, 0.03, leg_half]
            leg.contype = leg.conaffinity = 0
            leg.group = 2
